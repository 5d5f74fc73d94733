#include "core/codec_worker.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "command_helpers.h"
#include "core/worker_registry.h"
#include "fake_codec.h"

namespace webcodecs {
namespace {

using Events = std::vector<std::string>;

Error Failure(const char* message) { return Error{ErrorKind::kEncoding, 0, "", message}; }

// A worker over a scripted codec. The channel outlives the worker, as in the addon.
class WorkerTest : public testing::Test {
 protected:
  CodecWorker& Start(ControlMessageQueue::Limits limits = {}) {
    worker_ = std::make_unique<CodecWorker>(
        [this](OutputSink sink) { return std::make_unique<FakeCodec>(script_, std::move(sink)); },
        channel_, limits);
    EXPECT_TRUE(worker_->Start().ok());
    return *worker_;
  }
  void Push(Command command) {
    const Result<void> pushed = worker_->Push(std::move(command));
    ASSERT_TRUE(pushed.ok()) << pushed.error().message;
  }
  void Await(const std::string& event) {
    ASSERT_TRUE(channel_.Await(event)) << "no event: " << event;
  }

  CodecScript script_;
  RecordingChannel channel_;
  std::unique_ptr<CodecWorker> worker_;
};

TEST_F(WorkerTest, EventsComeInTheOrderOfTheWork) {
  script_.flush = [](const OutputSink& sink) {
    EmitAt(sink, 99);
    return Result<void>();
  };
  Start();
  Push(Configure(1));
  Push(WorkAt(1, 10));
  Push(WorkAt(1, 20));
  Push(Flush(1, 7));
  Await("flushed 1 7");
  EXPECT_EQ(channel_.events(), (Events{"configured 1", "dequeued 1", "output 1 10", "dequeued 1",
                                       "output 1 20", "output 1 99", "flushed 1 7"}));
}

TEST_F(WorkerTest, TheCodecLivesAndDiesOnOneThreadThatIsNotTheCallers) {
  std::vector<std::thread::id> threads;
  const auto note = [&threads] { threads.push_back(std::this_thread::get_id()); };
  script_.configure = [&](const CodecConfig&) {
    note();
    return Result<void>();
  };
  script_.process = [&](int64_t, const OutputSink&) {
    note();
    return Result<void>();
  };
  script_.reset = note;
  script_.destroy = note;
  CodecWorker& worker = Start();
  Push(Configure(1));
  Push(WorkAt(1, 10));
  Push(Flush(1, 1));
  Await("flushed 1 1");
  worker.Reset(2);
  Push(Flush(2, 2));
  Await("flushed 2 2");
  worker.Close();
  worker.Join();
  ASSERT_EQ(threads.size(), 4u);
  for (const std::thread::id& thread : threads) {
    EXPECT_EQ(thread, threads[0]);
    EXPECT_NE(thread, std::this_thread::get_id());
  }
}

TEST_F(WorkerTest, ResetDuringALongEncodeReturnsAtOnceAndNothingOfItSurfaces) {
  Gate gate;
  script_.process = [&gate](int64_t timestamp, const OutputSink& sink) {
    gate.Pass();
    EmitAt(sink, timestamp);
    return Result<void>();
  };
  CodecWorker& worker = Start();
  Push(Configure(1));
  Push(WorkAt(1, 10));
  Push(WorkAt(1, 20));
  gate.AwaitArrival();
  worker.Reset(2);  // would wait for ever if it waited for the encode
  gate.Open();
  Push(Configure(2));
  Push(WorkAt(2, 30));
  Await("output 2 30");
  EXPECT_EQ(channel_.events(),
            (Events{"configured 1", "dequeued 1", "configured 2", "dequeued 2", "output 2 30"}));
}

TEST_F(WorkerTest, AnEventSentBeforeTheResetIsRecognisedAsLate) {
  CodecWorker& worker = Start();
  const Event old_output = OutputEvent{1, {}};
  EXPECT_FALSE(worker.IsLate(old_output));
  worker.Reset(2);
  EXPECT_TRUE(worker.IsLate(old_output));
  EXPECT_FALSE(worker.IsLate(Event(ConfiguredEvent{2})));
  worker.Close();
  EXPECT_TRUE(worker.IsLate(Event(ConfiguredEvent{2})));
  EXPECT_FALSE(worker.IsLate(Event(ClosedEvent{0})));
}

TEST_F(WorkerTest, AFailureThatAResetOvertookIsNotTold) {
  Gate gate;
  script_.process = [&gate](int64_t, const OutputSink&) -> Result<void> {
    gate.Pass();
    return Failure("too late");
  };
  CodecWorker& worker = Start();
  Push(Configure(1));
  Push(WorkAt(1, 10));
  gate.AwaitArrival();
  worker.Reset(2);
  gate.Open();
  Push(Configure(2));
  Await("configured 2");
  EXPECT_EQ(channel_.events(), (Events{"configured 1", "dequeued 1", "configured 2"}));
}

TEST_F(WorkerTest, ResetDuringALongFlushEndsTheFlushWithoutAWord) {
  Gate gate;
  script_.flush = [&gate](const OutputSink& sink) {
    gate.Pass();
    EmitAt(sink, 99);
    return Result<void>();
  };
  CodecWorker& worker = Start();
  Push(Configure(1));
  Push(Flush(1, 7));
  gate.AwaitArrival();
  worker.Reset(2);
  gate.Open();
  Push(Flush(2, 8));
  Await("flushed 2 8");
  EXPECT_EQ(channel_.events(), (Events{"configured 1", "flushed 2 8"}));
}

TEST_F(WorkerTest, FlushWhileAnEncodeRunsComesAfterAllItsOutputs) {
  Gate gate;
  script_.process = [&gate](int64_t timestamp, const OutputSink& sink) {
    gate.Pass();
    EmitAt(sink, timestamp);
    return Result<void>();
  };
  Start();
  Push(Configure(1));
  Push(WorkAt(1, 10));
  gate.AwaitArrival();
  Push(WorkAt(1, 20));
  Push(Flush(1, 7));
  gate.Open();
  Await("flushed 1 7");
  EXPECT_EQ(channel_.events(), (Events{"configured 1", "dequeued 1", "output 1 10", "dequeued 1",
                                       "output 1 20", "flushed 1 7"}));
}

TEST_F(WorkerTest, CloseWithWorkPendingDropsItAndEndsWithClosed) {
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

TEST_F(WorkerTest, TheCodecIsDestroyedBeforeClosedIsTold) {
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

TEST_F(WorkerTest, AFailureDropsWhatIsQueuedAndLaterWorkUntilANewerConfigure) {
  Gate gate;
  script_.process = [&gate](int64_t timestamp, const OutputSink& sink) -> Result<void> {
    gate.Pass();
    if (timestamp == 10) return Failure("broken");
    EmitAt(sink, timestamp);
    return {};
  };
  Start();
  Push(Configure(1));
  Push(WorkAt(1, 10));
  gate.AwaitArrival();
  Push(WorkAt(1, 20));
  Push(Flush(1, 7));
  gate.Open();
  Await("failed 1 broken");
  Push(WorkAt(1, 30));
  Push(Flush(1, 8));
  Push(Configure(1));
  Push(Configure(2));
  Push(WorkAt(2, 40));
  Await("output 2 40");
  EXPECT_EQ(channel_.events(), (Events{"configured 1", "dequeued 1", "failed 1 broken",
                                       "configured 2", "dequeued 2", "output 2 40"}));
}

TEST_F(WorkerTest, OutputsBeforeAnErrorComeBeforeIt) {
  script_.process = [](int64_t timestamp, const OutputSink& sink) -> Result<void> {
    EmitAt(sink, timestamp);
    return Failure("broken");
  };
  Start();
  Push(Configure(1));
  Push(WorkAt(1, 10));
  Await("failed 1 broken");
  EXPECT_EQ(channel_.events(),
            (Events{"configured 1", "dequeued 1", "output 1 10", "failed 1 broken"}));
}

TEST_F(WorkerTest, AfterAFailureAResetMakesTheCodecUsableAgain) {
  int configures = 0;
  script_.configure = [&configures](const CodecConfig&) -> Result<void> {
    if (++configures == 1) return Failure("no such thing");
    return {};
  };
  CodecWorker& worker = Start();
  Push(Configure(1));
  Await("failed 1 no such thing");
  worker.Reset(2);
  Push(Configure(2));
  Push(WorkAt(2, 10));
  Await("output 2 10");
}

TEST_F(WorkerTest, ReconfiguringFlushesWhatTheOldConfigurationWasGiven) {
  script_.flush = [](const OutputSink& sink) {
    EmitAt(sink, 99);
    return Result<void>();
  };
  Start();
  Push(Configure(1));
  Push(WorkAt(1, 10));
  Push(Configure(2));
  Await("configured 2");
  EXPECT_EQ(channel_.events(),
            (Events{"configured 1", "dequeued 1", "output 1 10", "output 1 99", "configured 2"}));
}

TEST_F(WorkerTest, WorkBeforeAnyConfigureIsAnError) {
  Start();
  Push(WorkAt(1, 10));
  Await("failed 1 The codec was given work while unconfigured.");
}

TEST_F(WorkerTest, WorkAfterAResetWithoutConfigureIsAnError) {
  CodecWorker& worker = Start();
  Push(Configure(1));
  worker.Reset(2);
  Push(WorkAt(2, 10));
  Await("failed 2 The codec was given work while unconfigured.");
}

TEST_F(WorkerTest, RunningOutOfMemoryIsAFailureAndNotTheEnd) {
  int calls = 0;
  script_.process = [&calls](int64_t timestamp, const OutputSink& sink) -> Result<void> {
    if (++calls == 1) throw std::bad_alloc();
    EmitAt(sink, timestamp);
    return {};
  };
  CodecWorker& worker = Start();
  Push(Configure(1));
  Push(WorkAt(1, 10));
  Await("failed 1 There is not enough memory.");
  worker.Reset(2);
  Push(Configure(2));
  Push(WorkAt(2, 20));
  Await("output 2 20");
}

TEST_F(WorkerTest, AnExceptionInConfigureFlushOrResetIsAFailure) {
  script_.configure = [](const CodecConfig&) -> Result<void> {
    throw std::runtime_error("configure threw");
  };
  script_.reset = [] { throw std::runtime_error("reset threw"); };
  CodecWorker& worker = Start();
  Push(Configure(1));
  Await("failed 1 configure threw");
  worker.Reset(2);
  Await("failed 2 reset threw");
}

TEST_F(WorkerTest, ACodecThatCanNotBeMadeFailsEachGenerationOnceAndCloses) {
  CodecWorker worker([](OutputSink) -> std::unique_ptr<Codec> { throw std::bad_alloc(); },
                     channel_);
  ASSERT_TRUE(worker.Start().ok());
  ASSERT_TRUE(worker.Push(Configure(1)).ok());
  Await("failed 1 There is not enough memory.");
  worker.Close();
  worker.Join();
  EXPECT_EQ(channel_.events(), (Events{"failed 1 There is not enough memory.", "closed"}));
}

TEST_F(WorkerTest, AChannelThatRefusesDoesNotStopTheTeardown) {
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

TEST_F(WorkerTest, WorkPastTheCapacityIsRefusedWhileTheRestIsDone) {
  Gate gate;
  script_.process = [&gate](int64_t timestamp, const OutputSink& sink) {
    gate.Pass();
    EmitAt(sink, timestamp);
    return Result<void>();
  };
  CodecWorker& worker = Start({/*capacity=*/3, /*saturation=*/2});
  Push(Configure(1));
  Push(WorkAt(1, 0));
  gate.AwaitArrival();
  for (int i = 1; i <= 3; ++i) Push(WorkAt(1, i));
  EXPECT_TRUE(worker.saturated());
  const Result<void> refused = worker.Push(WorkAt(1, 4));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::kQuotaExceeded);
  gate.Open();
  Await("output 1 3");
  EXPECT_FALSE(worker.saturated());
}

TEST_F(WorkerTest, HundredsOfCodecsComeAndGoWithWorkInThem) {
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

TEST_F(WorkerTest, ResetsFromManyThreadsAndAWorkingCodecDoNotDisturbEachOther) {
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
