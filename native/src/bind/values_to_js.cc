#include "bind/values_to_js.h"

#include <cstring>

#include "core/picture.h"

namespace webcodecs::bind {
namespace {

Napi::Value CodePointToJs(Napi::Env env, std::optional<int> value) {
  if (!value) return env.Null();
  return Napi::Number::New(env, *value);
}

// H.273 calls 2 "unspecified".
std::optional<int> Specified(int code_point) {
  constexpr int kUnspecified = 2;
  if (code_point == kUnspecified) return std::nullopt;
  return code_point;
}

ColorSpace ColorOf(const AVFrame& frame) {
  ColorSpace color;
  color.primaries = Specified(frame.color_primaries);
  color.transfer = Specified(frame.color_trc);
  color.matrix = Specified(frame.colorspace);
  if (frame.color_range == AVCOL_RANGE_JPEG) color.full_range = true;
  if (frame.color_range == AVCOL_RANGE_MPEG) color.full_range = false;
  return color;
}

}  // namespace

Napi::Value ToJs(Napi::Env env, std::optional<double> value) {
  if (!value) return env.Null();
  return Napi::Number::New(env, *value);
}

Napi::Value BytesToJs(Napi::Env env, const uint8_t* data, size_t size) {
  Napi::Uint8Array bytes = Napi::Uint8Array::New(env, size);
  if (size > 0) std::memcpy(bytes.Data(), data, size);
  return bytes;
}

Napi::Object ColorToJs(Napi::Env env, const ColorSpace& color) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("primaries", CodePointToJs(env, color.primaries));
  object.Set("transfer", CodePointToJs(env, color.transfer));
  object.Set("matrix", CodePointToJs(env, color.matrix));
  object.Set("fullRange", color.full_range ? Napi::Value(Napi::Boolean::New(env, *color.full_range))
                                           : Napi::Value(env.Null()));
  return object;
}

Napi::Object PictureInfoToJs(Napi::Env env, const VideoPicture& picture) {
  const AVFrame& frame = *picture.frame;
  Napi::Object visible = Napi::Object::New(env);
  visible.Set("x", picture.visible.x);
  visible.Set("y", picture.visible.y);
  visible.Set("width", picture.visible.width);
  visible.Set("height", picture.visible.height);

  Napi::Object info = Napi::Object::New(env);
  info.Set("format", PixelFormatName(static_cast<AVPixelFormat>(frame.format)));
  info.Set("codedWidth", frame.width);
  info.Set("codedHeight", frame.height);
  info.Set("visibleRect", visible);
  info.Set("displayWidth", picture.display_width);
  info.Set("displayHeight", picture.display_height);
  info.Set("rotation", picture.rotation);
  info.Set("flip", picture.flip);
  info.Set("timestamp", ToJs(env, picture.timestamp));
  info.Set("duration", ToJs(env, picture.duration));
  info.Set("color", ColorToJs(env, ColorOf(frame)));
  return info;
}

}  // namespace webcodecs::bind
