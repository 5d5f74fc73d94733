// The seam between the threading backbone and the codecs.
#pragma once

#include <functional>
#include <memory>

#include "types.h"

namespace webcodecs {

// Takes each output in order, on the calling (worker) thread. Takes ownership.
using OutputSink = std::function<void(Output&&)>;

// One codec implementation: [[codec implementation]] in the specification. Created, used and
// destroyed on one worker thread, sole owner of its AVCodecContext. Never throws, never calls back
// into the queue or the channel other than through the sink. After any error the only permitted
// calls are Configure, Reset and destruction.
class Codec {
 public:
  virtual ~Codec() = default;

  // Opens the codec for `config`, dropping whatever was open before (the worker has flushed it
  // where it should).
  virtual Result<void> Configure(const CodecConfig& config) = 0;
  // Encodes or decodes one unit; outputs that are ready go to the sink before it returns.
  virtual Result<void> Process(Work&& work) = 0;
  // Emits all outputs of all work so far; the codec takes new work afterwards (a decoder wants a
  // key chunk).
  virtual Result<void> Flush() = 0;
  // Drops everything, to the state after construction.
  virtual void Reset() = 0;
};

// Makes the implementation for `kind`: Encoder<VideoTraits>, Decoder<AudioTraits> and so on
// (codec_factory.cc).
std::unique_ptr<Codec> MakeCodec(CodecKind kind, OutputSink sink);

// Opens `config` as Configure would, feeds nothing, closes it again. For isConfigSupported: honest
// by doing.
Result<void> ProbeConfig(CodecKind kind, const CodecConfig& config);

}  // namespace webcodecs
