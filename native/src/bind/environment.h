// What the addon keeps per environment (main thread, each worker thread): nothing of JavaScript is
// ever static.
#pragma once

#include <memory>
#include <unordered_map>

#include "bind/loan.h"
#include "bind/node_api.h"
#include "core/types.h"

namespace webcodecs {
class ImageSequence;
}

namespace webcodecs::bind {

class CodecLink;

// The C++ objects that JavaScript objects of ours wrap, each with its class's name. Looked up in
// every call, where a type tag would cost ten times as much.
using WrappedObjects = std::unordered_map<const void*, const char*>;

struct Environment {
  Napi::FunctionReference picture_class;
  Napi::FunctionReference codec_class;
  Napi::FunctionReference sequence_class;

  // What the next construction of the class takes over: only the addon can fill it, so only the
  // addon can construct.
  std::shared_ptr<const VideoPicture> new_picture;
  std::shared_ptr<CodecLink> new_codec;
  std::shared_ptr<ImageSequence> new_sequence;

  const std::shared_ptr<WrappedObjects> wrapped = std::make_shared<WrappedObjects>();
  // Makes a NativePictureInfo of its values: one call in place of some twenty.
  Napi::FunctionReference make_picture_info;

  const std::shared_ptr<LoanBook> loans = std::make_shared<LoanBook>();

  // Lives as long as `env`.
  static Environment& Of(Napi::Env env) { return *env.GetInstanceData<Environment>(); }
};

}  // namespace webcodecs::bind
