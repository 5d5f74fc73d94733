// What a codec worker tells the event loop, in the order in which it happened.
#pragma once

#include <cstdint>
#include <variant>

#include "command.h"
#include "types.h"

namespace webcodecs {

// Each event carries the generation of the command that it stems from.
struct ConfiguredEvent {
  Generation generation = 0;
};
struct OutputEvent {
  Generation generation = 0;
  Output output;
};
// The worker took units of work off the control message queue.
struct DequeuedEvent {
  Generation generation = 0;
  uint32_t count = 0;
};
struct FlushedEvent {
  Generation generation = 0;
  uint64_t flush = 0;
};
// The codec is of no use until a reset or a newer configuration; work queued behind has been
// dropped.
struct FailedEvent {
  Generation generation = 0;
  Error error;
};
// The last event of a worker.
struct ClosedEvent {
  Generation generation = 0;
};

using Event = std::variant<ConfiguredEvent, OutputEvent, DequeuedEvent, FlushedEvent, FailedEvent,
                           ClosedEvent>;

inline Generation GenerationOf(const Event& event) {
  return std::visit([](const auto& e) { return e.generation; }, event);
}

}  // namespace webcodecs
