#include "convert.h"

#include <chrono>
#include <memory>

#include "core/av_ptr.h"

extern "C" {
#include <libswscale/swscale.h>
}

namespace webcodecs {
namespace {

FramePtr BlankPicture(AVPixelFormat format, int width, int height) {
  FramePtr frame(av_frame_alloc());
  frame->format = format;
  frame->width = width;
  frame->height = height;
  if (av_frame_get_buffer(frame.get(), 0) < 0) return nullptr;
  return frame;
}

struct FreeScaler {
  void operator()(SwsContext* scaler) const { sws_freeContext(scaler); }
};

}  // namespace

double ConvertRgba(int width, int height, int count) {
  const FramePtr from = BlankPicture(AV_PIX_FMT_RGBA, width, height);
  const FramePtr to = BlankPicture(AV_PIX_FMT_YUV420P, width, height);
  const std::unique_ptr<SwsContext, FreeScaler> scaler(
      sws_getContext(width, height, AV_PIX_FMT_RGBA, width, height, AV_PIX_FMT_YUV420P,
                     SWS_BILINEAR, nullptr, nullptr, nullptr));
  if (!from || !to || !scaler) return -1;
  const auto convert = [&] {
    sws_scale(scaler.get(), from->data, from->linesize, 0, height, to->data, to->linesize);
  };
  convert();
  const auto begun = std::chrono::steady_clock::now();
  for (int index = 0; index < count; ++index) convert();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

}  // namespace webcodecs
