// Short ways to make commands and to tell them apart.
#pragma once

#include <string>
#include <utility>

#include "core/command.h"

namespace webcodecs {

inline Command Configure(Generation generation) {
  return ConfigureCommand{generation, VideoDecoderConfig{}};
}

// Work that is recognised by its timestamp.
inline Command WorkAt(Generation generation, int64_t timestamp) {
  DecodeChunk work;
  work.chunk.timestamp = timestamp;
  return WorkCommand{generation, std::move(work)};
}

inline Command Flush(Generation generation, uint64_t flush = 0) {
  return FlushCommand{generation, flush};
}

inline int64_t TimestampOf(const Work& work) { return std::get<DecodeChunk>(work).chunk.timestamp; }

// "configure 1", "work 1 40", "flush 1 7", "reset 2", "close"
inline std::string Describe(const Command& command) {
  const std::string generation = std::to_string(GenerationOf(command));
  if (std::holds_alternative<ConfigureCommand>(command)) return "configure " + generation;
  if (const auto* work = std::get_if<WorkCommand>(&command)) {
    return "work " + generation + " " + std::to_string(TimestampOf(work->work));
  }
  if (const auto* flush = std::get_if<FlushCommand>(&command)) {
    return "flush " + generation + " " + std::to_string(flush->flush);
  }
  if (std::holds_alternative<ResetCommand>(command)) return "reset " + generation;
  return "close";
}

}  // namespace webcodecs
