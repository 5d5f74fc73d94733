#include "pixel_memory.h"

extern "C" {
#include <libavutil/imgutils.h>
#include <libavutil/mem.h>
}

#include <algorithm>
#include <array>
#include <deque>
#include <exception>
#include <mutex>
#include <string>

namespace webcodecs {
namespace {

// Enough for the pictures that are under way at 1080p, and for one of 8K.
constexpr size_t kMostIdleBytes = size_t{64} << 20;
// FFmpeg's and swscale's vector code reads and writes whole registers.
constexpr int kAlignment = 64;
// Rows that such code may touch below the picture.
constexpr int kRowMultiple = 32;

struct FreeMemory {
  void operator()(uint8_t* memory) const { av_free(memory); }
};
using Memory = std::unique_ptr<uint8_t, FreeMemory>;

class IdleMemory {
 public:
  // Null where there is none of this size.
  Memory Take(size_t size) {
    std::lock_guard<std::mutex> lock(mutex_);
    const auto found = std::find_if(blocks_.begin(), blocks_.end(),
                                    [size](const Block& block) { return block.size == size; });
    if (found == blocks_.end()) return nullptr;
    Memory memory = std::move(found->memory);
    blocks_.erase(found);
    bytes_ -= size;
    return memory;
  }

  void Keep(Memory memory, size_t size) {
#ifdef __SANITIZE_ADDRESS__
    return;  // it is to see each use after the end
#endif
    std::deque<Block> evicted;  // freed after the lock
    std::lock_guard<std::mutex> lock(mutex_);
    blocks_.push_back(Block{std::move(memory), size});
    bytes_ += size;
    while (bytes_ > kMostIdleBytes) {
      const size_t evicted_size = blocks_.front().size;
      evicted.push_back(std::move(blocks_.front()));
      blocks_.pop_front();
      bytes_ -= evicted_size;
    }
  }

 private:
  struct Block {
    Memory memory;
    size_t size;
  };

  std::mutex mutex_;
  std::deque<Block> blocks_;  // oldest first
  size_t bytes_ = 0;
};

// Never destroyed: pictures may outlive everything static.
IdleMemory& Idle() {
  static auto* const idle = std::make_unique<IdleMemory>().release();
  return *idle;
}

void GiveBack(void* size, uint8_t* memory) {
  try {
    Idle().Keep(Memory(memory), reinterpret_cast<uintptr_t>(size));
  } catch (const std::exception&) {
    // No memory to keep it with: it is freed. FFmpeg, which calls this, knows no exceptions.
  }
}

AVBufferRef* TakeBuffer(size_t size) {
  Memory memory = Idle().Take(size);
  if (memory == nullptr) memory.reset(static_cast<uint8_t*>(av_malloc(size)));
  if (memory == nullptr) return nullptr;
  AVBufferRef* buffer =
      av_buffer_create(memory.get(), size, GiveBack, reinterpret_cast<void*>(size), 0);
  if (buffer != nullptr) memory.release();  // GiveBack takes it over
  return buffer;
}

Error NoMemory(int code, const char* where, int width, int height) {
  return Error{ErrorKind::kOperation, code, where,
               "There is no memory for a picture of " + std::to_string(width) + "×" +
                   std::to_string(height) + "."};
}

}  // namespace

Result<FramePtr> AllocateFrame(AVPixelFormat format, int width, int height) {
  FramePtr frame(av_frame_alloc());
  if (frame == nullptr) return NoMemory(AVERROR(ENOMEM), "av_frame_alloc", width, height);
  frame->format = format;
  frame->width = width;
  frame->height = height;

  int code =
      av_image_check_size(static_cast<unsigned>(width), static_cast<unsigned>(height), 0, nullptr);
  if (code >= 0) code = av_image_fill_linesizes(frame->linesize, format, width);
  if (code < 0) return NoMemory(code, "av_image_fill_linesizes", width, height);
  std::array<ptrdiff_t, 4> strides{};
  for (size_t plane = 0; plane < strides.size(); ++plane) {
    frame->linesize[plane] = FFALIGN(frame->linesize[plane], kAlignment);
    strides[plane] = frame->linesize[plane];
  }
  std::array<size_t, 4> sizes{};
  code = av_image_fill_plane_sizes(sizes.data(), format, FFALIGN(height, kRowMultiple),
                                   strides.data());
  if (code < 0) return NoMemory(code, "av_image_fill_plane_sizes", width, height);
  size_t total = 0;
  for (size_t& size : sizes) {
    if (size != 0) size += kAlignment;
    total += size;
  }
  frame->buf[0] = TakeBuffer(total);
  if (frame->buf[0] == nullptr) return NoMemory(AVERROR(ENOMEM), "av_malloc", width, height);
  uint8_t* at = frame->buf[0]->data;
  for (size_t plane = 0; plane < sizes.size() && sizes[plane] != 0; ++plane) {
    frame->data[plane] = at;
    at += sizes[plane];
  }
  frame->extended_data = frame->data;
  return frame;
}

}  // namespace webcodecs
