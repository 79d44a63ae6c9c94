#include "server/storage/sqlite/store_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>

namespace lictor::storage {

Result<os::FileLock> lock_store(const std::string& database_path) {
  auto lock = os::FileLock::take(database_path + ".lock");
  if (!lock && lock.error().code == ErrorCode::Conflict) {
    return lock.error().with_context(fmt::format("the store {} is in use", database_path));
  }
  return lock;
}

Result<void> make_private_file(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return os::system_error(errno, "cannot open", path);
  const int changed = ::fchmod(descriptor, 0600);
  const int error = errno;
  ::close(descriptor);
  if (changed != 0) return os::system_error(error, "cannot protect", path);
  return {};
}

Result<std::int64_t> free_bytes(const std::string& path) {
  struct statvfs facts {};
  if (::statvfs(path.c_str(), &facts) != 0) return os::system_error(errno, "cannot ask for the free space of", path);
  return static_cast<std::int64_t>(facts.f_bavail) * static_cast<std::int64_t>(facts.f_frsize);
}

}  // namespace lictor::storage
