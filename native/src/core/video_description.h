// What a decoder has to know of a coded stream: parameter sets, decoder configuration records,
// codec strings. VP8, VP9 and AV1 have none of the records: their WebCodecs registrations say that
// description is not used.
#pragma once

#include <string>
#include <vector>

#include "types.h"

namespace webcodecs {

enum class NalCodec { kAvc, kHevc };

// One NAL unit in memory that it does not own, without its start code or length.
struct NalUnit {
  const uint8_t* data = nullptr;
  size_t size = 0;
};

// The NAL units of an Annex B stream, in order.
std::vector<NalUnit> SplitAnnexB(const uint8_t* data, size_t size);

// The parameter sets of a stream, each once, in order of appearance.
struct ParameterSets {
  std::vector<Bytes> vps;  // HEVC only
  std::vector<Bytes> sps;
  std::vector<Bytes> pps;

  bool complete(NalCodec codec) const {
    return !sps.empty() && !pps.empty() && (codec == NalCodec::kAvc || !vps.empty());
  }
};

ParameterSets FindParameterSets(NalCodec codec, const uint8_t* annexb, size_t size);
bool IsParameterSet(NalCodec codec, const NalUnit& unit);

// The AVCDecoderConfigurationRecord or HEVCDecoderConfigurationRecord (ISO/IEC 14496-15) with
// lengths of 4 bytes.
Result<Bytes> MakeDecoderConfigurationRecord(NalCodec codec, const ParameterSets& sets);

// An access unit without its parameter sets: with 4-byte lengths, or, where `annexb`, with start
// codes; the latter begins with `sets` where `sets` is given, as a key chunk of an annexb stream
// has to.
Result<PacketPtr> RewriteAccessUnit(NalCodec codec, const AVPacket& packet, bool annexb,
                                    const ParameterSets* sets);

// "avc1.64001f", "hvc1.1.6.L93.B0" ("hev1…" where in_band), "av01.0.04M.08" from what the stream
// says; empty where it can't be read.
std::string NalCodecString(NalCodec codec, const ParameterSets& sets, bool in_band);
// level_idc as the first SPS has it, 0 where it can't be read.
int LevelOf(NalCodec codec, const ParameterSets& sets);
std::string Av1CodecString(const uint8_t* temporal_unit, size_t size);

}  // namespace webcodecs
