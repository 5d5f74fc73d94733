#include "bind/config_from_js.h"

#include <limits>

#include "bind/js_errors.h"
#include "bind/js_fields.h"

namespace webcodecs::bind {
namespace {

constexpr int kLargestSide = 65535;
constexpr int kLargestInt = std::numeric_limits<int>::max();

std::string Hardware(const Fields& fields) {
  return fields.OneOf<std::string>("hardware", {{"no-preference", "no-preference"},
                                                {"prefer-hardware", "prefer-hardware"},
                                                {"prefer-software", "prefer-software"}});
}

BitrateMode ReadBitrateMode(const Fields& fields) {
  return fields.OneOf<BitrateMode>("bitrateMode", {{"constant", BitrateMode::kConstant},
                                                   {"variable", BitrateMode::kVariable},
                                                   {"quantizer", BitrateMode::kQuantizer}});
}

VideoEncoderConfig VideoEncoderFromJs(const Fields& fields) {
  VideoEncoderConfig config;
  config.codec = fields.String("codec");
  config.profile = fields.OptionalInt("profile", 0, kLargestInt);
  config.level = fields.OptionalInt("level", 0, kLargestInt);
  config.high_tier = fields.Bool("highTier");
  config.variant = fields.String("variant");
  config.bit_depth = fields.Int("bitDepth", 8, 12);
  config.chroma =
      fields.OneOf<std::string>("chroma", {{"420", "420"}, {"422", "422"}, {"444", "444"}});
  config.width = fields.Int("width", 1, kLargestSide);
  config.height = fields.Int("height", 1, kLargestSide);
  config.display_width = fields.OptionalInt("displayWidth", 1, kLargestInt);
  config.display_height = fields.OptionalInt("displayHeight", 1, kLargestInt);
  config.bitrate = fields.OptionalInt64("bitrate");
  config.bitrate_mode = ReadBitrateMode(fields);
  config.framerate = fields.OptionalNumber("framerate");
  config.latency_mode = fields.OneOf<LatencyMode>(
      "latencyMode", {{"quality", LatencyMode::kQuality}, {"realtime", LatencyMode::kRealtime}});
  config.gop_size = fields.OptionalInt("gopSize", 1, kLargestInt);
  config.keep_alpha = fields.Bool("keepAlpha");
  config.temporal_layers = fields.Int("temporalLayers", 1, 8);
  config.annexb = fields.Bool("annexb");
  config.content_hint = fields.String("contentHint");
  config.color = ReadColor(fields.Child("color"));
  config.frame_size_mismatch = fields.OneOf<FrameSizeMismatch>(
      "frameSizeMismatch",
      {{"error", FrameSizeMismatch::kError}, {"scale", FrameSizeMismatch::kScale}});
  config.hardware = Hardware(fields);
  return config;
}

VideoDecoderConfig VideoDecoderFromJs(const Fields& fields) {
  VideoDecoderConfig config;
  config.codec = fields.String("codec");
  config.variant = fields.String("variant");
  config.coded_width = fields.OptionalInt("codedWidth", 1, kLargestSide);
  config.coded_height = fields.OptionalInt("codedHeight", 1, kLargestSide);
  config.display_aspect_width = fields.OptionalInt("displayAspectWidth", 1, kLargestInt);
  config.display_aspect_height = fields.OptionalInt("displayAspectHeight", 1, kLargestInt);
  config.description = fields.OptionalBytes("description");
  config.color = ReadColor(fields.Child("color"));
  config.optimize_for_latency = fields.Bool("optimizeForLatency");
  config.hardware = Hardware(fields);
  config.rotation = ReadRotation(fields);
  config.flip = fields.Bool("flip");
  return config;
}

AudioEncoderConfig AudioEncoderFromJs(const Fields& fields) {
  AudioEncoderConfig config;
  config.codec = fields.String("codec");
  config.sample_rate = fields.Int("sampleRate", 1, kLargestInt);
  config.number_of_channels = fields.Int("numberOfChannels", 1, kLargestSide);
  config.bitrate = fields.OptionalInt64("bitrate");
  config.bitrate_mode = ReadBitrateMode(fields);
  config.adts = fields.Bool("adts");
  config.aac_object_type = fields.Int("aacObjectType", 0, kLargestInt);
  config.aac_mpeg2 = fields.Bool("aacMpeg2");

  const Fields opus = fields.Child("opus");
  config.opus_frame_duration_us = opus.OptionalInt64("frameDuration");
  config.opus_complexity = opus.OptionalInt("complexity", 0, 10);
  config.opus_packet_loss_percent = opus.OptionalInt("packetLossPercent", 0, 100);
  config.opus_fec = opus.OptionalBool("fec");
  config.opus_dtx = opus.OptionalBool("dtx");
  config.opus_application = opus.String("application");
  config.opus_signal = opus.String("signal");

  const Fields flac = fields.Child("flac");
  config.flac_block_size = flac.OptionalInt("blockSize", 0, kLargestInt);
  config.flac_compress_level = flac.OptionalInt("compressLevel", 0, kLargestInt);
  return config;
}

AudioDecoderConfig AudioDecoderFromJs(const Fields& fields) {
  AudioDecoderConfig config;
  config.codec = fields.String("codec");
  config.sample_rate = fields.Int("sampleRate", 0, kLargestInt);
  config.number_of_channels = fields.Int("numberOfChannels", 0, kLargestSide);
  config.description = fields.OptionalBytes("description");
  return config;
}

}  // namespace

CodecKind KindFromJs(const Napi::Value& value, const std::string& field) {
  if (value.IsString()) {
    const std::string name = value.As<Napi::String>().Utf8Value();
    if (name == "video-encoder") return CodecKind::kVideoEncoder;
    if (name == "video-decoder") return CodecKind::kVideoDecoder;
    if (name == "audio-encoder") return CodecKind::kAudioEncoder;
    if (name == "audio-decoder") return CodecKind::kAudioDecoder;
  }
  throw ArgumentError(value.Env(), field,
                      "video-encoder | video-decoder | audio-encoder | audio-decoder", value);
}

KindAndConfig ConfigFromJs(const Napi::Value& value) {
  const Fields fields(value, "config");
  const CodecKind kind = KindFromJs(fields.Get("kind"), fields.Path("kind"));
  switch (kind) {
    case CodecKind::kVideoEncoder:
      return {kind, VideoEncoderFromJs(fields)};
    case CodecKind::kVideoDecoder:
      return {kind, VideoDecoderFromJs(fields)};
    case CodecKind::kAudioEncoder:
      return {kind, AudioEncoderFromJs(fields)};
    case CodecKind::kAudioDecoder:
      break;
  }
  return {kind, AudioDecoderFromJs(fields)};
}

}  // namespace webcodecs::bind
