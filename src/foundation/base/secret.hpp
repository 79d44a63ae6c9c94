// A secret: cannot be copied, printed or compared carelessly; its memory is wiped when it goes.
#pragma once

#include <string>
#include <string_view>

#include "foundation/base/bytes.hpp"

namespace lictor {

class Secret {
 public:
  Secret() = default;
  explicit Secret(Bytes bytes) : bytes_(std::move(bytes)) {}
  static Secret from_text(std::string_view text) { return Secret(to_bytes(text)); }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)) { other.bytes_.clear(); }
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  // The one way to the contents; the name makes each use easy to find.
  [[nodiscard]] ByteView reveal() const { return bytes_; }
  [[nodiscard]] std::string_view reveal_text() const { return as_text(bytes_); }
  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  [[nodiscard]] Secret duplicate() const { return Secret(bytes_); }

 private:
  Bytes bytes_;
};

// Overwrites in a way that the compiler does not remove.
void wipe(std::span<std::uint8_t> bytes);

}  // namespace lictor
