// The crypto port with a memory: members of a fleet meet the same few certificates (anchors, signing chain) over and
// over; each is parsed once, and each good signature between two of them checked once. Everything else passes through.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "licensing/pki/forwarding_crypto.hpp"

namespace lictor::fleet {

class SharingCrypto final : public pki::ForwardingCrypto {
 public:
  using ForwardingCrypto::ForwardingCrypto;

  Result<pki::Certificate> parse_certificate(ByteView der) override;
  // Only what was found good is remembered.
  Result<void> verify_certificate(const pki::Certificate& certificate, const pki::PublicKey& issuer_key) override;

 private:
  std::mutex mutex_;
  std::map<Bytes, pki::Certificate> parsed_;    // by DER; small: members' own certificates pass through it
  std::set<std::pair<Bytes, Bytes>> verified_;  // DER, issuer's key
};

}  // namespace lictor::fleet
