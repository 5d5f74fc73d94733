// Pictures made from bytes and read back: exact for every format, odd sizes and strides; nothing
// out of bounds.
#include "core/picture.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>

namespace webcodecs {
namespace {

const char* const kFormatNames[] = {"I420",    "I420P10", "I420P12", "I420A",    "I420AP10", "I422",
                                    "I422P10", "I422P12", "I422A",   "I422AP10", "I422AP12", "I444",
                                    "I444P10", "I444P12", "I444A",   "I444AP10", "I444AP12", "NV12",
                                    "RGBA",    "RGBX",    "BGRA",    "BGRX"};

Bytes Counted(size_t size) {
  Bytes bytes(size);
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<uint8_t>(i * 31 + i / 251);
  return bytes;
}

VideoPicture PictureOf(FramePtr frame) {
  VideoPicture picture;
  picture.visible = {0, 0, frame->width, frame->height};
  picture.display_width = frame->width;
  picture.display_height = frame->height;
  picture.frame = std::move(frame);
  return picture;
}

PictureInit InitOf(AVPixelFormat format, int width, int height) {
  PictureInit init;
  init.format = format;
  init.coded_width = width;
  init.coded_height = height;
  return init;
}

TEST(PictureFormat, NamesLeadThereAndBack) {
  for (const char* name : kFormatNames) {
    const AVPixelFormat format = PixelFormatFromName(name);
    ASSERT_NE(format, AV_PIX_FMT_NONE) << name;
    EXPECT_STREQ(PixelFormatName(format), name);
  }
  EXPECT_EQ(PixelFormatFromName("I420AP12"), AV_PIX_FMT_NONE);
  EXPECT_EQ(PixelFormatFromName(""), AV_PIX_FMT_NONE);
  EXPECT_STREQ(PixelFormatName(AV_PIX_FMT_YUV410P), "");
}

TEST(PictureSize, RoundsChromaUp) {
  EXPECT_EQ(PackedSize(AV_PIX_FMT_YUV420P, 7, 5), 7u * 5 + 2 * 4 * 3);
  EXPECT_EQ(PackedSize(AV_PIX_FMT_NV12, 7, 5), 7u * 5 + 8 * 3);
  EXPECT_EQ(PackedSize(AV_PIX_FMT_YUV422P10LE, 7, 5), 2u * (7 * 5 + 2 * 4 * 5));
  EXPECT_EQ(PackedSize(AV_PIX_FMT_YUVA420P, 1, 1), 4u);
  EXPECT_EQ(PackedSize(AV_PIX_FMT_RGBA, 3, 2), 24u);
  EXPECT_EQ(PackedSize(AV_PIX_FMT_RGBA, 0, 2), 0u);
}

TEST(PictureCopy, ReturnsTheBytesThatThePictureWasMadeOf) {
  for (const char* name : kFormatNames) {
    for (const auto& [width, height] : {std::pair{7, 5}, std::pair{1, 1}, std::pair{64, 32}}) {
      SCOPED_TRACE(std::string(name) + " " + std::to_string(width));
      const AVPixelFormat format = PixelFormatFromName(name);
      const Bytes bytes = Counted(PackedSize(format, width, height));
      Result<FramePtr> made = MakeFrame(InitOf(format, width, height), bytes.data(), bytes.size());
      ASSERT_TRUE(made.ok());
      const VideoPicture picture = PictureOf(std::move(made.value()));
      Bytes copy(bytes.size());
      ASSERT_TRUE(CopyPicture(picture, {}, copy.data(), copy.size()).ok());
      EXPECT_EQ(copy, bytes);
    }
  }
}

TEST(PictureCopy, FollowsStridesAndOffsetsBothWays) {
  PictureInit init = InitOf(AV_PIX_FMT_YUV420P, 5, 3);
  init.layout = {{3, 11}, {60, 7}, {90, 4}};
  const Bytes bytes = Counted(90 + 4 + 3);
  Result<FramePtr> made = MakeFrame(init, bytes.data(), bytes.size());
  ASSERT_TRUE(made.ok());
  const VideoPicture picture = PictureOf(std::move(made.value()));
  CopyOptions options;
  options.layout = {{0, 8}, {40, 3}, {50, 3}};
  ASSERT_EQ(CopySize(picture, options).value(), 56u);
  Bytes copy(56, 0xee);
  ASSERT_TRUE(CopyPicture(picture, options, copy.data(), copy.size()).ok());
  EXPECT_EQ(copy[8 + 4], bytes[3 + 11 + 4]);
  EXPECT_EQ(copy[5], 0xee);  // between the rows nothing is written
  EXPECT_EQ(copy[43 + 2], bytes[60 + 7 + 2]);
  EXPECT_EQ(copy[50], bytes[90]);
}

TEST(PictureCopy, OfARectangleTakesItsChromaAlong) {
  const Bytes bytes = Counted(PackedSize(AV_PIX_FMT_YUV420P, 8, 8));
  Result<FramePtr> made = MakeFrame(InitOf(AV_PIX_FMT_YUV420P, 8, 8), bytes.data(), bytes.size());
  const VideoPicture picture = PictureOf(std::move(made.value()));
  CopyOptions options;
  options.rect = {2, 4, 3, 3};
  Bytes copy(CopySize(picture, options).value());
  ASSERT_EQ(copy.size(), 9u + 2 * 4);
  ASSERT_TRUE(CopyPicture(picture, options, copy.data(), copy.size()).ok());
  EXPECT_EQ(copy[0], bytes[4 * 8 + 2]);
  EXPECT_EQ(copy[8], bytes[6 * 8 + 4]);
  EXPECT_EQ(copy[9], bytes[64 + 2 * 4 + 1]);
  for (const Rect& rect : {Rect{1, 0, 2, 2}, Rect{0, 3, 2, 2}, Rect{4, 4, 6, 2}, Rect{-2, 0, 4, 4},
                           Rect{0, 0, 4, 0}, Rect{2, 2, INT32_MAX, 2}}) {
    options.rect = rect;
    EXPECT_FALSE(CopySize(picture, options).ok()) << rect.x << "," << rect.y;
  }
}

TEST(PictureCopy, ConvertsToRgb) {
  Bytes white(PackedSize(AV_PIX_FMT_YUV420P, 6, 4), 128);
  std::fill_n(white.begin(), 24, static_cast<uint8_t>(235));
  Result<FramePtr> made = MakeFrame(InitOf(AV_PIX_FMT_YUV420P, 6, 4), white.data(), white.size());
  const VideoPicture picture = PictureOf(std::move(made.value()));
  CopyOptions options;
  options.format = AV_PIX_FMT_RGBA;
  Bytes copy(CopySize(picture, options).value());
  ASSERT_EQ(copy.size(), 96u);
  ASSERT_TRUE(CopyPicture(picture, options, copy.data(), copy.size()).ok());
  for (const uint8_t value : copy) EXPECT_GE(value, 253);
}

TEST(PictureCopy, RefusesADestinationThatIsTooSmall) {
  const Bytes bytes = Counted(PackedSize(AV_PIX_FMT_NV12, 8, 8));
  Result<FramePtr> made = MakeFrame(InitOf(AV_PIX_FMT_NV12, 8, 8), bytes.data(), bytes.size());
  const VideoPicture picture = PictureOf(std::move(made.value()));
  Bytes copy(bytes.size() - 1);
  EXPECT_FALSE(CopyPicture(picture, {}, copy.data(), copy.size()).ok());
  EXPECT_FALSE(CopyPicture(picture, {}, nullptr, bytes.size()).ok());
}

TEST(PictureInit, ThatDoesNotFitIsRefused) {
  const Bytes bytes = Counted(1000);
  const auto refused = [&](PictureInit init, size_t size) {
    Result<FramePtr> made = MakeFrame(init, bytes.data(), size);
    return !made.ok() && made.error().kind == ErrorKind::kData;
  };
  PictureInit good = InitOf(AV_PIX_FMT_YUV420P, 8, 8);
  EXPECT_FALSE(refused(good, 96));
  EXPECT_TRUE(refused(good, 95));
  EXPECT_TRUE(refused(InitOf(AV_PIX_FMT_NONE, 8, 8), 1000));
  EXPECT_TRUE(refused(InitOf(AV_PIX_FMT_YUV420P, 0, 8), 1000));
  EXPECT_TRUE(refused(InitOf(AV_PIX_FMT_YUV420P, -8, 8), 1000));
  EXPECT_TRUE(refused(InitOf(AV_PIX_FMT_RGBA, INT32_MAX, INT32_MAX), 1000));
  const std::vector<std::vector<PlaneLayout>> garbage = {
      {{0, 8}},                               // a plane is missing
      {{0, 7}, {64, 4}, {80, 4}},             // a stride shorter than a row
      {{0, 8}, {60, 4}, {80, 4}},             // overlapping
      {{0, 8}, {64, 4}, {64, 4}},             // the same place twice
      {{0, SIZE_MAX / 4}, {64, 4}, {80, 4}},  // a stride that overflows
      {{SIZE_MAX - 8, 8}, {64, 4}, {80, 4}},  // an offset that overflows
      {{2000, 8}, {64, 4}, {80, 4}},          // past the end
  };
  for (const std::vector<PlaneLayout>& layout : garbage) {
    good.layout = layout;
    EXPECT_TRUE(refused(good, 1000));
  }
}

TEST(PictureShare, HoldsThePixelsLongerThanTheFirstHolder) {
  const Bytes bytes = Counted(64);
  Result<FramePtr> made = MakeFrame(InitOf(AV_PIX_FMT_RGBA, 4, 4), bytes.data(), bytes.size());
  VideoPicture picture = PictureOf(std::move(made.value()));
  picture.timestamp = 7;
  picture.rotation = 90;
  Result<VideoPicture> shared = SharePicture(picture);
  ASSERT_TRUE(shared.ok());
  EXPECT_EQ(shared.value().frame->data[0], picture.frame->data[0]);
  picture.frame.reset();
  EXPECT_FALSE(SharePicture(picture).ok());
  Bytes copy(64);
  ASSERT_TRUE(CopyPicture(shared.value(), {}, copy.data(), copy.size()).ok());
  EXPECT_EQ(copy, bytes);
  EXPECT_EQ(shared.value().timestamp, 7);
  EXPECT_EQ(shared.value().rotation, 90);
}

// Memory at a place of our choosing, and whether it was let go of.
struct Lent {
  explicit Lent(size_t size, size_t offset = 0)
      : pages(static_cast<uint8_t*>(std::aligned_alloc(4096, (size + offset + 8191) / 4096 * 4096)),
              std::free),
        data(pages.get() + offset),
        size(size) {
    std::fill(data, data + size, uint8_t{77});
  }
  BufferPtr Buffer() {
    const auto end = [](void* lent, uint8_t*) { static_cast<Lent*>(lent)->ended = true; };
    return BufferPtr(av_buffer_create(data, size, end, this, AV_BUFFER_FLAG_READONLY));
  }

  std::unique_ptr<uint8_t, decltype(&std::free)> pages;
  uint8_t* data;
  size_t size;
  bool ended = false;
};

TEST(PictureBorrow, ReadsThePixelsWhereTheyAreUntilTheLastFrameGoes) {
  const PictureInit init = InitOf(AV_PIX_FMT_YUV420P, 64, 16);
  Lent lent(PackedSize(init.format, 64, 16));
  Result<FramePtr> made = BorrowFrame(init, lent.Buffer());
  ASSERT_TRUE(made.ok() && made.value() != nullptr);
  FramePtr& frame = made.value();
  EXPECT_EQ(frame->data[0], lent.data);
  EXPECT_EQ(frame->data[2], lent.data + 64 * 16 + 32 * 8);
  EXPECT_EQ(frame->linesize[1], 32);
  EXPECT_FALSE(av_frame_is_writable(frame.get()));
  FramePtr second = ShareFrame(*frame);
  frame.reset();
  EXPECT_FALSE(lent.ended);
  second.reset();
  EXPECT_TRUE(lent.ended);
}

TEST(PictureBorrow, LeavesWhatVectorCodeCouldNotReadToACopy) {
  struct Case {
    int width;
    size_t offset;
  };
  const size_t packed = PackedSize(AV_PIX_FMT_YUV420P, 64, 16);
  for (const Case& c : {Case{60, 0}, Case{64, 8}, Case{64, 4096 - packed}}) {
    const PictureInit init = InitOf(AV_PIX_FMT_YUV420P, c.width, 16);
    Lent lent(PackedSize(init.format, c.width, 16), c.offset);
    Result<FramePtr> made = BorrowFrame(init, lent.Buffer());
    ASSERT_TRUE(made.ok()) << c.width << " at " << c.offset;
    EXPECT_EQ(made.value(), nullptr) << c.width << " at " << c.offset;
    EXPECT_TRUE(lent.ended);
  }
}

TEST(PictureBorrow, RefusesBytesThatHoldNoSuchPicture) {
  const PictureInit init = InitOf(AV_PIX_FMT_YUV420P, 64, 16);
  Lent lent(PackedSize(init.format, 64, 16) - 1);
  Result<FramePtr> made = BorrowFrame(init, lent.Buffer());
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().kind, ErrorKind::kData);
  EXPECT_FALSE(BorrowFrame(init, nullptr).ok());
}

}  // namespace
}  // namespace webcodecs
