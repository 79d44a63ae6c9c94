// The SQLite backend: WAL, synchronous=FULL, numbered migrations (DB-1, DB-2).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "server/storage/store.hpp"

namespace lictor::storage {

struct SqliteSettings {
  std::string path;  // the database file; its folder exists; file mode 0600
  int busy_timeout_ms = 5000;
  // With less free space on the file system, a commit is refused with DiskFull before it changes anything: what is left
  // is for the log and its checkpoint, and for the operator's own way out.
  std::int64_t reserve_bytes = 32LL * 1024 * 1024;
  // The log is copied into the database when it has grown by this many pages: each time costs a sync of the database
  // file beside the log's own.
  int checkpoint_pages = 4096;
  std::string vfs;  // of SQLite, by its registered name; "" = the default
};

// A schema change: what brings a store of the version before to this one. Forward only (DB-2).
struct SqliteMigration {
  int version = 0;
  std::string_view sql;
};
std::span<const SqliteMigration> sqlite_migrations();
// The schema as it is now; tests prove that it is the sum of the migrations.
std::string_view sqlite_schema();

// Opens or creates, takes the process lock (a second process is refused: Conflict, message names the file and holder),
// migrates forward. Errors: Conflict, Corrupt, Io, Unsupported (a newer schema).
Result<std::unique_ptr<Store>> open_sqlite_store(const SqliteSettings& settings);

}  // namespace lictor::storage
