// The test signal through audio encoders and decoders.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "audio_signal.h"
#include "codec_run.h"

namespace webcodecs {

constexpr int64_t kStart = 1500000;

inline AudioEncoderConfig AudioConfig(const std::string& codec, int rate, int channels) {
  AudioEncoderConfig config;
  config.codec = codec;
  config.sample_rate = rate;
  config.number_of_channels = channels;
  return config;
}

// Encodes `count` samples of the signal in pieces of changing length.
inline void EncodeSignal(CodecRun& encoder, AVSampleFormat format, int rate, int channels,
                         int count, int64_t start) {
  Random random(7);
  for (int done = 0; done < count;) {
    const int piece = std::min(count - done, 1 + static_cast<int>(random.Next(3000)));
    const int64_t timestamp = start + av_rescale(done, 1000000, rate);
    const Result<void> result =
        encoder.Encode(MakeSignal(format, rate, channels, done, piece, timestamp));
    ASSERT_TRUE(result.ok()) << Text(result);
    done += piece;
  }
}

// One second of the signal through an encoder for `config`.
inline std::vector<EncodedOutput> EncodeSecond(const AudioEncoderConfig& config) {
  CodecRun encoder(CodecKind::kAudioEncoder);
  const Result<void> configured = encoder.Configure(config);
  EXPECT_TRUE(configured.ok()) << Text(configured);
  EncodeSignal(encoder, AV_SAMPLE_FMT_FLTP, config.sample_rate, config.number_of_channels,
               config.sample_rate, 0);
  EXPECT_TRUE(encoder.Flush().ok());
  return std::move(encoder.chunks);
}

inline AudioDecoderConfig DecoderConfigFor(const std::string& codec,
                                           const std::vector<EncodedOutput>& chunks) {
  AudioDecoderConfig config;
  config.codec = codec;
  const StreamDescription& description = *chunks.at(0).decoder_config;
  config.sample_rate = description.sample_rate;
  config.number_of_channels = description.number_of_channels;
  config.description = description.description;
  return config;
}

inline void DecodeAll(CodecRun& decoder, const std::vector<EncodedOutput>& chunks) {
  for (const EncodedOutput& output : chunks) {
    const Result<void> result = decoder.Decode(CopyChunk(output.chunk));
    ASSERT_TRUE(result.ok()) << Text(result);
  }
  const Result<void> flushed = decoder.Flush();
  ASSERT_TRUE(flushed.ok()) << Text(flushed);
}

inline void ExpectContinuous(const std::vector<EncodedOutput>& chunks, int64_t start, int64_t end) {
  ASSERT_FALSE(chunks.empty());
  int64_t expected = start;
  for (const EncodedOutput& output : chunks) {
    EXPECT_EQ(output.chunk.timestamp, expected);
    ASSERT_TRUE(output.chunk.duration.has_value());
    expected = output.chunk.timestamp + *output.chunk.duration;
    EXPECT_TRUE(output.chunk.key);
  }
  EXPECT_EQ(expected, end);
}

}  // namespace webcodecs
