// The machine's own clock and chance.
#pragma once

#include "foundation/base/entropy.hpp"
#include "foundation/base/time.hpp"

namespace lictor::os {

class SystemClock final : public Clock {
 public:
  [[nodiscard]] WallTime wall() const override;
  [[nodiscard]] SteadyTime steady() const override;
};

// getrandom(2). Any thread.
class SystemEntropy final : public Entropy {
 public:
  void fill(std::span<std::uint8_t> out) override;
};

}  // namespace lictor::os
