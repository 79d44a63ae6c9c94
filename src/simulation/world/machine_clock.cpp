#include "simulation/world/machine_clock.hpp"

namespace lictor::simulation {
namespace {
constexpr std::int64_t kMillion = 1'000'000;
constexpr SteadyTime kSteadyBegin{Duration{1000}};
}  // namespace

Duration MachineClock::gained(WallTime since) const {
  return Duration{(timeline_.now() - since).count() * drift_ / kMillion};
}

WallTime MachineClock::wall() const {
  return timeline_.now() + offset_ + gained(drift_since_);
}

SteadyTime MachineClock::steady() const {
  return kSteadyBegin + steady_at_drift_ + (timeline_.now() - drift_since_) + gained(drift_since_);
}

WallTime MachineClock::when(SteadyTime steady) const {
  const auto rest = steady - this->steady();
  if (rest <= Duration{0}) return timeline_.now();
  auto at = timeline_.now() + Duration{rest.count() * kMillion / (kMillion + drift_)};
  return at + Duration{1};  // never before it
}

void MachineClock::boot() {
  offset_ += gained(drift_since_);
  drift_since_ = timeline_.now();
  steady_at_drift_ = Duration{0};
}

void MachineClock::put_right() {
  offset_ = -gained(drift_since_);
}

void MachineClock::set_drift(std::int64_t parts) {
  const auto gain = gained(drift_since_);
  offset_ += gain;
  steady_at_drift_ += (timeline_.now() - drift_since_) + gain;
  drift_since_ = timeline_.now();
  drift_ = parts;
}

void MachineScheduler::post(std::function<void()> task) {
  run_at(timeline_.now(), std::move(task));
}

Scheduler::TimerId MachineScheduler::call_at(SteadyTime when, std::function<void()> task) {
  next_at_ = when;
  next_ = run_at(clock_.when(when), [this, task = std::move(task)] {
    next_ = 0;
    task();
  });
  return next_;
}

void MachineScheduler::cancel(TimerId id) {
  timeline_.cancel(id);
  if (id == next_) next_ = 0;
}

Scheduler::TimerId MachineScheduler::run_at(WallTime when, std::function<void()> task) {
  return timeline_.at(when, [this, alive = alive_, task = std::move(task)] {
    if (*alive) around_(task);
  });
}

}  // namespace lictor::simulation
