// Opaque bearer secrets and their keyed hashes (spec ACC-3, TOK-1; DECISIONS 14): 32 random bytes, base64url, with a
// prefix that tells their kind. The store holds HMAC-SHA-256 under a key that is not in the store.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "foundation/base/entropy.hpp"
#include "foundation/base/secret.hpp"
#include "licensing/pki/crypto.hpp"
#include "licensing/vocabulary/ids.hpp"

namespace lictor::identity {

// What a secret is for; a hash of one purpose never equals one of another.
enum class Purpose {
  Session,            // "ls_..."
  AccessToken,        // "la_..."
  ClientSecret,       // "lk_..."
  RegistrationToken,  // its form is domain/token_text.hpp's
};

// A new secret. Purpose::RegistrationToken has another maker: asserted against.
Secret make_bearer(Purpose purpose, Entropy& entropy);
// Session or AccessToken by its prefix and length; nullopt: neither.
std::optional<Purpose> purpose_of_bearer(std::string_view text);

class SecretHasher {
 public:
  // `key`: 32 bytes. `crypto` must outlive it. Thread: any.
  SecretHasher(pki::Crypto& crypto, Secret key) : crypto_(crypto), key_(std::move(key)) {}
  [[nodiscard]] KeyedHash hash(Purpose purpose, std::string_view text) const;

 private:
  pki::Crypto& crypto_;
  Secret key_;
};

// For a person to read from a terminal and type once: five groups of five, "k7mpx-...", without letters and digits that
// look alike; 123 bits.
Secret make_one_time_password(Entropy& entropy);

// "ci-3f9c2a71d0b4e865": an API client's id; not secret.
std::string make_client_id(Entropy& entropy);

}  // namespace lictor::identity
