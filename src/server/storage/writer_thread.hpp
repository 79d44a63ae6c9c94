// The thread that drives a Writer: drains when commands wait, applies due effects when their time comes.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "foundation/base/time.hpp"
#include "server/storage/writer.hpp"

namespace lictor::storage {

class WriterThread {
 public:
  // Starts at once. `writer` and `clock` must outlive it.
  WriterThread(Writer& writer, const Clock& clock);
  // As stop().
  ~WriterThread();
  WriterThread(const WriterThread&) = delete;
  WriterThread& operator=(const WriterThread&) = delete;

  // Closes the writer, lets it finish what waits, joins. From any thread but its own; harmless when repeated.
  void stop();
  // Looks at the clock again: after a lab clock was stepped. Any thread.
  void wake();

 private:
  void run();
  // Waits until there is something to do or `next_due` has come.
  void wait(std::optional<WallTime> next_due);

  Writer& writer_;
  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
  bool stopping_ = false;
  std::jthread thread_;  // last: it uses all the others
};

}  // namespace lictor::storage
