// The one encoder: what audio and video share. They differ in a small Traits class.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "av_ptr.h"
#include "codec.h"
#include "drain.h"
#include "result.h"
#include "types.h"

namespace webcodecs {

// What a Traits may ask of the encoder that runs it while it prepares input.
class EncoderInput {
 public:
  // Encodes `frame`. Packets that this made ready have been through Traits::Finish when it returns.
  virtual Result<void> Send(const AVFrame& frame) = 0;
  // Emits everything held and opens the encoder anew: the next frame starts a stream of its own.
  // The context of before is gone.
  virtual Result<void> Restart() = 0;
  // The open encoder. Valid until Restart or the end of the Traits call.
  virtual AVCodecContext& context() = 0;

 protected:
  ~EncoderInput() = default;
};

// Traits, one object per encoder, used on its worker thread only:
//
//   using Config = VideoEncoderConfig;   // alternative of CodecConfig
//   using Input = EncodeVideo;           // alternative of Work
//   static constexpr const char* kName;  // "video encoder", for messages
//
//   // Opens the encoder for `config` (kNotSupported where that can't be). Also called by Restart,
//   after a flush
//   // and after Restart with the same config: what must survive those (timestamps, resampler)
//   stays. Result<CodecContextPtr> Open(const Config& config);
//   // Turns one input into frames and sends each. `Rest` sends what is left when a flush comes
//   (part of a frame). Result<void> Prepare(Input&& input, EncoderInput& encoder); Result<void>
//   Rest(EncoderInput& encoder);
//   // False where all that was sent has come out: a flush then leaves the encoder running.
//   bool HoldsFrames() const;
//   // Makes the output of one packet; nullopt where it has none (a priming packet).
//   Result<std::optional<EncodedOutput>> Finish(PacketPtr packet, const AVCodecContext& context);
//   // A flush has ended: timestamps start anew with the next input.
//   void Flushed();
//   // To the state after construction.
//   void Clear();
template <typename Traits>
class Encoder final : public Codec, private EncoderInput {
 public:
  explicit Encoder(OutputSink sink) : sink_(std::move(sink)) {}

  Result<void> Configure(const CodecConfig& config) override {
    Reset();
    const auto* own = std::get_if<typename Traits::Config>(&config);
    if (own == nullptr) return WrongKind("Configure");
    Result<CodecContextPtr> opened = traits_.Open(*own);
    if (!opened.ok()) return std::move(opened.error());
    config_ = *own;
    context_ = std::move(opened.value());
    return {};
  }

  Result<void> Process(Work&& work) override {
    auto* input = std::get_if<typename Traits::Input>(&work);
    if (input == nullptr) return WrongKind("Process");
    Result<void> open = EnsureOpen();
    if (!open.ok()) return open;
    return traits_.Prepare(std::move(*input), *this);
  }

  Result<void> Flush() override {
    if (context_ == nullptr) return {};
    Result<void> rest = traits_.Rest(*this);
    if (!rest.ok()) return rest;
    if (traits_.HoldsFrames()) {
      Result<void> ended = End();
      if (!ended.ok()) return ended;
    }
    traits_.Flushed();
    return {};
  }

  void Reset() override {
    context_.reset();
    config_.reset();
    traits_.Clear();
  }

 private:
  Result<void> Send(const AVFrame& frame) override {
    Result<DrainEnd> sent = SendAndReceive(&frame);
    if (!sent.ok()) return std::move(sent.error());
    return {};
  }

  Result<void> Restart() override {
    if (context_ != nullptr && traits_.HoldsFrames()) {
      Result<void> ended = End();
      if (!ended.ok()) return ended;
    }
    context_.reset();
    return EnsureOpen();
  }

  AVCodecContext& context() override { return *context_; }

  // Drains to the end. The next input opens a new context: not every encoder can be flushed and go
  // on, and one that will be closed next need not be opened again.
  Result<void> End() {
    Result<DrainEnd> ended = SendAndReceive(nullptr);
    context_.reset();
    if (!ended.ok()) return std::move(ended.error());
    return {};
  }

  Result<void> EnsureOpen() {
    if (context_ != nullptr) return {};
    if (!config_) {
      return Error{ErrorKind::kOperation, 0, Traits::kName, "The encoder is not configured."};
    }
    Result<CodecContextPtr> opened = traits_.Open(*config_);
    if (!opened.ok()) return std::move(opened.error());
    context_ = std::move(opened.value());
    return {};
  }

  // The one drain loop. `frame` null: nothing follows.
  Result<DrainEnd> SendAndReceive(const AVFrame* frame) {
    PacketPtr packet;
    return SendAndDrain(
        {"avcodec_send_frame", "avcodec_receive_packet", context_->codec->name},
        [&] { return avcodec_send_frame(context_.get(), frame); },
        [&] {
          packet.reset(av_packet_alloc());
          return packet ? avcodec_receive_packet(context_.get(), packet.get()) : AVERROR(ENOMEM);
        },
        [&]() -> Result<void> {
          Result<std::optional<EncodedOutput>> output =
              traits_.Finish(std::move(packet), *context_);
          if (!output.ok()) return std::move(output.error());
          if (output.value()) sink_(Output(std::move(*output.value())));
          return {};
        });
  }

  static Error WrongKind(const char* call) {
    return Error{ErrorKind::kOperation, 0, call,
                 std::string("This is not for a ") + Traits::kName + "."};
  }

  OutputSink sink_;
  Traits traits_;
  std::optional<typename Traits::Config> config_;
  CodecContextPtr context_;  // null: not configured, or drained and to be opened by the next input
};

}  // namespace webcodecs
