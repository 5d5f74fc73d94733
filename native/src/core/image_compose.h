// Animations: frames drawn over what is on the canvas.
#pragma once

#include "types.h"

namespace webcodecs {

struct CanvasStep {
  int width = 0;  // of the canvas
  int height = 0;
  Rect clear;  // made transparent before drawing; empty: nothing
  int x = 0;   // where the picture's upper left corner goes; what lies outside is cut off
  int y = 0;
  bool blend = false;        // over what is there, else in its place
  bool premultiply = false;  // of the picture's own pixels
};

// A new canvas in RGBA: a copy of `before` (transparent where null), cleared, then drawn upon.
// Alpha is straight. kData where `before` is not of the canvas's size.
Result<VideoPicture> ComposeImage(const VideoPicture* before, const VideoPicture& picture,
                                  const CanvasStep& step);

}  // namespace webcodecs
