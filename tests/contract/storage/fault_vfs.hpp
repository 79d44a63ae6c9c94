// An SQLite VFS over the default one that counts syncs, leaves them out, or fails them: what the storage tests say
// about durability they say by it.
#pragma once

#include <atomic>
#include <string>

namespace lictor::storage::test {

class FaultVfs {
 public:
  // Registers itself under the name; unregisters at the end. Stores that use it must be closed by then.
  explicit FaultVfs(std::string name);
  ~FaultVfs();
  FaultVfs(const FaultVfs&) = delete;
  FaultVfs& operator=(const FaultVfs&) = delete;

  const std::string& name() const { return name_; }

  std::atomic<int> log_syncs = 0;           // of the write-ahead log
  std::atomic<int> database_syncs = 0;      // of the database file
  std::atomic<bool> skip_syncs = false;     // for tests that are about something else
  std::atomic<bool> fail_log_sync = false;  // SQLITE_IOERR_FSYNC
  std::atomic<bool> fail_database_sync = false;
  std::atomic<bool> fail_log_write = false;  // SQLITE_FULL
  std::atomic<bool> fail_read = false;       // SQLITE_IOERR_READ

 private:
  std::string name_;
  void* vfs_;
};

}  // namespace lictor::storage::test
