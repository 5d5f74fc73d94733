// SVT-AV1 gives its threads 1 MiB of stack, and ThreadSanitizer keeps its own state in there: what
// is left overflows. This definition stands before the C library's.
#ifdef __SANITIZE_THREAD__

#include <dlfcn.h>
#include <pthread.h>

extern "C" int pthread_attr_setstacksize(pthread_attr_t* attributes, size_t size) {
  using SetStackSize = int (*)(pthread_attr_t*, size_t);
  static const auto next =
      reinterpret_cast<SetStackSize>(dlsym(RTLD_NEXT, "pthread_attr_setstacksize"));
  constexpr size_t kLeast = size_t{8} << 20;
  return next(attributes, size < kLeast ? kLeast : size);
}

#endif
