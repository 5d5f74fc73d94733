// Audio encoders: the clock, and what is refused.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "audio_run.h"

namespace webcodecs {
namespace {

ErrorKind KindOfRefusal(const AudioEncoderConfig& config) {
  CodecRun encoder(CodecKind::kAudioEncoder);
  const Result<void> result = encoder.Configure(config);
  EXPECT_FALSE(result.ok());
  EXPECT_FALSE(result.ok() || result.error().message.empty());
  return result.ok() ? ErrorKind::kOperation : result.error().kind;
}

class AudioEncoderOfEachCodec : public testing::TestWithParam<const char*> {};

TEST_P(AudioEncoderOfEachCodec, GoesOnAfterAFlushAtTheNextTimestamp) {
  const std::string codec = GetParam();
  CodecRun encoder(CodecKind::kAudioEncoder);
  ASSERT_TRUE(encoder.Configure(AudioConfig(codec, 48000, 2)).ok());
  ASSERT_TRUE(encoder.Flush().ok());
  EXPECT_TRUE(encoder.chunks.empty());
  EncodeSignal(encoder, AV_SAMPLE_FMT_S16, 48000, 2, 5000, -250000);
  ASSERT_TRUE(encoder.Flush().ok());
  ASSERT_FALSE(encoder.chunks.empty());
  EXPECT_EQ(encoder.chunks.front().chunk.timestamp, -250000);
  const size_t before = encoder.chunks.size();
  EncodeSignal(encoder, AV_SAMPLE_FMT_S16, 48000, 2, 5000, 9000000);
  ASSERT_TRUE(encoder.Flush().ok());
  ASSERT_GT(encoder.chunks.size(), before);
  EXPECT_EQ(encoder.chunks[before].chunk.timestamp, 9000000);
  EXPECT_FALSE(encoder.chunks[before].decoder_config.has_value());
}

TEST_P(AudioEncoderOfEachCodec, WorksAgainAfterResetAndConfigure) {
  const std::string codec = GetParam();
  CodecRun encoder(CodecKind::kAudioEncoder);
  ASSERT_TRUE(encoder.Configure(AudioConfig(codec, 48000, 2)).ok());
  EncodeSignal(encoder, AV_SAMPLE_FMT_FLTP, 48000, 2, 3000, 0);
  encoder.Reset();
  EXPECT_FALSE(encoder.Encode(MakeSignal(AV_SAMPLE_FMT_FLTP, 48000, 2, 0, 100, 0)).ok());
  encoder.chunks.clear();
  ASSERT_TRUE(encoder.Configure(AudioConfig(codec, 44100, 1)).ok());
  EncodeSignal(encoder, AV_SAMPLE_FMT_FLTP, 44100, 1, 3000, 77);
  ASSERT_TRUE(encoder.Flush().ok());
  ASSERT_FALSE(encoder.chunks.empty());
  EXPECT_EQ(encoder.chunks.front().chunk.timestamp, 77);
  ASSERT_TRUE(encoder.chunks.front().decoder_config.has_value());
  EXPECT_EQ(encoder.chunks.front().decoder_config->number_of_channels, 1);
}

TEST_P(AudioEncoderOfEachCodec, FollowsAGapInTheInput) {
  const std::string codec = GetParam();
  CodecRun encoder(CodecKind::kAudioEncoder);
  AudioEncoderConfig config = AudioConfig(codec, 48000, 1);
  ASSERT_TRUE(encoder.Configure(config).ok());
  EncodeSignal(encoder, AV_SAMPLE_FMT_FLTP, 48000, 1, 6000, 0);
  EncodeSignal(encoder, AV_SAMPLE_FMT_FLTP, 48000, 1, 6000, 3000000);
  ASSERT_TRUE(encoder.Flush().ok());
  int64_t end_before = 0;
  int64_t start_after = -1;
  for (const EncodedOutput& output : encoder.chunks) {
    if (output.chunk.timestamp < 1000000) {
      end_before = output.chunk.timestamp + *output.chunk.duration;
    } else if (start_after < 0) {
      start_after = output.chunk.timestamp;
    }
  }
  EXPECT_GE(end_before, 125000);
  EXPECT_LE(end_before, 150000);
  EXPECT_EQ(start_after, 3000000);
}

TEST_P(AudioEncoderOfEachCodec, StaysContinuousWhereInputIsMissingOrComesTwice) {
  const std::string codec = GetParam();
  // Microseconds by which the second half is off; the last is more than its first piece has.
  for (const int64_t off : {30000, 150000, 400000, -30000, -150000}) {
    CodecRun encoder(CodecKind::kAudioEncoder);
    ASSERT_TRUE(encoder.Configure(AudioConfig(codec, 16000, 1)).ok());
    EncodeSignal(encoder, AV_SAMPLE_FMT_S16, 16000, 1, 16000, 0);
    EncodeSignal(encoder, AV_SAMPLE_FMT_S16, 16000, 1, 16000, 1000000 + off);
    ASSERT_TRUE(encoder.Flush().ok());
    const EncodedChunk& last = encoder.chunks.back().chunk;
    const int64_t end = last.timestamp + static_cast<int64_t>(*last.duration);
    ExpectContinuous(encoder.chunks, 0, end);
    // And the encoder's delay, which differs, and what is too little to be put right.
    EXPECT_GE(end, 2000000 + off) << off;
    EXPECT_LE(end, 2000000 + off + 90000) << off;
  }
}

TEST_P(AudioEncoderOfEachCodec, KeepsAllOfTheInputWhereItsClockStandsStill) {
  for (const int64_t step : {0, 20}) {
    CodecRun encoder(CodecKind::kAudioEncoder);
    ASSERT_TRUE(encoder.Configure(AudioConfig(GetParam(), 16000, 1)).ok());
    for (int block = 0; block < 100; ++block) {
      EncodeSignal(encoder, AV_SAMPLE_FMT_S16, 16000, 1, 320, block * step);
    }
    ASSERT_TRUE(encoder.Flush().ok());
    const EncodedChunk& last = encoder.chunks.back().chunk;
    const int64_t end = last.timestamp + static_cast<int64_t>(*last.duration);
    ExpectContinuous(encoder.chunks, 0, end);
    EXPECT_GE(end, 2000000) << step;
  }
}

INSTANTIATE_TEST_SUITE_P(Codecs, AudioEncoderOfEachCodec,
                         testing::Values("aac", "opus", "mp3", "flac", "vorbis", "pcm-u8",
                                         "pcm-s16", "pcm-s24", "pcm-s32", "pcm-f32", "alaw",
                                         "ulaw"),
                         [](const auto& info) {
                           std::string name = info.param;
                           name.erase(std::remove(name.begin(), name.end(), '-'), name.end());
                           return name;
                         });

TEST(AudioEncoderClock, IgnoresJitterOfTimestamps) {
  CodecRun encoder(CodecKind::kAudioEncoder);
  ASSERT_TRUE(encoder.Configure(AudioConfig("opus", 48000, 1)).ok());
  for (int i = 0; i < 100; ++i) {
    const int64_t jitter = i == 0 ? 0 : (i % 2 == 0 ? 7000 : -7000);
    ASSERT_TRUE(
        encoder.Encode(MakeSignal(AV_SAMPLE_FMT_FLT, 48000, 1, i * 480, 480, i * 10000 + jitter))
            .ok());
  }
  ASSERT_TRUE(encoder.Flush().ok());
  ExpectContinuous(encoder.chunks, 0, 1000000 + 6500);
}

TEST(AudioEncoderClock, PutsPrimingBeforeTheStartWhereAsked) {
  AudioEncoderConfig config = AudioConfig("aac", 48000, 2);
  config.priming_before_start = true;
  const std::vector<EncodedOutput> chunks = EncodeSecond(config);
  ExpectContinuous(chunks, -21333, 1000000);
}

TEST(AudioEncoderInput, OfAnotherRateOrChannelCountIsRefusedWithBothNamed) {
  CodecRun encoder(CodecKind::kAudioEncoder);
  ASSERT_TRUE(encoder.Configure(AudioConfig("aac", 48000, 2)).ok());
  const Result<void> rate = encoder.Encode(MakeSignal(AV_SAMPLE_FMT_FLT, 44100, 2, 0, 100, 0));
  ASSERT_FALSE(rate.ok());
  EXPECT_EQ(rate.error().kind, ErrorKind::kEncoding);
  EXPECT_NE(rate.error().message.find("48000"), std::string::npos);
  EXPECT_NE(rate.error().message.find("44100"), std::string::npos);
  ASSERT_TRUE(encoder.Configure(AudioConfig("aac", 48000, 2)).ok());
  const Result<void> channels = encoder.Encode(MakeSignal(AV_SAMPLE_FMT_FLT, 48000, 1, 0, 100, 0));
  ASSERT_FALSE(channels.ok());
  EXPECT_EQ(channels.error().kind, ErrorKind::kEncoding);
}

TEST(AudioEncoderConfiguration, ThatCannotBeEncodedIsNotSupported) {
  AudioEncoderConfig he_aac = AudioConfig("aac", 48000, 2);
  he_aac.aac_object_type = 5;
  EXPECT_EQ(KindOfRefusal(he_aac), ErrorKind::kNotSupported);
  EXPECT_EQ(KindOfRefusal(AudioConfig("mp3", 48000, 6)), ErrorKind::kNotSupported);
  EXPECT_EQ(KindOfRefusal(AudioConfig("mp3", 96000, 2)), ErrorKind::kNotSupported);
  EXPECT_EQ(KindOfRefusal(AudioConfig("aac", 12345, 2)), ErrorKind::kNotSupported);
  EXPECT_EQ(KindOfRefusal(AudioConfig("aac", 48000, 9)), ErrorKind::kNotSupported);
  EXPECT_EQ(KindOfRefusal(AudioConfig("aac", 48000, 0)), ErrorKind::kNotSupported);
  EXPECT_EQ(KindOfRefusal(AudioConfig("ac3", 48000, 2)), ErrorKind::kNotSupported);
  AudioEncoderConfig loud = AudioConfig("opus", 48000, 1);
  loud.bitrate = 4000000;
  EXPECT_EQ(KindOfRefusal(loud), ErrorKind::kNotSupported);
  AudioEncoderConfig odd = AudioConfig("opus", 48000, 1);
  odd.opus_frame_duration_us = 17000;
  EXPECT_EQ(KindOfRefusal(odd), ErrorKind::kNotSupported);
}

TEST(AudioEncoderConfiguration, WithOneToEightChannelsOpensWhereTheCodecAllows) {
  for (const char* codec : {"aac", "opus", "flac", "vorbis", "pcm-s16", "pcm-f32"}) {
    for (int channels = 1; channels <= 8; ++channels) {
      const Result<void> result =
          ProbeConfig(CodecKind::kAudioEncoder, AudioConfig(codec, 48000, channels));
      EXPECT_TRUE(result.ok()) << codec << " " << channels << ": " << Text(result);
    }
  }
}

TEST(AudioEncoderConfiguration, OfAConstantBitrateThatTheCodecLacksIsNotSupported) {
  const auto supported = [](const char* codec, int rate, int64_t bitrate, BitrateMode mode) {
    AudioEncoderConfig config = AudioConfig(codec, rate, 2);
    config.bitrate = bitrate;
    config.bitrate_mode = mode;
    const Result<void> result = ProbeConfig(CodecKind::kAudioEncoder, config);
    EXPECT_TRUE(result.ok() || result.error().kind == ErrorKind::kNotSupported) << Text(result);
    return result.ok();
  };
  for (const auto& [codec, rate, good, bad] :
       {std::tuple("mp3", 48000, 192000, 100000), std::tuple("mp3", 48000, 320000, 321000),
        std::tuple("mp3", 24000, 144000, 192000), std::tuple("aac", 48000, 576000, 576001)}) {
    EXPECT_TRUE(supported(codec, rate, good, BitrateMode::kConstant)) << codec << good;
    EXPECT_FALSE(supported(codec, rate, bad, BitrateMode::kConstant)) << codec << bad;
    EXPECT_TRUE(supported(codec, rate, bad, BitrateMode::kVariable)) << codec << bad;
  }
}

}  // namespace
}  // namespace webcodecs
