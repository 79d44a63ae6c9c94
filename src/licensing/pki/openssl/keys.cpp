#include <fmt/format.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>

#include "licensing/pki/openssl/handles.hpp"

namespace lictor::pki {
namespace {

// RFC 5480: a SubjectPublicKeyInfo of P-256 with an uncompressed point is these bytes, then X and Y.
constexpr std::array<std::uint8_t, 27> kP256Head{0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                                 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                                 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04};
constexpr std::size_t kP256Point = 65;  // 04, X, Y
constexpr std::size_t kP256Spki = kP256Head.size() - 1 + kP256Point;

// RFC 8017: a SubjectPublicKeyInfo of RSA-2048 with the exponent 65537 is these bytes, the modulus, and these.
constexpr std::array<std::uint8_t, 33> kRsaHead{0x30, 0x82, 0x01, 0x22, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48,
                                                0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00, 0x03, 0x82, 0x01,
                                                0x0f, 0x00, 0x30, 0x82, 0x01, 0x0a, 0x02, 0x82, 0x01, 0x01, 0x00};
constexpr std::size_t kRsaModulus = 256;
constexpr std::array<std::uint8_t, 5> kRsaTail{0x02, 0x03, 0x01, 0x00, 0x01};

// The modulus of such a key; empty: another key or form.
ByteView rsa_modulus(const PublicKey& key) {
  const ByteView spki(key.spki);
  if (spki.size() != kRsaHead.size() + kRsaModulus + kRsaTail.size() ||
      !std::equal(kRsaHead.begin(), kRsaHead.end(), spki.begin()) ||
      !std::equal(kRsaTail.begin(), kRsaTail.end(), spki.end() - kRsaTail.size()) || spki[kRsaHead.size()] < 0x80) {
    return {};
  }
  return spki.subspan(kRsaHead.size(), kRsaModulus);
}

Result<PkeyPtr> load_rsa(const Library& library, ByteView modulus) {
  std::array<unsigned char, kRsaModulus> number{};  // OpenSSL's parameters are in the machine's order
  std::array<unsigned char, 3> exponent{0x01, 0x00, 0x01};
  std::reverse_copy(modulus.begin(), modulus.end(), number.begin());
  OSSL_PARAM parameters[] = {OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, number.data(), number.size()),
                             OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_E, exponent.data(), exponent.size()),
                             OSSL_PARAM_construct_end()};
  const PkeyCtxPtr context(EVP_PKEY_CTX_new_from_name(library.context.get(), "RSA", nullptr));
  EVP_PKEY* made = nullptr;
  if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, parameters) != 1) {
    return openssl_error("the public key does not read");
  }
  return PkeyPtr(made);
}
static_assert(std::endian::native == std::endian::little, "load_rsa turns the modulus round");

}  // namespace

ByteView p256_point(const PublicKey& key) {
  if (key.spki.size() != kP256Spki || !std::equal(kP256Head.begin(), kP256Head.end(), key.spki.begin())) return {};
  return ByteView(key.spki).last(kP256Point);
}

Digest sha256_of(const Library& library, ByteView data) {
  Digest digest;
  unsigned int size = 0;
  if (EVP_Digest(data.data(), data.size(), digest.bytes.data(), &size, library.sha256.get(), nullptr) != 1) {
    std::abort();
  }
  return digest;
}

Result<PkeyPtr> make_p256_parameters(const Library& library) {
  const PkeyCtxPtr context(EVP_PKEY_CTX_new_from_name(library.context.get(), "EC", nullptr));
  char group[] = SN_X9_62_prime256v1;
  OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
                             OSSL_PARAM_construct_end()};
  EVP_PKEY* made = nullptr;
  if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_KEY_PARAMETERS, parameters) != 1) {
    return openssl_error("OpenSSL lacks P-256");
  }
  return PkeyPtr(made);
}

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

// OpenSSL 3's decoder takes longer over a key than verifying a signature takes: the usual forms are read by hand.
// Setting a point checks that it lies on the curve.
Result<PkeyPtr> load_public_key(const Library& library, const PublicKey& key) {
  if (const auto point = p256_point(key); !point.empty()) {
    PkeyPtr handle(EVP_PKEY_dup(library.p256.get()));
    if (!handle || EVP_PKEY_set1_encoded_public_key(handle.get(), point.data(), point.size()) != 1) {
      return openssl_error("the public key does not read");
    }
    return handle;
  }
  if (const auto modulus = rsa_modulus(key); !modulus.empty()) return load_rsa(library, modulus);
  const unsigned char* at = key.spki.data();
  PkeyPtr handle(d2i_PUBKEY_ex(nullptr, &at, static_cast<long>(key.spki.size()), library.context.get(), nullptr));
  if (!handle) return openssl_error("the public key does not read");
  if (at != key.spki.data() + key.spki.size()) return Error{ErrorCode::Crypto, "there is more after the public key"};
  return handle;
}

}  // namespace lictor::pki
