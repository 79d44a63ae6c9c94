#include "foundation/os/system.hpp"

#include <sys/random.h>

#include <cerrno>
#include <cstdlib>

namespace lictor::os {

WallTime SystemClock::wall() const {
  return WallTime{std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch())};
}

SteadyTime SystemClock::steady() const {
  return SteadyTime{std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch())};
}

void SystemEntropy::fill(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    const auto got = getrandom(out.data(), out.size(), 0);
    if (got < 0) {
      if (errno == EINTR) continue;
      std::abort();  // a kernel without chance: nothing may go on
    }
    out = out.subspan(static_cast<std::size_t>(got));
  }
}

}  // namespace lictor::os
