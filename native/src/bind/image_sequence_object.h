// NativeImageSequence of native/index.ts.
#pragma once

#include <memory>

#include "bind/wrapped_object.h"
#include "core/image_decode.h"

namespace webcodecs::bind {

class ImageSequenceObject : public WrappedObject<ImageSequenceObject> {
 public:
  static constexpr char kName[] = "NativeImageSequence";

  static Napi::Function DefineClass(Napi::Env env);
  // createImageSequence of native/index.ts.
  static Napi::Value Create(const Napi::CallbackInfo& info);

  static std::unique_ptr<ImageSequenceObject> TakeNew(Environment& environment);
  void Finalize(Napi::Env) {}

  explicit ImageSequenceObject(std::shared_ptr<ImageSequence> sequence);

  // Throws a TypeError once closed.
  const std::shared_ptr<ImageSequence>& sequence(Napi::Env env) const;

 private:
  Napi::Value Close(const Napi::CallbackInfo& info);

  // Shared with pool tasks that still decode with it. Null once closed.
  std::shared_ptr<ImageSequence> sequence_;
};

}  // namespace webcodecs::bind
