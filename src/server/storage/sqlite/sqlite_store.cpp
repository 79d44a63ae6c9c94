#include "server/storage/sqlite/sqlite_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "server/storage/dump.hpp"
#include "server/storage/sqlite/sqlite_reader.hpp"
#include "server/storage/sqlite/sqlite_write_store.hpp"
#include "server/storage/sqlite/store_file.hpp"

namespace lictor::storage {

namespace {

// Marks the file as one of ours: "LICT".
constexpr std::int64_t kApplicationId = 0x4c494354;

class SqliteStore final : public Store {
 public:
  SqliteStore(os::FileLock lock, std::unique_ptr<Connection> connection, const SqliteSettings& settings)
      : lock_(std::move(lock)), settings_(settings), writer_(std::move(connection), settings) {}

  WriteStore& writer() override { return writer_; }
  Result<std::unique_ptr<ReadStore>> open_reader() override {
    auto connection = open_reading_connection();
    if (!connection) return connection.error();
    return make_sqlite_reader(*std::move(connection));
  }
  Result<std::string> dump() override;

 private:
  Result<std::unique_ptr<Connection>> open_reading_connection() {
    auto connection =
        Connection::open(settings_.path, Connection::Mode::ReadOnly, settings_.vfs, settings_.busy_timeout_ms);
    if (!connection) return connection;
    LICTOR_STORAGE_TRY((*connection)->execute("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"));
    return connection;
  }

  os::FileLock lock_;  // first: released last
  SqliteSettings settings_;
  SqliteWriteStore writer_;
};

Result<std::string> SqliteStore::dump() {
  auto connection = open_reading_connection();
  if (!connection) return connection.error();
  LICTOR_STORAGE_TRY((*connection)->execute("BEGIN"));
  SqliteSource source(**connection);
  std::string out;
  std::optional<Error> failed;
  for_each_row_type([&]<class Row>() {
    if (failed) return;
    auto rows = source.rows<Row>(sql::select_all<Row>());
    if (!rows) {
      failed = rows.error();
      return;
    }
    // SQLite orders enumerators and places by their words, the memory backend by their values.
    std::sort(rows->begin(), rows->end(), [](const Row& a, const Row& b) { return key_of(a) < key_of(b); });
    for (const auto& row : *rows) dump_row(out, row);
  });
  if (failed) return *std::move(failed);
  return out;
}

// The schema version of the file; 0 for a new one. Refuses what is not ours before anything is changed.
Result<int> check_ours(Connection& connection, const std::string& path) {
  const auto version = connection.number("PRAGMA user_version");
  if (!version) return version.error();
  const auto application = connection.number("PRAGMA application_id");
  if (!application) return application.error();
  const auto objects = connection.number("SELECT count(*) FROM sqlite_schema");
  if (!objects) return objects.error();
  if (*application != kApplicationId && *objects > 0) {
    return Error{ErrorCode::Unsupported, fmt::format("{} is a database of another program", path)};
  }
  const int newest = sqlite_migrations().back().version;
  if (*version > newest) {
    return Error{ErrorCode::Unsupported,
                 fmt::format("the store {} has schema version {}, this program knows up to {}: use a newer program",
                             path, *version, newest)};
  }
  return static_cast<int>(*version);
}

// Brings the schema to the newest version; each step in a transaction of its own.
Result<void> migrate(Connection& connection, const std::string& path, int version) {
  for (const auto& migration : sqlite_migrations()) {
    if (migration.version <= version) continue;
    const std::string script =
        fmt::format("BEGIN IMMEDIATE; {} PRAGMA application_id = {}; PRAGMA user_version = {}; COMMIT;", migration.sql,
                    kApplicationId, migration.version);
    if (auto done = connection.execute(script); !done) {
      return done.error().with_context(fmt::format("migrating {} to schema version {}", path, migration.version));
    }
  }
  return {};
}

// What a process before this one wrote into the log may lie in the system's cache alone: if its sync failed, the pages
// count as clean, and no later sync writes them. So the log's own bytes are written over themselves and synced before
// anything is built on them; cut anywhere, that leaves what was there or what is there now.
Result<void> make_log_durable(Connection& connection) {
  sqlite3_file* log = nullptr;
  const int found = sqlite3_file_control(connection.handle(), "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
  if (found != SQLITE_OK || log == nullptr || log->pMethods == nullptr) return {};
  const auto failed = [](int code) {
    return Error{error_code_of(code), fmt::format("SQLite, making the log of an earlier process durable: {}", code)};
  };
  sqlite3_int64 size = 0;
  if (const int code = log->pMethods->xFileSize(log, &size); code != SQLITE_OK) return failed(code);
  if (size == 0) return {};
  std::vector<char> block(std::size_t{64} * 1024);  // SQLite takes less than 128 KiB at once
  for (sqlite3_int64 at = 0; at < size; at += std::ssize(block)) {
    const int length = static_cast<int>(std::min<sqlite3_int64>(size - at, std::ssize(block)));
    int code = log->pMethods->xRead(log, block.data(), length, at);
    if (code == SQLITE_OK) code = log->pMethods->xWrite(log, block.data(), length, at);
    if (code != SQLITE_OK) return failed(code);
  }
  if (const int code = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL); code != SQLITE_OK) return failed(code);
  return {};
}

Result<void> configure(Connection& connection, const std::string& path) {
  const auto mode = connection.text("PRAGMA journal_mode = WAL");
  if (!mode) return mode.error();
  if (*mode != "wal") return Error{ErrorCode::Io, fmt::format("SQLite cannot keep a write-ahead log for {}", path)};
  // Checkpoints are ours, because SQLite drops the error of one of its own. Keys carry the account, and rows are
  // checked before they are written, so foreign keys would only cost. 64 MiB of cache; what a checkpoint leaves of the
  // log is cut to 64 MiB.
  return connection.execute(
      "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA foreign_keys = OFF; PRAGMA temp_store = MEMORY;"
      "PRAGMA cache_size = -65536; PRAGMA journal_size_limit = 67108864; PRAGMA trusted_schema = OFF;"
      "PRAGMA cell_size_check = ON;");
}

}  // namespace

Result<std::unique_ptr<Store>> open_sqlite_store(const SqliteSettings& settings) {
  auto lock = lock_store(settings.path);
  if (!lock) return lock.error();
  LICTOR_STORAGE_TRY(make_private_file(settings.path));
  auto connection = Connection::open(settings.path, Connection::Mode::Create, settings.vfs, settings.busy_timeout_ms);
  if (!connection) return connection.error();
  const auto version = check_ours(**connection, settings.path);
  if (!version) return version.error();
  LICTOR_STORAGE_TRY(configure(**connection, settings.path));
  LICTOR_STORAGE_TRY(make_log_durable(**connection));
  LICTOR_STORAGE_TRY(os::sync_folder_of(settings.path));
  LICTOR_STORAGE_TRY(migrate(**connection, settings.path, *version));
  return std::unique_ptr<Store>(std::make_unique<SqliteStore>(*std::move(lock), *std::move(connection), settings));
}

}  // namespace lictor::storage
