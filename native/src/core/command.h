// Control messages: what the event loop asks of a codec worker.
#pragma once

#include <cstdint>
#include <memory>
#include <variant>

#include "spare_thread.h"
#include "types.h"

namespace webcodecs {

// Counts the resets of one codec. Only ever grows: what carries a smaller one than the last reset's
// is late.
using Generation = uint64_t;

struct ConfigureCommand {
  Generation generation = 0;
  CodecConfig config;
  // Of normal priority, for a configuration that is not to run on a thread that gave its own away.
  std::unique_ptr<SpareThread> spare = nullptr;
};
struct WorkCommand {
  Generation generation = 0;
  Work work;
};
struct FlushCommand {
  Generation generation = 0;
  uint64_t flush = 0;  // the caller's number for this flush, returned in its event
};
struct ResetCommand {
  Generation generation = 0;
};
struct CloseCommand {
  Generation generation = 0;
};

// Each command owns all that it needs; nothing in it is shared with the event loop but
// reference-counted media.
using Command =
    std::variant<ConfigureCommand, WorkCommand, FlushCommand, ResetCommand, CloseCommand>;

inline Generation GenerationOf(const Command& command) {
  return std::visit([](const auto& c) { return c.generation; }, command);
}

}  // namespace webcodecs
