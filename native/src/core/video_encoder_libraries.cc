// The numbers here are measured on two cores with moving content; see the comment of each row.
#include "video_encoder_libraries.h"

#include <algorithm>
#include <string>

#include "temporal_layers.h"
#include "video_levels.h"

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
// 0 and absent alike: not known. libvpx counts in kilobits, and makes no frame at all for none.
int64_t Bitrate(const VideoEncoderConfig& config, const StreamParameters& stream) {
  constexpr int64_t kLeast = 1000;
  const int64_t bitrate = config.bitrate.value_or(0);
  return bitrate > 0 ? std::max(bitrate, kLeast) : DefaultBitrate(config, stream.framerate);
}

// What all layers up to each one take together, in kilobits per second: the lower ones are leaned
// on.
std::string LayerBitrates(const VideoEncoderConfig& config, int64_t bitrate) {
  const int64_t kilobits = std::max<int64_t>(bitrate / 1000, 2);
  if (config.temporal_layers == 2) {
    return std::to_string(kilobits * 60 / 100) + "," + std::to_string(kilobits);
  }
  return std::to_string(kilobits * 50 / 100) + "," + std::to_string(kilobits * 70 / 100) + "," +
         std::to_string(kilobits);
}

// Constant: the rate holds within a buffer of one second.
void SetRate(const VideoEncoderConfig& config, const StreamParameters& stream, EncoderPlan& plan) {
  plan.bitrate = Bitrate(config, stream);
  if (config.bitrate_mode == BitrateMode::kConstant) {
    plan.min_bitrate = plan.bitrate;
    plan.max_bitrate = plan.bitrate;
    plan.buffer_bits = plan.bitrate;
  }
}

// libvpx' and libaom's variable rate in one pass misses its target by up to 30 %, and looks worse
// than their constant rate with a large buffer: 41.1 against 43.3 dB with VP9 at 360p.
//
// In realtime the buffer is a second and starts half full. The first key frame takes half of what
// the buffer starts with; of four seconds that made 165 kB at 1 Mb/s, late to encode and to send.
void SetBufferedRate(const VideoEncoderConfig& config, const StreamParameters& stream,
                     EncoderPlan& plan) {
  constexpr int kVariableBufferSeconds = 4;
  SetRate(config, stream, plan);
  plan.min_bitrate = plan.bitrate;
  plan.max_bitrate = plan.bitrate;
  if (Realtime(config)) {
    plan.buffer_bits = plan.bitrate;
    plan.initial_bits = plan.bitrate / 2;
  } else if (plan.buffer_bits == 0) {
    plan.buffer_bits = kVariableBufferSeconds * plan.bitrate;
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
  if (config.temporal_layers > 1)
    Add(plan, "temporal_layers", std::to_string(config.temporal_layers));
  if (ByQuantizer(config)) {
    Add(plan, "rc_mode", "off");
    plan.quantizer = 26;
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
    plan.quantizer = 26;
    Add(plan, "qp", std::to_string(plan.quantizer));
    return;
  }
  SetRate(config, stream, plan);
}

void CompleteX265(const VideoEncoderConfig& config, const StreamParameters& stream,
                  EncoderPlan& plan) {
  Append(plan, "x265-params", "pools=" + std::to_string(plan.threads), ":");
  if (ByQuantizer(config)) {
    plan.quantizer = 28;
    Add(plan, "qp", std::to_string(plan.quantizer));
    return;
  }
  SetRate(config, stream, plan);
  if (Realtime(config)) {
    // Unbound, the first picture takes 35 to 39 ms with grain at 360p; so it takes 21 to 27 ms.
    // With a buffer of a second, the first second would have two thirds of its bits.
    plan.max_bitrate = plan.bitrate;
    plan.buffer_bits = plan.bitrate / 4;
    plan.initial_bits = plan.bitrate / 20;
  }
}

StreamNeeds NeedsOf(const VideoEncoderConfig& config, const StreamParameters& stream,
                    const EncoderPlan& plan) {
  const int64_t bitrate = ByQuantizer(config) ? 0 : Bitrate(config, stream);
  return {plan.width, plan.height, stream.framerate, bitrate, false};
}

// The level that the configuration asks for, or the stream's own where that is higher.
int Av1Level(const VideoEncoderConfig& config, const StreamParameters& stream,
             const EncoderPlan& plan) {
  return std::max(LeastAv1Level(NeedsOf(config, stream, plan)), config.level.value_or(0));
}

void CompleteKvazaar(const VideoEncoderConfig& config, const StreamParameters& stream,
                     EncoderPlan& plan) {
  const auto add = [&plan](const char* key, int value) {
    Append(plan, "kvazaar-params", std::string(key) + "=" + std::to_string(value), ",");
  };
  // Pictures are reordered in eights, and one key frame stands before each run of them.
  // Their quantizers differ by place, so none is reordered where each is to have its own.
  const bool reordered = !Realtime(config) && plan.gop_size > 8 && !ByQuantizer(config);
  if (!reordered) {
    const char* structure = ByQuantizer(config) ? "gop=0,bipred=0" : "gop=lp-g4d3t1,bipred=0";
    Append(plan, "kvazaar-params", structure, ",");
  }
  add("threads", plan.threads);
  add("owf", Realtime(config) ? 0 : std::min(plan.threads, 5));
  const int period = reordered ? (plan.gop_size - 1) / 8 * 8 : plan.gop_size;
  if (reordered) plan.gop_size = period + 1;
  add("period", period);
  const int asked = config.level.value_or(0);
  StreamNeeds needs = NeedsOf(config, stream, plan);
  needs.high_tier = config.high_tier && asked >= kHevcFirstLevelWithTiers;
  if (needs.high_tier) add("high-tier", 1);
  const int level = std::max(LeastHevcLevel(needs), asked);
  Append(plan, "kvazaar-params",
         "force-level=" + std::to_string(level / 30) + "." + std::to_string(level % 30 / 3), ",");
  if (ByQuantizer(config)) {
    // A block's quantizer is told as its distance from the picture's, which reaches 0 and 51 from
    // here alone.
    add("qp", 26);
    add("intra-qp-offset", 0);
    add("set-qp-in-cu", 1);
    plan.quantizer = 28;
    return;
  }
  Append(plan, "kvazaar-params", "rc-algorithm=oba,intra-bits=1,clip-neighbour=0", ",");
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
    if (Screen(config)) Add(plan, "screen-content-mode", "1");
  }
  plan.quantizer = 32;
  SetBufferedRate(config, stream, plan);
  if (config.temporal_layers > 1) {
    // Without it, VP9 adapts its probabilities by frames that may be dropped.
    if (vp9) Add(plan, "error-resilient", "default");
    const bool two = config.temporal_layers == 2;
    Add(plan, "ts-parameters",
        "ts_number_layers=" + std::to_string(config.temporal_layers) +
            ":ts_periodicity=" + std::to_string(TemporalPeriod(config.temporal_layers)) +
            (two ? ":ts_rate_decimator=2,1:ts_layer_id=0,1"
                 : ":ts_rate_decimator=4,2,1:ts_layer_id=0,2,1,2") +
            ":ts_target_bitrate=" + LayerBitrates(config, plan.bitrate));
  }
}

void CompleteAom(const VideoEncoderConfig& config, const StreamParameters& stream,
                 EncoderPlan& plan) {
  int tiles_log2 = 0;
  while ((512 << tiles_log2) <= plan.width && (1 << tiles_log2) < plan.threads) ++tiles_log2;
  Add(plan, "tile-columns", std::to_string(tiles_log2));
  if (Screen(config)) Append(plan, "aom-params", "tune-content=screen", ":");
  // A level counts from the next option on.
  Append(plan, "aom-params",
         "target-seq-level-idx=" + std::to_string(Av1Level(config, stream, plan)) + ":row-mt=1",
         ":");
  if (config.temporal_layers > 1)
    Add(plan, "temporal-layers", std::to_string(config.temporal_layers));
  plan.quantizer = 32;
  SetBufferedRate(config, stream, plan);
}

// SVT-AV1's time for a picture grows with its coefficients: the first key frame, for which it would
// spend a third of a second's bits, took 40 ms with grain at 360p and takes 12 to 16 ms with the
// bits of this, whatever the bitrate. The frames after it soon make up for what it lacks.
std::string RealtimeBuffer(const EncoderPlan& plan) {
  constexpr double kBitsPerPixel = 0.17;
  constexpr double kLeastBits = kBitsPerPixel * 640 * 360;
  const double bits = std::max(kLeastBits, kBitsPerPixel * plan.width * plan.height);
  const double initial = std::clamp(1000 * bits / static_cast<double>(plan.bitrate), 20.0, 600.0);
  return ":buf-sz=1000:buf-optimal-sz=200:buf-initial-sz=" +
         std::to_string(static_cast<int>(initial));
}

// From preset 10 on, what stands between two cuts comes out at 10 bit as a blend of the pictures
// around it, whatever its bits: 20 dB, against 60 and more with preset 9, which is as fast.
const char* SvtPreset(const VideoEncoderConfig& config) {
  if (Realtime(config)) return "12";
  return config.bit_depth > 8 ? "9" : "10";
}

void CompleteSvt(const VideoEncoderConfig& config, const StreamParameters& stream,
                 EncoderPlan& plan) {
  Add(plan, "preset", SvtPreset(config));
  std::string parameters = "lp=" + std::to_string(std::min(plan.threads, 6));
  const int level = Av1Level(config, stream, plan);
  parameters += ":level=" + std::to_string(20 + level / 4 * 10 + level % 4);
  if (Screen(config)) parameters += ":scm=1";
  if (ByQuantizer(config)) {
    plan.quantizer = 32;
    Add(plan, "qp", std::to_string(plan.quantizer));
    parameters += ":use-q-file=1";
    // Otherwise a picture may come out with another one's chunk.
    parameters += ":pred-struct=1";
  } else {
    plan.bitrate = Bitrate(config, stream);
    parameters += ":overshoot-pct=0:undershoot-pct=10";
    // Constant bitrate is there for low delay only.
    if (Realtime(config) || config.bitrate_mode == BitrateMode::kConstant) {
      parameters += ":rc=2:pred-struct=1";
      plan.forces_key_frames = true;
    }
    if (Realtime(config)) parameters += RealtimeBuffer(plan);
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
    row.picture_quantizers = true;
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
    row.max_pixels = 36864 * 256;  // level 5.2
    row.whole_chroma_samples = true;
    row.picture_quantizers = true;
    row.temporal_layers = 3;
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
                        AV_PIX_FMT_YUV420P10LE, AV_PIX_FMT_YUV422P10LE, AV_PIX_FMT_YUV444P10LE}};
    row.whole_chroma_samples = true;
    row.picture_quantizers = true;
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
    row.picture_quantizers = true;
    row.quality = {{"kvazaar-params", "enable-logging=0,preset=veryfast,open-gop=0,info=0"}};
    row.realtime = {{"kvazaar-params", "enable-logging=0,preset=ultrafast,open-gop=0,info=0"}};
    row.complete = CompleteKvazaar;
    rows.push_back(row);
  }
  {
    EncoderLibrary row{"libvpx", "vp8", {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUVA420P}};
    row.picture_quantizers = true;
    row.temporal_layers = 3;
    // VP8's threads wait by spinning: with both cores busy two of them are ten times slower than
    // one.
    row.max_threads = 1;
    // An alternate reference would be a chunk without a picture.
    row.quality = {{"deadline", "realtime"},
                   {"cpu-used", "-4"},
                   {"auto-alt-ref", "0"},
                   {"lag-in-frames", "0"}};
    row.realtime = {{"deadline", "realtime"},
                    {"cpu-used", "-8"},
                    {"auto-alt-ref", "0"},
                    {"lag-in-frames", "0"}};
    row.complete = CompleteVpx;
    rows.push_back(row);
    row.encoder = "libvpx-vp9";
    row.codec = "vp9";
    row.max_threads = 16;
    row.formats = {AV_PIX_FMT_YUV420P,     AV_PIX_FMT_YUVA420P,    AV_PIX_FMT_YUV422P,
                   AV_PIX_FMT_YUV444P,     AV_PIX_FMT_YUV420P10LE, AV_PIX_FMT_YUV422P10LE,
                   AV_PIX_FMT_YUV444P10LE, AV_PIX_FMT_YUV420P12LE, AV_PIX_FMT_YUV422P12LE,
                   AV_PIX_FMT_YUV444P12LE};
    // "good" is five times slower (9 fps at 1080p) for 1.4 dB.
    row.quality = {
        {"deadline", "realtime"}, {"cpu-used", "5"}, {"row-mt", "1"}, {"lag-in-frames", "0"}};
    row.realtime = {{"deadline", "realtime"},
                    {"cpu-used", "8"},
                    {"row-mt", "1"},
                    {"lag-in-frames", "0"},
                    {"aq-mode", "cyclic"}};
    rows.push_back(row);
  }
  {
    EncoderLibrary row{"libsvtav1", "av1", {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV420P10LE}};
    row.forces_key_frames = false;
    row.min_size = 64;
    row.whole_chroma_samples = true;
    row.picture_quantizers = true;
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
    row.realtime_rank = 2;
    row.picture_quantizers = true;
    row.temporal_layers = 3;
    row.quality = {
        {"usage", "realtime"}, {"cpu-used", "6"}, {"row-mt", "1"}, {"lag-in-frames", "0"}};
    row.realtime = {{"usage", "realtime"},
                    {"aom-params", "cpu-used=10"},
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
