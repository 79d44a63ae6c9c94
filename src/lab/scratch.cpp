#include "lab/scratch.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <utility>
#include <vector>

#include "foundation/os/files.hpp"

namespace lictor::lab {
namespace {

// A socket's path has 107 characters; "/devices/" and a device's name and "/control.sock" come after this one.
constexpr std::size_t kMaxPath = 60;

Result<std::string> make_temporary() {
  const char* given = std::getenv("TMPDIR");
  std::string path = std::string(given == nullptr || *given != '/' ? "/tmp" : given) + "/lictor-lab-XXXXXX";
  if (path.size() > kMaxPath) path = "/tmp/lictor-lab-XXXXXX";
  std::vector<char> pattern(path.c_str(), path.c_str() + path.size() + 1);
  if (::mkdtemp(pattern.data()) == nullptr) return os::system_error(errno, "cannot make a folder like", path);
  return std::string(pattern.data());
}

Result<std::string> make_kept(const std::string& keep) {
  std::error_code failed;
  const std::string path = std::filesystem::absolute(keep, failed).lexically_normal().string();
  if (failed) return Error{ErrorCode::Io, fmt::format("{}: {}", keep, failed.message())};
  if (path.size() > kMaxPath) {
    return Error{ErrorCode::InvalidArgument,
                 fmt::format("{}: a folder with sockets in it has a path of at most {} characters", path, kMaxPath)};
  }
  os::PosixFiles files;
  if (auto ok = files.make_folder(path); !ok) return ok.error();
  auto names = files.list(path);
  if (!names) return names.error();
  if (!names->empty()) return Error{ErrorCode::Conflict, fmt::format("{} is not empty", path)};
  if (::chmod(path.c_str(), 0700) != 0) return os::system_error(errno, "cannot close to others", path);
  return path;
}

}  // namespace

Result<Scratch> Scratch::make(const std::string& keep) {
  auto path = keep.empty() ? make_temporary() : make_kept(keep);
  if (!path) return path.error();
  return Scratch(std::move(*path), keep.empty());
}

Scratch::Scratch(Scratch&& other) noexcept
    : path_(std::move(other.path_)), removed_(std::exchange(other.removed_, false)) {}

Scratch::~Scratch() {
  std::error_code ignored;  // what cannot be removed stays visible below /tmp
  if (removed_) std::filesystem::remove_all(path_, ignored);
}

}  // namespace lictor::lab
