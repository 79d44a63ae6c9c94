#include "licensing/catalog/fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace lictor::catalog {

namespace {

std::string_view kind_name(Document::Kind kind) {
  switch (kind) {
    case Document::Kind::Null:
      return "nothing";
    case Document::Kind::Scalar:
      return "a single value";
    case Document::Kind::Sequence:
      return "a list";
    case Document::Kind::Mapping:
      return "a mapping";
  }
  return "?";
}

std::string lower(std::string_view text) {
  std::string lowered(text);
  for (auto& c : lowered)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lowered;
}

// Would YAML (1.1 or 1.2) take the unquoted scalar for a number, a date, a truth value or null?
bool is_other_than_text(const std::string& scalar) {
  const auto word = lower(scalar);
  for (const auto* other : {"", "~", "null", "true", "false", "yes", "no", "on", "off"})
    if (word == other) return true;
  const bool digits_only = scalar.find_first_not_of("0123456789_+-.:e") == std::string::npos;
  return digits_only && scalar.find_first_of("0123456789") != std::string::npos && std::ranges::count(scalar, '.') <= 1;
}

}  // namespace

void Problems::add(const SourcePosition& at, std::string_view message) {
  found_.push_back({at, std::string(message)});
}

Error Problems::error() const {
  std::vector<std::string_view> files;
  for (const auto& problem : found_)
    if (std::ranges::find(files, problem.at.file) == files.end()) files.push_back(problem.at.file);
  auto sorted = found_;
  std::ranges::stable_sort(sorted, {}, [&](const Problem& problem) {
    return std::tuple(std::ranges::find(files, problem.at.file) - files.begin(), problem.at.line, problem.at.column);
  });
  std::vector<std::string> lines;
  for (const auto& problem : sorted) lines.push_back(error_at(problem.at, problem.message).message);
  return {ErrorCode::InvalidArgument, fmt::format("{}", fmt::join(lines, "\n"))};
}

Fields::Fields(const Document& node, std::string_view what, std::initializer_list<std::string_view> members,
               Problems& problems)
    : node_(node), what_(what), problems_(problems) {
  if (node.kind != Document::Kind::Mapping) {
    problems_.add(node.at, fmt::format("{} is a mapping, not {}", what, kind_name(node.kind)));
    return;
  }
  for (const auto& [key, member] : node.members)
    if (std::ranges::find(members, key) == members.end())
      problems_.add(member.at, fmt::format("{} has no \"{}\"; it has {}", what, key, fmt::join(members, ", ")));
}

const Document* Fields::find(std::string_view key) const {
  return node_.kind == Document::Kind::Mapping ? node_.find(key) : nullptr;
}

const SourcePosition& Fields::at(std::string_view key) const {
  const auto* member = find(key);
  return member == nullptr ? node_.at : member->at;
}

const Document* Fields::require(std::string_view key) {
  const auto* member = find(key);
  if (member == nullptr && node_.kind == Document::Kind::Mapping)
    problems_.add(node_.at, fmt::format("{} needs \"{}\"", what_, key));
  return member;
}

std::string Fields::required_text(std::string_view key, std::size_t most) {
  const auto* member = require(key);
  return member == nullptr ? "" : text_of(*member, key, most, problems_).value_or("");
}

std::string Fields::optional_text(std::string_view key, std::size_t most) {
  const auto* member = find(key);
  return member == nullptr ? "" : text_of(*member, key, most, problems_).value_or("");
}

bool Fields::optional_flag(std::string_view key) {
  const auto* member = find(key);
  if (member == nullptr) return false;
  const bool plain = member->kind == Document::Kind::Scalar && !member->quoted;
  if (plain && member->scalar == "true") return true;
  if (!plain || member->scalar != "false") problems_.add(member->at, fmt::format("\"{}\" is true or false", key));
  return false;
}

const std::vector<Document>* Fields::list(std::string_view key, const Document* member) {
  if (member == nullptr) return nullptr;
  if (member->kind == Document::Kind::Sequence && !member->items.empty()) return &member->items;
  const bool empty = member->kind == Document::Kind::Sequence;
  problems_.add(member->at, fmt::format("\"{}\" is a list of at least one, not {}", key,
                                        empty ? "an empty one" : kind_name(member->kind)));
  return nullptr;
}

const std::vector<Document>* Fields::required_list(std::string_view key) {
  return list(key, require(key));
}
const std::vector<Document>* Fields::optional_list(std::string_view key) {
  return list(key, find(key));
}

std::optional<std::string> text_of(const Document& node, std::string_view key, std::size_t most, Problems& problems) {
  if (node.kind != Document::Kind::Scalar) {
    problems.add(node.at, fmt::format("\"{}\" is text, not {}", key, kind_name(node.kind)));
    return std::nullopt;
  }
  if (!node.quoted && is_other_than_text(node.scalar)) {
    problems.add(node.at, fmt::format("\"{}\" is text: write '{}' in quotes", key, node.scalar));
    return std::nullopt;
  }
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (node.scalar.empty() || node.scalar.size() > most || std::ranges::any_of(node.scalar, is_control)) {
    problems.add(node.at, fmt::format("\"{}\" has 1 to {} characters on one line", key, most));
    return std::nullopt;
  }
  return node.scalar;
}

}  // namespace lictor::catalog
