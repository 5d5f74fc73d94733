// What a video decoder is beside Decoder<>: threads and latency, pixel formats, colour, geometry,
// alpha.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "av_ptr.h"
#include "decoder_context.h"
#include "result.h"
#include "types.h"

namespace webcodecs {

class VideoDecoderTraits {
 public:
  using Config = VideoDecoderConfig;
  static constexpr const char* kName = "video decoder";
  // Three bytes of AV1 show a picture once more. A chunk has one picture; with it, and when nothing
  // follows, come those that reordering and frame threads held back.
  static constexpr size_t kMostOutputs = 64;

  Result<CodecContextPtr> Open(const VideoDecoderConfig& config);
  Result<void> Accept(const EncodedChunk& chunk, const ChunkTag& tag);
  Result<std::optional<Output>> Finish(FramePtr frame, const ChunkTag& tag);
  void Flushed();
  void Clear();

 private:
  // Decodes the alpha stream's chunk: VP8 and VP9 carry alpha as the luma of a second stream.
  Result<void> AcceptAlpha(const EncodedChunk& chunk, const ChunkTag& tag);
  // Adds the alpha plane that belongs to `frame`'s chunk, where there is one that fits.
  Result<FramePtr> WithAlpha(FramePtr frame, const ChunkTag& tag);

  VideoDecoderConfig config_;
  CodecContextPtr alpha_decoder_;  // null until the first chunk with alpha
  // Alpha pictures whose colour is still in the decoder (frame threads hold some back), by chunk.
  std::map<uint64_t, FramePtr> alpha_frames_;
};

}  // namespace webcodecs
