// The thread that owns one codec.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "codec.h"
#include "control_message_queue.h"
#include "event_channel.h"

namespace webcodecs {

// Runs control messages on a thread of its own, the only one that creates, uses and destroys the
// Codec (one at a time: see below), and sends what comes of them through the channel. All public
// methods may be called from the event loop and return at once, except Join.
//
// Teardown has one order: Close, the worker leaves what it was doing, destroys the codec, sends
// Closed, releases the channel as its last act; then Join.
// A thread that yields to others (thread_priority.h) does so for good. A configuration that must
// not, and comes after one that may, therefore brings a thread along: the old one ends, the new one
// joins it and goes on in its place.
class CodecWorker {
 public:
  // Makes the codec, on the worker thread.
  using CodecFactory = std::function<std::unique_ptr<Codec>(OutputSink)>;

  // `channel` outlives the worker.
  CodecWorker(CodecFactory factory, EventChannel& channel, ControlMessageQueue::Limits limits = {});
  ~CodecWorker();  // closes and joins
  CodecWorker(const CodecWorker&) = delete;
  CodecWorker& operator=(const CodecWorker&) = delete;

  // Starts the thread. On failure no event will come and the channel has been released.
  Result<void> Start();

  // See ControlMessageQueue::Push: refused, the command is still the caller's.
  Result<void> Push(Command&& command);

  // Drops what is queued. A call into the codec that is under way goes on, but nothing of it
  // surfaces.
  void Reset(Generation generation);

  // Drops what is queued and lets the thread end. Idempotent.
  void Close();

  // Waits for the thread's end, at most as long as the codec's current call takes. Idempotent, from
  // any thread but the worker's.
  void Join();

  // Whether `event` was overtaken by a reset or by Close. The event loop asks right before it
  // delivers.
  bool IsLate(const Event& event) const;

  bool saturated() const { return queue_.saturated(); }

 private:
  void Run();
  // Until the codec closes, or another thread goes on in this one's place.
  void RunCommands();
  // Goes on with `command` on the thread that it brought along. Nothing of the worker may be
  // touched afterwards.
  void HandOver(ConfigureCommand&& command);
  void RunCommand(ConfigureCommand&& command);
  void RunCommand(WorkCommand&& command);
  void RunCommand(FlushCommand&& command);
  void RunCommand(ResetCommand&& command);
  void RunCommand(CloseCommand&&) {}

  // Sends the event unless it is late. One that nobody waits for is held, so that the event loop
  // wakes once for several: while the codec is patient and has more work to go on with, the longer
  // the more it has.
  void Emit(Event&& event);
  bool MayHold(const Event& event) const;
  // Events that the channel refuses are destroyed here.
  void SendHeld();
  // Emits Failed and drops the generation's queued commands.
  void Fail(Generation generation, Error error);
  bool HasFailed(Generation generation) const;
  // The barrier: what a codec throws, std::bad_alloc above all, becomes an Error.
  template <typename Call>
  Result<void> Guarded(const char* where, Call&& call);

  const CodecFactory factory_;
  EventChannel& channel_;
  ControlMessageQueue queue_;

  std::mutex join_mutex_;    // held while joining
  std::mutex thread_mutex_;  // guards thread_
  std::thread thread_;

  std::atomic<bool> may_have_yielded_{false};  // a configuration that may yield was pushed

  // The worker thread's own, whichever it is.
  bool yielded_ = false;
  std::thread predecessor_;                      // what this thread took over from, and joins
  std::optional<ConfigureCommand> handed_over_;  // and what it begins with
  Result<void> made_;                            // why there is no codec
  std::unique_ptr<Codec> codec_;
  Generation output_generation_ = 0;  // stamped on what the codec puts out
  bool configured_ = false;
  bool patient_ = false;  // its configuration is for throughput
  std::list<Event> held_;
  std::chrono::steady_clock::time_point held_since_;  // of the first
  std::optional<Generation> failed_;  // commands of this generation and older ones are ignored
};

}  // namespace webcodecs
