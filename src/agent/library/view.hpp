// What products see of an agent, ready to be copied out.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "agent/core/snapshot.hpp"
#include "lictor/agent.h"

namespace lictor::agent {

struct TagRow {
  std::string tag;
  lictor_tag_state state = LICTOR_TAG_WAITING;
  Count count = 0;
  friend bool operator==(const TagRow&, const TagRow&) = default;
};

inline constexpr std::size_t kTexts = 6;  // of lictor_text

struct View {
  lictor_status status{};
  std::vector<TagRow> tags;  // sorted
  std::array<std::string, kTexts> texts;

  // nullptr: not requested.
  [[nodiscard]] const TagRow* find(std::string_view tag) const;
};
bool same(const View& one, const View& other);

// `requested` is what the product asked for, sorted by tag; states come from the snapshot.
View make_view(const Snapshot& snapshot, const std::vector<UsageItem>& requested);

}  // namespace lictor::agent
