// Typed access to the members of a mapping that notes every problem at its place and goes on, so that an author sees
// all mistakes of a file at once. Used by the loader only.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/document.hpp"

namespace lictor::catalog {

class Problems {
 public:
  void add(const SourcePosition& at, std::string_view message);
  [[nodiscard]] bool empty() const { return found_.empty(); }
  // InvalidArgument, one problem a line: by file as they were first named here, then by place. Requires !empty().
  [[nodiscard]] Error error() const;

 private:
  struct Problem {
    SourcePosition at;
    std::string message;
  };
  std::vector<Problem> found_;
};

// One mapping of a file; `what` names it in messages ("a model"). Unknown members are problems.
class Fields {
 public:
  Fields(const Document& node, std::string_view what, std::initializer_list<std::string_view> members,
         Problems& problems);

  // The member as text, "" when it is absent, has another kind, or (noted) does not hold 1 to `most` characters without
  // control characters.
  std::string required_text(std::string_view key, std::size_t most);
  std::string optional_text(std::string_view key, std::size_t most);
  bool optional_flag(std::string_view key);
  // The items of a list with at least one item; nullptr when there is none.
  const std::vector<Document>* required_list(std::string_view key);
  const std::vector<Document>* optional_list(std::string_view key);

  // Where the member stands, or the mapping when it is absent.
  [[nodiscard]] const SourcePosition& at(std::string_view key) const;
  [[nodiscard]] const Document* find(std::string_view key) const;

 private:
  const Document* require(std::string_view key);
  const std::vector<Document>* list(std::string_view key, const Document* member);

  const Document& node_;
  std::string_view what_;
  Problems& problems_;
};

// A scalar as text. YAML reads some unquoted scalars as numbers, dates or truth values: those must be in quotes.
std::optional<std::string> text_of(const Document& node, std::string_view key, std::size_t most, Problems& problems);

}  // namespace lictor::catalog
