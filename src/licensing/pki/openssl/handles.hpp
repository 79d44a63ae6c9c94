// OpenSSL's C handles, wrapped at birth.
#pragma once

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>

#include "foundation/base/bytes.hpp"
#include "licensing/pki/crypto.hpp"

namespace lictor::pki {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* handle) const {
    Free(handle);
  }
};
using PkeyPtr = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using PkeyCtxPtr = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using MdCtxPtr = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using MdPtr = std::unique_ptr<EVP_MD, Freed<EVP_MD_free>>;
using CipherPtr = std::unique_ptr<EVP_CIPHER, Freed<EVP_CIPHER_free>>;
using CipherCtxPtr = std::unique_ptr<EVP_CIPHER_CTX, Freed<EVP_CIPHER_CTX_free>>;
using X509Ptr = std::unique_ptr<X509, Freed<X509_free>>;
using X509ReqPtr = std::unique_ptr<X509_REQ, Freed<X509_REQ_free>>;
using X509CrlPtr = std::unique_ptr<X509_CRL, Freed<X509_CRL_free>>;
using X509RevokedPtr = std::unique_ptr<X509_REVOKED, Freed<X509_REVOKED_free>>;
using X509NamePtr = std::unique_ptr<X509_NAME, Freed<X509_NAME_free>>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>>;
using Asn1TimePtr = std::unique_ptr<ASN1_TIME, Freed<ASN1_TIME_free>>;
using Asn1IntegerPtr = std::unique_ptr<ASN1_INTEGER, Freed<ASN1_INTEGER_free>>;
using Pkcs8Ptr = std::unique_ptr<PKCS8_PRIV_KEY_INFO, Freed<PKCS8_PRIV_KEY_INFO_free>>;
using BignumPtr = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using LibCtxPtr = std::unique_ptr<OSSL_LIB_CTX, Freed<OSSL_LIB_CTX_free>>;
using ProviderPtr = std::unique_ptr<OSSL_PROVIDER, Freed<OSSL_PROVIDER_unload>>;

// Error: Crypto with `what` and OpenSSL's own newest reason; empties the thread's error queue.
Error openssl_error(std::string_view what);

// DER of anything that i2d can write.
template <class T, class I2d>
Result<Bytes> to_der(const T* object, I2d i2d, std::string_view what) {
  unsigned char* raw = nullptr;
  const int size = i2d(object, &raw);
  if (size <= 0) return openssl_error(what);
  Bytes der(raw, raw + size);
  OPENSSL_free(raw);
  return der;
}

// What every part of the adapter shares: the library context of its own and what was fetched once.
struct Library {
  LibCtxPtr context;
  ProviderPtr provider;
  MdPtr sha256;
  CipherPtr aes_gcm;
  PkeyPtr p256;  // the curve without a point: copied for each public key
};

Digest sha256_of(const Library& library, ByteView data);

// Which of PKI-1's algorithms the key has. Error: Unsupported.
Result<KeyAlgorithm> algorithm_of(const EVP_PKEY* key);
Result<PublicKey> public_key_of(const EVP_PKEY* key);
Result<PkeyPtr> make_p256_parameters(const Library& library);  // for Library::p256
// X and Y with their head 04 of a P-256 key in its usual form (RFC 5480); empty: another key or form.
ByteView p256_point(const PublicKey& key);
Result<PkeyPtr> load_public_key(const Library& library, const PublicKey& key);

// certificates.cpp
Result<X509Ptr> load_certificate(const Library& library, ByteView der);  // Error: Malformed
Result<Certificate> parse_certificate(const Library& library, ByteView der);
Result<Bytes> issue_certificate(const Library& library, const CertificateTemplate& what, const PublicKey& subject,
                                const Certificate* issuer, const PrivateKey& issuer_key);
Result<void> verify_certificate(const Library& library, const Certificate& certificate, const PublicKey& issuer_key);
Result<X509NamePtr> make_name(std::string_view common_name, std::string_view organization);
Result<WallTime> to_wall(const ASN1_TIME* time);
Result<Asn1TimePtr> to_asn1(WallTime time);
Asn1IntegerPtr to_asn1(const Serial& serial);
Serial to_serial(const ASN1_INTEGER* integer, Bytes* contents);
Result<ExtensionPtr> make_extension(int nid, const std::string& value, X509* subject, X509* issuer);

// requests.cpp
class Signatures;
Result<CertificateRequest> parse_request(const Library& library, Signatures& signatures, ByteView der);
Result<Bytes> make_request(const Library& library, const PrivateKey& key, std::string_view common_name);
Result<RevocationList> parse_crl(const Library& library, ByteView der);
Result<Bytes> issue_crl(const Library& library, const Certificate& issuer, const PrivateKey& issuer_key,
                        std::int64_t number, WallTime this_update, WallTime next_update,
                        const std::vector<RevokedEntry>& entries);
Result<void> verify_crl(const Library& library, const RevocationList& crl, const PublicKey& issuer_key);

}  // namespace lictor::pki
