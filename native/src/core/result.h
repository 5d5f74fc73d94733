// Errors cross core as values; nothing in core throws.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace webcodecs {

// What went wrong, in the terms the JavaScript side turns into a DOMException name.
enum class ErrorKind {
  kNotSupported,  // NotSupportedError: this configuration can't be opened here.
  kEncoding,      // EncodingError: the codec failed on work it was given.
  kData,  // DataError: the input itself is wrong (a frame of another size, a bad description).
  kQuotaExceeded,  // QuotaExceededError: a hard limit was passed.
  kOperation,      // OperationError: anything else.
};

struct Error {
  ErrorKind kind = ErrorKind::kOperation;
  // FFmpeg's AVERROR code, 0 where FFmpeg was not involved.
  int av_code = 0;
  // The call that failed, for example "avcodec_send_frame(libvpx-vp9)".
  std::string where;
  // A sentence: what was expected, what came.
  std::string message;

  // message, then where and FFmpeg's own text for av_code.
  std::string ToString() const;
};

// A value or an Error.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}      // NOLINT: implicit by design
  Result(Error error) : state_(std::move(error)) {}  // NOLINT: implicit by design

  bool ok() const { return std::holds_alternative<T>(state_); }
  explicit operator bool() const { return ok(); }
  T& value() { return std::get<T>(state_); }
  const T& value() const { return std::get<T>(state_); }
  Error& error() { return std::get<Error>(state_); }
  const Error& error() const { return std::get<Error>(state_); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT: implicit by design

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  Error& error() { return *error_; }
  const Error& error() const { return *error_; }

 private:
  std::optional<Error> error_;
};

}  // namespace webcodecs
