// What a shell session can see and do on the device: the port between sessions and the daemon. One owner thread; the
// completion of an asynchronous call comes later on that thread or inside the call.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "device/show/view.hpp"

namespace lictor::device {

class DeviceControl {
 public:
  virtual ~DeviceControl() = default;

  [[nodiscard]] virtual View view() const = 0;
  [[nodiscard]] virtual const Configuration& running() const = 0;
  [[nodiscard]] virtual const ConfigurationFacts& facts() const = 0;
  // Differs from the startup configuration, or keys are not saved (STO-3).
  [[nodiscard]] virtual bool modified() const = 0;

  // Puts a changed configuration to work. Error: what the device refuses; the old one stays.
  virtual Result<void> change(const Configuration& next) = 0;
  // `write memory`: the running configuration and the identity become durable.
  virtual Result<void> save() = 0;

  enum class Force { No, Yes };
  struct Registering {
    std::optional<Duration> key_generation;  // a key pair was made, and how long it took (REG-5)
    std::string key_kind = "2048 bit RSA";
  };
  virtual void register_token(std::string token, Force force, std::function<void(Result<Registering>)> done) = 0;
  virtual Result<void> deregister() = 0;
  virtual Result<void> renew_id() = 0;
  virtual Result<void> renew_authorization() = 0;

  virtual Result<void> set_clock(WallTime wall) = 0;
  virtual Result<void> add_member(Udi udi) = 0;
  virtual Result<void> remove_member(const std::string& sn) = 0;
  // The standby becomes active, with the startup contents (HA-1, STO-3). Error: Conflict without a standby.
  virtual Result<void> force_switchover() = 0;
  // Checks that these bytes are a CA certificate; what the dialogue shows of them. Error: Malformed, Crypto.
  struct Fingerprints {
    Bytes md5;
    Bytes sha1;
  };
  virtual Result<Fingerprints> check_ca_certificate(ByteView der) = 0;
  // Happens after the answer to this command went out; every session ends.
  virtual void reload() = 0;
  // For the audit: who did what, never a token.
  virtual void audit(const std::string& user, const std::string& line) = 0;
  // That user left configuration mode.
  virtual void configured(const std::string& user) = 0;
};

}  // namespace lictor::device
