#include "bind/picture_from_js.h"

#include <limits>
#include <utility>

#include "bind/js_errors.h"
#include "bind/js_fields.h"

namespace webcodecs::bind {
namespace {

constexpr int kLargestSide = 65535;
constexpr int kLargestInt = std::numeric_limits<int>::max();
constexpr uint32_t kMostPlanes = 4;

AVPixelFormat ReadFormat(const Fields& fields) {
  const AVPixelFormat format = PixelFormatFromName(fields.String("format"));
  if (format == AV_PIX_FMT_NONE) fields.Refuse("format", "a VideoPixelFormat");
  return format;
}

AVPixelFormat ReadOptionalFormat(const Fields& fields) {
  return fields.Has("format") ? ReadFormat(fields) : AV_PIX_FMT_NONE;
}

std::vector<PlaneLayout> ReadLayout(const Fields& fields) {
  std::vector<PlaneLayout> layout;
  if (!fields.Has("layout")) return layout;
  const Napi::Value value = fields.Get("layout");
  if (!value.IsArray()) fields.Refuse("layout", "an array");
  const Napi::Array planes = value.As<Napi::Array>();
  if (planes.Length() > kMostPlanes) fields.Refuse("layout", "an array of at most 4 planes");
  for (uint32_t i = 0; i < planes.Length(); ++i) {
    const Fields plane(planes.Get(i), fields.Path("layout") + "[" + std::to_string(i) + "]");
    layout.push_back({static_cast<size_t>(plane.Int("offset", 0, kLargestInt)),
                      static_cast<size_t>(plane.Int("stride", 0, kLargestInt))});
  }
  return layout;
}

Rect ReadVisible(const Fields& fields, int coded_width, int coded_height) {
  const Rect rect = ReadRect(fields.Child("visibleRect"));
  if (rect.width > coded_width - rect.x || rect.height > coded_height - rect.y) {
    fields.Refuse("visibleRect", "a rectangle inside the coded picture");
  }
  return rect;
}

}  // namespace

PictureRequest PictureInitFromJs(const Napi::Value& value) {
  const Fields fields(value, "init");
  PictureRequest request;
  request.init.format = ReadFormat(fields);
  request.init.coded_width = fields.Int("codedWidth", 1, kLargestSide);
  request.init.coded_height = fields.Int("codedHeight", 1, kLargestSide);
  request.init.layout = ReadLayout(fields);
  request.init.color = ReadColor(fields.Child("color"));
  VideoPicture& picture = request.picture;
  picture.visible = ReadVisible(fields, request.init.coded_width, request.init.coded_height);
  picture.display_width = fields.Int("displayWidth", 1, kLargestInt);
  picture.display_height = fields.Int("displayHeight", 1, kLargestInt);
  picture.rotation = ReadRotation(fields);
  picture.flip = fields.Bool("flip");
  picture.timestamp = fields.Timestamp("timestamp");
  picture.duration = fields.Duration("duration");
  picture.borrowed = fields.Bool("borrow");
  return request;
}

void OverrideFromJs(const Napi::Value& overrides, VideoPicture& picture) {
  if (overrides.IsUndefined()) return;
  const Fields fields(overrides, "overrides");
  const auto named = [&fields](const char* name) { return !fields.Get(name).IsUndefined(); };
  if (named("visibleRect")) {
    picture.visible = ReadVisible(fields, picture.frame->width, picture.frame->height);
  }
  if (named("displayWidth")) picture.display_width = fields.Int("displayWidth", 1, kLargestInt);
  if (named("displayHeight")) picture.display_height = fields.Int("displayHeight", 1, kLargestInt);
  if (named("rotation")) picture.rotation = ReadRotation(fields);
  if (named("flip")) picture.flip = fields.Bool("flip");
  if (named("timestamp")) picture.timestamp = fields.Timestamp("timestamp");
  if (named("duration")) picture.duration = fields.Duration("duration");  // null: none
}

CopyOptions CopyOptionsFromJs(const Napi::Value& value) {
  const Fields fields(value, "options");
  CopyOptions options;
  options.rect = ReadRect(fields.Child("rect"));
  options.format = ReadOptionalFormat(fields);
  options.layout = ReadLayout(fields);
  return options;
}

TransformOptions TransformFromJs(const Napi::Value& value) {
  const Fields fields(value, "options");
  TransformOptions options;
  if (fields.Has("crop")) options.crop = ReadRect(fields.Child("crop"));
  options.rotation = ReadRotation(fields);
  options.flip = fields.Bool("flip");
  options.width = fields.Int("width", 0, kLargestSide);
  options.height = fields.Int("height", 0, kLargestSide);
  options.fit = fields.OneOf<std::string>(
      "fit", {{"fill", "fill"}, {"contain", "contain"}, {"cover", "cover"}});
  options.format = ReadOptionalFormat(fields);
  return options;
}

}  // namespace webcodecs::bind
