// The limit that the benchmarks measure against: libavcodec driven directly, with the contexts that
// core opens, in the plainest loop there is. No queue, no worker, no event loop, no JavaScript;
// pictures and packets wait in memory.
//
//   bench_limit encode    CODEC quality|realtime WIDTH HEIGHT FRAMES BITRATE PICTURES.yuv CHUNKS
//   bench_limit decode    CODEC CHUNKS
//   bench_limit transcode FROM-CODEC CHUNKS CODEC quality|realtime WIDTH HEIGHT BITRATE
//   bench_limit convert   WIDTH HEIGHT FRAMES
//
// Warms up, opens its codecs, prints "ready", and measures once for each line on standard input,
// for which it prints one line of JSON: {"frames": N, "seconds": S}. Then it opens codecs anew and
// is ready again; test/bench/task.ts does the same, so that the two can take turns. encode writes
// CHUNKS (each: u32 size, u8 key, i64 timestamp in µs, bytes), which the others and the JavaScript
// side read. convert is swscale's RGBA to I420, measured at once.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <fstream>
#include <functional>
#include <iostream>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "convert.h"
#include "core/free_memory.h"
#include "core/picture.h"
#include "core/thread_priority.h"
#include "core/video_decoder_traits.h"
#include "core/video_encoder_traits.h"

namespace webcodecs {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kFramerate = 30;

[[noreturn]] void Fail(const std::string& why) {
  std::cerr << "bench_limit: " << why << "\n";
  std::exit(1);
}

template <typename T>
T Take(Result<T> result) {
  if (!result.ok()) Fail(result.error().ToString());
  return std::move(result.value());
}

void Check(int code, const char* call) {
  if (code < 0) Fail(Error{ErrorKind::kOperation, code, call, "FFmpeg failed."}.ToString());
}

VideoEncoderConfig EncoderConfig(const std::string& codec, const std::string& mode, int width,
                                 int height, int64_t bitrate) {
  VideoEncoderConfig config;
  config.codec = codec;
  config.width = width;
  config.height = height;
  config.bitrate = bitrate;
  config.framerate = kFramerate;
  config.latency_mode = mode == "realtime" ? LatencyMode::kRealtime : LatencyMode::kQuality;
  config.annexb = true;
  return config;
}

std::vector<FramePtr> ReadPictures(const char* path, int width, int height, size_t count) {
  const size_t size = PackedSize(AV_PIX_FMT_YUV420P, width, height);
  std::ifstream file(path, std::ios::binary);
  std::vector<char> bytes(size);
  std::vector<FramePtr> pictures;
  while (pictures.size() < count && file.read(bytes.data(), size)) {
    PictureInit init;
    init.format = AV_PIX_FMT_YUV420P;
    init.coded_width = width;
    init.coded_height = height;
    pictures.push_back(Take(MakeFrame(init, reinterpret_cast<const uint8_t*>(bytes.data()), size)));
  }
  if (pictures.empty()) Fail(std::string("no pictures in ") + path);
  return pictures;
}

std::vector<PacketPtr> ReadChunks(const char* path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<PacketPtr> packets;
  uint32_t size = 0;
  while (file.read(reinterpret_cast<char*>(&size), sizeof size)) {
    uint8_t key = 0;
    int64_t timestamp = 0;
    file.read(reinterpret_cast<char*>(&key), sizeof key);
    file.read(reinterpret_cast<char*>(&timestamp), sizeof timestamp);
    PacketPtr packet(av_packet_alloc());
    Check(av_new_packet(packet.get(), static_cast<int>(size)), "av_new_packet");
    file.read(reinterpret_cast<char*>(packet->data), size);
    packet->pts = timestamp;
    if (key) packet->flags |= AV_PKT_FLAG_KEY;
    packets.push_back(std::move(packet));
  }
  if (packets.empty()) Fail(std::string("no chunks in ") + path);
  return packets;
}

using TakePacket = std::function<void(const AVPacket&)>;
using TakeFrame = std::function<void(FramePtr)>;

void Encode(AVCodecContext* encoder, const AVFrame* frame, const TakePacket& take) {
  Check(avcodec_send_frame(encoder, frame), "avcodec_send_frame");
  PacketPtr packet(av_packet_alloc());
  while (avcodec_receive_packet(encoder, packet.get()) >= 0) {
    take(*packet);
    av_packet_unref(packet.get());
  }
}

void Decode(AVCodecContext* decoder, const AVPacket* packet, const TakeFrame& take) {
  const int sent = avcodec_send_packet(decoder, packet);
  const bool again = sent == AVERROR(EAGAIN);
  if (!again) Check(sent, "avcodec_send_packet");
  while (true) {
    FramePtr frame(av_frame_alloc());
    if (avcodec_receive_frame(decoder, frame.get()) < 0) break;
    take(std::move(frame));
  }
  if (again) Decode(decoder, packet, take);
}

// The timestamp of frame `index` in the encoder's own time base.
void Stamp(AVFrame* frame, const AVCodecContext& encoder, int64_t index) {
  frame->pts = av_rescale_q(index, av_make_q(1, static_cast<int>(kFramerate)), encoder.time_base);
  frame->duration = av_rescale_q(1, av_make_q(1, static_cast<int>(kFramerate)), encoder.time_base);
}

// Waits until a measurement is asked for. False: none will be.
bool Asked() {
  std::cout << "ready" << std::endl;
  std::string line;
  return static_cast<bool>(std::getline(std::cin, line));
}

void Print(size_t frames, Clock::time_point start) {
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  std::cout << "{\"frames\": " << frames << ", \"seconds\": " << seconds << "}" << std::endl;
}

// Before anything is measured, so that memory is touched and caches are warm. The JavaScript side
// does the same.
constexpr size_t kWarmUpFrames = 12;
constexpr size_t kDecodePasses = 4;

void RunEncode(char** argument) {
  const int width = std::atoi(argument[2]);
  const int height = std::atoi(argument[3]);
  const auto count = static_cast<size_t>(std::atoi(argument[4]));
  const VideoEncoderConfig config =
      EncoderConfig(argument[0], argument[1], width, height, std::atoll(argument[5]));
  std::vector<FramePtr> pictures = ReadPictures(argument[6], width, height, count);
  // A bare stream of H.264 or HEVC carries its parameter sets before each key picture.
  const bool in_band = config.codec == "h264" || config.codec == "hevc";
  const auto encode = [&](AVCodecContext& encoder, size_t frames) {
    std::ofstream out(argument[7], std::ios::binary);
    const TakePacket take = [&](const AVPacket& packet) {
      const uint8_t key = packet.flags & AV_PKT_FLAG_KEY ? 1 : 0;
      const uint32_t before = in_band && key ? static_cast<uint32_t>(encoder.extradata_size) : 0;
      const uint32_t size = before + static_cast<uint32_t>(packet.size);
      const int64_t timestamp = av_rescale_q(packet.pts, encoder.time_base, av_make_q(1, 1000000));
      out.write(reinterpret_cast<const char*>(&size), sizeof size);
      out.write(reinterpret_cast<const char*>(&key), sizeof key);
      out.write(reinterpret_cast<const char*>(&timestamp), sizeof timestamp);
      out.write(reinterpret_cast<const char*>(encoder.extradata), before);
      out.write(reinterpret_cast<const char*>(packet.data), packet.size);
    };
    for (size_t index = 0; index < frames; ++index) {
      AVFrame* frame = pictures[index % pictures.size()].get();
      Stamp(frame, encoder, static_cast<int64_t>(index));
      Encode(&encoder, frame, take);
    }
    Encode(&encoder, nullptr, take);
  };
  VideoEncoderTraits warm_up;
  encode(*Take(warm_up.Open(config)), kWarmUpFrames);
  for (;;) {
    // As in the host after each codec: neither side finds the pages of the codec before.
    ReturnFreeMemory();
    VideoEncoderTraits traits;
    const CodecContextPtr encoder = Take(traits.Open(config));
    if (!Asked()) return;
    const Clock::time_point start = Clock::now();
    encode(*encoder, count);
    Print(count, start);
  }
}

VideoDecoderConfig DecoderConfig(const char* codec) {
  VideoDecoderConfig config;
  config.codec = codec;
  return config;
}

void RunDecode(char** argument) {
  std::vector<PacketPtr> packets = ReadChunks(argument[1]);
  VideoDecoderTraits traits;
  CodecContextPtr decoder = Take(traits.Open(DecoderConfig(argument[0])));
  size_t frames = 0;
  const TakeFrame take = [&](FramePtr) { ++frames; };
  const auto decode = [&](size_t count) {
    for (size_t index = 0; index < count; ++index) {
      Decode(decoder.get(), packets[index % packets.size()].get(), take);
    }
    Decode(decoder.get(), nullptr, take);
    avcodec_flush_buffers(decoder.get());
  };
  decode(std::min(kWarmUpFrames, packets.size()));
  while (Asked()) {
    frames = 0;
    const Clock::time_point start = Clock::now();
    decode(kDecodePasses * packets.size());
    Print(frames, start);
  }
}

// Two threads, as any serious native exporter has them: decoding and encoding overlap. Gives the
// number of frames.
size_t Transcode(AVCodecContext& decoder, const std::vector<PacketPtr>& packets, size_t count,
                 AVCodecContext& encoder) {
  constexpr size_t kHeld = 8;  // Stands in test/bench/task.ts as well.
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<FramePtr> held;  // null: nothing follows
  std::thread decoding([&] {
    const TakeFrame take = [&](FramePtr frame) {
      std::unique_lock<std::mutex> lock(mutex);
      changed.wait(lock, [&] { return held.size() < kHeld; });
      held.push_back(std::move(frame));
      changed.notify_all();
    };
    for (size_t index = 0; index < count; ++index) {
      Decode(&decoder, packets[index].get(), take);
    }
    Decode(&decoder, nullptr, take);
    take(nullptr);
  });
  size_t frames = 0;
  const TakePacket ignore = [](const AVPacket&) {};
  while (true) {
    FramePtr frame;
    {
      std::unique_lock<std::mutex> lock(mutex);
      changed.wait(lock, [&] { return !held.empty(); });
      frame = std::move(held.front());
      held.pop_front();
      changed.notify_all();
    }
    if (!frame) break;
    frame->pict_type = AV_PICTURE_TYPE_NONE;
    Check(av_frame_apply_cropping(frame.get(), AV_FRAME_CROP_UNALIGNED), "av_frame_apply_cropping");
    Stamp(frame.get(), encoder, static_cast<int64_t>(frames++));
    Encode(&encoder, frame.get(), ignore);
  }
  Encode(&encoder, nullptr, ignore);
  decoding.join();
  return frames;
}

void RunTranscode(char** argument) {
  const std::vector<PacketPtr> packets = ReadChunks(argument[1]);
  const VideoEncoderConfig config = EncoderConfig(argument[2], argument[3], std::atoi(argument[4]),
                                                  std::atoi(argument[5]), std::atoll(argument[6]));
  for (size_t count = std::min(kWarmUpFrames, packets.size());; count = packets.size()) {
    ReturnFreeMemory();
    VideoDecoderTraits decoder_traits;
    VideoEncoderTraits encoder_traits;
    const CodecContextPtr decoder = Take(decoder_traits.Open(DecoderConfig(argument[0])));
    const CodecContextPtr encoder = Take(encoder_traits.Open(config));
    const bool warm = count == packets.size();
    if (warm && !Asked()) return;
    const Clock::time_point start = Clock::now();
    const size_t frames = Transcode(*decoder, packets, count, *encoder);
    if (warm) Print(frames, start);
  }
}

void RunConvert(char** argument) {
  const int frames = std::atoi(argument[2]);
  const double seconds = ConvertRgba(std::atoi(argument[0]), std::atoi(argument[1]), frames);
  if (seconds < 0) Fail("swscale can't convert RGBA to I420");
  std::cout << "{\"frames\": " << frames << ", \"seconds\": " << seconds << "}\n";
}

}  // namespace
}  // namespace webcodecs

int main(int count, char** argument) {
  const std::string task = count > 1 ? argument[1] : "";
  // As core's threads do in quality mode: whatever else the machine runs then weighs alike on both.
  webcodecs::YieldToOthers(task == "decode" ? webcodecs::Codecs::kDecoders
                                            : webcodecs::Codecs::kEncoders);
  if (task == "encode" && count == 10) {
    webcodecs::RunEncode(argument + 2);
  } else if (task == "decode" && count == 4) {
    webcodecs::RunDecode(argument + 2);
  } else if (task == "transcode" && count == 9) {
    webcodecs::RunTranscode(argument + 2);
  } else if (task == "convert" && count == 5) {
    webcodecs::RunConvert(argument + 2);
  } else {
    webcodecs::Fail(
        "expected encode (8 words), decode (2), transcode (7) or convert (3); see the head of "
        "limit.cc");
  }
  return 0;
}
