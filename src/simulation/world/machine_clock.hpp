// The clocks of one simulated machine, and its scheduler: what they say of the world's time.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "foundation/base/scheduler.hpp"
#include "simulation/world/timeline.hpp"

namespace lictor::simulation {

class MachineClock final : public Clock {
 public:
  explicit MachineClock(const Timeline& timeline) : timeline_(timeline) {}
  [[nodiscard]] WallTime wall() const override;
  [[nodiscard]] SteadyTime steady() const override;
  // When the steady clock will show it.
  [[nodiscard]] WallTime when(SteadyTime steady) const;

  void boot();  // the steady clock begins anew
  void step(Duration by) { offset_ += by; }
  void put_right();
  // Parts in a million that both clocks run fast.
  void set_drift(std::int64_t parts);
  [[nodiscard]] Duration error() const { return wall() - timeline_.now(); }

 private:
  [[nodiscard]] Duration gained(WallTime since) const;
  const Timeline& timeline_;
  Duration offset_{0};
  std::int64_t drift_ = 0;
  WallTime drift_since_{};
  Duration steady_at_drift_{0};
};

// Work of one run of a machine. What waits is dropped with it.
class MachineScheduler final : public Scheduler {
 public:
  // `around` runs each task: it may look at things afterwards.
  using Around = std::function<void(const std::function<void()>& task)>;
  MachineScheduler(Timeline& timeline, const MachineClock& clock, Around around)
      : timeline_(timeline), clock_(clock), around_(std::move(around)) {}
  ~MachineScheduler() override { *alive_ = false; }
  MachineScheduler(const MachineScheduler&) = delete;
  MachineScheduler& operator=(const MachineScheduler&) = delete;

  void post(std::function<void()> task) override;
  TimerId call_at(SteadyTime when, std::function<void()> task) override;
  void cancel(TimerId id) override;
  // When the last timer that was set and not cancelled is due.
  [[nodiscard]] std::optional<SteadyTime> next_call() const {
    return next_ == 0 ? std::nullopt : std::optional(next_at_);
  }

 private:
  TimerId run_at(WallTime when, std::function<void()> task);
  Timeline& timeline_;
  const MachineClock& clock_;
  Around around_;
  TimerId next_ = 0;
  SteadyTime next_at_{};
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace lictor::simulation
