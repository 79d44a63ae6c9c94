#include "licensing/pki/openssl/signatures.hpp"

#include <openssl/ecdsa.h>

#include <array>

namespace lictor::pki {
namespace {

constexpr std::size_t kP256Half = 32;
constexpr const char* kDefaultProvider = "provider=default";
constexpr std::size_t kLongestDer = 72;  // of a P-256 signature

using EcdsaSigPtr = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG_free>>;

// RFC 7518, 3.4: r || s, each 32 bytes, instead of DER.
Result<Bytes> der_to_raw(ByteView der) {
  const unsigned char* at = der.data();
  const EcdsaSigPtr signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  if (!signature) return openssl_error("the signature does not read");
  Bytes raw(2 * kP256Half);
  if (BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), raw.data(), kP256Half) < 0 ||
      BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), raw.data() + kP256Half, kP256Half) < 0) {
    return openssl_error("the signature does not fit");
  }
  return raw;
}

Result<Bytes> raw_to_der(ByteView raw) {
  if (raw.size() != 2 * kP256Half) return Error{ErrorCode::Crypto, "an ES256 signature has 64 bytes"};
  EcdsaSigPtr signature(ECDSA_SIG_new());
  BignumPtr r(BN_bin2bn(raw.data(), kP256Half, nullptr));
  BignumPtr s(BN_bin2bn(raw.data() + kP256Half, kP256Half, nullptr));
  if (!signature || !r || !s || ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1) {
    return openssl_error("the signature does not read");
  }
  (void)r.release();
  (void)s.release();
  return to_der(signature.get(), i2d_ECDSA_SIG, "the signature cannot be written");
}

Error not_signed() {
  ERR_clear_error();
  return Error{ErrorCode::Crypto, "the signature is not of this key over this data"};
}

}  // namespace

Result<Bytes> Signatures::sign_p256(const OpensslKey& key, ByteView data) {
  const Digest hash = sha256_of(library_, data);
  auto context = key.contexts().borrow();
  if (!context) {
    context = std::make_unique<OpensslKey::Context>();
    context->handle.reset(EVP_PKEY_CTX_new_from_pkey(library_.context.get(), key.get(), nullptr));
    if (!context->handle || EVP_PKEY_sign_init(context->handle.get()) != 1) {
      return openssl_error("the key cannot sign");
    }
  }
  std::array<unsigned char, kLongestDer> der{};
  std::size_t size = der.size();
  if (EVP_PKEY_sign(context->handle.get(), der.data(), &size, hash.bytes.data(), hash.bytes.size()) != 1) {
    return openssl_error("the data cannot be signed");
  }
  key.contexts().give_back(std::move(context));
  return der_to_raw(ByteView(der.data(), size));
}

Result<Bytes> Signatures::sign(const OpensslKey& key, ByteView data) {
  if (key.public_key().algorithm == KeyAlgorithm::EcP256) return sign_p256(key, data);
  const MdCtxPtr context(EVP_MD_CTX_new());
  std::size_t size = 0;
  if (!context ||
      EVP_DigestSignInit_ex(context.get(), nullptr, "SHA2-256", library_.context.get(), nullptr, key.get(), nullptr) !=
          1 ||
      EVP_DigestSign(context.get(), nullptr, &size, data.data(), data.size()) != 1) {
    return openssl_error("the data cannot be signed");
  }
  Bytes signature(size);
  if (EVP_DigestSign(context.get(), signature.data(), &size, data.data(), data.size()) != 1) {
    return openssl_error("the data cannot be signed");
  }
  signature.resize(size);
  return signature;
}

// Key and context share one key: that holds for OpenSSL's own provider, which is asked for by name.
std::unique_ptr<P256Verifier> Signatures::borrow_verifier() {
  if (auto spare = verifiers_.borrow()) return spare;
  auto made = std::make_unique<P256Verifier>();
  made->key.reset(EVP_PKEY_dup(library_.p256.get()));
  return made;
}

Result<void> Signatures::verify_p256(ByteView point, ByteView data, ByteView der) {
  auto verifier = borrow_verifier();
  auto& [handle, context] = *verifier;
  // Checks that the point lies on the curve. A verifier after an error of its own is not given back.
  if (!handle || EVP_PKEY_set1_encoded_public_key(handle.get(), point.data(), point.size()) != 1) {
    return openssl_error("the public key does not read");
  }
  if (!context) {
    context.reset(EVP_PKEY_CTX_new_from_pkey(library_.context.get(), handle.get(), kDefaultProvider));
    if (!context || EVP_PKEY_verify_init(context.get()) != 1) return openssl_error("the key cannot verify");
  }
  const Digest hash = sha256_of(library_, data);
  const int verdict = EVP_PKEY_verify(context.get(), der.data(), der.size(), hash.bytes.data(), hash.bytes.size());
  if (verdict == 0 || verdict == 1) verifiers_.give_back(std::move(verifier));
  return verdict == 1 ? Result<void>{} : not_signed();
}

Result<void> Signatures::verify(const PublicKey& key, ByteView data, ByteView signature) {
  Bytes der;
  if (key.algorithm == KeyAlgorithm::EcP256) {
    auto converted = raw_to_der(signature);
    if (!converted) return converted.error();
    der = std::move(*converted);
    signature = der;
    if (const auto point = p256_point(key); !point.empty()) return verify_p256(point, data, signature);
  }
  auto handle = load_public_key(library_, key);
  if (!handle) return handle.error();
  const MdCtxPtr context(EVP_MD_CTX_new());
  if (!context || EVP_DigestVerifyInit_ex(context.get(), nullptr, "SHA2-256", library_.context.get(), nullptr,
                                          handle->get(), nullptr) != 1) {
    return openssl_error("the key cannot verify");
  }
  if (EVP_DigestVerify(context.get(), signature.data(), signature.size(), data.data(), data.size()) != 1) {
    return not_signed();
  }
  return {};
}

}  // namespace lictor::pki
