// Inside of EventLoop, for the files of this room that add descriptors to it.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <optional>

#include "foundation/os/event_loop.hpp"

namespace lictor::os {

struct EventLoop::Native {
  Native(const Clock& c, Timers t) : clock(c), timers(t), alarm(context) {}

  const Clock& clock;
  Timers timers;
  boost::asio::io_context context{1};
  std::multimap<std::pair<SteadyTime, TimerId>, std::function<void()>> pending;  // in time, then in order of setting
  std::map<TimerId, SteadyTime> times;
  TimerId last_id = 0;
  boost::asio::steady_timer alarm;
  std::atomic<bool> stopping{false};
  std::atomic<std::int64_t> waiting{0};  // posted, not yet run
  std::int64_t done = 0;                 // tasks and timers run; the loop's thread
};

}  // namespace lictor::os
