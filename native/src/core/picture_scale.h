// Conversion between pixel formats and sizes by libswscale, with the right matrix and range.
#pragma once

#include "types.h"

namespace webcodecs {

// A scaler that keeps its context from call to call, since making one costs more than using it on a
// small picture. For one thread.
class Scaler {
 public:
  // Reads `from` of `source` into `to` of `destination`, whose buffers the caller has made
  // writable. Both rectangles have to lie in their frames; where one starts inside a chroma sample,
  // chroma is taken from that sample. The colours are converted as the two frames' own colour
  // fields say (unspecified: BT.709, limited range for YUV).
  Result<void> Run(const AVFrame& source, const Rect& from, AVFrame& destination, const Rect& to);

 private:
  SwsPtr context_;
  // What context_ was made for.
  int key_[12] = {};
};

// Writes `color` into the frame's colour fields; what it leaves open becomes unspecified.
void ApplyColor(const ColorSpace& color, AVFrame& frame);

// Writes the matrix and range of `color` into the frame where it names none of its own.
void ApplyWhereOpen(const ColorSpace& color, AVFrame& frame);

// True where a YUV frame's samples are what they would be in `color`: one matrix, one range.
bool SamplesMean(const ColorSpace& color, const AVFrame& frame);

// True for the RGB formats.
bool IsRgb(int format);

// True where `rect` starts at a whole chroma sample of `format`.
bool StartsAtChromaSample(AVPixelFormat format, const Rect& rect);

// True where `rect` lies in a picture of this size and has pixels.
bool Contains(int width, int height, const Rect& rect);

// Moves the plane pointers of `frame` to the upper left corner of `rect` and sets its size: a crop
// without a copy. `rect` has to lie in the frame and to start at a whole chroma sample.
void CropInPlace(AVFrame& frame, const Rect& rect);

}  // namespace webcodecs
