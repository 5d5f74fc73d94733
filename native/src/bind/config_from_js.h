// NativeConfig of native/index.ts -> CodecConfig.
#pragma once

#include "bind/node_api.h"
#include "core/types.h"

namespace webcodecs::bind {

// NativeCodecKind. Throws a TypeError.
CodecKind KindFromJs(const Napi::Value& value, const std::string& field);

struct KindAndConfig {
  CodecKind kind;
  CodecConfig config;
};

// Throws a TypeError that names the member. Values in range but not supported are the codec's to
// refuse.
KindAndConfig ConfigFromJs(const Napi::Value& value);

}  // namespace webcodecs::bind
