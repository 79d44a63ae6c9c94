// Typed access to one mapping of a story that notes every problem at its place and goes on. Internal to the room.
#pragma once

#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/document.hpp"
#include "foundation/base/time.hpp"

namespace lictor::lab {

class Problems {
 public:
  void add(const SourcePosition& at, std::string_view message);
  // The first `Error` of all, or nothing.
  [[nodiscard]] Result<void> result() const;

 private:
  std::string lines_;
};

class Members {
 public:
  // `what` names the mapping in messages: "a device". No mapping, and unknown members, are problems.
  Members(const Document& node, std::string_view what, std::initializer_list<std::string_view> known,
          Problems& problems);

  std::string text(std::string_view key);  // must be there
  std::string text_or(std::string_view key, std::string_view otherwise);
  std::int64_t integer(std::string_view key, std::int64_t low, std::int64_t high);  // must be there
  std::optional<std::int64_t> optional_integer(std::string_view key, std::int64_t low, std::int64_t high);
  bool flag_or(std::string_view key, bool otherwise);
  Duration duration_or(std::string_view key, Duration otherwise);
  // A list of texts, or one text. "" when it must be there and is not.
  std::vector<std::string> texts(std::string_view key);
  std::vector<std::string> texts_or_none(std::string_view key);
  // Position in `choices`, 0 when absent.
  std::size_t choice(std::string_view key, std::initializer_list<std::string_view> choices);
  // The items of a list with at least one.
  void each(std::string_view key, const std::function<void(const Document&)>& visit);
  void each_if_any(std::string_view key, const std::function<void(const Document&)>& visit);

  [[nodiscard]] const Document* find(std::string_view key) const;
  [[nodiscard]] const SourcePosition& at(std::string_view key) const;  // of the member, or of the mapping
  Problems& problems() { return problems_; }

 private:
  const Document* require(std::string_view key);
  std::optional<std::string> scalar(std::string_view key, const Document& node);

  const Document& node_;
  std::string what_;
  Problems& problems_;
};

}  // namespace lictor::lab
