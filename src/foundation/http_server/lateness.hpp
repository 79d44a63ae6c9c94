// How late an event loop comes to what has arrived. Requests wait for a busy loop in their sockets, where nobody counts
// them; a signal that goes through the same poll waits as long as they do, and tells. Internal to the room.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <chrono>

#include "foundation/base/time.hpp"

namespace lictor::http {

// All methods on the loop's thread. Costs nothing while there are no requests.
class Lateness {
 public:
  // Where the machine has no file left for it, the loop counts as never late.
  explicit Lateness(boost::asio::io_context& context);
  // What a request waits that arrives now, as far as is known; sends the next signal if none is on its way.
  Duration look();

 private:
  using Steady = std::chrono::steady_clock;
  void send();
  boost::asio::posix::stream_descriptor signal_;
  bool under_way_ = false;
  Steady::time_point sent_at_{};
  Steady::time_point arrived_at_{};
  Steady::duration last_{0};
};

}  // namespace lictor::http
