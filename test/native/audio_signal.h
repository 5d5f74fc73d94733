// A test signal whose every channel is different, and its comparison with what came back.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "core/media.h"
#include "core/types.h"

namespace webcodecs {

// The signal at sample `index`: two tones under a slow swell, in -0.6 to 0.6.
inline double SignalAt(int64_t index, int channel, int rate) {
  const double t = static_cast<double>(index) / rate;
  const double base = 300 + 150 * channel;
  const double swell = 0.6 + 0.4 * std::sin(2 * M_PI * 3 * t);
  return swell * (0.4 * std::sin(2 * M_PI * base * t) + 0.2 * std::sin(2 * M_PI * 2.5 * base * t));
}

inline AudioSamples MakeSignal(AVSampleFormat format, int rate, int channels, int64_t first,
                               int count, int64_t timestamp) {
  const bool planar = av_sample_fmt_is_planar(format) != 0;
  const auto bytes = static_cast<size_t>(av_get_bytes_per_sample(format));
  Bytes data(bytes * static_cast<size_t>(count) * static_cast<size_t>(channels));
  for (int channel = 0; channel < channels; ++channel) {
    for (int i = 0; i < count; ++i) {
      const double value = SignalAt(first + i, channel, rate);
      const int64_t place = planar ? int64_t{channel} * count + i : int64_t{i} * channels + channel;
      uint8_t* out = data.data() + static_cast<size_t>(place) * bytes;
      switch (av_get_packed_sample_fmt(format)) {
        case AV_SAMPLE_FMT_U8:
          *out = static_cast<uint8_t>(std::lrint(value * 127) + 128);
          break;
        case AV_SAMPLE_FMT_S16:
          *reinterpret_cast<int16_t*>(out) = static_cast<int16_t>(std::lrint(value * 32767));
          break;
        case AV_SAMPLE_FMT_S32:
          *reinterpret_cast<int32_t*>(out) = static_cast<int32_t>(std::llrint(value * 2147483647));
          break;
        default:
          *reinterpret_cast<float*>(out) = static_cast<float>(value);
      }
    }
  }
  const SamplesInit init{format, rate, channels, count, timestamp};
  return std::move(MakeSamples(init, data.data(), data.size()).value());
}

// All samples of one channel, as numbers in -1 to 1.
inline std::vector<double> ChannelOf(const std::vector<AudioSamples>& audio, int channel) {
  std::vector<double> values;
  for (const AudioSamples& samples : audio) {
    const AVFrame& frame = *samples.frame;
    const auto format = static_cast<AVSampleFormat>(frame.format);
    const bool planar = av_sample_fmt_is_planar(format) != 0;
    for (int i = 0; i < frame.nb_samples; ++i) {
      const uint8_t* plane = frame.extended_data[planar ? channel : 0];
      const int place = planar ? i : i * frame.ch_layout.nb_channels + channel;
      switch (av_get_packed_sample_fmt(format)) {
        case AV_SAMPLE_FMT_U8:
          values.push_back((plane[place] - 128) / 127.0);
          break;
        case AV_SAMPLE_FMT_S16:
          values.push_back(reinterpret_cast<const int16_t*>(plane)[place] / 32767.0);
          break;
        case AV_SAMPLE_FMT_S32:
          values.push_back(reinterpret_cast<const int32_t*>(plane)[place] / 2147483647.0);
          break;
        default:
          values.push_back(reinterpret_cast<const float*>(plane)[place]);
      }
    }
  }
  return values;
}

// How far `decoded`, from `delay` on, is above its difference to the signal, in dB. `skip` samples
// at both ends are left out.
inline double SignalToNoise(const std::vector<double>& decoded, int64_t delay, int64_t count,
                            int channel, int rate, int64_t skip) {
  double signal = 0;
  double noise = 0;
  for (int64_t i = skip; i < count - skip; ++i) {
    const double expected = SignalAt(i, channel, rate);
    const auto at = static_cast<size_t>(i + delay);
    const double actual = at < decoded.size() ? decoded[at] : 0;
    signal += expected * expected;
    noise += (expected - actual) * (expected - actual);
  }
  return 10 * std::log10(signal / std::max(noise, 1e-18));
}

}  // namespace webcodecs
