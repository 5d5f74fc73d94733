#include "image_compose.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "picture.h"
#include "pixel_memory.h"

namespace webcodecs {
namespace {

constexpr int kPixel = 4;
constexpr int kAlpha = 3;
constexpr int kOpaque = 255;

uint8_t* RowOf(AVFrame& canvas, int x, int y) {
  return canvas.data[0] + ptrdiff_t{y} * canvas.linesize[0] + ptrdiff_t{x} * kPixel;
}

const uint8_t* RowOf(const AVFrame& picture, int x, int y) {
  return picture.data[0] + ptrdiff_t{y} * picture.linesize[0] + ptrdiff_t{x} * kPixel;
}

// The part of `rect` that lies in a picture of this size; empty where there is none.
Rect Inside(const Rect& rect, int width, int height) {
  const int left = std::clamp(rect.x, 0, width);
  const int top = std::clamp(rect.y, 0, height);
  const int64_t right = std::min<int64_t>(int64_t{rect.x} + rect.width, width);
  const int64_t bottom = std::min<int64_t>(int64_t{rect.y} + rect.height, height);
  if (right <= left || bottom <= top) return {};
  return {left, top, static_cast<int>(right - left), static_cast<int>(bottom - top)};
}

void Clear(AVFrame& canvas, const Rect& rect) {
  for (int y = 0; y < rect.height; ++y) {
    std::memset(RowOf(canvas, rect.x, rect.y + y), 0, size_t{kPixel} * rect.width);
  }
}

// Source over destination, both with straight alpha.
void BlendPixel(const uint8_t* from, uint8_t* to) {
  const int alpha = from[kAlpha];
  if (alpha == 0) return;
  if (alpha == kOpaque || to[kAlpha] == 0) {
    std::memcpy(to, from, kPixel);
    return;
  }
  // In units of 1/255².
  const int above = alpha * kOpaque;
  const int below = to[kAlpha] * (kOpaque - alpha);
  const int sum = above + below;
  for (int i = 0; i < kAlpha; ++i) {
    to[i] = static_cast<uint8_t>((from[i] * above + to[i] * below + sum / 2) / sum);
  }
  to[kAlpha] = static_cast<uint8_t>((sum + kOpaque / 2) / kOpaque);
}

void PremultiplyPixel(const uint8_t* from, uint8_t* to) {
  const int alpha = from[kAlpha];
  for (int i = 0; i < kAlpha; ++i) {
    to[i] = static_cast<uint8_t>((from[i] * alpha + kOpaque / 2) / kOpaque);
  }
  to[kAlpha] = from[kAlpha];
}

void DrawRow(const uint8_t* from, uint8_t* to, int width, const CanvasStep& step) {
  if (!step.blend && !step.premultiply) {
    std::memcpy(to, from, size_t{kPixel} * width);
    return;
  }
  uint8_t own[kPixel];
  for (int x = 0; x < width; ++x, from += kPixel, to += kPixel) {
    if (step.premultiply) PremultiplyPixel(from, own);
    const uint8_t* source = step.premultiply ? own : from;
    if (step.blend) {
      BlendPixel(source, to);
    } else {
      std::memcpy(to, source, kPixel);
    }
  }
}

}  // namespace

Result<VideoPicture> ComposeImage(const VideoPicture* before, const VideoPicture& picture,
                                  const CanvasStep& step) {
  if (before != nullptr &&
      (before->frame->format != AV_PIX_FMT_RGBA || before->frame->width != step.width ||
       before->frame->height != step.height)) {
    return Error{ErrorKind::kData, 0, "", "The canvas before has another size or format."};
  }
  TransformOptions to_rgba;
  to_rgba.format = AV_PIX_FMT_RGBA;
  Result<VideoPicture> drawn = TransformPicture(picture, to_rgba);
  if (!drawn.ok()) return drawn;
  const AVFrame& source = *drawn.value().frame;

  Result<FramePtr> made = AllocateFrame(AV_PIX_FMT_RGBA, step.width, step.height);
  if (!made.ok()) return std::move(made.error());
  AVFrame& canvas = *made.value();
  const Rect whole{0, 0, step.width, step.height};
  if (before == nullptr) {
    Clear(canvas, whole);
  } else {
    for (int y = 0; y < step.height; ++y) {
      std::memcpy(RowOf(canvas, 0, y), RowOf(*before->frame, 0, y), size_t{kPixel} * step.width);
    }
  }
  Clear(canvas, Inside(step.clear, step.width, step.height));
  const Rect target =
      Inside({step.x, step.y, source.width, source.height}, step.width, step.height);
  for (int y = target.y; y < target.y + target.height; ++y) {
    DrawRow(RowOf(source, target.x - step.x, y - step.y), RowOf(canvas, target.x, y), target.width,
            step);
  }

  canvas.color_primaries = source.color_primaries;
  canvas.color_trc = source.color_trc;
  canvas.colorspace = AVCOL_SPC_RGB;
  canvas.color_range = AVCOL_RANGE_JPEG;
  VideoPicture result;
  result.visible = whole;
  result.display_width = step.width;
  result.display_height = step.height;
  result.frame = std::move(made.value());
  return result;
}

}  // namespace webcodecs
