// What an audio encoder is beside Encoder<>: frames of the encoder's size, and the clock.
#pragma once

#include <cstdint>
#include <optional>

#include "aac_fill.h"
#include "audio_description.h"
#include "audio_reframer.h"
#include "av_ptr.h"
#include "encoder.h"
#include "result.h"
#include "types.h"

namespace webcodecs {

// The clock. Samples are counted from the first input after Configure, Flush or a gap; chunk
// timestamps are that input's timestamp plus the count, so that they have no jitter, no drift and
// no holes, whatever the inputs' lengths and roundings. Where an input's own timestamp is further
// from the count than kGapMicroseconds, as with lost samples or a capture clock that drifts, what
// was left out becomes silence and what was given twice goes; timestamps that hardly move are none
// to go by. Beyond kBreakMicroseconds what is
// held is finished and the count starts anew there.
//
// Priming. A lossy encoder's stream decodes to its delay in silence, then the input: nothing of the
// input is cut off at either end. The specification gives the first chunk the first input's
// timestamp, Chromium does so too, and there are muxers which refuse an earlier one; so all chunks
// lie later by the delay, and so does what is heard. Who writes a container that can hold chunks
// from before the start asks for priming_before_start, and sound and timestamps agree exactly.
// The last chunk's duration ends where the input does, so that the durations add up to the delay
// and the input, to the sample. Vorbis needs neither: its first packet decodes to no samples at
// all, and is given no duration.
class AudioEncoderTraits {
 public:
  using Config = AudioEncoderConfig;
  using Input = EncodeAudio;
  static constexpr const char* kName = "audio encoder";

  Result<CodecContextPtr> Open(const AudioEncoderConfig& config);
  Result<void> Prepare(EncodeAudio&& input, EncoderInput& encoder);
  Result<void> Rest(EncoderInput& encoder);
  bool HoldsFrames() const { return holds_frames_; }
  Result<std::optional<EncodedOutput>> Finish(PacketPtr packet, const AVCodecContext& context);
  void Flushed() { StopClock(); }
  void Clear();

 private:
  Result<void> CheckInput(const AudioSamples& samples) const;
  // Restarts where the input's format or timestamp ask for it, and starts the clock. May shorten
  // the input, to nothing too.
  Result<void> FollowInput(const AudioSamples& samples, EncoderInput& encoder);
  // Makes `frame` follow what was received, which it is apart from by so much.
  Result<void> CloseGap(int64_t microseconds, AVFrame& frame);
  Result<void> SendFrame(int content, int samples, EncoderInput& encoder);
  // The timestamp of a count of the encoder's samples.
  int64_t TimestampOf(int64_t samples) const;
  // As the AAC frame goes out: filled up, behind its ADTS header.
  Result<PacketPtr> WrapAacFrame(PacketPtr packet);
  void StopClock();

  AudioEncoderConfig config_;
  AudioReframer reframer_;
  bool wide_ = false;          // the encoder takes more than 16 bits
  bool holds_frames_ = false;  // the encoder may hold samples
  bool fixed_frames_ = false;  // every frame but FLAC's last has the encoder's size
  int rate_ = 0;               // the encoder's
  int packet_samples_ = 0;     // what each packet decodes to; 0: FFmpeg says so packet by packet
  int delay_ = 0;              // samples that the stream decodes to before the input's first
  std::optional<AudioSpecificConfig> adts_;
  std::optional<AacFillControl> fill_;  // with a constant bit rate
  StreamDescription description_;
  bool description_due_ = false;  // the next chunk carries it

  std::optional<int64_t> start_;  // of the clock, in microseconds; nullopt: with the next input
  int64_t received_ = 0;          // samples of input since then, at the input's rate
  int64_t previous_ = 0;          // input's timestamp and duration, microseconds
  int64_t previous_duration_ = 0;
  int64_t sent_ = 0;  // samples of input that the encoder has got, at its rate
  int64_t made_ = 0;  // samples that all packets so far decode to
};

}  // namespace webcodecs
