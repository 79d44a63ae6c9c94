#include "foundation/json/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cmath>

namespace lictor::json {

const Value* Value::find(std::string_view key) const {
  const auto* object = if_object();
  if (object == nullptr) return nullptr;
  for (const auto& [name, member] : *object) {
    if (name == key) return &member;
  }
  return nullptr;
}

std::string_view Value::type_name() const {
  constexpr std::string_view kNames[] = {"null", "boolean", "integer", "number", "string", "array", "object"};
  return kNames[data_.index()];
}

namespace {

void write_escaped(char c, std::string& out) {
  switch (c) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    default:
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
  }
}

void write_string(std::string_view text, std::string& out) {
  const auto plain = [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\'; };
  out += '"';
  for (auto at = text.begin(); at != text.end();) {
    const auto end = std::find_if_not(at, text.end(), plain);
    out.append(at, end);
    at = end;
    if (at != text.end()) write_escaped(*at++, out);
  }
  out += '"';
}

// indent < 0: compact.
class Writer {
 public:
  explicit Writer(bool pretty) : pretty_(pretty) {}
  void write(const Value& value) {
    std::visit([this](const auto& part) { put(part); }, value.variant());
  }
  std::string take() { return std::move(out_); }

 private:
  void put(std::nullptr_t) { out_ += "null"; }
  void put(bool b) { out_ += b ? "true" : "false"; }
  void put(std::int64_t n) {
    char buffer[24];
    out_.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, n).ptr);
  }
  void put(double d) {
    assert(std::isfinite(d));
    char buffer[32];
    const std::string_view text(buffer, std::to_chars(buffer, buffer + sizeof buffer, d).ptr);
    out_ += text;
    // Without a mark of its own it would be read as an integer.
    if (text.find_first_of(".e") == std::string_view::npos) out_ += ".0";
  }
  void put(const std::string& s) { write_string(s, out_); }
  void put(const Array& array) {
    out_ += '[';
    ++depth_;
    bool first = true;
    for (const auto& item : array) {
      next(first);
      write(item);
    }
    close(']', first);
  }
  void put(const Object& object) {
    out_ += '{';
    ++depth_;
    bool first = true;
    for (const auto& [key, member] : object) {
      next(first);
      write_string(key, out_);
      out_ += pretty_ ? ": " : ":";
      write(member);
    }
    close('}', first);
  }
  void line() {
    if (!pretty_) return;
    out_ += '\n';
    out_.append(depth_ * 2, ' ');
  }
  void next(bool& first) {
    if (!first) out_ += ',';
    first = false;
    line();
  }
  void close(char bracket, bool empty) {
    --depth_;
    if (!empty) line();
    out_ += bracket;
  }
  bool pretty_;
  std::size_t depth_ = 0;
  std::string out_;
};

}  // namespace

std::string to_text(const Value& value) {
  Writer writer(false);
  writer.write(value);
  return writer.take();
}

std::string to_pretty_text(const Value& value) {
  Writer writer(true);
  writer.write(value);
  return writer.take() + "\n";
}

ObjectReader::ObjectReader(const Value& value, std::string path) : value_(&value), path_(std::move(path)) {}

bool ObjectReader::is_object() const {
  return value_->if_object() != nullptr;
}

std::string ObjectReader::path(std::string_view key) const {
  return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

bool ObjectReader::has(std::string_view key) const {
  const auto* member = value_->find(key);
  return member != nullptr && !member->is_null();
}

namespace {

Error missing(const std::string& path) {
  return {ErrorCode::Malformed, fmt::format("{}: is missing", path)};
}
Error wrong(const std::string& path, std::string_view wanted, const Value& found) {
  return {ErrorCode::Malformed, fmt::format("{}: must be {}, not {}", path, wanted, found.type_name())};
}

}  // namespace

Result<std::string> ObjectReader::string(std::string_view key) const {
  const auto* member = value_->find(key);
  if (member == nullptr) return missing(path(key));
  if (const auto* text = member->if_string()) return *text;
  return wrong(path(key), "a string", *member);
}

Result<std::int64_t> ObjectReader::integer(std::string_view key, std::int64_t low, std::int64_t high) const {
  const auto* member = value_->find(key);
  if (member == nullptr) return missing(path(key));
  const auto* number = member->if_int();
  if (number == nullptr) return wrong(path(key), "an integer", *member);
  if (*number < low || *number > high) {
    return Error{ErrorCode::Malformed, fmt::format("{}: {} is not between {} and {}", path(key), *number, low, high)};
  }
  return *number;
}

Result<bool> ObjectReader::boolean(std::string_view key) const {
  const auto* member = value_->find(key);
  if (member == nullptr) return missing(path(key));
  if (const auto* flag = member->if_bool()) return *flag;
  return wrong(path(key), "true or false", *member);
}

Result<const Array*> ObjectReader::array(std::string_view key) const {
  const auto* member = value_->find(key);
  if (member == nullptr) return missing(path(key));
  if (const auto* items = member->if_array()) return items;
  return wrong(path(key), "an array", *member);
}

Result<ObjectReader> ObjectReader::object(std::string_view key) const {
  const auto* member = value_->find(key);
  if (member == nullptr) return missing(path(key));
  if (member->if_object() == nullptr) return wrong(path(key), "an object", *member);
  return ObjectReader(*member, path(key));
}

std::vector<std::string> ObjectReader::unknown(const std::vector<std::string_view>& known) const {
  std::vector<std::string> names;
  const auto* object = value_->if_object();
  if (object == nullptr) return names;
  for (const auto& [key, member] : *object) {
    if (std::find(known.begin(), known.end(), key) == known.end()) names.push_back(path(key));
  }
  return names;
}

}  // namespace lictor::json
