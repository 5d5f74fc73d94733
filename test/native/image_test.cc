// Images out of their bytes, and animations' frames on their canvas. PNG and JPEG come from
// FFmpeg's encoders, the rest are a few bytes by hand.
#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include "core/image_compose.h"
#include "core/image_decode.h"
#include "core/media.h"
#include "core/picture.h"
#include "core/pixel_memory.h"
#include "video_run.h"

namespace webcodecs {
namespace {

constexpr int kWidth = 19;
constexpr int kHeight = 13;

using Pixel = std::vector<int>;

VideoPicture PictureOf(FramePtr frame) {
  VideoPicture picture;
  picture.visible = {0, 0, frame->width, frame->height};
  picture.display_width = frame->width;
  picture.display_height = frame->height;
  picture.frame = std::move(frame);
  return picture;
}

// RGBA, each pixel given by `of(x, y)`.
template <typename Of>
VideoPicture Drawn(int width, int height, Of of) {
  FramePtr frame = std::move(AllocateFrame(AV_PIX_FMT_RGBA, width, height).value());
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const Pixel pixel = of(x, y);
      for (int i = 0; i < 4; ++i) {
        frame->data[0][y * frame->linesize[0] + 4 * x + i] =
            static_cast<uint8_t>(pixel[static_cast<size_t>(i)]);
      }
    }
  }
  return PictureOf(std::move(frame));
}

VideoPicture Filled(int width, int height, const Pixel& pixel) {
  return Drawn(width, height, [&pixel](int, int) { return pixel; });
}

Pixel Varied(int x, int y) { return {x * 13 % 256, y * 19 % 256, (x + y) * 7 % 256, x * y % 256}; }

Pixel PixelAt(const VideoPicture& picture, int x, int y) {
  const uint8_t* at = picture.frame->data[0] + y * picture.frame->linesize[0] + 4 * x;
  return {at[0], at[1], at[2], at[3]};
}

Bytes Encode(const char* encoder, const VideoPicture& source, AVPixelFormat format) {
  TransformOptions options;
  options.format = format;
  const VideoPicture picture = std::move(TransformPicture(source, options).value());
  CodecContextPtr context(avcodec_alloc_context3(avcodec_find_encoder_by_name(encoder)));
  context->width = picture.frame->width;
  context->height = picture.frame->height;
  context->pix_fmt = format;
  context->color_range = AVCOL_RANGE_JPEG;
  context->strict_std_compliance = FF_COMPLIANCE_UNOFFICIAL;
  context->time_base = {1, 25};
  EXPECT_EQ(avcodec_open2(context.get(), nullptr, nullptr), 0);
  EXPECT_EQ(avcodec_send_frame(context.get(), picture.frame.get()), 0);
  const PacketPtr packet(av_packet_alloc());
  EXPECT_EQ(avcodec_send_frame(context.get(), nullptr), 0);
  EXPECT_EQ(avcodec_receive_packet(context.get(), packet.get()), 0);
  return Bytes(packet->data, packet->data + packet->size);
}

EncodedImage ImageOf(const char* codec, const Bytes& bytes, int width, int height) {
  EncodedImage image;
  image.codec = codec;
  image.data = std::move(MakePacket(bytes.data(), bytes.size()).value());
  image.width = width;
  image.height = height;
  return image;
}

Bytes Png() { return Encode("png", Drawn(kWidth, kHeight, Varied), AV_PIX_FMT_RGBA); }

TEST(DecodeImage, GivesThePixelsThatAPngWasMadeOf) {
  const Result<VideoPicture> made = DecodeImage(ImageOf("png", Png(), kWidth, kHeight));
  ASSERT_TRUE(made.ok()) << made.error().ToString();
  EXPECT_EQ(made.value().frame->format, AV_PIX_FMT_RGBA);
  EXPECT_EQ(made.value().display_width, kWidth);
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) ASSERT_EQ(PixelAt(made.value(), x, y), Varied(x, y));
  }
}

TEST(DecodeImage, GivesAPngWithoutAlphaAsRgbx) {
  const Bytes png = Encode("png", Filled(4, 4, {1, 2, 3, 255}), AV_PIX_FMT_GRAY8);
  const Result<VideoPicture> made = DecodeImage(ImageOf("png", png, 4, 4));
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(made.value().frame->format, AV_PIX_FMT_RGB0);
}

TEST(DecodeImage, KeepsTheFullRangePlanesOfAJpeg) {
  const Bytes jpeg = Encode("mjpeg", Filled(32, 32, {255, 255, 255, 255}), AV_PIX_FMT_YUV422P);
  const Result<VideoPicture> made = DecodeImage(ImageOf("jpeg", jpeg, 32, 32));
  ASSERT_TRUE(made.ok()) << made.error().ToString();
  const AVFrame& frame = *made.value().frame;
  EXPECT_EQ(frame.format, AV_PIX_FMT_YUV422P);
  EXPECT_EQ(frame.color_range, AVCOL_RANGE_JPEG);
  EXPECT_EQ(frame.colorspace, AVCOL_SPC_SMPTE170M);
  EXPECT_EQ(frame.color_primaries, AVCOL_PRI_BT709);
  EXPECT_EQ(frame.color_trc, AVCOL_TRC_IEC61966_2_1);
}

// IHDR's successor: a cICP chunk that says Display P3.
TEST(DecodeImage, TellsTheColoursThatAnImageNamesUnlessToldToIgnoreThem) {
  Bytes png = Png();
  const uint8_t chunk[] = {0, 0, 0, 4, 'c', 'I', 'C', 'P', 12, 13, 0, 1, 0x6e, 0x03, 0xe3, 0xef};
  constexpr ptrdiff_t kBehindHeader = 8 + 25;
  png.insert(png.begin() + kBehindHeader, std::begin(chunk), std::end(chunk));
  for (const bool ignore : {false, true}) {
    EncodedImage image = ImageOf("png", png, kWidth, kHeight);
    image.ignore_color = ignore;
    const Result<VideoPicture> made = DecodeImage(image);
    ASSERT_TRUE(made.ok()) << made.error().ToString();
    EXPECT_EQ(made.value().frame->color_primaries, ignore ? AVCOL_PRI_BT709 : AVCOL_PRI_SMPTE432);
  }
}

TEST(DecodeImage, MakesAGifsTransparentIndexTransparent) {
  const Bytes gif = {'G',  'I',  'F',  '8',  '9', 'a', 2, 0, 1, 0, 0x80, 0, 0,  // screen
                     255,  0,    0,    0,    0,   255,                          // palette
                     0x21, 0xf9, 4,    1,    0,   0,   1, 0,                    // index 1
                     0x2c, 0,    0,    0,    0,   2,   0, 1, 0, 0,              // image
                     2,    2,    0x44, 0x0a, 0,   0x3b};
  const Result<VideoPicture> made = DecodeImage(ImageOf("gif", gif, 2, 1));
  ASSERT_TRUE(made.ok()) << made.error().ToString();
  EXPECT_EQ(PixelAt(made.value(), 0, 0), (Pixel{255, 0, 0, 255}));
  EXPECT_EQ(PixelAt(made.value(), 1, 0)[3], 0);
}

TEST(DecodeImage, RefusesAnotherSizeThanDeclared) {
  const Bytes png = Png();
  for (const auto& [width, height] : {std::pair{kWidth - 1, kHeight}, {kWidth, kHeight + 1}}) {
    const Result<VideoPicture> made = DecodeImage(ImageOf("png", png, width, height));
    ASSERT_FALSE(made.ok());
    EXPECT_EQ(made.error().kind, ErrorKind::kEncoding);
    EXPECT_NE(made.error().message.find("19×13"), std::string::npos) << made.error().message;
  }
}

TEST(DecodeImage, TakesNoMemoryForAPictureFarLargerThanDeclared) {
  const Bytes png = Encode("png", Filled(2000, 1500, {1, 2, 3, 4}), AV_PIX_FMT_RGBA);
  const Result<VideoPicture> made = DecodeImage(ImageOf("png", png, 8, 8));
  ASSERT_FALSE(made.ok());
  EXPECT_NE(made.error().av_code, 0) << "FFmpeg is to refuse it, not we afterwards";
}

TEST(DecodeImage, RefusesAPngWhoseChecksumIsWrong) {
  Bytes png = Png();
  constexpr size_t kEndChunk = 12;
  png[png.size() - kEndChunk - 1] ^= 1;  // of the picture's data, which itself is whole
  const Result<VideoPicture> made = DecodeImage(ImageOf("png", png, kWidth, kHeight));
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().kind, ErrorKind::kEncoding);
}

TEST(DecodeImage, RefusesWhatIsNoImage) {
  const Bytes noise = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  for (const char* codec : {"jpeg", "png", "gif", "webp", "bmp", "av1"}) {
    SCOPED_TRACE(codec);
    const Result<VideoPicture> made = DecodeImage(ImageOf(codec, noise, 4, 4));
    ASSERT_FALSE(made.ok());
    EXPECT_EQ(made.error().kind, ErrorKind::kEncoding);
  }
  const Result<VideoPicture> made = DecodeImage(ImageOf("tiff", noise, 4, 4));
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().kind, ErrorKind::kNotSupported);
}

TEST(DecodeImage, EndsInAPictureOrAnErrorForDamagedData) {
  const VideoPicture source = Drawn(64, 48, Varied);
  const std::pair<const char*, Bytes> images[] = {
      {"png", Encode("png", source, AV_PIX_FMT_RGBA)},
      {"jpeg", Encode("mjpeg", source, AV_PIX_FMT_YUV420P)},
  };
  std::mt19937 random(20261120);
  int pictures = 0;
  for (const auto& [codec, bytes] : images) {
    for (int round = 0; round < 200; ++round) {
      Bytes damaged = bytes;
      for (int flip = 0; flip < 4; ++flip) {
        damaged[random() % damaged.size()] ^= static_cast<uint8_t>(1u << random() % 8);
      }
      if (round % 3 == 0) damaged.resize(1 + random() % damaged.size());
      if (DecodeImage(ImageOf(codec, damaged, 64, 48)).ok()) ++pictures;
    }
  }
  EXPECT_GT(pictures, 0) << "the damage is to reach further than the headers";
}

CanvasStep StepAt(int x, int y, bool blend) {
  CanvasStep step;
  step.width = 4;
  step.height = 4;
  step.x = x;
  step.y = y;
  step.blend = blend;
  return step;
}

VideoPicture Compose(const VideoPicture* before, const VideoPicture& picture,
                     const CanvasStep& step) {
  Result<VideoPicture> made = ComposeImage(before, picture, step);
  EXPECT_TRUE(made.ok());
  return std::move(made.value());
}

TEST(ComposeImage, DrawsOnTransparencyAndCutsOffWhatLiesOutside) {
  const VideoPicture canvas = Compose(nullptr, Filled(3, 3, {9, 8, 7, 255}), StepAt(2, 3, false));
  EXPECT_EQ(canvas.frame->width, 4);
  EXPECT_EQ(PixelAt(canvas, 1, 3), (Pixel{0, 0, 0, 0}));
  EXPECT_EQ(PixelAt(canvas, 2, 2), (Pixel{0, 0, 0, 0}));
  EXPECT_EQ(PixelAt(canvas, 3, 3), (Pixel{9, 8, 7, 255}));
}

TEST(ComposeImage, DrawsNothingForAPictureThatIsAllOutside) {
  const VideoPicture canvas = Compose(nullptr, Filled(2, 2, {9, 8, 7, 255}), StepAt(100, 1, false));
  for (int x = 0; x < 4; ++x) EXPECT_EQ(PixelAt(canvas, x, 1)[3], 0);
}

TEST(ComposeImage, LeavesTheCanvasBeforeAsItWas) {
  const VideoPicture before = Filled(4, 4, {1, 2, 3, 255});
  CanvasStep step = StepAt(0, 0, false);
  step.clear = {1, 1, 2, 9};
  const VideoPicture canvas = Compose(&before, Filled(1, 1, {9, 8, 7, 255}), step);
  EXPECT_EQ(PixelAt(canvas, 0, 0), (Pixel{9, 8, 7, 255}));
  EXPECT_EQ(PixelAt(canvas, 1, 0), (Pixel{1, 2, 3, 255}));
  EXPECT_EQ(PixelAt(canvas, 2, 3), (Pixel{0, 0, 0, 0}));
  EXPECT_EQ(PixelAt(canvas, 3, 3), (Pixel{1, 2, 3, 255}));
  EXPECT_EQ(PixelAt(before, 2, 3), (Pixel{1, 2, 3, 255}));
}

TEST(ComposeImage, ReplacesOrBlends) {
  const VideoPicture before = Filled(4, 4, {200, 0, 100, 255});
  const VideoPicture half = Filled(1, 1, {0, 100, 100, 128});
  EXPECT_EQ(PixelAt(Compose(&before, half, StepAt(0, 0, false)), 0, 0), (Pixel{0, 100, 100, 128}));
  EXPECT_EQ(PixelAt(Compose(&before, half, StepAt(0, 0, true)), 0, 0), (Pixel{100, 50, 100, 255}));
}

TEST(ComposeImage, BlendsStraightAlphaWithStraightAlpha) {
  const VideoPicture before = Filled(4, 4, {255, 0, 0, 51});
  const VideoPicture above = Filled(1, 1, {0, 0, 255, 102});
  // Coverage 0.4 over 0.2 · 0.6: 0.52 in all, of which 0.4 are blue.
  EXPECT_EQ(PixelAt(Compose(&before, above, StepAt(0, 0, true)), 0, 0), (Pixel{59, 0, 196, 133}));
  const VideoPicture nothing = Filled(1, 1, {7, 7, 7, 0});
  EXPECT_EQ(PixelAt(Compose(&before, nothing, StepAt(0, 0, true)), 0, 0), (Pixel{255, 0, 0, 51}));
}

TEST(ComposeImage, Premultiplies) {
  CanvasStep step = StepAt(0, 0, false);
  step.premultiply = true;
  // 101 · 128 / 255 is 50.7.
  const VideoPicture canvas = Compose(nullptr, Filled(4, 4, {255, 101, 0, 128}), step);
  EXPECT_EQ(PixelAt(canvas, 3, 3), (Pixel{128, 51, 0, 128}));
}

TEST(ComposeImage, RefusesACanvasOfAnotherSize) {
  const VideoPicture before = Filled(4, 5, {1, 2, 3, 255});
  const Result<VideoPicture> made =
      ComposeImage(&before, Filled(1, 1, {9, 8, 7, 255}), StepAt(0, 0, false));
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().kind, ErrorKind::kData);
}

TEST(ImageSequence, GivesEachImageOutOfThoseBefore) {
  constexpr int kWide = 160;
  constexpr int kHigh = 96;
  const VideoEncoderConfig config = EncoderConfig("av1", kWide, kHigh);
  const std::vector<EncodedOutput> chunks = EncodePattern(config, 6);
  ASSERT_EQ(chunks.size(), 6u);
  const auto image_at = [&](size_t index) {
    const AVPacket& packet = *chunks[index].chunk.packet;
    return ImageOf("av1", Bytes(packet.data, packet.data + packet.size), kWide, kHigh);
  };
  ImageSequence sequence;
  for (size_t index = 0; index < chunks.size(); ++index) {
    const Result<VideoPicture> made = sequence.Decode(image_at(index));
    ASSERT_TRUE(made.ok()) << index << ": " << made.error().ToString();
    EXPECT_GT(PatternPsnr(made.value(), static_cast<int>(index)), 30) << index;
  }
  // What leans on others is of no use alone, and the sequence can begin anew after it.
  ImageSequence other;
  EXPECT_FALSE(other.Decode(image_at(1)).ok());
  EXPECT_TRUE(other.Decode(image_at(0)).ok());
  EXPECT_TRUE(other.Decode(image_at(1)).ok());
}

}  // namespace
}  // namespace webcodecs
