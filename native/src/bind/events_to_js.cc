#include "bind/events_to_js.h"

#include <utility>

#include "bind/js_errors.h"
#include "bind/picture_object.h"
#include "bind/values_to_js.h"
#include "core/media.h"

namespace webcodecs::bind {
namespace {

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

// As native/index.ts numbers them.
enum class EventType {
  kConfigured,
  kDequeued,
  kChunk,
  kPicture,
  kAudio,
  kFlushed,
  kFailed,
  kClosed,
};

struct Converter {
  Napi::Env env;

  template <typename... Values>
  std::vector<napi_value> Arguments(EventType type, Generation generation, Values... values) const {
    return {Napi::Number::New(env, static_cast<int>(type)),
            Napi::Number::New(env, static_cast<double>(generation)), values...};
  }

  std::vector<napi_value> operator()(ConfiguredEvent&& event) const {
    return Arguments(EventType::kConfigured, event.generation);
  }
  std::vector<napi_value> operator()(OutputEvent&& event) const {
    return std::visit([&](auto&& output) { return OutputOf(event.generation, std::move(output)); },
                      std::move(event.output));
  }
  std::vector<napi_value> operator()(DequeuedEvent&& event) const {
    return Arguments(EventType::kDequeued, event.generation, Napi::Number::New(env, event.count));
  }
  std::vector<napi_value> operator()(FlushedEvent&& event) const {
    return Arguments(EventType::kFlushed, event.generation,
                     Napi::Number::New(env, static_cast<double>(event.flush)));
  }
  std::vector<napi_value> operator()(FailedEvent&& event) const {
    return Arguments(EventType::kFailed, event.generation, ErrorToJs(env, event.error));
  }
  std::vector<napi_value> operator()(ClosedEvent&& event) const {
    return Arguments(EventType::kClosed, event.generation);
  }

  std::vector<napi_value> OutputOf(Generation generation, EncodedOutput&& output) const {
    const EncodedChunk& chunk = output.chunk;
    const Napi::Value config = output.decoder_config
                                   ? Napi::Value(DecoderConfigToJs(env, *output.decoder_config))
                                   : env.Null();
    return Arguments(EventType::kChunk, generation, Napi::Boolean::New(env, chunk.key),
                     ToJs(env, chunk.timestamp), ToJs(env, chunk.duration),
                     BytesToJs(env, chunk.packet->data, static_cast<size_t>(chunk.packet->size)),
                     config, ToJs(env, output.temporal_layer_id),
                     OptionalBytesToJs(env, chunk.alpha));
  }
  std::vector<napi_value> OutputOf(Generation generation, VideoOutput&& output) const {
    const Napi::Object info = PictureInfoToJs(env, output.picture);
    return Arguments(EventType::kPicture, generation,
                     PictureObject::New(env, std::move(output.picture)), info);
  }
  std::vector<napi_value> OutputOf(Generation generation, AudioOutput&& output) const {
    return Arguments(EventType::kAudio, generation, AudioToJs(env, output.samples));
  }
};

}  // namespace

std::vector<napi_value> EventToJs(Napi::Env env, Event&& event) {
  return std::visit(Converter{env}, std::move(event));
}

}  // namespace webcodecs::bind
