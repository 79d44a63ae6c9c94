// Strict JSON (RFC 8259, I-JSON RFC 7493): duplicate members, non-finite numbers, invalid UTF-8, depth and size beyond
// the limits and trailing bytes are refused (spec PRO-1, PRO-5; DECISIONS 9). Integers that fit int64 stay exact.
// Boost.JSON's SAX parser is used in one file and does not show here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "foundation/base/result.hpp"

namespace lictor::json {

class Value;
using Array = std::vector<Value>;
// In document order; keys are unique in anything that parse() returned.
using Object = std::vector<std::pair<std::string, Value>>;

class Value {
 public:
  using Variant = std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, Array, Object>;
  Value() : data_(nullptr) {}
  Value(std::nullptr_t) : data_(nullptr) {}
  Value(bool b) : data_(b) {}
  Value(std::int64_t n) : data_(n) {}
  Value(int n) : data_(std::int64_t{n}) {}
  Value(double d) : data_(d) {}
  Value(std::string s) : data_(std::move(s)) {}
  Value(std::string_view s) : data_(std::string(s)) {}
  Value(const char* s) : data_(std::string(s)) {}
  Value(Array a) : data_(std::move(a)) {}
  Value(Object o) : data_(std::move(o)) {}

  [[nodiscard]] bool is_null() const { return std::holds_alternative<std::nullptr_t>(data_); }
  // nullptr when the value is of another type.
  [[nodiscard]] const bool* if_bool() const { return std::get_if<bool>(&data_); }
  [[nodiscard]] const std::int64_t* if_int() const { return std::get_if<std::int64_t>(&data_); }
  [[nodiscard]] const double* if_double() const { return std::get_if<double>(&data_); }
  [[nodiscard]] const std::string* if_string() const { return std::get_if<std::string>(&data_); }
  [[nodiscard]] const Array* if_array() const { return std::get_if<Array>(&data_); }
  [[nodiscard]] const Object* if_object() const { return std::get_if<Object>(&data_); }
  [[nodiscard]] Object* if_object() { return std::get_if<Object>(&data_); }
  [[nodiscard]] Array* if_array() { return std::get_if<Array>(&data_); }
  [[nodiscard]] const Variant& variant() const { return data_; }
  // Member of an object, or nullptr (also when this is no object).
  [[nodiscard]] const Value* find(std::string_view key) const;
  [[nodiscard]] std::string_view type_name()
      const;  // "null", "boolean", "integer", "number", "string", "array", "object"

  friend bool operator==(const Value&, const Value&) = default;

 private:
  Variant data_;
};

struct Limits {
  std::size_t max_bytes = 3'145'728;  // spec PRO-5
  std::size_t max_depth = 32;
};

// Errors: Malformed with "line L, column C: what"; TooLarge for size and depth.
Result<Value> parse(std::string_view text, const Limits& limits = {});

// Compact, members in their order, non-ASCII as UTF-8. Non-finite doubles are asserted against.
std::string to_text(const Value& value);
// Indented by two, for people.
std::string to_pretty_text(const Value& value);

// Typed access for codecs: each reads one member of `object` and says what was wrong and where ("udis[2].pid: ...").
class ObjectReader {
 public:
  // `path` is the place of `value` in the document, "" for the root.
  ObjectReader(const Value& value, std::string path);
  Result<std::string> string(std::string_view key) const;
  Result<std::int64_t> integer(std::string_view key, std::int64_t low = INT64_MIN, std::int64_t high = INT64_MAX) const;
  Result<bool> boolean(std::string_view key) const;
  Result<const Array*> array(std::string_view key) const;
  Result<ObjectReader> object(std::string_view key) const;
  [[nodiscard]] bool has(std::string_view key) const;  // present and not null
  [[nodiscard]] std::string path(std::string_view key) const;
  [[nodiscard]] bool is_object() const;
  // The keys that are not in `known`: for strict inputs (REST bodies).
  [[nodiscard]] std::vector<std::string> unknown(const std::vector<std::string_view>& known) const;

 private:
  const Value* value_;
  std::string path_;
};

}  // namespace lictor::json
