#include "bind/js_fields.h"

#include <cmath>
#include <limits>

#include "bind/js_errors.h"

namespace webcodecs::bind {
namespace {

constexpr int64_t kSafeInteger = (int64_t{1} << 53) - 1;
constexpr int kLargestSide = 65535;
constexpr int kLargestCodePoint = 255;  // ITU-T H.273

}  // namespace

ByteView ReadBytes(const Napi::Value& value, const std::string& field) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    throw ArgumentError(value.Env(), field, "a Uint8Array", value);
  }
  // Asked for directly: Napi::Uint8Array would also want an ArrayBuffer, which a shared one is not.
  ByteView view;
  void* data = nullptr;
  if (napi_get_typedarray_info(value.Env(), value, nullptr, &view.size, &data, nullptr, nullptr) !=
      napi_ok) {
    throw ArgumentError(value.Env(), field, "a Uint8Array", value);
  }
  view.data = static_cast<uint8_t*>(data);
  if (!view.data) view.size = 0;
  return view;
}

int64_t ReadInteger(const Napi::Value& value, const std::string& field, int64_t least,
                    int64_t most) {
  if (value.IsNumber()) {
    const double number = value.As<Napi::Number>().DoubleValue();
    if (number >= static_cast<double>(least) && number <= static_cast<double>(most) &&
        number == std::trunc(number)) {
      return static_cast<int64_t>(number);
    }
  }
  throw ArgumentError(value.Env(), field,
                      "an integer from " + std::to_string(least) + " to " + std::to_string(most),
                      value);
}

uint64_t ReadCount(const Napi::Value& value, const std::string& field) {
  return static_cast<uint64_t>(ReadInteger(value, field, 0, kSafeInteger));
}

bool ReadBool(const Napi::Value& value, const std::string& field) {
  if (!value.IsBoolean()) throw ArgumentError(value.Env(), field, "a boolean", value);
  return value.As<Napi::Boolean>().Value();
}

int64_t ReadTimestamp(const Napi::Value& value, const std::string& field) {
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : NAN;
  if (number >= -0x1p63 && number < 0x1p63 && number == std::trunc(number)) {
    return static_cast<int64_t>(number);
  }
  throw ArgumentError(value.Env(), field, "a whole number from -2^63 to 2^63", value);
}

std::optional<uint64_t> ReadDuration(const Napi::Value& value, const std::string& field) {
  if (value.IsNull() || value.IsUndefined()) return std::nullopt;
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : NAN;
  if (number >= 0 && number < 0x1p64 && number == std::trunc(number)) {
    return static_cast<uint64_t>(number);
  }
  throw ArgumentError(value.Env(), field, "a whole number from 0 to 2^64", value);
}

Fields::Fields(const Napi::Value& value, std::string path) : path_(std::move(path)) {
  if (!value.IsObject()) throw ArgumentError(value.Env(), path_, "an object", value);
  object_ = value.As<Napi::Object>();
}

Napi::Value Fields::Get(const char* name) const { return object_.Get(name); }

bool Fields::Has(const char* name) const {
  const Napi::Value value = Get(name);
  return !value.IsNull() && !value.IsUndefined();
}

Fields Fields::Child(const char* name) const { return Fields(Get(name), Path(name)); }

void Fields::Refuse(const char* name, const std::string& expected) const {
  throw ArgumentError(object_.Env(), Path(name), expected, Get(name));
}

int Fields::Int(const char* name, int least, int most) const {
  return static_cast<int>(ReadInteger(Get(name), Path(name), least, most));
}

std::optional<int> Fields::OptionalInt(const char* name, int least, int most) const {
  if (!Has(name)) return std::nullopt;
  return Int(name, least, most);
}

int64_t Fields::Int64(const char* name) const {
  return ReadInteger(Get(name), Path(name), -kSafeInteger, kSafeInteger);
}

std::optional<int64_t> Fields::OptionalInt64(const char* name) const {
  if (!Has(name)) return std::nullopt;
  return Int64(name);
}

int64_t Fields::Timestamp(const char* name) const { return ReadTimestamp(Get(name), Path(name)); }

std::optional<uint64_t> Fields::Duration(const char* name) const {
  return ReadDuration(Get(name), Path(name));
}

std::optional<double> Fields::OptionalNumber(const char* name) const {
  if (!Has(name)) return std::nullopt;
  const Napi::Value value = Get(name);
  if (value.IsNumber()) {
    const double number = value.As<Napi::Number>().DoubleValue();
    if (std::isfinite(number)) return number;
  }
  Refuse(name, "a finite number");
}

bool Fields::Bool(const char* name) const { return ReadBool(Get(name), Path(name)); }

std::optional<bool> Fields::OptionalBool(const char* name) const {
  if (!Has(name)) return std::nullopt;
  return Bool(name);
}

std::string Fields::String(const char* name) const {
  const Napi::Value value = Get(name);
  if (!value.IsString()) Refuse(name, "a string");
  return value.As<Napi::String>().Utf8Value();
}

std::optional<std::string> Fields::OptionalString(const char* name) const {
  if (!Has(name)) return std::nullopt;
  return String(name);
}

ByteView Fields::View(const char* name) const { return ReadBytes(Get(name), Path(name)); }

Bytes Fields::OptionalBytes(const char* name) const {
  if (!Has(name)) return {};
  const ByteView view = View(name);
  return Bytes(view.data, view.data + view.size);
}

Rect ReadRect(const Fields& fields) {
  Rect rect;
  rect.x = fields.Int("x", 0, kLargestSide);
  rect.y = fields.Int("y", 0, kLargestSide);
  rect.width = fields.Int("width", 1, kLargestSide);
  rect.height = fields.Int("height", 1, kLargestSide);
  return rect;
}

ColorSpace ReadColor(const Fields& fields) {
  ColorSpace color;
  color.primaries = fields.OptionalInt("primaries", 0, kLargestCodePoint);
  color.transfer = fields.OptionalInt("transfer", 0, kLargestCodePoint);
  color.matrix = fields.OptionalInt("matrix", 0, kLargestCodePoint);
  color.full_range = fields.OptionalBool("fullRange");
  return color;
}

int ReadRotation(const Fields& fields) {
  const int rotation = fields.Int("rotation", 0, 270);
  if (rotation % 90 != 0) fields.Refuse("rotation", "0 | 90 | 180 | 270");
  return rotation;
}

}  // namespace webcodecs::bind
