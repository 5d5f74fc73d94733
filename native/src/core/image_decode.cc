#include "image_decode.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <utility>

#include "decoder_context.h"
#include "drain.h"
#include "picture.h"
#include "picture_format.h"
#include "picture_scale.h"

namespace webcodecs {
namespace {

constexpr int kPadding = 128;

Error Damaged(std::string message) {
  return Error{ErrorKind::kEncoding, 0, "", std::move(message)};
}

std::string SizeText(int width, int height) {
  return std::to_string(width) + "×" + std::to_string(height);
}

const char* DecoderFor(const std::string& codec) {
  if (codec == "jpeg") return "mjpeg";
  if (codec == "av1") return "libdav1d";
  return codec.c_str();
}

Result<CodecContextPtr> OpenFor(const EncodedImage& image) {
  Result<CodecContextPtr> made = MakeDecoderContext({DecoderFor(image.codec)}, {});
  if (!made.ok()) return made;
  AVCodecContext& context = *made.value();
  context.thread_count = 1;                  // images are decoded side by side
  context.flags |= AV_CODEC_FLAG_LOW_DELAY;  // a picture comes with its own data
  // Decoders count what they allocate: rows are padded.
  context.max_pixels = int64_t{image.width + kPadding} * (image.height + kPadding);
  // Only PNG has checksums. Elsewhere what is left of damaged data is shown, as browsers do.
  if (image.codec == "png") context.err_recognition = AV_EF_CRCCHECK | AV_EF_EXPLODE;
  Result<void> opened = OpenDecoder(context);
  if (!opened.ok()) return std::move(opened.error());
  return made;
}

// `decoder` null: one is opened. `more`: others may follow, which lean on this one.
Result<FramePtr> DecodeOne(const EncodedImage& image, const AVPacket& packet, bool more,
                           CodecContextPtr& decoder) {
  if (decoder == nullptr) {
    Result<CodecContextPtr> opened = OpenFor(image);
    if (!opened.ok()) return std::move(opened.error());
    decoder = std::move(opened.value());
  }
  AVCodecContext& context = *decoder;

  FramePtr first;
  FramePtr frame;
  const auto receive = [&] {
    frame.reset(av_frame_alloc());
    return frame ? avcodec_receive_frame(&context, frame.get()) : AVERROR(ENOMEM);
  };
  const auto deliver = [&]() -> Result<void> {
    if (first == nullptr) first = std::move(frame);
    return {};
  };
  for (const AVPacket* next : {&packet, static_cast<const AVPacket*>(nullptr)}) {
    Result<DrainEnd> drained = SendAndDrain(
        {"avcodec_send_packet", "avcodec_receive_frame", context.codec->name},
        [&] { return avcodec_send_packet(&context, next); }, receive, deliver);
    if (!drained.ok()) return std::move(drained.error());
    if (first != nullptr || more) break;
  }
  if (first == nullptr) return Damaged("There is no picture in the image's data.");
  if (first->width != image.width || first->height != image.height) {
    return Damaged("The picture has " + SizeText(first->width, first->height) +
                   " pixels, the image says " + SizeText(image.width, image.height) + ".");
  }
  MoveRangeOutOfFormat(*first);
  return first;
}

bool HasAlpha(AVPixelFormat format) {
  const AVPixFmtDescriptor* description = av_pix_fmt_desc_get(format);
  return description != nullptr && (description->flags & AV_PIX_FMT_FLAG_ALPHA) != 0;
}

AVPixelFormat OutputFormat(const std::string& codec, AVPixelFormat format) {
  if (codec != "png" && codec != "gif" && codec != "bmp") return NearestFormat(format);
  return HasAlpha(format) ? AV_PIX_FMT_RGBA : AV_PIX_FMT_RGB0;
}

// https://www.w3.org/TR/PNG-3/#13Color-space-handling and its like: untagged means sRGB.
void FillColor(const EncodedImage& image, AVFrame& frame) {
  if (image.profile && !image.ignore_color) {
    frame.color_primaries =
        static_cast<AVColorPrimaries>(image.profile->primaries.value_or(AVCOL_PRI_UNSPECIFIED));
    frame.color_trc = static_cast<AVColorTransferCharacteristic>(
        image.profile->transfer.value_or(AVCOL_TRC_UNSPECIFIED));
  } else {
    if (image.ignore_color || frame.color_primaries == AVCOL_PRI_UNSPECIFIED) {
      frame.color_primaries = AVCOL_PRI_BT709;
    }
    if (image.ignore_color || frame.color_trc == AVCOL_TRC_UNSPECIFIED) {
      frame.color_trc = AVCOL_TRC_IEC61966_2_1;
    }
  }
  if (IsRgb(frame.format)) {
    frame.colorspace = AVCOL_SPC_RGB;
    frame.color_range = AVCOL_RANGE_JPEG;
    return;
  }
  // BT.470BG's matrix is the very same.
  if (frame.colorspace == AVCOL_SPC_UNSPECIFIED || frame.colorspace == AVCOL_SPC_RGB ||
      frame.colorspace == AVCOL_SPC_BT470BG) {
    frame.colorspace = AVCOL_SPC_SMPTE170M;
  }
  if (frame.color_range == AVCOL_RANGE_UNSPECIFIED) frame.color_range = AVCOL_RANGE_JPEG;
}

VideoPicture PictureOf(FramePtr frame) {
  VideoPicture picture;
  picture.visible = {0, 0, frame->width, frame->height};
  picture.display_width = frame->width;
  picture.display_height = frame->height;
  picture.frame = std::move(frame);
  return picture;
}

Result<VideoPicture> Converted(VideoPicture picture, AVPixelFormat format) {
  if (picture.frame->format == format) return picture;
  TransformOptions options;
  options.format = format;
  return TransformPicture(picture, options);
}

struct AlphaFormat {
  AVPixelFormat color;
  AVPixelFormat with_alpha;
  AVPixelFormat alpha;
};

constexpr AlphaFormat kAlphaFormats[] = {
    {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUVA420P, AV_PIX_FMT_GRAY8},
    {AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUVA422P, AV_PIX_FMT_GRAY8},
    {AV_PIX_FMT_YUV444P, AV_PIX_FMT_YUVA444P, AV_PIX_FMT_GRAY8},
    {AV_PIX_FMT_YUV420P10LE, AV_PIX_FMT_YUVA420P10LE, AV_PIX_FMT_GRAY10LE},
    {AV_PIX_FMT_YUV422P10LE, AV_PIX_FMT_YUVA422P10LE, AV_PIX_FMT_GRAY10LE},
    {AV_PIX_FMT_YUV444P10LE, AV_PIX_FMT_YUVA444P10LE, AV_PIX_FMT_GRAY10LE},
    {AV_PIX_FMT_YUV422P12LE, AV_PIX_FMT_YUVA422P12LE, AV_PIX_FMT_GRAY12LE},
    {AV_PIX_FMT_YUV444P12LE, AV_PIX_FMT_YUVA444P12LE, AV_PIX_FMT_GRAY12LE},
};

// `picture` with the luma of `alpha` as its fourth plane. Neither picture's pixels are copied.
Result<VideoPicture> WithAlpha(VideoPicture picture, const AVFrame& alpha) {
  for (const AlphaFormat& row : kAlphaFormats) {
    if (picture.frame->format != row.color) continue;
    // A coloured image of this depth will do as well: its chroma means nothing.
    const AVPixFmtDescriptor* given = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(alpha.format));
    const AVPixFmtDescriptor* wanted = av_pix_fmt_desc_get(row.alpha);
    if (given == nullptr || given->comp[0].depth != wanted->comp[0].depth || IsRgb(alpha.format)) {
      break;
    }
    AVFrame& frame = *picture.frame;
    size_t slot = 0;
    while (slot < AV_NUM_DATA_POINTERS && frame.buf[slot] != nullptr) ++slot;
    AVBufferRef* plane = av_frame_get_plane_buffer(&alpha, 0);
    if (slot == AV_NUM_DATA_POINTERS || plane == nullptr) break;
    frame.buf[slot] = av_buffer_ref(plane);
    if (frame.buf[slot] == nullptr) {
      return Error{ErrorKind::kOperation, AVERROR(ENOMEM), "av_buffer_ref", "Out of memory."};
    }
    frame.data[3] = alpha.data[0];
    frame.linesize[3] = alpha.linesize[0];
    frame.format = row.with_alpha;
    return picture;
  }
  return Error{ErrorKind::kEncoding, 0, "",
               "The image and its alpha have formats that can't be put together."};
}

Result<VideoPicture> DecodeWith(const EncodedImage& image, bool more,
                                CodecContextPtr& color_decoder, CodecContextPtr& alpha_decoder) {
  Result<FramePtr> decoded = DecodeOne(image, *image.data, more, color_decoder);
  if (!decoded.ok()) return std::move(decoded.error());
  const auto format = static_cast<AVPixelFormat>(decoded.value()->format);
  Result<VideoPicture> made =
      Converted(PictureOf(std::move(decoded.value())), OutputFormat(image.codec, format));
  if (made.ok() && image.alpha != nullptr) {
    Result<FramePtr> alpha = DecodeOne(image, *image.alpha, more, alpha_decoder);
    if (!alpha.ok()) return std::move(alpha.error());
    made = WithAlpha(std::move(made.value()), *alpha.value());
  }
  if (made.ok()) FillColor(image, *made.value().frame);
  return made;
}

}  // namespace

Result<VideoPicture> DecodeImage(const EncodedImage& image) {
  CodecContextPtr color;
  CodecContextPtr alpha;
  return DecodeWith(image, false, color, alpha);
}

Result<VideoPicture> ImageSequence::Decode(const EncodedImage& image) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Result<VideoPicture> made = DecodeWith(image, true, color_, alpha_);
  if (!made.ok()) {
    color_.reset();
    alpha_.reset();
  }
  return made;
}

}  // namespace webcodecs
