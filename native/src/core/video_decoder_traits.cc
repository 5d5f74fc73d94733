#include "video_decoder_traits.h"

#include <algorithm>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "drain.h"
#include "media.h"
#include "picture.h"
#include "picture_format.h"

namespace webcodecs {
namespace {

constexpr int kMaxThreads = 8;  // more only cost memory: each frame thread holds a picture
constexpr int64_t kMaxPixels = 16384 * 8704;  // a damaged header must not claim all memory
constexpr int kMaxDisplaySide = 32768;  // beyond that a sample aspect ratio is taken for damage
// Frame threads hold back no more pictures than there are threads; a stream whose pictures never
// show must not pile up their alpha.
constexpr size_t kMaxAlphaFrames = 2 * kMaxThreads;

// FFmpeg's decoder for a codec, best first; the intra-only ones gain nothing from frame threads.
struct DecoderChoice {
  const char* codec;
  std::vector<const char*> names;
  bool intra_only;
};

const std::vector<DecoderChoice>& Choices() {
  static const std::vector<DecoderChoice> choices = {
      {"h264", {"h264"}, false},  {"hevc", {"hevc"}, false},    {"vp8", {"vp8"}, false},
      {"vp9", {"vp9"}, false},    {"av1", {"libdav1d"}, false}, {"prores", {"prores"}, true},
      {"dnxhd", {"dnxhd"}, true},
  };
  return choices;
}

const DecoderChoice* ChoiceFor(const std::string& codec) {
  for (const DecoderChoice& choice : Choices()) {
    if (codec == choice.codec) return &choice;
  }
  return nullptr;
}

// A description that can't be one is refused here: FFmpeg would decode in the other mode, or fail
// at the first chunk. Start codes are allowed; some demuxers hand parameter sets over like that.
Result<void> CheckDescription(const VideoDecoderConfig& config) {
  const Bytes& bytes = config.description;
  if (bytes.empty()) return {};
  size_t least = 0;
  const char* name = nullptr;
  if (config.codec == "h264") {
    least = 7;
    name = "an avcC (AVCDecoderConfigurationRecord)";
  } else if (config.codec == "hevc") {
    least = 23;
    name = "an hvcC (HEVCDecoderConfigurationRecord)";
  } else {
    return {};
  }
  const bool start_code = bytes.size() > 4 && bytes[0] == 0 && bytes[1] == 0 && bytes[2] <= 1;
  if (start_code || (bytes.size() >= least && bytes[0] <= 1)) return {};
  return Error{ErrorKind::kData, 0, "description",
               std::string("Expected ") + name + " of at least " + std::to_string(least) +
                   " bytes and version 1, received " + std::to_string(bytes.size()) +
                   " bytes of version " + std::to_string(bytes[0]) + "."};
}

void ChooseThreads(AVCodecContext& context, const VideoDecoderConfig& config, bool intra_only) {
  const int cores = static_cast<int>(std::thread::hardware_concurrency());
  context.thread_count = std::clamp(cores, 1, kMaxThreads);
  if (config.optimize_for_latency) {
    // With slice threads FFmpeg does not see what is missing of an H.264 picture.
    if (config.codec == "h264") context.thread_count = 1;
    // Frame threads hold back one frame each: every frame is to come out of its own chunk's
    // Process where the stream doesn't reorder.
    context.flags |= AV_CODEC_FLAG_LOW_DELAY;
    context.thread_type = FF_THREAD_SLICE;
    return;
  }
  context.thread_type = intra_only ? FF_THREAD_SLICE : FF_THREAD_FRAME | FF_THREAD_SLICE;
  // H.264 need not say how far it reorders. FFmpeg then starts with no delay, and drops the first
  // pictures that prove it wrong; with strict compliance it keeps as many as the level allows.
  if (config.codec == "h264") context.strict_std_compliance = FF_COMPLIANCE_STRICT;
}

// A damaged chunk is an error, not a picture that looks like one: HEVC's slices are not to be
// skipped where they can't be read, and its pictures are to be those whose MD5 the stream gives,
// where it does; H.264's are told by their picture (IsDamaged). VP8's and VP9's decoders have no
// more to tell than they return.
void RefuseDamage(AVCodecContext& context, const VideoDecoderConfig& config) {
  if (config.codec == "hevc") context.err_recognition |= AV_EF_EXPLODE | AV_EF_CRCCHECK;
}

// FFmpeg filled in what could not be decoded, or leaned on a picture that it never had.
bool IsDamaged(const AVFrame& frame) {
  return frame.decode_error_flags != 0 || (frame.flags & AV_FRAME_FLAG_CORRUPT) != 0;
}

// The crop that the stream asks for; the whole picture where it makes no sense.
Rect VisibleRect(const AVFrame& frame) {
  const Rect whole{0, 0, frame.width, frame.height};
  const size_t width = static_cast<size_t>(frame.width);
  const size_t height = static_cast<size_t>(frame.height);
  if (frame.crop_left >= width || frame.crop_right >= width - frame.crop_left) return whole;
  if (frame.crop_top >= height || frame.crop_bottom >= height - frame.crop_top) return whole;
  return {static_cast<int>(frame.crop_left), static_cast<int>(frame.crop_top),
          static_cast<int>(width - frame.crop_left - frame.crop_right),
          static_cast<int>(height - frame.crop_top - frame.crop_bottom)};
}

// "Create a VideoFrame", step 8: one side grows until the ratio is the asked one; the
// configuration's ratio is of the picture, the stream's is of a sample. Both are of the picture as
// it is coded, the display size is that of the turned one.
void SetDisplaySize(const VideoDecoderConfig& config, AVRational sample_aspect,
                    VideoPicture& picture) {
  int64_t width = picture.visible.width;
  int64_t height = picture.visible.height;
  picture.display_width = picture.visible.width;
  picture.display_height = picture.visible.height;
  const int aspect_width = config.display_aspect_width.value_or(0);
  const int aspect_height = config.display_aspect_height.value_or(0);
  if (aspect_width > 0 && aspect_height > 0) {
    if (width * aspect_height < height * aspect_width) {
      width = av_rescale(height, aspect_width, aspect_height);
    } else {
      height = av_rescale(width, aspect_height, aspect_width);
    }
  } else if (sample_aspect.num > 0 && sample_aspect.den > 0) {
    if (sample_aspect.num > sample_aspect.den) {
      width = av_rescale(width, sample_aspect.num, sample_aspect.den);
    } else {
      height = av_rescale(height, sample_aspect.den, sample_aspect.num);
    }
  }
  if (width <= kMaxDisplaySide && height <= kMaxDisplaySide) {
    picture.display_width = static_cast<int>(width);
    picture.display_height = static_cast<int>(height);
  }
  if (config.rotation % 180 != 0) std::swap(picture.display_width, picture.display_height);
}

void OverrideColor(const ColorSpace& color, AVFrame& frame) {
  if (color.primaries) frame.color_primaries = static_cast<AVColorPrimaries>(*color.primaries);
  if (color.transfer) frame.color_trc = static_cast<AVColorTransferCharacteristic>(*color.transfer);
  if (color.matrix) frame.colorspace = static_cast<AVColorSpace>(*color.matrix);
  if (color.full_range) {
    frame.color_range = *color.full_range ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  }
}

// "Pick Color Space": where nothing is known of the colours, they are BT.709's.
void PickColor(AVFrame& frame) {
  if (frame.color_primaries != AVCOL_PRI_UNSPECIFIED || frame.color_trc != AVCOL_TRC_UNSPECIFIED ||
      frame.colorspace != AVCOL_SPC_UNSPECIFIED) {
    return;
  }
  frame.color_primaries = AVCOL_PRI_BT709;
  frame.color_trc = AVCOL_TRC_BT709;
  frame.colorspace = AVCOL_SPC_BT709;
  if (frame.color_range == AVCOL_RANGE_UNSPECIFIED) frame.color_range = AVCOL_RANGE_MPEG;
}

}  // namespace

Result<CodecContextPtr> VideoDecoderTraits::Open(const VideoDecoderConfig& config) {
  const DecoderChoice* choice = ChoiceFor(config.codec);
  if (choice == nullptr) {
    return Error{ErrorKind::kNotSupported, 0, "codec",
                 "There is no video decoder for \"" + config.codec + "\"."};
  }
  if (config.hardware == "prefer-hardware") {
    return Error{ErrorKind::kNotSupported, 0, "hardwareAcceleration",
                 "There is no hardware decoder for \"" + config.codec + "\" here."};
  }
  Result<void> checked = CheckDescription(config);
  if (!checked.ok()) return std::move(checked.error());
  Result<CodecContextPtr> made = MakeDecoderContext(choice->names, config.description);
  if (!made.ok()) return made;
  AVCodecContext& context = *made.value();
  // The crop becomes the visible rectangle: cutting it off would move plane pointers for nothing.
  context.apply_cropping = 0;
  context.width = context.coded_width = std::max(config.coded_width.value_or(0), 0);
  context.height = context.coded_height = std::max(config.coded_height.value_or(0), 0);
  if (context.width == 0 || context.height == 0) {
    context.width = context.coded_width = context.height = context.coded_height = 0;
  }
  if (config.variant.size() == 4) {
    // ProRes tells 4444 from 422 by the container's four characters.
    context.codec_tag =
        MKTAG(config.variant[0], config.variant[1], config.variant[2], config.variant[3]);
  }
  context.max_pixels = kMaxPixels;
  ChooseThreads(context, config, choice->intra_only);
  RefuseDamage(context, config);
  Result<void> opened = OpenDecoder(context);
  if (!opened.ok()) return std::move(opened.error());
  config_ = config;
  return made;
}

Result<void> VideoDecoderTraits::Accept(const EncodedChunk& chunk, const ChunkTag& tag) {
  if (chunk.alpha.empty()) return {};
  return AcceptAlpha(chunk, tag);
}

Result<std::optional<Output>> VideoDecoderTraits::Finish(FramePtr frame, const ChunkTag& tag) {
  if (IsDamaged(*frame)) {
    return Error{ErrorKind::kEncoding, AVERROR_INVALIDDATA, "avcodec_receive_frame",
                 "The chunk at " + std::to_string(tag.timestamp) +
                     " µs is damaged, or leans on one that is missing."};
  }
  MoveRangeOutOfFormat(*frame);
  if (!alpha_frames_.empty()) {
    Result<FramePtr> with_alpha = WithAlpha(std::move(frame), tag);
    if (!with_alpha.ok()) return std::move(with_alpha.error());
    frame = std::move(with_alpha.value());
  }
  OverrideColor(config_.color, *frame);
  PickColor(*frame);
  const AVRational sample_aspect = frame->sample_aspect_ratio;

  VideoPicture picture;
  picture.visible = VisibleRect(*frame);
  frame->crop_left = frame->crop_right = frame->crop_top = frame->crop_bottom = 0;
  picture.timestamp = tag.timestamp;
  picture.duration = tag.duration;
  picture.display_width = picture.visible.width;
  picture.display_height = picture.visible.height;
  const auto format = static_cast<AVPixelFormat>(frame->format);
  const AVPixelFormat nearest = NearestFormat(format);
  picture.frame = std::move(frame);
  if (nearest != format) {
    TransformOptions options;
    options.format = nearest;
    Result<VideoPicture> converted = TransformPicture(picture, options);
    if (!converted.ok()) return std::move(converted.error());
    picture = std::move(converted.value());
  }
  SetDisplaySize(config_, sample_aspect, picture);
  picture.rotation = config_.rotation;
  picture.flip = config_.flip;
  return std::optional<Output>(VideoOutput{std::move(picture)});
}

void VideoDecoderTraits::Flushed() {
  alpha_frames_.clear();
  if (alpha_decoder_ != nullptr) avcodec_flush_buffers(alpha_decoder_.get());
}

void VideoDecoderTraits::Clear() {
  config_ = {};
  alpha_frames_.clear();
  alpha_decoder_.reset();
}

Result<void> VideoDecoderTraits::AcceptAlpha(const EncodedChunk& chunk, const ChunkTag& tag) {
  const DecoderChoice* choice = ChoiceFor(config_.codec);
  if (choice == nullptr || (config_.codec != "vp8" && config_.codec != "vp9")) return {};
  if (alpha_decoder_ == nullptr) {
    if (!chunk.key) return {};  // Alpha that begins between key frames can't be decoded yet.
    Result<CodecContextPtr> made = MakeDecoderContext(choice->names, {});
    if (!made.ok()) return std::move(made.error());
    made.value()->max_pixels = kMaxPixels;
    // No frame threads: its picture is to be here before the colour's.
    VideoDecoderConfig at_once = config_;
    at_once.optimize_for_latency = true;
    ChooseThreads(*made.value(), at_once, false);
    Result<void> opened = OpenDecoder(*made.value());
    if (!opened.ok()) return opened;
    alpha_decoder_ = std::move(made.value());
  }
  Result<PacketPtr> made = MakePacket(chunk.alpha.data(), chunk.alpha.size());
  if (!made.ok()) return std::move(made.error());
  const PacketPtr packet = std::move(made.value());
  Result<void> tagged = AttachTag(*packet, tag);
  if (!tagged.ok()) return tagged;
  FramePtr frame;
  Result<DrainEnd> drained = SendAndDrain(
      {"avcodec_send_packet", "avcodec_receive_frame", "alpha"},
      [&] { return avcodec_send_packet(alpha_decoder_.get(), packet.get()); },
      [&] {
        frame.reset(av_frame_alloc());
        return frame ? avcodec_receive_frame(alpha_decoder_.get(), frame.get()) : AVERROR(ENOMEM);
      },
      [&]() -> Result<void> {
        alpha_frames_[TagOf(*frame).id] = std::move(frame);
        if (alpha_frames_.size() > kMaxAlphaFrames) alpha_frames_.erase(alpha_frames_.begin());
        return {};
      });
  if (!drained.ok()) return std::move(drained.error());
  return {};
}

Result<FramePtr> VideoDecoderTraits::WithAlpha(FramePtr frame, const ChunkTag& tag) {
  // Neither codec reorders: what is older than this picture has no colour any more.
  alpha_frames_.erase(alpha_frames_.begin(), alpha_frames_.lower_bound(tag.id));
  const auto found = alpha_frames_.find(tag.id);
  if (found == alpha_frames_.end()) return frame;
  FramePtr alpha = std::move(found->second);
  alpha_frames_.erase(found);
  const bool same_size = alpha->width == frame->width && alpha->height == frame->height;
  if (!same_size || frame->format != AV_PIX_FMT_YUV420P || alpha->data[0] == nullptr ||
      (alpha->format != AV_PIX_FMT_YUV420P && alpha->format != AV_PIX_FMT_YUVJ420P)) {
    return frame;
  }
  // The picture's planes stay where the two decoders put them.
  size_t slot = 0;
  while (slot < AV_NUM_DATA_POINTERS && frame->buf[slot] != nullptr) ++slot;
  AVBufferRef* plane = av_frame_get_plane_buffer(alpha.get(), 0);
  if (slot == AV_NUM_DATA_POINTERS || plane == nullptr) return frame;
  frame->buf[slot] = av_buffer_ref(plane);
  if (frame->buf[slot] == nullptr) {
    return Error{ErrorKind::kOperation, AVERROR(ENOMEM), "av_buffer_ref", "Out of memory."};
  }
  frame->data[3] = alpha->data[0];
  frame->linesize[3] = alpha->linesize[0];
  frame->format = AV_PIX_FMT_YUVA420P;
  return frame;
}

}  // namespace webcodecs
