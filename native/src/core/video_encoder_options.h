// Which FFmpeg encoder makes a configuration, and with which options: measured choices, kept as
// data.
#pragma once

extern "C" {
#include <libavutil/mastering_display_metadata.h>
}

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "types.h"

namespace webcodecs {

// What a configuration may leave open and the first frame then decides.
struct StreamParameters {
  AVRational framerate = {30, 1};
  ColorSpace color;
  // Of an HDR picture; empty where it has none.
  std::optional<AVMasteringDisplayMetadata> mastering_display;
  std::optional<AVContentLightMetadata> content_light;
  bool operator==(const StreamParameters& other) const;
  bool operator!=(const StreamParameters& other) const { return !(*this == other); }
};

// One way to make a configuration: an FFmpeg encoder with all that it has to be told.
struct EncoderPlan {
  const AVCodec* codec = nullptr;
  AVPixelFormat format = AV_PIX_FMT_NONE;
  int width = 0;  // of the coded picture: the configuration's, rounded up to what the library takes
  int height = 0;
  int threads = 1;
  int slices = 0;
  int gop_size = 0;
  int profile = AV_PROFILE_UNKNOWN;
  int qmin = -1;
  int qmax = -1;
  int64_t bitrate = 0;
  int64_t max_bitrate = 0;
  int64_t min_bitrate = 0;
  int64_t buffer_bits = 0;
  int64_t initial_bits = 0;  // what of the buffer is there at the start; 0: the library's choice
  std::vector<std::pair<std::string, std::string>> options;
  // False where the library can't be told to make a key frame: it is restarted for one.
  bool forces_key_frames = true;
  int quantizer = 0;  // of the first pictures, where nothing asks for another
};

// The plans for `config`, best first; those whose library is not in this build are left out.
// kNotSupported where none remains, with the reason.
Result<std::vector<EncoderPlan>> PlanVideoEncoder(const VideoEncoderConfig& config,
                                                  const StreamParameters& stream);

// The frame rate for FFmpeg of `frames_per_second`, kept to what every library takes.
AVRational FramerateFrom(double frames_per_second);

// Bits per second where the configuration names none.
int64_t DefaultBitrate(const VideoEncoderConfig& config, AVRational framerate);

}  // namespace webcodecs
