#include "video_description.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "bit_reader.h"

namespace webcodecs {
namespace {

constexpr size_t kLengthBytes = 4;
constexpr uint8_t kStartCode[kLengthBytes] = {0, 0, 0, 1};

int NalType(NalCodec codec, const NalUnit& unit) {
  return codec == NalCodec::kAvc ? unit.data[0] & 0x1f : (unit.data[0] >> 1) & 0x3f;
}

// The list that a unit belongs to, null where it is no parameter set.
std::vector<Bytes>* ListFor(NalCodec codec, const NalUnit& unit, ParameterSets& sets) {
  const int type = NalType(codec, unit);
  if (codec == NalCodec::kAvc) return type == 7 ? &sets.sps : type == 8 ? &sets.pps : nullptr;
  return type == 32 ? &sets.vps : type == 33 ? &sets.sps : type == 34 ? &sets.pps : nullptr;
}

// The payload without emulation prevention bytes.
Bytes Unescape(const Bytes& nal) {
  Bytes payload;
  payload.reserve(nal.size());
  int zeros = 0;
  for (const uint8_t byte : nal) {
    if (zeros >= 2 && byte == 3) {
      zeros = 0;
      continue;
    }
    zeros = byte == 0 ? zeros + 1 : 0;
    payload.push_back(byte);
  }
  return payload;
}

void Put(Bytes& out, uint32_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) out.push_back(static_cast<uint8_t>(value >> (8 * i)));
}

void PutSet(Bytes& out, const Bytes& set) {
  Put(out, static_cast<uint32_t>(set.size()), 2);
  out.insert(out.end(), set.begin(), set.end());
}

struct Sps {
  bool valid = false;
  uint32_t chroma_format = 1;
  uint32_t luma_depth = 8;
  uint32_t chroma_depth = 8;
  // HEVC
  uint32_t sub_layers = 1;
  bool temporal_id_nesting = true;
  uint8_t profile_tier_level[12] = {};
};

bool HasChromaFields(uint8_t avc_profile) {
  return avc_profile == 100 || avc_profile == 110 || avc_profile == 122 || avc_profile == 244;
}

Sps ReadAvcSps(const Bytes& nal) {
  Sps sps;
  const Bytes payload = Unescape(nal);
  if (payload.size() < 4) return sps;
  BitReader reader(payload.data() + 4, payload.size() - 4);
  reader.ReadExpGolomb();  // seq_parameter_set_id
  if (HasChromaFields(payload[1])) {
    sps.chroma_format = reader.ReadExpGolomb();
    if (sps.chroma_format == 3) reader.Skip(1);
    sps.luma_depth = 8 + reader.ReadExpGolomb();
    sps.chroma_depth = 8 + reader.ReadExpGolomb();
  }
  sps.valid = reader.ok();
  return sps;
}

Sps ReadHevcSps(const Bytes& nal) {
  Sps sps;
  const Bytes payload = Unescape(nal);
  if (payload.size() < 15) return sps;
  std::memcpy(sps.profile_tier_level, payload.data() + 3, sizeof(sps.profile_tier_level));
  BitReader reader(payload.data() + 2, payload.size() - 2);
  reader.Skip(4);  // sps_video_parameter_set_id
  const uint32_t sub_layers_minus1 = reader.Read(3);
  sps.sub_layers = sub_layers_minus1 + 1;
  sps.temporal_id_nesting = reader.Read(1) != 0;
  reader.Skip(12 * 8);
  bool profile_present[8] = {};
  bool level_present[8] = {};
  for (uint32_t i = 0; i < sub_layers_minus1; ++i) {
    profile_present[i] = reader.Read(1) != 0;
    level_present[i] = reader.Read(1) != 0;
  }
  if (sub_layers_minus1 > 0) reader.Skip(2 * static_cast<int>(8 - sub_layers_minus1));
  for (uint32_t i = 0; i < sub_layers_minus1; ++i) {
    reader.Skip((profile_present[i] ? 88 : 0) + (level_present[i] ? 8 : 0));
  }
  reader.ReadExpGolomb();  // sps_seq_parameter_set_id
  sps.chroma_format = reader.ReadExpGolomb();
  if (sps.chroma_format == 3) reader.Skip(1);
  reader.ReadExpGolomb();  // width
  reader.ReadExpGolomb();  // height
  if (reader.Read(1) != 0) {
    for (int i = 0; i < 4; ++i) reader.ReadExpGolomb();  // conformance window
  }
  sps.luma_depth = 8 + reader.ReadExpGolomb();
  sps.chroma_depth = 8 + reader.ReadExpGolomb();
  sps.valid = reader.ok();
  return sps;
}

Bytes MakeAvcRecord(const ParameterSets& sets, const Sps& sps) {
  const Bytes& first = sets.sps.front();
  Bytes out = {1, first[1], first[2], first[3], 0xfc | (kLengthBytes - 1)};
  out.push_back(static_cast<uint8_t>(0xe0 | sets.sps.size()));
  for (const Bytes& set : sets.sps) PutSet(out, set);
  out.push_back(static_cast<uint8_t>(sets.pps.size()));
  for (const Bytes& set : sets.pps) PutSet(out, set);
  if (HasChromaFields(first[1])) {
    out.push_back(static_cast<uint8_t>(0xfc | sps.chroma_format));
    out.push_back(static_cast<uint8_t>(0xf8 | (sps.luma_depth - 8)));
    out.push_back(static_cast<uint8_t>(0xf8 | (sps.chroma_depth - 8)));
    out.push_back(0);  // no SPS extensions
  }
  return out;
}

Bytes MakeHevcRecord(const ParameterSets& sets, const Sps& sps) {
  Bytes out = {1};
  out.insert(out.end(), std::begin(sps.profile_tier_level), std::end(sps.profile_tier_level));
  Put(out, 0xf000, 2);  // min_spatial_segmentation_idc: unknown
  Put(out, 0xfc, 1);    // parallelismType: unknown
  Put(out, 0xfc | sps.chroma_format, 1);
  Put(out, 0xf8 | (sps.luma_depth - 8), 1);
  Put(out, 0xf8 | (sps.chroma_depth - 8), 1);
  Put(out, 0, 2);  // avgFrameRate: unspecified
  Put(out, sps.sub_layers << 3 | (sps.temporal_id_nesting ? 4U : 0U) | (kLengthBytes - 1), 1);
  Put(out, 3, 1);
  const std::pair<uint32_t, const std::vector<Bytes>*> arrays[] = {
      {32, &sets.vps}, {33, &sets.sps}, {34, &sets.pps}};
  for (const auto& [type, list] : arrays) {
    Put(out, 0x80 | type, 1);  // array_completeness: none of this type is in the samples
    Put(out, static_cast<uint32_t>(list->size()), 2);
    for (const Bytes& set : *list) PutSet(out, set);
  }
  return out;
}

template <typename... Values>
std::string Format(const char* format, Values... values) {
  char text[64];
  std::snprintf(text, sizeof(text), format, values...);
  return text;
}

// ISO/IEC 14496-15 annex E.3: profile space and id, compatibility flags in reverse bit order, tier
// and level, constraint bytes without trailing zeros.
std::string HevcString(const uint8_t (&general)[12], bool in_band) {
  static constexpr const char* kSpaces[] = {"", "A", "B", "C"};
  uint32_t compatibility = 0;
  for (int i = 0; i < 32; ++i) {
    if (general[1 + i / 8] >> (7 - i % 8) & 1) compatibility |= 1U << i;
  }
  std::string text =
      Format("%s.%s%d.%X.%c%d", in_band ? "hev1" : "hvc1", kSpaces[general[0] >> 6],
             general[0] & 0x1f, compatibility, general[0] & 0x20 ? 'H' : 'L', general[11]);
  int last = 10;
  while (last >= 5 && general[last] == 0) --last;
  for (int i = 5; i <= last; ++i) text += Format(".%X", general[i]);
  return text;
}

}  // namespace

std::vector<NalUnit> SplitAnnexB(const uint8_t* data, size_t size) {
  std::vector<NalUnit> units;
  const uint8_t* const end = data + size;
  const uint8_t* start = nullptr;
  const auto close = [&](const uint8_t* stop) {
    while (stop > start && stop[-1] == 0) --stop;  // zeros belong to the next start code
    if (stop > start) units.push_back({start, static_cast<size_t>(stop - start)});
  };
  for (const uint8_t* at = data; end - at >= 3;) {
    at = static_cast<const uint8_t*>(std::memchr(at, 1, static_cast<size_t>(end - at)));
    if (at == nullptr) break;
    if (at - data >= 2 && at[-1] == 0 && at[-2] == 0 && (start == nullptr || at - start >= 2)) {
      if (start != nullptr) close(at - 2);
      start = at + 1;
    }
    ++at;
  }
  if (start != nullptr) close(end);
  return units;
}

bool IsParameterSet(NalCodec codec, const NalUnit& unit) {
  ParameterSets sets;
  return ListFor(codec, unit, sets) != nullptr;
}

ParameterSets FindParameterSets(NalCodec codec, const uint8_t* annexb, size_t size) {
  ParameterSets sets;
  for (const NalUnit& unit : SplitAnnexB(annexb, size)) {
    std::vector<Bytes>* list = ListFor(codec, unit, sets);
    if (list == nullptr) continue;
    Bytes set(unit.data, unit.data + unit.size);
    if (std::find(list->begin(), list->end(), set) == list->end()) list->push_back(std::move(set));
  }
  return sets;
}

Result<Bytes> MakeDecoderConfigurationRecord(NalCodec codec, const ParameterSets& sets) {
  const Error unreadable{ErrorKind::kEncoding, 0, "MakeDecoderConfigurationRecord",
                         "The encoder's parameter sets can't be read."};
  if (!sets.complete(codec)) return unreadable;
  const auto fits = [](const std::vector<Bytes>& list) {
    return list.size() < 32 && std::all_of(list.begin(), list.end(),
                                           [](const Bytes& set) { return set.size() <= 0xffff; });
  };
  const bool avc = codec == NalCodec::kAvc;
  const Sps sps = avc ? ReadAvcSps(sets.sps.front()) : ReadHevcSps(sets.sps.front());
  if (!sps.valid || sps.chroma_format > 3 || sps.luma_depth > 15 || sps.chroma_depth > 15 ||
      !fits(sets.vps) || !fits(sets.sps) || !fits(sets.pps)) {
    return unreadable;
  }
  return avc ? MakeAvcRecord(sets, sps) : MakeHevcRecord(sets, sps);
}

Result<PacketPtr> RewriteAccessUnit(NalCodec codec, const AVPacket& packet, bool annexb,
                                    const ParameterSets* sets) {
  std::vector<NalUnit> units;
  if (annexb && sets != nullptr) {
    for (const auto* list : {&sets->vps, &sets->sps, &sets->pps}) {
      for (const Bytes& set : *list) units.push_back({set.data(), set.size()});
    }
  }
  for (const NalUnit& unit : SplitAnnexB(packet.data, static_cast<size_t>(packet.size))) {
    if (!IsParameterSet(codec, unit)) units.push_back(unit);
  }
  size_t total = 0;
  for (const NalUnit& unit : units) total += kLengthBytes + unit.size;
  PacketPtr out(av_packet_alloc());
  if (out == nullptr || total > INT32_MAX - AV_INPUT_BUFFER_PADDING_SIZE ||
      av_new_packet(out.get(), static_cast<int>(total)) < 0 ||
      av_packet_copy_props(out.get(), &packet) < 0) {
    return Error{ErrorKind::kOperation, AVERROR(ENOMEM), "av_new_packet",
                 "There is no memory for a chunk."};
  }
  uint8_t* at = out->data;
  for (const NalUnit& unit : units) {
    for (size_t i = 0; i < kLengthBytes; ++i) {
      *at++ =
          annexb ? kStartCode[i] : static_cast<uint8_t>(unit.size >> (8 * (kLengthBytes - 1 - i)));
    }
    std::memcpy(at, unit.data, unit.size);
    at += unit.size;
  }
  return out;
}

std::string NalCodecString(NalCodec codec, const ParameterSets& sets, bool in_band) {
  if (sets.sps.empty() || sets.sps.front().size() < 4) return "";
  if (codec == NalCodec::kAvc) {
    const Bytes& sps = sets.sps.front();
    return Format("avc1.%02x%02x%02x", sps[1], sps[2], sps[3]);
  }
  const Sps sps = ReadHevcSps(sets.sps.front());
  return sps.valid ? HevcString(sps.profile_tier_level, in_band) : "";
}

int LevelOf(NalCodec codec, const ParameterSets& sets) {
  if (sets.sps.empty() || sets.sps.front().size() < 4) return 0;
  if (codec == NalCodec::kAvc) return sets.sps.front()[3];
  const Sps sps = ReadHevcSps(sets.sps.front());
  return sps.valid ? sps.profile_tier_level[11] : 0;
}

}  // namespace webcodecs
