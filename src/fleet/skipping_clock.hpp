// Time that nobody needs passes at once: while no request is on its way, the clock of all devices moves to their next
// timer. What they exchange with the manager takes its real time; the waiting between (AUTH-8, REG-6) takes none. Wall
// and steady time move together, so the devices run ahead of the manager by what was skipped (CLK-2 bounds it there).
#pragma once

#include <atomic>
#include <functional>

#include "foundation/os/event_loop.hpp"

namespace lictor::fleet {

class SkippingClock final : public Clock {
 public:
  // `inner` must outlive it.
  explicit SkippingClock(const Clock& inner) : inner_(inner) {}
  [[nodiscard]] WallTime wall() const override { return inner_.wall() + skipped(); }
  [[nodiscard]] SteadyTime steady() const override { return inner_.steady() + skipped(); }
  [[nodiscard]] Duration skipped() const { return Duration{skipped_.load()}; }
  void skip(Duration more) { skipped_ += more.count(); }

 private:
  const Clock& inner_;
  std::atomic<std::int64_t> skipped_{0};
};

// One owner thread: the loop's. It looks once it is told that nothing is on its way, and as long as that lasts.
class IdleSkipper {
 public:
  // All must outlive it; the loop's clock is `clock`.
  IdleSkipper(os::EventLoop& loop, SkippingClock& clock, std::function<bool()> idle)
      : loop_(loop), clock_(clock), idle_(std::move(idle)) {}
  // At most one look is posted at a time.
  void look();

 private:
  void skip_to_next();
  os::EventLoop& loop_;
  SkippingClock& clock_;
  std::function<bool()> idle_;
  bool posted_ = false;
  int looks_ = 0;  // in a row that found nothing on its way
};

}  // namespace lictor::fleet
