#include "bind/events_to_js.h"

#include <utility>

#include "bind/js_errors.h"
#include "bind/picture_object.h"
#include "bind/values_to_js.h"
#include "core/media.h"

namespace webcodecs::bind {
namespace {

Napi::Object NewEvent(Napi::Env env, const char* type, Generation generation) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("type", type);
  object.Set("generation", static_cast<double>(generation));
  return object;
}

Napi::Object ChunkToJs(Napi::Env env, const EncodedChunk& chunk) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("type", chunk.key ? "key" : "delta");
  object.Set("timestamp", ToJs(env, chunk.timestamp));
  object.Set("duration", ToJs(env, chunk.duration));
  object.Set("data", BytesToJs(env, chunk.packet->data, static_cast<size_t>(chunk.packet->size)));
  return object;
}

Napi::Value OptionalBytesToJs(Napi::Env env, const Bytes& bytes) {
  if (bytes.empty()) return env.Null();
  return BytesToJs(env, bytes.data(), bytes.size());
}

Napi::Object DecoderConfigToJs(Napi::Env env, const StreamDescription& description) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("description", OptionalBytesToJs(env, description.description));
  object.Set("codedWidth", description.coded_width);
  object.Set("codedHeight", description.coded_height);
  object.Set("displayWidth", description.display_width);
  object.Set("displayHeight", description.display_height);
  object.Set("color", ColorToJs(env, description.color));
  object.Set("sampleRate", description.sample_rate);
  object.Set("numberOfChannels", description.number_of_channels);
  object.Set("codecString", description.codec_string);
  return object;
}

Napi::Object AudioToJs(Napi::Env env, const AudioSamples& samples) {
  const AVFrame& frame = *samples.frame;
  Napi::Uint8Array data = Napi::Uint8Array::New(env, SamplesSize(frame));
  WriteSamples(frame, data.Data());
  Napi::Object object = Napi::Object::New(env);
  object.Set("format", SampleFormatName(static_cast<AVSampleFormat>(frame.format)));
  object.Set("sampleRate", frame.sample_rate);
  object.Set("numberOfChannels", frame.ch_layout.nb_channels);
  object.Set("numberOfFrames", frame.nb_samples);
  object.Set("timestamp", ToJs(env, samples.timestamp));
  object.Set("data", data);
  return object;
}

Napi::Object OutputToJs(Napi::Env env, Generation generation, EncodedOutput&& output) {
  Napi::Object object = NewEvent(env, "chunk", generation);
  object.Set("chunk", ChunkToJs(env, output.chunk));
  object.Set("decoderConfig", output.decoder_config
                                  ? Napi::Value(DecoderConfigToJs(env, *output.decoder_config))
                                  : env.Null());
  object.Set("temporalLayerId", output.temporal_layer_id
                                    ? Napi::Value(Napi::Number::New(env, *output.temporal_layer_id))
                                    : env.Null());
  object.Set("alphaSideData", OptionalBytesToJs(env, output.chunk.alpha));
  return object;
}

Napi::Object OutputToJs(Napi::Env env, Generation generation, VideoOutput&& output) {
  Napi::Object object = NewEvent(env, "picture", generation);
  object.Set("picture", PictureObject::New(env, std::move(output.picture)));
  return object;
}

Napi::Object OutputToJs(Napi::Env env, Generation generation, AudioOutput&& output) {
  Napi::Object object = NewEvent(env, "audio", generation);
  object.Set("audio", AudioToJs(env, output.samples));
  return object;
}

struct Converter {
  Napi::Env env;

  Napi::Object operator()(ConfiguredEvent&& event) const {
    return NewEvent(env, "configured", event.generation);
  }
  Napi::Object operator()(OutputEvent&& event) const {
    return std::visit(
        [&](auto&& output) { return OutputToJs(env, event.generation, std::move(output)); },
        std::move(event.output));
  }
  Napi::Object operator()(DequeuedEvent&& event) const {
    Napi::Object object = NewEvent(env, "dequeued", event.generation);
    object.Set("count", event.count);
    return object;
  }
  Napi::Object operator()(FlushedEvent&& event) const {
    Napi::Object object = NewEvent(env, "flushed", event.generation);
    object.Set("flush", static_cast<double>(event.flush));
    return object;
  }
  Napi::Object operator()(FailedEvent&& event) const {
    Napi::Object object = NewEvent(env, "failed", event.generation);
    object.Set("error", ErrorToJs(env, event.error));
    return object;
  }
  Napi::Object operator()(ClosedEvent&&) const {
    Napi::Object object = Napi::Object::New(env);
    object.Set("type", "closed");
    return object;
  }
};

}  // namespace

Napi::Object EventToJs(Napi::Env env, Event&& event) {
  return std::visit(Converter{env}, std::move(event));
}

}  // namespace webcodecs::bind
