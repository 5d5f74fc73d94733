#include "audio_decoder_traits.h"
#include "audio_encoder_traits.h"
#include "codec.h"
#include "decoder.h"
#include "encoder.h"
#include "video_decoder_traits.h"
#include "video_encoder_traits.h"

namespace webcodecs {

std::unique_ptr<Codec> MakeCodec(CodecKind kind, OutputSink sink) {
  switch (kind) {
    case CodecKind::kVideoEncoder:
      return std::make_unique<Encoder<VideoEncoderTraits>>(std::move(sink));
    case CodecKind::kVideoDecoder:
      return std::make_unique<Decoder<VideoDecoderTraits>>(std::move(sink));
    case CodecKind::kAudioEncoder:
      return std::make_unique<Encoder<AudioEncoderTraits>>(std::move(sink));
    case CodecKind::kAudioDecoder:
      return std::make_unique<Decoder<AudioDecoderTraits>>(std::move(sink));
  }
  return nullptr;
}

Result<void> ProbeConfig(CodecKind kind, const CodecConfig& config) {
  return MakeCodec(kind, [](Output&&) {})->Configure(config);
}

}  // namespace webcodecs
