// The addon's entry: NativeBinding of native/index.ts.
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "bind/codec_object.h"
#include "bind/config_from_js.h"
#include "bind/environment.h"
#include "bind/image_functions.h"
#include "bind/image_sequence_object.h"
#include "bind/js_errors.h"
#include "bind/node_api.h"
#include "bind/picture_object.h"
#include "bind/pool_task.h"
#include "core/codec.h"
#include "core/library_log.h"
#include "core/worker_registry.h"

namespace webcodecs::bind {
namespace {

std::string VersionText(unsigned version) {
  return std::to_string(AV_VERSION_MAJOR(version)) + "." +
         std::to_string(AV_VERSION_MINOR(version)) + "." +
         std::to_string(AV_VERSION_MICRO(version));
}

Napi::Value Versions(const Napi::CallbackInfo& info) {
  Napi::Object object = Napi::Object::New(info.Env());
  object.Set("variant", EWC_VARIANT);
  object.Set("avcodec", VersionText(avcodec_version()));
  object.Set("avcodecLicense", avcodec_license());
  object.Set("avcodecConfiguration", avcodec_configuration());
  return object;
}

Napi::Value Probe(const Napi::CallbackInfo& info) {
  auto reason = std::make_shared<Result<void>>();
  PoolTask task;
  task.name = "electron-webcodecs:probe";
  task.work = [parsed = ConfigFromJs(info[0]), reason]() -> Result<void> {
    *reason = ProbeConfig(parsed.kind, parsed.config);
    return {};
  };
  task.value = [reason](Napi::Env env) -> Napi::Value {
    if (reason->ok()) return env.Null();
    return ErrorToJs(env, reason->error());
  };
  return RunOnPool(info.Env(), std::move(task));
}

Napi::Value Statistics(const Napi::CallbackInfo& info) {
  Napi::Object object = Napi::Object::New(info.Env());
  object.Set("codecs", static_cast<double>(WorkerRegistry::Instance().size()));
  object.Set("pictures", static_cast<double>(PictureObject::alive()));
  return object;
}

// What the loader gives before anything else.
Napi::Value Shape(const Napi::CallbackInfo& info) {
  if (!info[0].IsFunction()) throw ArgumentError(info.Env(), "pictureInfo", "a function", info[0]);
  Environment::Of(info.Env()).make_picture_info = Napi::Persistent(info[0].As<Napi::Function>());
  return info.Env().Undefined();
}

using Function = Napi::Value (*)(const Napi::CallbackInfo&);

template <Function function>
napi_value Enter(napi_env env, napi_callback_info raw) {
  return GuardedEntry(env, [&]() -> napi_value { return function(Napi::CallbackInfo(env, raw)); });
}

template <Function function>
napi_property_descriptor FunctionOf(const char* name) {
  return {name, nullptr, Enter<function>, nullptr, nullptr, nullptr, napi_enumerable, nullptr};
}

// Runs before Node frees the environment's handles, so that no worker calls into what is gone.
void StopCodecsOf(void* env) { WorkerRegistry::Instance().StopAll(env); }

// process.exit() runs no cleanup hooks, but static destructors, the codec libraries' among them.
void StopAllCodecs() { WorkerRegistry::Instance().StopAll(nullptr); }

Napi::Object Initialize(Napi::Env env, Napi::Object exports) {
  WorkerRegistry::Instance();  // constructed first, hence destroyed after StopAllCodecs has run
  static std::once_flag once;
  std::call_once(once, [] {
    std::atexit(StopAllCodecs);
    QuietLibraries();
  });

  auto environment = std::make_unique<Environment>();
  environment->picture_class = Napi::Persistent(PictureObject::DefineClass(env));
  environment->codec_class = Napi::Persistent(CodecObject::DefineClass(env));
  environment->sequence_class = Napi::Persistent(ImageSequenceObject::DefineClass(env));
  env.SetInstanceData(environment.release());  // the environment's now: destroyed with it
  napi_add_env_cleanup_hook(env, StopCodecsOf, static_cast<napi_env>(env));

  const napi_property_descriptor functions[] = {
      FunctionOf<Shape>("shape"),
      FunctionOf<Versions>("versions"),
      FunctionOf<CodecObject::Create>("createCodec"),
      FunctionOf<Probe>("probe"),
      FunctionOf<PictureObject::Create>("createPicture"),
      FunctionOf<Statistics>("statistics"),
      FunctionOf<ImageSequenceObject::Create>("createImageSequence"),
      FunctionOf<DecodeImageFromJs>("decodeImage"),
      FunctionOf<ComposeImageFromJs>("composeImage"),
  };
  if (napi_define_properties(env, exports, std::size(functions), functions) != napi_ok) {
    throw Napi::Error::New(env);
  }
  return exports;
}

}  // namespace

NODE_API_MODULE(electron_webcodecs, Initialize)

}  // namespace webcodecs::bind
