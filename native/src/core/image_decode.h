// Still images, and single frames of animations, out of their coded bytes.
#pragma once

#include <optional>
#include <string>

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

}  // namespace webcodecs
