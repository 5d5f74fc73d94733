// VideoEncoderTraits' way out: packets become chunks with timestamps and descriptions.
#include "video_encoder_traits.h"

extern "C" {
#include <libavcodec/packet.h>
}

#include <string_view>
#include <utility>

#include "av1_metadata.h"
#include "temporal_layers.h"

namespace webcodecs {
namespace {

// The additional block that carries an alpha picture begins with its id.
constexpr size_t kBlockAdditionIdBytes = 8;

bool SameDescription(const StreamDescription& a, const StreamDescription& b) {
  return a.description == b.description && a.codec_string == b.codec_string &&
         a.color.primaries == b.color.primaries && a.color.transfer == b.color.transfer &&
         a.color.matrix == b.color.matrix && a.color.full_range == b.color.full_range;
}

// AV1's temporal delimiter tells nothing inside a chunk, and MP4 and Matroska want it left out.
void DropTemporalDelimiter(AVPacket& packet) {
  if (packet.size > 2 && packet.data[0] == 0x12 && packet.data[1] == 0) {
    packet.data += 2;
    packet.size -= 2;
  }
}

Bytes TakeAlpha(const AVPacket& packet) {
  size_t size = 0;
  const uint8_t* data =
      av_packet_get_side_data(&packet, AV_PKT_DATA_MATROSKA_BLOCKADDITIONAL, &size);
  if (data == nullptr || size <= kBlockAdditionIdBytes) return {};
  return Bytes(data + kBlockAdditionIdBytes, data + size);
}

}  // namespace

Result<StreamDescription> VideoEncoderTraits::Describe(const AVPacket& packet) const {
  StreamDescription description;
  description.coded_width = config_.width;
  description.coded_height = config_.height;
  description.display_width = config_.display_width.value_or(config_.width);
  description.display_height = config_.display_height.value_or(config_.height);
  description.color = stream_.color;
  if (nal_codec_) {
    if (!config_.annexb) {
      Result<Bytes> record = MakeDecoderConfigurationRecord(*nal_codec_, parameter_sets_);
      if (!record.ok()) return std::move(record.error());
      description.description = std::move(record.value());
    }
    description.codec_string = NalCodecString(*nal_codec_, parameter_sets_, config_.annexb);
  } else if (config_.codec == "av1") {
    description.codec_string = Av1CodecString(packet.data, static_cast<size_t>(packet.size));
  }
  return description;
}

Result<std::optional<EncodedOutput>> VideoEncoderTraits::Finish(PacketPtr packet,
                                                                const AVCodecContext& context) {
  const auto pending = pending_.find(packet->pts);
  if (pending == pending_.end()) {
    return Error{ErrorKind::kEncoding, 0,
                 std::string("avcodec_receive_packet(") + context.codec->name + ")",
                 "The encoder returned a picture that it was not given."};
  }
  EncodedOutput output;
  EncodedChunk& chunk = output.chunk;
  chunk.timestamp = pending->second.timestamp;
  chunk.duration = pending->second.duration;
  chunk.key = (packet->flags & AV_PKT_FLAG_KEY) != 0;
  chunk.alpha = TakeAlpha(*packet);
  pending_.erase(pending);
  if (chunk.key) since_key_ = 0;
  if (config_.temporal_layers > 1) {
    output.temporal_layer_id = TemporalLayer(config_.temporal_layers, since_key_);
  }
  ++since_key_;

  if (nal_codec_) {
    if (!parameter_sets_.complete(*nal_codec_)) {
      parameter_sets_ =
          FindParameterSets(*nal_codec_, packet->data, static_cast<size_t>(packet->size));
    }
    Result<PacketPtr> rewritten = RewriteAccessUnit(*nal_codec_, *packet, config_.annexb,
                                                    chunk.key ? &parameter_sets_ : nullptr);
    if (!rewritten.ok()) return std::move(rewritten.error());
    packet = std::move(rewritten.value());
  } else if (config_.codec == "av1") {
    DropTemporalDelimiter(*packet);
    // SVT-AV1 and NVENC write it themselves.
    if (chunk.key && std::string_view(context.codec->name) == "libaom-av1") {
      Result<PacketPtr> complete = WithHdrMetadata(std::move(packet), stream_);
      if (!complete.ok()) return std::move(complete.error());
      packet = std::move(complete.value());
    }
  }

  if (chunk.key && describe_next_key_) {
    Result<StreamDescription> description = Describe(*packet);
    if (!description.ok()) return std::move(description.error());
    describe_next_key_ = false;
    if (!description_ || !SameDescription(*description_, description.value())) {
      description_ = description.value();
      output.decoder_config = std::move(description.value());
    }
  }
  chunk.packet = std::move(packet);
  return std::optional<EncodedOutput>(std::move(output));
}

}  // namespace webcodecs
