// From the pixel formats that decoders give to those that WebCodecs has names for.
#pragma once

#include "av_ptr.h"

namespace webcodecs {

// The yuvj formats are the yuv formats with the range in the name: it becomes the frame's.
void MoveRangeOutOfFormat(AVFrame& frame);

// The WebCodecs format that loses least of `format`; `format` itself where it is one.
AVPixelFormat NearestFormat(AVPixelFormat format);

}  // namespace webcodecs
