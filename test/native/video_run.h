// Moving pictures for the video tests, and how near a decoded one comes to them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "codec_run.h"
#include "core/picture.h"
#include "core/pixel_memory.h"

namespace webcodecs {

constexpr int64_t kFrameMicroseconds = 33'333;

// Luma of the moving pattern: waves that travel, and detail that costs bits.
class PatternLuma {
 public:
  PatternLuma(int width, int height, int index) {
    for (int x = 0; x < width; ++x) columns_.push_back(60 * std::sin((x + 2 * index) / 9.0));
    for (int y = 0; y < height; ++y) rows_.push_back(40 * std::sin((y - index) / 7.0));
  }
  int operator()(int x, int y) const {
    const double wave = columns_[static_cast<size_t>(x)] + rows_[static_cast<size_t>(y)];
    return 128 + static_cast<int>(wave) + (x * 7 + y * 13 + x * y % 17) % 9;
  }

 private:
  std::vector<double> columns_;
  std::vector<double> rows_;
};

inline VideoPicture PatternPicture(int width, int height, int index) {
  Result<FramePtr> frame = AllocateFrame(AV_PIX_FMT_YUV420P, width, height);
  AVFrame& made = *frame.value();
  const PatternLuma luma(width, height, index);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      made.data[0][y * made.linesize[0] + x] = static_cast<uint8_t>(luma(x, y));
    }
  }
  for (int plane = 1; plane < 3; ++plane) {
    for (int y = 0; y < (height + 1) / 2; ++y) {
      for (int x = 0; x < (width + 1) / 2; ++x) {
        made.data[plane][y * made.linesize[plane] + x] =
            static_cast<uint8_t>(128 + (plane == 1 ? 1 : -1) * ((x + index) % 32));
      }
    }
  }
  VideoPicture picture;
  picture.frame = std::move(frame.value());
  picture.visible = {0, 0, width, height};
  picture.display_width = width;
  picture.display_height = height;
  picture.timestamp = index * kFrameMicroseconds;
  picture.duration = kFrameMicroseconds;
  return picture;
}

inline VideoEncoderConfig EncoderConfig(const std::string& codec, int width, int height) {
  VideoEncoderConfig config;
  config.codec = codec;
  config.width = width;
  config.height = height;
  config.framerate = 30;
  config.bitrate = 1'000'000;
  return config;
}

inline VideoDecoderConfig DecoderConfigFor(const VideoEncoderConfig& encoder,
                                           const std::vector<EncodedOutput>& chunks) {
  VideoDecoderConfig config;
  config.codec = encoder.codec;
  config.variant = encoder.variant;
  config.coded_width = encoder.width;
  config.coded_height = encoder.height;
  if (!chunks.empty() && chunks.front().decoder_config) {
    config.description = chunks.front().decoder_config->description;
  }
  return config;
}

inline std::vector<VideoPicture> DecodeAll(const VideoDecoderConfig& config,
                                           const std::vector<EncodedOutput>& chunks) {
  CodecRun decoder(CodecKind::kVideoDecoder);
  Result<void> done = decoder.Configure(config);
  EXPECT_TRUE(done.ok()) << Text(done);
  for (const EncodedOutput& output : chunks) {
    done = decoder.Decode(CopyChunk(output.chunk));
    EXPECT_TRUE(done.ok()) << Text(done);
    if (!done.ok()) break;
  }
  done = decoder.Flush();
  EXPECT_TRUE(done.ok()) << Text(done);
  return std::move(decoder.pictures);
}

// PSNR of the luma against the pattern that has this number.
inline double PatternPsnr(const VideoPicture& picture, int index) {
  const AVFrame& frame = *picture.frame;
  const std::string name = PixelFormatName(static_cast<AVPixelFormat>(frame.format));
  const bool ten_bits = name.find("P10") != std::string::npos;
  const bool wide = ten_bits || name.find("P12") != std::string::npos;
  const double scale = ten_bits ? 4 : 16;
  const PatternLuma luma(picture.visible.width, picture.visible.height, index);
  double sum = 0;
  for (int y = 0; y < picture.visible.height; ++y) {
    const uint8_t* row = frame.data[0] + ptrdiff_t{y} * frame.linesize[0];
    for (int x = 0; x < picture.visible.width; ++x) {
      const double value = wide ? (row[2 * x] | row[2 * x + 1] << 8) / scale : row[x];
      const double difference = value - luma(x, y);
      sum += difference * difference;
    }
  }
  const double pixels = static_cast<double>(picture.visible.width) * picture.visible.height;
  return 10 * std::log10(255 * 255 / std::max(sum / pixels, 1e-9));
}

// Encodes `count` pictures of the pattern and flushes.
inline std::vector<EncodedOutput> EncodePattern(const VideoEncoderConfig& config, int count) {
  CodecRun encoder(CodecKind::kVideoEncoder);
  Result<void> done = encoder.Configure(config);
  EXPECT_TRUE(done.ok()) << Text(done);
  for (int i = 0; i < count && done.ok(); ++i) {
    done = encoder.Encode(PatternPicture(config.width, config.height, i));
    EXPECT_TRUE(done.ok()) << Text(done);
  }
  done = encoder.Flush();
  EXPECT_TRUE(done.ok()) << Text(done);
  return std::move(encoder.chunks);
}

inline std::vector<int64_t> KeyTimestamps(const std::vector<EncodedOutput>& chunks) {
  std::vector<int64_t> timestamps;
  for (const EncodedOutput& output : chunks) {
    if (output.chunk.key) timestamps.push_back(output.chunk.timestamp);
  }
  std::sort(timestamps.begin(), timestamps.end());
  return timestamps;
}

inline int64_t TotalSize(const std::vector<EncodedOutput>& chunks) {
  int64_t total = 0;
  for (const EncodedOutput& output : chunks) total += output.chunk.packet->size;
  return total;
}

}  // namespace webcodecs
