// Memory for pictures that we make ourselves; decoders and encoders have pools of their own.
#pragma once

#include "av_ptr.h"
#include "result.h"

namespace webcodecs {

// A picture's planes in one aligned, uninitialised buffer. What pictures let go of is kept for the
// next one of the same size, up to a bound: the first touch of fresh pages costs more than the copy
// into them. Callable from any thread.
Result<FramePtr> AllocateFrame(AVPixelFormat format, int width, int height);

}  // namespace webcodecs
