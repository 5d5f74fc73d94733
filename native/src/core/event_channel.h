// The way from a codec worker to its event loop.
#pragma once

#include "event.h"

namespace webcodecs {

// Ordered, never blocking. Callable from any thread.
class EventChannel {
 public:
  virtual ~EventChannel() = default;

  // True: the channel owns the event and delivers it, or destroys it when the event loop ends
  // first. False: the channel is released or closing, and `event` is untouched and still the
  // caller's.
  virtual bool Send(Event&& event) = 0;

  // No event is accepted afterwards; those accepted before are still delivered. Idempotent. After
  // this call the channel may end at any time: it is a worker's last act.
  virtual void Release() = 0;
};

}  // namespace webcodecs
