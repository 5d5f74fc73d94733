// Temporal layers of scalabilityMode L1T2 and L1T3: each layer doubles the frame rate of those
// below it, and no frame leans on one of a layer above its own.
#pragma once

#include "av_ptr.h"
#include "result.h"

namespace webcodecs {

// Frames from one of the base layer to the next.
int TemporalPeriod(int layers);

// The layer of the frame that comes `position` frames after a key frame: 0 1, or 0 2 1 2.
int TemporalLayer(int layers, int position);

// Tells the encoder of the layer that `frame` is in, and, for libvpx, which of the three references
// it may use and replace.
Result<void> PutInTemporalLayer(int layers, int position, AVFrame& frame);

}  // namespace webcodecs
