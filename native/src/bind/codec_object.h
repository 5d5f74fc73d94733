// NativeCodec of native/index.ts.
#pragma once

#include <memory>

#include "bind/codec_link.h"
#include "bind/wrapped_object.h"

namespace webcodecs::bind {

class CodecObject : public WrappedObject<CodecObject> {
 public:
  static constexpr char kName[] = "NativeCodec";

  static Napi::Function DefineClass(Napi::Env env);
  // createCodec of native/index.ts.
  static Napi::Value Create(const Napi::CallbackInfo& info);

  static std::unique_ptr<CodecObject> TakeNew(Environment& environment);
  // Collected without close: the thread ends all the same.
  void Finalize(Napi::Env) { link_->worker().Close(); }

  explicit CodecObject(std::shared_ptr<CodecLink> link) : link_(std::move(link)) {}

 private:
  Napi::Value Configure(const Napi::CallbackInfo& info);
  Napi::Value EncodeVideo(const Napi::CallbackInfo& info);
  Napi::Value EncodeAudio(const Napi::CallbackInfo& info);
  Napi::Value Decode(const Napi::CallbackInfo& info);
  Napi::Value Flush(const Napi::CallbackInfo& info);
  Napi::Value Reset(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);

  void Expect(Napi::Env env, bool right_kind, const char* method) const;
  // Throws an Error named after the refusal.
  Napi::Value Push(Napi::Env env, Command&& command);

  const std::shared_ptr<CodecLink> link_;
};

}  // namespace webcodecs::bind
