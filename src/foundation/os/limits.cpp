#include "foundation/os/limits.hpp"

#include <sys/resource.h>

#include <cerrno>

#include "foundation/os/files.hpp"

namespace lictor::os {

Result<std::size_t> raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return system_error(errno, "cannot read the limit of", "open files");
  if (limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) return system_error(errno, "cannot raise the limit of", "open files");
  }
  return static_cast<std::size_t>(limit.rlim_cur);
}

}  // namespace lictor::os
