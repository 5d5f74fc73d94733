#include "core/media.h"

#include <gtest/gtest.h>

#include <numeric>
#include <string>

namespace webcodecs {
namespace {

Bytes Counting(size_t size) {
  Bytes bytes(size);
  std::iota(bytes.begin(), bytes.end(), uint8_t{0});
  return bytes;
}

TEST(Samples, EverySampleFormatNameLeadsBackToItself) {
  for (const char* name :
       {"u8", "s16", "s32", "f32", "u8-planar", "s16-planar", "s32-planar", "f32-planar"}) {
    EXPECT_STREQ(SampleFormatName(SampleFormatFromName(name)), name);
  }
  EXPECT_EQ(SampleFormatFromName("s24"), AV_SAMPLE_FMT_NONE);
  EXPECT_STREQ(SampleFormatName(AV_SAMPLE_FMT_DBL), "");
}

TEST(Samples, PlanarAndInterleavedBytesComeBackAsTheyWentIn) {
  for (const char* name : {"s16", "s16-planar"}) {
    const Bytes bytes = Counting(5 * 3 * 2);
    SamplesInit init;
    init.format = SampleFormatFromName(name);
    init.sample_rate = 48000;
    init.number_of_channels = 3;
    init.number_of_frames = 5;
    init.timestamp = -1;
    Result<AudioSamples> made = MakeSamples(init, bytes.data(), bytes.size());
    ASSERT_TRUE(made.ok()) << made.error().message;
    EXPECT_EQ(made.value().timestamp, -1);
    Bytes back(SamplesSize(*made.value().frame));
    WriteSamples(*made.value().frame, back.data());
    EXPECT_EQ(back, bytes) << name;
  }
}

TEST(Samples, MoreChannelsThanTheFrameHasPointersForStillWork) {
  const Bytes bytes = Counting(24 * 2);
  SamplesInit init;
  init.format = AV_SAMPLE_FMT_U8P;
  init.sample_rate = 8000;
  init.number_of_channels = 24;
  init.number_of_frames = 2;
  Result<AudioSamples> made = MakeSamples(init, bytes.data(), bytes.size());
  ASSERT_TRUE(made.ok()) << made.error().message;
  Bytes back(SamplesSize(*made.value().frame));
  WriteSamples(*made.value().frame, back.data());
  EXPECT_EQ(back, bytes);
}

TEST(Samples, BytesOfAnotherSizeAreRefusedNamingBoth) {
  const Bytes bytes = Counting(19);
  SamplesInit init;
  init.format = AV_SAMPLE_FMT_S16;
  init.sample_rate = 48000;
  init.number_of_channels = 2;
  init.number_of_frames = 5;
  const Result<AudioSamples> made = MakeSamples(init, bytes.data(), bytes.size());
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().kind, ErrorKind::kData);
  EXPECT_NE(made.error().message.find("20"), std::string::npos);
  EXPECT_NE(made.error().message.find("19"), std::string::npos);
}

TEST(Packets, BytesAreCopiedAndPadded) {
  const Bytes bytes = Counting(10);
  const Result<PacketPtr> made = MakePacket(bytes.data(), bytes.size());
  ASSERT_TRUE(made.ok());
  const AVPacket& packet = *made.value();
  EXPECT_EQ(Bytes(packet.data, packet.data + packet.size), bytes);
  for (int i = 0; i < AV_INPUT_BUFFER_PADDING_SIZE; ++i) EXPECT_EQ(packet.data[packet.size + i], 0);
}

TEST(Packets, AnEmptyChunkMakesAnEmptyPacket) {
  const Result<PacketPtr> made = MakePacket(nullptr, 0);
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(made.value()->size, 0);
}

}  // namespace
}  // namespace webcodecs
