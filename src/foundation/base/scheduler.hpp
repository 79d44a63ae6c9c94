// Work to be done later on the one thread that owns the caller's state. Implementations: foundation/os (event loop),
// tests/support and simulation (virtual time).
#pragma once

#include <cstdint>
#include <functional>

#include "foundation/base/time.hpp"

namespace lictor {

class Scheduler {
 public:
  using TimerId = std::uint64_t;  // 0 is no timer
  virtual ~Scheduler() = default;
  // Runs `task` on the owner's thread as soon as possible, never inside this call. Callable from any thread.
  virtual void post(std::function<void()> task) = 0;
  // Runs `task` once at `when` or later. From the owner's thread only.
  virtual TimerId call_at(SteadyTime when, std::function<void()> task) = 0;
  // No effect if it ran already. From the owner's thread only.
  virtual void cancel(TimerId id) = 0;
};

}  // namespace lictor
