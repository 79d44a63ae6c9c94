#include "server/storage/writer_thread.hpp"

#include <algorithm>
#include <utility>

namespace lictor::storage {

namespace {
// Wall time may be set while the thread sleeps, so it looks again now and then.
constexpr std::chrono::milliseconds kLongestSleep{1000};
constexpr int kMostTurns = 16;
constexpr std::size_t kWholeBatch = 64;  // more would not make a commit cheaper for each
}  // namespace

WriterThread::WriterThread(Writer& writer, const Clock& clock, std::function<void()> ended)
    : writer_(writer), clock_(clock), ended_(std::move(ended)) {
  writer_.set_wake([this] { wake(); });
  thread_ = std::jthread([this] { run(); });
}

WriterThread::~WriterThread() {
  stop();
  writer_.set_wake({});
}

void WriterThread::wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
    resting_ = false;
  }
  changed_.notify_one();
}

std::optional<WallTime> WriterThread::next_due() const {
  const auto ms = next_due_ms_.load();
  if (ms == kNothingDue) return std::nullopt;
  return wall_from_ms(ms);
}

bool WriterThread::settled(WallTime now) const {
  const auto next = next_due();
  return resting_.load() && (!next || *next > now) && writer_.waiting() == 0;
}

void WriterThread::stop() {
  writer_.close();  // first: what comes in after the last drain would wait for ever
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void WriterThread::wait(std::optional<WallTime> next_due) {
  std::chrono::milliseconds sleep = kLongestSleep;
  if (next_due) sleep = std::clamp<std::chrono::milliseconds>(*next_due - clock_.wall(), Duration{0}, kLongestSleep);
  next_due_ms_ = next_due ? to_ms(*next_due) : kNothingDue;
  std::unique_lock lock(mutex_);
  resting_ = !woken_;
  changed_.wait_for(lock, sleep, [this] { return woken_ || stopping_; });
  woken_ = false;
  resting_ = false;
}

// A commit costs a sync of the disk and some 100 us of processor time however many commands it holds. So when several
// clients are about, those who are about to submit get their turn first, as long as that brings commands. A lone client
// waits for nobody, and with nobody to run a turn takes no time.
void WriterThread::gather(std::size_t last) {
  std::size_t waiting = writer_.waiting();
  if (waiting == 0 || (waiting == 1 && last <= 1)) return;
  for (int turn = 0; turn < kMostTurns && waiting < kWholeBatch; ++turn) {
    std::this_thread::yield();
    const std::size_t now = writer_.waiting();
    if (now == waiting) return;
    waiting = now;
  }
}

void WriterThread::run() {
  bool stopping = false;
  std::optional<WallTime> next_due;
  bool due_known = false;
  std::size_t last = 0;  // commands in the last commit
  while (true) {
    gather(last);
    const std::size_t taken = writer_.drain(clock_.wall());
    if (taken > 0) last = taken;
    // A commit may have brought an earlier due time.
    if (taken > 0) due_known = false;
    if (taken == 0 && stopping) return;
    const WallTime now = clock_.wall();
    if (!stopping && (!due_known || (next_due && *next_due <= now))) {
      const auto next = writer_.apply_due(now);
      // A store that cannot be read now is asked again after a while.
      next_due = next ? *next : std::optional<WallTime>(now + Duration{kLongestSleep});
      due_known = true;
    }
    if (writer_.ended() && ended_) std::exchange(ended_, nullptr)();
    if (writer_.waiting() == 0 && !stopping) wait(next_due);
    const std::lock_guard lock(mutex_);
    stopping = stopping_;
  }
}

}  // namespace lictor::storage
