// The scheduler of an agent whose thread is the product's: what was posted and what is due runs when the product says
// so; a descriptor turns readable when it should. No thread, and no descriptor before somebody wants it.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "foundation/base/scheduler.hpp"

namespace lictor::agent {

class HostLoop final : public Scheduler {
 public:
  // `clock` must outlive every call but post() and signal().
  explicit HostLoop(const Clock& clock) : clock_(clock) {}
  ~HostLoop() override;
  HostLoop(const HostLoop&) = delete;
  HostLoop& operator=(const HostLoop&) = delete;

  void post(std::function<void()> task) override;
  TimerId call_at(SteadyTime when, std::function<void()> task) override;
  void cancel(TimerId id) override;

  // Readable after signal(), until the next run_due(). The owner's thread. Error: Io.
  Result<int> descriptor();
  void signal();  // any thread
  // How long nothing is due; nullopt: no timer at all. The owner's thread.
  [[nodiscard]] std::optional<Duration> idle_for() const;
  // Runs what was posted before this call and what is due now. The owner's thread.
  void run_due();

 private:
  using Key = std::pair<SteadyTime, TimerId>;  // in time, then in order of setting
  [[nodiscard]] bool has_posted() const;

  const Clock& clock_;
  mutable std::mutex mutex_;  // of what any thread may touch
  std::vector<std::function<void()>> posted_;
  bool signalled_ = false;
  int descriptor_ = -1;
  std::map<Key, std::function<void()>> timers_;
  std::map<TimerId, SteadyTime> times_;
  TimerId last_ = 0;
};

}  // namespace lictor::agent
