// What pictures are made with and asked for: native/index.ts -> core's picture.h.
#pragma once

#include "bind/node_api.h"
#include "core/picture.h"

namespace webcodecs::bind {

// NativePictureInit: what MakeFrame needs, and all but the pixels of the picture. Throws a
// TypeError.
struct PictureRequest {
  PictureInit init;
  VideoPicture picture;  // frame still null
};
PictureRequest PictureInitFromJs(const Napi::Value& value);

// Replaces in `picture` what `overrides` (undefined or an object) names. Throws a TypeError.
void OverrideFromJs(const Napi::Value& overrides, VideoPicture& picture);

CopyOptions CopyOptionsFromJs(const Napi::Value& value);
TransformOptions TransformFromJs(const Napi::Value& value);

}  // namespace webcodecs::bind
