// How the two table files write their rows.
#pragma once

#include <array>

#include "agent/core/transitions.hpp"

namespace lictor::agent {

template <Action... A>
inline constexpr std::array<Action, sizeof...(A)> kDo{A...};

}  // namespace lictor::agent
