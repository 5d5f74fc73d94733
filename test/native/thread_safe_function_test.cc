#include "core/thread_safe_function.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <initializer_list>
#include <list>
#include <memory>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace webcodecs {
namespace {

// An event loop of its own thread: what Node's thread-safe function does, as far as the wrapper can
// see it. Counts what the wrapper must never do.
class Loop {
 public:
  ~Loop() { End(); }

  // `on_wake` runs on the loop's thread once per wake.
  void Start(std::function<void()> on_wake) {
    on_wake_ = std::move(on_wake);
    thread_ = std::thread([this] { Run(); });
  }

  // Delivers the wakes so far, then ends.
  void End() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      ending_ = true;
    }
    changed_.notify_one();
    if (thread_.joinable()) thread_.join();
  }

  // From now on a wake is answered with kClosing, as when Node's environment goes.
  void StartClosing() {
    std::lock_guard<std::mutex> lock(mutex_);
    closing_ = true;
  }

  WakeResult Wake() {
    if (inside_.exchange(true)) ++misuses_;  // two threads inside at once
    std::this_thread::yield();               // makes the window wider
    WakeResult result = WakeResult::kScheduled;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (dead_) ++misuses_;  // used after its end
      if (closing_) {
        dead_ = true;
        result = WakeResult::kClosing;
      } else {
        ++wakes_;
        ++pending_wakes_;
      }
    }
    changed_.notify_one();
    inside_ = false;
    return result;
  }

  void Release() {
    std::lock_guard<std::mutex> lock(mutex_);
    if (dead_) ++misuses_;
    dead_ = true;
    ++releases_;
  }

  int wakes() const { return wakes_; }
  int releases() const { return releases_; }
  int misuses() const { return misuses_; }

 private:
  void Run() {
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return pending_wakes_ > 0 || ending_; });
      if (pending_wakes_ == 0) return;
      --pending_wakes_;
      lock.unlock();
      on_wake_();
      lock.lock();
    }
  }

  std::function<void()> on_wake_;
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int pending_wakes_ = 0;
  bool ending_ = false;
  bool closing_ = false;
  bool dead_ = false;
  std::atomic<bool> inside_{false};
  std::atomic<int> wakes_{0};
  std::atomic<int> releases_{0};
  std::atomic<int> misuses_{0};
};

struct LoopBackend {
  Loop* loop;
  WakeResult Wake() { return loop->Wake(); }
  void Release() { loop->Release(); }
};

using Item = std::unique_ptr<int>;
using Function = ThreadSafeFunction<Item, LoopBackend>;

Item NewItem(int value) { return std::make_unique<int>(value); }

// A call with one item, which stays the caller's where it is refused.
template <typename AnyFunction, typename AnyItem>
bool Call(AnyFunction& function, AnyItem&& item) {
  std::list<std::decay_t<AnyItem>> items;
  items.push_back(std::forward<AnyItem>(item));
  const bool taken = function.Call(items);
  EXPECT_EQ(items.size(), taken ? 0u : 1u);
  if (!taken) item = std::move(items.front());
  return taken;
}

std::list<Item> NewItems(std::initializer_list<int> values) {
  std::list<Item> items;
  for (const int value : values) items.push_back(NewItem(value));
  return items;
}

std::vector<int> ValuesOf(const std::list<Item>& items) {
  std::vector<int> values;
  for (const Item& item : items) values.push_back(*item);
  return values;
}

TEST(ThreadSafeFunction, ItemsArriveInOrderOnTheLoopsThread) {
  Loop loop;
  Function function({&loop});
  std::vector<int> received;
  std::thread::id thread;
  loop.Start([&] {
    function.Drain([&](Item&& item) {
      received.push_back(*item);
      thread = std::this_thread::get_id();
      return true;
    });
  });
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(Call(function, NewItem(i)));
  function.Release();
  loop.End();
  ASSERT_EQ(received.size(), 1000u);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(received[static_cast<size_t>(i)], i);
  EXPECT_NE(thread, std::this_thread::get_id());
  EXPECT_EQ(loop.releases(), 1);
  EXPECT_EQ(loop.misuses(), 0);
}

TEST(ThreadSafeFunction, ManyItemsBeforeTheLoopTurnsCostOneWake) {
  Loop loop;
  Function function({&loop});
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(Call(function, NewItem(i)));
  EXPECT_EQ(loop.wakes(), 1);
  size_t received = 0;
  loop.Start([&] {
    function.Drain([&](Item&&) {
      ++received;
      return true;
    });
  });
  loop.End();
  EXPECT_EQ(received, 100u);
}

// A loop that turns at each wake, before the caller goes on, and is closing after `most` of them.
struct EagerBackend {
  std::function<void()>* on_wake;
  int* wakes;
  int most = 1000;
  WakeResult Wake() {
    if (++*wakes > most) return WakeResult::kClosing;
    (*on_wake)();
    return WakeResult::kScheduled;
  }
  void Release() {}
};

TEST(ThreadSafeFunction, ItemsOfOneCallCostOneWakeOfALoopThatTurnsAtOnce) {
  int wakes = 0;
  std::vector<int> received;
  std::function<void()> on_wake;
  ThreadSafeFunction<Item, EagerBackend> function({&on_wake, &wakes});
  on_wake = [&] {
    function.Drain([&](Item&& item) {
      received.push_back(*item);
      return true;
    });
  };
  std::list<Item> items = NewItems({1, 2, 3});
  EXPECT_TRUE(function.Call(items));
  EXPECT_TRUE(items.empty());
  EXPECT_EQ(received, (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(wakes, 1);
}

TEST(ThreadSafeFunction, ALoopThatClosesInMidDeliveryLeavesTheRestToTheCaller) {
  int wakes = 0;
  std::vector<int> received;
  std::function<void()> on_wake;
  ThreadSafeFunction<Item, EagerBackend> function({&on_wake, &wakes, 1});
  on_wake = [&] {
    function.Drain([&](Item&& item) {
      received.push_back(*item);
      return *item != 2;  // wants a pause, after which the loop is closing
    });
  };
  std::list<Item> items = NewItems({1, 2, 3, 4});
  EXPECT_FALSE(function.Call(items));
  EXPECT_EQ(received, (std::vector<int>{1, 2}));
  EXPECT_EQ(ValuesOf(items), (std::vector<int>{3, 4}));
}

TEST(ThreadSafeFunction, ACallAfterReleaseIsRefusedAndTheItemStaysTheCallers) {
  Loop loop;
  Function function({&loop});
  function.Release();
  Item item = NewItem(7);
  EXPECT_FALSE(Call(function, std::move(item)));
  ASSERT_NE(item, nullptr);
  EXPECT_EQ(*item, 7);
  EXPECT_EQ(loop.wakes(), 0);
  EXPECT_EQ(loop.misuses(), 0);
}

TEST(ThreadSafeFunction, ReleaseTwiceReleasesTheBackendOnce) {
  Loop loop;
  Function function({&loop});
  function.Release();
  function.Release();
  EXPECT_EQ(loop.releases(), 1);
}

TEST(ThreadSafeFunction, ItemsTakenBeforeReleaseAreStillDelivered) {
  Loop loop;
  Function function({&loop});
  ASSERT_TRUE(Call(function, NewItem(1)));
  function.Release();
  int received = 0;
  loop.Start([&] {
    function.Drain([&](Item&& item) {
      received = *item;
      return true;
    });
  });
  loop.End();
  EXPECT_EQ(received, 1);
}

TEST(ThreadSafeFunction, ALoopThatIsClosingRefusesAndTheItemStaysTheCallers) {
  Loop loop;
  Function function({&loop});
  loop.StartClosing();
  Item item = NewItem(7);
  EXPECT_FALSE(Call(function, std::move(item)));
  ASSERT_NE(item, nullptr);
  EXPECT_EQ(*item, 7);
  EXPECT_FALSE(Call(function, std::move(item)));
  function.Release();
  EXPECT_EQ(loop.releases(), 0) << "a closing loop has dropped our reference itself";
  EXPECT_EQ(loop.misuses(), 0);
}

TEST(ThreadSafeFunction, DiscardDestroysWhatIsPendingAndRefusesWhatComes) {
  Loop loop;
  Function function({&loop});
  auto shared = std::make_shared<int>(1);
  ThreadSafeFunction<std::shared_ptr<int>, LoopBackend> holder({&loop});
  ASSERT_TRUE(Call(holder, std::shared_ptr<int>(shared)));
  EXPECT_EQ(shared.use_count(), 2);
  holder.Discard();
  EXPECT_EQ(shared.use_count(), 1);
  EXPECT_FALSE(Call(holder, std::shared_ptr<int>(shared)));
}

TEST(ThreadSafeFunction, ADeliveryThatWantsAPauseGoesOnAtTheNextTurnInOrder) {
  Loop loop;
  Function function({&loop});
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(Call(function, NewItem(i)));
  std::vector<int> received;
  loop.Start([&] {
    function.Drain([&](Item&& item) {
      received.push_back(*item);
      if (*item == 4) Call(function, NewItem(10));
      return *item % 3 != 2;
    });
  });
  loop.End();
  EXPECT_EQ(received, (std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
  EXPECT_EQ(loop.wakes(), 4);
}

TEST(ThreadSafeFunction, ADeliveryThatWantsAPauseAfterReleaseGetsItAllAtOnce) {
  Loop loop;
  Function function({&loop});
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(Call(function, NewItem(i)));
  function.Release();
  int received = 0;
  loop.Start([&] {
    function.Drain([&](Item&&) {
      ++received;
      return false;
    });
  });
  loop.End();
  EXPECT_EQ(received, 10);
  EXPECT_EQ(loop.misuses(), 0);
}

TEST(ThreadSafeFunction, CallsFromManyThreadsAllArriveEachThreadsInOrder) {
  constexpr int kThreads = 4;
  constexpr int kEach = 3000;
  Loop loop;
  Function function({&loop});
  std::vector<int> next(kThreads, 0);
  int received = 0;
  loop.Start([&] {
    function.Drain([&](Item&& item) {
      const int thread = *item / kEach;
      EXPECT_EQ(*item % kEach, next[static_cast<size_t>(thread)]++);
      ++received;
      return received % 17 != 0;
    });
  });
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&function, thread] {
      for (int i = 0; i < kEach; ++i) EXPECT_TRUE(Call(function, NewItem(thread * kEach + i)));
    });
  }
  for (std::thread& thread : threads) thread.join();
  function.Release();
  loop.End();
  EXPECT_EQ(received, kThreads * kEach);
  EXPECT_EQ(loop.misuses(), 0);
  EXPECT_EQ(loop.releases(), 1);
}

// Each item is delivered, or refused and still its caller's; the backend is never touched after its
// end.
void RaceEnding(const std::function<void(Loop&, Function&)>& end) {
  for (int round = 0; round < 200; ++round) {
    Loop loop;
    Function function({&loop});
    std::atomic<int> delivered{0};
    loop.Start([&] {
      function.Drain([&](Item&&) {
        ++delivered;
        return true;
      });
    });
    std::atomic<int> accepted{0};
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 3; ++thread) {
      threads.emplace_back([&] {
        for (int i = 0; i < 50; ++i) {
          std::list<Item> items = NewItems({i, i + 1, i + 2});
          const bool taken = function.Call(items);
          EXPECT_EQ(items.empty(), taken);
          for (const Item& item : items) EXPECT_NE(item, nullptr);
          accepted += 3 - static_cast<int>(items.size());
        }
      });
    }
    end(loop, function);
    for (std::thread& thread : threads) thread.join();
    function.Release();
    loop.End();
    int left = 0;
    function.Drain([&](Item&&) {
      ++left;
      return true;
    });
    EXPECT_EQ(delivered + left, accepted);
    EXPECT_EQ(loop.misuses(), 0);
  }
}

TEST(ThreadSafeFunction, ReleaseWhileOthersCallLosesNothing) {
  RaceEnding([](Loop&, Function& function) { function.Release(); });
}

TEST(ThreadSafeFunction, ALoopThatClosesWhileOthersCallIsNotTouchedAgain) {
  RaceEnding([](Loop& loop, Function&) { loop.StartClosing(); });
}

}  // namespace
}  // namespace webcodecs
