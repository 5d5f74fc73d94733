// decodeImage and composeImage of native/index.ts.
#pragma once

#include "bind/node_api.h"

namespace webcodecs::bind {

Napi::Value DecodeImageFromJs(const Napi::CallbackInfo& info);
Napi::Value ComposeImageFromJs(const Napi::CallbackInfo& info);

}  // namespace webcodecs::bind
