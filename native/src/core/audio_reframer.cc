#include "audio_reframer.h"

extern "C" {
#include <libavutil/channel_layout.h>
#include <libavutil/mathematics.h>
#include <libavutil/samplefmt.h>
}

#include <algorithm>
#include <utility>

namespace webcodecs {
namespace {

Error Failed(int code, const char* where) {
  return Error{ErrorKind::kOperation, code, where, "The samples can't be converted."};
}

void** Planes(const AVFrame& frame) { return reinterpret_cast<void**>(frame.extended_data); }

}  // namespace

Result<void> AudioReframer::Open(const AVCodecContext& encoder, int input_rate) {
  Close();
  format_ = encoder.sample_fmt;
  rate_ = encoder.sample_rate;
  input_rate_ = input_rate;
  layout_ = encoder.ch_layout;
  fifo_.reset(
      av_audio_fifo_alloc(format_, layout_.nb_channels, std::max(encoder.frame_size, 1024)));
  if (fifo_ == nullptr) return Failed(AVERROR(ENOMEM), "av_audio_fifo_alloc");
  return {};
}

void AudioReframer::Close() {
  fifo_.reset();
  converter_.reset();
  input_format_ = AV_SAMPLE_FMT_NONE;
  taken_ = 0;
  handed_out_ = 0;
  finished_ = false;
}

Result<void> AudioReframer::Push(const AVFrame& input) {
  Result<void> prepared = PrepareConverter(input);
  if (!prepared.ok()) return prepared;
  taken_ += input.nb_samples;
  if (converter_ != nullptr) return ConvertTo(&input);
  const int written = av_audio_fifo_write(fifo_.get(), Planes(input), input.nb_samples);
  return written < 0 ? Result<void>(Failed(written, "av_audio_fifo_write")) : Result<void>();
}

Result<void> AudioReframer::Finish() {
  finished_ = true;
  return converter_ != nullptr ? ConvertTo(nullptr) : Result<void>();
}

int AudioReframer::available() const {
  if (fifo_ == nullptr) return 0;
  const int held = av_audio_fifo_size(fifo_.get());
  if (!finished_ || rate_ == input_rate_) return held;
  // The resampler's tail is a few samples more or less than the ratio says.
  const int64_t owed = av_rescale(taken_, rate_, input_rate_) - handed_out_;
  return static_cast<int>(std::clamp<int64_t>(owed, 0, INT32_MAX));
}

Result<FramePtr> AudioReframer::Pull(int content, int samples) {
  Result<FramePtr> made = NewFrame(samples);
  if (!made.ok()) return made;
  AVFrame& frame = *made.value();
  const int read = av_audio_fifo_read(fifo_.get(), Planes(frame), content);
  if (read < 0) return Failed(read, "av_audio_fifo_read");
  av_samples_set_silence(frame.extended_data, read, samples - read, layout_.nb_channels, format_);
  handed_out_ += content;
  return made;
}

Result<void> AudioReframer::PrepareConverter(const AVFrame& input) {
  const auto format = static_cast<AVSampleFormat>(input.format);
  if (format == input_format_) return {};
  if (converter_ != nullptr) {
    Result<void> rest = ConvertTo(nullptr);
    if (!rest.ok()) return rest;
    converter_.reset();
  }
  input_format_ = format;
  if (format == format_ && input_rate_ == rate_) return {};
  SwrContext* context = nullptr;
  // The same layout on both sides: channels keep their order and are never mixed.
  int code = swr_alloc_set_opts2(&context, &layout_, format_, rate_, &layout_, format, input_rate_,
                                 0, nullptr);
  converter_.reset(context);
  if (code >= 0) code = swr_init(converter_.get());
  if (code < 0) return Failed(code, "swr_init");
  return {};
}

Result<void> AudioReframer::ConvertTo(const AVFrame* input) {
  const int incoming = input != nullptr ? input->nb_samples : 0;
  const int room = swr_get_out_samples(converter_.get(), incoming);
  if (room < 0) return Failed(room, "swr_get_out_samples");
  if (room == 0) return {};
  Result<FramePtr> made = NewFrame(room);
  if (!made.ok()) return std::move(made.error());
  AVFrame& frame = *made.value();
  const auto* const* data =
      input != nullptr ? const_cast<const uint8_t* const*>(input->extended_data) : nullptr;
  const int converted = swr_convert(converter_.get(), frame.extended_data, room, data, incoming);
  if (converted < 0) return Failed(converted, "swr_convert");
  const int written = av_audio_fifo_write(fifo_.get(), Planes(frame), converted);
  return written < 0 ? Result<void>(Failed(written, "av_audio_fifo_write")) : Result<void>();
}

Result<FramePtr> AudioReframer::NewFrame(int samples) const {
  FramePtr frame(av_frame_alloc());
  if (frame == nullptr) return Failed(AVERROR(ENOMEM), "av_frame_alloc");
  frame->format = format_;
  frame->sample_rate = rate_;
  frame->nb_samples = samples;
  frame->ch_layout = layout_;
  const int code = av_frame_get_buffer(frame.get(), 0);
  if (code < 0) return Failed(code, "av_frame_get_buffer");
  return frame;
}

}  // namespace webcodecs
