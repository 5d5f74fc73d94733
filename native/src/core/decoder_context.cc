#include "decoder_context.h"

extern "C" {
#include <libavutil/mem.h>
}

#include <cstring>
#include <string>
#include <type_traits>

namespace webcodecs {

// It is copied as bytes into an AVBufferRef.
static_assert(std::is_trivially_copyable_v<ChunkTag>);

Result<CodecContextPtr> MakeDecoderContext(const std::vector<const char*>& names,
                                           const Bytes& description) {
  const AVCodec* codec = nullptr;
  for (const char* name : names) {
    codec = avcodec_find_decoder_by_name(name);
    if (codec != nullptr) break;
  }
  if (codec == nullptr) {
    const std::string wanted = names.empty() ? "?" : names.front();
    return Error{ErrorKind::kNotSupported, AVERROR_DECODER_NOT_FOUND,
                 "avcodec_find_decoder_by_name(" + wanted + ")", "This build has no such decoder."};
  }
  CodecContextPtr context(avcodec_alloc_context3(codec));
  if (context == nullptr) {
    return Error{ErrorKind::kOperation, AVERROR(ENOMEM), "avcodec_alloc_context3",
                 "Out of memory."};
  }
  context->flags |= AV_CODEC_FLAG_COPY_OPAQUE;
  if (!description.empty()) {
    const size_t size = description.size();
    context->extradata = static_cast<uint8_t*>(av_mallocz(size + AV_INPUT_BUFFER_PADDING_SIZE));
    if (context->extradata == nullptr) {
      return Error{ErrorKind::kOperation, AVERROR(ENOMEM), "av_mallocz", "Out of memory."};
    }
    std::memcpy(context->extradata, description.data(), size);
    context->extradata_size = static_cast<int>(size);
  }
  return context;
}

Result<void> OpenDecoder(AVCodecContext& context) {
  const std::string name = context.codec->name;  // a failed open forgets the codec
  const int code = avcodec_open2(&context, nullptr, nullptr);
  if (code < 0) {
    return Error{ErrorKind::kNotSupported, code, "avcodec_open2(" + name + ")",
                 "The decoder can't be opened with this configuration."};
  }
  return {};
}

Result<void> AttachTag(AVPacket& packet, const ChunkTag& tag) {
  av_buffer_unref(&packet.opaque_ref);
  packet.opaque_ref = av_buffer_alloc(sizeof(tag));
  if (packet.opaque_ref == nullptr) {
    return Error{ErrorKind::kOperation, AVERROR(ENOMEM), "av_buffer_alloc", "Out of memory."};
  }
  std::memcpy(packet.opaque_ref->data, &tag, sizeof(tag));
  return {};
}

ChunkTag TagOf(const AVFrame& frame) {
  ChunkTag tag;
  if (frame.opaque_ref != nullptr && frame.opaque_ref->size >= sizeof(tag)) {
    std::memcpy(&tag, frame.opaque_ref->data, sizeof(tag));
  }
  return tag;
}

}  // namespace webcodecs
