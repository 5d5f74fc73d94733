// FFmpeg's send/receive protocol, written once: encode, decode and flush all go through here.
#pragma once

#include <string>
#include <utility>

#include "av_ptr.h"
#include "result.h"

namespace webcodecs {

// Why a drain came to its end. Neither is an error.
enum class DrainEnd {
  kNeedsInput,  // EAGAIN: everything that is ready has been delivered.
  kEnded,       // EOF: the codec was told that nothing follows, and has delivered all it held.
};

// FFmpeg's names of the two calls and of the codec, for errors.
struct DrainCalls {
  const char* send;
  const char* receive;
  const char* codec;
};

inline Error DrainError(int code, const char* call, const char* codec, const char* message) {
  return Error{ErrorKind::kEncoding, code, std::string(call) + "(" + codec + ")", message};
}

// Calls `receive` (an FFmpeg call returning an AVERROR) and then `deliver` for each output, until
// the codec has no more.
//   int receive();  Result<void> deliver();
template <typename Receive, typename Deliver>
Result<DrainEnd> Drain(const DrainCalls& calls, Receive&& receive, Deliver&& deliver) {
  while (true) {
    const int code = receive();
    if (code == AVERROR(EAGAIN)) return DrainEnd::kNeedsInput;
    if (code == AVERROR_EOF) return DrainEnd::kEnded;
    if (code < 0) return DrainError(code, calls.receive, calls.codec, "The codec failed.");
    Result<void> delivered = deliver();
    if (!delivered.ok()) return std::move(delivered.error());
  }
}

// Sends one input (or the end of input) and delivers what that made ready. A codec that refuses
// input until its outputs are taken (EAGAIN on send) is drained first and then asked again, once:
// the API promises that this works.
//   int send();
template <typename Send, typename Receive, typename Deliver>
Result<DrainEnd> SendAndDrain(const DrainCalls& calls, Send&& send, Receive&& receive,
                              Deliver&& deliver) {
  int code = send();
  if (code == AVERROR(EAGAIN)) {
    Result<DrainEnd> drained = Drain(calls, receive, deliver);
    if (!drained.ok()) return drained;
    code = send();
  }
  if (code < 0) {
    return DrainError(code, calls.send, calls.codec, "The codec refused its input.");
  }
  return Drain(calls, receive, deliver);
}

}  // namespace webcodecs
