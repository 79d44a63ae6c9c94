// Revocation lists of the authority (PKI-2): a small one for servers and intermediates, one for TLS. Made on demand,
// valid for a week, made anew when half of it has gone. ID certificates are judged by the database; their sharded lists
// come with revocation reports. Thread: any.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "licensing/pki/authority.hpp"

namespace lictor::manager {

class CrlPublisher {
 public:
  // Both must outlive it.
  CrlPublisher(pki::Crypto& crypto, const pki::Authority& authority) : crypto_(crypto), authority_(authority) {}
  // "servers.crl", "tls.crl". Errors: NotFound (no such list), Crypto.
  Result<Bytes> list(const std::string& name, WallTime now);

 private:
  struct Made {
    Bytes der;
    WallTime at{};
  };
  pki::Crypto& crypto_;
  const pki::Authority& authority_;
  std::mutex mutex_;
  std::map<std::string, Made> made_;
};

}  // namespace lictor::manager
