#include "foundation/os/event_loop.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>

#include "foundation/os/native_loop.hpp"

namespace lictor::os {

EventLoop::EventLoop(const Clock& clock, Timers timers) : native_(std::make_unique<Native>(clock, timers)) {}
EventLoop::~EventLoop() = default;

namespace {

constexpr Duration kLongestWait =
    hours(1);  // then it looks again: far deadlines do not overflow, a moved clock is seen

// Sets the one real alarm for the earliest timer. No effect while timers are stepped.
void arm(EventLoop& loop) {
  auto& native = loop.native();
  native.alarm.cancel();
  if (native.timers == EventLoop::Timers::Stepped || native.pending.empty()) return;
  const auto first = native.pending.begin()->first.first;
  const auto now = native.clock.steady();
  const auto wait = first <= now ? Duration{0} : first >= now + kLongestWait ? kLongestWait : first - now;
  native.alarm.expires_after(wait);
  native.alarm.async_wait([&loop](const boost::system::error_code& ec) {
    if (ec) return;
    loop.run_due();
    arm(loop);
  });
}

}  // namespace

void EventLoop::run() {
  auto& native = *native_;
  const auto keep = boost::asio::make_work_guard(native.context);
  native.context.restart();
  // A stop that came before is not lost in restart(); one that comes from here on ends run().
  if (!native.stopping) native.context.run();
  native.stopping = false;
}

void EventLoop::stop() {
  native_->stopping = true;
  native_->context.stop();
}

bool EventLoop::poll() {
  native_->context.restart();
  return native_->context.poll() > 0;
}

void EventLoop::post(std::function<void()> task) {
  ++native_->waiting;
  boost::asio::post(native_->context, [&native = *native_, task = std::move(task)] {
    --native.waiting;
    ++native.done;
    task();
  });
}

Scheduler::TimerId EventLoop::call_at(SteadyTime when, std::function<void()> task) {
  auto& native = *native_;
  const TimerId id = ++native.last_id;
  const auto at = native.pending.emplace(std::pair(when, id), std::move(task));
  native.times.emplace(id, when);
  if (at == native.pending.begin()) arm(*this);
  return id;
}

void EventLoop::cancel(TimerId id) {
  auto& native = *native_;
  const auto found = native.times.find(id);
  if (found == native.times.end()) return;
  native.pending.erase({found->second, id});
  native.times.erase(found);
}

std::optional<SteadyTime> EventLoop::next_timer() const {
  if (native_->pending.empty()) return std::nullopt;
  return native_->pending.begin()->first.first;
}

void EventLoop::run_due() {
  auto& native = *native_;
  while (!native.pending.empty() && native.pending.begin()->first.first <= native.clock.steady()) {
    auto first = native.pending.extract(native.pending.begin());
    native.times.erase(first.key().second);
    ++native.done;
    first.mapped()();
  }
}

void EventLoop::set_timers(Timers timers) {
  native_->timers = timers;
  arm(*this);
}

struct Signals::Native {
  Native(EventLoop& l, std::function<void()> s, std::function<void()> r)
      : loop(l), stop(std::move(s)), reload(std::move(r)), set(l.native().context, SIGINT, SIGTERM, SIGHUP) {}
  void wait() {
    set.async_wait([this](const boost::system::error_code& ec, int signal) {
      if (ec) return;
      if (signal == SIGHUP) {
        if (reload) reload();
        wait();
        return;
      }
      stop();
    });
  }
  EventLoop& loop;
  std::function<void()> stop;
  std::function<void()> reload;
  boost::asio::signal_set set;
};

Signals::Signals(EventLoop& loop, std::function<void()> stop, std::function<void()> reload)
    : native_(std::make_unique<Native>(loop, std::move(stop), std::move(reload))) {
  std::signal(SIGPIPE, SIG_IGN);
  native_->wait();
}
Signals::~Signals() = default;

}  // namespace lictor::os
