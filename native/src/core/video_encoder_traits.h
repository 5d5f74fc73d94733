// What the encoder template needs to encode video.
#pragma once

#include <map>
#include <optional>

#include "encoder.h"
#include "picture_scale.h"
#include "types.h"
#include "video_description.h"
#include "video_encoder_options.h"

namespace webcodecs {

class VideoEncoderTraits {
 public:
  using Config = VideoEncoderConfig;
  using Input = EncodeVideo;
  static constexpr const char* kName = "video encoder";

  Result<CodecContextPtr> Open(const VideoEncoderConfig& config);
  Result<void> Prepare(EncodeVideo&& input, EncoderInput& encoder);
  Result<void> Rest(EncoderInput&) { return {}; }
  bool HoldsFrames() const { return !pending_.empty(); }
  Result<std::optional<EncodedOutput>> Finish(PacketPtr packet, const AVCodecContext& context);
  void Flushed() { pending_.clear(); }
  void Clear() { *this = VideoEncoderTraits(); }

 private:
  struct Pending {
    int64_t timestamp = 0;
    std::optional<uint64_t> duration;
  };

  Result<CodecContextPtr> OpenPlan(const EncoderPlan& plan) const;
  // Takes the parameter sets that the opened encoder put out of band, corrected to what was
  // configured.
  Result<void> TakeParameterSets(const AVCodecContext& context);
  StreamParameters DecideStream(const VideoPicture& picture) const;
  // Puts what is asked of this one picture where its encoder looks for it.
  Result<void> Steer(const VideoEncodeOptions& options, AVFrame& frame);
  Result<FramePtr> MakeInput(const VideoPicture& picture);
  Result<StreamDescription> Describe(const AVPacket& packet) const;

  VideoEncoderConfig config_;
  StreamParameters stream_;
  bool stream_decided_ = false;   // by the first frame
  std::optional<int> quantizer_;  // as last asked for
  int since_key_ = 0;             // chunks since the last key chunk, which is 0
  EncoderPlan plan_;
  Scaler scaler_;
  std::optional<NalCodec> nal_codec_;
  ParameterSets parameter_sets_;
  std::optional<StreamDescription> description_;  // as last sent
  bool describe_next_key_ = true;                 // the encoder was opened since

  // Timestamps of the frames that are inside the encoder, by its own running number: libraries want
  // numbers that rise evenly, a user may give any.
  std::map<int64_t, Pending> pending_;
  int64_t next_pts_ = 0;  // also the number of frames since the encoder was opened
};

}  // namespace webcodecs
