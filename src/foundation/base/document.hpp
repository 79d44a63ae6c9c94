// A configuration or catalog file as a tree whose every node knows its file and line, so that errors can say where.
// Made by foundation/config (YAML); read by settings tables and licensing/catalog.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "foundation/base/result.hpp"

namespace lictor {

struct SourcePosition {
  std::string file;
  int line = 0;    // from 1; 0 = unknown
  int column = 0;  // from 1
};
std::string to_string(const SourcePosition& at);  // "file:line:column"

struct Document {
  // Defined where the type is complete: a vector of pairs of it cannot be copied before.
  Document();
  Document(const Document&);
  Document(Document&&) noexcept;
  Document& operator=(const Document&);
  Document& operator=(Document&&) noexcept;
  ~Document();

  enum class Kind { Null, Scalar, Sequence, Mapping };
  Kind kind = Kind::Null;
  std::string scalar;                                     // Kind::Scalar, as written (quotes removed)
  bool quoted = false;                                    // Kind::Scalar: was it in quotes
  std::vector<Document> items;                            // Kind::Sequence
  std::vector<std::pair<std::string, Document>> members;  // Kind::Mapping, in file order, keys unique
  SourcePosition at;

  // The member of that name, or nullptr. Only of a mapping.
  [[nodiscard]] const Document* find(std::string_view key) const;
};

// "file:line:column: message" as an Error of code InvalidArgument.
Error error_at(const SourcePosition& at, std::string_view message);

}  // namespace lictor
