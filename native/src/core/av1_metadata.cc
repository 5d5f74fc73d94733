#include "av1_metadata.h"

extern "C" {
#include <libavutil/common.h>
#include <libavutil/mathematics.h>
}

#include <cstddef>
#include <cstdint>
#include <utility>

#include "media.h"

namespace webcodecs {
namespace {

constexpr int kSequenceHeader = 1;
constexpr int kMetadata = 5;
constexpr uint8_t kHasSize = 2;
constexpr uint8_t kContentLight = 1;
constexpr uint8_t kMasteringDisplay = 2;
constexpr uint8_t kTrailingBits = 0x80;

void Put(Bytes& bytes, int size, uint64_t value) {
  while (size-- > 0) bytes.push_back(static_cast<uint8_t>(value >> (8 * size)));
}

// `value` with `fraction` bits after the point.
void PutFixed(Bytes& bytes, int size, AVRational value, int fraction) {
  const int64_t most = (int64_t{1} << (8 * size)) - 1;
  const int64_t fixed =
      value.den > 0 ? av_rescale(value.num, int64_t{1} << fraction, value.den) : 0;
  Put(bytes, size, static_cast<uint64_t>(av_clip64(fixed, 0, most)));
}

// Payloads are shorter than 128 bytes: their size is one byte of leb128().
void PutObu(Bytes& bytes, const Bytes& payload) {
  bytes.push_back(kMetadata << 3 | kHasSize);
  bytes.push_back(static_cast<uint8_t>(payload.size() + 1));
  bytes.insert(bytes.end(), payload.begin(), payload.end());
  bytes.push_back(kTrailingBits);
}

Bytes MetadataObus(const StreamParameters& stream) {
  Bytes obus;
  if (stream.content_light) {
    Bytes payload = {kContentLight};
    Put(payload, 2, av_clip_uint16(static_cast<int>(stream.content_light->MaxCLL)));
    Put(payload, 2, av_clip_uint16(static_cast<int>(stream.content_light->MaxFALL)));
    PutObu(obus, payload);
  }
  if (stream.mastering_display) {
    const AVMasteringDisplayMetadata& display = *stream.mastering_display;
    Bytes payload = {kMasteringDisplay};
    for (const auto& primary : display.display_primaries) {
      for (const AVRational& coordinate : primary) PutFixed(payload, 2, coordinate, 16);
    }
    for (const AVRational& coordinate : display.white_point) PutFixed(payload, 2, coordinate, 16);
    PutFixed(payload, 4, display.max_luminance, 8);
    PutFixed(payload, 4, display.min_luminance, 14);
    PutObu(obus, payload);
  }
  return obus;
}

// Where the OBU behind the sequence header begins; 0 where there is no sequence header.
size_t EndOfSequenceHeader(const uint8_t* data, size_t size) {
  for (size_t at = 0; at < size;) {
    const int type = data[at] >> 3 & 15;
    if ((data[at] & kHasSize) == 0) return 0;
    at += (data[at] & 4) != 0 ? 2 : 1;
    uint64_t length = 0;
    for (int shift = 0; shift < 56 && at < size; shift += 7) {
      length |= static_cast<uint64_t>(data[at] & 127) << shift;
      if ((data[at++] & 128) == 0) break;
    }
    if (at > size || length > size - at) return 0;
    at += static_cast<size_t>(length);
    if (type == kSequenceHeader) return at;
  }
  return 0;
}

}  // namespace

Result<PacketPtr> WithHdrMetadata(PacketPtr packet, const StreamParameters& stream) {
  const Bytes obus = MetadataObus(stream);
  const size_t at = EndOfSequenceHeader(packet->data, static_cast<size_t>(packet->size));
  if (obus.empty() || at == 0) return packet;
  Bytes unit(packet->data, packet->data + at);
  unit.insert(unit.end(), obus.begin(), obus.end());
  unit.insert(unit.end(), packet->data + at, packet->data + packet->size);
  Result<PacketPtr> made = MakePacket(unit.data(), unit.size());
  if (!made.ok()) return made;
  av_packet_copy_props(made.value().get(), packet.get());
  return made;
}

}  // namespace webcodecs
