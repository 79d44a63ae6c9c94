// The device's clock: the host's plus what `clock set` made of it (CFG-9). The steady clock is the host's. Thread: any.
#pragma once

#include <atomic>

#include "foundation/http_client/http_client.hpp"

namespace lictor::device {

class DeviceClock final : public Clock, public http::TlsVerifier {
 public:
  explicit DeviceClock(const Clock& host) : host_(host) {}
  [[nodiscard]] WallTime wall() const override { return host_.wall() + Duration(offset_ms_.load()); }
  [[nodiscard]] SteadyTime steady() const override { return host_.steady(); }
  // For certificates in the TLS handshake, on the worker's thread.
  [[nodiscard]] WallTime now() const override { return wall(); }
  [[nodiscard]] Duration offset() const { return Duration(offset_ms_.load()); }
  void set_offset(Duration offset) { offset_ms_ = offset.count(); }

 private:
  const Clock& host_;
  std::atomic<std::int64_t> offset_ms_{0};
};

}  // namespace lictor::device
