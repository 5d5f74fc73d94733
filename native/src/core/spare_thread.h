// A thread that waits for what it is to do.
#pragma once

#include <functional>
#include <future>
#include <thread>

namespace webcodecs {

// Made by one thread, whose priority it inherits, and put to use by another whose own may be lower.
// Never used, it ends with this object.
class SpareThread {
 public:
  SpareThread();  // throws std::system_error where there can be no more threads
  ~SpareThread();
  SpareThread(const SpareThread&) = delete;
  SpareThread& operator=(const SpareThread&) = delete;

  // Starts `task` there; the thread is the caller's to join. Once.
  std::thread Use(std::function<void()> task);

 private:
  std::promise<std::function<void()>> task_;
  std::thread thread_;
};

}  // namespace webcodecs
