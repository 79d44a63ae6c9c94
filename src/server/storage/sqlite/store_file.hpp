// The database as a file: who may use it, what it may hold. Errors: Io, DiskFull.
#pragma once

#include <cstdint>
#include <string>

#include "foundation/base/result.hpp"
#include "foundation/os/files.hpp"

namespace lictor::storage {

// One process per store: a lock file beside the database, held open and locked while the store is. Errors: Conflict
// (names the store and the process that holds it), Io.
Result<os::FileLock> lock_store(const std::string& database_path);
// Makes sure that the file exists and that its owner alone may read or write it; SQLite gives its log the same mode.
Result<void> make_private_file(const std::string& path);
// What an unprivileged process may still write to the file's file system.
Result<std::int64_t> free_bytes(const std::string& path);

}  // namespace lictor::storage
