// Pictures as values: making, sharing, reading and transforming them. Thread-safe in that all
// inputs are read only.
#pragma once

#include <string>
#include <vector>

#include "types.h"

namespace webcodecs {

// WebCodecs' VideoPixelFormat name <-> AVPixelFormat. "" / AV_PIX_FMT_NONE where there is none.
const char* PixelFormatName(AVPixelFormat format);
AVPixelFormat PixelFormatFromName(const std::string& name);

// A plane in caller-owned memory.
struct PlaneLayout {
  size_t offset = 0;  // bytes from the start of the buffer
  size_t stride = 0;  // bytes from row to row
};

// What `new VideoFrame(data, init)` needs. `layout` has one entry per plane, or is empty for
// tightly packed.
struct PictureInit {
  AVPixelFormat format = AV_PIX_FMT_NONE;
  int coded_width = 0;
  int coded_height = 0;
  std::vector<PlaneLayout> layout;
  ColorSpace color;
};

// Number of bytes that a tightly packed picture of this format and size takes.
size_t PackedSize(AVPixelFormat format, int width, int height);

// Copies `data` into a new, aligned frame. kData error where size or layout do not fit (never reads
// out of bounds).
Result<FramePtr> MakeFrame(const PictureInit& init, const uint8_t* data, size_t size);

// A frame of the pixels in `buffer` itself, which nobody may write to as long as the frame has
// them. Null where FFmpeg's vector code, which reads whole registers, would find other alignment
// than it needs or could leave the buffer's last page: use MakeFrame then. Errors as of MakeFrame.
// Only libswscale and the outside codec libraries read such a frame in place; FFmpeg's own encoders
// also look at the rows below a picture.
Result<FramePtr> BorrowFrame(const PictureInit& init, BufferPtr buffer);

// A second reference to the same pixels.
FramePtr ShareFrame(const AVFrame& frame);
Result<VideoPicture> SharePicture(const VideoPicture& picture);

struct CopyOptions {
  Rect rect;                               // of the coded picture; sample-aligned for its format
  AVPixelFormat format = AV_PIX_FMT_NONE;  // NONE: the picture's own; else one of the RGB formats
                                           // (spec) or any we convert to
  std::vector<PlaneLayout> layout;         // destination; empty: tightly packed
};

// Bytes that CopyPicture needs in the destination.
Result<size_t> CopySize(const VideoPicture& picture, const CopyOptions& options);
// Writes the pixels of `options.rect` into `destination`.
Result<void> CopyPicture(const VideoPicture& picture, const CopyOptions& options,
                         uint8_t* destination, size_t size);

// What the export path asks of a picture: crop, then rotate and flip, then resize, then pad to the
// output.
struct TransformOptions {
  Rect crop;          // empty: the visible rectangle
  int rotation = 0;   // clockwise degrees applied to the pixels: 0, 90, 180, 270
  bool flip = false;  // mirrored horizontally after rotation
  int width = 0;      // of the result in pixels; 0: as is
  int height = 0;
  std::string fit =
      "fill";  // "fill" "contain" (padded with black or transparent) "cover" (cropped)
  AVPixelFormat format = AV_PIX_FMT_NONE;  // NONE: keep
};
// A new picture with upright pixels: rotation 0, flip false, visible = the whole; timestamp and
// duration kept.
Result<VideoPicture> TransformPicture(const VideoPicture& picture, const TransformOptions& options);

}  // namespace webcodecs
