// Crop, rotate, flip and resize for the export path.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "picture.h"
#include "picture_scale.h"
#include "pixel_memory.h"

extern "C" {
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
}

namespace webcodecs {
namespace {

constexpr int kGreatestSide = 16384;

Error DataError(std::string message) { return Error{ErrorKind::kData, 0, "", std::move(message)}; }

const AVPixFmtDescriptor& DescriptorOf(AVPixelFormat format) {
  return *av_pix_fmt_desc_get(format);
}

// A quarter turn swaps the directions of chroma subsampling: what is halved in one direction only
// has to be turned at full chroma.
AVPixelFormat TurnableFormat(AVPixelFormat format, bool quarter_turn) {
  const AVPixFmtDescriptor& descriptor = DescriptorOf(format);
  if (!quarter_turn || descriptor.log2_chroma_w == descriptor.log2_chroma_h) return format;
  switch (format) {
    case AV_PIX_FMT_YUV422P:
      return AV_PIX_FMT_YUV444P;
    case AV_PIX_FMT_YUV422P10LE:
      return AV_PIX_FMT_YUV444P10LE;
    case AV_PIX_FMT_YUV422P12LE:
      return AV_PIX_FMT_YUV444P12LE;
    case AV_PIX_FMT_YUVA422P:
      return AV_PIX_FMT_YUVA444P;
    case AV_PIX_FMT_YUVA422P10LE:
      return AV_PIX_FMT_YUVA444P10LE;
    case AV_PIX_FMT_YUVA422P12LE:
      return AV_PIX_FMT_YUVA444P12LE;
    default:
      return AV_PIX_FMT_NONE;
  }
}

// Writes the pixels of a plane turned clockwise and then mirrored. `width` and `height` are the
// source's.
template <typename Pixel>
void TurnPlane(const uint8_t* from, ptrdiff_t from_stride, uint8_t* to, ptrdiff_t to_stride,
               int width, int height, int rotation, bool flip) {
  const bool quarter = rotation % 180 != 0;
  const int out_width = quarter ? height : width;
  const int out_height = quarter ? width : height;
  // Where the source of output pixel (0, 0) is, and the steps in the source for one column and one
  // row of output.
  const ptrdiff_t pixel = sizeof(Pixel);
  const ptrdiff_t last_x = (width - 1) * pixel;
  const ptrdiff_t last_y = (height - 1) * from_stride;
  ptrdiff_t start = 0;
  ptrdiff_t column = pixel;
  ptrdiff_t row = from_stride;
  switch (rotation) {
    case 90:
      start = last_y, column = -from_stride, row = pixel;
      break;
    case 180:
      start = last_y + last_x, column = -pixel, row = -from_stride;
      break;
    case 270:
      start = last_x, column = from_stride, row = -pixel;
      break;
    default:
      break;
  }
  if (flip) {
    start += column * (out_width - 1);
    column = -column;
  }
  // In tiles, so that the rows which a quarter turn walks across stay in the cache.
  constexpr int kTile = 32;
  for (int top = 0; top < out_height; top += kTile) {
    for (int left = 0; left < out_width; left += kTile) {
      const int bottom = std::min(top + kTile, out_height);
      const int right = std::min(left + kTile, out_width);
      for (int y = top; y < bottom; ++y) {
        const uint8_t* source = from + start + row * y + column * left;
        uint8_t* destination = to + to_stride * y + pixel * left;
        for (int x = left; x < right; ++x, source += column, destination += pixel) {
          std::memcpy(destination, source, sizeof(Pixel));
        }
      }
    }
  }
}

void Turn(const AVFrame& from, AVFrame& to, int rotation, bool flip) {
  const auto format = static_cast<AVPixelFormat>(from.format);
  const AVPixFmtDescriptor& descriptor = DescriptorOf(format);
  int steps[4] = {};
  int components[4] = {};
  av_image_fill_max_pixsteps(steps, components, &descriptor);
  for (int i = 0; i < av_pix_fmt_count_planes(format); ++i) {
    const bool chroma = i == 1 || i == 2;
    const int width = AV_CEIL_RSHIFT(from.width, chroma ? descriptor.log2_chroma_w : 0);
    const int height = AV_CEIL_RSHIFT(from.height, chroma ? descriptor.log2_chroma_h : 0);
    const auto turn = steps[i] == 1   ? TurnPlane<uint8_t>
                      : steps[i] == 2 ? TurnPlane<uint16_t>
                                      : TurnPlane<uint32_t>;
    turn(from.data[i], from.linesize[i], to.data[i], to.linesize[i], width, height, rotation, flip);
  }
}

void FillBackground(AVFrame& frame) {
  const auto format = static_cast<AVPixelFormat>(frame.format);
  ptrdiff_t strides[4];
  for (int i = 0; i < 4; ++i) strides[i] = frame.linesize[i];
  av_image_fill_black(frame.data, strides, format, frame.color_range, frame.width, frame.height);
  if ((DescriptorOf(format).flags & AV_PIX_FMT_FLAG_ALPHA) == 0) return;
  const int plane = IsRgb(format) ? 0 : 3;
  const auto row_bytes = static_cast<size_t>(av_image_get_linesize(format, frame.width, plane));
  for (int y = 0; y < frame.height; ++y) {
    std::memset(frame.data[plane] + ptrdiff_t{y} * frame.linesize[plane], 0, row_bytes);
  }
}

// What goes where, once the options are resolved.
struct Geometry {
  Rect crop;      // of the source, before turning
  Rect target;    // of the result, after turning
  int width = 0;  // of the result
  int height = 0;
};

Rect Centered(const Rect& outer, double aspect) {
  Rect inner = outer;
  if (outer.width > outer.height * aspect) {
    inner.width = std::max(1, static_cast<int>(std::lround(outer.height * aspect)));
  } else {
    inner.height = std::max(1, static_cast<int>(std::lround(outer.width / aspect)));
  }
  // Even offsets, so that they fall on whole chroma samples.
  inner.x = outer.x + (outer.width - inner.width) / 2 / 2 * 2;
  inner.y = outer.y + (outer.height - inner.height) / 2 / 2 * 2;
  return inner;
}

// `side` in whole pixels; what is too long stays so, whatever int holds.
int WholeSide(double side) {
  return static_cast<int>(std::lround(std::clamp(side, 1.0, kGreatestSide + 1.0)));
}

Result<Geometry> Resolve(const VideoPicture& picture, const TransformOptions& options) {
  Geometry geometry;
  const bool no_crop = options.crop.width == 0 && options.crop.height == 0;
  geometry.crop = no_crop ? picture.visible : options.crop;
  if (!Contains(picture.frame->width, picture.frame->height, geometry.crop)) {
    return DataError("The crop rectangle does not lie in the frame.");
  }
  if (options.rotation % 90 != 0 || options.rotation < 0 || options.rotation > 270) {
    return DataError("The rotation has to be 0, 90, 180 or 270, not " +
                     std::to_string(options.rotation) + ".");
  }
  if (options.fit != "fill" && options.fit != "contain" && options.fit != "cover") {
    return DataError("fit has to be fill, contain or cover, not " + options.fit + ".");
  }
  const bool quarter = options.rotation % 180 != 0;
  // The shape as shown, where pixels are not square.
  double shown_width = geometry.crop.width;
  double shown_height = geometry.crop.height;
  if (picture.display_width > 0 && picture.display_height > 0) {
    shown_width *= static_cast<double>(picture.display_width) / picture.visible.width;
    shown_height *= static_cast<double>(picture.display_height) / picture.visible.height;
  }
  double aspect = shown_width / shown_height;
  if (quarter) aspect = 1 / aspect;
  geometry.width = options.width;
  geometry.height = options.height;
  if (geometry.width <= 0 && geometry.height <= 0) {
    geometry.width = quarter ? geometry.crop.height : geometry.crop.width;
    geometry.height = quarter ? geometry.crop.width : geometry.crop.height;
  } else if (geometry.width <= 0) {
    geometry.width = WholeSide(geometry.height * aspect);
  } else if (geometry.height <= 0) {
    geometry.height = WholeSide(geometry.width / aspect);
  }
  if (geometry.width > kGreatestSide || geometry.height > kGreatestSide) {
    return DataError("The greatest side of a picture is " + std::to_string(kGreatestSide) + ".");
  }
  geometry.target = {0, 0, geometry.width, geometry.height};
  if (options.fit == "contain") geometry.target = Centered(geometry.target, aspect);
  if (options.fit == "cover") {
    double wanted = static_cast<double>(geometry.width) / geometry.height;
    if (quarter) wanted = 1 / wanted;
    const double pixel = shown_width / geometry.crop.width / (shown_height / geometry.crop.height);
    geometry.crop = Centered(geometry.crop, wanted / pixel);
  }
  return geometry;
}

}  // namespace

Result<VideoPicture> TransformPicture(const VideoPicture& picture,
                                      const TransformOptions& options) {
  if (picture.frame == nullptr ||
      !Contains(picture.frame->width, picture.frame->height, picture.visible)) {
    return DataError("The frame was closed or has no pixels.");
  }
  Result<Geometry> resolved = Resolve(picture, options);
  if (!resolved.ok()) return std::move(resolved.error());
  const Geometry& geometry = resolved.value();
  const AVFrame& source = *picture.frame;
  const auto own = static_cast<AVPixelFormat>(source.format);
  const AVPixelFormat format = options.format == AV_PIX_FMT_NONE ? own : options.format;
  if (av_pix_fmt_desc_get(format) == nullptr) return DataError("There is no such format.");
  const bool quarter = options.rotation % 180 != 0;
  const bool turned = options.rotation != 0 || options.flip;
  const Rect& target = geometry.target;
  const bool padded = target.width != geometry.width || target.height != geometry.height;

  VideoPicture result;
  result.visible = {0, 0, geometry.width, geometry.height};
  result.display_width = geometry.width;
  result.display_height = geometry.height;
  result.timestamp = picture.timestamp;
  result.duration = picture.duration;

  if (!turned && !padded && format == own && geometry.crop.width == geometry.width &&
      geometry.crop.height == geometry.height && StartsAtChromaSample(own, geometry.crop)) {
    result.frame = ShareFrame(source);
    if (result.frame == nullptr) {
      return Error{ErrorKind::kOperation, AVERROR(ENOMEM), "av_frame_clone", ""};
    }
    CropInPlace(*result.frame, geometry.crop);
    return result;
  }

  const auto make = [&source](AVPixelFormat of, int width, int height) {
    Result<FramePtr> made = AllocateFrame(of, width, height);
    if (made.ok()) {
      AVFrame& frame = *made.value();
      frame.color_primaries = source.color_primaries;
      frame.color_trc = source.color_trc;
      if (IsRgb(of) == IsRgb(source.format)) {
        frame.colorspace = source.colorspace;
        frame.color_range = source.color_range;
      } else {
        frame.colorspace = IsRgb(of) ? AVCOL_SPC_RGB : AVCOL_SPC_BT709;
        frame.color_range = IsRgb(of) ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
      }
    }
    return made;
  };

  Scaler scaler;
  Result<FramePtr> made = make(format, geometry.width, geometry.height);
  if (!made.ok()) return std::move(made.error());
  AVFrame& final = *made.value();
  if (padded) FillBackground(final);
  if (!turned) {
    Result<void> scaled = scaler.Run(source, geometry.crop, final, target);
    if (!scaled.ok()) return std::move(scaled.error());
  } else {
    // Scaled before it is turned: libswscale can't turn, and the two orders differ in nothing else.
    const AVPixelFormat turnable = TurnableFormat(format, quarter);
    if (turnable == AV_PIX_FMT_NONE) return DataError("This format can't be turned.");
    Result<FramePtr> scaled = make(turnable, quarter ? target.height : target.width,
                                   quarter ? target.width : target.height);
    if (!scaled.ok()) return std::move(scaled.error());
    AVFrame& upright = *scaled.value();
    Result<void> run =
        scaler.Run(source, geometry.crop, upright, Rect{0, 0, upright.width, upright.height});
    if (!run.ok()) return std::move(run.error());
    if (turnable == format) {
      FramePtr window = ShareFrame(final);
      if (window == nullptr) {
        return Error{ErrorKind::kOperation, AVERROR(ENOMEM), "av_frame_clone", ""};
      }
      CropInPlace(*window, target);
      Turn(upright, *window, options.rotation, options.flip);
    } else {
      Result<FramePtr> full = make(turnable, target.width, target.height);
      if (!full.ok()) return std::move(full.error());
      Turn(upright, *full.value(), options.rotation, options.flip);
      run = scaler.Run(*full.value(), Rect{0, 0, target.width, target.height}, final, target);
      if (!run.ok()) return std::move(run.error());
    }
  }
  result.frame = std::move(made.value());
  return result;
}

}  // namespace webcodecs
