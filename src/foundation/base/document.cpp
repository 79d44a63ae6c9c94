#include "foundation/base/document.hpp"

#include <fmt/format.h>

namespace lictor {

Document::Document() = default;
Document::Document(const Document&) = default;
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(const Document&) = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

std::string to_string(const SourcePosition& at) {
  if (at.line == 0) return at.file;
  return fmt::format("{}:{}:{}", at.file, at.line, at.column);
}

const Document* Document::find(std::string_view key) const {
  for (const auto& [name, member] : members) {
    if (name == key) return &member;
  }
  return nullptr;
}

Error error_at(const SourcePosition& at, std::string_view message) {
  return {ErrorCode::InvalidArgument, fmt::format("{}: {}", to_string(at), message)};
}

}  // namespace lictor
