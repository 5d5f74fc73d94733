#include "codec_worker.h"

#include <exception>
#include <new>
#include <system_error>
#include <utility>
#include <vector>

#include "free_memory.h"
#include "thread_priority.h"

namespace webcodecs {
namespace {

// A wake of the event loop finds cold caches and costs about as much as what it then does for one
// event. Long enough to share it, too short for anyone to see; for each unit of work that is left.
constexpr std::chrono::milliseconds kLongestHold(3);
// With so much work left the codec needs nothing from the event loop; with less it might soon.
constexpr size_t kAmpleWork = 2;

// Nobody waits for the single picture. Not so in realtime, and at a decoder a player waits.
bool IsPatient(const CodecConfig& config) {
  if (const auto* encoder = std::get_if<VideoEncoderConfig>(&config)) {
    return encoder->latency_mode == LatencyMode::kQuality;
  }
  const auto* decoder = std::get_if<VideoDecoderConfig>(&config);
  return decoder != nullptr && !decoder->optimize_for_latency;
}

Codecs CodecsOf(const CodecConfig& config) {
  if (std::holds_alternative<VideoDecoderConfig>(config)) return Codecs::kDecoders;
  const auto* encoder = std::get_if<VideoEncoderConfig>(&config);
  // SVT-AV1 runs more than twenty threads for two cores.
  return encoder != nullptr && encoder->codec == "av1" ? Codecs::kCrowdedEncoders
                                                       : Codecs::kEncoders;
}

Error OutOfMemory(const char* where) {
  return Error{ErrorKind::kOperation, 0, where, "There is not enough memory."};
}

}  // namespace

CodecWorker::CodecWorker(CodecFactory factory, EventChannel& channel,
                         ControlMessageQueue::Limits limits)
    : factory_(std::move(factory)), channel_(channel), queue_(limits) {}

CodecWorker::~CodecWorker() {
  Close();
  Join();
}

Result<void> CodecWorker::Start() {
  try {
    std::lock_guard<std::mutex> lock(thread_mutex_);
    thread_ = std::thread(&CodecWorker::Run, this);
    return {};
  } catch (const std::system_error& error) {
    Close();
    channel_.Release();
    return Error{ErrorKind::kOperation, 0, "std::thread",
                 std::string("The codec's thread could not be started: ") + error.what()};
  }
}

Result<void> CodecWorker::Push(Command&& command) {
  if (auto* configure = std::get_if<ConfigureCommand>(&command)) {
    if (IsPatient(configure->config)) {
      may_have_yielded_ = true;
    } else if (may_have_yielded_ && !configure->spare) {
      try {
        configure->spare = std::make_unique<SpareThread>();
      } catch (const std::system_error&) {
        // It then runs where it is, at the lower priority: late rather than not at all.
      }
    }
  }
  return queue_.Push(std::move(command));
}

void CodecWorker::Reset(Generation generation) {
  // Destroyed here, after the queue's lock.
  std::vector<Command> dropped = queue_.Reset(generation);
}

void CodecWorker::Close() { std::vector<Command> dropped = queue_.Close(); }

void CodecWorker::Join() {
  std::lock_guard<std::mutex> joining(join_mutex_);
  for (;;) {
    std::thread thread;
    {
      // Not held while joining: the thread needs it to hand over, and the next one is then here.
      std::lock_guard<std::mutex> lock(thread_mutex_);
      thread = std::move(thread_);
    }
    if (!thread.joinable()) return;
    thread.join();
  }
}

bool CodecWorker::IsLate(const Event& event) const {
  if (std::holds_alternative<ClosedEvent>(event)) return false;
  return queue_.closed() || GenerationOf(event) < queue_.oldest_valid();
}

void CodecWorker::Run() {
  made_ = Guarded("MakeCodec", [this]() -> Result<void> {
    codec_ = factory_([this](Output&& output) {
      Emit(OutputEvent{output_generation_, std::move(output)});
    });
    return {};
  });
  if (made_.ok() && !codec_) made_ = OutOfMemory("MakeCodec");
  RunCommands();
}

void CodecWorker::RunCommands() {
  if (predecessor_.joinable()) predecessor_.join();
  if (handed_over_) {
    ConfigureCommand command = std::move(*handed_over_);
    handed_over_.reset();
    RunCommand(std::move(command));
  }
  for (;;) {
    if (queue_.size() == 0) SendHeld();  // Take waits
    Command command = queue_.Take();
    if (std::holds_alternative<CloseCommand>(command)) break;
    if (!codec_) {
      Fail(GenerationOf(command), made_.error());
      queue_.Unblock();
      continue;
    }
    auto* configure = std::get_if<ConfigureCommand>(&command);
    if (configure != nullptr && configure->spare && yielded_) {
      return HandOver(std::move(*configure));
    }
    std::visit([this](auto&& c) { RunCommand(std::move(c)); }, std::move(command));
  }
  codec_.reset();
  ReturnFreeMemory();
  Emit(ClosedEvent{queue_.oldest_valid()});
  channel_.Release();
}

void CodecWorker::HandOver(ConfigureCommand&& command) {
  const std::unique_ptr<SpareThread> spare = std::move(command.spare);
  handed_over_ = std::move(command);
  yielded_ = false;
  std::lock_guard<std::mutex> lock(thread_mutex_);
  predecessor_ = std::move(thread_);  // empty where it is being joined already
  thread_ = spare->Use([this] { RunCommands(); });
}

void CodecWorker::RunCommand(ConfigureCommand&& command) {
  const Generation generation = command.generation;
  if (!HasFailed(generation)) {
    Result<void> result;
    if (configured_ && !failed_) {
      // What the previous configuration was given still comes out under it.
      result = Guarded("flush", [this] { return codec_->Flush(); });
    }
    if (result.ok()) {
      failed_.reset();
      output_generation_ = generation;
      patient_ = IsPatient(command.config);
      const Codecs codecs = CodecsOf(command.config);
      if (patient_) {
        // Before the library makes its threads.
        YieldToOthers(codecs);
        yielded_ = true;
      }
      result = Guarded("configure", [&] { return codec_->Configure(command.config); });
      // Now it has made them, for good. Encoders make theirs anew after a flush.
      if (patient_ && codecs == Codecs::kDecoders) PreemptOwnThreads();
      // WebCodecs knows one refusal of a configuration, whatever is wrong about it.
      if (!result.ok() && result.error().kind == ErrorKind::kData) {
        result.error().kind = ErrorKind::kNotSupported;
      }
    }
    configured_ = result.ok();
    if (configured_) {
      Emit(ConfiguredEvent{generation});
    } else {
      Fail(generation, std::move(result.error()));
    }
  }
  queue_.Unblock();
}

void CodecWorker::RunCommand(WorkCommand&& command) {
  const Generation generation = command.generation;
  if (HasFailed(generation)) return;
  if (!configured_) {
    return Fail(generation, Error{ErrorKind::kOperation, 0, "",
                                  "The codec was given work while unconfigured."});
  }
  Emit(DequeuedEvent{generation, 1});
  output_generation_ = generation;
  Result<void> result =
      Guarded("process", [&] { return codec_->Process(std::move(command.work)); });
  // Only a configuration is not supported: what fails in taking up work fails on that work.
  if (!result.ok() && result.error().kind == ErrorKind::kNotSupported) {
    result.error().kind = ErrorKind::kEncoding;
  }
  if (!result.ok()) Fail(generation, std::move(result.error()));
}

void CodecWorker::RunCommand(FlushCommand&& command) {
  const Generation generation = command.generation;
  if (HasFailed(generation)) return;
  if (configured_) {
    output_generation_ = generation;
    Result<void> result = Guarded("flush", [this] { return codec_->Flush(); });
    if (!result.ok()) return Fail(generation, std::move(result.error()));
  }
  Emit(FlushedEvent{generation, command.flush});
}

void CodecWorker::RunCommand(ResetCommand&& command) {
  failed_.reset();
  configured_ = false;
  Result<void> result = Guarded("reset", [this]() -> Result<void> {
    codec_->Reset();
    return {};
  });
  if (!result.ok()) Fail(command.generation, std::move(result.error()));
}

void CodecWorker::Emit(Event&& event) {
  if (IsLate(event)) return;
  const bool hold = MayHold(event);
  try {
    if (held_.empty()) held_since_ = std::chrono::steady_clock::now();
    held_.push_back(std::move(event));
  } catch (const std::bad_alloc&) {
    // There is no memory to tell it with; going on is better than taking the process down.
  }
  if (!hold) SendHeld();
}

bool CodecWorker::MayHold(const Event& event) const {
  const size_t left = queue_.size();
  if (!patient_ || left < kAmpleWork) return false;
  if (!std::holds_alternative<OutputEvent>(event) &&
      !std::holds_alternative<DequeuedEvent>(event)) {
    return false;
  }
  return held_.empty() || std::chrono::steady_clock::now() - held_since_ < kLongestHold * left;
}

void CodecWorker::SendHeld() {
  if (held_.empty()) return;
  // Refused means that the event loop is ending and Close on its way: the events die.
  channel_.Send(held_);
  held_.clear();
}

void CodecWorker::Fail(Generation generation, Error error) {
  failed_ = generation;
  std::vector<Command> dropped = queue_.DropThrough(generation);
  Emit(FailedEvent{generation, std::move(error)});
}

bool CodecWorker::HasFailed(Generation generation) const {
  return failed_ && generation <= *failed_;
}

template <typename Call>
Result<void> CodecWorker::Guarded(const char* where, Call&& call) {
  try {
    return call();
  } catch (const std::bad_alloc&) {
    return OutOfMemory(where);
  } catch (const std::exception& error) {
    return Error{ErrorKind::kOperation, 0, where, error.what()};
  }
}

}  // namespace webcodecs
