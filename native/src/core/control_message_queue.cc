#include "control_message_queue.h"

#include <iterator>
#include <utility>

namespace webcodecs {
namespace {

bool IsWork(const Command& command) { return std::holds_alternative<WorkCommand>(command); }

Error Refusal(ErrorKind kind, std::string message) {
  return Error{kind, 0, "control message queue", std::move(message)};
}

std::vector<Command> TakeAll(std::deque<Command>& commands) {
  std::vector<Command> taken(std::make_move_iterator(commands.begin()),
                             std::make_move_iterator(commands.end()));
  commands.clear();
  return taken;
}

}  // namespace

Result<void> ControlMessageQueue::Push(Command&& command) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (closed_) return Refusal(ErrorKind::kOperation, "The codec is closed.");
    if (GenerationOf(command) < oldest_valid_) {
      return Refusal(ErrorKind::kOperation, "The command is older than the last reset.");
    }
    if (commands_.size() >= limits_.capacity) {
      return Refusal(ErrorKind::kQuotaExceeded,
                     "More than " + std::to_string(limits_.capacity) + " commands are waiting.");
    }
    const bool is_work = IsWork(command);
    commands_.push_back(std::move(command));
    if (is_work) ++waiting_work_;
  }
  changed_.notify_one();
  return {};
}

std::vector<Command> ControlMessageQueue::Reset(Generation generation) {
  std::vector<Command> dropped;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (closed_) return dropped;
    dropped = TakeAll(commands_);
    waiting_work_ = 0;
    if (generation > oldest_valid_) oldest_valid_ = generation;
    commands_.push_back(ResetCommand{oldest_valid_});
  }
  changed_.notify_one();
  return dropped;
}

std::vector<Command> ControlMessageQueue::Close() {
  std::vector<Command> dropped;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (closed_) return dropped;
    closed_ = true;
    dropped = TakeAll(commands_);
    waiting_work_ = 0;
  }
  changed_.notify_one();
  return dropped;
}

std::vector<Command> ControlMessageQueue::DropThrough(Generation generation) {
  std::vector<Command> dropped;
  std::lock_guard<std::mutex> lock(mutex_);
  std::deque<Command> kept;
  for (Command& command : commands_) {
    if (GenerationOf(command) > generation || std::holds_alternative<ResetCommand>(command)) {
      kept.push_back(std::move(command));
    } else {
      if (IsWork(command)) --waiting_work_;
      dropped.push_back(std::move(command));
    }
  }
  commands_.swap(kept);
  return dropped;
}

Command ControlMessageQueue::Take() {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [this] { return closed_ || (!blocked_ && !commands_.empty()); });
  if (closed_) return CloseCommand{oldest_valid_};
  Command command = std::move(commands_.front());
  commands_.pop_front();
  if (IsWork(command)) --waiting_work_;
  if (std::holds_alternative<ConfigureCommand>(command)) blocked_ = true;
  return command;
}

void ControlMessageQueue::Unblock() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    blocked_ = false;
  }
  changed_.notify_one();
}

Generation ControlMessageQueue::oldest_valid() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return oldest_valid_;
}

bool ControlMessageQueue::blocked() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return blocked_;
}

bool ControlMessageQueue::saturated() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return waiting_work_ >= limits_.saturation;
}

bool ControlMessageQueue::closed() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return closed_;
}

size_t ControlMessageQueue::size() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return commands_.size();
}

}  // namespace webcodecs
