// The link between devices and manager: bytes pass over 127.0.0.1, untouched, or nothing does. The port stays the same
// over cuts; while the link is cut a connection to it is refused. A thread of its own moves the bytes.
#pragma once

#include <memory>

#include "foundation/base/result.hpp"

namespace lictor::lab {

class Relay {
 public:
  virtual ~Relay() = default;  // cuts
  // Where devices connect to; this relay's alone as long as it lives.
  [[nodiscard]] virtual int port() const = 0;
  // From now on connections go on to that port of 127.0.0.1. Error: Io.
  virtual Result<void> restore(int target_port) = 0;
  // When it returns, every connection is gone and none is accepted.
  virtual void cut() = 0;
};
// Begins cut. Error: Io.
Result<std::unique_ptr<Relay>> make_relay();

}  // namespace lictor::lab
