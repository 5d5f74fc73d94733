// One codec's worker and the channel back from it, and the order in which they end.
#pragma once

#include <memory>

#include "bind/node_api.h"
#include "bind/safe_tsfn.h"
#include "core/codec_worker.h"

namespace webcodecs::bind {

// Owned by the NativeCodec object and by the thread-safe function, whose finalizer is the end of
// the thread.
class CodecLink {
 public:
  // Starts the worker. Its events go to `on_event` until it has closed, or the environment ends.
  // Throws where no thread can be had.
  static std::shared_ptr<CodecLink> Open(Napi::Env env, CodecKind kind,
                                         const Napi::Function& on_event);

  explicit CodecLink(CodecKind kind) : kind_(kind) {}
  CodecLink(const CodecLink&) = delete;
  CodecLink& operator=(const CodecLink&) = delete;

  CodecKind kind() const { return kind_; }
  CodecWorker& worker() { return *worker_; }

 private:
  static void OnWake(napi_env env, napi_value on_event, void* context, void* data);
  static void OnFinalize(napi_env env, void* data, void* hint);

  // Delivers one event, unless it is late. A script's exception becomes the process's uncaught
  // exception.
  void Deliver(napi_env env, napi_value on_event, Event&& event) noexcept;

  const CodecKind kind_;
  std::unique_ptr<TsfnEventChannel> channel_;  // outlives the worker
  std::shared_ptr<CodecWorker> worker_;
};

}  // namespace webcodecs::bind
