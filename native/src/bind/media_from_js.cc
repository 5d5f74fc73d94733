#include "bind/media_from_js.h"

#include <limits>
#include <utility>

#include "bind/js_errors.h"
#include "bind/js_fields.h"
#include "core/media.h"

namespace webcodecs::bind {
namespace {

constexpr int kLargestInt = std::numeric_limits<int>::max();
constexpr int kMostChannels = 1024;

}  // namespace

AudioSamples SamplesFromJs(const Napi::Value& value) {
  const Fields fields(value, "audio");
  SamplesInit init;
  init.format = SampleFormatFromName(fields.String("format"));
  if (init.format == AV_SAMPLE_FMT_NONE) fields.Refuse("format", "an AudioSampleFormat");
  init.sample_rate = fields.Int("sampleRate", 1, kLargestInt);
  init.number_of_channels = fields.Int("numberOfChannels", 1, kMostChannels);
  init.number_of_frames = fields.Int("numberOfFrames", 1, kLargestInt);
  init.timestamp = fields.Timestamp("timestamp");
  const ByteView data = fields.View("data");
  Result<AudioSamples> samples = MakeSamples(init, data.data, data.size);
  if (samples.ok()) return std::move(samples.value());
  if (samples.error().kind == ErrorKind::kData) {
    throw Napi::TypeError::New(value.Env(), samples.error().ToString());
  }
  throw MakeError(value.Env(), samples.error());
}

EncodedChunk ChunkFromJs(const Napi::CallbackInfo& info, size_t first) {
  EncodedChunk chunk;
  chunk.key = ReadBool(info[first], "key");
  chunk.timestamp = ReadTimestamp(info[first + 1], "timestamp");
  chunk.duration = ReadDuration(info[first + 2], "duration");
  const ByteView data = ReadBytes(info[first + 3], "data");
  Result<PacketPtr> packet = MakePacket(data.data, data.size);
  if (!packet.ok()) throw MakeError(info.Env(), packet.error());
  chunk.packet = std::move(packet.value());
  const Napi::Value alpha_side_data = info[first + 4];
  if (!alpha_side_data.IsNull() && !alpha_side_data.IsUndefined()) {
    const ByteView alpha = ReadBytes(alpha_side_data, "alphaSideData");
    chunk.alpha.assign(alpha.data, alpha.data + alpha.size);
  }
  return chunk;
}

}  // namespace webcodecs::bind
