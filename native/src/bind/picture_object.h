// NativePicture of native/index.ts.
#pragma once

#include <memory>

#include "bind/wrapped_object.h"
#include "core/types.h"

namespace webcodecs::bind {

class PictureObject : public WrappedObject<PictureObject> {
 public:
  static constexpr char kName[] = "NativePicture";

  static Napi::Function DefineClass(Napi::Env env);
  // A JavaScript object that owns `picture`.
  static Napi::Object New(Napi::Env env, VideoPicture&& picture);
  // createPicture of native/index.ts.
  static Napi::Value Create(const Napi::CallbackInfo& info);
  // Open pictures in this process.
  static size_t alive();

  static std::unique_ptr<PictureObject> TakeNew(Environment& environment);
  void Finalize(Napi::Env env) { Release(env); }

  PictureObject(Napi::Env env, std::shared_ptr<const VideoPicture> picture);
  ~PictureObject();
  PictureObject(const PictureObject&) = delete;
  PictureObject& operator=(const PictureObject&) = delete;

  // Throws a TypeError once closed.
  const std::shared_ptr<const VideoPicture>& picture(Napi::Env env) const;

 private:
  Napi::Value Info(const Napi::CallbackInfo& info);
  Napi::Value ByteLength(const Napi::CallbackInfo& info);
  Napi::Value Clone(const Napi::CallbackInfo& info);
  Napi::Value AllocationSize(const Napi::CallbackInfo& info);
  Napi::Value CopyTo(const Napi::CallbackInfo& info);
  Napi::Value Transform(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);

  void Release(Napi::Env env);

  // Shared with pool tasks that still read it. Null once closed.
  std::shared_ptr<const VideoPicture> picture_;
  int64_t bytes_ = 0;  // as told to the garbage collector
};

}  // namespace webcodecs::bind
