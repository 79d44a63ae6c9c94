// How much of a long loop a run goes through: each step of it, or with LICTOR_TEST_EVERY=N in the environment only
// every N-th. For runs where each instruction costs many, as under valgrind.
#pragma once

#include <cstdlib>
#include <string>

namespace lictor::test {

inline std::size_t every() {
  const char* text = std::getenv("LICTOR_TEST_EVERY");
  return text == nullptr ? 1 : static_cast<std::size_t>(std::stoul(text));
}

}  // namespace lictor::test
