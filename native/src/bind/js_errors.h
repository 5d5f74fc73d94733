// Errors on their way to JavaScript.
#pragma once

#include <string>

#include "bind/node_api.h"
#include "core/result.h"

namespace webcodecs::bind {

// The DOMException name of `kind`.
const char* ErrorName(ErrorKind kind);

// An Error object with that name.
Napi::Error MakeError(Napi::Env env, const Error& error);

// NativeError of native/index.ts.
Napi::Object ErrorToJs(Napi::Env env, const Error& error);

// The one maker of argument errors: "config.width: expected an integer from 1 to 65535; received
// -3".
Napi::TypeError ArgumentError(Napi::Env env, const std::string& field, const std::string& expected,
                              const Napi::Value& received);

}  // namespace webcodecs::bind
