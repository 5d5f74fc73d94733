// The event channel over a Node-API thread-safe function.
#pragma once

#include <list>
#include <utility>

#include "bind/node_api.h"
#include "core/event_channel.h"
#include "core/thread_safe_function.h"

namespace webcodecs::bind {

// Backend of ThreadSafeFunction. Owns one of the handle's thread references, which Release or a
// refused Wake ends.
class TsfnBackend {
 public:
  explicit TsfnBackend(napi_threadsafe_function handle) : handle_(handle) {}

  WakeResult Wake() {
    // The queue is unbounded, so that all but napi_ok means napi_closing; Node has then dropped our
    // reference itself.
    const napi_status status =
        napi_call_threadsafe_function(handle_, nullptr, napi_tsfn_nonblocking);
    return status == napi_ok ? WakeResult::kScheduled : WakeResult::kClosing;
  }
  void Release() { napi_release_threadsafe_function(handle_, napi_tsfn_release); }

 private:
  napi_threadsafe_function handle_;
};

class TsfnEventChannel final : public EventChannel {
 public:
  explicit TsfnEventChannel(napi_threadsafe_function handle) : function_(TsfnBackend(handle)) {}

  bool Send(std::list<Event>& events) override { return function_.Call(events); }
  void Release() override { function_.Release(); }

  // Event loop only; see ThreadSafeFunction.
  template <typename Deliver>
  void Drain(Deliver&& deliver) {
    function_.Drain(std::forward<Deliver>(deliver));
  }
  void Discard() { function_.Discard(); }

 private:
  ThreadSafeFunction<Event, TsfnBackend> function_;
};

}  // namespace webcodecs::bind
