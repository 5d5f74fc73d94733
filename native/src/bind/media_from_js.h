// NativeAudio and NativeChunk of native/index.ts -> core's media. Bytes are copied.
#pragma once

#include "bind/node_api.h"
#include "core/types.h"

namespace webcodecs::bind {

// Throw a TypeError for the wrong shape, an Error named after the ErrorKind where there is no room.
AudioSamples SamplesFromJs(const Napi::Value& value);
EncodedChunk ChunkFromJs(const Napi::Value& value, const Napi::Value& alpha_side_data);

}  // namespace webcodecs::bind
