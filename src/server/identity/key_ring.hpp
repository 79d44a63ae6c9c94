// Key-encryption keys, outside the database, each with an id (DECISIONS 14). New secrets are sealed under the current
// one; older ones stay for opening until everything under them is sealed anew.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "foundation/base/secret.hpp"
#include "licensing/pki/crypto.hpp"

namespace lictor::identity {

struct Sealed {
  std::string key_id;
  Bytes bytes;  // as Crypto::seal makes them
};

class KeyRing {
 public:
  // `keys`: id -> 32 bytes; `current` is one of them. `crypto` must outlive it. Thread: any, once made.
  // Error: InvalidArgument (no current key, a key of another length, an id with other characters than a-z 0-9 -).
  static Result<KeyRing> create(pki::Crypto& crypto, std::map<std::string, Secret, std::less<>> keys,
                                std::string current);

  // `about` names the row that holds the secret, so that sealed bytes cannot be moved to another. Error: Crypto.
  [[nodiscard]] Result<Sealed> seal(std::string_view plain, std::string_view about) const;
  // Errors: NotFound (a key that is not in the ring), Crypto (not sealed under it, or about something else).
  [[nodiscard]] Result<Secret> open(const Sealed& sealed, std::string_view about) const;

  [[nodiscard]] const std::string& current() const { return current_; }

 private:
  KeyRing(pki::Crypto& crypto, std::map<std::string, Secret, std::less<>> keys, std::string current)
      : crypto_(&crypto), keys_(std::move(keys)), current_(std::move(current)) {}
  pki::Crypto* crypto_;
  std::map<std::string, Secret, std::less<>> keys_;
  std::string current_;
};

}  // namespace lictor::identity
