// What an audio decoder is beside Decoder<>: descriptions, priming, timestamps.
#pragma once

#include <cstdint>
#include <optional>

#include "av_ptr.h"
#include "decoder_context.h"
#include "result.h"
#include "types.h"

namespace webcodecs {

// Priming samples (AAC's first frame, Opus' pre-skip, LAME's delay) come out like all others, and
// under their chunk's timestamp: that is what Chromium does, and a demuxer that knows the
// container's edit list or pre-skip gives those chunks timestamps from before the start. Trimming
// here as well would cut twice.
class AudioDecoderTraits {
 public:
  using Config = AudioDecoderConfig;
  static constexpr const char* kName = "audio decoder";
  static constexpr size_t kMostOutputs = SIZE_MAX;  // each takes bytes of its own

  Result<CodecContextPtr> Open(const AudioDecoderConfig& config);
  Result<void> Accept(const EncodedChunk&, const ChunkTag&) { return {}; }
  Result<std::optional<Output>> Finish(FramePtr frame, const ChunkTag& tag);
  void Flushed();
  void Clear();

 private:
  bool vorbis_ = false;
  // A chunk may hold several frames: the later ones follow the first without a gap.
  std::optional<uint64_t> current_chunk_;
  int64_t samples_of_chunk_ = 0;
};

}  // namespace webcodecs
