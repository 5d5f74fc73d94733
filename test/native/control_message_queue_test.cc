#include "core/control_message_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <thread>
#include <vector>

#include "command_helpers.h"

namespace webcodecs {
namespace {

// Long enough for a thread that could go on to have gone on.
constexpr std::chrono::milliseconds kMoment(50);

void MustPush(ControlMessageQueue& queue, Command command) {
  const Result<void> pushed = queue.Push(std::move(command));
  ASSERT_TRUE(pushed.ok()) << pushed.error().message;
}

TEST(ControlMessageQueue, CommandsComeOutInTheOrderInWhichTheyWentIn) {
  ControlMessageQueue queue;
  MustPush(queue, Configure(1));
  MustPush(queue, WorkAt(1, 10));
  MustPush(queue, Flush(1, 7));
  MustPush(queue, WorkAt(1, 20));

  EXPECT_EQ(Describe(queue.Take()), "configure 1");
  queue.Unblock();
  EXPECT_EQ(Describe(queue.Take()), "work 1 10");
  EXPECT_EQ(Describe(queue.Take()), "flush 1 7");
  EXPECT_EQ(Describe(queue.Take()), "work 1 20");
  EXPECT_EQ(queue.size(), 0u);
}

TEST(ControlMessageQueue, TakingAConfigureBlocksTheQueueUntilItHasRun) {
  ControlMessageQueue queue;
  MustPush(queue, Configure(1));
  MustPush(queue, WorkAt(1, 10));
  EXPECT_FALSE(queue.blocked());
  queue.Take();
  EXPECT_TRUE(queue.blocked());

  auto next = std::async(std::launch::async, [&queue] { return Describe(queue.Take()); });
  EXPECT_EQ(next.wait_for(kMoment), std::future_status::timeout);
  queue.Unblock();
  EXPECT_EQ(next.get(), "work 1 10");
  EXPECT_FALSE(queue.blocked());
}

TEST(ControlMessageQueue, WorkAndFlushDoNotBlockTheQueue) {
  ControlMessageQueue queue;
  MustPush(queue, WorkAt(1, 10));
  MustPush(queue, Flush(1));
  queue.Take();
  EXPECT_FALSE(queue.blocked());
  queue.Take();
  EXPECT_FALSE(queue.blocked());
}

TEST(ControlMessageQueue, ResetDoesNotUnblockAQueueWhoseConfigureStillRuns) {
  ControlMessageQueue queue;
  MustPush(queue, Configure(1));
  queue.Take();
  EXPECT_TRUE(queue.Reset(2).empty());
  EXPECT_TRUE(queue.blocked());
  queue.Unblock();
  EXPECT_EQ(Describe(queue.Take()), "reset 2");
}

TEST(ControlMessageQueue, ResetHandsBackWhatItDropsAndPutsItselfInItsPlace) {
  ControlMessageQueue queue;
  MustPush(queue, Configure(1));
  MustPush(queue, WorkAt(1, 10));
  MustPush(queue, Flush(1, 7));
  const std::vector<Command> dropped = queue.Reset(2);
  ASSERT_EQ(dropped.size(), 3u);
  EXPECT_EQ(Describe(dropped[0]), "configure 1");
  EXPECT_EQ(Describe(dropped[1]), "work 1 10");
  EXPECT_EQ(Describe(dropped[2]), "flush 1 7");
  EXPECT_EQ(queue.oldest_valid(), 2u);

  MustPush(queue, Configure(2));
  EXPECT_EQ(Describe(queue.Take()), "reset 2");
  EXPECT_EQ(Describe(queue.Take()), "configure 2");
}

TEST(ControlMessageQueue, ManyResetsInARowLeaveOne) {
  ControlMessageQueue queue;
  for (Generation generation = 1; generation <= 100; ++generation) {
    EXPECT_LE(queue.Reset(generation).size(), 1u);
  }
  EXPECT_EQ(queue.size(), 1u);
  EXPECT_EQ(Describe(queue.Take()), "reset 100");
}

TEST(ControlMessageQueue, ACommandOlderThanTheLastResetIsRefusedAndStaysTheCallers) {
  ControlMessageQueue queue;
  EXPECT_TRUE(queue.Reset(5).empty());
  Command late = WorkAt(4, 10);
  const Result<void> pushed = queue.Push(std::move(late));
  ASSERT_FALSE(pushed.ok());
  EXPECT_EQ(pushed.error().kind, ErrorKind::kOperation);
  EXPECT_EQ(Describe(late), "work 4 10");
}

TEST(ControlMessageQueue, CloseHandsBackWhatWaitsAndComesNextAndForever) {
  ControlMessageQueue queue;
  MustPush(queue, Configure(1));
  MustPush(queue, WorkAt(1, 10));
  EXPECT_EQ(queue.Close().size(), 2u);
  EXPECT_TRUE(queue.closed());
  EXPECT_TRUE(queue.Close().empty());
  EXPECT_EQ(Describe(queue.Take()), "close");
  EXPECT_EQ(Describe(queue.Take()), "close");
}

TEST(ControlMessageQueue, CloseComesEvenWhileAConfigureBlocksTheQueue) {
  ControlMessageQueue queue;
  MustPush(queue, Configure(1));
  queue.Take();
  EXPECT_TRUE(queue.Close().empty());
  EXPECT_EQ(Describe(queue.Take()), "close");
}

TEST(ControlMessageQueue, CloseWakesAConsumerThatWaits) {
  ControlMessageQueue queue;
  auto next = std::async(std::launch::async, [&queue] { return Describe(queue.Take()); });
  EXPECT_EQ(next.wait_for(kMoment), std::future_status::timeout);
  EXPECT_TRUE(queue.Close().empty());
  EXPECT_EQ(next.get(), "close");
}

TEST(ControlMessageQueue, APushAfterCloseIsRefusedAndStaysTheCallers) {
  ControlMessageQueue queue;
  EXPECT_TRUE(queue.Close().empty());
  Command command = WorkAt(1, 10);
  const Result<void> pushed = queue.Push(std::move(command));
  ASSERT_FALSE(pushed.ok());
  EXPECT_EQ(pushed.error().kind, ErrorKind::kOperation);
  EXPECT_EQ(Describe(command), "work 1 10");
}

TEST(ControlMessageQueue, ResetAfterCloseDoesNothing) {
  ControlMessageQueue queue;
  EXPECT_TRUE(queue.Close().empty());
  EXPECT_TRUE(queue.Reset(9).empty());
  EXPECT_EQ(Describe(queue.Take()), "close");
}

TEST(ControlMessageQueue, APushPastTheCapacityIsRefusedUntilThereIsRoom) {
  ControlMessageQueue queue({/*capacity=*/2, /*saturation=*/1});
  MustPush(queue, WorkAt(1, 10));
  MustPush(queue, Flush(1));
  Command third = WorkAt(1, 30);
  const Result<void> pushed = queue.Push(std::move(third));
  ASSERT_FALSE(pushed.ok());
  EXPECT_EQ(pushed.error().kind, ErrorKind::kQuotaExceeded);
  EXPECT_EQ(Describe(third), "work 1 30");

  queue.Take();
  EXPECT_TRUE(queue.Push(std::move(third)).ok());
}

TEST(ControlMessageQueue, ResetIsAcceptedAtCapacity) {
  ControlMessageQueue queue({/*capacity=*/1, /*saturation=*/1});
  MustPush(queue, WorkAt(1, 10));
  EXPECT_EQ(queue.Reset(2).size(), 1u);
  EXPECT_EQ(Describe(queue.Take()), "reset 2");
}

TEST(ControlMessageQueue, ItIsSaturatedWhileThatMuchWorkWaits) {
  ControlMessageQueue queue({/*capacity=*/10, /*saturation=*/2});
  MustPush(queue, WorkAt(1, 10));
  MustPush(queue, Flush(1));
  EXPECT_FALSE(queue.saturated());
  MustPush(queue, WorkAt(1, 20));
  EXPECT_TRUE(queue.saturated());
  queue.Take();
  EXPECT_FALSE(queue.saturated());
  MustPush(queue, WorkAt(1, 30));
  EXPECT_TRUE(queue.saturated());
  EXPECT_EQ(queue.Reset(2).size(), 3u);
  EXPECT_FALSE(queue.saturated());
}

TEST(ControlMessageQueue, DroppingAGenerationLeavesNewerCommandsAndResets) {
  ControlMessageQueue queue;
  EXPECT_TRUE(queue.Reset(1).empty());
  MustPush(queue, WorkAt(1, 10));
  MustPush(queue, Configure(2));
  MustPush(queue, WorkAt(2, 20));
  const std::vector<Command> dropped = queue.DropThrough(1);
  ASSERT_EQ(dropped.size(), 1u);
  EXPECT_EQ(Describe(dropped[0]), "work 1 10");
  EXPECT_EQ(Describe(queue.Take()), "reset 1");
  EXPECT_EQ(Describe(queue.Take()), "configure 2");
  queue.Unblock();
  EXPECT_EQ(Describe(queue.Take()), "work 2 20");
}

TEST(ControlMessageQueue, CommandsFromManyThreadsAllArriveEachThreadsInOrder) {
  constexpr int kThreads = 4;
  constexpr int kEach = 2000;
  ControlMessageQueue queue({/*capacity=*/64, /*saturation=*/16});
  std::vector<std::thread> producers;
  for (int producer = 0; producer < kThreads; ++producer) {
    producers.emplace_back([&queue, producer] {
      for (int i = 0; i < kEach; ++i) {
        Command command = WorkAt(static_cast<Generation>(producer), i);
        while (!queue.Push(std::move(command)).ok()) std::this_thread::yield();
      }
    });
  }
  std::vector<int64_t> next(kThreads, 0);
  for (int i = 0; i < kThreads * kEach; ++i) {
    const Command command = queue.Take();
    const auto& work = std::get<WorkCommand>(command);
    ASSERT_EQ(TimestampOf(work.work), next[work.generation]++);
  }
  for (std::thread& producer : producers) producer.join();
  EXPECT_EQ(queue.size(), 0u);
}

TEST(ControlMessageQueue, ResetsAndPushesAtOnceLoseNoCommand) {
  constexpr int kPushes = 5000;
  ControlMessageQueue queue({/*capacity=*/100000, /*saturation=*/16});
  std::atomic<int> dropped{0};
  std::thread resetter([&] {
    for (int i = 0; i < 500; ++i) {
      for (const Command& command : queue.Reset(0)) {
        if (std::holds_alternative<WorkCommand>(command)) ++dropped;
      }
      std::this_thread::yield();
    }
    MustPush(queue, Flush(0, 1));
  });
  std::thread producer([&] {
    for (int i = 0; i < kPushes; ++i) MustPush(queue, WorkAt(0, i));
    MustPush(queue, Flush(0, 2));
  });
  int taken = 0;
  resetter.join();
  producer.join();
  while (queue.size() > 0) {
    if (std::holds_alternative<WorkCommand>(queue.Take())) ++taken;
  }
  EXPECT_EQ(taken + dropped, kPushes);
}

}  // namespace
}  // namespace webcodecs
