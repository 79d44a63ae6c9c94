// Files, durable and injectable: production uses PosixFiles; fault tests wrap it. An fsync error is reported as Io and
// never retried (the pages may be marked clean): what is on the disk is unknown then. DiskFull from write_atomically
// and append means that nothing was changed. Errors: NotFound, Io, DiskFull, TooLarge, PermissionDenied.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "foundation/base/bytes.hpp"

namespace lictor::os {

enum class FileMode { Private = 0600, Shared = 0640, Public = 0644 };

class Files {
 public:
  virtual ~Files() = default;
  virtual Result<Bytes> read(const std::string& path, std::size_t most = 64 * 1024 * 1024) = 0;
  // Replaces the whole file: temporary file PATH.new, fsync, rename, fsync of the folder. Afterwards the old or the new
  // is there. One writer a path at a time.
  virtual Result<void> write_atomically(const std::string& path, ByteView contents, FileMode mode) = 0;
  // Overwrites in place from the start and truncates, then fsync: for slots that are written in turn.
  virtual Result<void> write_in_place(const std::string& path, ByteView contents, FileMode mode) = 0;
  // Appends and fsyncs.
  virtual Result<void> append(const std::string& path, ByteView contents, FileMode mode) = 0;
  virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
  // No error when it is not there.
  virtual Result<void> remove(const std::string& path) = 0;
  [[nodiscard]] virtual bool exists(const std::string& path) = 0;
  // With parents; mode 0700.
  virtual Result<void> make_folder(const std::string& path) = 0;
  virtual Result<std::vector<std::string>> list(const std::string& folder) = 0;  // names, sorted
};

class PosixFiles final : public Files {
 public:
  Result<Bytes> read(const std::string& path, std::size_t most) override;
  Result<void> write_atomically(const std::string& path, ByteView contents, FileMode mode) override;
  Result<void> write_in_place(const std::string& path, ByteView contents, FileMode mode) override;
  Result<void> append(const std::string& path, ByteView contents, FileMode mode) override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> remove(const std::string& path) override;
  [[nodiscard]] bool exists(const std::string& path) override;
  Result<void> make_folder(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& folder) override;
};

// An exclusive lock on a file for the life of the object. Error: Conflict when another process holds it (its pid is
// named when the holder wrote it).
class FileLock {
 public:
  static Result<FileLock> take(const std::string& path);
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  int fd_;
};

// Makes the names in the path's folder durable: what was created, renamed or removed there. Errors: Io, as above.
Result<void> sync_folder_of(const std::string& path);

// A path as the error of a system call about it; maps errno (ENOENT, EACCES, ENOSPC, ...).
Error system_error(int error_number, std::string_view what, std::string_view path);

}  // namespace lictor::os
