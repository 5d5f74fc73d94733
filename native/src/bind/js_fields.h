// Reading members of JavaScript objects: each either has the type asked for or throws a TypeError
// that names it.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>

#include "bind/node_api.h"
#include "core/types.h"

namespace webcodecs::bind {

// Bytes of a Uint8Array. Valid until control returns to JavaScript.
struct ByteView {
  uint8_t* data = nullptr;
  size_t size = 0;
};

// Throw a TypeError naming `field` where `value` is not of the type.
ByteView ReadBytes(const Napi::Value& value, const std::string& field);
int64_t ReadInteger(const Napi::Value& value, const std::string& field, int64_t least,
                    int64_t most);
uint64_t ReadCount(const Napi::Value& value, const std::string& field);
bool ReadBool(const Napi::Value& value, const std::string& field);
// Microseconds: whole numbers in the range of long long and of unsigned long long.
int64_t ReadTimestamp(const Napi::Value& value, const std::string& field);
std::optional<uint64_t> ReadDuration(const Napi::Value& value,
                                     const std::string& field);  // or null

class Fields {
 public:
  // Throws a TypeError where `value` is not an object. `path` names it in messages.
  Fields(const Napi::Value& value, std::string path);

  // Integers. Optional members may be null or missing.
  int Int(const char* name, int least, int most) const;
  std::optional<int> OptionalInt(const char* name, int least, int most) const;
  int64_t Int64(const char* name) const;  // any safe integer
  std::optional<int64_t> OptionalInt64(const char* name) const;

  int64_t Timestamp(const char* name) const;
  std::optional<uint64_t> Duration(const char* name) const;  // may be null or missing

  std::optional<double> OptionalNumber(const char* name) const;  // finite
  bool Bool(const char* name) const;
  std::optional<bool> OptionalBool(const char* name) const;
  std::string String(const char* name) const;
  std::optional<std::string> OptionalString(const char* name) const;
  ByteView View(const char* name) const;
  Bytes OptionalBytes(const char* name) const;  // copied; empty where null

  // One of a closed list of names.
  template <typename T>
  T OneOf(const char* name, std::initializer_list<std::pair<const char*, T>> choices) const {
    const std::string text = String(name);
    std::string expected;
    for (const auto& [choice, result] : choices) {
      if (text == choice) return result;
      expected += (expected.empty() ? "" : " | ") + std::string(choice);
    }
    Refuse(name, expected);
  }

  bool Has(const char* name) const;  // neither null nor missing
  Fields Child(const char* name) const;
  Napi::Value Get(const char* name) const;
  std::string Path(const char* name) const { return path_ + "." + name; }
  [[noreturn]] void Refuse(const char* name, const std::string& expected) const;

 private:
  Napi::Object object_;
  std::string path_;
};

// NativeRect, NativeColorSpace.
Rect ReadRect(const Fields& fields);
ColorSpace ReadColor(const Fields& fields);
int ReadRotation(const Fields& fields);

}  // namespace webcodecs::bind
