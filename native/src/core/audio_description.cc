#include "audio_description.h"

#include <cstring>

#include "bit_reader.h"

namespace webcodecs {
namespace {

constexpr std::array<int, 13> kAacRates = {96000, 88200, 64000, 48000, 44100, 32000, 24000,
                                           22050, 16000, 12000, 11025, 8000,  7350};
constexpr int kExplicitRate = 15;
constexpr size_t kStreamInfoSize = 34;
constexpr size_t kFlacPrefix = 8;  // "fLaC" and the block's header
constexpr size_t kOpusHeadSize = 19;

uint32_t LittleEndian(const Bytes& bytes, size_t offset, int count) {
  uint32_t value = 0;
  for (int i = count - 1; i >= 0; --i) {
    value = value << 8 | bytes[offset + static_cast<size_t>(i)];
  }
  return value;
}

Error Malformed(const char* expected, const Bytes& bytes) {
  return Error{ErrorKind::kNotSupported, 0, "description",
               std::string("Expected ") + expected + ", received " + std::to_string(bytes.size()) +
                   " bytes that are none."};
}

}  // namespace

std::optional<AudioSpecificConfig> ParseAudioSpecificConfig(const Bytes& bytes) {
  BitReader bits(bytes.data(), bytes.size());
  AudioSpecificConfig config;
  config.object_type = static_cast<int>(bits.Read(5));
  if (config.object_type == 31) config.object_type = 32 + static_cast<int>(bits.Read(6));
  config.frequency_index = static_cast<int>(bits.Read(4));
  if (config.frequency_index == kExplicitRate) {
    config.sample_rate = static_cast<int>(bits.Read(24));
  } else if (config.frequency_index < static_cast<int>(kAacRates.size())) {
    config.sample_rate = kAacRates[static_cast<size_t>(config.frequency_index)];
  }
  config.channel_configuration = static_cast<int>(bits.Read(4));
  if (!bits.ok() || config.object_type == 0 || config.sample_rate <= 0) return std::nullopt;
  return config;
}

std::optional<AdtsHeader> MakeAdtsHeader(const AudioSpecificConfig& config, bool mpeg2,
                                         size_t payload) {
  const size_t length = payload + std::tuple_size<AdtsHeader>::value;
  const bool expressible = config.object_type >= 1 && config.object_type <= 4 &&
                           config.frequency_index < static_cast<int>(kAacRates.size()) &&
                           config.channel_configuration >= 1 && config.channel_configuration <= 7;
  if (!expressible || length >= 1 << 13) return std::nullopt;
  const auto profile = static_cast<uint32_t>(config.object_type - 1);
  const auto frequency = static_cast<uint32_t>(config.frequency_index);
  const auto channels = static_cast<uint32_t>(config.channel_configuration);
  const auto size = static_cast<uint32_t>(length);
  constexpr uint32_t kVariableRate = 0x7FF;  // adts_buffer_fullness
  return AdtsHeader{
      0xFF,
      static_cast<uint8_t>(mpeg2 ? 0xF9 : 0xF1),  // ID, layer 0, no CRC
      static_cast<uint8_t>(profile << 6 | frequency << 2 | channels >> 2),
      static_cast<uint8_t>((channels & 3) << 6 | size >> 11),
      static_cast<uint8_t>(size >> 3 & 0xFF),
      static_cast<uint8_t>((size & 7) << 5 | kVariableRate >> 6),
      static_cast<uint8_t>((kVariableRate & 0x3F) << 2),
  };
}

std::optional<OpusHead> ParseOpusHead(const Bytes& bytes) {
  if (bytes.size() < kOpusHeadSize || std::memcmp(bytes.data(), "OpusHead", 8) != 0) {
    return std::nullopt;
  }
  // The upper half of the version byte is the major version, of which 0 is the only one.
  if (bytes[8] >> 4 != 0) return std::nullopt;
  OpusHead head;
  head.channels = bytes[9];
  head.pre_skip = static_cast<int>(LittleEndian(bytes, 10, 2));
  head.input_sample_rate = static_cast<int>(LittleEndian(bytes, 12, 4));
  head.mapping_family = bytes[18];
  const size_t mapping = head.mapping_family == 0 ? 0 : 2 + static_cast<size_t>(head.channels);
  if (head.channels == 0 || bytes.size() < kOpusHeadSize + mapping) return std::nullopt;
  if (head.mapping_family == 0 && head.channels > 2) return std::nullopt;
  return head;
}

Bytes MakeOpusHead(int channels) {
  struct Streams {
    uint8_t count;
    uint8_t coupled;
    std::array<uint8_t, 8> mapping;
  };
  static constexpr std::array<Streams, 8> kStreams = {{
      {1, 0, {0}},
      {1, 1, {0, 1}},
      {2, 1, {0, 2, 1}},
      {2, 2, {0, 1, 2, 3}},
      {3, 2, {0, 4, 1, 2, 3}},
      {4, 2, {0, 4, 1, 2, 3, 5}},
      {4, 3, {0, 4, 1, 2, 3, 5, 6}},
      {5, 3, {0, 6, 1, 2, 3, 4, 5, 7}},
  }};
  if (channels < 1 || channels > static_cast<int>(kStreams.size())) return {};
  const uint8_t family = channels > 2 ? 1 : 0;
  Bytes head = {'O', 'p', 'u', 's', 'H', 'e', 'a', 'd', 1 /* version */};
  head.push_back(static_cast<uint8_t>(channels));
  // No pre-skip, no original rate, no gain.
  head.insert(head.end(), {0, 0, 0, 0, 0, 0, 0, 0, family});
  if (family == 0) return head;
  const Streams& streams = kStreams[static_cast<size_t>(channels - 1)];
  head.insert(head.end(), {streams.count, streams.coupled});
  head.insert(head.end(), streams.mapping.begin(), streams.mapping.begin() + channels);
  return head;
}

std::optional<FlacStreamInfo> ParseFlacDescription(const Bytes& bytes) {
  if (bytes.size() < kFlacPrefix + kStreamInfoSize || std::memcmp(bytes.data(), "fLaC", 4) != 0) {
    return std::nullopt;
  }
  const bool is_stream_info = (bytes[4] & 0x7F) == 0;
  const size_t length = static_cast<size_t>(bytes[5]) << 16 | bytes[6] << 8 | bytes[7];
  if (!is_stream_info || length != kStreamInfoSize) return std::nullopt;
  const size_t rate = kFlacPrefix + 10;
  FlacStreamInfo info;
  info.sample_rate = bytes[rate] << 12 | bytes[rate + 1] << 4 | bytes[rate + 2] >> 4;
  info.channels = (bytes[rate + 2] >> 1 & 7) + 1;
  info.bits_per_sample = ((bytes[rate + 2] & 1) << 4 | bytes[rate + 3] >> 4) + 1;
  if (info.sample_rate == 0) return std::nullopt;
  return info;
}

Bytes MakeFlacDescription(const uint8_t* stream_info, size_t size) {
  if (size != kStreamInfoSize) return {};
  Bytes bytes = {'f', 'L', 'a', 'C', 0x80 /* last block, STREAMINFO */, 0, 0, kStreamInfoSize};
  bytes.insert(bytes.end(), stream_info, stream_info + size);
  return bytes;
}

std::optional<VorbisHeaders> ParseVorbisDescription(const Bytes& bytes) {
  if (bytes.empty() || bytes[0] != 2) return std::nullopt;  // three packets, less one
  size_t offset = 1;
  std::array<size_t, 2> lengths = {};
  for (size_t& length : lengths) {
    while (offset < bytes.size() && bytes[offset] == 255) {
      length += 255;
      ++offset;
    }
    if (offset >= bytes.size()) return std::nullopt;
    length += bytes[offset++];
  }
  constexpr size_t kIdentificationSize = 30;
  const auto is_header = [&](size_t at, uint8_t type) {
    return at + 7 <= bytes.size() && bytes[at] == type &&
           std::memcmp(bytes.data() + at + 1, "vorbis", 6) == 0;
  };
  if (lengths[0] < kIdentificationSize || !is_header(offset, 1) ||
      !is_header(offset + lengths[0], 3) || !is_header(offset + lengths[0] + lengths[1], 5)) {
    return std::nullopt;
  }
  VorbisHeaders headers;
  headers.channels = bytes[offset + 11];
  headers.sample_rate = static_cast<int>(LittleEndian(bytes, offset + 12, 4));
  if (headers.channels <= 0 || headers.sample_rate <= 0) return std::nullopt;
  return headers;
}

Bytes DescribeAudioStream(const std::string& codec, const uint8_t* extradata, size_t size) {
  if (extradata == nullptr || size == 0) return {};
  if (codec == "flac") return MakeFlacDescription(extradata, size);
  // FFmpeg keeps these as the registrations ask: AudioSpecificConfig, OpusHead, laced headers.
  if (codec == "aac" || codec == "opus" || codec == "vorbis") {
    return Bytes(extradata, extradata + size);
  }
  return {};
}

Result<void> CheckAudioDescription(const std::string& codec, const Bytes& description) {
  if (codec == "flac" || codec == "vorbis") {
    if (description.empty()) {
      return Error{ErrorKind::kNotSupported, 0, "description",
                   "A \"" + codec + "\" decoder can't be opened without a description."};
    }
    if (codec == "flac" && !ParseFlacDescription(description)) {
      return Malformed("\"fLaC\" and a STREAMINFO block", description);
    }
    if (codec == "vorbis" && !ParseVorbisDescription(description)) {
      return Malformed("three Vorbis headers with Xiph lacing", description);
    }
    return {};
  }
  if (description.empty()) return {};
  if (codec == "aac" && !ParseAudioSpecificConfig(description)) {
    return Malformed("an AudioSpecificConfig", description);
  }
  if (codec == "opus" && !ParseOpusHead(description)) return Malformed("an OpusHead", description);
  return {};
}

}  // namespace webcodecs
