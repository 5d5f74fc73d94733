// Video encoders, through every library of the build: pictures come back, key frames and sizes
// obey.
#include <gtest/gtest.h>

#include <set>

#include "video_run.h"

namespace webcodecs {
namespace {

struct Situation {
  const char* name;
  const char* codec;
  const char* variant;
  int depth;
  LatencyMode latency;
};

VideoEncoderConfig ConfigOf(const Situation& situation) {
  VideoEncoderConfig config = EncoderConfig(situation.codec, 256, 144);
  config.variant = situation.variant;
  config.bit_depth = situation.depth;
  config.latency_mode = situation.latency;
  return config;
}

std::string NameOf(const testing::TestParamInfo<Situation>& info) { return info.param.name; }

class EveryVideoCodec : public testing::TestWithParam<Situation> {};

TEST_P(EveryVideoCodec, ThirtyPicturesDecodeToWhatTheyWere) {
  const VideoEncoderConfig config = ConfigOf(GetParam());
  const std::vector<EncodedOutput> chunks = EncodePattern(config, 30);
  ASSERT_EQ(chunks.size(), 30u);
  EXPECT_TRUE(chunks.front().chunk.key);
  ASSERT_TRUE(chunks.front().decoder_config);
  EXPECT_EQ(chunks.front().decoder_config->coded_width, 256);
  EXPECT_EQ(chunks.front().decoder_config->coded_height, 144);
  EXPECT_FALSE(chunks.back().decoder_config);

  const std::vector<VideoPicture> pictures = DecodeAll(DecoderConfigFor(config, chunks), chunks);
  ASSERT_EQ(pictures.size(), 30u);
  for (int i = 0; i < 30; ++i) {
    const VideoPicture& picture = pictures[static_cast<size_t>(i)];
    EXPECT_EQ(picture.timestamp, i * kFrameMicroseconds);
    EXPECT_EQ(picture.visible.width, 256);
    EXPECT_EQ(picture.visible.height, 144);
    EXPECT_GT(PatternPsnr(picture, i), 30) << "picture " << i;
  }
}

TEST_P(EveryVideoCodec, AFlushIsFollowedByMoreWork) {
  const VideoEncoderConfig config = ConfigOf(GetParam());
  CodecRun encoder(CodecKind::kVideoEncoder);
  ASSERT_TRUE(encoder.Configure(config).ok());
  for (int i = 0; i < 6; ++i) {
    ASSERT_TRUE(encoder.Encode(PatternPicture(256, 144, i)).ok());
    if (i % 2 == 1) {
      ASSERT_TRUE(encoder.Flush().ok());
      EXPECT_EQ(encoder.chunks.size(), static_cast<size_t>(i + 1));
    }
  }
  EXPECT_EQ(DecodeAll(DecoderConfigFor(config, encoder.chunks), encoder.chunks).size(), 6u);
}

TEST_P(EveryVideoCodec, AResetDropsWhatWasInside) {
  const VideoEncoderConfig config = ConfigOf(GetParam());
  CodecRun encoder(CodecKind::kVideoEncoder);
  ASSERT_TRUE(encoder.Configure(config).ok());
  ASSERT_TRUE(encoder.Encode(PatternPicture(256, 144, 0)).ok());
  encoder.Reset();
  encoder.chunks.clear();
  EXPECT_TRUE(encoder.Flush().ok());
  EXPECT_FALSE(encoder.Encode(PatternPicture(256, 144, 1)).ok());
  ASSERT_TRUE(encoder.Configure(config).ok());
  ASSERT_TRUE(encoder.Encode(PatternPicture(256, 144, 2)).ok());
  ASSERT_TRUE(encoder.Flush().ok());
  ASSERT_EQ(encoder.chunks.size(), 1u);
  EXPECT_EQ(encoder.chunks.front().chunk.timestamp, 2 * kFrameMicroseconds);
  EXPECT_TRUE(encoder.chunks.front().chunk.key);
  EXPECT_TRUE(encoder.chunks.front().decoder_config);
}

INSTANTIATE_TEST_SUITE_P(
    Codecs, EveryVideoCodec,
    testing::Values(Situation{"Avc", "h264", "", 8, LatencyMode::kQuality},
                    Situation{"AvcRealtime", "h264", "", 8, LatencyMode::kRealtime},
                    Situation{"Hevc", "hevc", "", 8, LatencyMode::kQuality},
                    Situation{"HevcRealtime", "hevc", "", 8, LatencyMode::kRealtime},
                    Situation{"Vp8", "vp8", "", 8, LatencyMode::kQuality},
                    Situation{"Vp8Realtime", "vp8", "", 8, LatencyMode::kRealtime},
                    Situation{"Vp9", "vp9", "", 8, LatencyMode::kQuality},
                    Situation{"Vp9Realtime", "vp9", "", 8, LatencyMode::kRealtime},
                    Situation{"Vp9TenBits", "vp9", "", 10, LatencyMode::kQuality},
                    Situation{"Av1", "av1", "", 8, LatencyMode::kQuality},
                    Situation{"Av1Realtime", "av1", "", 8, LatencyMode::kRealtime},
                    Situation{"Av1TenBits", "av1", "", 10, LatencyMode::kQuality},
                    Situation{"ProRes", "prores", "apch", 10, LatencyMode::kQuality},
                    Situation{"ProRes4444", "prores", "ap4h", 10, LatencyMode::kQuality},
                    Situation{"Dnxhr", "dnxhd", "dnxhr_hq", 8, LatencyMode::kQuality},
                    Situation{"DnxhrHqx", "dnxhd", "dnxhr_hqx", 10, LatencyMode::kQuality}),
    NameOf);

class EveryDeliveryCodec : public testing::TestWithParam<Situation> {};

TEST_P(EveryDeliveryCodec, KeyFramesComeWhereTheyAreAskedFor) {
  VideoEncoderConfig config = ConfigOf(GetParam());
  CodecRun encoder(CodecKind::kVideoEncoder);
  const std::set<int> asked = {0, 10, 20, 29};
  // The second round goes through a reset and another configure.
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(encoder.Configure(config).ok());
    encoder.chunks.clear();
    for (int i = 0; i < 30; ++i) {
      VideoEncodeOptions options;
      options.key_frame = asked.count(i) != 0;
      ASSERT_TRUE(encoder.Encode(PatternPicture(256, 144, i), options).ok());
    }
    ASSERT_TRUE(encoder.Flush().ok());
    std::vector<int64_t> expected;
    for (const int index : asked) expected.push_back(index * kFrameMicroseconds);
    EXPECT_EQ(encoder.chunks.size(), 30u);
    EXPECT_EQ(KeyTimestamps(encoder.chunks), expected);
    encoder.Reset();
  }
}

TEST_P(EveryDeliveryCodec, AChunkAfterItsKeyFrameNeedsNothingEarlier) {
  const VideoEncoderConfig config = ConfigOf(GetParam());
  CodecRun encoder(CodecKind::kVideoEncoder);
  ASSERT_TRUE(encoder.Configure(config).ok());
  for (int i = 0; i < 12; ++i) {
    VideoEncodeOptions options;
    options.key_frame = i == 8;
    ASSERT_TRUE(encoder.Encode(PatternPicture(256, 144, i), options).ok());
  }
  ASSERT_TRUE(encoder.Flush().ok());
  const VideoDecoderConfig decoder = DecoderConfigFor(config, encoder.chunks);
  std::vector<EncodedOutput> rest;
  bool found = false;
  for (EncodedOutput& output : encoder.chunks) {
    found = found || output.chunk.timestamp == 8 * kFrameMicroseconds;
    if (found) rest.push_back(std::move(output));
  }
  const std::vector<VideoPicture> pictures = DecodeAll(decoder, rest);
  ASSERT_EQ(pictures.size(), 4u);
  for (int i = 0; i < 4; ++i) {
    EXPECT_GT(PatternPsnr(pictures[static_cast<size_t>(i)], 8 + i), 28) << "picture " << 8 + i;
  }
}

TEST_P(EveryDeliveryCodec, KeyFramesAreNoFurtherApartThanTheGop) {
  VideoEncoderConfig config = ConfigOf(GetParam());
  config.gop_size = 12;
  const std::vector<int64_t> keys = KeyTimestamps(EncodePattern(config, 30));
  ASSERT_GE(keys.size(), 3u);
  for (size_t i = 1; i < keys.size(); ++i) {
    EXPECT_LE(keys[i] - keys[i - 1], 12 * kFrameMicroseconds);
  }
}

TEST_P(EveryDeliveryCodec, NoPictureIsLeftOutForLackOfBits) {
  VideoEncoderConfig config = ConfigOf(GetParam());
  config.bitrate = 400;
  EXPECT_EQ(EncodePattern(config, 30).size(), 30u);
}

TEST_P(EveryDeliveryCodec, TimestampsComeBackAsGivenHoweverTheyRun) {
  const VideoEncoderConfig config = ConfigOf(GetParam());
  const std::vector<int64_t> given = {5, 5, -70'000, 9'000'000'000'000, 40, 41, 0};
  CodecRun encoder(CodecKind::kVideoEncoder);
  ASSERT_TRUE(encoder.Configure(config).ok());
  int index = 0;
  for (const int64_t timestamp : given) {
    VideoPicture picture = PatternPicture(256, 144, index);
    picture.timestamp = timestamp;
    picture.duration = 1000 + index;
    ++index;
    ASSERT_TRUE(encoder.Encode(std::move(picture)).ok());
  }
  ASSERT_TRUE(encoder.Flush().ok());
  ASSERT_EQ(encoder.chunks.size(), given.size());
  // In decode order; their durations tell which is which.
  std::set<int64_t> seen;
  for (const EncodedOutput& output : encoder.chunks) {
    const auto place = static_cast<size_t>(output.chunk.duration.value_or(0) - 1000);
    ASSERT_LT(place, given.size());
    EXPECT_EQ(output.chunk.timestamp, given[place]);
    seen.insert(static_cast<int64_t>(place));
  }
  EXPECT_EQ(seen.size(), given.size());
}

INSTANTIATE_TEST_SUITE_P(
    Codecs, EveryDeliveryCodec,
    testing::Values(Situation{"Avc", "h264", "", 8, LatencyMode::kQuality},
                    Situation{"AvcRealtime", "h264", "", 8, LatencyMode::kRealtime},
                    Situation{"Hevc", "hevc", "", 8, LatencyMode::kQuality},
                    Situation{"HevcRealtime", "hevc", "", 8, LatencyMode::kRealtime},
                    Situation{"Vp8", "vp8", "", 8, LatencyMode::kQuality},
                    Situation{"Vp8Realtime", "vp8", "", 8, LatencyMode::kRealtime},
                    Situation{"Vp9", "vp9", "", 8, LatencyMode::kQuality},
                    Situation{"Vp9Realtime", "vp9", "", 8, LatencyMode::kRealtime},
                    Situation{"Av1", "av1", "", 8, LatencyMode::kQuality},
                    Situation{"Av1Realtime", "av1", "", 8, LatencyMode::kRealtime}),
    NameOf);

TEST(VideoEncoderRealtime, NoFrameIsHeldAt640By360) {
  for (const char* codec : {"h264", "hevc", "vp8", "vp9", "av1"}) {
    SCOPED_TRACE(codec);
    for (const BitrateMode mode :
         {BitrateMode::kConstant, BitrateMode::kVariable, BitrateMode::kQuantizer}) {
      VideoEncoderConfig config = EncoderConfig(codec, 640, 360);
      config.latency_mode = LatencyMode::kRealtime;
      config.bitrate_mode = mode;
      CodecRun encoder(CodecKind::kVideoEncoder);
      ASSERT_TRUE(encoder.Configure(config).ok());
      for (int i = 0; i < 8; ++i) {
        VideoEncodeOptions options;
        options.key_frame = i == 5;
        if (mode == BitrateMode::kQuantizer) options.quantizer = 30;
        ASSERT_TRUE(encoder.Encode(PatternPicture(640, 360, i), options).ok());
        ASSERT_EQ(encoder.chunks.size(), static_cast<size_t>(i + 1));
        EXPECT_EQ(encoder.chunks.back().chunk.timestamp, i * kFrameMicroseconds);
      }
    }
  }
}

}  // namespace
}  // namespace webcodecs
