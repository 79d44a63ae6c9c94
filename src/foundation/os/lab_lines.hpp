// Lines of text over a unix socket, blocking: both ends of the lab clock's protocol.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/result.hpp"
#include "foundation/base/time.hpp"

namespace lictor::os {

class LineSocket {
 public:
  static Result<LineSocket> connect(const std::string& path);
  explicit LineSocket(int fd) : fd_(fd) {}
  LineSocket(LineSocket&& other) noexcept;
  LineSocket& operator=(LineSocket&& other) noexcept;
  ~LineSocket();
  Result<void> send(std::string line);
  // Errors: Timeout, Unavailable (closed).
  Result<std::string> receive(Duration real_timeout);
  [[nodiscard]] int descriptor() const { return fd_; }
  int release();

 private:
  int fd_;
  std::string buffer_;
};

std::vector<std::string> split_words(std::string_view line);  // never empty
std::optional<std::int64_t> to_number(std::string_view text);

}  // namespace lictor::os
