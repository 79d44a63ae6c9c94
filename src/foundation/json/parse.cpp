// The strict parser: Boost.JSON's SAX parser drives a handler of ours that refuses what its DOM would accept.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <cmath>
#include <memory>
#include <optional>
#include <unordered_set>

#include "foundation/base/utf8.hpp"
#include "foundation/json/json.hpp"

namespace lictor::json {
namespace {

using boost::json::error_code;
using boost::json::string_view;

// Objects with more members than this find duplicates by hash, smaller ones by looking.
constexpr std::size_t kFewMembers = 16;

class Handler {
 public:
  static constexpr std::size_t max_object_size = std::size_t(-1);
  static constexpr std::size_t max_array_size = std::size_t(-1);
  static constexpr std::size_t max_key_size = std::size_t(-1);
  static constexpr std::size_t max_string_size = std::size_t(-1);

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_array_begin(error_code&) { return open(Array{}); }
  bool on_array_end(std::size_t, error_code&) { return close(); }
  bool on_object_begin(error_code&) { return open(Object{}); }
  bool on_object_end(std::size_t, error_code&) { return close(); }
  bool on_key_part(string_view part, std::size_t, error_code&) {
    text_.append(part.data(), part.size());
    return true;
  }
  bool on_key(string_view part, std::size_t, error_code& ec) {
    text_.append(part.data(), part.size());
    auto& frame = frames_.back();
    if (is_duplicate(frame)) {
      problem = fmt::format("the member \"{}\" stands twice", utf8_prefix(text_, 64));
      return stop(ec);
    }
    auto& object = *frame.container.if_object();
    if (object.empty()) object.reserve(kFewMembers / 2);
    object.emplace_back(std::move(text_), nullptr);
    text_.clear();
    return true;
  }
  bool on_string_part(string_view part, std::size_t, error_code&) {
    text_.append(part.data(), part.size());
    return true;
  }
  bool on_string(string_view part, std::size_t, error_code&) {
    text_.append(part.data(), part.size());
    add(std::move(text_));
    text_.clear();
    return true;
  }
  bool on_number_part(string_view part, error_code&) {
    text_.append(part.data(), part.size());
    return true;
  }
  bool on_int64(std::int64_t n, string_view, error_code&) {
    text_.clear();
    return add(n);
  }
  bool on_uint64(std::uint64_t n, string_view part, error_code& ec) { return real(static_cast<double>(n), part, ec); }
  bool on_double(double d, string_view part, error_code& ec) { return real(d, part, ec); }
  bool on_bool(bool b, error_code&) { return add(b); }
  bool on_null(error_code&) { return add(nullptr); }
  bool on_comment_part(string_view, error_code&) { return true; }
  bool on_comment(string_view, error_code&) { return true; }

  std::optional<Value> root;
  std::string problem;

 private:
  struct Frame {
    Value container;  // of an object: the last member waits for its value
    std::unique_ptr<std::unordered_set<std::string>> seen = nullptr;
  };

  // Boost's own double may be off by its last bit: the digits are read again, to the nearest. `near` tells what lies
  // beyond the range of doubles from what lies below its smallest, which is zero.
  bool real(double near, string_view part, error_code& ec) {
    text_.append(part.data(), part.size());
    double value = 0;
    const auto error = std::from_chars(text_.data(), text_.data() + text_.size(), value).ec;
    const bool tiny = error == std::errc::result_out_of_range && std::fabs(near) < 1;
    if (tiny) value = std::copysign(0.0, near);
    if ((error != std::errc{} && !tiny) || !std::isfinite(value)) {
      problem = "the number is too large";
      return stop(ec);
    }
    text_.clear();
    return add(value);
  }
  static bool stop(error_code& ec) {
    ec = boost::json::error::syntax;
    return false;
  }
  bool is_duplicate(Frame& frame) {
    const auto& members = *frame.container.if_object();
    if (members.size() < kFewMembers) {
      return std::any_of(members.begin(), members.end(), [&](const auto& member) { return member.first == text_; });
    }
    if (!frame.seen) {
      frame.seen = std::make_unique<std::unordered_set<std::string>>();
      for (const auto& [key, value] : members) frame.seen->insert(key);
    }
    return !frame.seen->insert(text_).second;
  }
  bool open(Value container) {
    frames_.push_back({std::move(container)});
    return true;
  }
  bool close() {
    Value done = std::move(frames_.back().container);
    frames_.pop_back();
    return add(std::move(done));
  }
  // (Inlined, g++ 12 takes the alternatives that a value does not hold for uninitialized ones.)
  [[gnu::noinline]] bool add(Value value) {
    if (frames_.empty()) {
      root = std::move(value);
      return true;
    }
    auto& frame = frames_.back();
    if (auto* array = frame.container.if_array()) {
      array->push_back(std::move(value));
    } else {
      frame.container.if_object()->back().second = std::move(value);
    }
    return true;
  }

  std::vector<Frame> frames_;
  std::string text_;
};

std::string place(std::string_view text, std::size_t offset) {
  std::size_t line = 1;
  std::size_t column = 1;
  for (std::size_t i = 0; i < offset && i < text.size(); ++i) {
    ++column;
    if (text[i] == '\n') {
      ++line;
      column = 1;
    }
  }
  return fmt::format("line {}, column {}", line, column);
}

}  // namespace

Result<Value> parse(std::string_view text, const Limits& limits) {
  if (text.size() > limits.max_bytes) {
    return Error{ErrorCode::TooLarge, fmt::format("{} bytes; at most {} are accepted", text.size(), limits.max_bytes)};
  }
  boost::json::parse_options options;
  options.max_depth = limits.max_depth;
  boost::json::basic_parser<Handler> parser(options);
  error_code ec;
  const auto used = parser.write_some(false, text.data(), text.size(), ec);
  if (!ec && used < text.size()) {
    return Error{ErrorCode::Malformed, fmt::format("{}: there is more after the end of the value", place(text, used))};
  }
  if (!ec && !parser.done()) ec = boost::json::error::incomplete;
  auto& handler = parser.handler();
  if (ec == boost::json::error::too_deep) {
    return Error{ErrorCode::TooLarge,
                 fmt::format("{}: nested more than {} levels deep", place(text, used), limits.max_depth)};
  }
  if (ec) {
    return Error{ErrorCode::Malformed,
                 fmt::format("{}: {}", place(text, used), handler.problem.empty() ? ec.message() : handler.problem)};
  }
  return std::move(*handler.root);
}

}  // namespace lictor::json
