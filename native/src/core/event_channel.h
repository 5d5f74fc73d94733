// The way from a codec worker to its event loop.
#pragma once

#include <list>

#include "event.h"

namespace webcodecs {

// Ordered, never blocking. Callable from any thread.
class EventChannel {
 public:
  virtual ~EventChannel() = default;

  // Wakes the event loop once for all. True: the channel owns the events and delivers them, or
  // destroys them when the event loop ends first; `events` is empty. False: the channel is released
  // or closing, and what is in `events` is still the caller's.
  virtual bool Send(std::list<Event>& events) = 0;

  // No event is accepted afterwards; those accepted before are still delivered. Idempotent. After
  // this call the channel may end at any time: it is a worker's last act.
  virtual void Release() = 0;
};

}  // namespace webcodecs
