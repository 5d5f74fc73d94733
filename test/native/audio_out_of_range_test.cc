// Samples that no microphone makes: encoders end, in chunks or an error, whatever they are given.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "core/codec.h"
#include "core/media.h"

namespace webcodecs {
namespace {

using Signal = float (*)(int index);

float Huge(int index) { return (index * 7919 % 1000 - 500) * 1000.0F; }
float NotANumber(int) { return std::numeric_limits<float>::quiet_NaN(); }
float Infinite(int index) {
  const float infinity = std::numeric_limits<float>::infinity();
  return index % 3 == 0 ? infinity : -infinity;
}

Work Samples(int rate, int channels, int unit, Signal signal) {
  constexpr int kFrames = 1024;
  std::vector<float> values;
  for (int i = 0; i < kFrames * channels; ++i) values.push_back(signal(unit * kFrames + i));
  SamplesInit init;
  init.format = AV_SAMPLE_FMT_FLT;
  init.sample_rate = rate;
  init.number_of_channels = channels;
  init.number_of_frames = kFrames;
  init.timestamp = int64_t{unit} * kFrames * 1000000 / rate;
  return EncodeAudio{std::move(MakeSamples(init, reinterpret_cast<const uint8_t*>(values.data()),
                                           values.size() * sizeof(float))
                                   .value())};
}

class OutOfRange : public testing::TestWithParam<const char*> {};

TEST_P(OutOfRange, SamplesFarOutsideOfTheNominalRangeAreEncodedAllTheSame) {
  for (Signal signal : {Huge, NotANumber, Infinite}) {
    for (int rate : {8000, 44100, 48000}) {
      for (BitrateMode mode : {BitrateMode::kConstant, BitrateMode::kVariable}) {
        AudioEncoderConfig config;
        config.codec = GetParam();
        config.sample_rate = rate;
        config.number_of_channels = rate == 48000 ? 2 : 1;
        config.bitrate_mode = mode;
        size_t chunks = 0;
        const auto encoder = MakeCodec(CodecKind::kAudioEncoder, [&chunks](Output&&) { ++chunks; });
        if (!encoder->Configure(config).ok()) continue;
        for (int unit = 0; unit < 8; ++unit) {
          const Result<void> done =
              encoder->Process(Samples(rate, config.number_of_channels, unit, signal));
          ASSERT_TRUE(done.ok()) << done.error().ToString();
        }
        ASSERT_TRUE(encoder->Flush().ok());
        EXPECT_GT(chunks, 0u);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(EachCodec, OutOfRange,
                         testing::Values("aac", "mp3", "opus", "vorbis", "flac", "pcm-s16",
                                         "pcm-f32", "ulaw"),
                         [](const auto& info) {
                           std::string name = info.param;
                           name.erase(std::remove(name.begin(), name.end(), '-'), name.end());
                           return name;
                         });

}  // namespace
}  // namespace webcodecs
