// Real codecs in their workers: whatever they are interrupted in, nothing crashes, leaks or
// surfaces late.
#include <gtest/gtest.h>

#include <cstring>
#include <list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "command_helpers.h"
#include "core/codec_worker.h"
#include "core/media.h"

namespace webcodecs {
namespace {

// Keeps events whole; what a test looks at afterwards.
class KeepingChannel final : public EventChannel {
 public:
  bool Send(std::list<Event>& events) override {
    std::lock_guard<std::mutex> lock(mutex_);
    for (Event& event : events) events_.push_back(std::move(event));
    events.clear();
    changed_.notify_all();
    return true;
  }
  void Release() override {}

  // Waits until flush number `flush` is over, and says whether it succeeded.
  bool AwaitFlush(uint64_t flush) {
    std::unique_lock<std::mutex> lock(mutex_);
    for (size_t seen = 0;; ++seen) {
      changed_.wait(lock, [&] { return seen < events_.size(); });
      if (const auto* failed = std::get_if<FailedEvent>(&events_[seen])) {
        ADD_FAILURE() << failed->error.ToString();
        return false;
      }
      const auto* flushed = std::get_if<FlushedEvent>(&events_[seen]);
      if (flushed && flushed->flush == flush) return true;
    }
  }
  // After the worker has been joined.
  const std::vector<Event>& events() const { return events_; }
  size_t Outputs(Generation generation) const {
    size_t count = 0;
    for (const Event& event : events_) {
      const auto* output = std::get_if<OutputEvent>(&event);
      if (output && output->generation == generation) ++count;
    }
    return count;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Event> events_;
};

struct LiveCodec {
  explicit LiveCodec(CodecKind kind)
      : worker([kind](OutputSink sink) { return MakeCodec(kind, sink); }, channel) {
    EXPECT_TRUE(worker.Start().ok());
  }
  void Push(Command command) {
    const Result<void> pushed = worker.Push(std::move(command));
    ASSERT_TRUE(pushed.ok()) << pushed.error().message;
  }
  void End() {
    worker.Close();
    worker.Join();
    ASSERT_TRUE(std::holds_alternative<ClosedEvent>(channel.events().back()));
  }

  KeepingChannel channel;  // outlives the worker
  CodecWorker worker;
};

constexpr int kWidth = 160;
constexpr int kHeight = 96;

CodecConfig VideoConfig(const std::string& codec, LatencyMode mode = LatencyMode::kRealtime) {
  VideoEncoderConfig config;
  config.codec = codec;
  config.width = kWidth;
  config.height = kHeight;
  config.bitrate = 300000;
  config.framerate = 30;
  config.latency_mode = mode;
  return config;
}

Work Picture(int index) {
  FramePtr frame(av_frame_alloc());
  frame->format = AV_PIX_FMT_YUV420P;
  frame->width = kWidth;
  frame->height = kHeight;
  EXPECT_GE(av_frame_get_buffer(frame.get(), 0), 0);
  std::memset(frame->buf[0]->data, index * 7 & 255, frame->buf[0]->size);
  for (int plane = 1; plane < 3; ++plane) {
    std::memset(frame->data[plane], 128, static_cast<size_t>(frame->linesize[plane]) * kHeight / 2);
  }
  EncodeVideo work;
  work.picture.frame = std::move(frame);
  work.picture.visible = {0, 0, kWidth, kHeight};
  work.picture.display_width = kWidth;
  work.picture.display_height = kHeight;
  work.picture.timestamp = index * 33333;
  return work;
}

CodecConfig AudioConfig(const std::string& codec) {
  AudioEncoderConfig config;
  config.codec = codec;
  config.sample_rate = 48000;
  config.number_of_channels = 2;
  return config;
}

Work Samples(int index) {
  constexpr int kFrames = 960;
  SamplesInit init;
  init.format = AV_SAMPLE_FMT_S16;
  init.sample_rate = 48000;
  init.number_of_channels = 2;
  init.number_of_frames = kFrames;
  init.timestamp = index * 20000;
  const Bytes bytes(kFrames * 2 * 2, static_cast<uint8_t>(index));
  return EncodeAudio{std::move(MakeSamples(init, bytes.data(), bytes.size()).value())};
}

struct Kind {
  CodecKind kind;
  const char* codec;
};

CodecConfig ConfigOf(const Kind& kind) {
  return kind.kind == CodecKind::kVideoEncoder ? VideoConfig(kind.codec) : AudioConfig(kind.codec);
}

Work UnitOf(const Kind& kind, int index) {
  return kind.kind == CodecKind::kVideoEncoder ? Picture(index) : Samples(index);
}

class EncoderLifecycle : public testing::TestWithParam<Kind> {};

TEST_P(EncoderLifecycle, ResetDuringEncodeLeavesNothingOfTheOldGeneration) {
  LiveCodec codec(GetParam().kind);
  codec.Push(ConfigureCommand{1, ConfigOf(GetParam())});
  for (int i = 0; i < 10; ++i) codec.Push(WorkCommand{1, UnitOf(GetParam(), i)});
  codec.worker.Reset(2);
  codec.Push(ConfigureCommand{2, ConfigOf(GetParam())});
  for (int i = 0; i < 5; ++i) codec.Push(WorkCommand{2, UnitOf(GetParam(), i)});
  codec.Push(FlushCommand{2, 1});
  ASSERT_TRUE(codec.channel.AwaitFlush(1));
  codec.End();
  EXPECT_GE(codec.channel.Outputs(2), 5u);
}

TEST_P(EncoderLifecycle, FlushDuringEncodeComesAfterEveryOutputAndMoreWorkMayFollow) {
  LiveCodec codec(GetParam().kind);
  codec.Push(ConfigureCommand{1, ConfigOf(GetParam())});
  for (uint64_t flush = 1; flush <= 3; ++flush) {
    for (int i = 0; i < 4; ++i)
      codec.Push(WorkCommand{1, UnitOf(GetParam(), static_cast<int>(flush) * 4 + i)});
    codec.Push(FlushCommand{1, flush});
  }
  ASSERT_TRUE(codec.channel.AwaitFlush(3));
  codec.End();
  EXPECT_GE(codec.channel.Outputs(1), 12u);
}

TEST_P(EncoderLifecycle, ManyCodecsCloseWithWorkPending) {
  for (int round = 0; round < 25; ++round) {
    LiveCodec codec(GetParam().kind);
    codec.Push(ConfigureCommand{1, ConfigOf(GetParam())});
    for (int i = 0; i < round % 5; ++i) codec.Push(WorkCommand{1, UnitOf(GetParam(), i)});
    if (round % 3 == 0) codec.Push(FlushCommand{1, 1});
    codec.End();
  }
}

TEST_P(EncoderLifecycle, SeveralCodecsWorkAtOnce) {
  std::vector<std::unique_ptr<LiveCodec>> codecs;
  for (int i = 0; i < 4; ++i) {
    codecs.push_back(std::make_unique<LiveCodec>(GetParam().kind));
    codecs.back()->Push(ConfigureCommand{1, ConfigOf(GetParam())});
  }
  for (int i = 0; i < 5; ++i) {
    for (auto& codec : codecs) codec->Push(WorkCommand{1, UnitOf(GetParam(), i)});
  }
  for (auto& codec : codecs) codec->Push(FlushCommand{1, 1});
  for (auto& codec : codecs) {
    EXPECT_TRUE(codec->channel.AwaitFlush(1));
    codec->End();
  }
}

INSTANTIATE_TEST_SUITE_P(
    AllKinds, EncoderLifecycle,
    testing::Values(Kind{CodecKind::kVideoEncoder, "h264"}, Kind{CodecKind::kVideoEncoder, "hevc"},
                    Kind{CodecKind::kVideoEncoder, "vp8"}, Kind{CodecKind::kVideoEncoder, "vp9"},
                    Kind{CodecKind::kVideoEncoder, "av1"}, Kind{CodecKind::kAudioEncoder, "opus"},
                    Kind{CodecKind::kAudioEncoder, "aac"}, Kind{CodecKind::kAudioEncoder, "mp3"}),
    [](const auto& info) { return std::string(info.param.codec); });

// Chunks of a stream, made by our own encoder.
std::vector<EncodedChunk> EncodeSome(const Kind& kind, int units) {
  LiveCodec encoder(kind.kind);
  encoder.Push(ConfigureCommand{1, ConfigOf(kind)});
  for (int i = 0; i < units; ++i) encoder.Push(WorkCommand{1, UnitOf(kind, i)});
  encoder.Push(FlushCommand{1, 1});
  EXPECT_TRUE(encoder.channel.AwaitFlush(1));
  encoder.End();
  std::vector<EncodedChunk> chunks;
  for (const Event& event : encoder.channel.events()) {
    const auto* output = std::get_if<OutputEvent>(&event);
    if (!output) continue;
    const EncodedChunk& chunk = std::get<EncodedOutput>(output->output).chunk;
    EncodedChunk copy;
    copy.key = chunk.key;
    copy.timestamp = chunk.timestamp;
    copy.duration = chunk.duration;
    copy.packet = PacketPtr(av_packet_clone(chunk.packet.get()));
    chunks.push_back(std::move(copy));
  }
  return chunks;
}

void DecodeInterrupted(CodecKind kind, const CodecConfig& config,
                       const std::vector<EncodedChunk>& chunks) {
  const auto unit = [&chunks](size_t i) {
    DecodeChunk work;
    work.chunk.key = chunks[i].key;
    work.chunk.timestamp = chunks[i].timestamp;
    work.chunk.packet = PacketPtr(av_packet_clone(chunks[i].packet.get()));
    return work;
  };
  for (int round = 0; round < 20; ++round) {
    LiveCodec codec(kind);
    codec.Push(ConfigureCommand{1, config});
    for (size_t i = 0; i < chunks.size(); ++i) codec.Push(WorkCommand{1, unit(i)});
    if (round % 2 == 0) {
      codec.worker.Reset(2);
      codec.Push(ConfigureCommand{2, config});
      for (size_t i = 0; i < chunks.size(); ++i) codec.Push(WorkCommand{2, unit(i)});
      codec.Push(FlushCommand{2, 1});
      ASSERT_TRUE(codec.channel.AwaitFlush(1));
      EXPECT_GE(codec.channel.Outputs(2), chunks.size() - 2);
    }
    codec.End();
  }
}

TEST(DecoderLifecycle, VideoDecodersAreResetAndClosedInTheMiddle) {
  const std::vector<EncodedChunk> chunks = EncodeSome({CodecKind::kVideoEncoder, "vp8"}, 10);
  VideoDecoderConfig config;
  config.codec = "vp8";
  DecodeInterrupted(CodecKind::kVideoDecoder, config, chunks);
}

TEST(DecoderLifecycle, AudioDecodersAreResetAndClosedInTheMiddle) {
  const std::vector<EncodedChunk> chunks = EncodeSome({CodecKind::kAudioEncoder, "opus"}, 10);
  AudioDecoderConfig config;
  config.codec = "opus";
  config.sample_rate = 48000;
  config.number_of_channels = 2;
  DecodeInterrupted(CodecKind::kAudioDecoder, config, chunks);
}

}  // namespace
}  // namespace webcodecs
