// NativeAudio and chunks of native/index.ts -> core's media. Bytes are copied.
#pragma once

#include "bind/node_api.h"
#include "core/types.h"

namespace webcodecs::bind {

// Throw a TypeError for the wrong shape, an Error named after the ErrorKind where there is no room.
AudioSamples SamplesFromJs(const Napi::Value& value);
// The arguments from `first` on: key, timestamp, duration, data, alphaSideData.
EncodedChunk ChunkFromJs(const Napi::CallbackInfo& info, size_t first);

}  // namespace webcodecs::bind
