// The thread that drives a Writer: drains when commands wait, applies due effects when their time comes.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "foundation/base/time.hpp"
#include "server/storage/writer.hpp"

namespace lictor::storage {

class WriterThread {
 public:
  // Starts at once. `writer` and `clock` must outlive it. `ended` runs once, on the thread, when the writer has ended
  // by itself: a commit failed, and the program should come to its end.
  WriterThread(Writer& writer, const Clock& clock, std::function<void()> ended = {});
  // As stop().
  ~WriterThread();
  WriterThread(const WriterThread&) = delete;
  WriterThread& operator=(const WriterThread&) = delete;

  // Closes the writer, lets it finish what waits, joins. From any thread but its own; harmless when repeated.
  void stop();
  // Looks at the clock again: after a lab clock was stepped. Any thread.
  void wake();
  // For a lab clock. Any thread: the next due time as last seen, and whether all that was due by `now` has been applied
  // and nothing waits.
  [[nodiscard]] std::optional<WallTime> next_due() const;
  [[nodiscard]] bool settled(WallTime now) const;

 private:
  void run();
  void gather(std::size_t last);
  // Waits until there is something to do or `next_due` has come.
  void wait(std::optional<WallTime> next_due);

  Writer& writer_;
  const Clock& clock_;
  std::function<void()> ended_;
  std::mutex mutex_;
  std::condition_variable changed_;
  static constexpr std::int64_t kNothingDue = INT64_MAX;
  std::atomic<std::int64_t> next_due_ms_{0};  // 0: not known yet
  std::atomic<bool> resting_{false};          // waits with nothing to do
  bool woken_ = false;
  bool stopping_ = false;
  std::jthread thread_;  // last: it uses all the others
};

}  // namespace lictor::storage
