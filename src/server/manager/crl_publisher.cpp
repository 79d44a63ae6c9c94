#include "server/manager/crl_publisher.hpp"

#include <fmt/format.h>

namespace lictor::manager {
namespace {
constexpr Duration kValid = days(7);
}

Result<Bytes> CrlPublisher::list(const std::string& name, WallTime now) {
  const pki::KeyAndCertificate* issuer = nullptr;
  if (name == "servers.crl") issuer = &authority_.root;
  if (name == "tls.crl") issuer = &authority_.tls_root;
  if (issuer == nullptr) return Error{ErrorCode::NotFound, fmt::format("There is no revocation list {}.", name)};
  const std::lock_guard lock(mutex_);
  auto& made = made_[name];
  if (!made.der.empty() && now >= made.at && now - made.at < kValid / 2) return made.der;
  // The number grows with time, as RFC 5280, 5.2.3 wants, and needs no memory.
  auto der =
      crypto_.issue_crl(issuer->certificate, *issuer->key, to_ms(now) / 1000, now - minutes(5), now + kValid, {});
  if (!der) return der.error();
  made = {std::move(*der), now};
  return made.der;
}

}  // namespace lictor::manager
