#include "foundation/os/files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace lictor::os {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool open() const { return fd_ >= 0; }

 private:
  int fd_;
};

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<void> write_all(int fd, ByteView contents, const std::string& path) {
  while (!contents.empty()) {
    const auto wrote = ::write(fd, contents.data(), contents.size());
    if (wrote < 0) {
      if (errno == EINTR) continue;
      return system_error(errno, "cannot write", path);
    }
    contents = contents.subspan(static_cast<std::size_t>(wrote));
  }
  return {};
}

// Always Io, also when the disk is full: what is on the disk now is unknown, and asking again would report success for
// pages that the kernel has given up.
Result<void> sync(int fd, const std::string& path) {
  if (::fsync(fd) != 0) return Error{ErrorCode::Io, system_error(errno, "cannot make durable", path).message};
  return {};
}

Result<void> write_new(const std::string& path, ByteView contents, FileMode mode) {
  const Descriptor fd(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, static_cast<mode_t>(mode)));
  if (!fd.open()) return system_error(errno, "cannot create", path);
  if (::fchmod(fd.get(), static_cast<mode_t>(mode)) != 0) return system_error(errno, "cannot set the mode of", path);
  if (auto ok = write_all(fd.get(), contents, path); !ok) return ok;
  return sync(fd.get(), path);
}

}  // namespace

Result<void> sync_folder_of(const std::string& path) {
  const auto folder = folder_of(path);
  const Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.open()) return system_error(errno, "cannot open", folder);
  return sync(fd.get(), folder);
}

Error system_error(int error_number, std::string_view what, std::string_view path) {
  ErrorCode code = ErrorCode::Io;
  if (error_number == ENOENT || error_number == ENOTDIR) code = ErrorCode::NotFound;
  if (error_number == EACCES || error_number == EPERM || error_number == EROFS) code = ErrorCode::PermissionDenied;
  if (error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG) code = ErrorCode::DiskFull;
  char buffer[128] = {};
  return {code, fmt::format("{} {}: {}", what, path, strerror_r(error_number, buffer, sizeof buffer))};
}

Result<Bytes> PosixFiles::read(const std::string& path, std::size_t most) {
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.open()) return system_error(errno, "cannot open", path);
  Bytes contents;
  Bytes block(std::size_t{64} * 1024);
  for (;;) {
    const auto got = ::read(fd.get(), block.data(), block.size());
    if (got < 0) {
      if (errno == EINTR) continue;
      return system_error(errno, "cannot read", path);
    }
    if (got == 0) return contents;
    if (contents.size() + static_cast<std::size_t>(got) > most) {
      return Error{ErrorCode::TooLarge, fmt::format("{} is larger than {} bytes", path, most)};
    }
    contents.insert(contents.end(), block.begin(), block.begin() + got);
  }
}

Result<void> PosixFiles::write_atomically(const std::string& path, ByteView contents, FileMode mode) {
  const std::string temporary = path + ".new";  // one left behind by a crash is written over by the next
  if (auto ok = write_new(temporary, contents, mode); !ok) {
    ::unlink(temporary.c_str());
    return ok;
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    const int error = errno;
    ::unlink(temporary.c_str());
    return system_error(error, "cannot replace", path);
  }
  return sync_folder_of(path);
}

Result<void> PosixFiles::write_in_place(const std::string& path, ByteView contents, FileMode mode) {
  const bool is_new = !exists(path);
  const Descriptor fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, static_cast<mode_t>(mode)));
  if (!fd.open()) return system_error(errno, "cannot open", path);
  if (auto ok = write_all(fd.get(), contents, path); !ok) return ok;
  if (::ftruncate(fd.get(), static_cast<off_t>(contents.size())) != 0) {
    return system_error(errno, "cannot shorten", path);
  }
  if (auto ok = sync(fd.get(), path); !ok) return ok;
  return is_new ? sync_folder_of(path) : Result<void>();
}

Result<void> PosixFiles::append(const std::string& path, ByteView contents, FileMode mode) {
  const bool is_new = !exists(path);
  const Descriptor fd(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, static_cast<mode_t>(mode)));
  if (!fd.open()) return system_error(errno, "cannot open", path);
  struct stat before {};
  if (::fstat(fd.get(), &before) != 0) return system_error(errno, "cannot look at", path);
  if (auto ok = write_all(fd.get(), contents, path); !ok) {
    // A part of a record is worse than none. If this fails, too, the reader finds a torn end.
    [[maybe_unused]] const int shortened = ::ftruncate(fd.get(), before.st_size);
    return ok;
  }
  if (auto ok = sync(fd.get(), path); !ok) return ok;
  return is_new ? sync_folder_of(path) : Result<void>();
}

Result<void> PosixFiles::rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return system_error(errno, "cannot rename", from);
  return sync_folder_of(to);
}

Result<void> PosixFiles::remove(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return system_error(errno, "cannot remove", path);
  return {};
}

bool PosixFiles::exists(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

Result<void> PosixFiles::make_folder(const std::string& path) {
  for (auto slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const auto part = path.substr(0, slash);
    if (!part.empty() && ::mkdir(part.c_str(), 0700) == 0) {
      if (auto ok = sync_folder_of(part); !ok) {
        ::rmdir(part.c_str());  // or the next try would take it for durable, with all that is put into it
        return ok;
      }
    } else if (!part.empty() && errno != EEXIST) {
      return system_error(errno, "cannot make the folder", part);
    }
    if (slash == std::string::npos) break;
  }
  struct stat made {};
  if (::stat(path.c_str(), &made) != 0) return system_error(errno, "cannot look at", path);
  if (!S_ISDIR(made.st_mode)) return system_error(ENOTDIR, "cannot make the folder", path);
  return {};
}

Result<std::vector<std::string>> PosixFiles::list(const std::string& folder) {
  const std::unique_ptr<DIR, int (*)(DIR*)> handle(::opendir(folder.c_str()), ::closedir);
  if (!handle) return system_error(errno, "cannot open", folder);
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(handle.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<FileLock> FileLock::take(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return system_error(errno, "cannot open", path);
  FileLock lock(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return system_error(errno, "cannot lock", path);
    char holder[32] = {};
    const auto got = ::pread(fd, holder, sizeof holder - 1, 0);
    return Error{ErrorCode::Conflict, got > 0 ? fmt::format("{} is held by process {}", path, holder)
                                              : fmt::format("{} is held by another process", path)};
  }
  const auto pid = fmt::format("{}", ::getpid());
  if (::ftruncate(fd, 0) != 0 || ::pwrite(fd, pid.data(), pid.size(), 0) < 0) {
    return system_error(errno, "cannot write", path);
  }
  return lock;
}

FileLock::FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
FileLock::~FileLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace lictor::os
