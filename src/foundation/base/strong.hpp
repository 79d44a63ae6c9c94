// Integers that must not be mixed: each id type is its own. Values stay below 2^53 (DECISIONS 3).
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace lictor {

template <class Tag>
struct StrongInt {
  std::int64_t value = 0;
  constexpr StrongInt() = default;
  constexpr explicit StrongInt(std::int64_t v) : value(v) {}
  friend constexpr auto operator<=>(StrongInt, StrongInt) = default;
};

}  // namespace lictor

template <class Tag>
struct std::hash<lictor::StrongInt<Tag>> {
  std::size_t operator()(lictor::StrongInt<Tag> id) const noexcept { return std::hash<std::int64_t>{}(id.value); }
};
