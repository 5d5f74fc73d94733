// Levels of HEVC and AV1: which one a stream needs at least.
#pragma once

#include <cstdint>

extern "C" {
#include <libavutil/rational.h>
}

namespace webcodecs {

struct StreamNeeds {
  int width = 0;
  int height = 0;
  AVRational framerate = {30, 1};
  int64_t bitrate = 0;  // bits per second; 0: not known
  bool high_tier = false;
};

// HEVC levels from this one on have a high tier.
constexpr int kHevcFirstLevelWithTiers = 120;

// general_level_idc, the last one where none is enough.
int LeastHevcLevel(const StreamNeeds& needs);
// seq_level_idx, the last one where none is enough.
int LeastAv1Level(const StreamNeeds& needs);

}  // namespace webcodecs
