// One process per store: a lock file beside the database, held open and locked while the store is.
#pragma once

#include <string>

#include "foundation/base/result.hpp"

namespace lictor::storage {

class ProcessLock {
 public:
  // Errors: Conflict (names the file and the process that holds it), Io.
  static Result<ProcessLock> take(const std::string& database_path);
  ProcessLock(ProcessLock&& other) noexcept;
  ProcessLock& operator=(ProcessLock&&) = delete;
  ~ProcessLock();

 private:
  explicit ProcessLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

// Makes sure that the file exists and that its owner alone may read or write it; SQLite gives its log the same mode.
Result<void> make_private_file(const std::string& path);
// Syncs the folder of the file: the database's name, and its log's, which a process before this one may have made and
// not lived to make durable.
Result<void> make_names_durable(const std::string& path);
// What an unprivileged process may still write to the file's file system.
Result<std::int64_t> free_bytes(const std::string& path);

}  // namespace lictor::storage
