#include "picture_scale.h"

extern "C" {
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
}

#include <algorithm>

namespace webcodecs {
namespace {

int MatrixOf(const AVFrame& frame) {
  const int matrix = frame.colorspace;
  if (IsRgb(frame.format) || matrix == AVCOL_SPC_UNSPECIFIED || matrix == AVCOL_SPC_RGB) {
    return AVCOL_SPC_BT709;
  }
  return matrix;
}

int FullRange(const AVFrame& frame) {
  return IsRgb(frame.format) || frame.color_range == AVCOL_RANGE_JPEG ? 1 : 0;
}

const int* Coefficients(const AVFrame& frame) { return sws_getCoefficients(MatrixOf(frame)); }

struct Planes {
  const uint8_t* data[4] = {};
  int stride[4] = {};
};

// Bytes from the start of plane `plane` to the pixel at (x, y) of the picture.
ptrdiff_t OffsetInPlane(const AVFrame& frame, const AVPixFmtDescriptor& descriptor, int plane,
                        int x, int y) {
  const bool chroma = plane == 1 || plane == 2;
  const int shift_y = chroma ? descriptor.log2_chroma_h : 0;
  int steps[4] = {};
  int components[4] = {};
  av_image_fill_max_pixsteps(steps, components, &descriptor);
  // The luma and alpha components count pixels; a plane that holds chroma counts chroma samples.
  const int shift_x = chroma ? descriptor.log2_chroma_w : 0;
  return ptrdiff_t{y >> shift_y} * frame.linesize[plane] + ptrdiff_t{x >> shift_x} * steps[plane];
}

Planes PlanesAt(const AVFrame& frame, const Rect& rect) {
  Planes planes;
  const AVPixFmtDescriptor& descriptor =
      *av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  for (int i = 0; i < 4 && frame.data[i] != nullptr; ++i) {
    planes.data[i] = frame.data[i] + OffsetInPlane(frame, descriptor, i, rect.x, rect.y);
    planes.stride[i] = frame.linesize[i];
  }
  return planes;
}

}  // namespace

bool IsRgb(int format) {
  const AVPixFmtDescriptor* descriptor = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(format));
  return descriptor != nullptr && (descriptor->flags & AV_PIX_FMT_FLAG_RGB) != 0;
}

void ApplyColor(const ColorSpace& color, AVFrame& frame) {
  frame.color_primaries =
      static_cast<AVColorPrimaries>(color.primaries.value_or(AVCOL_PRI_UNSPECIFIED));
  frame.color_trc =
      static_cast<AVColorTransferCharacteristic>(color.transfer.value_or(AVCOL_TRC_UNSPECIFIED));
  frame.colorspace = static_cast<AVColorSpace>(color.matrix.value_or(AVCOL_SPC_UNSPECIFIED));
  frame.color_range = !color.full_range   ? AVCOL_RANGE_UNSPECIFIED
                      : *color.full_range ? AVCOL_RANGE_JPEG
                                          : AVCOL_RANGE_MPEG;
}

bool StartsAtChromaSample(AVPixelFormat format, const Rect& rect) {
  int log2_w = 0;
  int log2_h = 0;
  if (av_pix_fmt_get_chroma_sub_sample(format, &log2_w, &log2_h) < 0) return false;
  return rect.x % (1 << log2_w) == 0 && rect.y % (1 << log2_h) == 0;
}

bool Contains(int width, int height, const Rect& rect) {
  return rect.x >= 0 && rect.y >= 0 && rect.width > 0 && rect.height > 0 &&
         int64_t{rect.x} + rect.width <= width && int64_t{rect.y} + rect.height <= height;
}

void CropInPlace(AVFrame& frame, const Rect& rect) {
  const Planes planes = PlanesAt(frame, rect);
  for (int i = 0; i < 4; ++i) frame.data[i] = const_cast<uint8_t*>(planes.data[i]);
  frame.width = rect.width;
  frame.height = rect.height;
}

void ApplyWhereOpen(const ColorSpace& color, AVFrame& frame) {
  if (frame.colorspace == AVCOL_SPC_UNSPECIFIED && color.matrix) {
    frame.colorspace = static_cast<AVColorSpace>(*color.matrix);
  }
  if (frame.color_range == AVCOL_RANGE_UNSPECIFIED && color.full_range) {
    frame.color_range = *color.full_range ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  }
}

bool SamplesMean(const ColorSpace& color, const AVFrame& frame) {
  const int* const own = Coefficients(frame);
  return FullRange(frame) == (color.full_range.value_or(false) ? 1 : 0) &&
         std::equal(own, own + 4, sws_getCoefficients(color.matrix.value_or(AVCOL_SPC_BT709)));
}

Result<void> Scaler::Run(const AVFrame& source, const Rect& from, AVFrame& destination,
                         const Rect& to) {
  // Equal colours on both sides are left alone: scaling YUV to YUV must not touch its range.
  const int key[12] = {from.width,
                       from.height,
                       source.format,
                       to.width,
                       to.height,
                       destination.format,
                       MatrixOf(source),
                       FullRange(source),
                       MatrixOf(destination),
                       FullRange(destination)};
  if (context_ == nullptr || !std::equal(std::begin(key), std::end(key), std::begin(key_))) {
    const bool same_size = from.width == to.width && from.height == to.height;
    const bool samples_to_pixels = !IsRgb(source.format) && IsRgb(destination.format);
    // From YUV to RGB each pixel takes the chroma sample that covers it, as in the client.
    const int kernel = !same_size ? SWS_BICUBIC : samples_to_pixels ? SWS_POINT : SWS_BILINEAR;
    const int chroma = same_size && !samples_to_pixels ? SWS_FULL_CHR_H_INP : SWS_FULL_CHR_H_INT;
    const int flags = kernel | chroma | SWS_ACCURATE_RND;
    context_.reset(sws_alloc_context());
    if (context_ == nullptr) {
      return Error{ErrorKind::kOperation, AVERROR(ENOMEM), "sws_alloc_context", ""};
    }
    SwsContext& context = *context_;
    context.src_w = from.width;
    context.src_h = from.height;
    context.src_format = source.format;
    context.dst_w = to.width;
    context.dst_h = to.height;
    context.dst_format = destination.format;
    context.flags = static_cast<unsigned>(flags);
    // Known before it is initialised: equal formats are copied as they are otherwise.
    if (!IsRgb(source.format) && !IsRgb(destination.format)) {
      context.src_range = FullRange(source);
      context.dst_range = FullRange(destination);
    }
    const int code = sws_init_context(&context, nullptr, nullptr);
    if (code < 0) {
      context_.reset();
      return Error{ErrorKind::kNotSupported, code, "sws_init_context",
                   "There is no conversion between these picture formats and sizes."};
    }
    sws_setColorspaceDetails(&context, Coefficients(source), FullRange(source),
                             Coefficients(destination), FullRange(destination), 0, 1 << 16,
                             1 << 16);
    std::copy(std::begin(key), std::end(key), std::begin(key_));
  }
  const Planes in = PlanesAt(source, from);
  const Planes out = PlanesAt(destination, to);
  uint8_t* out_data[4];
  for (int i = 0; i < 4; ++i) out_data[i] = const_cast<uint8_t*>(out.data[i]);
  const int code =
      sws_scale(context_.get(), in.data, in.stride, 0, from.height, out_data, out.stride);
  if (code < 0) return Error{ErrorKind::kOperation, code, "sws_scale", "The conversion failed."};
  return {};
}

}  // namespace webcodecs
