#include "licensing/pki/keyed_hash_crypto.hpp"

#include <algorithm>
#include <cstring>

#include "licensing/pki/keyed_hash_format.hpp"
#include "licensing/pki/openssl/sha256.hpp"

namespace lictor::pki {
namespace {

using namespace keyed_hash;

constexpr std::size_t kNonce = 12;
constexpr std::size_t kTag = 16;
constexpr std::size_t kSealingKey = 32;
constexpr std::size_t kKeyIdBytes = 20;

std::size_t signature_bytes(KeyAlgorithm algorithm) {
  switch (algorithm) {
    case KeyAlgorithm::EcP256:
      return 64;
    case KeyAlgorithm::Rsa2048:
      return 256;
    case KeyAlgorithm::Rsa3072:
      return 384;
  }
  return 64;
}

class HashKey final : public PrivateKey {
 public:
  HashKey(KeyAlgorithm algorithm, Bytes secret)
      : secret_(std::move(secret)), public_key_{algorithm, write_key(kPublicMagic, algorithm, secret_)} {}
  [[nodiscard]] const PublicKey& public_key() const override { return public_key_; }
  [[nodiscard]] ByteView secret() const { return secret_; }

 private:
  Bytes secret_;
  PublicKey public_key_;
};

// A keyed hash that is quick, not strong: eight bytes at a time, every bit of key and data in every bit of the sum.
std::uint64_t keyed_sum(ByteView secret, ByteView data) {
  std::uint64_t sum = 0x9e3779b97f4a7c15U ^ (data.size() * 0xc2b2ae3d27d4eb4fU);
  const auto add = [&sum](ByteView bytes) {
    for (std::size_t at = 0; at < bytes.size(); at += 8) {
      std::uint64_t word = 0;
      const std::size_t length = std::min<std::size_t>(8, bytes.size() - at);
      std::memcpy(&word, bytes.data() + at, length);
      sum = (sum ^ word) * 0x2545f4914f6cdd1dU;
      sum ^= sum >> 29U;
    }
  };
  add(secret);
  add(data);
  return sum;
}

// Drawn out to the length that a real signature has.
Bytes signature_of(KeyAlgorithm algorithm, ByteView secret, ByteView data) {
  SeededEntropy drawn(keyed_sum(secret, data));
  return drawn.bytes(signature_bytes(algorithm));
}

// Whole seconds, as RFC 5280 wants of DER.
WallTime whole_seconds(WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time);
}

Bytes key_id(const PublicKey& key) {
  const auto digest = plain_sha256(key.spki);
  return {digest.bytes.begin(), digest.bytes.begin() + kKeyIdBytes};
}

Certificate describe(const CertificateTemplate& what, const PublicKey& subject, const Certificate* issuer) {
  Certificate out;
  out.serial = what.serial;
  out.subject_der = write_name(fit_name(what.organization), fit_name(what.subject_common_name));
  out.issuer_der = issuer == nullptr ? out.subject_der : issuer->subject_der;
  out.not_before = whole_seconds(what.not_before);
  out.not_after = whole_seconds(what.not_after);
  out.public_key = subject;
  out.is_ca = what.purpose == Purpose::Authority;
  if (out.is_ca) {
    out.path_length = what.path_length;
  } else {
    out.extended_key_usages = {std::string(eku_oid(what.purpose))};
  }
  out.may_sign_certificates = out.is_ca;
  out.may_sign = !out.is_ca;
  out.uris = what.uris;
  out.dns_names = what.dns_names;
  out.ip_addresses = what.ip_addresses;
  if (!what.crl_url.empty()) out.crl_urls = {what.crl_url};
  out.subject_key_id = key_id(subject);
  out.authority_key_id = issuer == nullptr ? out.subject_key_id : issuer->subject_key_id;
  return out;
}

// A stream from the key and the nonce, laid over `data`; and what tells that nothing was changed.
void cover(ByteView key, ByteView nonce, std::span<std::uint8_t> data) {
  Bytes input(nonce.begin(), nonce.end());
  input.resize(kNonce + 4);
  for (std::size_t at = 0; at < data.size(); at += 32) {
    for (std::size_t i = 0; i < 4; ++i) input[kNonce + i] = static_cast<std::uint8_t>((at / 32) >> (24 - 8 * i));
    const auto block = plain_hmac_sha256(key, input);
    for (std::size_t i = at; i < std::min(at + 32, data.size()); ++i) data[i] ^= block.bytes[i - at];
  }
}

Bytes tag_of(ByteView key, ByteView nonce_and_text, ByteView associated_data) {
  // The digest of the text has one length, so the two parts cannot be shifted against each other.
  const auto digest = plain_sha256(nonce_and_text);
  Bytes input(digest.bytes.begin(), digest.bytes.end());
  input.insert(input.end(), associated_data.begin(), associated_data.end());
  const auto hash = plain_hmac_sha256(key, input);
  return {hash.bytes.begin(), hash.bytes.begin() + kTag};
}

class KeyedHashCrypto final : public Crypto {
 public:
  explicit KeyedHashCrypto(Entropy& entropy) : entropy_(entropy) {}

  Result<std::unique_ptr<PrivateKey>> generate_key(KeyAlgorithm algorithm) override {
    return wrap({algorithm, entropy_.bytes(kSecretBytes)});
  }

  Result<std::unique_ptr<PrivateKey>> load_key(const Secret& pkcs8) override {
    auto parts = read_key(kPrivateMagic, pkcs8.reveal());
    if (!parts) return parts.error();
    return wrap(std::move(*parts));
  }

  Result<Secret> export_key(const PrivateKey& key) override {
    const auto* own = own_key(key);
    if (own == nullptr) return foreign();
    return Secret(write_key(kPrivateMagic, own->public_key().algorithm, own->secret()));
  }

  Result<Bytes> sign(const PrivateKey& key, ByteView data) override {
    const auto* own = own_key(key);
    if (own == nullptr) return foreign();
    return signature_of(own->public_key().algorithm, own->secret(), data);
  }

  Result<void> verify(const PublicKey& key, ByteView data, ByteView signature) override {
    const auto parts = read_key(kPublicMagic, key.spki);
    if (!parts || parts->algorithm != key.algorithm) return Error{ErrorCode::Crypto, "the public key does not read"};
    if (!equal_constant_time(signature, signature_of(key.algorithm, parts->secret, data))) {
      return Error{ErrorCode::Crypto, "the signature is not of this key over this data"};
    }
    return {};
  }

  Digest sha256(ByteView data) override { return plain_sha256(data); }
  KeyedHash hmac_sha256(ByteView key, ByteView data) override { return plain_hmac_sha256(key, data); }
  Bytes fingerprint(Fingerprint kind, ByteView data) override {  // of the right length
    const auto digest = plain_sha256(data);
    return {digest.bytes.begin(), digest.bytes.begin() + (kind == Fingerprint::Md5 ? 16 : 20)};
  }

  Result<Bytes> seal(const Secret& key, ByteView plain, ByteView associated_data) override {
    if (key.reveal().size() != kSealingKey) return Error{ErrorCode::Crypto, "a sealing key has 32 bytes"};
    auto sealed = entropy_.bytes(kNonce);
    sealed.insert(sealed.end(), plain.begin(), plain.end());
    cover(key.reveal(), ByteView(sealed).first(kNonce), std::span(sealed).subspan(kNonce));
    const auto tag = tag_of(key.reveal(), sealed, associated_data);
    sealed.insert(sealed.end(), tag.begin(), tag.end());
    return sealed;
  }

  Result<Secret> open(const Secret& key, ByteView sealed, ByteView associated_data) override {
    if (key.reveal().size() != kSealingKey || sealed.size() < kNonce + kTag) {
      return Error{ErrorCode::Crypto, "a sealed secret is damaged"};
    }
    const auto covered = sealed.first(sealed.size() - kTag);
    if (!equal_constant_time(sealed.last(kTag), tag_of(key.reveal(), covered, associated_data))) {
      return Error{ErrorCode::Crypto, "a sealed secret does not open under this key"};
    }
    Bytes plain(covered.begin() + kNonce, covered.end());
    cover(key.reveal(), covered.first(kNonce), plain);
    return Secret(std::move(plain));
  }

  Result<Certificate> parse_certificate(ByteView der) override {
    auto parts = read_signed(kCertificateMagic, der);
    if (!parts) return parts.error();
    auto certificate = read_certificate(parts->contents);
    if (!certificate) return certificate.error();
    if (!read_key(kPublicMagic, certificate->public_key.spki)) {
      return Error{ErrorCode::Malformed, "the certificate's key does not read"};
    }
    certificate->der.assign(der.begin(), der.end());
    return certificate;
  }

  Result<CertificateRequest> parse_request(ByteView der) override {
    auto parts = read_signed(kRequestMagic, der);
    if (!parts) return parts.error();
    auto request = read_request(parts->contents);
    if (!request) return request.error();
    if (!verify(request->public_key, parts->contents, parts->signature)) {
      return Error{ErrorCode::Crypto, "the signing request is not signed by its own key"};
    }
    return request;
  }

  Result<RevocationList> parse_crl(ByteView der) override {
    auto parts = read_signed(kListMagic, der);
    if (!parts) return parts.error();
    auto list = read_list(parts->contents);
    if (!list) return list.error();
    list->der.assign(der.begin(), der.end());
    return list;
  }

  Result<Bytes> make_request(const PrivateKey& key, std::string_view common_name) override {
    return signed_by(key, kRequestMagic, write_request({std::string(fit_name(common_name)), key.public_key()}));
  }

  Result<Bytes> issue_certificate(const CertificateTemplate& what, const PublicKey& subject, const Certificate* issuer,
                                  const PrivateKey& issuer_key) override {
    return signed_by(issuer_key, kCertificateMagic, write_certificate(describe(what, subject, issuer)));
  }

  Result<Bytes> issue_crl(const Certificate& issuer, const PrivateKey& issuer_key, std::int64_t number,
                          WallTime this_update, WallTime next_update,
                          const std::vector<RevokedEntry>& entries) override {
    RevocationList list;
    list.issuer_der = issuer.subject_der;
    list.number = number;
    list.this_update = whole_seconds(this_update);
    list.next_update = whole_seconds(next_update);
    list.entries = entries;
    for (auto& entry : list.entries) entry.revoked_at = whole_seconds(entry.revoked_at);
    return signed_by(issuer_key, kListMagic, write_list(list));
  }

  Result<void> verify_certificate(const Certificate& certificate, const PublicKey& issuer_key) override {
    return verify_signed(kCertificateMagic, certificate.der, issuer_key);
  }
  Result<void> verify_crl(const RevocationList& crl, const PublicKey& issuer_key) override {
    return verify_signed(kListMagic, crl.der, issuer_key);
  }

 private:
  static const HashKey* own_key(const PrivateKey& key) { return dynamic_cast<const HashKey*>(&key); }
  static Error foreign() { return {ErrorCode::Crypto, "the key was made by another Crypto"}; }
  static Result<std::unique_ptr<PrivateKey>> wrap(KeyParts parts) {
    return std::unique_ptr<PrivateKey>(std::make_unique<HashKey>(parts.algorithm, std::move(parts.secret)));
  }

  Result<Bytes> signed_by(const PrivateKey& key, std::string_view magic, const Bytes& contents) {
    auto signature = sign(key, contents);
    if (!signature) return signature.error();
    return write_signed(magic, contents, *signature);
  }
  Result<void> verify_signed(std::string_view magic, ByteView der, const PublicKey& key) {
    auto parts = read_signed(magic, der);
    if (!parts) return parts.error();
    return verify(key, parts->contents, parts->signature);
  }

  Entropy& entropy_;
};

}  // namespace

std::unique_ptr<Crypto> make_keyed_hash_crypto(Entropy& entropy) {
  return std::make_unique<KeyedHashCrypto>(entropy);
}

}  // namespace lictor::pki
