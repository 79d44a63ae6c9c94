// The loop of a test that owns a worker: tasks posted to it run when the test says so.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>

#include "foundation/base/scheduler.hpp"

namespace lictor::test {

class TestHome final : public Scheduler {
 public:
  void post(std::function<void()> task) override {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
    wake_.notify_all();
  }
  TimerId call_at(SteadyTime, std::function<void()>) override { return 0; }
  void cancel(TimerId) override {}
  // Runs one task; false if none came within five seconds.
  bool run_one() {
    std::unique_lock lock(mutex_);
    if (!wake_.wait_for(lock, std::chrono::seconds(5), [this] { return !tasks_.empty(); })) return false;
    auto task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task();
    return true;
  }

  // False if no task waits within five seconds; runs none.
  bool wait_for_task() {
    std::unique_lock lock(mutex_);
    return wake_.wait_for(lock, std::chrono::seconds(5), [this] { return !tasks_.empty(); });
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> tasks_;
};

}  // namespace lictor::test
