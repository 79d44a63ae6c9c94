// The manager's authority on disk (PKI-1, PKI-5): keys as PKCS#8 PEM with mode 0600, certificates beside them. Made at
// the first start, loaded afterwards; never made anew when a part is missing.
#pragma once

#include <map>
#include <string>

#include "foundation/os/files.hpp"
#include "licensing/pki/authority.hpp"

namespace lictor::manager {

// <folder>/authority.id, root.key, root.pem, intermediate.*, signing.*, tls-root.*, tls-server.*
struct AuthorityFiles {
  AuthorityId id;
  pki::Authority authority;
  bool made_now = false;
};
// Errors: Corrupt (a part is missing or does not fit; names it), Io, Crypto.
Result<AuthorityFiles> load_or_make_authority(os::Files& files, pki::Crypto& crypto, Entropy& entropy,
                                              const std::string& folder, pki::AuthoritySettings settings, WallTime now);
// Makes and writes a new TLS certificate under the TLS root. Cut anywhere, the next load finds the old pair or the new.
// Errors: as above; nothing has changed in `authority` then.
Result<void> renew_tls(os::Files& files, pki::Crypto& crypto, Entropy& entropy, const std::string& folder,
                       const pki::AuthoritySettings& settings, pki::Authority& authority, WallTime now);

// Secrets that must not be in the database (DECISIONS 14): 32 random bytes each in <folder>/<name>.secret.
Result<Secret> load_or_make_secret(os::Files& files, Entropy& entropy, const std::string& folder,
                                   std::string_view name);

}  // namespace lictor::manager
