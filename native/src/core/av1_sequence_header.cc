// AV1's sequence header, as far as the codec string needs it (AV1 specification, 5.5).
#include <cstdio>

#include "bit_reader.h"
#include "video_description.h"

namespace webcodecs {
namespace {

struct Av1Sequence {
  uint32_t profile = 0;
  uint32_t level = 0;
  bool high_tier = false;
  int depth = 8;
  bool monochrome = false;
  bool subsampled_x = true;
  bool subsampled_y = true;
  uint32_t primaries = AVCOL_PRI_UNSPECIFIED;
  uint32_t transfer = AVCOL_TRC_UNSPECIFIED;
  uint32_t matrix = AVCOL_SPC_UNSPECIFIED;
  bool full_range = false;
};

void ReadOperatingPoints(BitReader& reader, Av1Sequence& sequence) {
  bool decoder_model = false;
  int delay_bits = 0;
  if (reader.Read(1) != 0) {  // timing_info_present_flag
    reader.Skip(64);
    if (reader.Read(1) != 0) reader.ReadExpGolomb();
    decoder_model = reader.Read(1) != 0;
    if (decoder_model) {
      delay_bits = static_cast<int>(reader.Read(5)) + 1;
      reader.Skip(32 + 5 + 5);
    }
  }
  const bool display_delay = reader.Read(1) != 0;
  const uint32_t points = reader.Read(5) + 1;
  for (uint32_t i = 0; i < points; ++i) {
    reader.Skip(12);
    const uint32_t level = reader.Read(5);
    const bool high_tier = level > 7 && reader.Read(1) != 0;
    if (i == 0) {
      sequence.level = level;
      sequence.high_tier = high_tier;
    }
    if (decoder_model && reader.Read(1) != 0) reader.Skip(2 * delay_bits + 1);
    if (display_delay && reader.Read(1) != 0) reader.Skip(4);
  }
}

void SkipTools(BitReader& reader, bool reduced) {
  const int width_bits = static_cast<int>(reader.Read(4)) + 1;
  const int height_bits = static_cast<int>(reader.Read(4)) + 1;
  reader.Skip(width_bits + height_bits);
  if (!reduced && reader.Read(1) != 0) reader.Skip(7);  // frame ids
  reader.Skip(3);
  if (!reduced) {
    reader.Skip(4);
    const bool order_hint = reader.Read(1) != 0;
    if (order_hint) reader.Skip(2);
    const bool choose_screen_content = reader.Read(1) != 0;
    const bool screen_content = choose_screen_content || reader.Read(1) != 0;
    if (screen_content && reader.Read(1) == 0) reader.Skip(1);
    if (order_hint) reader.Skip(3);
  }
  reader.Skip(3);
}

void ReadColor(BitReader& reader, Av1Sequence& sequence) {
  const bool high_depth = reader.Read(1) != 0;
  sequence.depth = !high_depth ? 8 : sequence.profile == 2 && reader.Read(1) != 0 ? 12 : 10;
  sequence.monochrome = sequence.profile != 1 && reader.Read(1) != 0;
  if (reader.Read(1) != 0) {
    sequence.primaries = reader.Read(8);
    sequence.transfer = reader.Read(8);
    sequence.matrix = reader.Read(8);
  }
  if (sequence.matrix == AVCOL_SPC_RGB && !sequence.monochrome) {
    sequence.full_range = true;
    sequence.subsampled_x = sequence.subsampled_y = false;
    return;
  }
  sequence.full_range = reader.Read(1) != 0;
  if (sequence.monochrome || sequence.profile == 0) return;
  if (sequence.profile == 1) {
    sequence.subsampled_x = sequence.subsampled_y = false;
  } else if (sequence.depth == 12) {
    sequence.subsampled_x = reader.Read(1) != 0;
    sequence.subsampled_y = sequence.subsampled_x && reader.Read(1) != 0;
  } else {
    sequence.subsampled_y = false;
  }
}

bool ReadSequence(const uint8_t* data, size_t size, Av1Sequence& sequence) {
  BitReader reader(data, size);
  sequence.profile = reader.Read(3);
  reader.Skip(1);  // still_picture
  const bool reduced = reader.Read(1) != 0;
  if (reduced) {
    sequence.level = reader.Read(5);
  } else {
    ReadOperatingPoints(reader, sequence);
  }
  SkipTools(reader, reduced);
  ReadColor(reader, sequence);
  return reader.ok();
}

// Finds the payload of the first sequence header.
bool FindSequenceHeader(const uint8_t* data, size_t size, NalUnit& payload) {
  size_t at = 0;
  while (at < size) {
    const uint8_t header = data[at++];
    if (header & 4) ++at;
    size_t length = 0;
    if ((header & 2) == 0) {
      length = at < size ? size - at : 0;
    } else {
      for (int shift = 0; at < size && shift < 56; shift += 7) {
        const uint8_t byte = data[at++];
        length |= static_cast<size_t>(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0) break;
      }
    }
    if (at > size || length > size - at) return false;
    if ((header >> 3 & 15) == 1) {
      payload = {data + at, length};
      return true;
    }
    at += length;
  }
  return false;
}

}  // namespace

std::string Av1CodecString(const uint8_t* temporal_unit, size_t size) {
  NalUnit payload;
  Av1Sequence sequence;
  if (!FindSequenceHeader(temporal_unit, size, payload) ||
      !ReadSequence(payload.data, payload.size, sequence)) {
    return "";
  }
  char text[64];
  std::snprintf(text, sizeof(text), "av01.%u.%02u%c.%02d", sequence.profile, sequence.level,
                sequence.high_tier ? 'H' : 'M', sequence.depth);
  std::string string = text;
  // The optional fields come all or not at all; left out, they mean 4:2:0, BT.709, limited range.
  const auto usual = [](uint32_t value) { return value == 1 || value == 2; };
  if (sequence.monochrome || !sequence.subsampled_x || !sequence.subsampled_y ||
      !usual(sequence.primaries) || !usual(sequence.transfer) || !usual(sequence.matrix) ||
      sequence.full_range) {
    std::snprintf(text, sizeof(text), ".%d.%d%d0.%02u.%02u.%02u.%d", sequence.monochrome,
                  sequence.subsampled_x, sequence.subsampled_y, sequence.primaries,
                  sequence.transfer, sequence.matrix, sequence.full_range);
    string += text;
  }
  return string;
}

}  // namespace webcodecs
