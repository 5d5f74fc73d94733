// Descriptions and sample formats of H.264, HEVC and AV1 as their encoders make them.
#include "core/video_description.h"

#include <gtest/gtest.h>

#include "video_run.h"

namespace webcodecs {
namespace {

// The NAL types of a sample with 4-byte lengths; empty where the lengths don't add up.
std::vector<int> TypesIn(const AVPacket& packet, bool hevc) {
  std::vector<int> types;
  size_t at = 0;
  const auto size = static_cast<size_t>(packet.size);
  while (at + 4 < size) {
    const uint8_t* p = packet.data + at;
    const size_t length = size_t{p[0]} << 24 | size_t{p[1]} << 16 | size_t{p[2]} << 8 | p[3];
    if (length == 0 || length > size - at - 4) return {};
    types.push_back(hevc ? p[4] >> 1 & 63 : p[4] & 31);
    at += 4 + length;
  }
  return at == size ? types : std::vector<int>();
}

TEST(VideoDescription, OfAvcIsARecordAndSamplesHaveLengths) {
  const std::vector<EncodedOutput> chunks = EncodePattern(EncoderConfig("h264", 128, 96), 4);
  const StreamDescription& description = *chunks.front().decoder_config;
  const Bytes& record = description.description;
  ASSERT_GT(record.size(), 16u);
  EXPECT_EQ(record[0], 1);
  EXPECT_EQ(record[4] & 3, 3);
  EXPECT_EQ(record[5] & 31, 1);
  EXPECT_EQ(record[8] & 31, 7);
  EXPECT_EQ(description.codec_string.size(), 11u);
  for (const EncodedOutput& output : chunks) {
    const std::vector<int> types = TypesIn(*output.chunk.packet, false);
    ASSERT_FALSE(types.empty());
    for (const int type : types) EXPECT_TRUE(type != 7 && type != 8) << type;
    EXPECT_EQ(types.back(), output.chunk.key ? 5 : 1);
  }
}

TEST(VideoDescription, OfHevcIsARecordAndSamplesHaveLengths) {
  const std::vector<EncodedOutput> chunks = EncodePattern(EncoderConfig("hevc", 128, 96), 4);
  const StreamDescription& description = *chunks.front().decoder_config;
  const Bytes& record = description.description;
  ASSERT_GT(record.size(), 40u);
  EXPECT_EQ(record[0], 1);
  EXPECT_EQ(record[1] & 31, 1);  // Main
  EXPECT_EQ(record[21] & 3, 3);
  EXPECT_EQ(record[22], 3);  // VPS, SPS, PPS
  EXPECT_EQ(description.codec_string.rfind("hvc1.1.6.L", 0), 0u) << description.codec_string;
  for (const EncodedOutput& output : chunks) {
    const std::vector<int> types = TypesIn(*output.chunk.packet, true);
    ASSERT_FALSE(types.empty());
    for (const int type : types) EXPECT_TRUE(type < 32 || type > 34) << type;
  }
}

TEST(VideoDescription, IsAbsentInAnnexBWhoseKeyChunksCarryTheParameterSets) {
  for (const char* codec : {"h264", "hevc"}) {
    SCOPED_TRACE(codec);
    const bool hevc = std::string(codec) == "hevc";
    VideoEncoderConfig config = EncoderConfig(codec, 128, 96);
    config.annexb = true;
    config.gop_size = 3;
    const std::vector<EncodedOutput> chunks = EncodePattern(config, 7);
    EXPECT_TRUE(chunks.front().decoder_config->description.empty());
    int keys = 0;
    for (const EncodedOutput& output : chunks) {
      const AVPacket& packet = *output.chunk.packet;
      ASSERT_GT(packet.size, 5);
      EXPECT_EQ(packet.data[0] | packet.data[1] | packet.data[2], 0);
      EXPECT_EQ(packet.data[3], 1);
      const ParameterSets sets = FindParameterSets(hevc ? NalCodec::kHevc : NalCodec::kAvc,
                                                   packet.data, static_cast<size_t>(packet.size));
      EXPECT_EQ(sets.complete(hevc ? NalCodec::kHevc : NalCodec::kAvc), output.chunk.key);
      keys += output.chunk.key;
    }
    EXPECT_EQ(keys, 3);
    EXPECT_EQ(DecodeAll(DecoderConfigFor(config, chunks), chunks).size(), 7u);
  }
}

TEST(VideoDescription, OfVp8Vp9AndAv1IsNotUsed) {
  for (const char* codec : {"vp8", "vp9", "av1"}) {
    const std::vector<EncodedOutput> chunks = EncodePattern(EncoderConfig(codec, 128, 96), 1);
    ASSERT_TRUE(chunks.front().decoder_config) << codec;
    EXPECT_TRUE(chunks.front().decoder_config->description.empty()) << codec;
  }
}

TEST(VideoDescription, OfAv1SaysWhatTheStreamIs) {
  VideoEncoderConfig config = EncoderConfig("av1", 128, 96);
  config.bit_depth = 10;
  std::vector<EncodedOutput> chunks = EncodePattern(config, 1);
  EXPECT_EQ(chunks.front().decoder_config->codec_string, "av01.0.00M.10");
  EXPECT_NE(chunks.front().chunk.packet->data[0], 0x12);  // no temporal delimiter
  config.bit_depth = 8;
  config.chroma = "444";
  config.color.matrix = AVCOL_SPC_BT709;
  chunks = EncodePattern(config, 1);
  EXPECT_EQ(chunks.front().decoder_config->codec_string.rfind("av01.1.00M.08.0.000.", 0), 0u)
      << chunks.front().decoder_config->codec_string;
}

TEST(VideoDescription, OfGarbageIsNoneAndNoHarm) {
  Random random(5);
  for (int round = 0; round < 500; ++round) {
    Bytes bytes(random.Next(60));
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random.Next(4) ? random.Next(256) : 0);
    if (bytes.size() > 8) {
      bytes[0] = bytes[1] = 0;
      bytes[2] = 1;
      bytes[3] = static_cast<uint8_t>(round % 2 ? 0x67 : 33 << 1);
    }
    for (const NalCodec codec : {NalCodec::kAvc, NalCodec::kHevc}) {
      ParameterSets sets = FindParameterSets(codec, bytes.data(), bytes.size());
      static_cast<void>(NalCodecString(codec, sets, false));
      static_cast<void>(LevelOf(codec, sets));
      sets.vps.push_back({0});
      sets.pps.push_back({0});
      static_cast<void>(MakeDecoderConfigurationRecord(codec, sets).ok());
    }
    static_cast<void>(Av1CodecString(bytes.data(), bytes.size()));
  }
}

}  // namespace
}  // namespace webcodecs
