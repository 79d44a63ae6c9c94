#include "server/storage/writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>

#include "server/storage/command_queue.hpp"

namespace lictor::storage {

namespace {

constexpr MessageRow kWriterEnded{
    "STORE_WRITER_ENDED", Severity::Critical,
    "A commit failed: whether it happened is unknown, so nothing is written or acknowledged any more",
    "Look at the disk and the file system of the store, then restart the program; it recovers from its log."};
constexpr MessageRow kStoreFull{"STORE_FULL", Severity::Error, "The store has no space left: writes are refused",
                                "Free space on the store's file system; writing resumes by itself."};
constexpr MessageRow kStoreUnreadable{"STORE_READ_FAILED", Severity::Error,
                                      "The store could not be read: the commands that needed it were refused",
                                      "Look at the disk and the file system of the store."};
constexpr MessageRow kDueFailed{"STORE_DUE_FAILED", Severity::Error,
                                "An effect that time brings could not be applied: the account takes no changes",
                                "Report this with the log: it is a fault of the program."};
constexpr MessageRow kInvariantBroken{"STORE_INVARIANT_BROKEN", Severity::Error,
                                      "A change was refused because it would have broken an invariant of the store",
                                      "Report this with the log: it is a fault of the program."};
constexpr MessageRow kMessages[] = {kWriterEnded, kStoreFull, kStoreUnreadable, kDueFailed, kInvariantBroken};

// Effects that lead to effects that are due at once end: each step is an effect of its own, and this is far more than a
// day's of the largest account.
constexpr std::size_t kMaxDueEffects = 10'000'000;

struct Batched {
  WaitingCommand waiting;
  ReadKeys keys;
  Result<void> outcome;
};

struct Meters {
  MetricCounter& commits;
  MetricCounter& commands_done;
  MetricCounter& commands_failed;
  MetricCounter& commands_refused;
  MetricCounter& due_effects;
  MetricHistogram& batch_size;
  MetricGauge& queue_length;

  static MetricCounter& commands(Metrics& metrics, std::string outcome) {
    return metrics.counter("lictor_store_commands_total", "Commands by how they ended.",
                           {{"outcome", std::move(outcome)}});
  }
  explicit Meters(Metrics& metrics)
      : commits(metrics.counter("lictor_store_commits_total", "Durable commits.")),
        commands_done(commands(metrics, "done")),
        commands_failed(commands(metrics, "failed")),
        commands_refused(commands(metrics, "refused")),
        due_effects(metrics.counter("lictor_store_due_effects_total", "Effects that time brought.")),
        batch_size(metrics.histogram("lictor_store_batch_commands", "Commands in one commit.",
                                     {1, 2, 4, 8, 16, 32, 64, 128, 256, 512})),
        queue_length(metrics.gauge("lictor_store_queue_commands", "Commands that wait for the writer.")) {}
};

class GroupWriter final : public Writer {
 public:
  GroupWriter(WriteStore& store, DueEffects& effects, const WriterSettings& settings, Log& log, Metrics& metrics)
      : store_(store),
        effects_(effects),
        settings_(settings),
        log_(log),
        meters_(metrics),
        queue_(settings.queue_limit) {}

  void submit(std::unique_ptr<Command> command, CommandClass command_class, Completion done) override;
  std::size_t drain(WallTime now) override;
  Result<std::optional<WallTime>> apply_due(WallTime now) override;
  [[nodiscard]] bool has_room(CommandClass command_class, AccountId account) const override {
    if (queue_.has_plenty(waiting_)) return true;
    const std::lock_guard lock(mutex_);
    return queue_.has_room(command_class, account);
  }
  [[nodiscard]] std::size_t waiting() const override { return waiting_; }
  [[nodiscard]] bool ended() const override { return ended_; }
  void close() override;
  void set_wake(std::function<void()> wake) override {
    const std::lock_guard lock(mutex_);
    wake_ = std::move(wake);
  }

 private:
  // Under the lock, after each change of the queue.
  void note_length() {
    waiting_ = queue_.size();
    meters_.queue_length.set(static_cast<double>(waiting_));
  }
  std::vector<Batched> take_batch(WallTime now);
  // The next three leave what failed in the commands' outcomes; an error is one of the whole batch.
  Result<void> load(const std::vector<Batched>& batch, WallTime now, Rows& rows);
  void apply_effects(std::vector<Batched>& batch, WallTime now, Rows& rows);
  void apply_commands(std::vector<Batched>& batch, WallTime now, Rows& rows);
  // Applies what is due in one account; undoes all of it on an error.
  Result<void> apply_effects_of(AccountId account, WallTime now, Rows& rows);
  Result<void> commit(const Rows& rows);
  void complete(std::vector<Batched>& batch);
  Error end(const Error& error);

  WriteStore& store_;
  DueEffects& effects_;
  const WriterSettings settings_;
  Log& log_;
  Meters meters_;
  std::atomic<bool> ended_ = false;
  std::atomic<std::size_t> waiting_ = 0;  // as the queue's, for those who only want to know
  // Accounts whose effects failed, and when: apply_due lets them rest until time has moved.
  std::map<AccountId, WallTime> resting_;

  mutable std::mutex mutex_;  // guards what follows
  CommandQueue queue_;
  bool closed_ = false;
  std::function<void()> wake_;
};

Error gone() {
  return Error{ErrorCode::Unavailable, "the store takes no changes: its writer has ended"};
}

void GroupWriter::submit(std::unique_ptr<Command> command, CommandClass command_class, Completion done) {
  std::optional<Error> refusal;
  const AccountId account = command->account();
  {
    const std::lock_guard lock(mutex_);
    if (closed_ || ended_) {
      refusal = gone();
    } else if (!queue_.has_room(command_class, account)) {
      refusal = Error{ErrorCode::Busy, "too many changes wait to be written; try again later"};
    } else {
      queue_.push(command_class, {account, std::move(command), std::move(done)});
      note_length();
      if (wake_) wake_();
      return;
    }
  }
  meters_.commands_refused.add(1);
  done(std::move(command), *std::move(refusal));
}

void GroupWriter::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  if (wake_) wake_();
}

std::vector<Batched> GroupWriter::take_batch(WallTime now) {
  std::vector<WaitingCommand> late, taken;
  {
    const std::lock_guard lock(mutex_);
    late = queue_.drop_late(now, settings_.longest_wait);
    taken = queue_.take(settings_.batch_limit);
    note_length();
  }
  meters_.commands_refused.add(static_cast<double>(late.size()));
  for (auto& waiting : late)
    waiting.done(std::move(waiting.command),
                 Error{ErrorCode::Busy, "the change waited too long to be written; try again later"});
  std::vector<Batched> batch;
  batch.reserve(taken.size());
  for (auto& waiting : taken) {
    ReadKeys keys = waiting.command->keys();
    batch.push_back({std::move(waiting), std::move(keys), {}});
  }
  return batch;
}

std::size_t GroupWriter::drain(WallTime now) {
  auto batch = take_batch(now);
  if (batch.empty()) return 0;
  Result<void> whole;
  if (ended_) {
    whole = gone();
  } else {
    Rows rows;
    whole = load(batch, now, rows);
    if (whole) {
      apply_effects(batch, now, rows);
      apply_commands(batch, now, rows);
      meters_.batch_size.observe(static_cast<double>(batch.size()));
      whole = commit(rows);
    }
  }
  if (!whole) {
    for (auto& batched : batch) batched.outcome = whole;
  }
  complete(batch);
  return batch.size();
}

Result<void> GroupWriter::load(const std::vector<Batched>& batch, WallTime now, Rows& rows) {
  for (const auto& batched : batch) {
    auto loaded = store_.load(batched.keys, now, rows);
    if (loaded) continue;
    store_.abandon();
    log_.write(kStoreUnreadable, {{"error", loaded.error().message}});
    return loaded;
  }
  return {};
}

Result<void> GroupWriter::apply_effects_of(AccountId account, WallTime now, Rows& rows) {
  rows.mark();
  Result<void> applied;
  std::size_t count = 0;
  for (auto due = rows.dues_until(account, now); applied && !due.empty(); due = rows.dues_until(account, now)) {
    for (const auto& effect : due) {
      const auto* current = rows.dues.find(key_of(effect));
      if (current == nullptr || *current != effect) continue;  // an earlier effect took or moved it
      if (auto loaded = store_.load(effects_.keys(effect), now, rows); !loaded) {
        // The disk's fault: as with the rows of a command.
        rows.roll_back_to_mark();
        resting_[account] = now;
        log_.write(kStoreUnreadable, {{"error", loaded.error().message}});
        return loaded.error().with_context("an effect that time brings");
      }
      applied = effects_.apply(effect, rows, now);
      current = rows.dues.find(key_of(effect));
      if (applied && ((current != nullptr && *current == effect) || ++count > kMaxDueEffects)) {
        applied = Error{ErrorCode::Internal, "an effect that time brings did not move on"};
      }
      if (!applied) break;
    }
  }
  if (applied) applied = rows.check_since_mark();
  if (applied) {
    resting_.erase(account);
    meters_.due_effects.add(static_cast<double>(count));
    return {};
  }
  rows.roll_back_to_mark();
  resting_[account] = now;
  log_.write(kDueFailed, {{"account", std::to_string(account.value)}, {"error", applied.error().message}});
  return Error{ErrorCode::Internal, applied.error().message}.with_context("an effect that time brings failed");
}

void GroupWriter::apply_effects(std::vector<Batched>& batch, WallTime now, Rows& rows) {
  std::map<AccountId, Result<void>> results;
  for (auto& batched : batch) {
    const AccountId account = batched.keys.account;
    auto at = results.find(account);
    if (at == results.end()) at = results.emplace(account, apply_effects_of(account, now, rows)).first;
    batched.outcome = at->second;
  }
}

void GroupWriter::apply_commands(std::vector<Batched>& batch, WallTime now, Rows& rows) {
  for (auto& batched : batch) {
    if (!batched.outcome) continue;
    rows.mark();
    batched.outcome = batched.waiting.command->apply(rows, now);
    if (batched.outcome) {
      batched.outcome = rows.check_since_mark();
      if (!batched.outcome) log_.write(kInvariantBroken, {{"error", batched.outcome.error().message}});
    }
    if (!batched.outcome) rows.roll_back_to_mark();
  }
}

Result<void> GroupWriter::commit(const Rows& rows) {
  if (rows.unchanged()) {
    store_.abandon();
    return {};
  }
  auto committed = store_.commit(rows);
  if (committed) {
    meters_.commits.add(1);
    return {};
  }
  if (committed.error().code == ErrorCode::DiskFull) {
    log_.write(kStoreFull, {{"error", committed.error().message}});
    return committed;
  }
  return end(committed.error());
}

Error GroupWriter::end(const Error& error) {
  ended_ = true;
  log_.write(kWriterEnded, {{"error", error.message}});
  return Error{ErrorCode::Unavailable, error.message}.with_context("the change may or may not have been made");
}

void GroupWriter::complete(std::vector<Batched>& batch) {
  for (auto& batched : batch) {
    (batched.outcome ? meters_.commands_done : meters_.commands_failed).add(1);
    batched.waiting.done(std::move(batched.waiting.command), std::move(batched.outcome));
  }
}

Result<std::optional<WallTime>> GroupWriter::apply_due(WallTime now) {
  if (ended_) return gone();
  if (auto first = store_.next_due(); !first || !*first || **first > now) return first;
  const auto limit = settings_.due_accounts_limit + static_cast<int>(resting_.size());
  auto accounts = store_.accounts_due(now, limit);
  if (!accounts) return accounts.error();
  std::erase_if(*accounts, [&](AccountId account) {
    const auto at = resting_.find(account);
    return at != resting_.end() && at->second >= now;
  });
  if (!accounts->empty()) {
    Rows rows;
    for (const AccountId account : *accounts) {
      ReadKeys keys;
      keys.account = account;
      if (auto loaded = store_.load(keys, now, rows); !loaded) {
        store_.abandon();
        return loaded.error();
      }
    }
    for (const AccountId account : *accounts) (void)apply_effects_of(account, now, rows);
    if (auto committed = commit(rows); !committed) return committed.error();
  }
  auto next = store_.next_due();
  if (!next || !*next || **next > now || resting_.empty()) return next;
  // What is left is due already. Of resting accounts alone: nothing to do before time has moved.
  auto left = store_.accounts_due(now, limit);
  if (!left) return left.error();
  const bool only_resting =
      std::all_of(left->begin(), left->end(), [&](AccountId account) { return resting_.contains(account); });
  return only_resting ? std::optional<WallTime>(now + minutes(1)) : *next;
}

}  // namespace

std::span<const MessageRow> storage_messages() {
  return kMessages;
}

std::unique_ptr<Writer> make_writer(WriteStore& store, DueEffects& effects, const WriterSettings& settings, Log& log,
                                    Metrics& metrics) {
  return std::make_unique<GroupWriter>(store, effects, settings, log, metrics);
}

}  // namespace lictor::storage
