#include "audio_encoder_options.h"

extern "C" {
#include <libavutil/channel_layout.h>
#include <libavutil/opt.h>
#include <opus_multistream.h>
}

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace webcodecs {
namespace {

constexpr int kMaxChannels = 8;
constexpr int kOpusRate = 48000;
constexpr int kOpusComplexity = 9;  // the Opus registration's default for desktops
constexpr int64_t kMp3Bitrate = 128000;
constexpr int64_t kAacBitratePerChannel = 64000;

struct EncoderChoice {
  const char* codec;
  const char* encoder;
};

constexpr EncoderChoice kChoices[] = {
    {"aac", "aac"},           {"opus", "libopus"},      {"mp3", "libmp3lame"},
    {"flac", "flac"},         {"vorbis", "libvorbis"},  {"pcm-u8", "pcm_u8"},
    {"pcm-s16", "pcm_s16le"}, {"pcm-s24", "pcm_s24le"}, {"pcm-s32", "pcm_s32le"},
    {"pcm-f32", "pcm_f32le"}, {"alaw", "pcm_alaw"},     {"ulaw", "pcm_mulaw"},
};

const AVCodec* EncoderFor(const std::string& codec) {
  for (const EncoderChoice& choice : kChoices) {
    if (codec == choice.codec) return avcodec_find_encoder_by_name(choice.encoder);
  }
  return nullptr;
}

Error Unsupported(std::string message) {
  return Error{ErrorKind::kNotSupported, 0, "AudioEncoderConfig", std::move(message)};
}

template <typename T>
std::pair<const T*, int> SupportedBy(const AVCodec& codec, AVCodecConfig what) {
  const void* values = nullptr;
  int count = 0;
  if (avcodec_get_supported_config(nullptr, &codec, what, 0, &values, &count) < 0) count = 0;
  return {static_cast<const T*>(values), count};
}

// The rate to encode at, 0 where there is none. Opus takes what it can't encode at 48 kHz.
int ChooseRate(const AVCodec& codec, int rate) {
  const auto [rates, count] = SupportedBy<int>(codec, AV_CODEC_CONFIG_SAMPLE_RATE);
  if (rates == nullptr) return rate;
  for (int i = 0; i < count; ++i) {
    if (rates[i] == rate) return rate;
  }
  return codec.id == AV_CODEC_ID_OPUS ? kOpusRate : 0;
}

// The encoder's own format with the most precision; FLAC's depth is the input's to choose.
AVSampleFormat ChooseFormat(const AVCodec& codec, bool wide) {
  if (codec.id == AV_CODEC_ID_FLAC) return wide ? AV_SAMPLE_FMT_S32 : AV_SAMPLE_FMT_S16;
  const auto [formats, count] = SupportedBy<AVSampleFormat>(codec, AV_CODEC_CONFIG_SAMPLE_FORMAT);
  if (formats == nullptr || count == 0) return AV_SAMPLE_FMT_FLTP;
  for (int i = 0; i < count; ++i) {
    if (formats[i] == AV_SAMPLE_FMT_FLTP || formats[i] == AV_SAMPLE_FMT_FLT) return formats[i];
  }
  return formats[0];
}

// The layouts that `channels` may mean, most usual first. WebCodecs counts channels and doesn't
// name them; the order is that of the codec's own layout.
std::vector<AVChannelLayout> LayoutsFor(const AVCodec& codec, int channels) {
  switch (channels) {
    case 1:
      return {AV_CHANNEL_LAYOUT_MONO};
    case 2:
      return {AV_CHANNEL_LAYOUT_STEREO};
    case 3:
      return {AV_CHANNEL_LAYOUT_SURROUND, AV_CHANNEL_LAYOUT_2POINT1};
    case 4:
      // AAC has no channel configuration for four corners.
      if (codec.id == AV_CODEC_ID_AAC) return {AV_CHANNEL_LAYOUT_4POINT0, AV_CHANNEL_LAYOUT_QUAD};
      return {AV_CHANNEL_LAYOUT_QUAD, AV_CHANNEL_LAYOUT_4POINT0};
    case 5:
      return {AV_CHANNEL_LAYOUT_5POINT0_BACK, AV_CHANNEL_LAYOUT_5POINT0};
    case 6:
      return {AV_CHANNEL_LAYOUT_5POINT1_BACK, AV_CHANNEL_LAYOUT_5POINT1};
    case 7:
      if (codec.id == AV_CODEC_ID_AAC) {
        return {AV_CHANNEL_LAYOUT_6POINT1_BACK, AV_CHANNEL_LAYOUT_6POINT1};
      }
      return {AV_CHANNEL_LAYOUT_6POINT1, AV_CHANNEL_LAYOUT_6POINT1_BACK};
    case 8:
      return {AV_CHANNEL_LAYOUT_7POINT1};
    default:
      return {};
  }
}

Result<void> SetOption(AVCodecContext& context, const char* name, const std::string& value) {
  const int code = av_opt_set(context.priv_data, name, value.c_str(), 0);
  if (code >= 0) return {};
  return Error{ErrorKind::kNotSupported, code, std::string("av_opt_set(") + name + ")",
               std::string("The encoder doesn't take \"") + value + "\" as " + name + "."};
}

Result<void> SetOpusOptions(const AudioEncoderConfig& config, AVCodecContext& context) {
  std::vector<std::pair<const char*, std::string>> options;
  const bool constant = config.bitrate_mode == BitrateMode::kConstant;
  options.emplace_back("vbr", constant ? "off" : "on");
  // FFmpeg's own mapping mixes up the channels of five and of seven.
  if (config.number_of_channels > 2) options.emplace_back("mapping_family", "1");
  if (config.opus_frame_duration_us) {
    options.emplace_back(
        "frame_duration",
        std::to_string(static_cast<double>(*config.opus_frame_duration_us) / 1000));
  }
  if (!config.opus_application.empty()) {
    options.emplace_back("application", config.opus_application);
  }
  if (config.opus_packet_loss_percent) {
    options.emplace_back("packet_loss", std::to_string(*config.opus_packet_loss_percent));
  }
  if (config.opus_fec) options.emplace_back("fec", *config.opus_fec ? "1" : "0");
  if (config.opus_dtx) options.emplace_back("dtx", *config.opus_dtx ? "1" : "0");
  for (const auto& [name, value] : options) {
    Result<void> set = SetOption(context, name, value);
    if (!set.ok()) return set;
  }
  context.compression_level = config.opus_complexity.value_or(kOpusComplexity);
  return {};
}

// FFmpeg has no option for the signal hint. libopus' encoder is the second member of the private
// context, behind the AVClass that each of these begins with.
Result<void> SetOpusSignal(const std::string& signal, AVCodecContext& context) {
  if (signal != "music" && signal != "voice") return {};
  struct Beginning {
    const AVClass* options;
    OpusMSEncoder* encoder;
  };
  OpusMSEncoder* encoder = static_cast<Beginning*>(context.priv_data)->encoder;
  const int code = opus_multistream_encoder_ctl(
      encoder, OPUS_SET_SIGNAL(signal == "music" ? OPUS_SIGNAL_MUSIC : OPUS_SIGNAL_VOICE));
  if (code == OPUS_OK) return {};
  return Error{ErrorKind::kNotSupported, 0, "OPUS_SET_SIGNAL", opus_strerror(code)};
}

// Of a constant bit rate where none is given: 64 kb/s for a channel at 48 kHz.
int64_t VorbisBitrate(const AudioEncoderConfig& config) {
  return int64_t{config.sample_rate} * 4 / 3 * config.number_of_channels;
}

// Whether frames of the codec can all have this bit rate. Where they can't the encoders take the
// nearest one, which does for a mean.
bool CanBeConstant(const AudioEncoderConfig& config, int64_t bitrate) {
  if (config.codec == "aac") {
    constexpr int64_t kFrameBitsPerChannel = 6144;
    return bitrate * 1024 <= kFrameBitsPerChannel * config.number_of_channels * config.sample_rate;
  }
  if (config.codec != "mp3") return true;
  // ISO/IEC 11172-3 2.4.2.3, and 13818-3 2.4.2.3 for the lower sample rates.
  static constexpr int kRates[] = {32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320};
  static constexpr int kLowRates[] = {8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160};
  if (config.sample_rate < 16000 && bitrate > 64000) return false;  // LAME's own, in MPEG-2.5
  const auto& rates = config.sample_rate >= 32000 ? kRates : kLowRates;
  return std::any_of(std::begin(rates), std::end(rates),
                     [&](int rate) { return rate * int64_t{1000} == bitrate; });
}

Result<void> SetOptions(const AudioEncoderConfig& config, bool wide, AVCodecContext& context) {
  const bool constant = config.bitrate_mode == BitrateMode::kConstant;
  if (config.bitrate) context.bit_rate = *config.bitrate;
  if (constant && context.bit_rate > 0 && !CanBeConstant(config, context.bit_rate)) {
    return Unsupported("A constant bit rate of " + std::to_string(context.bit_rate) +
                       " b/s is none of \"" + config.codec + "\" at " +
                       std::to_string(config.sample_rate) + " Hz.");
  }
  switch (context.codec_id) {
    case AV_CODEC_ID_AAC:
      if (!config.bitrate) context.bit_rate = kAacBitratePerChannel * config.number_of_channels;
      if (config.aac_mpeg2) {
        context.profile = AV_PROFILE_MPEG2_AAC_LOW;
        Result<void> set = SetOption(context, "aac_pns", "0");
        if (!set.ok()) return set;
      }
      // The encoder's own rate control keeps the mean; AacFillControl makes it a constant one. Its
      // strict mode (bit_rate_tolerance 0) is no choice: it can search for a quantizer for ever.
      return {};
    case AV_CODEC_ID_OPUS:
      return SetOpusOptions(config, context);
    case AV_CODEC_ID_MP3:
      if (!config.bitrate) context.bit_rate = kMp3Bitrate;
      return SetOption(context, "abr", constant ? "0" : "1");
    case AV_CODEC_ID_VORBIS:
      if (constant) {
        context.bit_rate = config.bitrate.value_or(VorbisBitrate(config));
        context.rc_min_rate = context.rc_max_rate = context.bit_rate;
      }
      return {};
    case AV_CODEC_ID_FLAC:
      context.bit_rate = 0;
      if (config.flac_compress_level) context.compression_level = *config.flac_compress_level;
      if (config.flac_block_size) context.frame_size = *config.flac_block_size;
      if (wide) context.bits_per_raw_sample = 24;
      return {};
    default:
      context.bit_rate = 0;
      return {};
  }
}

}  // namespace

Result<CodecContextPtr> OpenAudioEncoder(const AudioEncoderConfig& config, bool wide) {
  const AVCodec* codec = EncoderFor(config.codec);
  if (codec == nullptr) {
    return Unsupported("There is no audio encoder for \"" + config.codec + "\".");
  }
  if (config.codec == "aac" && config.aac_object_type != 2) {
    return Unsupported("AAC is encoded as LC (mp4a.40.2), not as mp4a.40." +
                       std::to_string(config.aac_object_type) + ".");
  }
  if (config.number_of_channels < 1 || config.number_of_channels > kMaxChannels) {
    return Unsupported("Expected 1 to " + std::to_string(kMaxChannels) + " channels, received " +
                       std::to_string(config.number_of_channels) + ".");
  }
  const int rate = config.sample_rate > 0 ? ChooseRate(*codec, config.sample_rate) : 0;
  if (rate == 0) {
    return Unsupported("\"" + config.codec + "\" can't be encoded at " +
                       std::to_string(config.sample_rate) + " Hz.");
  }
  Error error;
  for (const AVChannelLayout& layout : LayoutsFor(*codec, config.number_of_channels)) {
    CodecContextPtr context(avcodec_alloc_context3(codec));
    if (context == nullptr) {
      return Error{ErrorKind::kOperation, AVERROR(ENOMEM), "avcodec_alloc_context3",
                   "Out of memory."};
    }
    context->sample_rate = rate;
    context->time_base = {1, rate};
    context->sample_fmt = ChooseFormat(*codec, wide);
    context->ch_layout = layout;
    context->thread_count = 1;
    // Parameters once, in the description.
    context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    Result<void> set = SetOptions(config, wide, *context);
    if (!set.ok()) return std::move(set.error());
    const int code = avcodec_open2(context.get(), codec, nullptr);
    if (code >= 0) {
      if (codec->id != AV_CODEC_ID_OPUS) return context;
      Result<void> hinted = SetOpusSignal(config.opus_signal, *context);
      if (!hinted.ok()) return std::move(hinted.error());
      return context;
    }
    error =
        Error{ErrorKind::kNotSupported, code, std::string("avcodec_open2(") + codec->name + ")",
              "\"" + config.codec + "\" can't be encoded with " +
                  std::to_string(config.number_of_channels) + " channels at " +
                  std::to_string(config.sample_rate) + " Hz" +
                  (config.bitrate ? " and " + std::to_string(*config.bitrate) + " b/s" : "") + "."};
  }
  return error;
}

}  // namespace webcodecs
