#include "lab/members.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "foundation/base/settings.hpp"

namespace lictor::lab {

void Problems::add(const SourcePosition& at, std::string_view message) {
  lines_ += fmt::format("{}{}: {}", lines_.empty() ? "" : "\n", to_string(at), message);
}

Result<void> Problems::result() const {
  if (lines_.empty()) return {};
  return Error{ErrorCode::InvalidArgument, lines_};
}

Members::Members(const Document& node, std::string_view what, std::initializer_list<std::string_view> known,
                 Problems& problems)
    : node_(node), what_(what), problems_(problems) {
  if (node.kind != Document::Kind::Mapping) {
    problems_.add(node.at, fmt::format("{} is a mapping with {}", what, fmt::join(known, ", ")));
    return;
  }
  for (const auto& [key, member] : node.members) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    problems_.add(member.at, fmt::format("{} has no \"{}\"; it has {}", what, key, fmt::join(known, ", ")));
  }
}

const Document* Members::find(std::string_view key) const {
  const auto* member = node_.find(key);
  return member == nullptr || member->kind == Document::Kind::Null ? nullptr : member;
}

const SourcePosition& Members::at(std::string_view key) const {
  const auto* member = node_.find(key);
  return member == nullptr ? node_.at : member->at;
}

const Document* Members::require(std::string_view key) {
  const auto* member = find(key);
  if (member == nullptr && node_.kind == Document::Kind::Mapping) {
    problems_.add(at(key), fmt::format("{} needs \"{}\"", what_, key));
  }
  return member;
}

std::optional<std::string> Members::scalar(std::string_view key, const Document& node) {
  const bool good = node.kind == Document::Kind::Scalar && !node.scalar.empty() &&
                    std::none_of(node.scalar.begin(), node.scalar.end(), [](unsigned char c) { return c < ' '; });
  if (good) return node.scalar;
  problems_.add(node.at, fmt::format("\"{}\" of {} is one line of text", key, what_));
  return std::nullopt;
}

std::string Members::text(std::string_view key) {
  const auto* member = require(key);
  return member == nullptr ? std::string() : scalar(key, *member).value_or("");
}

std::string Members::text_or(std::string_view key, std::string_view otherwise) {
  const auto* member = find(key);
  return member == nullptr ? std::string(otherwise) : scalar(key, *member).value_or("");
}

std::optional<std::int64_t> Members::optional_integer(std::string_view key, std::int64_t low, std::int64_t high) {
  const auto* member = find(key);
  if (member == nullptr) return std::nullopt;
  const auto& text = member->scalar;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = member->kind == Document::Kind::Scalar && !member->quoted && error == std::errc{} &&
                     end == text.data() + text.size();
  if (whole && number >= low && number <= high) return number;
  problems_.add(member->at, fmt::format("\"{}\" of {} is a whole number from {} to {}", key, what_, low, high));
  return std::nullopt;
}

std::int64_t Members::integer(std::string_view key, std::int64_t low, std::int64_t high) {
  return require(key) == nullptr ? low : optional_integer(key, low, high).value_or(low);
}

bool Members::flag_or(std::string_view key, bool otherwise) {
  const auto* member = find(key);
  if (member == nullptr) return otherwise;
  const bool plain = member->kind == Document::Kind::Scalar && !member->quoted;
  if (plain && (member->scalar == "true" || member->scalar == "false")) return member->scalar == "true";
  problems_.add(member->at, fmt::format("\"{}\" of {} is true or false", key, what_));
  return otherwise;
}

Duration Members::duration_or(std::string_view key, Duration otherwise) {
  const auto* member = find(key);
  if (member == nullptr) return otherwise;
  auto duration = parse_duration(member->kind == Document::Kind::Scalar ? member->scalar : "");
  if (duration && *duration >= Duration{0}) return *duration;
  problems_.add(member->at, fmt::format("\"{}\" of {} is a time such as 30s, 15m, 2h, 3d", key, what_));
  return otherwise;
}

std::vector<std::string> Members::texts_or_none(std::string_view key) {
  const auto* member = find(key);
  if (member == nullptr) return {};
  std::vector<std::string> found;
  const auto add = [&](const Document& item) {
    if (auto text = scalar(key, item)) found.push_back(std::move(*text));
  };
  if (member->kind != Document::Kind::Sequence) {
    add(*member);
  } else {
    for (const auto& item : member->items) add(item);
  }
  return found;
}

std::vector<std::string> Members::texts(std::string_view key) {
  const auto* member = require(key);
  if (member == nullptr) return {};
  if (member->kind == Document::Kind::Sequence && member->items.empty()) {
    problems_.add(member->at, fmt::format("\"{}\" of {} is a list of at least one", key, what_));
  }
  return texts_or_none(key);
}

std::size_t Members::choice(std::string_view key, std::initializer_list<std::string_view> choices) {
  const auto* member = find(key);
  if (member == nullptr) return 0;
  const auto found = std::find(choices.begin(), choices.end(), member->scalar);
  if (member->kind == Document::Kind::Scalar && found != choices.end()) {
    return static_cast<std::size_t>(found - choices.begin());
  }
  problems_.add(member->at, fmt::format("\"{}\" of {} is one of {}", key, what_, fmt::join(choices, ", ")));
  return 0;
}

void Members::each_if_any(std::string_view key, const std::function<void(const Document&)>& visit) {
  const auto* member = find(key);
  if (member == nullptr) return;
  if (member->kind != Document::Kind::Sequence || member->items.empty()) {
    return problems_.add(member->at, fmt::format("\"{}\" of {} is a list of at least one", key, what_));
  }
  for (const auto& item : member->items) visit(item);
}

void Members::each(std::string_view key, const std::function<void(const Document&)>& visit) {
  if (require(key) != nullptr) each_if_any(key, visit);
}

}  // namespace lictor::lab
