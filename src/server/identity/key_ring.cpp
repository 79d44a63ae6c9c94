#include "server/identity/key_ring.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lictor::identity {

Result<KeyRing> KeyRing::create(pki::Crypto& crypto, std::map<std::string, Secret, std::less<>> keys,
                                std::string current) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  for (const auto& [id, key] : keys) {
    if (id.empty() || id.size() > 32 || !std::ranges::all_of(id, fits)) {
      return Error{ErrorCode::InvalidArgument, fmt::format("\"{}\" is no key id: 1 to 32 of a-z 0-9 -", id)};
    }
    if (key.reveal().size() != 32) {
      return Error{ErrorCode::InvalidArgument, fmt::format("the key \"{}\" has not 32 bytes", id)};
    }
  }
  if (!keys.contains(current)) {
    return Error{ErrorCode::InvalidArgument, fmt::format("the current key \"{}\" is not among the keys", current)};
  }
  return KeyRing(crypto, std::move(keys), std::move(current));
}

Result<Sealed> KeyRing::seal(std::string_view plain, std::string_view about) const {
  auto bytes = crypto_->seal(keys_.at(current_), as_bytes(plain), as_bytes(about));
  if (!bytes) return bytes.error();
  return Sealed{current_, std::move(*bytes)};
}

Result<Secret> KeyRing::open(const Sealed& sealed, std::string_view about) const {
  const auto key = keys_.find(sealed.key_id);
  if (key == keys_.end()) {
    return Error{ErrorCode::NotFound, fmt::format("there is no key-encryption key \"{}\"", sealed.key_id)};
  }
  return crypto_->open(key->second, sealed.bytes, as_bytes(about));
}

}  // namespace lictor::identity
