// The writer: commands wait in a bounded queue; drain() applies a batch and commits it once; then all answers go out
// (idea 5 of the design; DECISIONS 5, 19). Its thread lives in apps (writer_thread.hpp); simulation calls drain()
// itself.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>

#include "foundation/base/log.hpp"
#include "foundation/base/metrics.hpp"
#include "server/storage/store.hpp"

namespace lictor::storage {

// Admission classes, best first (PRO-6).
enum class CommandClass { DeviceRenewal, Registration, RestWrite };
inline constexpr std::size_t kCommandClasses = 3;

struct WriterSettings {
  std::size_t queue_limit = 8192;  // over all classes; each class may also be refused earlier
  std::size_t batch_limit = 256;   // commands in one commit
  int due_accounts_limit = 64;     // accounts in one commit of apply_due
};

// Runs once per command, after the commit (or the refusal), on the thread that drains. The command comes back with the
// answer it kept. Errors: what apply() returned; Busy (queue full); Unavailable (the store failed: outcome unknown, the
// writer has ended, or it was closed); DiskFull (nothing changed); Io, Corrupt (could not be read: nothing changed);
// Internal (the command or a due effect of its account broke an invariant: nothing changed).
using Completion = std::function<void(std::unique_ptr<Command>, Result<void>)>;

class Writer {
 public:
  virtual ~Writer() = default;
  // Any thread. Busy when the queue is full for this class, or when the command's account holds more places in it than
  // are free, unless it holds all of them (PRO-6). A refusal completes before this returns, on the caller's thread.
  virtual void submit(std::unique_ptr<Command> command, CommandClass command_class, Completion done) = 0;
  // Would submit take a command of this account now? For a refusal before a message costs anything: takes no lock while
  // the queue is not crowded. By the time of submit it may be otherwise. Any thread.
  [[nodiscard]] virtual bool has_room(CommandClass command_class, AccountId account) const = 0;
  // One batch: due effects of its accounts, commands in order, one commit, completions. Returns how many commands it
  // took. One thread at a time.
  virtual std::size_t drain(WallTime now) = 0;
  // Applies due effects of accounts that nobody writes to, some accounts in one commit. Returns the time of the next
  // one, which is not later than `now` when more wait. An account whose effects fail is left out until drain or
  // apply_due of a later time.
  virtual Result<std::optional<WallTime>> apply_due(WallTime now) = 0;
  // Takes no lock.
  [[nodiscard]] virtual std::size_t waiting() const = 0;
  // After a failed commit nothing is acknowledged any more (STYLE 7; design idea 5).
  [[nodiscard]] virtual bool ended() const = 0;
  // Later submits are refused with Unavailable; what waits is still drained.
  virtual void close() = 0;
  // Called on submit and close, to wake the draining thread; must not call the writer. Not called any more once this
  // has replaced it.
  virtual void set_wake(std::function<void()> wake) = 0;
};

// `store`, `effects`, `log` and `metrics` must outlive it.
std::unique_ptr<Writer> make_writer(WriteStore& store, DueEffects& effects, const WriterSettings& settings, Log& log,
                                    Metrics& metrics);

// The rows of the messages that this room logs.
std::span<const MessageRow> storage_messages();

}  // namespace lictor::storage
