// Ctrl-C and SIGTERM, looked at between two steps instead of ending the program in the middle of one. While it lives
// they are blocked, in threads that start later too.
#pragma once

#include "foundation/base/result.hpp"

namespace lictor::lab {

class Interrupt {
 public:
  static Result<Interrupt> take();
  Interrupt(Interrupt&& other) noexcept;
  Interrupt& operator=(Interrupt&&) = delete;
  ~Interrupt();
  [[nodiscard]] bool raised();  // once true, always true
  void wait();                  // until raised

 private:
  explicit Interrupt(int descriptor) : descriptor_(descriptor) {}
  void look(int timeout_ms);
  int descriptor_;
  bool raised_ = false;
};

}  // namespace lictor::lab
