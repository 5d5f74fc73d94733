#include "audio_decoder_traits.h"

extern "C" {
#include <libavutil/intreadwrite.h>
#include <libavutil/mathematics.h>
}

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "audio_description.h"

namespace webcodecs {
namespace {

struct DecoderChoice {
  const char* codec;
  std::vector<const char*> names;
};

const std::vector<DecoderChoice>& Choices() {
  static const std::vector<DecoderChoice> choices = {
      {"aac", {"aac"}},           {"opus", {"libopus", "opus"}},
      {"mp3", {"mp3float"}},      {"flac", {"flac"}},
      {"vorbis", {"vorbis"}},     {"pcm-u8", {"pcm_u8"}},
      {"pcm-s16", {"pcm_s16le"}}, {"pcm-s24", {"pcm_s24le"}},
      {"pcm-s32", {"pcm_s32le"}}, {"pcm-f32", {"pcm_f32le"}},
      {"alaw", {"pcm_alaw"}},     {"ulaw", {"pcm_mulaw"}},
      {"ac3", {"ac3"}},           {"eac3", {"eac3"}},
  };
  return choices;
}

bool IsWebCodecsFormat(int format) {
  switch (format) {
    case AV_SAMPLE_FMT_U8:
    case AV_SAMPLE_FMT_S16:
    case AV_SAMPLE_FMT_S32:
    case AV_SAMPLE_FMT_FLT:
    case AV_SAMPLE_FMT_U8P:
    case AV_SAMPLE_FMT_S16P:
    case AV_SAMPLE_FMT_S32P:
    case AV_SAMPLE_FMT_FLTP:
      return true;
    default:
      return false;
  }
}

}  // namespace

Result<CodecContextPtr> AudioDecoderTraits::Open(const AudioDecoderConfig& config) {
  const std::vector<const char*>* names = nullptr;
  for (const DecoderChoice& choice : Choices()) {
    if (config.codec == choice.codec) names = &choice.names;
  }
  if (names == nullptr) {
    return Error{ErrorKind::kNotSupported, 0, "codec",
                 "There is no audio decoder for \"" + config.codec + "\"."};
  }
  Result<void> checked = CheckAudioDescription(config.codec, config.description);
  if (!checked.ok()) return std::move(checked.error());
  Bytes description = config.description;
  if (config.codec == "opus" && description.empty()) {
    // FFmpeg would take it for mono or stereo.
    description = MakeOpusHead(config.number_of_channels);
    if (description.empty()) {
      return Error{ErrorKind::kNotSupported, 0, "numberOfChannels",
                   "Opus without a description has 1 to 8 channels, not " +
                       std::to_string(config.number_of_channels) + "."};
    }
  }
  Result<CodecContextPtr> made = MakeDecoderContext(*names, description);
  if (!made.ok()) return made;
  AVCodecContext& context = *made.value();
  context.flags2 |= AV_CODEC_FLAG2_SKIP_MANUAL;
  context.thread_count = 1;
  context.pkt_timebase = {1, AV_TIME_BASE};
  // What a codec can tell to be damaged is an error. Not MP3's checksums: there are encoders that
  // get them wrong.
  context.err_recognition |= AV_EF_EXPLODE;
  if (config.codec != "mp3") context.err_recognition |= AV_EF_CRCCHECK;
  // libopus decodes to 16 bits unless asked.
  context.request_sample_fmt = AV_SAMPLE_FMT_FLT;
  // Only where the stream itself doesn't say: some decoders would believe these over the stream.
  if (av_get_bits_per_sample(context.codec->id) > 0) {
    context.sample_rate = std::max(config.sample_rate, 0);
    av_channel_layout_uninit(&context.ch_layout);
    av_channel_layout_default(&context.ch_layout, std::max(config.number_of_channels, 0));
  }
  Result<void> opened = OpenDecoder(context);
  if (!opened.ok()) return std::move(opened.error());
  vorbis_ = config.codec == "vorbis";
  return made;
}

Result<std::optional<Output>> AudioDecoderTraits::Finish(FramePtr frame, const ChunkTag& tag) {
  if (frame->nb_samples <= 0) return std::optional<Output>();
  if (!IsWebCodecsFormat(frame->format) || frame->sample_rate <= 0 ||
      frame->ch_layout.nb_channels <= 0) {
    return Error{ErrorKind::kEncoding, 0, kName, "The decoder made samples of an unknown format."};
  }
  if (vorbis_) {
    // The one priming that isn't the container's: a Vorbis stream's first packet only fills the
    // overlap (Vorbis I, 1.3.2). FFmpeg hands it out, marked to be skipped as a whole.
    const AVFrameSideData* skip = av_frame_get_side_data(frame.get(), AV_FRAME_DATA_SKIP_SAMPLES);
    if (skip != nullptr && skip->size >= 4 &&
        AV_RL32(skip->data) >= static_cast<uint32_t>(frame->nb_samples)) {
      return std::optional<Output>();
    }
  }
  if (current_chunk_ != tag.id) {
    current_chunk_ = tag.id;
    samples_of_chunk_ = 0;
  }
  AudioSamples samples;
  samples.timestamp =
      av_sat_add64(tag.timestamp, av_rescale(samples_of_chunk_, AV_TIME_BASE, frame->sample_rate));
  samples_of_chunk_ += frame->nb_samples;
  samples.frame = std::move(frame);
  return std::optional<Output>(AudioOutput{std::move(samples)});
}

void AudioDecoderTraits::Flushed() { current_chunk_.reset(); }

void AudioDecoderTraits::Clear() {
  current_chunk_.reset();
  samples_of_chunk_ = 0;
  vorbis_ = false;
}

}  // namespace webcodecs
