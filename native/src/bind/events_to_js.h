// Event of core -> NativeEvent of native/index.ts.
#pragma once

#include "bind/node_api.h"
#include "core/event.h"

namespace webcodecs::bind {

// Takes over what the event carries: a picture becomes a NativePicture, bytes are copied into V8's
// memory.
Napi::Object EventToJs(Napi::Env env, Event&& event);

}  // namespace webcodecs::bind
