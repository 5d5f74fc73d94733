#include "picture.h"

extern "C" {
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <climits>
#include <cstring>
#include <optional>
#include <utility>

#include "picture_scale.h"
#include "pixel_memory.h"

namespace webcodecs {
namespace {

constexpr int kGreatestSide = 16384;

struct NamedFormat {
  const char* name;
  AVPixelFormat format;
};

// WebCodecs' formats; I420AP12 has no counterpart in FFmpeg.
constexpr NamedFormat kFormats[] = {
    {"I420", AV_PIX_FMT_YUV420P},
    {"I420P10", AV_PIX_FMT_YUV420P10LE},
    {"I420P12", AV_PIX_FMT_YUV420P12LE},
    {"I420A", AV_PIX_FMT_YUVA420P},
    {"I420AP10", AV_PIX_FMT_YUVA420P10LE},
    {"I422", AV_PIX_FMT_YUV422P},
    {"I422P10", AV_PIX_FMT_YUV422P10LE},
    {"I422P12", AV_PIX_FMT_YUV422P12LE},
    {"I422A", AV_PIX_FMT_YUVA422P},
    {"I422AP10", AV_PIX_FMT_YUVA422P10LE},
    {"I422AP12", AV_PIX_FMT_YUVA422P12LE},
    {"I444", AV_PIX_FMT_YUV444P},
    {"I444P10", AV_PIX_FMT_YUV444P10LE},
    {"I444P12", AV_PIX_FMT_YUV444P12LE},
    {"I444A", AV_PIX_FMT_YUVA444P},
    {"I444AP10", AV_PIX_FMT_YUVA444P10LE},
    {"I444AP12", AV_PIX_FMT_YUVA444P12LE},
    {"NV12", AV_PIX_FMT_NV12},
    {"RGBA", AV_PIX_FMT_RGBA},
    {"RGBX", AV_PIX_FMT_RGB0},
    {"BGRA", AV_PIX_FMT_BGRA},
    {"BGRX", AV_PIX_FMT_BGR0},
};

Error DataError(std::string message) { return Error{ErrorKind::kData, 0, "", std::move(message)}; }

// One plane of a packed or laid out picture.
struct PlaneSpan {
  size_t offset = 0;
  size_t stride = 0;
  size_t row_bytes = 0;
  size_t rows = 0;

  size_t end() const { return offset + stride * (rows - 1) + row_bytes; }
};

// The planes of a picture of this size, tightly packed. Empty where the format or size can't be.
std::vector<PlaneSpan> PackedPlanes(AVPixelFormat format, int width, int height) {
  const AVPixFmtDescriptor* descriptor = av_pix_fmt_desc_get(format);
  if (descriptor == nullptr || width < 1 || height < 1 || width > kGreatestSide ||
      height > kGreatestSide) {
    return {};
  }
  std::vector<PlaneSpan> planes;
  size_t offset = 0;
  for (int i = 0; i < av_pix_fmt_count_planes(format); ++i) {
    const int row_bytes = av_image_get_linesize(format, width, i);
    if (row_bytes <= 0) return {};
    const bool chroma = i == 1 || i == 2;
    PlaneSpan plane;
    plane.offset = offset;
    plane.row_bytes = static_cast<size_t>(row_bytes);
    plane.stride = plane.row_bytes;
    plane.rows =
        static_cast<size_t>(AV_CEIL_RSHIFT(height, chroma ? descriptor->log2_chroma_h : 0));
    offset += plane.row_bytes * plane.rows;
    planes.push_back(plane);
  }
  return planes;
}

// The planes as `layout` puts them: each row within its stride, no plane in another, nothing past
// what size_t counts.
Result<std::vector<PlaneSpan>> LaidOutPlanes(AVPixelFormat format, int width, int height,
                                             const std::vector<PlaneLayout>& layout) {
  std::vector<PlaneSpan> planes = PackedPlanes(format, width, height);
  if (planes.empty()) {
    return DataError("There is no picture of this format at " + std::to_string(width) + "×" +
                     std::to_string(height) + ".");
  }
  if (layout.empty()) return planes;
  if (layout.size() != planes.size()) {
    return DataError("The layout has " + std::to_string(layout.size()) + " planes, the format " +
                     std::to_string(planes.size()) + ".");
  }
  for (size_t i = 0; i < planes.size(); ++i) {
    PlaneSpan& plane = planes[i];
    plane.offset = layout[i].offset;
    plane.stride = layout[i].stride;
    const std::string name = "Plane " + std::to_string(i);
    if (plane.stride < plane.row_bytes) {
      return DataError(name + " has a stride of " + std::to_string(plane.stride) +
                       " bytes, its rows have " + std::to_string(plane.row_bytes) + ".");
    }
    size_t span = 0;
    size_t end = 0;
    if (__builtin_mul_overflow(plane.stride, plane.rows - 1, &span) ||
        __builtin_add_overflow(span, plane.row_bytes, &span) ||
        __builtin_add_overflow(span, plane.offset, &end)) {
      return DataError(name + " reaches further than memory does.");
    }
    for (size_t earlier = 0; earlier < i; ++earlier) {
      if (plane.offset < planes[earlier].end() && planes[earlier].offset < plane.end()) {
        return DataError(name + " overlaps plane " + std::to_string(earlier) + ".");
      }
    }
  }
  return planes;
}

size_t EndOf(const std::vector<PlaneSpan>& planes) {
  size_t end = 0;
  for (const PlaneSpan& plane : planes) end = std::max(end, plane.end());
  return end;
}

// The planes of `init`, all of which lie in the `size` bytes at `data`.
Result<std::vector<PlaneSpan>> PlanesIn(const PictureInit& init, const uint8_t* data, size_t size) {
  Result<std::vector<PlaneSpan>> planes =
      LaidOutPlanes(init.format, init.coded_width, init.coded_height, init.layout);
  if (!planes.ok()) return planes;
  const size_t needed = EndOf(planes.value());
  if (data == nullptr || size < needed) {
    return DataError("The picture takes " + std::to_string(needed) + " bytes, the data has " +
                     std::to_string(size) + ".");
  }
  return planes;
}

bool MayReadInPlace(const std::vector<PlaneSpan>& planes, const uint8_t* data, size_t size) {
  constexpr uintptr_t kAlignment = 16;   // what libswscale asks for
  constexpr uintptr_t kWidestRead = 64;  // an AVX-512 register
  constexpr uintptr_t kPage = 4096;      // or a multiple of it
  const auto address = reinterpret_cast<uintptr_t>(data);
  const uintptr_t last = address + size - 1;
  if (last / kPage != (last + kWidestRead) / kPage) return false;
  return std::all_of(planes.begin(), planes.end(), [&](const PlaneSpan& plane) {
    return (address + plane.offset) % kAlignment == 0 && plane.stride % kAlignment == 0 &&
           plane.stride <= static_cast<size_t>(INT_MAX);
  });
}

void CopyRows(uint8_t* to, ptrdiff_t to_stride, const uint8_t* from, ptrdiff_t from_stride,
              size_t row_bytes, size_t rows) {
  if (to_stride == from_stride && static_cast<size_t>(to_stride) == row_bytes) {
    std::memcpy(to, from, row_bytes * rows);
    return;
  }
  for (size_t y = 0; y < rows; ++y, to += to_stride, from += from_stride) {
    std::memcpy(to, from, row_bytes);
  }
}

// The rectangle and format that a copy means, checked against the picture.
struct CopyPlan {
  Rect rect;
  AVPixelFormat format = AV_PIX_FMT_NONE;
  std::vector<PlaneSpan> planes;
};

Result<CopyPlan> PlanCopy(const VideoPicture& picture, const CopyOptions& options) {
  if (picture.frame == nullptr) return DataError("The frame was closed.");
  const AVFrame& frame = *picture.frame;
  const auto own = static_cast<AVPixelFormat>(frame.format);
  CopyPlan plan;
  plan.rect = options.rect.width == 0 && options.rect.height == 0 ? picture.visible : options.rect;
  plan.format = options.format == AV_PIX_FMT_NONE ? own : options.format;
  if (!Contains(frame.width, frame.height, plan.rect)) {
    return DataError("The rectangle does not lie in the frame.");
  }
  if (!StartsAtChromaSample(own, plan.rect)) {
    return DataError("The rectangle does not start at a whole sample of the frame's format.");
  }
  Result<std::vector<PlaneSpan>> planes =
      LaidOutPlanes(plan.format, plan.rect.width, plan.rect.height, options.layout);
  if (!planes.ok()) return std::move(planes.error());
  plan.planes = std::move(planes.value());
  return plan;
}

}  // namespace

const char* PixelFormatName(AVPixelFormat format) {
  for (const NamedFormat& row : kFormats) {
    if (row.format == format) return row.name;
  }
  return "";
}

AVPixelFormat PixelFormatFromName(const std::string& name) {
  for (const NamedFormat& row : kFormats) {
    if (name == row.name) return row.format;
  }
  return AV_PIX_FMT_NONE;
}

size_t PackedSize(AVPixelFormat format, int width, int height) {
  return EndOf(PackedPlanes(format, width, height));
}

Result<FramePtr> MakeFrame(const PictureInit& init, const uint8_t* data, size_t size) {
  Result<std::vector<PlaneSpan>> planes = PlanesIn(init, data, size);
  if (!planes.ok()) return std::move(planes.error());
  Result<FramePtr> made = AllocateFrame(init.format, init.coded_width, init.coded_height);
  if (!made.ok()) return made;
  AVFrame& frame = *made.value();
  ApplyColor(init.color, frame);
  int index = 0;
  for (const PlaneSpan& plane : planes.value()) {
    CopyRows(frame.data[index], frame.linesize[index], data + plane.offset,
             static_cast<ptrdiff_t>(plane.stride), plane.row_bytes, plane.rows);
    ++index;
  }
  return made;
}

Result<FramePtr> BorrowFrame(const PictureInit& init, BufferPtr buffer) {
  const uint8_t* const data = buffer == nullptr ? nullptr : buffer->data;
  const size_t size = buffer == nullptr ? 0 : buffer->size;
  Result<std::vector<PlaneSpan>> planes = PlanesIn(init, data, size);
  if (!planes.ok()) return std::move(planes.error());
  if (!MayReadInPlace(planes.value(), data, size)) return FramePtr();
  FramePtr frame(av_frame_alloc());
  if (frame == nullptr) {
    return Error{ErrorKind::kOperation, AVERROR(ENOMEM), "av_frame_alloc", ""};
  }
  frame->format = init.format;
  frame->width = init.coded_width;
  frame->height = init.coded_height;
  ApplyColor(init.color, *frame);
  int index = 0;
  for (const PlaneSpan& plane : planes.value()) {
    frame->data[index] = buffer->data + plane.offset;
    frame->linesize[index] = static_cast<int>(plane.stride);
    ++index;
  }
  frame->extended_data = frame->data;
  frame->buf[0] = buffer.release();
  return frame;
}

FramePtr ShareFrame(const AVFrame& frame) { return FramePtr(av_frame_clone(&frame)); }

Result<VideoPicture> SharePicture(const VideoPicture& picture) {
  if (picture.frame == nullptr) return DataError("The frame was closed.");
  VideoPicture shared;
  shared.frame = ShareFrame(*picture.frame);
  if (shared.frame == nullptr) {
    return Error{ErrorKind::kOperation, AVERROR(ENOMEM), "av_frame_clone", ""};
  }
  shared.visible = picture.visible;
  shared.display_width = picture.display_width;
  shared.display_height = picture.display_height;
  shared.timestamp = picture.timestamp;
  shared.duration = picture.duration;
  shared.rotation = picture.rotation;
  shared.flip = picture.flip;
  shared.borrowed = picture.borrowed;
  return shared;
}

Result<size_t> CopySize(const VideoPicture& picture, const CopyOptions& options) {
  Result<CopyPlan> plan = PlanCopy(picture, options);
  if (!plan.ok()) return std::move(plan.error());
  return EndOf(plan.value().planes);
}

Result<void> CopyPicture(const VideoPicture& picture, const CopyOptions& options,
                         uint8_t* destination, size_t size) {
  Result<CopyPlan> planned = PlanCopy(picture, options);
  if (!planned.ok()) return std::move(planned.error());
  const CopyPlan& plan = planned.value();
  const size_t needed = EndOf(plan.planes);
  if (destination == nullptr || size < needed) {
    return DataError("The copy takes " + std::to_string(needed) + " bytes, the destination has " +
                     std::to_string(size) + ".");
  }
  FramePtr source;
  if (plan.format == picture.frame->format) {
    source = ShareFrame(*picture.frame);
    if (source == nullptr) {
      return Error{ErrorKind::kOperation, AVERROR(ENOMEM), "av_frame_clone", ""};
    }
    CropInPlace(*source, plan.rect);
  } else {
    // Not straight into the destination: libswscale may write past the end of a row.
    Result<FramePtr> made = AllocateFrame(plan.format, plan.rect.width, plan.rect.height);
    if (!made.ok()) return std::move(made.error());
    source = std::move(made.value());
    if (!IsRgb(plan.format) && !IsRgb(picture.frame->format)) {
      source->colorspace = picture.frame->colorspace;
      source->color_range = picture.frame->color_range;
    }
    Scaler scaler;
    Result<void> converted = scaler.Run(*picture.frame, plan.rect, *source,
                                        Rect{0, 0, plan.rect.width, plan.rect.height});
    if (!converted.ok()) return converted;
  }
  int index = 0;
  for (const PlaneSpan& plane : plan.planes) {
    CopyRows(destination + plane.offset, static_cast<ptrdiff_t>(plane.stride), source->data[index],
             source->linesize[index], plane.row_bytes, plane.rows);
    ++index;
  }
  return {};
}

}  // namespace webcodecs
