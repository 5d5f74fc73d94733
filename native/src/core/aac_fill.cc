#include "aac_fill.h"

#include <algorithm>

namespace webcodecs {
namespace {

constexpr uint32_t kFillElement = 6;  // ID_FIL
constexpr uint32_t kEndElement = 7;   // ID_END
constexpr uint32_t kFillData = 1;     // EXT_FILL_DATA
constexpr uint32_t kFillByte = 0xA5;
constexpr int64_t kElementBits = 3;
constexpr int64_t kCountBits = 4;
constexpr int64_t kEscapedCount = 15;  // 8 more bits follow
constexpr int64_t kLargestCount = kEscapedCount + 255 - 1;
// Of the decoder's input buffer, ISO/IEC 14496-3 4.5.3.
constexpr int64_t kBufferBitsPerChannel = 6144;

class BitWriter {
 public:
  explicit BitWriter(size_t size) : bytes_(size) {}
  int64_t position() const { return position_; }
  void Put(uint32_t value, int count) {
    for (int bit = count - 1; bit >= 0; --bit, ++position_) {
      if ((value >> bit & 1) == 0) continue;
      bytes_[static_cast<size_t>(position_ / 8)] |= static_cast<uint8_t>(0x80 >> position_ % 8);
    }
  }
  Bytes Take() { return std::move(bytes_); }

 private:
  Bytes bytes_;
  int64_t position_ = 0;
};

// One element of at most `room` bits, which are enough for an empty one.
void PutFillElement(int64_t room, BitWriter& bits) {
  int64_t count = (room - kElementBits - kCountBits) / 8;
  const bool escaped = count > kEscapedCount;
  count = escaped ? std::min(count - 1, kLargestCount) : std::min(count, kEscapedCount - 1);
  bits.Put(kFillElement, kElementBits);
  if (escaped) {
    bits.Put(kEscapedCount, kCountBits);
    bits.Put(static_cast<uint32_t>(count - kEscapedCount + 1), 8);
  } else {
    bits.Put(static_cast<uint32_t>(count), kCountBits);
  }
  if (count == 0) return;
  bits.Put(kFillData, 4);
  bits.Put(0, 4);
  for (int64_t i = 1; i < count; ++i) bits.Put(kFillByte, 8);
}

// Where ID_END begins: the last bit that is set is the last one of its three.
int64_t EndOf(const uint8_t* data, size_t length) {
  int64_t position = static_cast<int64_t>(length) * 8 - 1;
  while (position >= 0 && (data[position / 8] >> (7 - position % 8) & 1) == 0) --position;
  return position - kElementBits + 1;
}

}  // namespace

Bytes FillAacFrame(const uint8_t* data, size_t length, size_t size) {
  const int64_t end = EndOf(data, length);
  if (size <= length || end < 0) return Bytes(data, data + length);
  BitWriter bits(size);
  for (int64_t i = 0; i < end; ++i) bits.Put(data[i / 8] >> (7 - i % 8) & 1, 1);
  const int64_t last = static_cast<int64_t>(size) * 8 - kElementBits;
  while (last - bits.position() >= kElementBits + kCountBits) {
    PutFillElement(last - bits.position(), bits);
  }
  bits.Put(kEndElement, kElementBits);
  return bits.Take();
}

AacFillControl::AacFillControl(int64_t bitrate, int sample_rate, int channels, int frame_samples)
    : frame_bits_(bitrate * frame_samples / sample_rate),
      reservoir_bits_(std::max<int64_t>(0, kBufferBitsPerChannel * channels - frame_bits_)) {}

size_t AacFillControl::SizeFor(size_t length) {
  const int64_t bits = static_cast<int64_t>(length) * 8;
  saved_bits_ += frame_bits_ - bits;
  const int64_t excess = (saved_bits_ - reservoir_bits_) / 8;  // bytes
  if (excess <= 0) return length;
  saved_bits_ -= excess * 8;
  return length + static_cast<size_t>(excess);
}

}  // namespace webcodecs
