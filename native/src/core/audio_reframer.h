// Samples of any length and format in, frames of the encoder's size and format out.
#pragma once

#include <cstdint>

#include "av_ptr.h"
#include "result.h"

namespace webcodecs {

// Counts exactly: n samples in at the input's rate are n samples out, or where the rates differ n
// times their ratio, rounded once over the whole stream and not frame by frame.
class AudioReframer {
 public:
  // For frames as `encoder` takes them, from input at `input_rate` with the encoder's channels.
  Result<void> Open(const AVCodecContext& encoder, int input_rate);
  // Drops what is held; Open is needed again.
  void Close();

  // Takes the samples of `input`: any sample format; the rate and channels as opened.
  Result<void> Push(const AVFrame& input);
  // Nothing follows: what the resampler holds becomes available too.
  Result<void> Finish();

  // Samples that Pull can hand out.
  int available() const;
  // A frame of `samples` samples: `content` that are available, then silence.
  Result<FramePtr> Pull(int content, int samples);

 private:
  Result<void> ConvertTo(const AVFrame* input);
  Result<void> PrepareConverter(const AVFrame& input);
  // A frame in the encoder's format with room for `samples`.
  Result<FramePtr> NewFrame(int samples) const;

  AVSampleFormat format_ = AV_SAMPLE_FMT_NONE;
  AVChannelLayout layout_ = {};  // a native one: owns nothing
  int rate_ = 0;
  int input_rate_ = 0;
  AVSampleFormat input_format_ = AV_SAMPLE_FMT_NONE;  // that the converter was made for
  AudioFifoPtr fifo_;
  SwrPtr converter_;
  int64_t taken_ = 0;       // samples pushed, at the input's rate
  int64_t handed_out_ = 0;  // samples pulled, at the encoder's rate
  bool finished_ = false;
};

}  // namespace webcodecs
