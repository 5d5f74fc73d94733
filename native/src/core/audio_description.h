// AudioDecoderConfig.description of each codec: reading, checking and making. The formats are those
// of the W3C codec registrations.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "result.h"
#include "types.h"

namespace webcodecs {

// AudioSpecificConfig, ISO/IEC 14496-3 1.6.2.1, as far as an ADTS header needs it.
struct AudioSpecificConfig {
  int object_type = 0;
  int frequency_index = 0;  // 15: the rate is not in the table
  int sample_rate = 0;      // hertz, of the core coder (half of the output's with SBR)
  int channel_configuration = 0;
};
std::optional<AudioSpecificConfig> ParseAudioSpecificConfig(const Bytes& bytes);

// The header of one ADTS frame with `payload` bytes behind it, without CRC; `mpeg2` is its ID bit.
// nullopt where ADTS can't express it (a rate or channel configuration outside its tables, a frame
// too long).
using AdtsHeader = std::array<uint8_t, 7>;
std::optional<AdtsHeader> MakeAdtsHeader(const AudioSpecificConfig& config, bool mpeg2,
                                         size_t payload);

// OpusHead, RFC 7845 5.1.
struct OpusHead {
  int channels = 0;
  int pre_skip = 0;  // samples at 48 kHz
  int input_sample_rate = 0;
  int mapping_family = 0;
};
std::optional<OpusHead> ParseOpusHead(const Bytes& bytes);
// The head of a stream that comes without one: the streams that libopus makes of `channels`, 1 to
// 8, in the order of RFC 7845 5.1.1.2. Empty for other counts.
Bytes MakeOpusHead(int channels);

// STREAMINFO, RFC 9639 8.2, behind "fLaC" and its block header.
struct FlacStreamInfo {
  int sample_rate = 0;
  int channels = 0;
  int bits_per_sample = 0;
};
std::optional<FlacStreamInfo> ParseFlacDescription(const Bytes& bytes);
// From the bare 34-byte block.
Bytes MakeFlacDescription(const uint8_t* stream_info, size_t size);

// The three Vorbis headers behind their Xiph lacing.
struct VorbisHeaders {
  int sample_rate = 0;
  int channels = 0;
};
std::optional<VorbisHeaders> ParseVorbisDescription(const Bytes& bytes);

// The description for the stream of an encoder of `codec` whose extradata is this; empty where the
// codec has none.
Bytes DescribeAudioStream(const std::string& codec, const uint8_t* extradata, size_t size);

// Whether a decoder of `codec` can do with `description`: kNotSupported where it needs one and gets
// none, and where what it gets is not one.
Result<void> CheckAudioDescription(const std::string& codec, const Bytes& description);

}  // namespace webcodecs
