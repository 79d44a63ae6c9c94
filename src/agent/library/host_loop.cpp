#include "agent/library/host_loop.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

namespace lictor::agent {

HostLoop::~HostLoop() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void HostLoop::post(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    posted_.push_back(std::move(task));
  }
  signal();
}

Scheduler::TimerId HostLoop::call_at(SteadyTime when, std::function<void()> task) {
  const TimerId id = ++last_;
  timers_.emplace(Key(when, id), std::move(task));
  times_.emplace(id, when);
  return id;
}

void HostLoop::cancel(TimerId id) {
  const auto found = times_.find(id);
  if (found == times_.end()) return;
  timers_.erase({found->second, id});
  times_.erase(found);
}

Result<int> HostLoop::descriptor() {
  const std::lock_guard lock(mutex_);
  if (descriptor_ < 0) {
    descriptor_ = ::eventfd(signalled_ ? 1 : 0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (descriptor_ < 0)
      return Error{ErrorCode::Io, "no descriptor for events: error " + std::to_string(errno)};  // EMFILE, ENFILE
  }
  return descriptor_;
}

void HostLoop::signal() {
  const std::lock_guard lock(mutex_);
  if (std::exchange(signalled_, true) || descriptor_ < 0) return;
  const std::uint64_t one = 1;
  // It cannot fail: the counter is 0 or 1.
  [[maybe_unused]] const auto wrote = ::write(descriptor_, &one, sizeof one);
}

bool HostLoop::has_posted() const {
  const std::lock_guard lock(mutex_);
  return !posted_.empty() || signalled_;
}

std::optional<Duration> HostLoop::idle_for() const {
  if (has_posted()) return Duration{0};
  if (timers_.empty()) return std::nullopt;
  return std::max(Duration{0}, timers_.begin()->first.first - clock_.steady());
}

void HostLoop::run_due() {
  std::vector<std::function<void()>> tasks;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(posted_);
    std::uint64_t count = 0;
    if (std::exchange(signalled_, false) && descriptor_ >= 0) {
      [[maybe_unused]] const auto got = ::read(descriptor_, &count, sizeof count);
    }
  }
  for (auto& task : tasks) task();
  // Not more than there are now: a round ends, whatever these set.
  const auto now = clock_.steady();
  for (auto left = timers_.size(); left > 0 && !timers_.empty() && timers_.begin()->first.first <= now; --left) {
    auto first = timers_.extract(timers_.begin());
    times_.erase(first.key().second);
    first.mapped()();
  }
}

}  // namespace lictor::agent
