#include <gtest/gtest.h>
#if defined(__GLIBC__)
#include <unistd.h>
#endif

#include <atomic>
#include <fstream>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "core/worker_registry.h"
#include "worker_fixture.h"

namespace webcodecs {
namespace {

using WorkerEnd = WorkerFixture;

TEST_F(WorkerEnd, CloseWithWorkPendingDropsItAndEndsWithClosed) {
  Gate gate;
  std::atomic<int> processed{0};
  script_.process = [&](int64_t timestamp, const OutputSink& sink) {
    gate.Pass();
    ++processed;
    EmitAt(sink, timestamp);
    return Result<void>();
  };
  CodecWorker& worker = Start();
  Push(Configure(1));
  for (int i = 0; i < 20; ++i) Push(WorkAt(1, i));
  gate.AwaitArrival();
  worker.Close();  // does not wait for the encode
  worker.Close();
  gate.Open();
  worker.Join();
  worker.Join();
  EXPECT_EQ(processed, 1);
  EXPECT_EQ(channel_.events(), (Events{"configured 1", "dequeued 1", "closed"}));
  EXPECT_EQ(channel_.releases(), 1);
}

TEST_F(WorkerEnd, TheCodecIsDestroyedBeforeClosedIsTold) {
  Events order;
  script_.destroy = [this, &order] { order = channel_.events(); };
  CodecWorker& worker = Start();
  Push(Configure(1));
  Await("configured 1");
  worker.Close();
  worker.Join();
  EXPECT_EQ(order, (Events{"configured 1"}));
  EXPECT_EQ(channel_.events(), (Events{"configured 1", "closed"}));
}

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
size_t ResidentBytes() {
  size_t whole = 0;
  size_t resident = 0;
  std::ifstream("/proc/self/statm") >> whole >> resident;
  return resident * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

TEST_F(WorkerEnd, WhatTheCodecFreedGoesBackToTheSystem) {
  constexpr size_t kBlock = 64 * 1024;
  constexpr size_t kBlocks = 1024;
  std::vector<std::vector<char>> blocks;
  std::vector<char> survivor;
  script_.process = [&](int64_t, const OutputSink&) {
    for (size_t i = 0; i < kBlocks; ++i) blocks.emplace_back(kBlock, 'x');
    survivor.assign(kBlock, 'x');  // keeps the allocator from cutting its memory off at the end
    return Result<void>();
  };
  size_t full = 0;
  script_.destroy = [&] {
    full = ResidentBytes();
    blocks.clear();
  };
  CodecWorker& worker = Start();
  Push(Configure(1));
  Push(WorkAt(1, 1));
  Push(Flush(1, 1));
  Await("flushed 1 1");
  worker.Close();
  worker.Join();
  EXPECT_LT(ResidentBytes() + kBlocks * kBlock / 2, full);
}
#endif

TEST_F(WorkerEnd, ACodecThatCanNotBeMadeFailsEachGenerationOnceAndCloses) {
  CodecWorker worker([](OutputSink) -> std::unique_ptr<Codec> { throw std::bad_alloc(); },
                     channel_);
  ASSERT_TRUE(worker.Start().ok());
  ASSERT_TRUE(worker.Push(Configure(1)).ok());
  Await("failed 1 There is not enough memory.");
  worker.Close();
  worker.Join();
  EXPECT_EQ(channel_.events(), (Events{"failed 1 There is not enough memory.", "closed"}));
}

TEST_F(WorkerEnd, AChannelThatRefusesDoesNotStopTheTeardown) {
  CodecWorker& worker = Start();
  Push(Configure(1));
  Await("configured 1");
  channel_.Refuse();
  Push(WorkAt(1, 10));
  worker.Close();
  worker.Join();
  EXPECT_EQ(channel_.events(), (Events{"configured 1"}));
  EXPECT_EQ(channel_.releases(), 1);
}

TEST_F(WorkerEnd, HundredsOfCodecsComeAndGoWithWorkInThem) {
  for (int i = 0; i < 400; ++i) {
    RecordingChannel channel;
    {
      CodecWorker worker(
          [this](OutputSink sink) { return std::make_unique<FakeCodec>(script_, std::move(sink)); },
          channel);
      ASSERT_TRUE(worker.Start().ok());
      if (i % 4 != 0) {
        ASSERT_TRUE(worker.Push(Configure(1)).ok());
        ASSERT_TRUE(worker.Push(WorkAt(1, 10)).ok());
      }
      if (i % 4 == 2) worker.Reset(2);
      if (i % 4 == 3) {
        ASSERT_TRUE(channel.Await("output 1 10"));
      }
    }
    ASSERT_EQ(channel.events().back(), "closed");
    ASSERT_EQ(channel.releases(), 1);
  }
}

TEST_F(WorkerEnd, ResetsFromManyThreadsAndAWorkingCodecDoNotDisturbEachOther) {
  CodecWorker& worker = Start();
  std::vector<std::thread> threads;
  std::atomic<Generation> generation{1};
  for (int thread = 0; thread < 3; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        const Generation mine = ++generation;
        worker.Reset(mine);
        // Refused where another thread has reset since.
        if (worker.Push(Configure(mine)).ok() && worker.Push(WorkAt(mine, i)).ok()) continue;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const Generation last = ++generation;
  worker.Reset(last);
  Push(Configure(last));
  Push(WorkAt(last, 77));
  Await("output " + std::to_string(last) + " 77");
}

TEST(WorkerRegistry, StopAllEndsTheOwnersWorkersAndNoOthers) {
  WorkerRegistry registry;
  const int mine = 0;
  const int other = 0;
  RecordingChannel my_channel;
  RecordingChannel other_channel;
  const auto make = [](OutputSink sink) {
    return std::make_unique<FakeCodec>(CodecScript(), std::move(sink));
  };
  auto my_worker = std::make_shared<CodecWorker>(make, my_channel);
  auto other_worker = std::make_shared<CodecWorker>(make, other_channel);
  registry.Add(&mine, my_worker);
  registry.Add(&other, other_worker);
  ASSERT_TRUE(my_worker->Start().ok());
  ASSERT_TRUE(other_worker->Start().ok());

  registry.StopAll(&mine);
  EXPECT_EQ(my_channel.events(), (Events{"closed"}));
  EXPECT_TRUE(other_channel.events().empty());
  registry.Remove(my_worker.get());
  EXPECT_EQ(registry.size(), 1u);
  registry.StopAll(nullptr);
  EXPECT_EQ(other_channel.events(), (Events{"closed"}));
}

}  // namespace
}  // namespace webcodecs
