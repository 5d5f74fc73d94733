// Crop, rotation, flip, resize and fit of pictures.
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "core/picture.h"

extern "C" {
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
}

namespace webcodecs {
namespace {

// Each pixel's red is its column, its green its row.
VideoPicture Grid(int width, int height) {
  Bytes bytes;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      bytes.insert(bytes.end(), {static_cast<uint8_t>(x), static_cast<uint8_t>(y), 9, 255});
    }
  }
  PictureInit init;
  init.format = AV_PIX_FMT_RGBA;
  init.coded_width = width;
  init.coded_height = height;
  VideoPicture picture;
  picture.frame = std::move(MakeFrame(init, bytes.data(), bytes.size()).value());
  picture.visible = {0, 0, width, height};
  picture.display_width = width;
  picture.display_height = height;
  picture.timestamp = 11;
  picture.duration = 12;
  return picture;
}

std::pair<int, int> At(const VideoPicture& picture, int x, int y) {
  const uint8_t* pixel = picture.frame->data[0] + y * picture.frame->linesize[0] + 4 * x;
  return {pixel[0], pixel[1]};
}

using Place = std::pair<int, int>;

TEST(PictureTransform, TurnsClockwise) {
  const VideoPicture grid = Grid(40, 20);
  struct Row {
    int rotation;
    bool flip;
    int width;
    Place upper_left;
    Place upper_right;
    Place lower_left;
  };
  for (const Row& row :
       {Row{90, false, 20, {0, 19}, {0, 0}, {39, 19}},
        Row{180, false, 40, {39, 19}, {0, 19}, {39, 0}},
        Row{270, false, 20, {39, 0}, {39, 19}, {0, 0}}, Row{0, true, 40, {39, 0}, {0, 0}, {39, 19}},
        Row{90, true, 20, {0, 0}, {0, 19}, {39, 0}}}) {
    SCOPED_TRACE(std::to_string(row.rotation) + (row.flip ? " flipped" : ""));
    TransformOptions options;
    options.rotation = row.rotation;
    options.flip = row.flip;
    Result<VideoPicture> turned = TransformPicture(grid, options);
    ASSERT_TRUE(turned.ok());
    const VideoPicture& picture = turned.value();
    ASSERT_EQ(picture.frame->width, row.width);
    const int height = picture.frame->height;
    EXPECT_EQ(At(picture, 0, 0), row.upper_left);
    EXPECT_EQ(At(picture, row.width - 1, 0), row.upper_right);
    EXPECT_EQ(At(picture, 0, height - 1), row.lower_left);
    EXPECT_EQ(picture.timestamp, 11);
    EXPECT_EQ(picture.duration, 12);
    EXPECT_EQ(picture.rotation, 0);
  }
}

// One sample of a plane, or the pair or the pixel that stand together.
Bytes SampleAt(const AVFrame& frame, int plane, int x, int y) {
  int steps[4] = {};
  int components[4] = {};
  av_image_fill_max_pixsteps(steps, components,
                             av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format)));
  const uint8_t* sample = frame.data[plane] + y * frame.linesize[plane] + x * steps[plane];
  return Bytes(sample, sample + steps[plane]);
}

TEST(PictureTransform, TurnsEachPlaneOfEveryFormat) {
  for (const char* name :
       {"I420", "I420A", "I420P10", "I422", "I444P12", "I444AP12", "NV12", "BGRX"}) {
    PictureInit init;
    init.format = PixelFormatFromName(name);
    init.coded_width = 34;
    init.coded_height = 18;
    Bytes bytes(PackedSize(init.format, init.coded_width, init.coded_height));
    const bool wide = std::string(name).find('P') != std::string::npos;
    for (size_t i = 0; i < bytes.size(); ++i) {
      bytes[i] = static_cast<uint8_t>(wide && i % 2 == 1 ? i / 2 % 4 : i * 7 + i / 251);
    }
    VideoPicture picture;
    picture.frame = std::move(MakeFrame(init, bytes.data(), bytes.size()).value());
    picture.visible = {0, 0, init.coded_width, init.coded_height};
    const AVPixFmtDescriptor& descriptor = *av_pix_fmt_desc_get(init.format);
    for (const auto& [rotation, flip] :
         {std::pair{0, true}, {90, false}, {90, true}, {180, false}, {270, false}, {270, true}}) {
      const bool quarter = rotation % 180 != 0;
      // Chroma that is halved in one direction only is another one then.
      if (quarter && descriptor.log2_chroma_w != descriptor.log2_chroma_h) continue;
      SCOPED_TRACE(std::string(name) + " " + std::to_string(rotation) + (flip ? " flipped" : ""));
      TransformOptions options;
      options.rotation = rotation;
      options.flip = flip;
      Result<VideoPicture> made = TransformPicture(picture, options);
      ASSERT_TRUE(made.ok()) << made.error().ToString();
      const AVFrame& turned = *made.value().frame;
      for (int plane = 0; plane < av_pix_fmt_count_planes(init.format); ++plane) {
        const bool chroma = plane == 1 || plane == 2;
        const int width = AV_CEIL_RSHIFT(init.coded_width, chroma ? descriptor.log2_chroma_w : 0);
        const int height = AV_CEIL_RSHIFT(init.coded_height, chroma ? descriptor.log2_chroma_h : 0);
        for (int y = 0; y < height; ++y) {
          for (int x = 0; x < width; ++x) {
            int to_x = x;
            int to_y = y;
            if (rotation == 90) to_x = height - 1 - y, to_y = x;
            if (rotation == 180) to_x = width - 1 - x, to_y = height - 1 - y;
            if (rotation == 270) to_x = y, to_y = width - 1 - x;
            if (flip) to_x = (quarter ? height : width) - 1 - to_x;
            ASSERT_EQ(SampleAt(turned, plane, to_x, to_y), SampleAt(*picture.frame, plane, x, y))
                << "plane " << plane << " at " << x << ", " << y;
          }
        }
      }
    }
  }
}

TEST(PictureTransform, OfACropAloneCopiesNothing) {
  const VideoPicture grid = Grid(40, 20);
  TransformOptions options;
  options.crop = {10, 5, 8, 4};
  Result<VideoPicture> cropped = TransformPicture(grid, options);
  ASSERT_TRUE(cropped.ok());
  EXPECT_EQ(cropped.value().frame->width, 8);
  EXPECT_EQ(cropped.value().frame->buf[0]->data, grid.frame->buf[0]->data);
  EXPECT_EQ(At(cropped.value(), 0, 0), Place(10, 5));
}

TEST(PictureTransform, ContainsWithABorderAndCoversByCropping) {
  const VideoPicture grid = Grid(64, 32);
  TransformOptions options;
  options.width = 64;
  options.height = 64;
  options.fit = "contain";
  Result<VideoPicture> contained = TransformPicture(grid, options);
  ASSERT_TRUE(contained.ok());
  const AVFrame& frame = *contained.value().frame;
  EXPECT_EQ(frame.data[0][3], 0);  // transparent
  EXPECT_EQ(frame.data[0][32 * frame.linesize[0] + 3], 255);
  EXPECT_EQ(At(contained.value(), 5, 16), Place(5, 0));
  EXPECT_EQ(At(contained.value(), 5, 47), Place(5, 31));

  options.fit = "cover";
  options.width = 32;
  options.height = 32;
  Result<VideoPicture> covered = TransformPicture(grid, options);
  ASSERT_TRUE(covered.ok());
  EXPECT_EQ(At(covered.value(), 0, 0), Place(16, 0));
  EXPECT_EQ(At(covered.value(), 31, 31), Place(47, 31));
}

TEST(PictureTransform, KeepsEveryFormatThroughEveryTurnAndOddSizes) {
  for (const char* name : {"I420", "I420A", "I422", "I422P10", "I444", "I420P10", "NV12", "RGBA",
                           "BGRX", "I422A", "I444AP12"}) {
    const AVPixelFormat format = PixelFormatFromName(name);
    PictureInit init;
    init.format = format;
    init.coded_width = 33;
    init.coded_height = 17;
    const Bytes bytes(PackedSize(format, 33, 17), 3);
    VideoPicture picture;
    picture.frame = std::move(MakeFrame(init, bytes.data(), bytes.size()).value());
    picture.visible = {0, 0, 33, 17};
    for (const int rotation : {0, 90, 180, 270}) {
      for (const char* fit : {"fill", "contain", "cover"}) {
        SCOPED_TRACE(std::string(name) + " " + std::to_string(rotation) + " " + fit);
        TransformOptions options;
        options.rotation = rotation;
        options.flip = rotation == 90;
        options.width = 21;
        options.height = 19;
        options.fit = fit;
        Result<VideoPicture> made = TransformPicture(picture, options);
        ASSERT_TRUE(made.ok()) << made.error().ToString();
        EXPECT_EQ(made.value().frame->format, format);
        EXPECT_EQ(made.value().visible.width, 21);
        EXPECT_EQ(made.value().visible.height, 19);
      }
    }
  }
}

TEST(PictureTransform, RefusesWhatMakesNoSense) {
  const VideoPicture grid = Grid(40, 20);
  std::vector<TransformOptions> wrong(5);
  wrong[0].rotation = 45;
  wrong[1].crop = {30, 0, 20, 10};
  wrong[2].fit = "stretch";
  wrong[3].width = 1 << 20;
  wrong[4].rotation = -90;
  for (const TransformOptions& options : wrong) {
    Result<VideoPicture> made = TransformPicture(grid, options);
    ASSERT_FALSE(made.ok());
    EXPECT_EQ(made.error().kind, ErrorKind::kData);
  }
}

TEST(PictureTransform, RefusesASideThatTheAspectRatioMakesTooLong) {
  VideoPicture grid = Grid(16, 16);
  grid.display_width = INT32_MAX;
  grid.display_height = 1;
  for (const int height : {2, 8, 16000}) {
    TransformOptions options;
    options.height = height;
    Result<VideoPicture> made = TransformPicture(grid, options);
    ASSERT_FALSE(made.ok()) << made.value().frame->width;
    EXPECT_EQ(made.error().kind, ErrorKind::kData);
  }
}

}  // namespace
}  // namespace webcodecs
