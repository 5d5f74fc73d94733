// The encoders that FFmpeg may have been built with, one row each.
#pragma once

#include <utility>
#include <vector>

#include "video_encoder_options.h"

namespace webcodecs {

struct EncoderLibrary {
  using Options = std::vector<std::pair<const char*, const char*>>;

  const char* encoder;  // FFmpeg's name
  const char* codec;    // VideoEncoderConfig::codec
  std::vector<AVPixelFormat> formats;
  // The lower rank is tried first.
  int quality_rank = 1;
  int realtime_rank = 1;
  bool hardware = false;
  bool forces_key_frames = true;
  bool picture_quantizers = false;  // AVFrame.quality sets the quantizer of that picture
  int temporal_layers = 1;          // at most
  int min_size = 1;
  int max_size = 16384;
  int64_t max_pixels = int64_t{1} << 28;
  int size_multiple = 1;
  bool whole_chroma_samples = false;  // the stream can't say that half a chroma sample is cropped
  int pixels_per_thread = 1280 * 360;
  int max_threads = 16;
  Options quality = {};
  Options realtime = {};
  // Adds what depends on the configuration's values: rate control, profile, threads in the
  // library's own words.
  void (*complete)(const VideoEncoderConfig& config, const StreamParameters& stream,
                   EncoderPlan& plan) = nullptr;
};

const std::vector<EncoderLibrary>& EncoderLibraries();

}  // namespace webcodecs
