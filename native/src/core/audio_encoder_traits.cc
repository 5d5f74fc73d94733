#include "audio_encoder_traits.h"

extern "C" {
#include <libavutil/mathematics.h>
#include <libavutil/samplefmt.h>
}

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#include "audio_encoder_options.h"
#include "media.h"

namespace webcodecs {
namespace {

// Above what rounding, and capture clocks between two of their own corrections, do to timestamps;
// below what is seen as picture and sound apart.
constexpr int64_t kGapMicroseconds = 20000;
// Above the delay of every encoder, so that no chunk begins before the end of the last one where
// the count starts anew later.
constexpr int64_t kBreakMicroseconds = 500000;

bool IsWithin(int64_t microseconds, int64_t bound) {
  return microseconds >= -bound && microseconds <= bound;
}

// Silence that could stand before `frame`.
Result<FramePtr> MakeSilence(const AVFrame& frame, int samples) {
  FramePtr silence(av_frame_alloc());
  int code = AVERROR(ENOMEM);
  if (silence != nullptr) {
    silence->format = frame.format;
    silence->sample_rate = frame.sample_rate;
    silence->nb_samples = samples;
    code = av_channel_layout_copy(&silence->ch_layout, &frame.ch_layout);
    if (code >= 0) code = av_frame_get_buffer(silence.get(), 0);
  }
  if (code < 0) return Error{ErrorKind::kOperation, code, "av_frame_get_buffer", ""};
  av_samples_set_silence(silence->extended_data, 0, samples, frame.ch_layout.nb_channels,
                         static_cast<AVSampleFormat>(frame.format));
  return silence;
}

void DropFirst(AVFrame& frame, int samples) {
  const auto format = static_cast<AVSampleFormat>(frame.format);
  const bool planar = av_sample_fmt_is_planar(format) != 0;
  const int channels = frame.ch_layout.nb_channels;
  const ptrdiff_t bytes =
      ptrdiff_t{samples} * av_get_bytes_per_sample(format) * (planar ? 1 : channels);
  for (int plane = 0; plane < (planar ? channels : 1); ++plane) {
    frame.extended_data[plane] += bytes;
  }
  frame.nb_samples -= samples;
}

int BitsOf(int sample_format) {
  return 8 * av_get_bytes_per_sample(static_cast<AVSampleFormat>(sample_format));
}

// Clips float samples to the nominal range, and makes silence of what is no number.
void ClipSamples(AVFrame& frame) {
  const auto format = static_cast<AVSampleFormat>(frame.format);
  if (av_get_packed_sample_fmt(format) != AV_SAMPLE_FMT_FLT) return;
  const bool planar = av_sample_fmt_is_planar(format) != 0;
  const int planes = planar ? frame.ch_layout.nb_channels : 1;
  const int count = frame.nb_samples * (planar ? 1 : frame.ch_layout.nb_channels);
  for (int plane = 0; plane < planes; ++plane) {
    auto* samples = reinterpret_cast<float*>(frame.extended_data[plane]);
    for (int i = 0; i < count; ++i) {
      samples[i] = std::isnan(samples[i]) ? 0.0F : std::clamp(samples[i], -1.0F, 1.0F);
    }
  }
}

}  // namespace

Result<CodecContextPtr> AudioEncoderTraits::Open(const AudioEncoderConfig& config) {
  Result<CodecContextPtr> opened = OpenAudioEncoder(config, wide_);
  if (!opened.ok()) return opened;
  const AVCodecContext& context = *opened.value();
  Result<void> reframed = reframer_.Open(context, config.sample_rate);
  if (!reframed.ok()) return std::move(reframed.error());
  config_ = config;
  rate_ = context.sample_rate;
  delay_ = context.initial_padding;
  const AVCodecID id = context.codec_id;
  const bool any_size = (context.codec->capabilities & AV_CODEC_CAP_VARIABLE_FRAME_SIZE) != 0;
  fixed_frames_ = !any_size && context.frame_size > 0;
  holds_frames_ = (context.codec->capabilities & AV_CODEC_CAP_DELAY) != 0;
  const bool even_packets =
      id == AV_CODEC_ID_AAC || id == AV_CODEC_ID_OPUS || id == AV_CODEC_ID_MP3;
  packet_samples_ = even_packets ? context.frame_size : 0;

  StreamDescription description;
  description.sample_rate = context.sample_rate;
  description.number_of_channels = context.ch_layout.nb_channels;
  // Opus is described in both its formats, whose packets are the same: containers want the head.
  const bool in_band = id == AV_CODEC_ID_AAC && config.adts;
  const Bytes bytes = DescribeAudioStream(config.codec, context.extradata,
                                          static_cast<size_t>(context.extradata_size));
  if (!in_band) description.description = bytes;
  fill_.reset();
  if (id == AV_CODEC_ID_AAC && config.bitrate_mode == BitrateMode::kConstant) {
    fill_.emplace(context.bit_rate, rate_, context.ch_layout.nb_channels, context.frame_size);
  }
  adts_.reset();
  if (id == AV_CODEC_ID_AAC && config.adts) {
    adts_ = ParseAudioSpecificConfig(bytes);
    if (!adts_ || !MakeAdtsHeader(*adts_, config.aac_mpeg2, 0)) {
      return Error{ErrorKind::kNotSupported, 0, "AacEncoderConfig.format",
                   "ADTS can't express " + std::to_string(config.number_of_channels) +
                       " channels at " + std::to_string(config.sample_rate) + " Hz."};
    }
  }
  if (description_.sample_rate == 0 || description.description != description_.description) {
    description_ = std::move(description);
    description_due_ = true;
  }
  StopClock();
  return opened;
}

Result<void> AudioEncoderTraits::Prepare(EncodeAudio&& input, EncoderInput& encoder) {
  const AudioSamples& samples = input.samples;
  Result<void> checked = CheckInput(samples);
  if (!checked.ok()) return checked;
  Result<void> followed = FollowInput(samples, encoder);
  if (!followed.ok()) return followed;
  if (samples.frame->nb_samples == 0) return {};
  received_ += samples.frame->nb_samples;
  Result<void> pushed = reframer_.Push(*samples.frame);
  if (!pushed.ok()) return pushed;
  if (!fixed_frames_) {
    const int all = reframer_.available();
    return all > 0 ? SendFrame(all, all, encoder) : Result<void>();
  }
  const int size = encoder.context().frame_size;
  while (reframer_.available() >= size) {
    Result<void> sent = SendFrame(size, size, encoder);
    if (!sent.ok()) return sent;
  }
  return {};
}

Result<void> AudioEncoderTraits::Rest(EncoderInput& encoder) {
  if (!start_) return {};
  Result<void> finished = reframer_.Finish();
  if (!finished.ok()) return finished;
  const AVCodecContext& context = encoder.context();
  while (reframer_.available() > 0) {
    const int held = reframer_.available();
    const int size = fixed_frames_ ? context.frame_size : held;
    const int content = std::min(held, size);
    // A lossless stream has no samples that weren't there; the others' frames have one length.
    const int samples = context.codec_id == AV_CODEC_ID_FLAC ? content : size;
    Result<void> sent = SendFrame(content, samples, encoder);
    if (!sent.ok()) return sent;
  }
  return {};
}

Result<std::optional<EncodedOutput>> AudioEncoderTraits::Finish(PacketPtr packet,
                                                                const AVCodecContext& context) {
  // FLAC ends with a packet of nothing but the final STREAMINFO.
  if (packet->size <= 0) return std::optional<EncodedOutput>();
  const bool vorbis = context.codec_id == AV_CODEC_ID_VORBIS;
  const int64_t samples = packet_samples_ > 0 ? packet_samples_ : packet->duration;
  const int64_t start = made_ - delay_;                       // 0: the input's first sample
  if (start >= sent_) return std::optional<EncodedOutput>();  // nothing but padding
  const int64_t end = std::min(start + samples, sent_);
  made_ += samples;

  const int64_t shift = vorbis || config_.priming_before_start ? 0 : delay_;
  const int64_t first = vorbis ? std::max<int64_t>(start, 0) : start + shift;
  const int64_t last = vorbis ? std::max<int64_t>(end, 0) : end + shift;
  EncodedOutput output;
  output.chunk.key = true;
  output.chunk.timestamp = TimestampOf(first);
  output.chunk.duration = static_cast<uint64_t>(TimestampOf(last) - output.chunk.timestamp);
  Result<PacketPtr> wrapped = WrapAacFrame(std::move(packet));
  if (!wrapped.ok()) return std::move(wrapped.error());
  output.chunk.packet = std::move(wrapped.value());
  if (description_due_) {
    output.decoder_config = description_;
    description_due_ = false;
  }
  return std::optional<EncodedOutput>(std::move(output));
}

void AudioEncoderTraits::Clear() {
  reframer_.Close();
  config_ = {};
  wide_ = false;
  holds_frames_ = false;
  adts_.reset();
  fill_.reset();
  description_ = {};
  description_due_ = false;
  StopClock();
}

Result<void> AudioEncoderTraits::CheckInput(const AudioSamples& samples) const {
  if (samples.frame == nullptr || samples.frame->nb_samples <= 0) {
    return Error{ErrorKind::kEncoding, 0, "AudioData", "There are no samples to encode."};
  }
  const AVFrame& frame = *samples.frame;
  if (frame.sample_rate != config_.sample_rate) {
    return Error{ErrorKind::kEncoding, 0, "AudioData.sampleRate",
                 "Expected the configured " + std::to_string(config_.sample_rate) +
                     " Hz, received " + std::to_string(frame.sample_rate) + " Hz."};
  }
  if (frame.ch_layout.nb_channels != config_.number_of_channels) {
    return Error{ErrorKind::kEncoding, 0, "AudioData.numberOfChannels",
                 "Expected the configured " + std::to_string(config_.number_of_channels) +
                     " channels, received " + std::to_string(frame.ch_layout.nb_channels) + "."};
  }
  return {};
}

Result<void> AudioEncoderTraits::FollowInput(const AudioSamples& samples, EncoderInput& encoder) {
  const int64_t moved = av_sat_sub64(samples.timestamp, previous_);
  const int64_t lasted = previous_duration_;
  previous_ = samples.timestamp;
  previous_duration_ =
      av_rescale(samples.frame->nb_samples, AV_TIME_BASE, samples.frame->sample_rate);
  if (start_) {
    // A clock that stands still, or all but that, is none: nothing of the sound goes for it.
    if (moved >= 0 && moved < lasted / 2) return {};
    const int64_t expected =
        av_sat_add64(*start_, av_rescale(received_, AV_TIME_BASE, config_.sample_rate));
    const int64_t apart = av_sat_sub64(samples.timestamp, expected);
    if (IsWithin(apart, kGapMicroseconds)) return {};
    if (IsWithin(apart, kBreakMicroseconds)) return CloseGap(apart, *samples.frame);
    Result<void> rest = Rest(encoder);
    if (!rest.ok()) return rest;
    Result<void> restarted = encoder.Restart();
    if (!restarted.ok()) return restarted;
  }
  const bool more_bits = config_.codec == "flac" && BitsOf(samples.frame->format) > 16;
  if (more_bits && !wide_) {
    wide_ = true;
    Result<void> restarted = encoder.Restart();
    if (!restarted.ok()) return restarted;
  }
  start_ = samples.timestamp;
  return {};
}

Result<void> AudioEncoderTraits::CloseGap(int64_t microseconds, AVFrame& frame) {
  const auto samples =
      static_cast<int>(av_rescale(microseconds, config_.sample_rate, AV_TIME_BASE));
  if (samples <= 0) {
    DropFirst(frame, std::min(-samples, frame.nb_samples));
    return {};
  }
  Result<FramePtr> silence = MakeSilence(frame, samples);
  if (!silence.ok()) return std::move(silence.error());
  received_ += samples;
  return reframer_.Push(*silence.value());
}

Result<void> AudioEncoderTraits::SendFrame(int content, int samples, EncoderInput& encoder) {
  Result<FramePtr> frame = reframer_.Pull(content, samples);
  if (!frame.ok()) return std::move(frame.error());
  // FFmpeg's AAC encoder looks for a quantizer for ever, and LAME aborts, on what is far out of
  // range.
  if (config_.codec == "aac" || config_.codec == "mp3") ClipSamples(*frame.value());
  frame.value()->pts = sent_;
  frame.value()->duration = samples;
  sent_ += content;
  return encoder.Send(*frame.value());
}

int64_t AudioEncoderTraits::TimestampOf(int64_t samples) const {
  return av_sat_add64(start_.value_or(0), av_rescale(samples, AV_TIME_BASE, rate_));
}

Result<PacketPtr> AudioEncoderTraits::WrapAacFrame(PacketPtr packet) {
  if (!adts_ && !fill_) return packet;
  const auto length = static_cast<size_t>(packet->size);
  const Bytes frame = FillAacFrame(packet->data, length, fill_ ? fill_->SizeFor(length) : length);
  Bytes wrapped;
  if (adts_) {
    const std::optional<AdtsHeader> header =
        MakeAdtsHeader(*adts_, config_.aac_mpeg2, frame.size());
    if (!header) {
      return Error{ErrorKind::kEncoding, 0, kName, "An AAC frame is too long for ADTS."};
    }
    wrapped.assign(header->begin(), header->end());
  }
  wrapped.insert(wrapped.end(), frame.begin(), frame.end());
  return MakePacket(wrapped.data(), wrapped.size());
}

void AudioEncoderTraits::StopClock() {
  start_.reset();
  received_ = 0;
  sent_ = 0;
  made_ = 0;
}

}  // namespace webcodecs
