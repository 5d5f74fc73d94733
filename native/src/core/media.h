// Media as values: samples and chunks made from bytes and read back as bytes.
#pragma once

#include <string>

#include "types.h"

namespace webcodecs {

// WebCodecs' AudioSampleFormat name <-> AVSampleFormat. "" / AV_SAMPLE_FMT_NONE where there is
// none.
const char* SampleFormatName(AVSampleFormat format);
AVSampleFormat SampleFormatFromName(const std::string& name);

struct SamplesInit {
  AVSampleFormat format = AV_SAMPLE_FMT_NONE;
  int sample_rate = 0;  // hertz
  int number_of_channels = 0;
  int number_of_frames = 0;
  int64_t timestamp = 0;  // microseconds
};

// Copies `data`, planar formats plane after plane, tightly packed. kData where it is not of that
// very size.
Result<AudioSamples> MakeSamples(const SamplesInit& init, const uint8_t* data, size_t size);

// Bytes that WriteSamples fills.
size_t SamplesSize(const AVFrame& frame);
// Writes all samples to `destination`, planar formats plane after plane, tightly packed.
void WriteSamples(const AVFrame& frame, uint8_t* destination);

// Copies `data` into a new, padded packet. kQuotaExceeded or kOperation where it can't be had.
Result<PacketPtr> MakePacket(const uint8_t* data, size_t size);

}  // namespace webcodecs
