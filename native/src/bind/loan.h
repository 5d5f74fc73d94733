// Bytes of JavaScript that native threads read where they are.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "bind/node_api.h"
#include "core/av_ptr.h"

namespace webcodecs::bind {

// One environment's loans. A loan ends on whatever thread lets go of it last; its array is let go
// of on the event loop, with the next Settle.
class LoanBook {
 public:
  // A buffer over the array's bytes, which keeps them alive. Nobody may write to the array or
  // detach it until the loan has ended. Null where there is no memory for it.
  static BufferPtr Lend(const std::shared_ptr<LoanBook>& book, Napi::Uint8Array array);

  // Event loop: lets go of the arrays whose loans have ended.
  void Settle(napi_env env);

 private:
  static void End(void* loan, uint8_t* data);

  std::mutex mutex_;
  std::vector<napi_ref> ended_;
};

}  // namespace webcodecs::bind
