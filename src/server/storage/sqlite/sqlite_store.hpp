// The SQLite backend: WAL, synchronous=FULL, numbered migrations (DB-1, DB-2).
#pragma once

#include <memory>
#include <string>

#include "server/storage/store.hpp"

namespace lictor::storage {

struct SqliteSettings {
  std::string path;               // the database file; its folder exists; file mode 0600
  int busy_timeout_ms = 5000;
};

// Opens or creates, takes the process lock (a second process is refused: Conflict, message names the file and holder),
// migrates forward. Errors: Conflict, Corrupt, Io, Unsupported (a newer schema).
Result<std::unique_ptr<Store>> open_sqlite_store(const SqliteSettings& settings);

}  // namespace lictor::storage
