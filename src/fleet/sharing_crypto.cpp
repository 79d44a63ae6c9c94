#include "fleet/sharing_crypto.hpp"

namespace lictor::fleet {
namespace {

constexpr std::size_t kMostRemembered = 256;  // then all is forgotten: what is common comes back at once

}  // namespace

Result<pki::Certificate> SharingCrypto::parse_certificate(ByteView der) {
  Bytes key(der.begin(), der.end());
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = parsed_.find(key); known != parsed_.end()) return known->second;
  }
  auto parsed = inner().parse_certificate(der);
  if (!parsed) return parsed;
  const std::lock_guard lock(mutex_);
  if (parsed_.size() >= kMostRemembered) parsed_.clear();
  parsed_.emplace(std::move(key), *parsed);
  return parsed;
}

Result<void> SharingCrypto::verify_certificate(const pki::Certificate& certificate, const pki::PublicKey& issuer_key) {
  std::pair key(certificate.der, issuer_key.spki);
  {
    const std::lock_guard lock(mutex_);
    if (verified_.contains(key)) return {};
  }
  auto good = inner().verify_certificate(certificate, issuer_key);
  if (!good) return good;
  const std::lock_guard lock(mutex_);
  if (verified_.size() >= kMostRemembered) verified_.clear();
  verified_.insert(std::move(key));
  return good;
}

}  // namespace lictor::fleet
