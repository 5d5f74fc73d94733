#include "video_encoder_traits.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <mutex>
#include <utility>

#include "codec_lock.h"
#include "picture.h"
#include "pixel_memory.h"
#include "temporal_layers.h"

namespace webcodecs {
namespace {

// Turns FFmpeg's errors (16) into what its default level (32) leaves out.
constexpr int kQuieter = 24;

std::string SizeText(int width, int height) {
  return std::to_string(width) + "×" + std::to_string(height);
}

// The format that has the same planes as `format` but for alpha.
AVPixelFormat WithoutAlpha(int format) {
  switch (format) {
    case AV_PIX_FMT_YUVA420P:
      return AV_PIX_FMT_YUV420P;
    case AV_PIX_FMT_YUVA422P:
      return AV_PIX_FMT_YUV422P;
    case AV_PIX_FMT_YUVA444P:
      return AV_PIX_FMT_YUV444P;
    case AV_PIX_FMT_YUVA420P10LE:
      return AV_PIX_FMT_YUV420P10LE;
    case AV_PIX_FMT_YUVA422P10LE:
      return AV_PIX_FMT_YUV422P10LE;
    case AV_PIX_FMT_YUVA444P10LE:
      return AV_PIX_FMT_YUV444P10LE;
    case AV_PIX_FMT_YUVA422P12LE:
      return AV_PIX_FMT_YUV422P12LE;
    case AV_PIX_FMT_YUVA444P12LE:
      return AV_PIX_FMT_YUV444P12LE;
    default:
      return static_cast<AVPixelFormat>(format);
  }
}

// Repeats the last column and row of the picture that fills the upper left of `frame`.
void RepeatEdges(AVFrame& frame, int width, int height) {
  const AVPixFmtDescriptor& descriptor =
      *av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  const size_t bytes = descriptor.comp[0].depth > 8 ? 2 : 1;
  for (int i = 0; i < 3 && frame.data[i] != nullptr; ++i) {
    const int shift_w = i == 0 ? 0 : descriptor.log2_chroma_w;
    const int shift_h = i == 0 ? 0 : descriptor.log2_chroma_h;
    const int filled_w = AV_CEIL_RSHIFT(width, shift_w);
    const int filled_h = AV_CEIL_RSHIFT(height, shift_h);
    const int full_w = AV_CEIL_RSHIFT(frame.width, shift_w);
    const int full_h = AV_CEIL_RSHIFT(frame.height, shift_h);
    for (int y = 0; y < full_h; ++y) {
      uint8_t* row = frame.data[i] + ptrdiff_t{y} * frame.linesize[i];
      if (y >= filled_h) {
        std::memcpy(row, row - frame.linesize[i], bytes * static_cast<size_t>(full_w));
        continue;
      }
      for (int x = filled_w; x < full_w; ++x) {
        std::memcpy(row + bytes * static_cast<size_t>(x), row + bytes * static_cast<size_t>(x - 1),
                    bytes);
      }
    }
  }
}

template <typename Plain>
std::optional<Plain> SideData(const AVFrame& frame, AVFrameSideDataType type) {
  const AVFrameSideData* data = av_frame_get_side_data(&frame, type);
  if (data == nullptr || data->size < sizeof(Plain)) return std::nullopt;
  Plain value;
  std::memcpy(&value, data->data, sizeof(value));
  return value;
}

// False where there is no memory.
template <typename Plain>
bool PutSideData(const std::optional<Plain>& value, AVFrameSideDataType type,
                 AVCodecContext& context) {
  if (!value) return true;
  AVFrameSideData* data = av_frame_side_data_new(
      &context.decoded_side_data, &context.nb_decoded_side_data, type, sizeof(*value), 0);
  if (data == nullptr) return false;
  std::memcpy(data->data, &*value, sizeof(*value));
  return true;
}

// The colour of the last frame that began a stream: the best guess at the next one's, which is what
// an encoder is opened for. A wrong guess costs one opening more, and nothing else.
class LikelyColor {
 public:
  ColorSpace Get() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return color_;
  }
  // What not every encoder takes is nothing to open the next one for.
  void Remember(const ColorSpace& color) {
    const auto among = [](const std::optional<int>& code, std::initializer_list<int> common) {
      return !code || std::find(common.begin(), common.end(), *code) != common.end();
    };
    const bool is_common =
        among(color.primaries, {AVCOL_PRI_BT709, AVCOL_PRI_BT470BG, AVCOL_PRI_SMPTE170M,
                                AVCOL_PRI_BT2020, AVCOL_PRI_SMPTE432}) &&
        among(color.transfer,
              {AVCOL_TRC_BT709, AVCOL_TRC_SMPTE170M, AVCOL_TRC_LINEAR, AVCOL_TRC_IEC61966_2_1,
               AVCOL_TRC_SMPTE2084, AVCOL_TRC_ARIB_STD_B67}) &&
        among(color.matrix,
              {AVCOL_SPC_BT709, AVCOL_SPC_BT470BG, AVCOL_SPC_SMPTE170M, AVCOL_SPC_BT2020_NCL});
    if (!is_common) return;
    const std::lock_guard<std::mutex> lock(mutex_);
    color_ = color;
  }

 private:
  std::mutex mutex_;
  ColorSpace color_{AVCOL_PRI_BT709, AVCOL_TRC_BT709, AVCOL_SPC_BT709, false};
};

LikelyColor& TheLikelyColor() {
  static LikelyColor color;
  return color;
}

StreamParameters ConfiguredStream(const VideoEncoderConfig& config) {
  StreamParameters stream;
  if (config.framerate) stream.framerate = FramerateFrom(*config.framerate);
  stream.color = config.color;
  return stream;
}

// Runs the metadata filter for `codec` over parameter sets.
Result<Bytes> FilterParameterSets(NalCodec codec, const Bytes& annexb, const std::string& options) {
  const char* name = codec == NalCodec::kAvc ? "h264_metadata" : "hevc_metadata";
  AVBSFContext* raw = nullptr;
  int code = av_bsf_list_parse_str((std::string(name) + "=" + options).c_str(), &raw);
  BsfPtr filter(raw);
  if (code >= 0) {
    AVCodecParameters& in = *filter->par_in;
    in.codec_type = AVMEDIA_TYPE_VIDEO;
    in.codec_id = codec == NalCodec::kAvc ? AV_CODEC_ID_H264 : AV_CODEC_ID_HEVC;
    in.extradata = static_cast<uint8_t*>(av_mallocz(annexb.size() + AV_INPUT_BUFFER_PADDING_SIZE));
    if (in.extradata == nullptr) code = AVERROR(ENOMEM);
  }
  if (code >= 0) {
    std::memcpy(filter->par_in->extradata, annexb.data(), annexb.size());
    filter->par_in->extradata_size = static_cast<int>(annexb.size());
    code = av_bsf_init(filter.get());
  }
  if (code < 0) {
    return Error{ErrorKind::kNotSupported, code, std::string("av_bsf_init(") + name + ")",
                 "The parameter sets can't be written as configured."};
  }
  const AVCodecParameters& out = *filter->par_out;
  return Bytes(out.extradata, out.extradata + out.extradata_size);
}

}  // namespace

Result<CodecContextPtr> VideoEncoderTraits::Open(const VideoEncoderConfig& config) {
  if (!stream_decided_) {
    config_ = config;
    stream_ = ConfiguredStream(config);
    const ColorSpace likely = TheLikelyColor().Get();
    ColorSpace& color = stream_.color;
    if (!color.primaries) color.primaries = likely.primaries;
    if (!color.transfer) color.transfer = likely.transfer;
    if (!color.matrix) color.matrix = likely.matrix;
    if (!color.full_range) color.full_range = likely.full_range;
    if (config.codec == "h264") nal_codec_ = NalCodec::kAvc;
    if (config.codec == "hevc") nal_codec_ = NalCodec::kHevc;
  }
  Result<std::vector<EncoderPlan>> plans = PlanVideoEncoder(config_, stream_);
  if (!plans.ok()) return std::move(plans.error());
  std::optional<Error> first_error;
  for (const EncoderPlan& plan : plans.value()) {
    Result<CodecContextPtr> opened = OpenPlan(plan);
    if (opened.ok()) {
      plan_ = plan;
      next_pts_ = 0;
      describe_next_key_ = true;
      Result<void> taken = TakeParameterSets(*opened.value());
      if (!taken.ok()) return std::move(taken.error());
      return opened;
    }
    if (!first_error) first_error = std::move(opened.error());
  }
  return std::move(*first_error);
}

Result<CodecContextPtr> VideoEncoderTraits::OpenPlan(const EncoderPlan& plan) const {
  CodecContextPtr context(avcodec_alloc_context3(plan.codec));
  if (context == nullptr) {
    return Error{ErrorKind::kOperation, AVERROR(ENOMEM), "avcodec_alloc_context3", ""};
  }
  // What fails comes back as an Error; a library has no business on the standard error stream.
  context->log_level_offset = kQuieter;
  context->width = plan.width;
  context->height = plan.height;
  context->pix_fmt = plan.format;
  context->framerate = stream_.framerate;
  context->time_base = av_inv_q(stream_.framerate);
  context->gop_size = plan.gop_size;
  context->thread_count = plan.threads;
  // Frame threads would hold frames back.
  if (config_.latency_mode == LatencyMode::kRealtime) context->thread_type = FF_THREAD_SLICE;
  if (plan.slices > 0) context->slices = plan.slices;
  if (plan.profile != AV_PROFILE_UNKNOWN) context->profile = plan.profile;
  if (plan.qmin >= 0) context->qmin = plan.qmin;
  if (plan.qmax >= 0) context->qmax = plan.qmax;
  context->bit_rate = plan.bitrate;
  context->rc_max_rate = plan.max_bitrate;
  context->rc_min_rate = plan.min_bitrate;
  context->rc_buffer_size = static_cast<int>(std::min<int64_t>(plan.buffer_bits, INT32_MAX));
  context->rc_initial_buffer_occupancy =
      static_cast<int>(std::min<int64_t>(plan.initial_bits, INT32_MAX));
  if (nal_codec_) context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  context->flags |= AV_CODEC_FLAG_CLOSED_GOP;
  AVFrame color = {};
  ApplyColor(stream_.color, color);
  context->color_primaries = color.color_primaries;
  context->color_trc = color.color_trc;
  context->colorspace = color.colorspace;
  context->color_range = color.color_range;

  // Encoders whose streams have a place for these take them from here.
  if (!PutSideData(stream_.mastering_display, AV_FRAME_DATA_MASTERING_DISPLAY_METADATA, *context) ||
      !PutSideData(stream_.content_light, AV_FRAME_DATA_CONTENT_LIGHT_LEVEL, *context)) {
    return Error{ErrorKind::kOperation, AVERROR(ENOMEM), "av_frame_side_data_new", ""};
  }

  AVDictionary* options = nullptr;
  for (const auto& [key, value] : plan.options) {
    av_dict_set(&options, key.c_str(), value.c_str(), 0);
  }
  int code = 0;
  {
    const auto lock = LockForOpenAndClose(plan.codec);
    code = avcodec_open2(context.get(), plan.codec, &options);
  }
  const DictionaryPtr rest(options);
  const std::string where = std::string("avcodec_open2(") + plan.codec->name + ")";
  if (code < 0) {
    return Error{ErrorKind::kNotSupported, code, where,
                 "The encoder can't be opened for " + config_.codec + " at " +
                     SizeText(config_.width, config_.height) +
                     (plan.bitrate > 0 ? " and " + std::to_string(plan.bitrate) + " b/s." : ".")};
  }
  if (const AVDictionaryEntry* unused = av_dict_iterate(rest.get(), nullptr)) {
    return Error{ErrorKind::kOperation, 0, where,
                 std::string("The encoder does not know its option ") + unused->key + "."};
  }
  return context;
}

Result<void> VideoEncoderTraits::TakeParameterSets(const AVCodecContext& context) {
  parameter_sets_ = ParameterSets();
  if (!nal_codec_ || context.extradata_size <= 0) return {};
  Bytes annexb(context.extradata, context.extradata + context.extradata_size);
  const ParameterSets sets = FindParameterSets(*nal_codec_, annexb.data(), annexb.size());
  std::string edits;
  const auto edit = [&edits](const char* key, int value) {
    edits += std::string(edits.empty() ? "" : ":") + key + "=" + std::to_string(value);
  };
  if (plan_.width > config_.width) edit("crop_right", plan_.width - config_.width);
  if (plan_.height > config_.height) edit("crop_bottom", plan_.height - config_.height);
  if (config_.level && !sets.sps.empty()) {
    // A level below what the stream needs would be untrue, so it only ever rises.
    if (*config_.level > LevelOf(*nal_codec_, sets)) edit("level", *config_.level);
  }
  if (!edits.empty()) {
    Result<Bytes> edited = FilterParameterSets(*nal_codec_, annexb, edits);
    if (!edited.ok()) return std::move(edited.error());
    annexb = std::move(edited.value());
  }
  parameter_sets_ = FindParameterSets(*nal_codec_, annexb.data(), annexb.size());
  return {};
}

StreamParameters VideoEncoderTraits::DecideStream(const VideoPicture& picture) const {
  StreamParameters stream = ConfiguredStream(config_);
  if (!config_.framerate && picture.duration && *picture.duration > 0) {
    stream.framerate = FramerateFrom(1e6 / static_cast<double>(*picture.duration));
  }
  const AVFrame& frame = *picture.frame;
  const bool rgb = IsRgb(frame.format);
  ColorSpace& color = stream.color;
  if (!color.primaries && frame.color_primaries != AVCOL_PRI_UNSPECIFIED) {
    color.primaries = frame.color_primaries;
  }
  if (!color.transfer && frame.color_trc != AVCOL_TRC_UNSPECIFIED) {
    color.transfer = frame.color_trc;
  }
  // RGB is made into BT.709 of limited range, whatever the configuration calls the RGB.
  if (rgb && (!color.matrix || *color.matrix == AVCOL_SPC_RGB)) {
    color.matrix = AVCOL_SPC_BT709;
    color.full_range = false;
  }
  if (!color.matrix && frame.colorspace != AVCOL_SPC_UNSPECIFIED) color.matrix = frame.colorspace;
  if (!color.full_range && rgb) color.full_range = false;
  if (!color.full_range && frame.color_range != AVCOL_RANGE_UNSPECIFIED) {
    color.full_range = frame.color_range == AVCOL_RANGE_JPEG;
  }
  stream.mastering_display =
      SideData<AVMasteringDisplayMetadata>(frame, AV_FRAME_DATA_MASTERING_DISPLAY_METADATA);
  stream.content_light = SideData<AVContentLightMetadata>(frame, AV_FRAME_DATA_CONTENT_LIGHT_LEVEL);
  return stream;
}

Result<void> VideoEncoderTraits::Steer(const VideoEncodeOptions& options, AVFrame& frame) {
  frame.pict_type = options.key_frame ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
  frame.quality = 0;
  if (config_.bitrate_mode == BitrateMode::kQuantizer) {
    if (options.quantizer) quantizer_ = options.quantizer;
    // 0 would mean none.
    frame.quality = std::max(quantizer_.value_or(plan_.quantizer) * FF_QP2LAMBDA, 1);
  }
  if (config_.temporal_layers == 1) return {};
  return PutInTemporalLayer(config_.temporal_layers, options.key_frame ? 0 : since_key_, frame);
}

Result<void> VideoEncoderTraits::Prepare(EncodeVideo&& input, EncoderInput& encoder) {
  const VideoPicture& picture = input.picture;
  const Rect& visible = picture.visible;
  if (picture.frame == nullptr || !Contains(picture.frame->width, picture.frame->height, visible)) {
    return Error{ErrorKind::kData, 0, "VideoEncoder", "The frame has no pixels or was closed."};
  }
  if (config_.frame_size_mismatch == FrameSizeMismatch::kError &&
      (visible.width != config_.width || visible.height != config_.height)) {
    return Error{ErrorKind::kData, 0, "VideoEncoder",
                 "The frame is " + SizeText(visible.width, visible.height) +
                     ", the encoder was configured for " + SizeText(config_.width, config_.height) +
                     "."};
  }
  // Where a library takes no orders, its next key frame by itself may still be the one that is
  // wanted.
  bool restart =
      input.options.key_frame && !plan_.forces_key_frames && next_pts_ % plan_.gop_size != 0;
  if (!stream_decided_) {
    const StreamParameters stream = DecideStream(picture);
    restart = stream != stream_;
    stream_ = stream;
    stream_decided_ = true;
    TheLikelyColor().Remember(stream.color);
  }
  if (restart) {
    Result<void> restarted = encoder.Restart();
    if (!restarted.ok()) return restarted;
  }

  Result<FramePtr> made = MakeInput(picture);
  if (!made.ok()) return std::move(made.error());
  AVFrame& frame = *made.value();
  frame.pts = next_pts_;
  Result<void> steered = Steer(input.options, frame);
  if (!steered.ok()) return steered;
  pending_[next_pts_++] = Pending{picture.timestamp, picture.duration};
  input.picture.frame.reset();
  return encoder.Send(frame);
}

Result<FramePtr> VideoEncoderTraits::MakeInput(const VideoPicture& picture) {
  const Rect& visible = picture.visible;
  FramePtr source = ShareFrame(*picture.frame);
  if (source == nullptr) {
    return Error{ErrorKind::kOperation, AVERROR(ENOMEM), "av_frame_clone", ""};
  }
  ApplyWhereOpen(stream_.color, *source);
  const bool same_colors = SamplesMean(stream_.color, *source);
  const bool same_size = visible.width == plan_.width && visible.height == plan_.height;
  const bool same_planes =
      source->format == plan_.format || WithoutAlpha(source->format) == plan_.format;
  const bool readable = !picture.borrowed || plan_.codec->wrapper_name != nullptr;
  if (same_size && same_planes && same_colors && readable &&
      StartsAtChromaSample(plan_.format, visible)) {
    if (source->format != plan_.format) {
      source->format = plan_.format;
      source->data[3] = nullptr;
      source->linesize[3] = 0;
    }
    CropInPlace(*source, visible);
    ApplyColor(stream_.color, *source);
    source->duration = 0;
    return source;
  }
  Result<FramePtr> made = AllocateFrame(plan_.format, plan_.width, plan_.height);
  if (!made.ok()) return made;
  AVFrame& frame = *made.value();
  ApplyColor(stream_.color, frame);
  Result<void> scaled =
      scaler_.Run(*source, visible, frame, Rect{0, 0, config_.width, config_.height});
  if (!scaled.ok()) return std::move(scaled.error());
  RepeatEdges(frame, config_.width, config_.height);
  return made;
}

}  // namespace webcodecs
