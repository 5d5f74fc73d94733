// Video decoders on streams of our own encoders: order, time, latency, geometry, damage.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "codec_run.h"
#include "core/picture.h"

namespace webcodecs {
namespace {

constexpr int kWidth = 256;
constexpr int kHeight = 144;

// A gradient with a bar that moves with `index`.
VideoPicture MakePicture(AVPixelFormat format, int width, int height, int index,
                         int64_t timestamp) {
  Bytes gray(PackedSize(AV_PIX_FMT_YUV420P, width, height), 128);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const bool bar = (x + 6 * index) % 64 < 16;
      gray[static_cast<size_t>(y) * static_cast<size_t>(width) + static_cast<size_t>(x)] =
          static_cast<uint8_t>(bar ? 220 : 40 + (x + y) % 96);
    }
  }
  PictureInit init;
  init.format = AV_PIX_FMT_YUV420P;
  init.coded_width = width;
  init.coded_height = height;
  VideoPicture picture;
  picture.frame = std::move(MakeFrame(init, gray.data(), gray.size()).value());
  picture.visible = {0, 0, width, height};
  picture.display_width = width;
  picture.display_height = height;
  picture.timestamp = timestamp;
  picture.duration = 40000;
  if (format == AV_PIX_FMT_YUV420P) return picture;
  TransformOptions options;
  options.format = format;
  return std::move(TransformPicture(picture, options).value());
}

struct Stream {
  const char* name;
  const char* codec;
  AVPixelFormat format = AV_PIX_FMT_YUV420P;
  const char* variant = "";
  bool annexb = false;
};

VideoEncoderConfig EncoderConfig(const Stream& stream, int width, int height) {
  VideoEncoderConfig config;
  config.codec = stream.codec;
  config.variant = stream.variant;
  config.annexb = stream.annexb;
  config.width = width;
  config.height = height;
  config.bitrate = 800000;
  config.framerate = 25;
  config.latency_mode = LatencyMode::kRealtime;
  if (stream.format == AV_PIX_FMT_YUV420P10) {
    config.bit_depth = 10;
    config.profile = 2;
  }
  if (stream.format == AV_PIX_FMT_YUV422P10) {
    config.bit_depth = 10;
    config.chroma = "422";
  }
  if (stream.format == AV_PIX_FMT_YUV422P) config.chroma = "422";
  return config;
}

std::vector<EncodedOutput> EncodeClip(const Stream& stream, int frames, int width = kWidth,
                                      int height = kHeight) {
  CodecRun encoder(CodecKind::kVideoEncoder);
  const Result<void> configured = encoder.Configure(EncoderConfig(stream, width, height));
  EXPECT_TRUE(configured.ok()) << Text(configured);
  if (!configured.ok()) return {};
  for (int i = 0; i < frames; ++i) {
    const Result<void> result =
        encoder.Encode(MakePicture(stream.format, width, height, i, i * 40000));
    EXPECT_TRUE(result.ok()) << Text(result);
  }
  EXPECT_TRUE(encoder.Flush().ok());
  EXPECT_EQ(encoder.chunks.size(), static_cast<size_t>(frames));
  return std::move(encoder.chunks);
}

VideoDecoderConfig DecoderConfigFor(const Stream& stream,
                                    const std::vector<EncodedOutput>& chunks) {
  VideoDecoderConfig config;
  config.codec = stream.codec;
  config.variant = stream.codec == std::string("prores") ? stream.variant : "";
  const bool described = config.codec == "h264" || config.codec == "hevc";
  if (described && !chunks.empty() && chunks[0].decoder_config) {
    config.description = chunks[0].decoder_config->description;
  }
  return config;
}

void DecodeAll(CodecRun& decoder, const std::vector<EncodedOutput>& chunks) {
  for (const EncodedOutput& output : chunks) {
    const Result<void> result = decoder.Decode(CopyChunk(output.chunk));
    ASSERT_TRUE(result.ok()) << Text(result);
  }
  const Result<void> flushed = decoder.Flush();
  ASSERT_TRUE(flushed.ok()) << Text(flushed);
}

Bytes PixelsOf(const VideoPicture& picture) {
  CopyOptions options;
  options.rect = picture.visible;
  const Result<size_t> size = CopySize(picture, options);
  EXPECT_TRUE(size.ok());
  Bytes bytes(size.value());
  EXPECT_TRUE(CopyPicture(picture, options, bytes.data(), bytes.size()).ok());
  return bytes;
}

class VideoDecoderOfEachCodec : public testing::TestWithParam<Stream> {};

TEST_P(VideoDecoderOfEachCodec, ReturnsEveryFrameWithItsChunksTimes) {
  const Stream& stream = GetParam();
  std::vector<EncodedOutput> chunks = EncodeClip(stream, 12);
  // In presentation order, as all our encoders' chunks are: uneven, negative, one twice.
  const int64_t times[12] = {-90000, -50001, -3,      0,       0,       17,
                             40000,  40001,  1000000, 5000000, 5000001, 9000000};
  for (size_t i = 0; i < chunks.size(); ++i) {
    chunks[i].chunk.timestamp = times[i];
    chunks[i].chunk.duration = i == 5 ? std::nullopt : std::optional<uint64_t>(100 + i);
  }
  CodecRun decoder(CodecKind::kVideoDecoder);
  const Result<void> opened = decoder.Configure(DecoderConfigFor(stream, chunks));
  ASSERT_TRUE(opened.ok()) << Text(opened);
  for (int round = 0; round < 2; ++round) {
    decoder.pictures.clear();
    DecodeAll(decoder, chunks);
    ASSERT_EQ(decoder.pictures.size(), chunks.size()) << "round " << round;
    for (size_t i = 0; i < chunks.size(); ++i) {
      const VideoPicture& picture = decoder.pictures[i];
      EXPECT_EQ(picture.timestamp, times[i]);
      EXPECT_EQ(picture.duration, chunks[i].chunk.duration);
      EXPECT_EQ(picture.visible.width, kWidth);
      EXPECT_EQ(picture.visible.height, kHeight);
      EXPECT_STRNE(PixelFormatName(static_cast<AVPixelFormat>(picture.frame->format)), "");
    }
  }
}

TEST_P(VideoDecoderOfEachCodec, OptimizedForLatencyReturnsEachFrameAtOnce) {
  const Stream& stream = GetParam();
  const std::vector<EncodedOutput> chunks = EncodeClip(stream, 10);
  CodecRun decoder(CodecKind::kVideoDecoder);
  VideoDecoderConfig config = DecoderConfigFor(stream, chunks);
  config.optimize_for_latency = true;
  ASSERT_TRUE(decoder.Configure(config).ok());
  for (size_t i = 0; i < chunks.size(); ++i) {
    ASSERT_TRUE(decoder.Decode(CopyChunk(chunks[i].chunk)).ok());
    EXPECT_EQ(decoder.pictures.size(), i + 1);
  }
}

TEST_P(VideoDecoderOfEachCodec, SurvivesDamage) {
  const Stream& stream = GetParam();
  const std::vector<EncodedOutput> chunks = EncodeClip(stream, 6);
  VideoDecoderConfig config = DecoderConfigFor(stream, chunks);
#ifdef __SANITIZE_THREAD__
  // A damaged picture is guessed from others, and FFmpeg's frame threads do not wait for those: it
  // reads pixels and motion vectors in mid-change, takes them as they are, and that is a race.
  config.optimize_for_latency = true;
#endif
  DecodeDamaged(CodecKind::kVideoDecoder, config, chunks, 200);
}

INSTANTIATE_TEST_SUITE_P(Codecs, VideoDecoderOfEachCodec,
                         testing::Values(Stream{"Avc", "h264"},
                                         Stream{"AvcAnnexb", "h264", AV_PIX_FMT_YUV420P, "", true},
                                         Stream{"Hevc", "hevc"},
                                         Stream{"HevcAnnexb", "hevc", AV_PIX_FMT_YUV420P, "", true},
                                         Stream{"Vp8", "vp8"}, Stream{"Vp9", "vp9"},
                                         Stream{"Vp9At10Bits", "vp9", AV_PIX_FMT_YUV420P10},
                                         Stream{"Av1", "av1"},
                                         Stream{"ProRes", "prores", AV_PIX_FMT_YUV422P10, "apch"},
                                         Stream{"DnxHr", "dnxhd", AV_PIX_FMT_YUV422P, "dnxhr_hq"}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(VideoDecoder, DecodesAvcAndAnnexbToTheSamePixels) {
  const Stream avc{"Avc", "h264"};
  const Stream annexb{"AvcAnnexb", "h264", AV_PIX_FMT_YUV420P, "", true};
  std::vector<Bytes> pixels[2];
  for (const Stream* stream : {&avc, &annexb}) {
    const std::vector<EncodedOutput> chunks = EncodeClip(*stream, 5);
    CodecRun decoder(CodecKind::kVideoDecoder);
    const VideoDecoderConfig config = DecoderConfigFor(*stream, chunks);
    EXPECT_EQ(config.description.empty(), stream->annexb);
    ASSERT_TRUE(decoder.Configure(config).ok());
    DecodeAll(decoder, chunks);
    for (const VideoPicture& picture : decoder.pictures) {
      pixels[stream->annexb ? 1 : 0].push_back(PixelsOf(picture));
    }
  }
  ASSERT_EQ(pixels[0].size(), 5u);
  EXPECT_EQ(pixels[0], pixels[1]);
}

TEST(VideoDecoder, FollowsAChangeOfSizeWithinTheStream) {
  for (const Stream& stream : {Stream{"", "vp8"}, Stream{"", "vp9"}, Stream{"", "av1"},
                               Stream{"", "h264", AV_PIX_FMT_YUV420P, "", true}}) {
    CodecRun decoder(CodecKind::kVideoDecoder);
    ASSERT_TRUE(decoder.Configure(DecoderConfigFor(stream, {})).ok());
    for (const int width : {kWidth, 2 * kWidth, 128}) {
      for (const EncodedOutput& output : EncodeClip(stream, 3, width, kHeight)) {
        const Result<void> result = decoder.Decode(CopyChunk(output.chunk));
        ASSERT_TRUE(result.ok()) << stream.codec << ": " << Text(result);
      }
    }
    ASSERT_TRUE(decoder.Flush().ok());
    ASSERT_EQ(decoder.pictures.size(), 9u) << stream.codec;
    EXPECT_EQ(decoder.pictures[2].visible.width, kWidth);
    EXPECT_EQ(decoder.pictures[3].visible.width, 2 * kWidth);
    EXPECT_EQ(decoder.pictures[8].visible.width, 128);
  }
}

TEST(VideoDecoder, ReportsTheCroppedPictureAsVisible) {
  const Stream stream{"", "h264"};
  const std::vector<EncodedOutput> chunks = EncodeClip(stream, 3, 250, 134);
  CodecRun decoder(CodecKind::kVideoDecoder);
  ASSERT_TRUE(decoder.Configure(DecoderConfigFor(stream, chunks)).ok());
  DecodeAll(decoder, chunks);
  const VideoPicture& picture = decoder.pictures.at(0);
  EXPECT_EQ(picture.visible.width, 250);
  EXPECT_EQ(picture.visible.height, 134);
  EXPECT_EQ(picture.frame->width, 256);
  EXPECT_EQ(picture.frame->height, 144);
  EXPECT_EQ(picture.display_width, 250);
}

TEST(VideoDecoder, AppliesWhatTheConfigurationSaysAboutThePicture) {
  const Stream stream{"", "vp9"};
  const std::vector<EncodedOutput> chunks = EncodeClip(stream, 2);
  VideoDecoderConfig config = DecoderConfigFor(stream, chunks);
  config.display_aspect_width = 4;
  config.display_aspect_height = 3;
  config.rotation = 90;
  config.flip = true;
  config.color.primaries = AVCOL_PRI_BT2020;
  config.color.matrix = AVCOL_SPC_BT2020_NCL;
  config.color.full_range = true;
  CodecRun decoder(CodecKind::kVideoDecoder);
  ASSERT_TRUE(decoder.Configure(config).ok());
  DecodeAll(decoder, chunks);
  const VideoPicture& picture = decoder.pictures.at(0);
  EXPECT_EQ(picture.display_width, kWidth * 3 / 4);
  EXPECT_EQ(picture.display_height, kWidth);
  EXPECT_EQ(picture.rotation, 90);
  EXPECT_TRUE(picture.flip);
  EXPECT_EQ(picture.frame->color_primaries, AVCOL_PRI_BT2020);
  EXPECT_EQ(picture.frame->colorspace, AVCOL_SPC_BT2020_NCL);
  EXPECT_EQ(picture.frame->color_range, AVCOL_RANGE_JPEG);
}

TEST(VideoDecoder, JoinsColourAndAlphaOfTwoStreams) {
  for (const char* codec : {"vp8", "vp9"}) {
    const Stream stream{"", codec};
    std::vector<EncodedOutput> colour = EncodeClip(stream, 8);
    const std::vector<EncodedOutput> alpha = EncodeClip(stream, 8);
    for (size_t i = 0; i < colour.size(); ++i) {
      const AVPacket& packet = *alpha[i].chunk.packet;
      colour[i].chunk.alpha.assign(packet.data, packet.data + packet.size);
    }
    CodecRun decoder(CodecKind::kVideoDecoder);
    ASSERT_TRUE(decoder.Configure(DecoderConfigFor(stream, colour)).ok());
    DecodeAll(decoder, colour);
    ASSERT_EQ(decoder.pictures.size(), 8u);
    for (const VideoPicture& picture : decoder.pictures) {
      const AVFrame& frame = *picture.frame;
      ASSERT_EQ(frame.format, AV_PIX_FMT_YUVA420P);
      // Both streams were made of the same picture: luma and alpha are alike.
      for (int y = 0; y < kHeight; ++y) {
        ASSERT_EQ(std::memcmp(frame.data[0] + y * frame.linesize[0],
                              frame.data[3] + y * frame.linesize[3], kWidth),
                  0);
      }
    }
  }
}

TEST(VideoDecoder, RefusesWhatItCannotOpenOrRead) {
  const auto refusal = [](const VideoDecoderConfig& config) {
    const Result<void> result = ProbeConfig(CodecKind::kVideoDecoder, config);
    EXPECT_FALSE(result.ok());
    return result.ok() ? ErrorKind::kOperation : result.error().kind;
  };
  VideoDecoderConfig config;
  config.codec = "theora";
  EXPECT_EQ(refusal(config), ErrorKind::kNotSupported);
  config.codec = "h264";
  config.description = {9, 9, 9};
  EXPECT_EQ(refusal(config), ErrorKind::kData);
  config.description.clear();
  config.hardware = "prefer-hardware";
  EXPECT_EQ(refusal(config), ErrorKind::kNotSupported);

  CodecRun decoder(CodecKind::kVideoDecoder);
  EXPECT_FALSE(decoder.Decode(EncodedChunk{}).ok());  // not configured
  config.hardware = "no-preference";
  ASSERT_TRUE(decoder.Configure(config).ok());
  EXPECT_FALSE(decoder.Decode(EncodedChunk{}).ok());  // no bytes
}

TEST(VideoDecoder, RefusesAChunkThatShowsPicturesWithoutEnd) {
  const std::vector<EncodedOutput> chunks = EncodeClip({"AV1", "av1"}, 2);
  ASSERT_EQ(chunks.size(), 2u);
  // A frame header OBU of one byte: show_existing_frame, of slot 0.
  static constexpr uint8_t kShowAgain[] = {0x1a, 0x01, 0x88};
  const auto with = [&chunks](int times) {
    const AVPacket& packet = *chunks[1].chunk.packet;
    Bytes bytes(packet.data, packet.data + packet.size);
    for (int i = 0; i < times; ++i) {
      bytes.insert(bytes.end(), std::begin(kShowAgain), std::end(kShowAgain));
    }
    EncodedChunk chunk = CopyChunk(chunks[1].chunk);
    chunk.packet = std::move(MakePacket(bytes.data(), bytes.size()).value());
    return chunk;
  };
  for (const int times : {8, 5000}) {
    SCOPED_TRACE(times);
    CodecRun decoder(CodecKind::kVideoDecoder);
    VideoDecoderConfig config;
    config.codec = "av1";
    ASSERT_TRUE(decoder.Configure(config).ok());
    ASSERT_TRUE(decoder.Decode(CopyChunk(chunks[0].chunk)).ok());
    Result<void> result = decoder.Decode(with(times));
    if (result.ok()) result = decoder.Flush();
    EXPECT_EQ(result.ok(), times == 8) << Text(result);
    EXPECT_GE(decoder.pictures.size(), 8u);
    EXPECT_LE(decoder.pictures.size(), 70u);
  }
}

TEST(VideoDecoder, SurvivesAChunkThatIsNoKeyFirst) {
  for (const char* codec : {"h264", "hevc", "vp8", "vp9", "av1"}) {
    const Stream stream{"", codec};
    const std::vector<EncodedOutput> chunks = EncodeClip(stream, 4);
    CodecRun decoder(CodecKind::kVideoDecoder);
    ASSERT_TRUE(decoder.Configure(DecoderConfigFor(stream, chunks)).ok());
    for (size_t i = 1; i < chunks.size(); ++i) {
      if (!decoder.Decode(CopyChunk(chunks[i].chunk)).ok()) break;
    }
  }
}

}  // namespace
}  // namespace webcodecs
