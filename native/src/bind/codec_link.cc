#include "bind/codec_link.h"

#include <chrono>
#include <exception>
#include <utility>

#include "bind/environment.h"
#include "bind/events_to_js.h"
#include "bind/js_errors.h"
#include "core/codec.h"
#include "core/worker_registry.h"

namespace webcodecs::bind {
namespace {

// One wake delivers no longer than this before it lets the event loop do something else.
constexpr std::chrono::milliseconds kLongestTurn(4);

}  // namespace

std::shared_ptr<CodecLink> CodecLink::Open(Napi::Env env, CodecKind kind,
                                           const Napi::Function& on_event) {
  auto link = std::make_shared<CodecLink>(kind);
  auto holder = std::make_unique<std::shared_ptr<CodecLink>>(link);
  napi_threadsafe_function handle = nullptr;
  const Napi::String name = Napi::String::New(env, "electron-webcodecs:codec");
  if (napi_create_threadsafe_function(env, on_event, nullptr, name, 0, 1, holder.get(), OnFinalize,
                                      link.get(), OnWake, &handle) != napi_ok) {
    throw Napi::Error::New(env);
  }
  holder.release();  // the thread-safe function's now: OnFinalize destroys it
  // Keeping the loop alive while work is pending is the host's decision, not the codec's.
  napi_unref_threadsafe_function(env, handle);

  link->channel_ = std::make_unique<TsfnEventChannel>(handle);
  link->worker_ = std::make_shared<CodecWorker>(
      [kind](OutputSink sink) { return MakeCodec(kind, std::move(sink)); }, *link->channel_);
  WorkerRegistry::Instance().Add(static_cast<napi_env>(env), link->worker_);
  const Result<void> started = link->worker_->Start();
  if (!started.ok()) throw MakeError(env, started.error());
  return link;
}

void CodecLink::OnWake(napi_env env, napi_value on_event, void* context, void*) {
  auto& link = *static_cast<CodecLink*>(context);
  if (!env || !on_event) {
    // The environment is going: nothing may run in it, and nothing may throw.
    link.channel_->Discard();
    return;
  }
  const auto end = std::chrono::steady_clock::now() + kLongestTurn;
  link.channel_->Drain([&](Event&& event) {
    link.Deliver(env, on_event, std::move(event));
    return std::chrono::steady_clock::now() < end;
  });
  // What the worker has read, it has read by now.
  Environment::Of(env).loans->Settle(env);
}

void CodecLink::Deliver(napi_env raw_env, napi_value on_event, Event&& event) noexcept {
  // Asked here because the callback just before this one may have reset or closed the codec.
  if (worker_->IsLate(event)) return;
  try {
    const Napi::Env env(raw_env);
    const Napi::HandleScope scope(env);
    try {
      Napi::Function(env, on_event).Call(EventToJs(env, std::move(event)));
    } catch (const Napi::Error& error) {
      napi_fatal_exception(env, error.Value());
    } catch (const std::exception& error) {
      napi_fatal_exception(env, Napi::Error::New(env, error.what()).Value());
    }
  } catch (const std::exception&) {
    // The environment is ending, or has no memory for the error's own text: no one is left to tell.
  }
}

void CodecLink::OnFinalize(napi_env, void* data, void*) {
  const std::unique_ptr<std::shared_ptr<CodecLink>> holder(
      static_cast<std::shared_ptr<CodecLink>*>(data));
  CodecLink& link = **holder;
  if (link.worker_) {
    link.worker_->Close();
    link.worker_->Join();
    WorkerRegistry::Instance().Remove(link.worker_.get());
  }
  if (link.channel_) link.channel_->Discard();
}

}  // namespace webcodecs::bind
