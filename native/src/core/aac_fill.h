// A constant bit rate for AAC: FFmpeg's encoder keeps a mean and never fills up what silence
// leaves.
#pragma once

#include <cstddef>
#include <cstdint>

#include "types.h"

namespace webcodecs {

// The raw_data_block with fill elements (ISO/IEC 14496-3 4.4.2.7) before its end, so that it takes
// `size` bytes; unchanged where it takes as many or more.
Bytes FillAacFrame(const uint8_t* data, size_t length, size_t size);

// Says how long each frame must be, so that all of them keep the rate but for what the decoder's
// bit reservoir evens out.
class AacFillControl {
 public:
  AacFillControl() = default;
  AacFillControl(int64_t bitrate, int sample_rate, int channels, int frame_samples);

  // The bytes that the next frame must have, of which the encoder made `length`.
  size_t SizeFor(size_t length);

 private:
  int64_t frame_bits_ = 0;      // mean
  int64_t reservoir_bits_ = 0;  // that frames may save up for later ones
  int64_t saved_bits_ = 0;
};

}  // namespace webcodecs
