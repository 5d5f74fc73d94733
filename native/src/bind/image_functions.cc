#include "bind/image_functions.h"

#include <memory>
#include <utility>

#include "bind/image_sequence_object.h"
#include "bind/js_errors.h"
#include "bind/js_fields.h"
#include "bind/picture_object.h"
#include "bind/pool_task.h"
#include "core/image_compose.h"
#include "core/image_decode.h"
#include "core/media.h"

namespace webcodecs::bind {
namespace {

constexpr int kGreatestSide = 16384;

PacketPtr PacketOf(Napi::Env env, const ByteView& bytes) {
  Result<PacketPtr> made = MakePacket(bytes.data, bytes.size);
  if (!made.ok()) throw MakeError(env, made.error());
  return std::move(made.value());
}

// A task whose value is the picture that `make` returns.
template <typename Make>
Napi::Promise MakePictureOnPool(Napi::Env env, const char* name, Make make) {
  auto result = std::make_shared<VideoPicture>();
  PoolTask task;
  task.name = name;
  task.work = [make = std::move(make), result]() -> Result<void> {
    Result<VideoPicture> made = make();
    if (!made.ok()) return std::move(made.error());
    *result = std::move(made.value());
    return {};
  };
  task.value = [result](Napi::Env env) -> Napi::Value {
    return PictureObject::New(env, std::move(*result));
  };
  return RunOnPool(env, std::move(task));
}

}  // namespace

Napi::Value DecodeImageFromJs(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Fields fields(info[0], "image");
  auto image = std::make_shared<EncodedImage>();
  image->codec = fields.OneOf<std::string>("codec", {{"jpeg", "jpeg"},
                                                     {"png", "png"},
                                                     {"gif", "gif"},
                                                     {"webp", "webp"},
                                                     {"bmp", "bmp"},
                                                     {"av1", "av1"}});
  image->data = PacketOf(env, fields.View("data"));
  if (fields.Has("alpha")) image->alpha = PacketOf(env, fields.View("alpha"));
  image->width = fields.Int("width", 1, kGreatestSide);
  image->height = fields.Int("height", 1, kGreatestSide);
  image->ignore_color = fields.Bool("ignoreColor");
  if (fields.Has("profile")) image->profile = ReadColor(fields.Child("profile"));
  std::shared_ptr<ImageSequence> sequence;
  if (!info[1].IsNull()) sequence = ImageSequenceObject::From(info[1]).sequence(env);
  return MakePictureOnPool(env, "electron-webcodecs:decodeImage",
                           [image, sequence = std::move(sequence)] {
                             return sequence ? sequence->Decode(*image) : DecodeImage(*image);
                           });
}

Napi::Value ComposeImageFromJs(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  std::shared_ptr<const VideoPicture> before;
  if (!info[0].IsNull()) before = PictureObject::From(info[0]).picture(env);
  std::shared_ptr<const VideoPicture> picture = PictureObject::From(info[1]).picture(env);
  const Fields fields(info[2], "step");
  CanvasStep step;
  step.width = fields.Int("width", 1, kGreatestSide);
  step.height = fields.Int("height", 1, kGreatestSide);
  if (fields.Has("clear")) step.clear = ReadRect(fields.Child("clear"));
  step.x = fields.Int("x", 0, 0xffffff);
  step.y = fields.Int("y", 0, 0xffffff);
  step.blend = fields.Bool("blend");
  step.premultiply = fields.Bool("premultiply");
  return MakePictureOnPool(env, "electron-webcodecs:composeImage",
                           [before = std::move(before), picture = std::move(picture), step] {
                             return ComposeImage(before.get(), *picture, step);
                           });
}

}  // namespace webcodecs::bind
