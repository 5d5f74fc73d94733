// Small values of core -> JavaScript.
#pragma once

#include <cstdint>
#include <optional>

#include "bind/node_api.h"
#include "core/types.h"

namespace webcodecs::bind {

// A number, or null.
Napi::Value ToJs(Napi::Env env, std::optional<double> value);
// A Uint8Array over an ArrayBuffer of its own, allocated by V8.
Napi::Value BytesToJs(Napi::Env env, const uint8_t* data, size_t size);
// NativeColorSpace; unknown members are null.
Napi::Object ColorToJs(Napi::Env env, const ColorSpace& color);
// NativePictureInfo, made by Environment::make_picture_info.
Napi::Object PictureInfoToJs(Napi::Env env, const VideoPicture& picture);

}  // namespace webcodecs::bind
