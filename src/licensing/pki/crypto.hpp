// The crypto port (DECISIONS 7): everything that touches keys, signatures and DER. Production: openssl/ (own
// OSSL_LIB_CTX, no global init). Simulation plugs in a keyed-hash signer. Thread: one object may be used from several
// threads at once; a PrivateKey too.
#pragma once

#include <memory>

#include "foundation/base/entropy.hpp"
#include "foundation/base/secret.hpp"
#include "licensing/pki/certificate.hpp"

namespace lictor::pki {

// A key that signs. Its private half may live elsewhere (PKCS#11); exporting may be refused.
class PrivateKey {
 public:
  virtual ~PrivateKey() = default;
  [[nodiscard]] virtual const PublicKey& public_key() const = 0;
};

class Crypto {
 public:
  virtual ~Crypto() = default;

  // Blocks: RSA-2048 takes about 0.2 s. Error: Crypto.
  virtual Result<std::unique_ptr<PrivateKey>> generate_key(KeyAlgorithm algorithm) = 0;
  // PKCS#8 DER, unencrypted. Errors: Malformed, Unsupported (another algorithm or size).
  virtual Result<std::unique_ptr<PrivateKey>> load_key(const Secret& pkcs8) = 0;
  virtual Result<Secret> export_key(const PrivateKey& key) = 0;

  // ES256: r || s, 64 bytes; RS256: PKCS#1 v1.5 (RFC 7518, 3.3 and 3.4). The algorithm follows the key.
  virtual Result<Bytes> sign(const PrivateKey& key, ByteView data) = 0;
  // Error: Crypto when the signature is not of this key over this data.
  virtual Result<void> verify(const PublicKey& key, ByteView data, ByteView signature) = 0;

  virtual Digest sha256(ByteView data) = 0;
  virtual KeyedHash hmac_sha256(ByteView key, ByteView data) = 0;
  // For people to compare by eye (CFG-6): MD5, 16 bytes, and SHA-1, 20 bytes. Nothing trusts them.
  enum class Fingerprint { Md5, Sha1 };
  virtual Bytes fingerprint(Fingerprint kind, ByteView data) = 0;
  // AES-256-GCM: 12 bytes nonce || ciphertext || 16 bytes tag. `key` is 32 bytes. Errors: Crypto.
  virtual Result<Bytes> seal(const Secret& key, ByteView plain, ByteView associated_data) = 0;
  virtual Result<Secret> open(const Secret& key, ByteView sealed, ByteView associated_data) = 0;

  // Errors: Malformed, Unsupported (key algorithm or size that PKI-1 does not name).
  virtual Result<Certificate> parse_certificate(ByteView der) = 0;
  // Parses and checks the request's own signature. Errors: Malformed, Unsupported, Crypto.
  virtual Result<CertificateRequest> parse_request(ByteView der) = 0;
  virtual Result<RevocationList> parse_crl(ByteView der) = 0;

  // PKCS#10 with that common name (cut by fit_name), signed by `key`.
  virtual Result<Bytes> make_request(const PrivateKey& key, std::string_view common_name) = 0;
  // A certificate for `subject`, issued under `issuer` (nullptr: self-signed by issuer_key). Extensions by purpose:
  // basicConstraints, keyUsage, EKU, SKI, AKI, SAN, CRL distribution point; accepted by openssl verify -x509_strict.
  virtual Result<Bytes> issue_certificate(const CertificateTemplate& what, const PublicKey& subject,
                                          const Certificate* issuer, const PrivateKey& issuer_key) = 0;
  virtual Result<Bytes> issue_crl(const Certificate& issuer, const PrivateKey& issuer_key, std::int64_t number,
                                  WallTime this_update, WallTime next_update,
                                  const std::vector<RevokedEntry>& entries) = 0;
  // Is `certificate` signed by `issuer_key`? Error: Crypto.
  virtual Result<void> verify_certificate(const Certificate& certificate, const PublicKey& issuer_key) = 0;
  virtual Result<void> verify_crl(const RevocationList& crl, const PublicKey& issuer_key) = 0;
};

// PEM armour (RFC 7468), pure. Errors: Malformed.
std::string to_pem(std::string_view label, ByteView der);  // label: "CERTIFICATE", "PRIVATE KEY", "X509 CRL"
Result<std::vector<Bytes>> from_pem(std::string_view label, std::string_view text);  // all blocks of that label

}  // namespace lictor::pki
