#include "bind/pool_task.h"

#include <exception>
#include <memory>
#include <utility>

#include "bind/js_errors.h"

namespace webcodecs::bind {
namespace {

struct Running {
  PoolTask task;
  Napi::Promise::Deferred deferred;
  napi_async_work handle = nullptr;
  Result<void> result;
};

void Execute(napi_env, void* data) {
  auto& running = *static_cast<Running*>(data);
  try {
    running.result = running.task.work();
  } catch (const std::exception& error) {
    running.result = Error{ErrorKind::kOperation, 0, running.task.name, error.what()};
  }
}

void Settle(Napi::Env env, Running& running) {
  if (!running.result.ok()) {
    running.deferred.Reject(MakeError(env, running.result.error()).Value());
    return;
  }
  Napi::Value value;
  try {
    value = running.task.value(env);
  } catch (const Napi::Error& error) {
    running.deferred.Reject(error.Value());
    return;
  }
  running.deferred.Resolve(value);
}

void Complete(napi_env env, napi_status, void* data) {
  const std::unique_ptr<Running> running(static_cast<Running*>(data));
  const Napi::HandleScope scope(env);
  napi_delete_async_work(env, running->handle);
  try {
    Settle(env, *running);
  } catch (const Napi::Error&) {
    // The environment is ending: no one is left to hear of it.
  } catch (const std::exception&) {
    // No memory for the error either; the promise stays pending, the process lives.
  }
}

}  // namespace

Napi::Promise RunOnPool(Napi::Env env, PoolTask task) {
  auto running = std::make_unique<Running>(
      Running{std::move(task), Napi::Promise::Deferred::New(env), nullptr, {}});
  const Napi::Promise promise = running->deferred.Promise();
  const Napi::String name = Napi::String::New(env, running->task.name);
  if (napi_create_async_work(env, nullptr, name, Execute, Complete, running.get(),
                             &running->handle) != napi_ok) {
    throw Napi::Error::New(env);
  }
  if (napi_queue_async_work(env, running->handle) != napi_ok) {
    napi_delete_async_work(env, running->handle);
    throw Napi::Error::New(env);
  }
  running.release();  // the pool's now: Complete destroys it
  return promise;
}

}  // namespace webcodecs::bind
