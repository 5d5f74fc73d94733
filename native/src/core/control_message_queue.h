// [[control message queue]] of one codec: https://w3c.github.io/webcodecs/#control-message-queue
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <vector>

#include "command.h"
#include "result.h"

namespace webcodecs {

// First in, first out; many producers (the event loop), one consumer (the codec's worker).
// Dropped commands are handed back to the caller, so that media is never freed under the lock.
class ControlMessageQueue {
 public:
  struct Limits {
    // Commands that may wait. The host's credits keep far below it; past it something is wrong.
    size_t capacity = 1024;
    // Units of work waiting from which the codec counts as [[codec saturated]].
    size_t saturation = 16;
  };

  ControlMessageQueue() : ControlMessageQueue(Limits{}) {}
  explicit ControlMessageQueue(Limits limits) : limits_(limits) {}
  ControlMessageQueue(const ControlMessageQueue&) = delete;
  ControlMessageQueue& operator=(const ControlMessageQueue&) = delete;

  // Takes Configure, Work and Flush. Refused with kQuotaExceeded at capacity, with kOperation after
  // Close and for a generation older than the last reset; `command` is then untouched and still the
  // caller's.
  Result<void> Push(Command&& command);

  // Drops all that waits and puts a Reset in its place. Everything older than `generation` is late
  // from now on. A closed queue stays as it is.
  [[nodiscard]] std::vector<Command> Reset(Generation generation);

  // Drops all that waits; the consumer's next command is Close. Idempotent.
  [[nodiscard]] std::vector<Command> Close();

  // Drops what waits and belongs to `generation` or an older one, resets excepted: the codec
  // failed.
  [[nodiscard]] std::vector<Command> DropThrough(Generation generation);

  // Consumer: waits for the front command and takes it. Taking a Configure sets [[message queue
  // blocked]]: nothing but Close comes after it until Unblock. Close comes again and again once it
  // has come.
  Command Take();

  // Consumer: the Configure that was taken has run. Clears [[message queue blocked]].
  void Unblock();

  // The generation of the last reset: what is older is late.
  Generation oldest_valid() const;
  bool blocked() const;    // [[message queue blocked]]
  bool saturated() const;  // [[codec saturated]]
  bool closed() const;
  size_t size() const;

 private:
  const Limits limits_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Command> commands_;
  size_t waiting_work_ = 0;  // WorkCommands in commands_
  Generation oldest_valid_ = 0;
  bool blocked_ = false;
  bool closed_ = false;
};

}  // namespace webcodecs
