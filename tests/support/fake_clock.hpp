// A clock that stands still until the test moves it. One thread moves it; any may look.
#pragma once

#include <atomic>

#include "foundation/base/time.hpp"

namespace lictor::test {

class FakeClock final : public Clock {
 public:
  explicit FakeClock(WallTime wall = wall_from_ms(1'764'000'000'000), SteadyTime steady = SteadyTime{hours(1)})
      : wall_(wall), steady_(steady) {}
  [[nodiscard]] WallTime wall() const override { return wall_; }
  [[nodiscard]] SteadyTime steady() const override { return steady_; }

  // Both, as time passes.
  void advance(Duration by) {
    wall_ = wall_.load() + by;
    steady_ = steady_.load() + by;
  }
  // The wall clock alone, as an operator or NTP sets it.
  void set_wall(WallTime wall) { wall_ = wall; }
  void set_steady(SteadyTime steady) { steady_ = steady; }

 private:
  std::atomic<WallTime> wall_;
  std::atomic<SteadyTime> steady_;
};

}  // namespace lictor::test
