#include "media.h"

#include <cstring>
#include <limits>

extern "C" {
#include <libavutil/channel_layout.h>
#include <libavutil/samplefmt.h>
}

namespace webcodecs {
namespace {

struct NamedFormat {
  AVSampleFormat format;
  const char* name;
};

constexpr NamedFormat kSampleFormats[] = {
    {AV_SAMPLE_FMT_U8, "u8"},           {AV_SAMPLE_FMT_S16, "s16"},
    {AV_SAMPLE_FMT_S32, "s32"},         {AV_SAMPLE_FMT_FLT, "f32"},
    {AV_SAMPLE_FMT_U8P, "u8-planar"},   {AV_SAMPLE_FMT_S16P, "s16-planar"},
    {AV_SAMPLE_FMT_S32P, "s32-planar"}, {AV_SAMPLE_FMT_FLTP, "f32-planar"},
};

AVSampleFormat FormatOf(const AVFrame& frame) { return static_cast<AVSampleFormat>(frame.format); }

// Planes and bytes in each, without the frame's own padding.
struct PlaneShape {
  size_t count;
  size_t bytes;
};

PlaneShape ShapeOf(AVSampleFormat format, size_t channels, size_t frames) {
  const size_t sample = static_cast<size_t>(av_get_bytes_per_sample(format));
  if (av_sample_fmt_is_planar(format)) return {channels, frames * sample};
  return {1, frames * channels * sample};
}

PlaneShape ShapeOf(const AVFrame& frame) {
  return ShapeOf(FormatOf(frame), static_cast<size_t>(frame.ch_layout.nb_channels),
                 static_cast<size_t>(frame.nb_samples));
}

}  // namespace

const char* SampleFormatName(AVSampleFormat format) {
  for (const NamedFormat& entry : kSampleFormats) {
    if (entry.format == format) return entry.name;
  }
  return "";
}

AVSampleFormat SampleFormatFromName(const std::string& name) {
  for (const NamedFormat& entry : kSampleFormats) {
    if (name == entry.name) return entry.format;
  }
  return AV_SAMPLE_FMT_NONE;
}

Result<AudioSamples> MakeSamples(const SamplesInit& init, const uint8_t* data, size_t size) {
  if (init.format == AV_SAMPLE_FMT_NONE || init.sample_rate <= 0 || init.number_of_channels <= 0 ||
      init.number_of_frames <= 0) {
    return Error{ErrorKind::kData, 0, "AudioData",
                 "Expected a sample format and a positive rate, number of channels and number of "
                 "frames; received format " +
                     std::to_string(init.format) + ", " + std::to_string(init.sample_rate) +
                     " Hz, " + std::to_string(init.number_of_channels) + " channels, " +
                     std::to_string(init.number_of_frames) + " frames."};
  }
  const PlaneShape shape = ShapeOf(init.format, static_cast<size_t>(init.number_of_channels),
                                   static_cast<size_t>(init.number_of_frames));
  if (size != shape.count * shape.bytes) {
    return Error{ErrorKind::kData, 0, "AudioData",
                 "Audio of this shape takes " + std::to_string(shape.count * shape.bytes) +
                     " bytes; received " + std::to_string(size) + "."};
  }
  FramePtr frame(av_frame_alloc());
  if (!frame) return Error{ErrorKind::kOperation, AVERROR(ENOMEM), "av_frame_alloc", "No memory."};
  frame->format = init.format;
  frame->sample_rate = init.sample_rate;
  frame->nb_samples = init.number_of_frames;
  av_channel_layout_default(&frame->ch_layout, init.number_of_channels);
  const int code = av_frame_get_buffer(frame.get(), 0);
  if (code < 0) {
    return Error{ErrorKind::kOperation, code, "av_frame_get_buffer", "The samples don't fit."};
  }
  for (size_t plane = 0; plane < shape.count; ++plane) {
    std::memcpy(frame->extended_data[plane], data + plane * shape.bytes, shape.bytes);
  }
  AudioSamples samples;
  samples.frame = std::move(frame);
  samples.timestamp = init.timestamp;
  return samples;
}

size_t SamplesSize(const AVFrame& frame) {
  const PlaneShape shape = ShapeOf(frame);
  return shape.count * shape.bytes;
}

void WriteSamples(const AVFrame& frame, uint8_t* destination) {
  const PlaneShape shape = ShapeOf(frame);
  if (shape.bytes == 0) return;
  for (size_t plane = 0; plane < shape.count; ++plane) {
    std::memcpy(destination + plane * shape.bytes, frame.extended_data[plane], shape.bytes);
  }
}

Result<PacketPtr> MakePacket(const uint8_t* data, size_t size) {
  constexpr size_t kLargest = std::numeric_limits<int>::max() - AV_INPUT_BUFFER_PADDING_SIZE;
  if (size > kLargest) {
    return Error{ErrorKind::kQuotaExceeded, 0, "EncodedChunk",
                 "A chunk takes at most " + std::to_string(kLargest) + " bytes; received " +
                     std::to_string(size) + "."};
  }
  PacketPtr packet(av_packet_alloc());
  if (!packet) {
    return Error{ErrorKind::kOperation, AVERROR(ENOMEM), "av_packet_alloc", "No memory."};
  }
  const int code = av_new_packet(packet.get(), static_cast<int>(size));
  if (code < 0) {
    return Error{ErrorKind::kOperation, code, "av_new_packet", "The chunk doesn't fit."};
  }
  if (size > 0) std::memcpy(packet->data, data, size);
  return packet;
}

}  // namespace webcodecs
