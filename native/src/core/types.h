// Plain data that crosses core: configurations in, media in and out. No behaviour, no FFmpeg calls.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "av_ptr.h"
#include "result.h"

namespace webcodecs {

using Bytes = std::vector<uint8_t>;

enum class CodecKind { kVideoEncoder, kVideoDecoder, kAudioEncoder, kAudioDecoder };

enum class BitrateMode { kConstant, kVariable, kQuantizer };
enum class LatencyMode { kQuality, kRealtime };
enum class FrameSizeMismatch { kError, kScale };

// ITU-T H.273 code points, which are FFmpeg's AVColor* values; nullopt where unknown.
struct ColorSpace {
  std::optional<int> primaries;
  std::optional<int> transfer;
  std::optional<int> matrix;
  std::optional<bool> full_range;
};

// A rectangle in pixels of the coded picture.
struct Rect {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;
};

// VideoEncoderConfig after the JavaScript side has parsed the codec string.
struct VideoEncoderConfig {
  std::string codec;           // "h264" "hevc" "vp8" "vp9" "av1" "prores" "dnxhd"
  std::optional<int> profile;  // the codec's own profile_idc / seq_profile / FFmpeg AV_PROFILE_*
  std::optional<int>
      level;  // level_idc (h264 10*level, hevc 30*level, vp9 10*level, av1 seq_level_idx)
  bool high_tier = false;  // hevc: the tier with the higher bitrates
  std::string
      variant;        // profile name where a number is not enough: prores "apch", dnxhd "dnxhr_hq"
  int bit_depth = 8;  // 8, 10 or 12, of the coded picture
  std::string chroma = "420";  // "420" "422" "444"
  int width = 0;               // pixels of the coded picture
  int height = 0;
  std::optional<int> display_width;
  std::optional<int> display_height;
  std::optional<int64_t> bitrate;  // bits per second
  BitrateMode bitrate_mode = BitrateMode::kVariable;
  std::optional<double> framerate;  // frames per second
  LatencyMode latency_mode = LatencyMode::kQuality;
  std::optional<int> gop_size;  // frames between key frames at most; ours, not in the specification
  bool keep_alpha = false;
  int temporal_layers = 1;   // scalabilityMode L1T1..L1T3
  bool annexb = false;       // H.264 / HEVC: start codes and in-band parameter sets, no description
  std::string content_hint;  // "" "motion" "detail" "text"
  ColorSpace color;          // of the input; where unset the first frame's is used
  FrameSizeMismatch frame_size_mismatch = FrameSizeMismatch::kError;
  std::string hardware = "no-preference";  // "no-preference" "prefer-hardware" "prefer-software"
};

struct VideoDecoderConfig {
  std::string codec;    // "h264" "hevc" "vp8" "vp9" "av1" "prores" "dnxhd"
  std::string variant;  // the codec string's four characters where decoding needs it
  std::optional<int> coded_width;
  std::optional<int> coded_height;
  std::optional<int> display_aspect_width;
  std::optional<int> display_aspect_height;
  Bytes description;  // avcC, hvcC, av1C …; empty: in-band (annexb)
  ColorSpace color;   // overrides what the stream says
  bool optimize_for_latency = false;
  std::string hardware = "no-preference";
  int rotation = 0;  // degrees clockwise: 0, 90, 180, 270; passed through to the frames
  bool flip = false;
};

struct AudioEncoderConfig {
  std::string codec;    // "aac" "opus" "mp3" "flac" "vorbis" "pcm-u8" … "pcm-f32" "alaw" "ulaw"
  int sample_rate = 0;  // hertz
  int number_of_channels = 0;
  std::optional<int64_t> bitrate;  // bits per second
  BitrateMode bitrate_mode = BitrateMode::kVariable;
  bool adts = false;        // aac: ADTS frames instead of raw with AudioSpecificConfig
  int aac_object_type = 2;  // mp4a.40.N
  bool aac_mpeg2 = false;   // mp4a.67
  // Ours: the first chunks, which only prime the decoder, get timestamps from before the first
  // input's, for containers that can say so (MP4's edit list). False: the first chunk has the first
  // input's timestamp, as in the specification, and what is heard comes late by the encoder's delay
  // (AAC 1024 samples, MP3 1105, Opus 6.5 ms).
  bool priming_before_start = false;
  // Opus (opus codec registration); nullopt: libopus' default.
  std::optional<int64_t> opus_frame_duration_us;
  std::optional<int> opus_complexity;
  std::optional<int> opus_packet_loss_percent;
  std::optional<bool> opus_fec;
  std::optional<bool> opus_dtx;
  std::string opus_application;  // "voip" "audio" "lowdelay"
  std::string opus_signal;       // "auto" "music" "voice"
  // FLAC (flac codec registration).
  std::optional<int> flac_block_size;
  std::optional<int> flac_compress_level;
};

struct AudioDecoderConfig {
  std::string codec;           // as above, and "ac3" "eac3"
  int sample_rate = 0;         // 0 where the stream says it
  int number_of_channels = 0;  // 0 where the stream says it
  Bytes description;
};

using CodecConfig =
    std::variant<VideoEncoderConfig, VideoDecoderConfig, AudioEncoderConfig, AudioDecoderConfig>;

// ---- media in ----

// One picture. `frame` carries pixels, format and colour; the rest is WebCodecs' metadata. The
// AVFrame's buffers may be shared with other holders: whoever has a VideoPicture may read them and
// never writes.
struct VideoPicture {
  FramePtr frame;  // width × height = coded size; crop_* unused, see visible
  Rect visible;
  int display_width = 0;
  int display_height = 0;
  int64_t timestamp = 0;             // microseconds
  std::optional<uint64_t> duration;  // microseconds
  int rotation = 0;                  // 0, 90, 180, 270 clockwise
  bool flip = false;
  bool borrowed = false;  // see BorrowFrame
};

// Samples. `frame` is an audio AVFrame (interleaved or planar, any AVSampleFormat of WebCodecs).
struct AudioSamples {
  FramePtr frame;
  int64_t timestamp = 0;  // microseconds
};

struct EncodedChunk {
  bool key = true;
  int64_t timestamp = 0;             // microseconds
  std::optional<uint64_t> duration;  // microseconds
  PacketPtr packet;                  // holds the bytes
  Bytes alpha;  // VP8 / VP9 with alpha: the alpha stream's chunk (metadata.alphaSideData)
};

struct VideoEncodeOptions {
  bool key_frame = false;
  std::optional<int> quantizer;  // with BitrateMode::kQuantizer
};

struct EncodeVideo {
  VideoPicture picture;
  VideoEncodeOptions options;
};
struct EncodeAudio {
  AudioSamples samples;
};
struct DecodeChunk {
  EncodedChunk chunk;
};

// One unit of the codec work queue.
using Work = std::variant<EncodeVideo, EncodeAudio, DecodeChunk>;

// ---- media out ----

// decoderConfig of EncodedVideoChunkMetadata / EncodedAudioChunkMetadata: what the encoder alone
// knows.
struct StreamDescription {
  Bytes description;  // avcC, hvcC, av1C, AudioSpecificConfig, OpusHead …; may be empty
  int coded_width = 0;
  int coded_height = 0;
  int display_width = 0;
  int display_height = 0;
  ColorSpace color;
  int sample_rate = 0;
  int number_of_channels = 0;
  // The codec string of the stream as made (profile and level as they stand in the bitstream), or
  // empty: as asked.
  std::string codec_string;
};

struct EncodedOutput {
  EncodedChunk chunk;
  std::optional<StreamDescription>
      decoder_config;                    // set on the first chunk and whenever it changes
  std::optional<int> temporal_layer_id;  // set with scalabilityMode
};
struct VideoOutput {
  VideoPicture picture;  // always in a WebCodecs pixel format
};
struct AudioOutput {
  AudioSamples samples;  // always in a WebCodecs sample format
};

using Output = std::variant<EncodedOutput, VideoOutput, AudioOutput>;

}  // namespace webcodecs
