#include "video_levels.h"

#include <cstddef>

namespace webcodecs {
namespace {

// One level of a codec: what a stream of it may have at most.
struct LevelLimits {
  int level;
  int64_t samples;  // of a picture
  int64_t samples_per_second;
  int64_t kilobits;       // per second, main tier
  int64_t high_kilobits;  // 0: the level has no high tier
};

// HEVC, tables A.8 and A.9: general_level_idc.
constexpr LevelLimits kHevcLevels[] = {
    {30, 36864, 552960, 128, 0},
    {60, 122880, 3686400, 1500, 0},
    {63, 245760, 7372800, 3000, 0},
    {90, 552960, 16588800, 6000, 0},
    {93, 983040, 33177600, 10000, 0},
    {120, 2228224, 66846720, 12000, 30000},
    {123, 2228224, 133693440, 20000, 50000},
    {150, 8912896, 267386880, 25000, 100000},
    {153, 8912896, 534773760, 40000, 160000},
    {156, 8912896, 1069547520, 60000, 240000},
    {180, 35651584, 1069547520, 60000, 240000},
    {183, 35651584, 2139095040, 120000, 480000},
};
// AV1, table A.3: seq_level_idx.
constexpr LevelLimits kAv1Levels[] = {
    {0, 147456, 4423680, 1500, 0},
    {1, 278784, 8363520, 3000, 0},
    {4, 665856, 19975680, 6000, 0},
    {5, 1065024, 31950720, 10000, 0},
    {8, 2359296, 70778880, 12000, 30000},
    {9, 2359296, 141557760, 20000, 50000},
    {12, 8912896, 267386880, 30000, 100000},
    {13, 8912896, 534773760, 40000, 160000},
    {14, 8912896, 1069547520, 60000, 240000},
    {16, 35651584, 1069547520, 60000, 240000},
    {17, 35651584, 2139095040, 100000, 480000},
};

template <size_t kCount>
int LeastLevel(const LevelLimits (&levels)[kCount], int beyond, const StreamNeeds& needs) {
  const int64_t samples = int64_t{needs.width} * needs.height;
  const auto per_second =
      static_cast<int64_t>(static_cast<double>(samples) * av_q2d(needs.framerate));
  for (const LevelLimits& row : levels) {
    const bool high = needs.high_tier && row.high_kilobits > 0;
    const int64_t kilobits = high ? row.high_kilobits : row.kilobits;
    if (samples <= row.samples && per_second <= row.samples_per_second &&
        needs.bitrate <= kilobits * 1000) {
      return row.level;
    }
  }
  return beyond;
}

}  // namespace

int LeastHevcLevel(const StreamNeeds& needs) { return LeastLevel(kHevcLevels, 186, needs); }

int LeastAv1Level(const StreamNeeds& needs) { return LeastLevel(kAv1Levels, 18, needs); }

}  // namespace webcodecs
