#include "spare_thread.h"

#include <utility>

namespace webcodecs {

SpareThread::SpareThread()
    : thread_([task = task_.get_future()]() mutable {
        if (const std::function<void()> run = task.get()) run();
      }) {}

SpareThread::~SpareThread() {
  if (!thread_.joinable()) return;
  task_.set_value(nullptr);
  thread_.join();
}

std::thread SpareThread::Use(std::function<void()> task) {
  task_.set_value(std::move(task));
  return std::move(thread_);
}

}  // namespace webcodecs
