#include "picture_format.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include "picture.h"

namespace webcodecs {

void MoveRangeOutOfFormat(AVFrame& frame) {
  switch (frame.format) {
    case AV_PIX_FMT_YUVJ420P:
      frame.format = AV_PIX_FMT_YUV420P;
      break;
    case AV_PIX_FMT_YUVJ422P:
      frame.format = AV_PIX_FMT_YUV422P;
      break;
    case AV_PIX_FMT_YUVJ444P:
      frame.format = AV_PIX_FMT_YUV444P;
      break;
    default:
      return;
  }
  frame.color_range = AVCOL_RANGE_JPEG;
}

AVPixelFormat NearestFormat(AVPixelFormat format) {
  if (PixelFormatName(format)[0] != '\0') return format;
  constexpr AVPixelFormat kCandidates[] = {
      AV_PIX_FMT_YUV420P,    AV_PIX_FMT_YUV420P10,  AV_PIX_FMT_YUV420P12,  AV_PIX_FMT_YUVA420P,
      AV_PIX_FMT_YUVA420P10, AV_PIX_FMT_YUV422P,    AV_PIX_FMT_YUV422P10,  AV_PIX_FMT_YUV422P12,
      AV_PIX_FMT_YUVA422P,   AV_PIX_FMT_YUVA422P10, AV_PIX_FMT_YUVA422P12, AV_PIX_FMT_YUV444P,
      AV_PIX_FMT_YUV444P10,  AV_PIX_FMT_YUV444P12,  AV_PIX_FMT_YUVA444P,   AV_PIX_FMT_YUVA444P10,
      AV_PIX_FMT_YUVA444P12, AV_PIX_FMT_RGBA,       AV_PIX_FMT_RGB0,
  };
  const AVPixFmtDescriptor* description = av_pix_fmt_desc_get(format);
  const int has_alpha =
      description != nullptr && (description->flags & AV_PIX_FMT_FLAG_ALPHA) != 0 ? 1 : 0;
  AVPixelFormat best = AV_PIX_FMT_NONE;
  for (const AVPixelFormat candidate : kCandidates) {
    if (PixelFormatName(candidate)[0] == '\0') continue;
    best = best == AV_PIX_FMT_NONE
               ? candidate
               : av_find_best_pix_fmt_of_2(best, candidate, format, has_alpha, nullptr);
  }
  return best;
}

}  // namespace webcodecs
