#include "bind/values_to_js.h"

#include <cstring>

#include "bind/environment.h"
#include "core/picture.h"

namespace webcodecs::bind {
namespace {

Napi::Value CodePointToJs(Napi::Env env, std::optional<int> value) {
  if (!value) return env.Null();
  return Napi::Number::New(env, *value);
}

Napi::Value FlagToJs(Napi::Env env, std::optional<bool> value) {
  if (!value) return env.Null();
  return Napi::Boolean::New(env, *value);
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
  object.Set("fullRange", FlagToJs(env, color.full_range));
  return object;
}

Napi::Object PictureInfoToJs(Napi::Env env, const VideoPicture& picture) {
  const AVFrame& frame = *picture.frame;
  const ColorSpace color = ColorOf(frame);
  const auto number = [env](double value) { return Napi::Number::New(env, value); };
  return Environment::Of(env)
      .make_picture_info
      .Call({
          Napi::String::New(env, PixelFormatName(static_cast<AVPixelFormat>(frame.format))),
          number(frame.width),
          number(frame.height),
          number(picture.visible.x),
          number(picture.visible.y),
          number(picture.visible.width),
          number(picture.visible.height),
          number(picture.display_width),
          number(picture.display_height),
          number(picture.rotation),
          Napi::Boolean::New(env, picture.flip),
          number(static_cast<double>(picture.timestamp)),
          ToJs(env, picture.duration),
          CodePointToJs(env, color.primaries),
          CodePointToJs(env, color.transfer),
          CodePointToJs(env, color.matrix),
          FlagToJs(env, color.full_range),
      })
      .As<Napi::Object>();
}

}  // namespace webcodecs::bind
