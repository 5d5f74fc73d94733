#include "bind/codec_object.h"

#include <utility>

#include "bind/config_from_js.h"
#include "bind/js_errors.h"
#include "bind/js_fields.h"
#include "bind/media_from_js.h"
#include "bind/picture_object.h"
#include "core/picture.h"

namespace webcodecs::bind {
namespace {

constexpr int kLargestQuantizer = 255;

Generation ReadGeneration(const Napi::CallbackInfo& info) {
  return ReadCount(info[0], "generation");
}

}  // namespace

Napi::Function CodecObject::DefineClass(Napi::Env env) {
  return WrappedObject::DefineClass(
      env, {MethodOf<&CodecObject::Configure>("configure"),
            MethodOf<&CodecObject::EncodeVideo>("encodeVideo"),
            MethodOf<&CodecObject::EncodeAudio>("encodeAudio"),
            MethodOf<&CodecObject::Decode>("decode"), MethodOf<&CodecObject::Flush>("flush"),
            MethodOf<&CodecObject::Reset>("reset"), MethodOf<&CodecObject::Close>("close")});
}

Napi::Value CodecObject::Create(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const CodecKind kind = KindFromJs(info[0], "kind");
  if (!info[1].IsFunction()) throw ArgumentError(env, "onEvent", "a function", info[1]);
  Environment& environment = Environment::Of(env);
  const std::shared_ptr<CodecLink> link = CodecLink::Open(env, kind, info[1].As<Napi::Function>());
  environment.new_codec = link;
  try {
    return environment.codec_class.New({});
  } catch (...) {
    environment.new_codec.reset();
    link->worker().Close();
    throw;
  }
}

std::unique_ptr<CodecObject> CodecObject::TakeNew(Environment& environment) {
  std::shared_ptr<CodecLink> link = std::exchange(environment.new_codec, nullptr);
  if (!link) return nullptr;
  return std::make_unique<CodecObject>(std::move(link));
}

void CodecObject::Expect(Napi::Env env, bool right_kind, const char* method) const {
  if (right_kind) return;
  throw Napi::TypeError::New(env, std::string(method) + ": this codec is of another kind.");
}

Napi::Value CodecObject::Push(Napi::Env env, Command&& command) {
  const Result<void> pushed = link_->worker().Push(std::move(command));
  if (!pushed.ok()) throw MakeError(env, pushed.error());
  return env.Undefined();
}

Napi::Value CodecObject::Configure(const Napi::CallbackInfo& info) {
  const Generation generation = ReadGeneration(info);
  KindAndConfig parsed = ConfigFromJs(info[1]);
  Expect(info.Env(), parsed.kind == link_->kind(), "configure");
  return Push(info.Env(), ConfigureCommand{generation, std::move(parsed.config)});
}

Napi::Value CodecObject::EncodeVideo(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Expect(env, link_->kind() == CodecKind::kVideoEncoder, "encodeVideo");
  const Generation generation = ReadGeneration(info);
  const PictureObject& object = PictureObject::From(info[1]);
  webcodecs::EncodeVideo work;
  work.options.key_frame = ReadBool(info[2], "keyFrame");
  if (!info[3].IsNull()) {
    work.options.quantizer =
        static_cast<int>(ReadInteger(info[3], "quantizer", 0, kLargestQuantizer));
  }
  Result<VideoPicture> shared = SharePicture(*object.picture(env));
  if (!shared.ok()) throw MakeError(env, shared.error());
  work.picture = std::move(shared.value());
  return Push(env, WorkCommand{generation, std::move(work)});
}

Napi::Value CodecObject::EncodeAudio(const Napi::CallbackInfo& info) {
  Expect(info.Env(), link_->kind() == CodecKind::kAudioEncoder, "encodeAudio");
  const Generation generation = ReadGeneration(info);
  return Push(info.Env(), WorkCommand{generation, webcodecs::EncodeAudio{SamplesFromJs(info[1])}});
}

Napi::Value CodecObject::Decode(const Napi::CallbackInfo& info) {
  const CodecKind kind = link_->kind();
  Expect(info.Env(), kind == CodecKind::kVideoDecoder || kind == CodecKind::kAudioDecoder,
         "decode");
  const Generation generation = ReadGeneration(info);
  return Push(info.Env(), WorkCommand{generation, DecodeChunk{ChunkFromJs(info, 1)}});
}

Napi::Value CodecObject::Flush(const Napi::CallbackInfo& info) {
  const Generation generation = ReadGeneration(info);
  return Push(info.Env(), FlushCommand{generation, ReadCount(info[1], "flush")});
}

Napi::Value CodecObject::Reset(const Napi::CallbackInfo& info) {
  link_->worker().Reset(ReadGeneration(info));
  return info.Env().Undefined();
}

Napi::Value CodecObject::Close(const Napi::CallbackInfo& info) {
  link_->worker().Close();
  return info.Env().Undefined();
}

}  // namespace webcodecs::bind
