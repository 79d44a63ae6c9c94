// The folder that a lab lives in: made anew with mode 0700, removed with everything in it at the end unless it is kept.
#pragma once

#include <string>

#include "foundation/base/result.hpp"

namespace lictor::lab {

class Scratch {
 public:
  // `keep` "": below TMPDIR or /tmp, removed at the end. Else that folder, absent or empty, which stays. Errors:
  // Conflict (not empty), Io, InvalidArgument (too long for the sockets in it).
  static Result<Scratch> make(const std::string& keep);
  Scratch(Scratch&& other) noexcept;
  Scratch& operator=(Scratch&&) = delete;
  ~Scratch();
  [[nodiscard]] const std::string& path() const { return path_; }  // absolute

 private:
  Scratch(std::string path, bool removed) : path_(std::move(path)), removed_(removed) {}
  std::string path_;
  bool removed_;  // at the end
};

}  // namespace lictor::lab
