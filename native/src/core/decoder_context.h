// What opening and feeding any decoder takes: contexts, and chunks whose metadata comes back with
// their frames.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "av_ptr.h"
#include "result.h"
#include "types.h"

namespace webcodecs {

// A context for the first of `names` that this build has, with `description` as its extradata. Not
// yet open. kNotSupported where there is none.
Result<CodecContextPtr> MakeDecoderContext(const std::vector<const char*>& names,
                                           const Bytes& description);

// avcodec_open2. kNotSupported with FFmpeg's reason where it refuses.
Result<void> OpenDecoder(AVCodecContext& context);

// What a chunk says about itself. It rides through the decoder as the packet's opaque_ref (needs
// AV_CODEC_FLAG_COPY_OPAQUE, which MakeDecoderContext sets), so that frame reordering, duplicate,
// negative and missing timestamps, hidden frames and dropped ones can't mix it up, and FFmpeg's own
// guesses about timestamps never matter.
struct ChunkTag {
  uint64_t id = 0;  // counts the chunks of one decoder
  int64_t timestamp = 0;
  std::optional<uint64_t> duration;
};

// Attaches `tag` to `packet` for the way through the decoder.
Result<void> AttachTag(AVPacket& packet, const ChunkTag& tag);
// The tag of the chunk that `frame` was decoded from.
ChunkTag TagOf(const AVFrame& frame);

}  // namespace webcodecs
