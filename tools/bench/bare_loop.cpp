#include "bench/bare_loop.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <ctime>

namespace lictor::bench {

namespace {

constexpr const char* kPragmas =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4096; PRAGMA foreign_keys = OFF;"
    "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -65536; PRAGMA journal_size_limit = 67108864;";

class Loop final : public BareLoop {
 public:
  explicit Loop(BareLoopSettings settings) : settings_(std::move(settings)) {}
  ~Loop() override {
    for (auto* statement : statements_) sqlite3_finalize(statement);
    sqlite3_close(database_);
  }
  Result<void> open();
  Result<double> run(std::size_t commands) override;

 private:
  enum Statement {
    Begin,
    Commit,
    Kept,
    Known,
    Used,
    Instance,
    AddUsage,
    RemoveUsage,
    Pool,
    Event,
    Audit,
    Head,
    Statements
  };
  Result<void> prepare();
  Result<void> fail(std::string_view doing) {
    return Error{ErrorCode::Io, fmt::format("{}: {}", doing, sqlite3_errmsg(database_))};
  }
  void number(Statement statement, int position, std::int64_t value) {
    sqlite3_bind_int64(statements_[statement], position, value);
  }
  void text(Statement statement, int position, std::string_view value) {
    sqlite3_bind_text(statements_[statement], position, value.data(), static_cast<int>(value.size()), SQLITE_STATIC);
  }
  void blob(Statement statement, int position, ByteView value) {
    sqlite3_bind_blob(statements_[statement], position, value.data(), static_cast<int>(value.size()), SQLITE_STATIC);
  }
  Result<void> step(Statement statement);
  // Runs a query to its end; how many rows it has.
  Result<int> read(Statement statement);
  Result<void> renew(std::size_t device);
  Result<void> change(std::size_t device);
  Result<void> end_of_changes();

  BareLoopSettings settings_;
  sqlite3* database_ = nullptr;
  sqlite3_stmt* statements_[Statements] = {};
  os::SystemEntropy entropy_;
  std::size_t done_ = 0;
  std::int64_t sequence_ = 1;
  std::int64_t events_ = 1'000'000;
  std::int64_t read_bytes_ = 0;
  Digest digest_;
};

Result<void> Loop::open() {
  if (sqlite3_open(settings_.path.c_str(), &database_) != SQLITE_OK) return fail("opening");
  if (sqlite3_exec(database_, kPragmas, nullptr, nullptr, nullptr) != SQLITE_OK) return fail("settings");
  return prepare();
}

Result<void> Loop::prepare() {
  const char* texts[Statements] = {
      "BEGIN IMMEDIATE",
      "COMMIT",
      "SELECT payload FROM stored_answer WHERE account = ?1 AND request = ?2",
      "SELECT va, status, udis, serial, last_sequence, last_request, generation, evaluation_used FROM instance "
      "WHERE account = ?1 AND id = ?2",
      "SELECT tag, claimed, counted, valid FROM usage WHERE account = ?1 AND instance = ?2",
      "UPDATE instance SET last_contact = ?3, last_authorized = ?3, last_sequence = ?4, last_request = ?5, "
      "authorize_digest = ?6, authorize_answer = ?7 WHERE account = ?1 AND id = ?2",
      "INSERT INTO usage (account, instance, tag, claimed, counted, valid) VALUES (?1, ?2, ?3, 1, 1, 1)",
      "DELETE FROM usage WHERE account = ?1 AND instance = ?2 AND tag = ?3",
      "UPDATE pool SET in_use = ?4 WHERE account = ?1 AND va = ?2 AND tag = ?3",
      "INSERT INTO event (account, sequence, at, va, instance, kind, text, actor) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, "
      "?8)",
      "INSERT INTO audit (account, sequence, at, actor, action, object, detail, request_id, previous_hash, hash) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, '{}', ?7, ?8, ?8)",
      "UPDATE account_head SET audit_sequence = ?2, audit_hash = ?3, event_sequence = ?2 WHERE account = ?1"};
  for (int i = 0; i < Statements; ++i) {
    if (sqlite3_prepare_v3(database_, texts[i], -1, SQLITE_PREPARE_PERSISTENT, &statements_[i], nullptr) != SQLITE_OK) {
      return fail(texts[i]);
    }
  }
  return {};
}

Result<void> Loop::step(Statement statement) {
  const bool done = sqlite3_step(statements_[statement]) == SQLITE_DONE;
  if (!done) return fail("a step");
  sqlite3_reset(statements_[statement]);
  if (statement == Instance) {
    if (sqlite3_changes(database_) != 1) return Error{ErrorCode::Internal, "an update did not find its row"};
  }
  return {};
}

Result<int> Loop::read(Statement statement) {
  auto* query = statements_[statement];
  int rows = 0;
  int code = sqlite3_step(query);
  for (; code == SQLITE_ROW; code = sqlite3_step(query), ++rows) {
    for (int column = sqlite3_column_count(query); column-- > 0;) read_bytes_ += sqlite3_column_bytes(query, column);
  }
  if (code != SQLITE_DONE) return fail("a query").error();
  sqlite3_reset(query);
  return rows;
}

Result<void> Loop::renew(std::size_t device) {
  const auto& who = settings_.devices[device];
  const RequestId request = RequestId::random(entropy_);
  const std::int64_t now = 1'900'000'000'000 + static_cast<std::int64_t>(done_);
  number(Kept, 1, who.account.value);
  blob(Kept, 2, request.bytes);
  number(Known, 1, who.account.value);
  number(Known, 2, who.instance.value);
  number(Used, 1, who.account.value);
  number(Used, 2, who.instance.value);
  const auto kept = read(Kept);
  const auto known = read(Known);
  const auto used = read(Used);
  if (!kept || !known || !used) return Error{ErrorCode::Io, "a query failed"};
  if (*kept != 0 || *known != 1 || *used == 0) return Error{ErrorCode::Internal, "a query found what it should not"};
  number(Instance, 1, who.account.value);
  number(Instance, 2, who.instance.value);
  number(Instance, 3, now);
  number(Instance, 4, sequence_);
  blob(Instance, 5, request.bytes);
  blob(Instance, 6, digest_.bytes);
  text(Instance, 7, settings_.payload);
  return step(Instance);
}

Result<void> Loop::change(std::size_t device) {
  const auto& who = settings_.devices[device];
  const auto usage = (sequence_ % 2) == 0 ? RemoveUsage : AddUsage;
  number(usage, 1, who.account.value);
  number(usage, 2, who.instance.value);
  text(usage, 3, settings_.tag.text);
  if (auto ok = step(usage); !ok) return ok;
  ++events_;
  number(Event, 1, who.account.value);
  number(Event, 2, events_);
  number(Event, 3, events_);
  number(Event, 4, who.va.value);
  number(Event, 5, who.instance.value);
  text(Event, 6, "instance.usage");
  text(Event, 7, "PID:C9500-40X,SN:BNC00000000 now uses C9500 Network Advantage: 1, C9500-40X DNA Advantage: 1");
  text(Event, 8, "device:PID:C9500-40X,SN:BNC00000000");
  if (auto ok = step(Event); !ok) return ok;
  number(Audit, 1, who.account.value);
  number(Audit, 2, events_);
  number(Audit, 3, events_);
  text(Audit, 4, "device:PID:C9500-40X,SN:BNC00000000");
  text(Audit, 5, "usage.change");
  text(Audit, 6, "instance:1000");
  text(Audit, 7, "00112233445566778899aabbccddeeff");
  blob(Audit, 8, digest_.bytes);
  return step(Audit);
}

// What a batch changes once.
Result<void> Loop::end_of_changes() {
  const auto& who = settings_.devices.front();
  number(Pool, 1, who.account.value);
  number(Pool, 2, who.va.value);
  text(Pool, 3, settings_.tag.text);
  number(Pool, 4, static_cast<std::int64_t>(done_));
  if (auto ok = step(Pool); !ok) return ok;
  number(Head, 1, who.account.value);
  number(Head, 2, events_);
  blob(Head, 3, digest_.bytes);
  return step(Head);
}

Result<double> Loop::run(std::size_t commands) {
  const double before = thread_cpu_seconds();
  for (std::size_t i = 0; i < commands;) {
    if (auto ok = step(Begin); !ok) return ok.error();
    for (std::size_t in_batch = 0; in_batch < settings_.batch && i < commands; ++in_batch, ++i, ++done_) {
      const auto device = done_ % settings_.devices.size();
      if (device == 0) ++sequence_;
      if (auto ok = renew(device); !ok) return ok.error();
      if (!settings_.changes) continue;
      if (auto ok = change(device); !ok) return ok.error();
    }
    if (settings_.changes) {
      if (auto ok = end_of_changes(); !ok) return ok.error();
    }
    if (auto ok = step(Commit); !ok) return ok.error();
  }
  return thread_cpu_seconds() - before;
}

}  // namespace

Result<std::unique_ptr<BareLoop>> make_bare_loop(BareLoopSettings settings) {
  auto loop = std::make_unique<Loop>(std::move(settings));
  if (auto ok = loop->open(); !ok) return ok.error();
  return std::unique_ptr<BareLoop>(std::move(loop));
}

double thread_cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

}  // namespace lictor::bench
