#include "fleet/skipping_clock.hpp"

namespace lictor::fleet {

namespace {

// Each look is posted behind what is posted already: an answer that was handed back may be about to be followed by
// something else, in a step or two.
constexpr int kLooks = 4;

}  // namespace

void IdleSkipper::look() {
  if (posted_) return;
  posted_ = true;
  loop_.post([this] {
    posted_ = false;
    if (!idle_() || !loop_.next_timer()) {
      looks_ = 0;
      return;
    }
    if (++looks_ >= kLooks) skip_to_next();
    look();
  });
}

void IdleSkipper::skip_to_next() {
  looks_ = 0;
  const auto next = loop_.next_timer();
  const auto now = clock_.steady();
  if (!next || *next <= now) return;  // due already: the loop comes to it by itself
  clock_.skip(*next - now);
  loop_.set_timers(os::EventLoop::Timers::Running);  // looks at its clock again
}

}  // namespace lictor::fleet
