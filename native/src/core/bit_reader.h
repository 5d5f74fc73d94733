// Reads the headers of coded streams bit by bit. Reading past the end yields zeros and is
// remembered.
#pragma once

#include <cstddef>
#include <cstdint>

namespace webcodecs {

class BitReader {
 public:
  BitReader(const uint8_t* data, size_t size) : data_(data), bits_(size * 8) {}

  bool ok() const { return position_ <= bits_; }

  // `count` is at most 32.
  uint32_t Read(int count) {
    uint32_t value = 0;
    for (int i = 0; i < count; ++i, ++position_) {
      const uint32_t bit =
          position_ < bits_ ? (data_[position_ / 8] >> (7 - position_ % 8)) & 1U : 0U;
      value = value << 1 | bit;
    }
    return value;
  }

  void Skip(int count) { position_ += static_cast<size_t>(count); }

  // ue(v) of H.264 and HEVC; also uvlc() of AV1.
  uint32_t ReadExpGolomb() {
    int zeros = 0;
    while (zeros < 32 && ok() && Read(1) == 0) ++zeros;
    if (zeros >= 32) return UINT32_MAX;
    return (1U << zeros) - 1 + Read(zeros);
  }

 private:
  const uint8_t* data_;
  size_t bits_;
  size_t position_ = 0;
};

}  // namespace webcodecs
