// Virtual time: tasks run when the test says so, timers as the test moves the clock. One thread.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <utility>

#include "foundation/base/scheduler.hpp"
#include "support/fake_clock.hpp"

namespace lictor::test {

class FakeScheduler final : public Scheduler {
 public:
  // `clock` must outlive it; run_for() and run_to_next_timer() move it.
  explicit FakeScheduler(FakeClock& clock) : clock_(clock) {}

  void post(std::function<void()> task) override { ready_.push_back(std::move(task)); }
  TimerId call_at(SteadyTime when, std::function<void()> task) override {
    const TimerId id = ++last_id_;
    timers_.emplace(std::pair(when, id), std::move(task));
    return id;
  }
  void cancel(TimerId id) override {
    for (auto timer = timers_.begin(); timer != timers_.end(); ++timer) {
      if (timer->first.second != id) continue;
      timers_.erase(timer);
      return;
    }
  }

  [[nodiscard]] std::optional<SteadyTime> next_timer() const {
    if (timers_.empty()) return std::nullopt;
    return timers_.begin()->first.first;
  }
  [[nodiscard]] bool idle() const { return ready_.empty(); }

  // Runs what is posted and the timers that are due, and what these post, without moving the clock.
  void run_ready() {
    for (int n = 0; !ready_.empty() || (next_timer() && *next_timer() <= clock_.steady()); ++n) {
      if (n == kMaxTasks) throw std::runtime_error("the tasks of this moment do not come to an end");
      std::function<void()> task;
      if (!ready_.empty()) {
        task = std::move(ready_.front());
        ready_.pop_front();
      } else {
        task = std::move(timers_.extract(timers_.begin()).mapped());
      }
      task();
    }
  }
  // Moves the clock timer by timer until `by` has passed.
  void run_for(Duration by) {
    const auto end = clock_.steady() + by;
    run_ready();
    while (next_timer() && *next_timer() <= end) {
      clock_.advance(*next_timer() - clock_.steady());
      run_ready();
    }
    clock_.advance(end - clock_.steady());
  }
  // False: there is no timer.
  bool run_to_next_timer() {
    run_ready();
    if (!next_timer()) return false;
    clock_.advance(*next_timer() - clock_.steady());
    run_ready();
    return true;
  }

 private:
  static constexpr int kMaxTasks = 100'000;
  FakeClock& clock_;
  std::deque<std::function<void()>> ready_;
  std::map<std::pair<SteadyTime, TimerId>, std::function<void()>> timers_;  // in time, then in order of setting
  TimerId last_id_ = 0;
};

}  // namespace lictor::test
