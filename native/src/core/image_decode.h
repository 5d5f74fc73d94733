// Still images, and single frames of animations, out of their coded bytes.
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "av_ptr.h"
#include "types.h"

namespace webcodecs {

struct EncodedImage {
  std::string codec;  // "jpeg" "png" "gif" "webp" "bmp" "av1"
  PacketPtr data;     // one whole image
  PacketPtr alpha;    // "av1": the image whose luma is the alpha; null: none
  // What the container declares; pictures of any other size are refused before memory is taken for
  // them.
  int width = 0;
  int height = 0;
  // The colours are taken for sRGB, whatever the image says about them.
  bool ignore_color = false;
  // Primaries and transfer that an embedded profile says; those without a code point are unknown
  // then, not sRGB's.
  std::optional<ColorSpace> profile;
};

// The picture: RGBA or RGBX where the codec is an RGB one, else the planes that are coded. Alpha is
// straight. What the image leaves open of its colours is sRGB's. kEncoding for bytes that are no
// such image, kNotSupported for an unknown codec.
Result<VideoPicture> DecodeImage(const EncodedImage& image);

// Images that lean on those before them: the samples of an image sequence, in order and beginning
// with one that leans on none. All of them are of one codec and size.
class ImageSequence {
 public:
  // As DecodeImage. After an error a sequence can only begin anew. Any thread, one at a time.
  Result<VideoPicture> Decode(const EncodedImage& image);

 private:
  std::mutex mutex_;
  CodecContextPtr color_;  // null: the next image leans on none
  CodecContextPtr alpha_;
};

}  // namespace webcodecs
