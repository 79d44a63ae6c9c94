#include "server/storage/sqlite/process_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace lictor::storage {

namespace {

Error io_error(std::string_view doing, const std::string& path) {
  const int code = errno;
  return Error{code == ENOSPC ? ErrorCode::DiskFull : ErrorCode::Io,
               fmt::format("{} {}: {}", doing, path, std::strerror(code))};
}

std::string holder_of(int descriptor) {
  char text[32] = {};
  const auto size = ::pread(descriptor, text, sizeof text - 1, 0);
  std::string holder(text, size > 0 ? static_cast<std::size_t>(size) : 0);
  while (!holder.empty() && holder.back() == '\n') holder.pop_back();
  return holder.empty() ? "another process" : "process " + holder;
}

}  // namespace

Result<ProcessLock> ProcessLock::take(const std::string& database_path) {
  const std::string path = database_path + ".lock";
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return io_error("cannot open", path);
  ProcessLock lock(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return io_error("cannot lock", path);
    return Error{ErrorCode::Conflict, fmt::format("the store {} is in use by {} (lock file {})", database_path,
                                                  holder_of(descriptor), path)};
  }
  // Who holds it is for the message alone; the lock itself goes with the process.
  const std::string holder = fmt::format("{}\n", ::getpid());
  if (::ftruncate(descriptor, 0) != 0 || ::pwrite(descriptor, holder.data(), holder.size(), 0) < 0) {
    return io_error("cannot write", path);
  }
  return lock;
}

ProcessLock::ProcessLock(ProcessLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

ProcessLock::~ProcessLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<void> make_private_file(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return io_error("cannot open", path);
  const int changed = ::fchmod(descriptor, 0600);
  const Error error = changed == 0 ? Error{} : io_error("cannot protect", path);
  ::close(descriptor);
  if (changed != 0) return error;
  return {};
}

Result<void> make_names_durable(const std::string& path) {
  const auto slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return io_error("cannot open", folder);
  const int synced = ::fsync(descriptor);
  const Error error = synced == 0 ? Error{} : io_error("cannot make durable", folder);
  ::close(descriptor);
  if (synced != 0) return error;
  return {};
}

Result<std::int64_t> free_bytes(const std::string& path) {
  struct statvfs facts {};
  if (::statvfs(path.c_str(), &facts) != 0) return io_error("cannot ask for the free space of", path);
  return static_cast<std::int64_t>(facts.f_bavail) * static_cast<std::int64_t>(facts.f_frsize);
}

}  // namespace lictor::storage
