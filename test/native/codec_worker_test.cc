#include "core/codec_worker.h"

#include <gtest/gtest.h>
#if defined(__linux__)
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include <new>
#include <stdexcept>
#include <thread>
#include <vector>

#include "core/thread_priority.h"
#include "worker_fixture.h"

namespace webcodecs {
namespace {

using WorkerTest = WorkerFixture;

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

#if defined(__linux__)
// How much nicer the threads that run `configs`, one after the other, are than the process; threads
// that the codec makes tell.
std::vector<int> NicenessOf(const std::vector<CodecConfig>& configs, bool at_once = false) {
  RecordingChannel channel;
  CodecScript script;
  std::vector<int> niceness;
  script.configure = [&niceness](const CodecConfig&) {
    std::thread([&niceness] {
      niceness.push_back(getpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid))) -
                         getpriority(PRIO_PROCESS, static_cast<id_t>(getpid())));
    }).join();
    return Result<void>();
  };
  CodecWorker worker(
      [&script](OutputSink sink) { return std::make_unique<FakeCodec>(script, std::move(sink)); },
      channel);
  EXPECT_TRUE(worker.Start().ok());
  Generation generation = 0;
  const auto await = [&] {
    EXPECT_TRUE(channel.Await("configured " + std::to_string(generation)));
  };
  for (const CodecConfig& config : configs) {
    EXPECT_TRUE(worker.Push(ConfigureCommand{++generation, config}).ok());
    if (!at_once) await();
  }
  await();
  return niceness;
}

VideoEncoderConfig EncoderFor(LatencyMode mode) {
  VideoEncoderConfig config;
  config.latency_mode = mode;
  return config;
}

using Niceness = std::vector<int>;

TEST(WorkerPriority, IsBelowTheEventLoopsWhereNobodyWaitsForTheSinglePicture) {
  const VideoEncoderConfig quality = EncoderFor(LatencyMode::kQuality);
  EXPECT_EQ(NicenessOf({quality, quality}), (Niceness{5, 5}));
  VideoEncoderConfig crowded = quality;
  crowded.codec = "av1";
  EXPECT_EQ(NicenessOf({quality, crowded}), (Niceness{5, 10}));
  const VideoEncoderConfig realtime = EncoderFor(LatencyMode::kRealtime);
  EXPECT_EQ(NicenessOf({realtime, realtime}), (Niceness{0, 0}));
  VideoDecoderConfig decoder;
  EXPECT_EQ(NicenessOf({decoder}), Niceness{10});  // below the encoders, too
  decoder.optimize_for_latency = true;
  EXPECT_EQ(NicenessOf({decoder}), Niceness{0});
  EXPECT_EQ(NicenessOf({AudioEncoderConfig{}}), Niceness{0});
}

TEST(WorkerPriority, FollowsTheConfigurationBothWays) {
  const VideoEncoderConfig quality = EncoderFor(LatencyMode::kQuality);
  const VideoEncoderConfig realtime = EncoderFor(LatencyMode::kRealtime);
  for (const bool at_once : {false, true}) {
    EXPECT_EQ(NicenessOf({quality, realtime, realtime, quality, realtime}, at_once),
              (Niceness{5, 0, 0, 5, 0}));
  }
}

// Nanoseconds; 0 where the kernel (before Linux 6.12) has none that a thread could choose.
uint64_t SliceOfThisThread() {
  uint64_t attributes[6] = {};  // sched_attr, see sched_setattr(2)
  if (syscall(SYS_sched_getattr, 0, attributes, sizeof attributes, 0) != 0) return 0;
  return attributes[3];
}

TEST(ThreadPriority, AsksForLongerSlicesThanThoseWhoPreempt) {
  const uint64_t usual = SliceOfThisThread();
  if (usual == 0) GTEST_SKIP() << "this kernel has no slices to choose";
  uint64_t shorter = usual;
  for (const Codecs codecs : {Codecs::kEncoders, Codecs::kDecoders, Codecs::kCrowdedEncoders}) {
    uint64_t chosen = 0;
    uint64_t inherited = 0;
    std::thread([&] {
      YieldToOthers(codecs);
      chosen = SliceOfThisThread();
      std::thread([&] { inherited = SliceOfThisThread(); }).join();
    }).join();
    EXPECT_GT(chosen, shorter);
    EXPECT_EQ(inherited, chosen);
    shorter = chosen;
  }
}

TEST_F(WorkerTest, ADecodersOwnThreadPreemptsThoseThatItMade) {
  if (SliceOfThisThread() == 0) GTEST_SKIP() << "this kernel has no slices to choose";
  uint64_t made = 0;
  uint64_t own = 0;
  int niceness = 0;
  script_.configure = [&](const CodecConfig&) {
    std::thread([&] { made = SliceOfThisThread(); }).join();
    return Result<void>();
  };
  script_.process = [&](int64_t timestamp, const OutputSink& sink) {
    own = SliceOfThisThread();
    niceness = getpriority(PRIO_PROCESS, 0);
    EmitAt(sink, timestamp);
    return Result<void>();
  };
  Start();
  // Again: what a second configuration makes is preempted as well.
  for (Generation generation : {1, 2}) {
    Push(ConfigureCommand{generation, VideoDecoderConfig{}});
    Push(WorkAt(generation, 10));
    Await("output " + std::to_string(generation) + " 10");
    EXPECT_LT(own, made);
    EXPECT_EQ(niceness, getpriority(PRIO_PROCESS, 0) + 10);
  }
}

// A codec on its way from one thread to another: the worker is to lose, repeat and mix up nothing.
class WorkerHandOver : public WorkerFixture {
 protected:
  void PushQuality(Generation generation) {
    Push(ConfigureCommand{generation, EncoderFor(LatencyMode::kQuality)});
  }
  void PushRealtime(Generation generation) {
    Push(ConfigureCommand{generation, EncoderFor(LatencyMode::kRealtime)});
  }
};

TEST_F(WorkerHandOver, KeepsTheOrderOfTheWork) {
  script_.flush = [](const OutputSink& sink) {
    EmitAt(sink, 99);
    return Result<void>();
  };
  Start();
  PushQuality(1);
  Push(WorkAt(1, 10));
  PushRealtime(1);
  Push(WorkAt(1, 20));
  Push(Flush(1, 7));
  Await("flushed 1 7");
  worker_->Close();
  worker_->Join();
  EXPECT_EQ(channel_.events(),
            (Events{"configured 1", "dequeued 1", "output 1 10", "output 1 99", "configured 1",
                    "dequeued 1", "output 1 20", "output 1 99", "flushed 1 7", "closed"}));
  EXPECT_EQ(channel_.releases(), 1);
}

TEST_F(WorkerHandOver, HappensOnceItsConfigurationIsNotDropped) {
  Gate gate;
  script_.process = [&gate](int64_t, const OutputSink&) {
    gate.Pass();
    return Result<void>();
  };
  CodecWorker& worker = Start();
  PushQuality(1);
  Push(WorkAt(1, 10));
  gate.AwaitArrival();
  PushRealtime(1);
  worker.Reset(2);
  PushRealtime(2);
  gate.Open();
  Await("configured 2");
  worker.Close();
  worker.Join();
  EXPECT_EQ(channel_.events(), (Events{"configured 1", "dequeued 1", "configured 2", "closed"}));
}

TEST_F(WorkerHandOver, EndsWellWhereverItIsClosed) {
  for (int wait = 0; wait < 63; ++wait) {
    RecordingChannel channel;
    CodecWorker worker(
        [this](OutputSink sink) { return std::make_unique<FakeCodec>(script_, std::move(sink)); },
        channel);
    ASSERT_TRUE(worker.Start().ok());
    for (Generation generation = 1; generation <= 8; ++generation) {
      const auto mode = generation % 2 == 0 ? LatencyMode::kRealtime : LatencyMode::kQuality;
      ASSERT_TRUE(worker.Push(ConfigureCommand{generation, EncoderFor(mode)}).ok());
      ASSERT_TRUE(worker.Push(WorkAt(generation, 10)).ok());
    }
    // Somewhere on the way: right away, or after one of the outputs.
    if (const int reached = wait % 9; reached > 0) {
      ASSERT_TRUE(channel.Await("output " + std::to_string(reached) + " 10"));
    }
    worker.Close();
    std::thread other([&worker] { worker.Join(); });
    worker.Join();
    EXPECT_EQ(channel.events().back(), "closed");
    EXPECT_EQ(channel.releases(), 1);
    other.join();
  }
}
#endif

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

// What the event loop knows while the codec is at the first of five pieces of work.
Events SeenAtTheFirstOfFive(const VideoDecoderConfig& config) {
  RecordingChannel channel;
  CodecScript script;
  Gate configuring;
  Gate working;
  script.configure = [&](const CodecConfig&) {
    configuring.Pass();
    return Result<void>();
  };
  script.process = [&](int64_t timestamp, const OutputSink& sink) {
    if (timestamp == 1) working.Pass();
    EmitAt(sink, timestamp);
    return Result<void>();
  };
  CodecWorker worker(
      [&script](OutputSink sink) { return std::make_unique<FakeCodec>(script, std::move(sink)); },
      channel);
  EXPECT_TRUE(worker.Start().ok());
  EXPECT_TRUE(worker.Push(ConfigureCommand{1, config}).ok());
  configuring.AwaitArrival();
  for (const int64_t timestamp : {1, 2, 3, 4, 5}) {
    EXPECT_TRUE(worker.Push(WorkAt(1, timestamp)).ok());
  }
  configuring.Open();
  working.AwaitArrival();
  const Events seen = channel.events();
  working.Open();
  EXPECT_TRUE(channel.Await("output 1 5"));
  EXPECT_EQ(channel.events(), (Events{"configured 1", "dequeued 1", "output 1 1", "dequeued 1",
                                      "output 1 2", "dequeued 1", "output 1 3", "dequeued 1",
                                      "output 1 4", "dequeued 1", "output 1 5"}));
  if (!config.optimize_for_latency) {
    // The first, held, left together with another.
    EXPECT_LT(channel.sends(), channel.events().size());
  }
  return seen;
}

TEST(WorkerEvents, AreHeldWhereNobodyWaitsForThemUntilThereIsLittleWorkLeft) {
  VideoDecoderConfig decoder;
  EXPECT_EQ(SeenAtTheFirstOfFive(decoder), (Events{"configured 1"}));
  decoder.optimize_for_latency = true;
  EXPECT_EQ(SeenAtTheFirstOfFive(decoder), (Events{"configured 1", "dequeued 1"}));
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

}  // namespace
}  // namespace webcodecs
