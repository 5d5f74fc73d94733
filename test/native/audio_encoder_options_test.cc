// Audio encoders: options that take effect.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "audio_run.h"
#include "core/aac_fill.h"
#include "core/audio_description.h"

namespace webcodecs {
namespace {

// As EncodeSecond, but of noise.
std::vector<EncodedOutput> EncodeNoise(const AudioEncoderConfig& config) {
  CodecRun encoder(CodecKind::kAudioEncoder);
  EXPECT_TRUE(encoder.Configure(config).ok());
  Random random(3);
  Bytes noise(static_cast<size_t>(config.sample_rate * config.number_of_channels));
  for (uint8_t& sample : noise) sample = static_cast<uint8_t>(64 + random.Next(128));
  const SamplesInit init{AV_SAMPLE_FMT_U8, config.sample_rate, config.number_of_channels,
                         config.sample_rate, 0};
  EXPECT_TRUE(
      encoder.Encode(std::move(MakeSamples(init, noise.data(), noise.size()).value())).ok());
  EXPECT_TRUE(encoder.Flush().ok());
  return std::move(encoder.chunks);
}

int64_t TotalBytes(const std::vector<EncodedOutput>& chunks) {
  int64_t total = 0;
  for (const EncodedOutput& output : chunks) total += output.chunk.packet->size;
  return total;
}

std::set<int> PacketSizes(const std::vector<EncodedOutput>& chunks) {
  std::set<int> sizes;
  for (const EncodedOutput& output : chunks) sizes.insert(output.chunk.packet->size);
  return sizes;
}

bool SameBytes(const std::vector<EncodedOutput>& a, const std::vector<EncodedOutput>& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    const AVPacket& left = *a[i].chunk.packet;
    const AVPacket& right = *b[i].chunk.packet;
    if (left.size != right.size || !std::equal(left.data, left.data + left.size, right.data)) {
      return false;
    }
  }
  return true;
}

TEST(AudioEncoderOptions, BitrateTakesEffect) {
  for (const char* codec : {"aac", "opus", "mp3", "vorbis"}) {
    for (const BitrateMode mode : {BitrateMode::kConstant, BitrateMode::kVariable}) {
      AudioEncoderConfig config = AudioConfig(codec, 48000, 2);
      config.bitrate_mode = mode;
      config.bitrate = 64000;
      const int64_t low = TotalBytes(EncodeSecond(config));
      config.bitrate = 160000;
      const int64_t high = TotalBytes(EncodeSecond(config));
      EXPECT_GT(high, low * 5 / 4) << codec;
      if (mode == BitrateMode::kConstant) {
        EXPECT_LT(low * 8, 64000 * 5 / 4) << codec;
      }
    }
  }
}

TEST(AudioEncoderOptions, BitrateModeTakesEffect) {
  AudioEncoderConfig opus = AudioConfig("opus", 48000, 2);
  opus.bitrate = 96000;
  EXPECT_GT(PacketSizes(EncodeSecond(opus)).size(), 3u);
  opus.bitrate_mode = BitrateMode::kConstant;
  EXPECT_EQ(PacketSizes(EncodeSecond(opus)), std::set<int>{240});
  for (const char* codec : {"mp3", "vorbis"}) {
    AudioEncoderConfig config = AudioConfig(codec, 48000, 2);
    config.bitrate = 96000;
    const std::vector<EncodedOutput> variable = EncodeSecond(config);
    config.bitrate_mode = BitrateMode::kConstant;
    const std::vector<EncodedOutput> constant = EncodeSecond(config);
    EXPECT_FALSE(SameBytes(variable, constant)) << codec;
    if (std::string(codec) != "vorbis") {
      EXPECT_LE(*PacketSizes(constant).rbegin(), *PacketSizes(variable).rbegin()) << codec;
    }
  }
}

// Two seconds of noise and two of silence; the bits per second of each half.
std::pair<int64_t, int64_t> RatesInNoiseAndSilence(const AudioEncoderConfig& config) {
  CodecRun encoder(CodecKind::kAudioEncoder);
  EXPECT_TRUE(encoder.Configure(config).ok());
  Random random(5);
  for (int second = 0; second < 4; ++second) {
    Bytes samples(static_cast<size_t>(config.sample_rate * config.number_of_channels), 128);
    for (uint8_t& sample : samples) {
      if (second < 2) sample = static_cast<uint8_t>(64 + random.Next(128));
    }
    const SamplesInit init{AV_SAMPLE_FMT_U8, config.sample_rate, config.number_of_channels,
                           config.sample_rate, second * 1000000};
    EXPECT_TRUE(
        encoder.Encode(std::move(MakeSamples(init, samples.data(), samples.size()).value())).ok());
  }
  EXPECT_TRUE(encoder.Flush().ok());
  std::pair<int64_t, int64_t> bytes;
  for (const EncodedOutput& output : encoder.chunks) {
    (output.chunk.timestamp < 2000000 ? bytes.first : bytes.second) += output.chunk.packet->size;
  }
  return {bytes.first * 4, bytes.second * 4};
}

TEST(AudioEncoderOptions, AConstantBitrateIsKeptInSilenceToo) {
  for (const char* codec : {"aac", "opus", "mp3", "vorbis"}) {
    AudioEncoderConfig config = AudioConfig(codec, 48000, 2);
    config.bitrate = 96000;
    const auto [varied_noise, varied_silence] = RatesInNoiseAndSilence(config);
    EXPECT_LT(varied_silence, varied_noise * 2 / 3) << codec;
    config.bitrate_mode = BitrateMode::kConstant;
    const auto [noise, silence] = RatesInNoiseAndSilence(config);
    EXPECT_NEAR(static_cast<double>(noise), 96000, 10000) << codec;
    EXPECT_NEAR(static_cast<double>(silence), 96000, 16000) << codec;
  }
}

TEST(AudioEncoderOptions, AnAacFrameThatIsFilledUpDecodesToTheSameSamples) {
  const std::vector<EncodedOutput> chunks = EncodeSecond(AudioConfig("aac", 48000, 2));
  CodecRun plain(CodecKind::kAudioDecoder);
  ASSERT_TRUE(plain.Configure(DecoderConfigFor("aac", chunks)).ok());
  DecodeAll(plain, chunks);
  // Every length of filling that there is, one after the other.
  size_t more = 0;
  for (int round = 0; round < 6; ++round) {
    CodecRun filled(CodecKind::kAudioDecoder);
    ASSERT_TRUE(filled.Configure(DecoderConfigFor("aac", chunks)).ok());
    for (const EncodedOutput& output : chunks) {
      const AVPacket& packet = *output.chunk.packet;
      const size_t size = static_cast<size_t>(packet.size) + more++;
      const Bytes frame = FillAacFrame(packet.data, static_cast<size_t>(packet.size), size);
      ASSERT_EQ(frame.size(), size);
      EncodedChunk chunk;
      chunk.packet = std::move(MakePacket(frame.data(), frame.size()).value());
      const Result<void> decoded = filled.Decode(std::move(chunk));
      ASSERT_TRUE(decoded.ok()) << Text(decoded);
    }
    ASSERT_TRUE(filled.Flush().ok());
    for (int channel = 0; channel < 2; ++channel) {
      ASSERT_EQ(ChannelOf(filled.audio, channel), ChannelOf(plain.audio, channel));
    }
  }
}

TEST(AudioEncoderOptions, OfOpusTakeEffect) {
  const AudioEncoderConfig plain = AudioConfig("opus", 48000, 1);
  const std::vector<EncodedOutput> reference = EncodeSecond(plain);
  EXPECT_TRUE(SameBytes(reference, EncodeSecond(plain)));
  EXPECT_EQ(reference.front().chunk.duration, 20000);
  const std::optional<OpusHead> head = ParseOpusHead(reference.front().decoder_config->description);
  ASSERT_TRUE(head.has_value());
  EXPECT_EQ(head->pre_skip, 312);
  EXPECT_EQ(head->channels, 1);

  for (const int64_t duration : {2500, 5000, 10000, 40000, 60000, 120000}) {
    AudioEncoderConfig config = plain;
    config.opus_frame_duration_us = duration;
    EXPECT_EQ(EncodeSecond(config).front().chunk.duration, duration);
  }
  AudioEncoderConfig low_delay = plain;
  low_delay.opus_application = "lowdelay";
  ExpectContinuous(EncodeSecond(low_delay), 0, 1000000 + 2500);
  AudioEncoderConfig simple = plain;
  simple.opus_complexity = 0;
  EXPECT_FALSE(SameBytes(reference, EncodeSecond(simple)));

  AudioEncoderConfig voice = plain;
  voice.opus_application = "voip";
  voice.bitrate = 16000;
  AudioEncoderConfig robust = voice;
  robust.opus_fec = true;
  robust.opus_packet_loss_percent = 30;
  EXPECT_FALSE(SameBytes(EncodeSecond(voice), EncodeSecond(robust)));
}

TEST(AudioEncoderOptions, OpusTakesTheSignalForWhatItIsSaidToBe) {
  // RFC 6716 3.1: below 16 a packet's configuration is one of the two modes for voice.
  const auto voice_packets = [](const char* signal) {
    AudioEncoderConfig config = AudioConfig("opus", 48000, 1);
    config.bitrate = 24000;
    config.opus_signal = signal;
    int64_t count = 0;
    for (const EncodedOutput& output : EncodeSecond(config)) {
      count += output.chunk.packet->data[0] >> 3 < 16;
    }
    return count;
  };
  EXPECT_GT(voice_packets("voice"), 40);
  EXPECT_EQ(voice_packets("music"), 0);
}

TEST(AudioEncoderOptions, OpusWithDtxSendsNearlyNothingInSilence) {
  AudioEncoderConfig config = AudioConfig("opus", 48000, 1);
  config.opus_application = "voip";
  config.bitrate = 24000;
  const auto silence = [&] {
    CodecRun encoder(CodecKind::kAudioEncoder);
    EXPECT_TRUE(encoder.Configure(config).ok());
    const Bytes zeros(48000 * 2 * 2);
    const SamplesInit init{AV_SAMPLE_FMT_S16, 48000, 1, 48000 * 2, 0};
    EXPECT_TRUE(
        encoder.Encode(std::move(MakeSamples(init, zeros.data(), zeros.size()).value())).ok());
    EXPECT_TRUE(encoder.Flush().ok());
    int tiny = 0;
    for (const EncodedOutput& output : encoder.chunks) tiny += output.chunk.packet->size <= 2;
    return tiny;
  };
  const int without = silence();
  config.opus_dtx = true;
  EXPECT_GT(silence(), without + 20);
}

TEST(AudioEncoderOptions, OfFlacTakeEffect) {
  AudioEncoderConfig config = AudioConfig("flac", 48000, 2);
  config.flac_block_size = 1152;
  const std::vector<EncodedOutput> blocks = EncodeSecond(config);
  EXPECT_EQ(blocks.front().chunk.duration, 24000);
  config.flac_compress_level = 0;
  const int64_t fast = TotalBytes(EncodeSecond(config));
  config.flac_compress_level = 8;
  EXPECT_LT(TotalBytes(EncodeSecond(config)), fast);
}

TEST(AudioEncoderOptions, Mpeg2AacHasFewerToolsAndSaysSoInAdts) {
  AudioEncoderConfig config = AudioConfig("aac", 48000, 2);
  config.adts = true;
  config.bitrate = 48000;
  const std::vector<EncodedOutput> mpeg4 = EncodeNoise(config);
  config.aac_mpeg2 = true;
  const std::vector<EncodedOutput> mpeg2 = EncodeNoise(config);
  EXPECT_EQ(mpeg4.front().chunk.packet->data[1], 0xF1);
  EXPECT_EQ(mpeg2.front().chunk.packet->data[1], 0xF9);
  // Only MPEG-4 can say of a band that it is noise; without that, the band's coefficients are sent.
  ASSERT_EQ(mpeg2.size(), mpeg4.size());
  int differing = 0;
  for (size_t i = 1; i < mpeg2.size(); ++i) {
    differing += mpeg2[i].chunk.packet->size != mpeg4[i].chunk.packet->size;
  }
  EXPECT_GT(differing, static_cast<int>(mpeg2.size()) / 2);
}

TEST(AudioEncoderOptions, AdtsFramesDecodeWithoutADescriptionToTheSameSamples) {
  AudioEncoderConfig config = AudioConfig("aac", 44100, 2);
  const std::vector<EncodedOutput> raw = EncodeSecond(config);
  config.adts = true;
  const std::vector<EncodedOutput> adts = EncodeSecond(config);
  EXPECT_TRUE(adts.front().decoder_config->description.empty());
  ASSERT_EQ(raw.size(), adts.size());
  EXPECT_EQ(adts[3].chunk.packet->data[0], 0xFF);
  EXPECT_EQ(adts[3].chunk.packet->size, raw[3].chunk.packet->size + 7);

  CodecRun from_raw(CodecKind::kAudioDecoder);
  ASSERT_TRUE(from_raw.Configure(DecoderConfigFor("aac", raw)).ok());
  DecodeAll(from_raw, raw);
  CodecRun from_adts(CodecKind::kAudioDecoder);
  AudioDecoderConfig wrong = DecoderConfigFor("aac", adts);
  wrong.sample_rate = 8000;  // ignored, as the registration says
  wrong.number_of_channels = 1;
  ASSERT_TRUE(from_adts.Configure(wrong).ok());
  DecodeAll(from_adts, adts);
  EXPECT_EQ(from_adts.audio.front().frame->sample_rate, 44100);
  for (int channel = 0; channel < 2; ++channel) {
    EXPECT_EQ(ChannelOf(from_raw.audio, channel), ChannelOf(from_adts.audio, channel));
  }
}

}  // namespace
}  // namespace webcodecs
