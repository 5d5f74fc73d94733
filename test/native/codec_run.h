// Runs real codecs in tests: feeds them, and keeps what they put out.
#pragma once

#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/codec.h"
#include "core/media.h"

namespace webcodecs {

// One codec, and everything that it has put out so far.
class CodecRun {
 public:
  explicit CodecRun(CodecKind kind)
      : codec_(MakeCodec(kind, [this](Output&& output) { Keep(std::move(output)); })) {}

  Result<void> Configure(const CodecConfig& config) { return codec_->Configure(config); }
  Result<void> Encode(AudioSamples samples) {
    return codec_->Process(EncodeAudio{std::move(samples)});
  }
  Result<void> Encode(VideoPicture picture, VideoEncodeOptions options = {}) {
    return codec_->Process(EncodeVideo{std::move(picture), options});
  }
  Result<void> Decode(EncodedChunk chunk) { return codec_->Process(DecodeChunk{std::move(chunk)}); }
  Result<void> Flush() { return codec_->Flush(); }
  void Reset() { codec_->Reset(); }

  std::vector<EncodedOutput> chunks;
  std::vector<VideoPicture> pictures;
  std::vector<AudioSamples> audio;

 private:
  void Keep(Output&& output) {
    if (auto* chunk = std::get_if<EncodedOutput>(&output)) chunks.push_back(std::move(*chunk));
    if (auto* video = std::get_if<VideoOutput>(&output)) {
      pictures.push_back(std::move(video->picture));
    }
    if (auto* samples = std::get_if<AudioOutput>(&output)) {
      audio.push_back(std::move(samples->samples));
    }
  }

  std::unique_ptr<Codec> codec_;
};

inline std::string Text(const Result<void>& result) {
  return result.ok() ? "ok" : result.error().ToString();
}

// Seeded, the same on every platform.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 2654435769u + 1) {}
  uint32_t Next(uint32_t below) {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return static_cast<uint32_t>(state_ >> 16) % below;
  }

 private:
  uint64_t state_;
};

// A second copy of a chunk, its bytes its own.
inline EncodedChunk CopyChunk(const EncodedChunk& chunk) {
  EncodedChunk copy;
  copy.key = chunk.key;
  copy.timestamp = chunk.timestamp;
  copy.duration = chunk.duration;
  copy.alpha = chunk.alpha;
  Result<PacketPtr> packet =
      MakePacket(chunk.packet->data, static_cast<size_t>(chunk.packet->size));
  if (packet.ok()) copy.packet = std::move(packet.value());
  return copy;
}

// The chunk with a few bits flipped, or cut off somewhere.
inline EncodedChunk Corrupt(const EncodedChunk& chunk, Random& random) {
  EncodedChunk damaged = CopyChunk(chunk);
  const auto size = static_cast<uint32_t>(damaged.packet->size);
  if (random.Next(3) == 0) {
    av_shrink_packet(damaged.packet.get(), static_cast<int>(random.Next(size)));
    return damaged;
  }
  const uint32_t flips = 1 + random.Next(16);
  for (uint32_t i = 0; i < flips; ++i) {
    damaged.packet->data[random.Next(size)] ^= static_cast<uint8_t>(1u << random.Next(8));
  }
  return damaged;
}

// Decodes `chunks` `runs` times, about half of them damaged, each run with a seed of its own: what
// comes is frames or an error, and the process lives.
inline void DecodeDamaged(CodecKind kind, const CodecConfig& config,
                          const std::vector<EncodedOutput>& chunks, int runs) {
  for (int seed = 1; seed <= runs; ++seed) {
    Random random(static_cast<uint64_t>(seed));
    CodecRun decoder(kind);
    if (!decoder.Configure(config).ok()) return;
    bool failed = false;
    for (const EncodedOutput& output : chunks) {
      EncodedChunk chunk =
          random.Next(2) == 0 ? Corrupt(output.chunk, random) : CopyChunk(output.chunk);
      if (!decoder.Decode(std::move(chunk)).ok()) {
        failed = true;
        break;
      }
    }
    if (!failed) static_cast<void>(decoder.Flush());
  }
}

}  // namespace webcodecs
