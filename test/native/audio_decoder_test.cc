// Audio decoders: descriptions, timestamps, damage.
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "ac3_frames.h"
#include "audio_run.h"
#include "core/audio_description.h"

namespace webcodecs {
namespace {

std::vector<EncodedOutput> EncodeTenth(const std::string& codec) {
  CodecRun encoder(CodecKind::kAudioEncoder);
  EXPECT_TRUE(encoder.Configure(AudioConfig(codec, 48000, 2)).ok());
  EncodeSignal(encoder, AV_SAMPLE_FMT_FLTP, 48000, 2, 9600, 0);
  EXPECT_TRUE(encoder.Flush().ok());
  return std::move(encoder.chunks);
}

EncodedChunk ChunkOf(const uint8_t* data, size_t size, int64_t timestamp) {
  EncodedChunk chunk;
  chunk.timestamp = timestamp;
  chunk.packet = std::move(MakePacket(data, size).value());
  return chunk;
}

Result<void> ConfigureDecoder(const std::string& codec, Bytes description) {
  AudioDecoderConfig config;
  config.codec = codec;
  config.sample_rate = 48000;
  config.number_of_channels = 2;
  config.description = std::move(description);
  return ProbeConfig(CodecKind::kAudioDecoder, config);
}

class AudioDecoderOfEachCodec : public testing::TestWithParam<const char*> {};

TEST_P(AudioDecoderOfEachCodec, SurvivesDamage) {
  const std::vector<EncodedOutput> chunks = EncodeTenth(GetParam());
  DecodeDamaged(CodecKind::kAudioDecoder, DecoderConfigFor(GetParam(), chunks), chunks, 200);
}

TEST_P(AudioDecoderOfEachCodec, SurvivesADamagedDescription) {
  const std::vector<EncodedOutput> chunks = EncodeTenth(GetParam());
  AudioDecoderConfig config = DecoderConfigFor(GetParam(), chunks);
  if (config.description.empty()) return;
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    Random random(seed);
    AudioDecoderConfig damaged = config;
    const auto size = static_cast<uint32_t>(damaged.description.size());
    damaged.description[random.Next(size)] ^= static_cast<uint8_t>(1u << random.Next(8));
    if (random.Next(4) == 0) damaged.description.resize(random.Next(size) + 1);
    CodecRun decoder(CodecKind::kAudioDecoder);
    if (!decoder.Configure(damaged).ok()) continue;
    for (const EncodedOutput& output : chunks) {
      if (!decoder.Decode(CopyChunk(output.chunk)).ok()) break;
    }
  }
}

TEST_P(AudioDecoderOfEachCodec, GoesOnAfterAFlush) {
  const std::vector<EncodedOutput> chunks = EncodeTenth(GetParam());
  CodecRun decoder(CodecKind::kAudioDecoder);
  ASSERT_TRUE(decoder.Configure(DecoderConfigFor(GetParam(), chunks)).ok());
  DecodeAll(decoder, chunks);
  const size_t once = decoder.audio.size();
  DecodeAll(decoder, chunks);
  EXPECT_EQ(decoder.audio.size(), 2 * once);
  EXPECT_EQ(decoder.audio[once].timestamp, decoder.audio[0].timestamp);
}

INSTANTIATE_TEST_SUITE_P(Codecs, AudioDecoderOfEachCodec,
                         testing::Values("aac", "opus", "mp3", "flac", "vorbis", "pcm-u8",
                                         "pcm-s16", "pcm-s24", "pcm-s32", "pcm-f32", "alaw",
                                         "ulaw"),
                         [](const auto& info) {
                           std::string name = info.param;
                           name.erase(std::remove(name.begin(), name.end(), '-'), name.end());
                           return name;
                         });

class Ac3Decoder : public testing::TestWithParam<bool> {
 protected:
  std::string codec() const { return GetParam() ? "eac3" : "ac3"; }
  const uint8_t* frames() const { return GetParam() ? kEac3Frames : kAc3Frames; }
};

TEST_P(Ac3Decoder, DecodesEveryFrameUnderItsChunksTimestamp) {
  AudioDecoderConfig config;
  config.codec = codec();
  config.sample_rate = 48000;
  config.number_of_channels = 1;
  CodecRun decoder(CodecKind::kAudioDecoder);
  ASSERT_TRUE(decoder.Configure(config).ok());
  for (int i = 0; i < 3; ++i) {
    const Result<void> result = decoder.Decode(ChunkOf(frames() + 128 * i, 128, 32000 * i - 5));
    ASSERT_TRUE(result.ok()) << Text(result);
  }
  ASSERT_TRUE(decoder.Flush().ok());
  ASSERT_EQ(decoder.audio.size(), 3u);
  EXPECT_EQ(decoder.audio[2].timestamp, 63995);
  EXPECT_EQ(decoder.audio[2].frame->nb_samples, 1536);
  const std::vector<double> samples = ChannelOf(decoder.audio, 0);
  double energy = 0;
  for (size_t i = 1536; i < samples.size(); ++i) energy += samples[i] * samples[i];
  EXPECT_GT(energy / 3072, 0.001);
}

TEST_P(Ac3Decoder, SurvivesDamage) {
  AudioDecoderConfig config;
  config.codec = codec();
  std::vector<EncodedOutput> chunks(3);
  for (size_t i = 0; i < 3; ++i) chunks[i].chunk = ChunkOf(frames() + 128 * i, 128, 0);
  DecodeDamaged(CodecKind::kAudioDecoder, config, chunks, 200);
}

INSTANTIATE_TEST_SUITE_P(Both, Ac3Decoder, testing::Bool());

TEST(AudioDecoder, ContinuesTheTimestampWithinAChunkOfSeveralFrames) {
  AudioEncoderConfig adts = AudioConfig("aac", 48000, 1);
  adts.adts = true;
  CodecRun encoder(CodecKind::kAudioEncoder);
  ASSERT_TRUE(encoder.Configure(adts).ok());
  EncodeSignal(encoder, AV_SAMPLE_FMT_FLT, 48000, 1, 4096, 0);
  ASSERT_TRUE(encoder.Flush().ok());
  Bytes joined;
  for (const EncodedOutput& output : encoder.chunks) {
    const AVPacket& packet = *output.chunk.packet;
    joined.insert(joined.end(), packet.data, packet.data + packet.size);
  }
  AudioDecoderConfig config;
  config.codec = "aac";
  CodecRun decoder(CodecKind::kAudioDecoder);
  ASSERT_TRUE(decoder.Configure(config).ok());
  ASSERT_TRUE(decoder.Decode(ChunkOf(joined.data(), joined.size(), 1000)).ok());
  ASSERT_TRUE(decoder.Flush().ok());
  ASSERT_EQ(decoder.audio.size(), encoder.chunks.size());
  for (size_t i = 0; i < decoder.audio.size(); ++i) {
    EXPECT_EQ(decoder.audio[i].timestamp,
              1000 + av_rescale(static_cast<int64_t>(i), 1024000000, 48000));
  }
}

TEST(AudioDecoder, KeepsChunkTimestampsWhateverTheyAre) {
  const std::vector<EncodedOutput> chunks = EncodeTenth("pcm-s16");
  CodecRun decoder(CodecKind::kAudioDecoder);
  ASSERT_TRUE(decoder.Configure(DecoderConfigFor("pcm-s16", chunks)).ok());
  const std::vector<int64_t> timestamps = {-5000, 7, 7, 3, INT64_MAX, INT64_MIN};
  for (const int64_t timestamp : timestamps) {
    EncodedChunk chunk = CopyChunk(chunks[0].chunk);
    chunk.timestamp = timestamp;
    ASSERT_TRUE(decoder.Decode(std::move(chunk)).ok());
  }
  ASSERT_EQ(decoder.audio.size(), timestamps.size());
  for (size_t i = 0; i < timestamps.size(); ++i) {
    EXPECT_EQ(decoder.audio[i].timestamp, timestamps[i]);
  }
}

// Whether a chunk is refused whose byte at `place`, from 0 to 1 of its length, is another one.
bool TellsDamage(const std::string& codec, double place) {
  const std::vector<EncodedOutput> chunks = EncodeTenth(codec);
  CodecRun decoder(CodecKind::kAudioDecoder);
  EXPECT_TRUE(decoder.Configure(DecoderConfigFor(codec, chunks)).ok());
  EXPECT_TRUE(decoder.Decode(CopyChunk(chunks[1].chunk)).ok());
  EncodedChunk damaged = CopyChunk(chunks[2].chunk);
  damaged.packet->data[static_cast<int>(place * damaged.packet->size)] ^= 0x55;
  const Result<void> result = decoder.Decode(std::move(damaged));
  EXPECT_TRUE(result.ok() || result.error().kind == ErrorKind::kEncoding) << Text(result);
  return !result.ok();
}

TEST(AudioDecoder, TellsDamageByTheChecksumsThatAStreamHas) {
  for (const double place : {0.2, 0.5, 0.9}) EXPECT_TRUE(TellsDamage("flac", place)) << place;
  for (const char* codec : {"ac3", "eac3"}) {
    const uint8_t* frames = std::string(codec) == "ac3" ? kAc3Frames : kEac3Frames;
    for (const size_t place : {20u, 64u, 120u}) {
      AudioDecoderConfig config;
      config.codec = codec;
      CodecRun decoder(CodecKind::kAudioDecoder);
      ASSERT_TRUE(decoder.Configure(config).ok());
      EncodedChunk damaged = ChunkOf(frames, 128, 0);
      damaged.packet->data[place] ^= 0x55;
      const Result<void> result = decoder.Decode(std::move(damaged));
      ASSERT_FALSE(result.ok()) << codec << " " << place;
      EXPECT_EQ(result.error().kind, ErrorKind::kEncoding);
    }
  }
}

TEST(AudioDecoder, TellsDamageOfHeaders) {
  for (const char* codec : {"aac", "mp3", "flac", "vorbis"}) EXPECT_TRUE(TellsDamage(codec, 0));
}

TEST(AudioDecoder, TakesOpusOfManyChannelsWithoutADescription) {
  for (const int channels : {1, 2, 3, 6, 8}) {
    CodecRun encoder(CodecKind::kAudioEncoder);
    ASSERT_TRUE(encoder.Configure(AudioConfig("opus", 48000, channels)).ok());
    EncodeSignal(encoder, AV_SAMPLE_FMT_FLT, 48000, channels, 9600, 0);
    ASSERT_TRUE(encoder.Flush().ok());
    AudioDecoderConfig config = DecoderConfigFor("opus", encoder.chunks);
    EXPECT_FALSE(config.description.empty());
    CodecRun described(CodecKind::kAudioDecoder);
    ASSERT_TRUE(described.Configure(config).ok());
    DecodeAll(described, encoder.chunks);
    config.description.clear();
    CodecRun guessed(CodecKind::kAudioDecoder);
    ASSERT_TRUE(guessed.Configure(config).ok());
    DecodeAll(guessed, encoder.chunks);
    for (int channel = 0; channel < channels; ++channel) {
      EXPECT_EQ(ChannelOf(guessed.audio, channel), ChannelOf(described.audio, channel));
    }
  }
  AudioDecoderConfig many;
  many.codec = "opus";
  many.number_of_channels = 9;
  EXPECT_EQ(ProbeConfig(CodecKind::kAudioDecoder, many).error().kind, ErrorKind::kNotSupported);
}

TEST(AudioDecoder, RefusesAChunkWithoutBytes) {
  CodecRun decoder(CodecKind::kAudioDecoder);
  AudioDecoderConfig config;
  config.codec = "mp3";
  ASSERT_TRUE(decoder.Configure(config).ok());
  EXPECT_FALSE(decoder.Decode(EncodedChunk{}).ok());
}

TEST(AudioDescription, ThatIsMissingOrMalformedIsRefused) {
  EXPECT_EQ(ConfigureDecoder("flac", {}).error().kind, ErrorKind::kNotSupported);
  EXPECT_EQ(ConfigureDecoder("vorbis", {}).error().kind, ErrorKind::kNotSupported);
  EXPECT_EQ(ConfigureDecoder("flac", {1, 2, 3}).error().kind, ErrorKind::kNotSupported);
  EXPECT_EQ(ConfigureDecoder("vorbis", {2, 1, 1}).error().kind, ErrorKind::kNotSupported);
  EXPECT_EQ(ConfigureDecoder("opus", {1, 2, 3}).error().kind, ErrorKind::kNotSupported);
  EXPECT_EQ(ConfigureDecoder("aac", {0}).error().kind, ErrorKind::kNotSupported);
  EXPECT_EQ(ConfigureDecoder("nothing", {}).error().kind, ErrorKind::kNotSupported);
}

TEST(AudioDescription, OfEachEncoderSaysWhatWasConfigured) {
  const auto description = [](const char* codec) {
    AudioEncoderConfig config = AudioConfig(codec, 44100, 2);
    CodecRun encoder(CodecKind::kAudioEncoder);
    EXPECT_TRUE(encoder.Configure(config).ok());
    EncodeSignal(encoder, AV_SAMPLE_FMT_S16, 44100, 2, 5000, 0);
    EXPECT_TRUE(encoder.Flush().ok());
    return encoder.chunks.at(0).decoder_config->description;
  };
  const auto aac = ParseAudioSpecificConfig(description("aac"));
  ASSERT_TRUE(aac.has_value());
  EXPECT_EQ(aac->object_type, 2);
  EXPECT_EQ(aac->sample_rate, 44100);
  EXPECT_EQ(aac->channel_configuration, 2);
  const Bytes flac_bytes = description("flac");
  EXPECT_EQ(std::memcmp(flac_bytes.data(), "fLaC", 4), 0);
  const auto flac = ParseFlacDescription(flac_bytes);
  ASSERT_TRUE(flac.has_value());
  EXPECT_EQ(flac->sample_rate, 44100);
  EXPECT_EQ(flac->channels, 2);
  EXPECT_EQ(flac->bits_per_sample, 16);
  const auto vorbis = ParseVorbisDescription(description("vorbis"));
  ASSERT_TRUE(vorbis.has_value());
  EXPECT_EQ(vorbis->sample_rate, 44100);
  EXPECT_EQ(vorbis->channels, 2);
  EXPECT_TRUE(description("mp3").empty());
  EXPECT_TRUE(description("pcm-s16").empty());
}

}  // namespace
}  // namespace webcodecs
