// The one decoder: what audio and video share. They differ in a small Traits class.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "av_ptr.h"
#include "codec.h"
#include "decoder_context.h"
#include "drain.h"
#include "result.h"
#include "types.h"

namespace webcodecs {

// Traits, one object per decoder, used on its worker thread only:
//
//   using Config = VideoDecoderConfig;   // alternative of CodecConfig
//   static constexpr const char* kName;  // "video decoder", for messages
//   static constexpr size_t kMostOutputs;  // that one chunk may make
//
//   // Opens the decoder for `config`: kNotSupported where that can't be, kData for a description
//   // that is none.
//   Result<CodecContextPtr> Open(const Config& config);
//   // Sees each chunk before the decoder does; takes what the decoder doesn't (alpha).
//   Result<void> Accept(const EncodedChunk& chunk, const ChunkTag& tag);
//   // Makes the output of one frame; nullopt where it has none.
//   Result<std::optional<Output>> Finish(FramePtr frame, const ChunkTag& tag);
//   // A flush has ended: what comes next is a new sequence.
//   void Flushed();
//   // To the state after construction.
//   void Clear();
template <typename Traits>
class Decoder final : public Codec {
 public:
  explicit Decoder(OutputSink sink) : sink_(std::move(sink)) {}

  Result<void> Configure(const CodecConfig& config) override {
    Reset();
    const auto* own = std::get_if<typename Traits::Config>(&config);
    if (own == nullptr) return WrongKind("Configure");
    Result<CodecContextPtr> opened = traits_.Open(*own);
    if (!opened.ok()) return std::move(opened.error());
    context_ = std::move(opened.value());
    return {};
  }

  Result<void> Process(Work&& work) override {
    auto* input = std::get_if<DecodeChunk>(&work);
    if (input == nullptr) return WrongKind("Process");
    if (context_ == nullptr) {
      return Error{ErrorKind::kOperation, 0, Traits::kName, "The decoder is not configured."};
    }
    EncodedChunk& chunk = input->chunk;
    // FFmpeg takes an empty packet for the end of the stream.
    if (chunk.packet == nullptr || chunk.packet->data == nullptr || chunk.packet->size <= 0) {
      return Error{ErrorKind::kEncoding, 0, Traits::kName, "The chunk has no bytes."};
    }
    const ChunkTag tag{next_id_++, chunk.timestamp, chunk.duration};
    Result<void> accepted = traits_.Accept(chunk, tag);
    if (!accepted.ok()) return accepted;

    AVPacket& packet = *chunk.packet;
    packet.pts = packet.dts = AV_NOPTS_VALUE;  // The tag has them; decoders need none.
    packet.duration = 0;
    packet.flags = chunk.key ? packet.flags | AV_PKT_FLAG_KEY : packet.flags & ~AV_PKT_FLAG_KEY;
    Result<void> tagged = AttachTag(packet, tag);
    if (!tagged.ok()) return tagged;
    Result<DrainEnd> sent = SendAndReceive(&packet);
    if (!sent.ok()) return std::move(sent.error());
    return {};
  }

  Result<void> Flush() override {
    if (context_ == nullptr) return {};
    Result<DrainEnd> ended = SendAndReceive(nullptr);
    if (!ended.ok()) return std::move(ended.error());
    avcodec_flush_buffers(context_.get());
    traits_.Flushed();
    return {};
  }

  void Reset() override {
    context_.reset();
    traits_.Clear();
  }

 private:
  // The one drain loop. `packet` null: nothing follows.
  Result<DrainEnd> SendAndReceive(const AVPacket* packet) {
    size_t outputs = 0;
    FramePtr frame;
    return SendAndDrain(
        {"avcodec_send_packet", "avcodec_receive_frame", context_->codec->name},
        [&] { return avcodec_send_packet(context_.get(), packet); },
        [&] {
          frame.reset(av_frame_alloc());
          return frame ? avcodec_receive_frame(context_.get(), frame.get()) : AVERROR(ENOMEM);
        },
        [&]() -> Result<void> {
          if (++outputs > Traits::kMostOutputs) {
            return Error{
                ErrorKind::kEncoding, 0,
                std::string("avcodec_receive_frame(") + context_->codec->name + ")",
                "One chunk made more than " + std::to_string(Traits::kMostOutputs) + " outputs."};
          }
          const ChunkTag tag = TagOf(*frame);
          av_buffer_unref(&frame->opaque_ref);
          Result<std::optional<Output>> output = traits_.Finish(std::move(frame), tag);
          if (!output.ok()) return std::move(output.error());
          if (output.value()) sink_(std::move(*output.value()));
          return {};
        });
  }

  static Error WrongKind(const char* call) {
    return Error{ErrorKind::kOperation, 0, call,
                 std::string("This is not for a ") + Traits::kName + "."};
  }

  OutputSink sink_;
  Traits traits_;
  CodecContextPtr context_;  // null: not configured
  uint64_t next_id_ = 0;
};

}  // namespace webcodecs
