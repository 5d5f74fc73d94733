// The numbers here are measured on two cores with moving content; see the comment of each row.
#include "video_encoder_libraries.h"

#include <algorithm>
#include <string>

namespace webcodecs {
namespace {

void Add(EncoderPlan& plan, const char* key, std::string value) {
  plan.options.emplace_back(key, std::move(value));
}

// Appends to an option that is a list of its own.
void Append(EncoderPlan& plan, const char* key, const std::string& value, const char* separator) {
  for (auto& [name, list] : plan.options) {
    if (name != key) continue;
    list += separator + value;
    return;
  }
  Add(plan, key, value);
}

bool Realtime(const VideoEncoderConfig& config) {
  return config.latency_mode == LatencyMode::kRealtime;
}
bool ByQuantizer(const VideoEncoderConfig& config) {
  return config.bitrate_mode == BitrateMode::kQuantizer;
}
bool Screen(const VideoEncoderConfig& config) {
  return config.content_hint == "text" || config.content_hint == "detail";
}
int Quantizer(const StreamParameters& stream, int fallback, int least, int most) {
  return std::clamp(stream.quantizer.value_or(fallback), least, most);
}
int64_t Bitrate(const VideoEncoderConfig& config, const StreamParameters& stream) {
  return config.bitrate.value_or(DefaultBitrate(config, stream.framerate));
}

// Constant: a buffer of one second that is filled at the bitrate.
void SetRate(const VideoEncoderConfig& config, const StreamParameters& stream, EncoderPlan& plan) {
  plan.bitrate = Bitrate(config, stream);
  if (config.bitrate_mode == BitrateMode::kConstant) {
    plan.min_bitrate = plan.bitrate;
    plan.max_bitrate = plan.bitrate;
    plan.buffer_bits = plan.bitrate;
  }
}

void CompleteOpenH264(const VideoEncoderConfig& config, const StreamParameters& stream,
                      EncoderPlan& plan) {
  const int profile = config.profile.value_or(AV_PROFILE_H264_HIGH);
  const bool baseline = (profile & 0xff) == AV_PROFILE_H264_BASELINE;
  Add(plan, "profile",
      baseline                          ? "constrained_baseline"
      : profile == AV_PROFILE_H264_MAIN ? "main"
                                        : "high");
  Add(plan, "coder", baseline ? "cavlc" : "cabac");
  plan.slices = plan.threads;
  if (ByQuantizer(config)) {
    const int quantizer = Quantizer(stream, 26, 1, 51);
    Add(plan, "rc_mode", "quality");
    plan.qmin = quantizer;
    plan.qmax = quantizer;
    plan.bitrate = Bitrate(config, stream);
    return;
  }
  Add(plan, "rc_mode", "bitrate");
  SetRate(config, stream, plan);
}

void CompleteX264(const VideoEncoderConfig& config, const StreamParameters& stream,
                  EncoderPlan& plan) {
  const int profile = config.profile.value_or(AV_PROFILE_H264_HIGH);
  if (plan.format == AV_PIX_FMT_YUV420P) {
    Add(plan, "profile",
        (profile & 0xff) == AV_PROFILE_H264_BASELINE ? "baseline"
        : profile == AV_PROFILE_H264_MAIN            ? "main"
                                                     : "high");
  }
  if (ByQuantizer(config)) {
    Add(plan, "qp", std::to_string(Quantizer(stream, 26, 0, 51)));
    return;
  }
  SetRate(config, stream, plan);
}

void CompleteX265(const VideoEncoderConfig& config, const StreamParameters& stream,
                  EncoderPlan& plan) {
  Append(plan, "x265-params", "pools=" + std::to_string(plan.threads), ":");
  if (ByQuantizer(config)) {
    Add(plan, "qp", std::to_string(Quantizer(stream, 28, 0, 51)));
    return;
  }
  SetRate(config, stream, plan);
}

void CompleteKvazaar(const VideoEncoderConfig& config, const StreamParameters& stream,
                     EncoderPlan& plan) {
  Append(plan, "kvazaar-params", "threads=" + std::to_string(plan.threads), ",");
  Append(plan, "kvazaar-params", "period=" + std::to_string(plan.gop_size), ",");
  if (ByQuantizer(config)) {
    Append(plan, "kvazaar-params", "qp=" + std::to_string(Quantizer(stream, 28, 0, 51)), ",");
    return;
  }
  SetRate(config, stream, plan);
}

void CompleteVpx(const VideoEncoderConfig& config, const StreamParameters& stream,
                 EncoderPlan& plan) {
  const bool vp9 = config.codec == "vp9";
  if (vp9) {
    // A tile is at least 256 pixels wide; row threads fill what tiles leave idle.
    int tiles_log2 = 0;
    while ((512 << tiles_log2) <= plan.width && (1 << tiles_log2) < plan.threads) ++tiles_log2;
    Add(plan, "tile-columns", std::to_string(tiles_log2));
    if (Screen(config)) Add(plan, "tune-content", "screen");
  } else {
    plan.slices = std::min(plan.threads, 8);
    if (Screen(config)) Add(plan, "screen-content-mode", "1");
  }
  if (ByQuantizer(config)) {
    // A rate that no picture can be coded at: the encoder always wants its coarsest quantizer,
    // which is ours.
    plan.bitrate = 1000;
    plan.qmin = 0;
    plan.qmax = Quantizer(stream, 32, 0, 63);
    plan.min_bitrate = plan.max_bitrate = plan.bitrate;
    return;
  }
  SetRate(config, stream, plan);
}

void CompleteAom(const VideoEncoderConfig& config, const StreamParameters& stream,
                 EncoderPlan& plan) {
  int tiles_log2 = 0;
  while ((512 << tiles_log2) <= plan.width && (1 << tiles_log2) < plan.threads) ++tiles_log2;
  Add(plan, "tile-columns", std::to_string(tiles_log2));
  if (Screen(config)) Append(plan, "aom-params", "tune-content=screen", ":");
  if (ByQuantizer(config)) {
    Add(plan, "crf", std::to_string(Quantizer(stream, 32, 0, 63)));
    return;
  }
  SetRate(config, stream, plan);
}

void CompleteSvt(const VideoEncoderConfig& config, const StreamParameters& stream,
                 EncoderPlan& plan) {
  std::string parameters = "lp=" + std::to_string(std::min(plan.threads, 6));
  if (Screen(config)) parameters += ":scm=1";
  if (ByQuantizer(config)) {
    Add(plan, "qp", std::to_string(Quantizer(stream, 32, 1, 63)));
  } else {
    plan.bitrate = Bitrate(config, stream);
    // Constant bitrate is there for low delay only.
    if (Realtime(config) || config.bitrate_mode == BitrateMode::kConstant) {
      parameters += ":rc=2:pred-struct=1";
      plan.forces_key_frames = true;
    }
  }
  Append(plan, "svtav1-params", parameters, ":");
}

void CompleteProRes(const VideoEncoderConfig& config, const StreamParameters&, EncoderPlan& plan) {
  static constexpr std::pair<const char*, const char*> kProfiles[] = {
      {"apco", "proxy"}, {"apcs", "lt"},   {"apcn", "standard"},
      {"apch", "hq"},    {"ap4h", "4444"}, {"ap4x", "4444xq"},
  };
  for (const auto& [variant, profile] : kProfiles) {
    if (config.variant == variant) Add(plan, "profile", profile);
  }
}

void CompleteDnxhd(const VideoEncoderConfig& config, const StreamParameters& stream,
                   EncoderPlan& plan) {
  Add(plan, "profile", config.variant.empty() ? "dnxhr_sq" : config.variant);
  // DNxHR sizes its frames by profile; DNxHD by one of the bitrates that its standard lists.
  if (config.variant == "dnxhd") plan.bitrate = Bitrate(config, stream);
}

void CompleteNvenc(const VideoEncoderConfig& config, const StreamParameters& stream,
                   EncoderPlan& plan) {
  if (ByQuantizer(config)) {
    Add(plan, "rc", "constqp");
    Add(plan, "qp", std::to_string(Quantizer(stream, 28, 0, config.codec == "av1" ? 63 : 51)));
    return;
  }
  Add(plan, "rc", config.bitrate_mode == BitrateMode::kConstant ? "cbr" : "vbr");
  SetRate(config, stream, plan);
}

EncoderLibrary Nvenc(const char* encoder, const char* codec) {
  EncoderLibrary row{encoder, codec, {AV_PIX_FMT_YUV420P}};
  row.hardware = true;
  row.whole_chroma_samples = true;
  row.quality = {{"preset", "p5"}, {"forced-idr", "1"}};
  row.realtime = {{"preset", "p3"}, {"tune", "ull"}, {"zerolatency", "1"},
                  {"delay", "0"},   {"bf", "0"},     {"forced-idr", "1"}};
  row.complete = CompleteNvenc;
  return row;
}

std::vector<EncoderLibrary> MakeLibraries() {
  std::vector<EncoderLibrary> rows;
  {
    EncoderLibrary row{"libx264",
                       "h264",
                       {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUV444P,
                        AV_PIX_FMT_YUV420P10LE, AV_PIX_FMT_YUV422P10LE, AV_PIX_FMT_YUV444P10LE}};
    row.whole_chroma_samples = true;
    row.quantizer_control = QuantizerControl::kOptionQp;
    row.quality = {{"preset", "veryfast"}, {"forced-idr", "1"}};
    row.realtime = {{"preset", "veryfast"}, {"tune", "zerolatency"}, {"forced-idr", "1"}};
    row.complete = CompleteX264;
    rows.push_back(row);
  }
  {
    EncoderLibrary row{"libopenh264", "h264", {AV_PIX_FMT_YUV420P}};
    row.quality_rank = 2;
    row.realtime_rank = 2;
    row.min_size = 16;
    row.whole_chroma_samples = true;
    // One thread is as fast as two at 1080p; slices cost bits.
    row.pixels_per_thread = 3840 * 1080;
    row.max_threads = 4;
    row.quality = {{"allow_skip_frames", "0"}};
    row.realtime = row.quality;
    row.complete = CompleteOpenH264;
    rows.push_back(row);
  }
  {
    EncoderLibrary row{"libx265",
                       "hevc",
                       {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUV444P,
                        AV_PIX_FMT_YUV420P10LE, AV_PIX_FMT_YUV422P10LE, AV_PIX_FMT_YUV444P10LE,
                        AV_PIX_FMT_YUV420P12LE, AV_PIX_FMT_YUV422P12LE, AV_PIX_FMT_YUV444P12LE}};
    row.whole_chroma_samples = true;
    row.quality = {{"preset", "superfast"}, {"forced-idr", "1"}, {"x265-params", "log-level=none"}};
    row.realtime = {{"preset", "ultrafast"},
                    {"tune", "zerolatency"},
                    {"forced-idr", "1"},
                    {"x265-params", "log-level=none:frame-threads=1"}};
    row.complete = CompleteX265;
    rows.push_back(row);
  }
  {
    EncoderLibrary row{"libkvazaar", "hevc", {AV_PIX_FMT_YUV420P}};
    row.quality_rank = 2;
    row.realtime_rank = 2;
    row.forces_key_frames = false;
    row.size_multiple = 8;
    row.whole_chroma_samples = true;
    row.quality = {{"kvazaar-params", "preset=veryfast,open-gop=0,info=0"}};
    row.realtime = {
        {"kvazaar-params", "preset=ultrafast,gop=lp-g4d3t1,owf=0,bipred=0,open-gop=0,info=0"}};
    row.complete = CompleteKvazaar;
    rows.push_back(row);
  }
  {
    EncoderLibrary row{"libvpx", "vp8", {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUVA420P}};
    row.quantizer_control = QuantizerControl::kContextMax;
    row.max_threads = 8;
    // An alternate reference would be a chunk without a picture.
    row.quality = {
        {"deadline", "good"}, {"cpu-used", "4"}, {"auto-alt-ref", "0"}, {"lag-in-frames", "16"}};
    row.realtime = {
        {"deadline", "realtime"}, {"cpu-used", "8"}, {"auto-alt-ref", "0"}, {"lag-in-frames", "0"}};
    row.complete = CompleteVpx;
    rows.push_back(row);
    row.encoder = "libvpx-vp9";
    row.codec = "vp9";
    row.formats = {AV_PIX_FMT_YUV420P,     AV_PIX_FMT_YUVA420P,    AV_PIX_FMT_YUV422P,
                   AV_PIX_FMT_YUV444P,     AV_PIX_FMT_YUV420P10LE, AV_PIX_FMT_YUV422P10LE,
                   AV_PIX_FMT_YUV444P10LE, AV_PIX_FMT_YUV420P12LE, AV_PIX_FMT_YUV422P12LE,
                   AV_PIX_FMT_YUV444P12LE};
    row.quality = {
        {"deadline", "good"}, {"cpu-used", "5"}, {"row-mt", "1"}, {"lag-in-frames", "16"}};
    row.realtime = {{"deadline", "realtime"},
                    {"cpu-used", "8"},
                    {"row-mt", "1"},
                    {"lag-in-frames", "0"},
                    {"aq-mode", "cyclic"}};
    rows.push_back(row);
  }
  {
    EncoderLibrary row{"libsvtav1", "av1", {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV420P10LE}};
    row.quality_rank = 1;
    row.realtime_rank = 2;
    row.forces_key_frames = false;
    row.min_size = 64;
    row.whole_chroma_samples = true;
    row.quality = {{"preset", "10"}};
    row.realtime = {{"preset", "12"}};
    row.complete = CompleteSvt;
    rows.push_back(row);
  }
  {
    EncoderLibrary row{"libaom-av1",
                       "av1",
                       {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUV444P,
                        AV_PIX_FMT_YUV420P10LE, AV_PIX_FMT_YUV422P10LE, AV_PIX_FMT_YUV444P10LE,
                        AV_PIX_FMT_YUV420P12LE, AV_PIX_FMT_YUV422P12LE, AV_PIX_FMT_YUV444P12LE}};
    row.quality_rank = 2;
    row.realtime_rank = 1;
    row.quality = {{"usage", "good"}, {"cpu-used", "6"}, {"row-mt", "1"}, {"lag-in-frames", "16"}};
    row.realtime = {{"usage", "realtime"},
                    {"cpu-used", "8"},
                    {"row-mt", "1"},
                    {"lag-in-frames", "0"},
                    {"aq-mode", "3"}};
    row.complete = CompleteAom;
    rows.push_back(row);
  }
  {
    EncoderLibrary row{"prores_ks",
                       "prores",
                       {AV_PIX_FMT_YUV422P10LE, AV_PIX_FMT_YUV444P10LE, AV_PIX_FMT_YUVA444P10LE}};
    row.complete = CompleteProRes;
    rows.push_back(row);
    row = {"dnxhd", "dnxhd", {AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUV422P10LE, AV_PIX_FMT_YUV444P10LE}};
    row.complete = CompleteDnxhd;
    rows.push_back(row);
  }
  rows.push_back(Nvenc("h264_nvenc", "h264"));
  rows.push_back(Nvenc("hevc_nvenc", "hevc"));
  rows.push_back(Nvenc("av1_nvenc", "av1"));
  return rows;
}

}  // namespace

const std::vector<EncoderLibrary>& EncoderLibraries() {
  static const std::vector<EncoderLibrary> kRows = MakeLibraries();
  return kRows;
}

}  // namespace webcodecs
