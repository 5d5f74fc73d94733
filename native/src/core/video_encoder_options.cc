#include "video_encoder_options.h"

extern "C" {
#include <libavutil/cpu.h>
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <cmath>
#include <cstring>

#include "temporal_layers.h"
#include "video_encoder_libraries.h"

namespace webcodecs {
namespace {

// Frames between key frames where the configuration names none. An export has to be seekable; a
// call has not.
constexpr double kQualityGopSeconds = 5;
constexpr int kRealtimeGop = 100000;

bool SameColor(const ColorSpace& a, const ColorSpace& b) {
  return a.primaries == b.primaries && a.transfer == b.transfer && a.matrix == b.matrix &&
         a.full_range == b.full_range;
}

template <typename Plain>
bool SameBytes(const std::optional<Plain>& a, const std::optional<Plain>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return std::memcmp(&*a, &*b, sizeof(Plain)) == 0;
}

Error Unsupported(const std::string& message) {
  return Error{ErrorKind::kNotSupported, 0, "", message};
}

// The format that the coded picture has by its configuration, NONE where there is no such one.
AVPixelFormat CodedFormat(const VideoEncoderConfig& config) {
  if (config.codec == "prores") {
    const bool full_chroma = config.variant == "ap4h" || config.variant == "ap4x";
    if (!full_chroma) return config.keep_alpha ? AV_PIX_FMT_NONE : AV_PIX_FMT_YUV422P10LE;
    return config.keep_alpha ? AV_PIX_FMT_YUVA444P10LE : AV_PIX_FMT_YUV444P10LE;
  }
  if (config.codec == "dnxhd") {
    if (config.keep_alpha) return AV_PIX_FMT_NONE;
    if (config.variant == "dnxhr_444") return AV_PIX_FMT_YUV444P10LE;
    if (config.variant == "dnxhr_hqx") return AV_PIX_FMT_YUV422P10LE;
    return config.bit_depth == 10 && config.variant == "dnxhd" ? AV_PIX_FMT_YUV422P10LE
                                                               : AV_PIX_FMT_YUV422P;
  }
  if (config.keep_alpha) {
    const bool plain = config.chroma == "420" && config.bit_depth == 8;
    return plain ? AV_PIX_FMT_YUVA420P : AV_PIX_FMT_NONE;
  }
  struct Row {
    const char* chroma;
    int depth;
    AVPixelFormat format;
  };
  static constexpr Row kFormats[] = {
      {"420", 8, AV_PIX_FMT_YUV420P},      {"422", 8, AV_PIX_FMT_YUV422P},
      {"444", 8, AV_PIX_FMT_YUV444P},      {"420", 10, AV_PIX_FMT_YUV420P10LE},
      {"422", 10, AV_PIX_FMT_YUV422P10LE}, {"444", 10, AV_PIX_FMT_YUV444P10LE},
      {"420", 12, AV_PIX_FMT_YUV420P12LE}, {"422", 12, AV_PIX_FMT_YUV422P12LE},
      {"444", 12, AV_PIX_FMT_YUV444P12LE},
  };
  for (const Row& row : kFormats) {
    if (config.chroma == row.chroma && config.bit_depth == row.depth) return row.format;
  }
  return AV_PIX_FMT_NONE;
}

std::string Describe(const VideoEncoderConfig& config) {
  std::string text = config.codec;
  if (!config.variant.empty()) text += " " + config.variant;
  text += ", " + std::to_string(config.bit_depth) + " bit 4:" + config.chroma.substr(1, 1) + ":" +
          config.chroma.substr(2, 1);
  if (config.keep_alpha) text += " with alpha";
  return text + ", " + std::to_string(config.width) + "×" + std::to_string(config.height);
}

// An empty string where `library` can make the configuration, else why not.
std::string WhyNot(const EncoderLibrary& library, const VideoEncoderConfig& config,
                   AVPixelFormat format) {
  if (std::find(library.formats.begin(), library.formats.end(), format) == library.formats.end()) {
    return "it has no such pixel format";
  }
  if (config.width < library.min_size || config.height < library.min_size) {
    return "the least side is " + std::to_string(library.min_size);
  }
  if (config.width > library.max_size || config.height > library.max_size) {
    return "the greatest side is " + std::to_string(library.max_size);
  }
  if (int64_t{config.width} * config.height > library.max_pixels) {
    return "the greatest picture has " + std::to_string(library.max_pixels) + " pixels";
  }
  if (library.whole_chroma_samples) {
    int log2_w = 0;
    int log2_h = 0;
    av_pix_fmt_get_chroma_sub_sample(format, &log2_w, &log2_h);
    if (config.width % (1 << log2_w) != 0 || config.height % (1 << log2_h) != 0) {
      return "the size has to be even";
    }
  }
  if (config.temporal_layers > library.temporal_layers) return "it has no temporal layers here";
  const bool by_quantizer = config.bitrate_mode == BitrateMode::kQuantizer;
  if (by_quantizer && !library.picture_quantizers) {
    return "it takes no quantizer for each frame";
  }
  if (config.temporal_layers > 1 && by_quantizer) return "its temporal layers take no quantizer";
  if (config.temporal_layers > 1 && config.keep_alpha) return "its alpha has no temporal layers";
  return "";
}

// Threads pay only where there are rows enough for each; more of them cost memory and, in realtime,
// jitter.
int ChooseThreads(const EncoderLibrary& library, const VideoEncoderConfig& config) {
  const int cores = std::max(1, av_cpu_count());
  const int64_t pixels = int64_t{config.width} * config.height;
  const int by_size =
      static_cast<int>(std::min<int64_t>(1 + pixels / library.pixels_per_thread, 64));
  return std::clamp(std::min(cores, by_size), 1, library.max_threads);
}

}  // namespace

bool StreamParameters::operator==(const StreamParameters& other) const {
  return av_cmp_q(framerate, other.framerate) == 0 && SameColor(color, other.color) &&
         SameBytes(mastering_display, other.mastering_display) &&
         SameBytes(content_light, other.content_light);
}

AVRational FramerateFrom(double frames_per_second) {
  if (!std::isfinite(frames_per_second) || frames_per_second <= 0) return {30, 1};
  return av_d2q(std::clamp(frames_per_second, 1.0, 1000.0), 1001000);
}

int64_t DefaultBitrate(const VideoEncoderConfig& config, AVRational framerate) {
  // Bits per pixel and frame that look decent with each codec at 1080p.
  double bits = 0.1;
  if (config.codec == "hevc" || config.codec == "vp9") bits = 0.065;
  if (config.codec == "av1") bits = 0.05;
  const double rate = bits * config.width * config.height * av_q2d(framerate);
  return std::max<int64_t>(100'000, static_cast<int64_t>(rate));
}

Result<std::vector<EncoderPlan>> PlanVideoEncoder(const VideoEncoderConfig& config,
                                                  const StreamParameters& stream) {
  const AVPixelFormat format = CodedFormat(config);
  if (config.width <= 0 || config.height <= 0) {
    return Unsupported("The coded size has to be at least 1×1: " + Describe(config) + ".");
  }
  if (format == AV_PIX_FMT_NONE) {
    return Unsupported("There is no such coded picture: " + Describe(config) + ".");
  }
  const bool realtime = config.latency_mode == LatencyMode::kRealtime;
  const bool hardware = config.hardware == "prefer-hardware";

  std::vector<const EncoderLibrary*> libraries;
  std::string reasons;
  for (const EncoderLibrary& library : EncoderLibraries()) {
    if (config.codec != library.codec || hardware != library.hardware) continue;
    if (avcodec_find_encoder_by_name(library.encoder) == nullptr) continue;
    const std::string reason = WhyNot(library, config, format);
    if (reason.empty()) {
      libraries.push_back(&library);
    } else {
      reasons += std::string(reasons.empty() ? " " : "; ") + library.encoder + ": " + reason;
    }
  }
  if (libraries.empty()) {
    return Unsupported("No " + std::string(hardware ? "hardware " : "") + "encoder here makes " +
                       Describe(config) + "." + reasons);
  }
  std::stable_sort(libraries.begin(), libraries.end(), [realtime](auto* a, auto* b) {
    return realtime ? a->realtime_rank < b->realtime_rank : a->quality_rank < b->quality_rank;
  });

  std::vector<EncoderPlan> plans;
  for (const EncoderLibrary* library : libraries) {
    EncoderPlan plan;
    plan.codec = avcodec_find_encoder_by_name(library->encoder);
    plan.format = format;
    plan.width = FFALIGN(config.width, library->size_multiple);
    plan.height = FFALIGN(config.height, library->size_multiple);
    plan.threads = ChooseThreads(*library, config);
    plan.forces_key_frames = library->forces_key_frames;
    if (config.gop_size) {
      plan.gop_size = std::max(1, *config.gop_size);
    } else {
      plan.gop_size =
          realtime ? kRealtimeGop : static_cast<int>(kQualityGopSeconds * av_q2d(stream.framerate));
    }
    for (const auto& [key, value] : realtime ? library->realtime : library->quality) {
      plan.options.emplace_back(key, value);
    }
    // What the library makes a key frame of by itself is then a frame of the base layer.
    const int period = TemporalPeriod(config.temporal_layers);
    if (plan.gop_size > period) plan.gop_size -= plan.gop_size % period;
    library->complete(config, stream, plan);
    plans.push_back(std::move(plan));
  }
  return plans;
}

}  // namespace webcodecs
