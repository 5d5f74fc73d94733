// Event of core -> the arguments that native/index.ts makes a NativeEvent of.
#pragma once

#include <vector>

#include "bind/node_api.h"
#include "core/event.h"

namespace webcodecs::bind {

// Takes over what the event carries: a picture becomes a NativePicture, bytes are copied into V8's
// memory.
std::vector<napi_value> EventToJs(Napi::Env env, Event&& event);

}  // namespace webcodecs::bind
