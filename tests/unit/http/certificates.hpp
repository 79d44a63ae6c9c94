// A small certificate authority for tests of TLS: P-256, made afresh in memory.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "foundation/base/bytes.hpp"
#include "foundation/base/time.hpp"

namespace lictor::test {

struct Identity {
  std::string chain_pem;  // the leaf, then its issuers without the root
  std::string key_pem;
  std::string serial_hex;  // lower case
};

struct LeafSettings {
  std::vector<std::string> names = {"localhost"};  // dNSName, or iPAddress where it is one
  WallTime not_before{};
  WallTime not_after{};
  std::string crl_url;  // "" = no distribution point
  std::string usage = "serverAuth";
};

class Authority {
 public:
  virtual ~Authority() = default;
  [[nodiscard]] virtual Bytes root_der() const = 0;
  virtual Identity issue(const LeafSettings& settings) = 0;
  // A CRL (DER) of `revoked` serials.
  virtual Bytes crl(const std::vector<std::string>& revoked, WallTime this_update, WallTime next_update) = 0;
};
// The root is good from 2020 to 2060.
std::unique_ptr<Authority> make_authority(const std::string& name);

}  // namespace lictor::test
