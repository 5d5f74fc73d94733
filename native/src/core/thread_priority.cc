#include "thread_priority.h"

#if defined(__linux__)
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#elif defined(__APPLE__)
#include <pthread.h>
#include <sys/qos.h>
#elif defined(_WIN32)
#include <windows.h>
#endif

namespace webcodecs {

#if defined(__linux__)
namespace {

// The kernel's sched_attr (sched_setattr(2)), whose header clashes with the C library's.
struct SchedulingAttributes {
  uint32_t size = sizeof(SchedulingAttributes);
  uint32_t policy = 0;
  uint64_t flags = 0x08;  // SCHED_FLAG_KEEP_POLICY
  int32_t nice = 0;
  uint32_t priority = 0;
  uint64_t runtime = 0;  // nanoseconds: the slice
  uint64_t deadline = 0;
  uint64_t period = 0;
};

// Of the calling thread. Since Linux 6.12 a thread that wakes preempts at once one that has asked
// for longer slices than its own, whose slice it else waits for. Before, or where it is refused,
// nothing changes.
void AskForSlice(std::chrono::nanoseconds slice) {
  SchedulingAttributes attributes;
  attributes.nice = getpriority(PRIO_PROCESS, 0);  // of this thread; set with the slice
  attributes.runtime = static_cast<uint64_t>(slice.count());
  syscall(SYS_sched_setattr, 0, &attributes, 0);
}

struct Yielding {
  int nicer;                        // than the process
  std::chrono::milliseconds slice;  // normal threads have up to 2.8 ms
};

// Each step of 5 leaves a thread a third of the weight: enough to be preempted by the heavier one
// at once, and not starved. A slice in which much is left is preempted most surely.
Yielding YieldingOf(Codecs codecs) {
  using std::chrono_literals::operator""ms;
  switch (codecs) {
    case Codecs::kEncoders:
      return {5, 24ms};
    case Codecs::kCrowdedEncoders:
      return {10, 96ms};
    case Codecs::kDecoders:
      break;
  }
  return {10, 48ms};
}

}  // namespace
#endif

void YieldToOthers(Codecs codecs) {
#if defined(__linux__)
  // Here each thread has a nice value, and new threads have that of their maker.
  const Yielding yielding = YieldingOf(codecs);
  const int own = getpriority(PRIO_PROCESS, static_cast<id_t>(getpid()));
  setpriority(PRIO_PROCESS, 0, own + yielding.nicer);  // this thread's
  AskForSlice(yielding.slice);
#elif defined(__APPLE__)
  pthread_set_qos_class_self_np(QOS_CLASS_UTILITY, codecs == Codecs::kDecoders ? -5 : 0);
#elif defined(_WIN32)
  SetThreadPriority(GetCurrentThread(), codecs == Codecs::kDecoders ? THREAD_PRIORITY_LOWEST
                                                                    : THREAD_PRIORITY_BELOW_NORMAL);
#endif
}

void PreemptOwnThreads() {
#if defined(__linux__)
  AskForSlice(std::chrono::milliseconds(1));
#endif
}

}  // namespace webcodecs
