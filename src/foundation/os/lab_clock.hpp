// The lab clock (DECISIONS 13): every process of a lab takes its time from an orchestrator, over a unix socket, in
// lines of text. The orchestrator asks each process for its next deadline, steps all to the minimum, waits until all
// are quiet, and repeats; so months pass in seconds, in real processes with real TLS.
//
//   process -> orchestrator   hello NAME PID
//   orchestrator -> process   set WALL_MS STEADY_MS    sets the clock, runs nothing; answered by: set
//   orchestrator -> process   step WALL_MS STEADY_MS   the same, and runs what is due; answered by: quiet COUNTER (when
//                                                      nothing is outstanding)
//   orchestrator -> process   deadline?                answered by: deadline STEADY_MS | deadline none
//   orchestrator -> process   quiet?                   answered by: quiet COUNTER (COUNTER grows with everything done)
//   orchestrator -> process   run                      from now on the clock runs 1:1; answered by: running
//   orchestrator -> process   halt                     stepped again; answered by: halted WALL_MS STEADY_MS
//
// The first step comes right after hello. Later ones follow a `set` that all have answered, so that what one process
// sends at the new time does not reach another at the old.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "foundation/base/time.hpp"
#include "foundation/os/event_loop.hpp"

namespace lictor::os {

// Readable from any thread.
class LabClock final : public Clock {
 public:
  [[nodiscard]] WallTime wall() const override;
  [[nodiscard]] SteadyTime steady() const override;
  void set(WallTime wall, SteadyTime steady);
  void run();   // 1:1 with real time from now on
  void halt();  // stands still at its present time
  [[nodiscard]] bool running() const;

 private:
  [[nodiscard]] Now now() const;  // under the lock
  mutable std::mutex mutex_;      // both times move together
  Now base_{};
  std::optional<std::chrono::steady_clock::time_point> running_since_;
};

// What a process must say of itself so that "quiet" is true. All are called on the loop's thread.
struct LabProbes {
  std::vector<std::function<bool()>> quiet;                           // nothing outstanding here
  std::vector<std::function<std::optional<SteadyTime>()>> deadlines;  // beside the loop's own timers
  std::vector<std::function<void()>> stepped;                         // after each step, before due timers run
};

class LabLink {
 public:
  virtual ~LabLink() = default;
  // Probes may be added as the program is put together, before the loop runs.
  virtual LabProbes& probes() = 0;
};
// Connects, says hello and waits for the first step, so that `clock` is right before anything else starts. Switches the
// loop to stepped timers. Errors: Unavailable, Timeout.
Result<std::unique_ptr<LabLink>> join_lab(EventLoop& loop, LabClock& clock, const std::string& socket_path,
                                          const std::string& name);

// The orchestrator's side; blocking, one thread.
class LabOrchestrator {
 public:
  virtual ~LabOrchestrator() = default;
  // Waits until a process of that name has joined. Errors: Timeout.
  virtual Result<void> wait_for(const std::string& name, Duration real_timeout) = 0;
  [[nodiscard]] virtual Now now() const = 0;
  // One step: to the earliest deadline of all, but not beyond `limit`; returns after all are quiet. Errors: Unavailable
  // when a process went away without leaving properly, Timeout when one does not get quiet; Conflict while time runs.
  virtual Result<void> step(WallTime limit) = 0;
  // Steps until the wall time is `until`.
  virtual Result<void> step_until(WallTime until) = 0;
  // Lets what is under way finish without moving time.
  virtual Result<void> settle() = 0;
  virtual Result<void> run() = 0;  // 1:1
  virtual Result<void> halt() = 0;
  // A process that is to end: its going away is no error.
  virtual void forget(const std::string& name) = 0;
};
Result<std::unique_ptr<LabOrchestrator>> make_lab(const std::string& socket_path, WallTime start,
                                                  Duration real_timeout);

}  // namespace lictor::os
