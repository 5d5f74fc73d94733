// Serialises what one codec library can't do on two threads at once.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
}

#include <cstring>
#include <mutex>

namespace webcodecs {

// Held around the opening and the closing of an encoder. SVT-AV1 2.3 keeps one table for all its
// encoders, which closing one of them frees under another that is being opened; FFmpeg's own lock
// covers opening only. For all other codecs no lock is taken.
inline std::unique_lock<std::mutex> LockForOpenAndClose(const AVCodec* codec) {
  static std::mutex svt_mutex;
  if (codec == nullptr || std::strcmp(codec->name, "libsvtav1") != 0) return {};
  return std::unique_lock<std::mutex>(svt_mutex);
}

}  // namespace webcodecs
