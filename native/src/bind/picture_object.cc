#include "bind/picture_object.h"

#include <atomic>
#include <utility>

#include "bind/js_errors.h"
#include "bind/js_fields.h"
#include "bind/picture_from_js.h"
#include "bind/pool_task.h"
#include "bind/values_to_js.h"
#include "core/picture.h"

namespace webcodecs::bind {
namespace {

// A count for leak checks, shared by all environments.
std::atomic<size_t> open_pictures{0};

int64_t BytesOf(const VideoPicture& picture) {
  int64_t bytes = 0;
  for (const AVBufferRef* buffer : picture.frame->buf) {
    if (buffer) bytes += static_cast<int64_t>(buffer->size);
  }
  return bytes;
}

// Options that don't fit the picture are the caller's mistake, anything else is ours.
template <typename T>
T ValueOrThrow(Napi::Env env, Result<T>&& result) {
  if (result.ok()) return std::move(result.value());
  if (result.error().kind == ErrorKind::kData) {
    throw Napi::TypeError::New(env, result.error().ToString());
  }
  throw MakeError(env, result.error());
}

}  // namespace

Napi::Function PictureObject::DefineClass(Napi::Env env) {
  return WrappedObject::DefineClass(
      env,
      {GetterOf<&PictureObject::Info>("info"), GetterOf<&PictureObject::ByteLength>("byteLength"),
       MethodOf<&PictureObject::Clone>("clone"),
       MethodOf<&PictureObject::AllocationSize>("allocationSize"),
       MethodOf<&PictureObject::CopyTo>("copyTo"), MethodOf<&PictureObject::Transform>("transform"),
       MethodOf<&PictureObject::Close>("close")});
}

Napi::Object PictureObject::New(Napi::Env env, VideoPicture&& picture) {
  Environment& environment = Environment::Of(env);
  environment.new_picture = std::make_shared<const VideoPicture>(std::move(picture));
  try {
    return environment.picture_class.New({});
  } catch (...) {
    environment.new_picture.reset();
    throw;
  }
}

std::unique_ptr<PictureObject> PictureObject::TakeNew(Environment& environment) {
  std::shared_ptr<const VideoPicture> picture = std::exchange(environment.new_picture, nullptr);
  if (!picture) return nullptr;
  return std::make_unique<PictureObject>(environment.picture_class.Env(), std::move(picture));
}

Napi::Value PictureObject::Create(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  PictureRequest request = PictureInitFromJs(info[0]);
  const ByteView data = ReadBytes(info[1], "data");
  VideoPicture& picture = request.picture;
  if (picture.borrowed) {
    const std::shared_ptr<LoanBook>& loans = Environment::Of(env).loans;
    loans->Settle(env);
    BufferPtr bytes = LoanBook::Lend(loans, info[1].As<Napi::Uint8Array>());
    picture.frame = ValueOrThrow(env, BorrowFrame(request.init, std::move(bytes)));
    picture.borrowed = picture.frame != nullptr;
  }
  if (!picture.frame) {
    picture.frame = ValueOrThrow(env, MakeFrame(request.init, data.data, data.size));
  }
  return New(env, std::move(picture));
}

size_t PictureObject::alive() { return open_pictures; }

PictureObject::PictureObject(Napi::Env env, std::shared_ptr<const VideoPicture> picture)
    : picture_(std::move(picture)), bytes_(BytesOf(*picture_)) {
  ++open_pictures;
  Napi::MemoryManagement::AdjustExternalMemory(env, bytes_);
}

PictureObject::~PictureObject() {
  if (picture_) --open_pictures;
}

const std::shared_ptr<const VideoPicture>& PictureObject::picture(Napi::Env env) const {
  if (!picture_) throw Napi::TypeError::New(env, "The picture is closed.");
  return picture_;
}

void PictureObject::Release(Napi::Env env) {
  if (!picture_) return;
  picture_.reset();
  --open_pictures;
  int64_t total = 0;
  napi_adjust_external_memory(env, -std::exchange(bytes_, 0), &total);
}

Napi::Value PictureObject::Info(const Napi::CallbackInfo& info) {
  return PictureInfoToJs(info.Env(), *picture(info.Env()));
}

Napi::Value PictureObject::ByteLength(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(bytes_));
}

Napi::Value PictureObject::Clone(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  VideoPicture copy = ValueOrThrow(env, SharePicture(*picture(env)));
  OverrideFromJs(info[0], copy);
  return New(env, std::move(copy));
}

Napi::Value PictureObject::AllocationSize(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const size_t size = ValueOrThrow(env, CopySize(*picture(env), CopyOptionsFromJs(info[0])));
  return Napi::Number::New(env, static_cast<double>(size));
}

Napi::Value PictureObject::CopyTo(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const ByteView destination = ReadBytes(info[0], "destination");
  CopyOptions options = CopyOptionsFromJs(info[1]);
  const size_t needed = ValueOrThrow(env, CopySize(*picture(env), options));
  if (destination.size < needed) {
    throw ArgumentError(env, "destination", "at least " + std::to_string(needed) + " bytes",
                        Napi::Number::New(env, static_cast<double>(destination.size)));
  }
  PoolTask task;
  task.name = "electron-webcodecs:copyTo";
  task.work = [source = picture(env), options = std::move(options), destination] {
    return CopyPicture(*source, options, destination.data, destination.size);
  };
  task.value = [](Napi::Env env) { return env.Undefined(); };
  task.pins.push_back(Napi::Persistent(info[0].As<Napi::Object>()));
  return RunOnPool(env, std::move(task));
}

Napi::Value PictureObject::Transform(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto result = std::make_shared<VideoPicture>();
  PoolTask task;
  task.name = "electron-webcodecs:transform";
  task.work = [source = picture(env), options = TransformFromJs(info[0]),
               result]() -> Result<void> {
    Result<VideoPicture> made = TransformPicture(*source, options);
    if (!made.ok()) return std::move(made.error());
    *result = std::move(made.value());
    return {};
  };
  task.value = [result](Napi::Env env) -> Napi::Value { return New(env, std::move(*result)); };
  return RunOnPool(env, std::move(task));
}

Napi::Value PictureObject::Close(const Napi::CallbackInfo& info) {
  Release(info.Env());
  return info.Env().Undefined();
}

}  // namespace webcodecs::bind
