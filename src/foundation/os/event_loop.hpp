// One event loop on one thread, over Boost.Asio (which does not show here). Timers follow an injected clock: with the
// real clock (or a lab clock that runs) they fire by themselves; with a stepped clock run_due() fires them.
#pragma once

#include <memory>
#include <optional>

#include "foundation/base/scheduler.hpp"

namespace lictor::os {

class EventLoop final : public Scheduler {
 public:
  enum class Timers { Running, Stepped };
  // `clock` must outlive the loop.
  explicit EventLoop(const Clock& clock, Timers timers = Timers::Running);
  ~EventLoop() override;

  // Until stop(). Runs everything on the calling thread.
  void run();
  void stop();  // any thread; also before run(), which then returns at once
  // Runs what can run without waiting; returns whether anything ran (tests, shutting down).
  bool poll();

  void post(std::function<void()> task) override;
  TimerId call_at(SteadyTime when, std::function<void()> task) override;
  void cancel(TimerId id) override;

  [[nodiscard]] std::optional<SteadyTime> next_timer() const;
  // Runs all timers that are due by the clock, those included that they set for no later than now.
  void run_due();
  void set_timers(Timers timers);

  // For other files of this room.
  struct Native;
  [[nodiscard]] Native& native() { return *native_; }

 private:
  std::unique_ptr<Native> native_;
};

// On SIGINT and SIGTERM calls `stop` on the loop, once; SIGHUP calls `reload` (may be empty). SIGPIPE is ignored.
class Signals {
 public:
  Signals(EventLoop& loop, std::function<void()> stop, std::function<void()> reload);
  ~Signals();

 private:
  struct Native;
  std::unique_ptr<Native> native_;
};

}  // namespace lictor::os
