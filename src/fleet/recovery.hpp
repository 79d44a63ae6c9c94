// One device's way back after an outage, held against AUTH-8: when it may try again, and how long all its waiting may
// take together. The rule is written down here a second time, apart from the agent that follows it. Pure values.
#pragma once

#include <optional>

#include "foundation/base/time.hpp"

namespace lictor::fleet {

// AUTH-8: what lies between the end of the `failures`-th failed exchange in a row and the next attempt: exactly what a
// server named, clipped to 30 s ... 1 h; else exactly 30 s, then min(30 * 2^n, 3600) s x U(0.8, 1).
struct BackOff {
  Duration least{};
  Duration most{};
};
BackOff back_off(int failures, Duration named);

class Recovery {
 public:
  // `failures`: exchanges in a row that failed before the network came back. It tries at once.
  Recovery(SteadyTime now, int failures) : since_(now), due_{now, now}, failures_(failures) {}
  void sent(SteadyTime now);
  // The exchange ended without an authorization. `retry_after` 0: nothing was named.
  void failed(SteadyTime now, Duration retry_after);
  void authorized(SteadyTime now);

  [[nodiscard]] int retries() const { return retries_; }                          // after the first attempt
  [[nodiscard]] int early() const { return early_; }                              // sooner than AUTH-8 allows
  [[nodiscard]] Duration took() const { return until_ - since_; }                 // until it was authorized
  [[nodiscard]] Duration allowed() const { return allowed_; }                     // to wait, all retries together
  [[nodiscard]] Duration waited() const { return took() - exchanging_ - late_; }  // by its own timers
  // It waited for more than what AUTH-8 names after each of its failures.
  [[nodiscard]] bool beyond() const { return waited() > allowed_; }

 private:
  struct Window {
    SteadyTime least;
    SteadyTime most;
  };
  void settle(SteadyTime now);
  SteadyTime since_;
  SteadyTime until_{};
  std::optional<SteadyTime> sent_at_;
  Window due_;
  int failures_;
  int attempts_ = 0;
  int retries_ = 0;
  int early_ = 0;
  Duration allowed_{0};
  Duration exchanging_{0};  // with the manager, waiting for a connection included
  Duration late_{0};        // this program came to it later than its timer said
};

}  // namespace lictor::fleet
