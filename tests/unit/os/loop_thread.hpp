// A loop on a thread of its own, as a daemon's is.
#pragma once

#include <atomic>
#include <functional>
#include <thread>

#include "foundation/os/event_loop.hpp"
#include "foundation/os/system.hpp"

namespace lictor::os {

class LoopThread {
 public:
  LoopThread() : thread_([this] { loop_.run(); }) {}
  ~LoopThread() {
    loop_.stop();
    thread_.join();
  }
  LoopThread(const LoopThread&) = delete;
  LoopThread& operator=(const LoopThread&) = delete;
  EventLoop& loop() { return loop_; }
  // Runs `task` on the loop and waits for it.
  void run(const std::function<void()>& task) {
    std::atomic<bool> done{false};
    loop_.post([&] {
      task();
      done = true;
    });
    while (!done) std::this_thread::yield();
  }

 private:
  SystemClock clock_;
  EventLoop loop_{clock_};
  std::thread thread_;
};

}  // namespace lictor::os
