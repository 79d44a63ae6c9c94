#include <fmt/format.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/rsa.h>

#include "licensing/pki/openssl/handles.hpp"

namespace lictor::pki {

Error openssl_error(std::string_view what) {
  const unsigned long code = ERR_peek_last_error();
  std::string reason;
  if (code != 0 && ERR_reason_error_string(code) != nullptr) reason = ERR_reason_error_string(code);
  ERR_clear_error();
  return {ErrorCode::Crypto, reason.empty() ? std::string(what) : fmt::format("{}: {}", what, reason)};
}

Result<KeyAlgorithm> algorithm_of(const EVP_PKEY* key) {
  const int bits = EVP_PKEY_get_bits(key);
  if (EVP_PKEY_is_a(key, "RSA") == 1 && bits == 2048) return KeyAlgorithm::Rsa2048;
  if (EVP_PKEY_is_a(key, "RSA") == 1 && bits == 3072) return KeyAlgorithm::Rsa3072;
  char group[64] = {};
  std::size_t size = 0;
  if (EVP_PKEY_is_a(key, "EC") == 1 && EVP_PKEY_get_group_name(key, group, sizeof group, &size) == 1 &&
      std::string_view(group, size) == SN_X9_62_prime256v1) {
    return KeyAlgorithm::EcP256;
  }
  ERR_clear_error();
  return Error{ErrorCode::Unsupported,
               fmt::format("a key of {} bits of this kind; RSA 2048, RSA 3072 and EC P-256 are spoken", bits)};
}

Result<PublicKey> public_key_of(const EVP_PKEY* key) {
  const auto algorithm = algorithm_of(key);
  if (!algorithm) return algorithm.error();
  auto spki = to_der(key, i2d_PUBKEY, "the public key cannot be written");
  if (!spki) return spki.error();
  return PublicKey{*algorithm, std::move(*spki)};
}

Result<PkeyPtr> load_public_key(const Library& library, const PublicKey& key) {
  const unsigned char* at = key.spki.data();
  PkeyPtr handle(d2i_PUBKEY_ex(nullptr, &at, static_cast<long>(key.spki.size()), library.context.get(), nullptr));
  if (!handle) return openssl_error("the public key does not read");
  if (at != key.spki.data() + key.spki.size()) return Error{ErrorCode::Crypto, "there is more after the public key"};
  return handle;
}

}  // namespace lictor::pki
