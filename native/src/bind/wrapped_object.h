// JavaScript objects that wrap a C++ object and can't be mistaken for each other.
#pragma once

#include <exception>
#include <memory>
#include <vector>

#include "bind/environment.h"
#include "bind/node_api.h"

namespace webcodecs::bind {

// Runs `call`; what it throws becomes a JavaScript exception. Every entry from JavaScript goes
// through here.
template <typename Call>
napi_value GuardedEntry(napi_env env, Call&& call) {
  try {
    return call();
  } catch (const Napi::Error& error) {
    error.ThrowAsJavaScriptException();
  } catch (const std::exception& error) {
    napi_throw_error(env, nullptr, error.what());
  }
  return nullptr;
}

// Base of a wrapped class T, which has
//   static constexpr const char kName[];
//   static std::unique_ptr<T> TakeNew(Environment&);  // null: a script called the constructor
//   void Finalize(Napi::Env);                         // the JavaScript object is gone
// Unlike Napi::ObjectWrap it checks what a method is called on before it touches it.
template <typename T>
class WrappedObject {
 public:
  using Method = Napi::Value (T::*)(const Napi::CallbackInfo&);

  static Napi::Function DefineClass(Napi::Env env,
                                    const std::vector<napi_property_descriptor>& members) {
    napi_value constructor = nullptr;
    Check(env, napi_define_class(env, T::kName, NAPI_AUTO_LENGTH, Construct, nullptr,
                                 members.size(), members.data(), &constructor));
    return Napi::Function(env, constructor);
  }

  template <Method method>
  static napi_property_descriptor MethodOf(const char* name) {
    return {name, nullptr, Enter<method>, nullptr, nullptr, nullptr, napi_default_method, nullptr};
  }

  template <Method method>
  static napi_property_descriptor GetterOf(const char* name) {
    return {name, nullptr, nullptr, Enter<method>, nullptr, nullptr, napi_enumerable, nullptr};
  }

  // The T inside `value`; throws a TypeError where there is none. Valid while `value` is reachable.
  static T& From(const Napi::Value& value) {
    const Napi::Env env = value.Env();
    void* wrapped = nullptr;
    if (value.IsObject() && napi_unwrap(env, value, &wrapped) == napi_ok) {
      // It may be another class's, or another addon's.
      const WrappedObjects& known = *Environment::Of(env).wrapped;
      const auto found = known.find(wrapped);
      if (found != known.end() && found->second == T::kName) return *static_cast<T*>(wrapped);
    }
    throw Napi::TypeError::New(env, std::string("Expected a ") + T::kName + ".");
  }

 private:
  static void Check(napi_env env, napi_status status) {
    if (status != napi_ok) throw Napi::Error::New(env);
  }

  template <Method method>
  static napi_value Enter(napi_env env, napi_callback_info raw) {
    return GuardedEntry(env, [&]() -> napi_value {
      const Napi::CallbackInfo info(env, raw);
      return (From(info.This()).*method)(info);
    });
  }

  static napi_value Construct(napi_env env, napi_callback_info raw) {
    return GuardedEntry(env, [&]() -> napi_value {
      const Napi::CallbackInfo info(env, raw);
      Environment& environment = Environment::Of(env);
      std::unique_ptr<T> object = T::TakeNew(environment);
      if (!object || !info.IsConstructCall()) {
        throw Napi::TypeError::New(env, std::string(T::kName) + " can't be constructed.");
      }
      Check(env, napi_wrap(env, info.This(), object.get(), FinalizeWrap, nullptr, nullptr));
      T* wrapped = object.release();  // the wrap's now: FinalizeWrap destroys it
      wrapped->known_ = environment.wrapped;
      wrapped->known_->emplace(wrapped, T::kName);
      return info.This();
    });
  }

  static void FinalizeWrap(napi_env env, void* data, void*) {
    std::unique_ptr<T> object(static_cast<T*>(data));
    if (object->known_) object->known_->erase(data);
    object->Finalize(env);
  }

  std::shared_ptr<WrappedObjects> known_;  // which the environment may end before
};

}  // namespace webcodecs::bind
