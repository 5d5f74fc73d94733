// Work on the libuv pool, its outcome a promise.
#pragma once

#include <functional>
#include <vector>

#include "bind/node_api.h"
#include "core/result.h"

namespace webcodecs::bind {

struct PoolTask {
  const char* name;
  // Pool thread: no JavaScript, no throwing but std::exception, which rejects the promise.
  std::function<Result<void>()> work;
  // Event loop, after work succeeded: the promise's value. May throw Napi::Error, which rejects.
  std::function<Napi::Value(Napi::Env)> value;
  // Kept alive until the promise settles.
  std::vector<Napi::ObjectReference> pins;
};

// Starts `task`; throws where the pool can't take it. While the environment ends the promise stays
// pending.
Napi::Promise RunOnPool(Napi::Env env, PoolTask task);

}  // namespace webcodecs::bind
