// All codec workers of the process, so that none outlives what it depends on.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "codec_worker.h"

namespace webcodecs {

// Holds no worker alive. Callable from any thread.
class WorkerRegistry {
 public:
  // The process's registry. Knows threads only, nothing of JavaScript.
  static WorkerRegistry& Instance();

  // `owner` is the environment that the worker reports to.
  void Add(const void* owner, std::shared_ptr<CodecWorker> worker);
  void Remove(const CodecWorker* worker);

  // Closes all workers of `owner` (null: of everyone), then joins them. Waits as long as the
  // slowest codec's current call takes.
  void StopAll(const void* owner);

  size_t size() const;

 private:
  struct Entry {
    const void* owner;
    const CodecWorker* key;
    std::weak_ptr<CodecWorker> worker;
  };

  mutable std::mutex mutex_;
  std::vector<Entry> entries_;
};

}  // namespace webcodecs
