// What a video encoder's configuration asks for, shown by its effect; and what is refused.
#include <gtest/gtest.h>

extern "C" {
#include <libavutil/cpu.h>
}

#include <algorithm>
#include <array>

#include "core/video_description.h"
#include "core/video_encoder_options.h"
#include "video_run.h"

namespace webcodecs {
namespace {

double BitrateOf(VideoEncoderConfig config, int64_t bitrate, int pictures) {
  config.bitrate = bitrate;
  const std::vector<EncodedOutput> chunks = EncodePattern(config, pictures);
  EXPECT_EQ(chunks.size(), static_cast<size_t>(pictures));
  return static_cast<double>(TotalSize(chunks)) * 8 * *config.framerate / pictures;
}

TEST(VideoEncoderBitrate, IsMetWithinAFifthOverFiveSeconds) {
  for (const char* codec : {"h264", "hevc", "vp8", "vp9", "av1"}) {
    for (const BitrateMode mode : {BitrateMode::kConstant, BitrateMode::kVariable}) {
      for (const LatencyMode latency : {LatencyMode::kQuality, LatencyMode::kRealtime}) {
        SCOPED_TRACE(std::string(codec) + (mode == BitrateMode::kConstant ? " constant" : "") +
                     (latency == LatencyMode::kRealtime ? " realtime" : ""));
        VideoEncoderConfig config = EncoderConfig(codec, 192, 112);
        config.bitrate_mode = mode;
        config.latency_mode = latency;
        EXPECT_NEAR(BitrateOf(config, 250'000, 150) / 250'000, 1, 0.2);
      }
    }
  }
}

TEST(VideoEncoderBitrate, OfHalfTheFramerateIsSpentOnHalfThePictures) {
  for (const char* codec : {"h264", "hevc", "vp8", "vp9", "av1"}) {
    SCOPED_TRACE(codec);
    VideoEncoderConfig config = EncoderConfig(codec, 192, 112);
    config.latency_mode = LatencyMode::kRealtime;
    config.framerate = 15;
    EXPECT_NEAR(BitrateOf(config, 200'000, 60) / 200'000, 1, 0.25);
  }
}

TEST(VideoEncoderQuantizer, MakesSmallChunksWhenCoarse) {
  for (const char* codec : {"h264", "hevc", "vp8", "vp9", "av1"}) {
    SCOPED_TRACE(codec);
    int64_t sizes[2] = {};
    for (const int quantizer : {18, 45}) {
      VideoEncoderConfig config = EncoderConfig(codec, 256, 144);
      config.bitrate_mode = BitrateMode::kQuantizer;
      CodecRun encoder(CodecKind::kVideoEncoder);
      ASSERT_TRUE(encoder.Configure(config).ok());
      for (int i = 0; i < 8; ++i) {
        VideoEncodeOptions options;
        options.quantizer = quantizer;
        ASSERT_TRUE(encoder.Encode(PatternPicture(256, 144, i), options).ok());
      }
      ASSERT_TRUE(encoder.Flush().ok());
      sizes[quantizer == 45] = TotalSize(encoder.chunks);
    }
    EXPECT_GT(sizes[0], 2 * sizes[1]);
  }
}

TEST(VideoEncoderQuantizer, ChangesFromFrameToFrame) {
  for (const char* codec : {"h264", "hevc", "vp8", "vp9", "av1"}) {
    SCOPED_TRACE(codec);
    VideoEncoderConfig config = EncoderConfig(codec, 256, 144);
    config.bitrate_mode = BitrateMode::kQuantizer;
    CodecRun encoder(CodecKind::kVideoEncoder);
    ASSERT_TRUE(encoder.Configure(config).ok());
    int64_t sizes[2] = {};
    for (int i = 0; i < 24; ++i) {
      VideoEncodeOptions options;
      options.quantizer = i < 12 ? 50 : 15;
      ASSERT_TRUE(encoder.Encode(PatternPicture(256, 144, i), options).ok());
    }
    ASSERT_TRUE(encoder.Flush().ok());
    for (size_t i = 1; i < encoder.chunks.size(); ++i) {
      sizes[i >= 12] += encoder.chunks[i].chunk.packet->size;
    }
    EXPECT_GT(sizes[1], 2 * sizes[0]);
    EXPECT_EQ(KeyTimestamps(encoder.chunks).size(), 1u);
  }
}

// The libraries' own choice would be one thread for each core, whatever the picture.
TEST(VideoEncoderThreads, AreChosenBySizeAndCores) {
  const auto threads = [](const char* codec, int width, int height) {
    const StreamParameters stream{};
    const auto plans = PlanVideoEncoder(EncoderConfig(codec, width, height), stream);
    return plans.ok() ? plans.value().front().threads : -1;
  };
  for (const int cores : {1, 2, 16}) {
    SCOPED_TRACE(cores);
    av_cpu_force_count(cores);
    for (const char* codec : {"h264", "hevc", "vp8", "vp9", "av1"}) {
      SCOPED_TRACE(codec);
      EXPECT_EQ(threads(codec, 64, 64), 1);
      EXPECT_GE(threads(codec, 1920, 1080), 1);
      EXPECT_LE(threads(codec, 1920, 1080), cores);
    }
    // Its threads wait by spinning.
    EXPECT_EQ(threads("vp8", 3840, 2160), 1);
    EXPECT_EQ(threads("vp9", 3840, 2160), cores);
  }
  av_cpu_force_count(0);
}

TEST(VideoEncoderFrameSize, ThatIsNotTheConfiguredOneIsAnErrorNamingBoth) {
  for (const auto& [width, height] : {std::pair{320, 240}, std::pair{1280, 720}}) {
    CodecRun encoder(CodecKind::kVideoEncoder);
    ASSERT_TRUE(encoder.Configure(EncoderConfig("vp8", 640, 360)).ok());
    const Result<void> refused = encoder.Encode(PatternPicture(width, height, 0));
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().kind, ErrorKind::kData);
    const std::string size = std::to_string(width) + "×" + std::to_string(height);
    EXPECT_NE(refused.error().message.find(size), std::string::npos) << refused.error().message;
    EXPECT_NE(refused.error().message.find("640×360"), std::string::npos);
  }
}

TEST(VideoEncoderFrameSize, ThatIsNotTheConfiguredOneIsScaledWhereThatWasAskedFor) {
  VideoEncoderConfig config = EncoderConfig("h264", 128, 96);
  config.frame_size_mismatch = FrameSizeMismatch::kScale;
  CodecRun encoder(CodecKind::kVideoEncoder);
  ASSERT_TRUE(encoder.Configure(config).ok());
  ASSERT_TRUE(encoder.Encode(PatternPicture(320, 240, 0)).ok());
  ASSERT_TRUE(encoder.Encode(PatternPicture(33, 17, 1)).ok());
  ASSERT_TRUE(encoder.Flush().ok());
  const std::vector<VideoPicture> pictures =
      DecodeAll(DecoderConfigFor(config, encoder.chunks), encoder.chunks);
  ASSERT_EQ(pictures.size(), 2u);
  EXPECT_EQ(pictures[1].visible.width, 128);
}

TEST(VideoEncoderFrameSize, IsThatOfTheVisibleRectangle) {
  for (const int offset : {16, 7}) {
    VideoEncoderConfig config = EncoderConfig("vp9", 96, 64);
    config.bitrate = 4'000'000;
    CodecRun encoder(CodecKind::kVideoEncoder);
    ASSERT_TRUE(encoder.Configure(config).ok());
    VideoPicture picture = PatternPicture(256, 144, 0);
    picture.visible = {offset, offset, 96, 64};
    ASSERT_TRUE(encoder.Encode(std::move(picture)).ok());
    ASSERT_TRUE(encoder.Flush().ok());
    const std::vector<VideoPicture> pictures =
        DecodeAll(DecoderConfigFor(config, encoder.chunks), encoder.chunks);
    ASSERT_EQ(pictures.size(), 1u);
    const AVFrame& frame = *pictures[0].frame;
    const PatternLuma luma(256, 144, 0);
    int difference = 0;
    for (int x = 8; x < 88; ++x) {
      difference +=
          std::abs(frame.data[0][32 * frame.linesize[0] + x] - luma(x + offset, 32 + offset));
    }
    EXPECT_LT(difference / 80, 8) << "offset " << offset;
  }
}

TEST(VideoEncoderFrameSize, MayBeOddWhereTheCodecCanSayIt) {
  for (const char* codec : {"vp8", "vp9", "av1"}) {
    for (const auto& [width, height] : {std::pair{161, 91}, std::pair{17, 33}, std::pair{1, 1}}) {
      SCOPED_TRACE(std::string(codec) + " " + std::to_string(width));
      const VideoEncoderConfig config = EncoderConfig(codec, width, height);
      CodecRun encoder(CodecKind::kVideoEncoder);
      const Result<void> configured = encoder.Configure(config);
      if (!configured.ok()) {
        EXPECT_EQ(configured.error().kind, ErrorKind::kNotSupported);
        EXPECT_EQ(width, 1) << Text(configured);
        continue;
      }
      const std::vector<EncodedOutput> chunks = EncodePattern(config, 3);
      const std::vector<VideoPicture> pictures =
          DecodeAll(DecoderConfigFor(config, chunks), chunks);
      ASSERT_EQ(pictures.size(), 3u);
      EXPECT_EQ(pictures[0].visible.width, width);
      EXPECT_EQ(pictures[0].visible.height, height);
    }
  }
  for (const char* codec : {"h264", "hevc"}) {
    CodecRun encoder(CodecKind::kVideoEncoder);
    const Result<void> configured = encoder.Configure(EncoderConfig(codec, 641, 361));
    ASSERT_FALSE(configured.ok());
    EXPECT_EQ(configured.error().kind, ErrorKind::kNotSupported);
  }
}

TEST(VideoEncoderFrameSize, NeedNotBeAMultipleOfHevcsBlocks) {
  const VideoEncoderConfig config = EncoderConfig("hevc", 162, 90);
  const std::vector<EncodedOutput> chunks = EncodePattern(config, 10);
  const std::vector<VideoPicture> pictures = DecodeAll(DecoderConfigFor(config, chunks), chunks);
  ASSERT_EQ(pictures.size(), 10u);
  EXPECT_EQ(pictures[9].visible.width, 162);
  EXPECT_EQ(pictures[9].visible.height, 90);
  EXPECT_GT(PatternPsnr(pictures[9], 9), 30);
}

TEST(VideoEncoderFormat, RgbBecomesLimitedRangeBt709) {
  VideoEncoderConfig config = EncoderConfig("h264", 64, 64);
  CodecRun encoder(CodecKind::kVideoEncoder);
  ASSERT_TRUE(encoder.Configure(config).ok());
  Bytes red;
  for (int i = 0; i < 64 * 64; ++i) red.insert(red.end(), {255, 0, 0, 255});
  PictureInit init;
  init.format = AV_PIX_FMT_RGBA;
  init.coded_width = init.coded_height = 64;
  VideoPicture picture;
  picture.frame = std::move(MakeFrame(init, red.data(), red.size()).value());
  picture.visible = {0, 0, 64, 64};
  ASSERT_TRUE(encoder.Encode(std::move(picture)).ok());
  ASSERT_TRUE(encoder.Flush().ok());
  ASSERT_TRUE(encoder.chunks.front().decoder_config);
  EXPECT_EQ(encoder.chunks.front().decoder_config->color.matrix, AVCOL_SPC_BT709);
  const std::vector<VideoPicture> pictures =
      DecodeAll(DecoderConfigFor(config, encoder.chunks), encoder.chunks);
  ASSERT_EQ(pictures.size(), 1u);
  const AVFrame& frame = *pictures[0].frame;
  EXPECT_EQ(frame.colorspace, AVCOL_SPC_BT709);
  EXPECT_NEAR(frame.data[0][32 * frame.linesize[0] + 32], 63, 2);
  EXPECT_NEAR(frame.data[1][16 * frame.linesize[1] + 16], 102, 2);
  EXPECT_NEAR(frame.data[2][16 * frame.linesize[2] + 16], 240, 2);
}

TEST(VideoEncoderFormat, ColourTagsStandInTheBitstream) {
  for (const char* codec : {"h264", "hevc", "vp9", "av1"}) {
    SCOPED_TRACE(codec);
    VideoEncoderConfig config = EncoderConfig(codec, 128, 96);
    config.color = {AVCOL_PRI_BT2020, AVCOL_TRC_SMPTE2084, AVCOL_SPC_BT2020_NCL, true};
    const std::vector<EncodedOutput> chunks = EncodePattern(config, 2);
    const std::vector<VideoPicture> pictures = DecodeAll(DecoderConfigFor(config, chunks), chunks);
    ASSERT_EQ(pictures.size(), 2u);
    EXPECT_EQ(pictures[0].frame->colorspace, AVCOL_SPC_BT2020_NCL);
    EXPECT_EQ(pictures[0].frame->color_range, AVCOL_RANGE_JPEG);
    if (std::string(codec) == "vp9") continue;  // its headers have no room for the rest
    EXPECT_EQ(pictures[0].frame->color_primaries, AVCOL_PRI_BT2020);
    EXPECT_EQ(pictures[0].frame->color_trc, AVCOL_TRC_SMPTE2084);
  }
}

// An encoder is opened for the colour of the stream before; its own first frame decides.
TEST(VideoEncoderFormat, ColourIsThatOfTheFirstFrameWhateverOtherStreamsHad) {
  const auto matrix_after = [](AVColorSpace matrix) {
    const VideoEncoderConfig config = EncoderConfig("h264", 128, 96);
    CodecRun encoder(CodecKind::kVideoEncoder);
    EXPECT_TRUE(encoder.Configure(config).ok());
    VideoPicture picture = PatternPicture(config.width, config.height, 0);
    picture.frame->colorspace = matrix;
    EXPECT_TRUE(encoder.Encode(std::move(picture)).ok());
    EXPECT_TRUE(encoder.Flush().ok());
    const std::vector<VideoPicture> pictures =
        DecodeAll(DecoderConfigFor(config, encoder.chunks), encoder.chunks);
    return pictures.size() == 1 ? pictures[0].frame->colorspace : AVCOL_SPC_RESERVED;
  };
  for (const AVColorSpace matrix : {AVCOL_SPC_SMPTE170M, AVCOL_SPC_UNSPECIFIED, AVCOL_SPC_BT709,
                                    AVCOL_SPC_BT709, AVCOL_SPC_SMPTE170M, AVCOL_SPC_UNSPECIFIED}) {
    // The decoder's pick where the stream says nothing.
    EXPECT_EQ(matrix_after(matrix), matrix == AVCOL_SPC_UNSPECIFIED ? AVCOL_SPC_BT709 : matrix);
  }
}

// Red and white in other samples than the first frame's are converted: one stream has one colour.
TEST(VideoEncoderFormat, LaterFramesBecomeTheFirstOnesRangeAndMatrix) {
  struct Colors {
    AVColorSpace matrix;
    AVColorRange range;
    std::array<uint8_t, 3> red;
    uint8_t white;
  };
  const std::array<Colors, 4> all = {{
      {AVCOL_SPC_BT709, AVCOL_RANGE_MPEG, {63, 102, 240}, 235},
      {AVCOL_SPC_BT709, AVCOL_RANGE_JPEG, {54, 99, 255}, 255},
      {AVCOL_SPC_SMPTE170M, AVCOL_RANGE_MPEG, {81, 90, 240}, 235},
      {AVCOL_SPC_SMPTE170M, AVCOL_RANGE_JPEG, {76, 85, 255}, 255},
  }};
  const auto red_and_white = [](const Colors& colors, AVPixelFormat format) {
    FramePtr frame = std::move(AllocateFrame(format, 64, 64).value());
    frame->colorspace = colors.matrix;
    frame->color_range = colors.range;
    for (int plane = 0; plane < 4 && frame->data[plane] != nullptr; ++plane) {
      const int half = plane == 0 || plane == 3 ? 32 : 16;
      // The alpha is no colour: 60 and 250 whatever the range.
      const uint8_t red = plane == 3 ? 60 : colors.red[static_cast<size_t>(plane)];
      const uint8_t white = plane == 3 ? 250 : plane == 0 ? colors.white : 128;
      for (int y = 0; y < 2 * half; ++y) {
        uint8_t* const row = frame->data[plane] + ptrdiff_t{y} * frame->linesize[plane];
        std::fill(row, row + half, red);
        std::fill(row + half, row + 2 * half, white);
      }
    }
    return frame;
  };
  for (const AVPixelFormat format : {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUVA420P}) {
    for (const size_t first : {0, 3}) {
      const Colors& wanted = all[first];
      std::vector<Colors> given(all.begin(), all.end());
      std::swap(given[0], given[first]);
      // What names no colour is the stream's.
      given.push_back(wanted);
      given.back().matrix = AVCOL_SPC_UNSPECIFIED;
      given.back().range = AVCOL_RANGE_UNSPECIFIED;

      VideoEncoderConfig config = EncoderConfig("vp9", 64, 64);
      config.keep_alpha = format == AV_PIX_FMT_YUVA420P;
      CodecRun encoder(CodecKind::kVideoEncoder);
      ASSERT_TRUE(encoder.Configure(config).ok());
      for (size_t i = 0; i < given.size(); ++i) {
        VideoPicture picture;
        picture.frame = red_and_white(given[i], format);
        picture.visible = {0, 0, 64, 64};
        picture.timestamp = static_cast<int64_t>(i) * kFrameMicroseconds;
        ASSERT_TRUE(encoder.Encode(std::move(picture)).ok());
      }
      ASSERT_TRUE(encoder.Flush().ok());
      const std::vector<VideoPicture> pictures =
          DecodeAll(DecoderConfigFor(config, encoder.chunks), encoder.chunks);
      ASSERT_EQ(pictures.size(), given.size());
      for (size_t i = 0; i < pictures.size(); ++i) {
        SCOPED_TRACE(testing::Message()
                     << PixelFormatName(format) << " like " << first << ", frame " << i);
        const AVFrame& frame = *pictures[i].frame;
        const auto at = [&frame](int plane, int x, int y) {
          return int{frame.data[plane][y * frame.linesize[plane] + x]};
        };
        EXPECT_EQ(frame.colorspace, wanted.matrix);
        EXPECT_EQ(frame.color_range, wanted.range);
        EXPECT_NEAR(at(0, 8, 32), wanted.red[0], 3);
        EXPECT_NEAR(at(1, 4, 16), wanted.red[1], 3);
        EXPECT_NEAR(at(2, 4, 16), wanted.red[2], 3);
        EXPECT_NEAR(at(0, 56, 32), wanted.white, 3);
        EXPECT_NEAR(at(1, 28, 16), 128, 3);
        EXPECT_NEAR(at(2, 28, 16), 128, 3);
        if (!config.keep_alpha) continue;
        ASSERT_NE(frame.data[3], nullptr);
        EXPECT_NEAR(at(3, 8, 32), 60, 3);
        EXPECT_NEAR(at(3, 56, 32), 250, 3);
      }
    }
  }
}

TEST(VideoEncoderFormat, AlphaIsKeptBesideThePictureByVp8AndVp9) {
  for (const char* codec : {"vp8", "vp9"}) {
    VideoEncoderConfig config = EncoderConfig(codec, 128, 96);
    config.keep_alpha = true;
    for (const EncodedOutput& output : EncodePattern(config, 3)) {
      EXPECT_FALSE(output.chunk.alpha.empty());
    }
  }
  VideoEncoderConfig config = EncoderConfig("h264", 128, 96);
  config.keep_alpha = true;
  CodecRun encoder(CodecKind::kVideoEncoder);
  const Result<void> configured = encoder.Configure(config);
  ASSERT_FALSE(configured.ok());
  EXPECT_EQ(configured.error().kind, ErrorKind::kNotSupported);
}

TEST(VideoEncoderProfile, AndLevelStandInTheDescription) {
  struct Row {
    int profile;
    int level;
    const char* prefix;
  };
  for (const Row& row : {Row{66, 31, "avc1.42"}, Row{77, 40, "avc1.4d"}, Row{100, 51, "avc1.64"}}) {
    VideoEncoderConfig config = EncoderConfig("h264", 128, 96);
    config.profile = row.profile;
    config.level = row.level;
    const std::vector<EncodedOutput> chunks = EncodePattern(config, 1);
    const StreamDescription& description = *chunks.front().decoder_config;
    EXPECT_EQ(description.codec_string.rfind(row.prefix, 0), 0u) << description.codec_string;
    ASSERT_GT(description.description.size(), 4u);
    EXPECT_EQ(description.description[1], row.profile);
    EXPECT_EQ(description.description[3], row.level);
  }
}

TEST(VideoEncoderHardware, IsUsedOrRefusedButNeverReplaced) {
  VideoEncoderConfig config = EncoderConfig("vp8", 128, 96);
  config.hardware = "prefer-hardware";
  const Result<void> probed = ProbeConfig(CodecKind::kVideoEncoder, config);
  ASSERT_FALSE(probed.ok());
  EXPECT_EQ(probed.error().kind, ErrorKind::kNotSupported);
}

TEST(VideoEncoderCodec, ThatIsUnknownOrImpossibleIsNotSupported) {
  std::vector<VideoEncoderConfig> configs(4, EncoderConfig("h264", 128, 96));
  configs[0].codec = "mpeg7";
  configs[1].width = 0;
  configs[2].bit_depth = 9;
  configs[3].width = 1 << 20;
  for (const VideoEncoderConfig& config : configs) {
    const Result<void> probed = ProbeConfig(CodecKind::kVideoEncoder, config);
    ASSERT_FALSE(probed.ok());
    EXPECT_EQ(probed.error().kind, ErrorKind::kNotSupported) << Text(probed);
  }
}

}  // namespace
}  // namespace webcodecs
