// A codec whose behaviour a test scripts, and a channel that writes down what comes.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/codec.h"
#include "core/event_channel.h"

namespace webcodecs {

// A door that a worker waits at until the test opens it.
class Gate {
 public:
  void Open() {
    std::lock_guard<std::mutex> lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  // Waits until the gate opens.
  void Pass() {
    std::unique_lock<std::mutex> lock(mutex_);
    reached_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  // Waits until someone is at the gate.
  void AwaitArrival() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return reached_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  bool reached_ = false;
};

// What the codec does at each call. The calls come from the worker's thread.
struct CodecScript {
  std::function<Result<void>(const CodecConfig&)> configure = [](const CodecConfig&) {
    return Result<void>();
  };
  // Default: one output per unit, with its timestamp.
  std::function<Result<void>(int64_t timestamp, const OutputSink& sink)> process;
  std::function<Result<void>(const OutputSink& sink)> flush = [](const OutputSink&) {
    return Result<void>();
  };
  std::function<void()> reset = [] {};
  std::function<void()> destroy = [] {};
};

inline void EmitAt(const OutputSink& sink, int64_t timestamp) {
  EncodedOutput output;
  output.chunk.timestamp = timestamp;
  sink(std::move(output));
}

class FakeCodec final : public Codec {
 public:
  FakeCodec(CodecScript script, OutputSink sink)
      : script_(std::move(script)), sink_(std::move(sink)) {}
  ~FakeCodec() override { script_.destroy(); }

  Result<void> Configure(const CodecConfig& config) override { return script_.configure(config); }
  Result<void> Process(Work&& work) override {
    const int64_t timestamp = std::get<DecodeChunk>(work).chunk.timestamp;
    if (script_.process) return script_.process(timestamp, sink_);
    EmitAt(sink_, timestamp);
    return {};
  }
  Result<void> Flush() override { return script_.flush(sink_); }
  void Reset() override { script_.reset(); }

 private:
  CodecScript script_;
  OutputSink sink_;
};

// "configured 1", "dequeued 1", "output 1 40", "flushed 1 7", "failed 1 message", "closed"
inline std::string Describe(const Event& event) {
  const std::string generation = std::to_string(GenerationOf(event));
  if (std::holds_alternative<ConfiguredEvent>(event)) return "configured " + generation;
  if (std::holds_alternative<DequeuedEvent>(event)) return "dequeued " + generation;
  if (const auto* output = std::get_if<OutputEvent>(&event)) {
    const auto& chunk = std::get<EncodedOutput>(output->output).chunk;
    return "output " + generation + " " + std::to_string(chunk.timestamp);
  }
  if (const auto* flushed = std::get_if<FlushedEvent>(&event)) {
    return "flushed " + generation + " " + std::to_string(flushed->flush);
  }
  if (const auto* failed = std::get_if<FailedEvent>(&event)) {
    return "failed " + generation + " " + failed->error.message;
  }
  return "closed";
}

class RecordingChannel final : public EventChannel {
 public:
  bool Send(std::list<Event>& events) override {
    std::lock_guard<std::mutex> lock(mutex_);
    if (refusing_ || released_) return false;
    for (const Event& event : events) events_.push_back(Describe(event));
    events.clear();
    ++sends_;
    changed_.notify_all();
    return true;
  }
  void Release() override {
    std::lock_guard<std::mutex> lock(mutex_);
    ++releases_;
    released_ = true;
    changed_.notify_all();
  }

  // From now on every event is refused, as when the event loop ends.
  void Refuse() {
    std::lock_guard<std::mutex> lock(mutex_);
    refusing_ = true;
  }
  // Waits until `event` has come; false if it does not within ten seconds.
  bool Await(const std::string& event) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [&] {
      for (const std::string& seen : events_) {
        if (seen == event) return true;
      }
      return false;
    });
  }
  std::vector<std::string> events() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return events_;
  }
  // How often the event loop was woken for these events.
  size_t sends() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return sends_;
  }
  int releases() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return releases_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> events_;
  size_t sends_ = 0;
  int releases_ = 0;
  bool released_ = false;
  bool refusing_ = false;
};

}  // namespace webcodecs
