#include "bind/image_sequence_object.h"

#include <utility>

namespace webcodecs::bind {

Napi::Function ImageSequenceObject::DefineClass(Napi::Env env) {
  return WrappedObject::DefineClass(env, {MethodOf<&ImageSequenceObject::Close>("close")});
}

Napi::Value ImageSequenceObject::Create(const Napi::CallbackInfo& info) {
  Environment& environment = Environment::Of(info.Env());
  environment.new_sequence = std::make_shared<ImageSequence>();
  try {
    return environment.sequence_class.New({});
  } catch (...) {
    environment.new_sequence.reset();
    throw;
  }
}

std::unique_ptr<ImageSequenceObject> ImageSequenceObject::TakeNew(Environment& environment) {
  std::shared_ptr<ImageSequence> sequence = std::exchange(environment.new_sequence, nullptr);
  if (!sequence) return nullptr;
  return std::make_unique<ImageSequenceObject>(std::move(sequence));
}

ImageSequenceObject::ImageSequenceObject(std::shared_ptr<ImageSequence> sequence)
    : sequence_(std::move(sequence)) {}

const std::shared_ptr<ImageSequence>& ImageSequenceObject::sequence(Napi::Env env) const {
  if (!sequence_) throw Napi::TypeError::New(env, "The image sequence is closed.");
  return sequence_;
}

Napi::Value ImageSequenceObject::Close(const Napi::CallbackInfo& info) {
  sequence_.reset();
  return info.Env().Undefined();
}

}  // namespace webcodecs::bind
