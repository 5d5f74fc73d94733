// A codec worker over a scripted codec, for tests.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "command_helpers.h"
#include "core/codec_worker.h"
#include "fake_codec.h"

namespace webcodecs {

using Events = std::vector<std::string>;

inline Error Failure(const char* message) { return Error{ErrorKind::kEncoding, 0, "", message}; }

// A worker over a scripted codec. The channel outlives the worker, as in the addon.
class WorkerFixture : public testing::Test {
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

}  // namespace webcodecs
