// A queue from any thread to one event loop, safe at every moment of the loop's life.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <list>
#include <mutex>
#include <utility>

namespace webcodecs {

enum class WakeResult {
  kScheduled,  // the loop will call Drain
  kClosing,    // the loop is ending; the backend must not be used again
};

// Items are kept here; the backend only wakes the loop, which then calls Drain once for all that is
// pending.
//
// Backend is movable and has, both never blocking:
//   WakeResult Wake();  // any thread, one at a time
//   void Release();     // any thread, once, and nothing after it
//
// Neither is called with the lock held, and Release never while a Wake is under way.
template <typename Item, typename Backend>
class ThreadSafeFunction {
 public:
  explicit ThreadSafeFunction(Backend backend) : backend_(std::move(backend)) {}
  ThreadSafeFunction(const ThreadSafeFunction&) = delete;
  ThreadSafeFunction& operator=(const ThreadSafeFunction&) = delete;

  // True: all are taken, with one wake at most, and `items` is empty. False: released or closing,
  // what is in `items` is still the caller's; what is not was delivered.
  bool Call(std::list<Item>& items) {
    std::unique_lock<std::mutex> lock(mutex_);
    if (released_ || closing_) return false;
    const uint64_t before = accepted_;
    accepted_ += items.size();
    const uint64_t ticket = accepted_;
    pending_.splice(pending_.end(), items);
    if (ScheduleWake(lock)) return true;
    // No one will call Drain any more, unless one was under way and has them, or some.
    if (ticket <= drained_) return true;
    const auto pending = [&](uint64_t ticket_before) {
      return std::next(pending_.begin(), static_cast<ptrdiff_t>(ticket_before - drained_));
    };
    items.splice(items.end(), pending_, pending(std::max(before, drained_)), pending(ticket));
    return false;
  }

  // Refuses all later calls; what was taken is still delivered. Idempotent.
  void Release() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (released_) return;
      released_ = true;
      if (waking_ || closing_)
        return;  // the waking thread releases, or there is nothing to release
    }
    backend_.Release();
  }

  // Event loop: hands pending items to `deliver` in order, with no lock held. When it returns false
  // the rest waits for another turn of the loop, unless this is the last one.
  template <typename Deliver>
  void Drain(Deliver&& deliver) {
    std::list<Item> batch;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      wake_scheduled_ = false;
      batch.swap(pending_);
      drained_ = accepted_;
    }
    while (!batch.empty()) {
      const bool go_on = deliver(std::move(batch.front()));
      batch.pop_front();
      if (!go_on && !batch.empty() && Postpone(batch)) return;
    }
  }

  // Event loop: destroys what is pending without delivering it and refuses all later calls.
  void Discard() {
    std::list<Item> batch;
    std::lock_guard<std::mutex> lock(mutex_);
    closing_ = true;
    batch.swap(pending_);
    drained_ = accepted_;
  }

 private:
  // Puts the batch back in front. False where no later Drain would come.
  bool Postpone(std::list<Item>& batch) {
    std::unique_lock<std::mutex> lock(mutex_);
    if (released_ || closing_) return false;
    const size_t count = batch.size();
    pending_.splice(pending_.begin(), batch);
    drained_ -= count;
    if (ScheduleWake(lock)) return true;
    batch.swap(pending_);
    drained_ = accepted_;
    return false;
  }

  // Sees to it that a Drain comes. False: none will. Unlocks while it calls out.
  bool ScheduleWake(std::unique_lock<std::mutex>& lock) {
    if (wake_scheduled_) return true;
    wake_scheduled_ = true;
    wake_needed_ = true;
    if (waking_) return true;
    waking_ = true;
    while (wake_needed_ && !closing_) {
      wake_needed_ = false;
      lock.unlock();
      const WakeResult result = backend_.Wake();
      lock.lock();
      if (result == WakeResult::kClosing) closing_ = true;
    }
    waking_ = false;
    const bool scheduled = !closing_;
    if (released_ && !closing_) {
      lock.unlock();
      backend_.Release();
      lock.lock();
    }
    return scheduled;
  }

  Backend backend_;

  std::mutex mutex_;
  std::list<Item> pending_;
  uint64_t accepted_ = 0;        // items taken so far
  uint64_t drained_ = 0;         // of these, handed to the event loop
  bool wake_scheduled_ = false;  // a Drain is on its way
  bool wake_needed_ = false;     // for the thread that is inside Wake: once more
  bool waking_ = false;          // a thread is inside Wake
  bool released_ = false;
  bool closing_ = false;  // the loop refused; the backend is gone
};

}  // namespace webcodecs
