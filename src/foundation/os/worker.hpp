// One thread for blocking work; results are posted back to the owner's loop.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace lictor::os {

class Worker {
 public:
  Worker();
  // Waits for the running task; tasks still queued are dropped.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  // Any thread. In order.
  void run(std::function<void()> task);
  [[nodiscard]] bool idle();

 private:
  void loop();
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> tasks_;
  bool running_ = false;
  bool stopping_ = false;
  std::thread thread_;  // last
};

}  // namespace lictor::os
