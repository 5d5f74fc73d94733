#include "bind/js_errors.h"

namespace webcodecs::bind {
namespace {

std::string Describe(const Napi::Value& value) {
  constexpr size_t kLongest = 60;
  switch (value.Type()) {
    case napi_undefined:
      return "undefined";
    case napi_null:
      return "null";
    case napi_boolean:
      return value.As<Napi::Boolean>().Value() ? "true" : "false";
    case napi_number:
      return value.ToString().Utf8Value();
    case napi_string: {
      std::string text = value.As<Napi::String>().Utf8Value();
      if (text.size() > kLongest) text = text.substr(0, kLongest) + "…";
      return '"' + text + '"';
    }
    case napi_function:
      return "a function";
    case napi_object:
      return value.IsArray() ? "an array" : value.IsTypedArray() ? "a typed array" : "an object";
    default:
      return "a value of another type";
  }
}

}  // namespace

const char* ErrorName(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kNotSupported:
      return "NotSupportedError";
    case ErrorKind::kEncoding:
      return "EncodingError";
    case ErrorKind::kData:
      return "DataError";
    case ErrorKind::kQuotaExceeded:
      return "QuotaExceededError";
    case ErrorKind::kOperation:
      break;
  }
  return "OperationError";
}

Napi::Error MakeError(Napi::Env env, const Error& error) {
  Napi::Error made = Napi::Error::New(env, error.ToString());
  made.Set("name", Napi::String::New(env, ErrorName(error.kind)));
  return made;
}

Napi::Object ErrorToJs(Napi::Env env, const Error& error) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("name", ErrorName(error.kind));
  object.Set("message", error.ToString());
  return object;
}

Napi::TypeError ArgumentError(Napi::Env env, const std::string& field, const std::string& expected,
                              const Napi::Value& received) {
  return Napi::TypeError::New(
      env, field + ": expected " + expected + "; received " + Describe(received));
}

}  // namespace webcodecs::bind
