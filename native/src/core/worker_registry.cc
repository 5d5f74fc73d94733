#include "worker_registry.h"

#include <algorithm>
#include <utility>

namespace webcodecs {

WorkerRegistry& WorkerRegistry::Instance() {
  static WorkerRegistry registry;
  return registry;
}

void WorkerRegistry::Add(const void* owner, std::shared_ptr<CodecWorker> worker) {
  std::lock_guard<std::mutex> lock(mutex_);
  entries_.push_back({owner, worker.get(), worker});
}

void WorkerRegistry::Remove(const CodecWorker* worker) {
  std::lock_guard<std::mutex> lock(mutex_);
  entries_.erase(std::remove_if(entries_.begin(), entries_.end(),
                                [worker](const Entry& entry) { return entry.key == worker; }),
                 entries_.end());
}

void WorkerRegistry::StopAll(const void* owner) {
  std::vector<std::shared_ptr<CodecWorker>> workers;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    for (const Entry& entry : entries_) {
      if (owner && entry.owner != owner) continue;
      if (auto worker = entry.worker.lock()) workers.push_back(std::move(worker));
    }
  }
  for (const auto& worker : workers) worker->Close();
  for (const auto& worker : workers) worker->Join();
}

size_t WorkerRegistry::size() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return entries_.size();
}

}  // namespace webcodecs
