// The crypto port with a memory: members of a fleet meet the same few certificates (anchors, signing chain) over and
// over; each is parsed once, and each good signature between two of them checked once. Everything else passes through.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "licensing/pki/crypto.hpp"

namespace lictor::fleet {

class SharingCrypto final : public pki::Crypto {
 public:
  explicit SharingCrypto(pki::Crypto& inner) : inner_(inner) {}

  Result<pki::Certificate> parse_certificate(ByteView der) override;
  // Only what was found good is remembered.
  Result<void> verify_certificate(const pki::Certificate& certificate, const pki::PublicKey& issuer_key) override;

  Result<std::unique_ptr<pki::PrivateKey>> generate_key(pki::KeyAlgorithm algorithm) override {
    return inner_.generate_key(algorithm);
  }
  Result<std::unique_ptr<pki::PrivateKey>> load_key(const Secret& pkcs8) override { return inner_.load_key(pkcs8); }
  Result<Secret> export_key(const pki::PrivateKey& key) override { return inner_.export_key(key); }
  Result<Bytes> sign(const pki::PrivateKey& key, ByteView data) override { return inner_.sign(key, data); }
  Result<void> verify(const pki::PublicKey& key, ByteView data, ByteView signature) override {
    return inner_.verify(key, data, signature);
  }
  Digest sha256(ByteView data) override { return inner_.sha256(data); }
  KeyedHash hmac_sha256(ByteView key, ByteView data) override { return inner_.hmac_sha256(key, data); }
  Bytes fingerprint(Fingerprint kind, ByteView data) override { return inner_.fingerprint(kind, data); }
  Result<Bytes> seal(const Secret& key, ByteView plain, ByteView associated_data) override {
    return inner_.seal(key, plain, associated_data);
  }
  Result<Secret> open(const Secret& key, ByteView sealed, ByteView associated_data) override {
    return inner_.open(key, sealed, associated_data);
  }
  Result<pki::CertificateRequest> parse_request(ByteView der) override { return inner_.parse_request(der); }
  Result<pki::RevocationList> parse_crl(ByteView der) override { return inner_.parse_crl(der); }
  Result<Bytes> make_request(const pki::PrivateKey& key, std::string_view common_name) override {
    return inner_.make_request(key, common_name);
  }
  Result<Bytes> issue_certificate(const pki::CertificateTemplate& what, const pki::PublicKey& subject,
                                  const pki::Certificate* issuer, const pki::PrivateKey& issuer_key) override {
    return inner_.issue_certificate(what, subject, issuer, issuer_key);
  }
  Result<Bytes> issue_crl(const pki::Certificate& issuer, const pki::PrivateKey& issuer_key, std::int64_t number,
                          WallTime this_update, WallTime next_update,
                          const std::vector<pki::RevokedEntry>& entries) override {
    return inner_.issue_crl(issuer, issuer_key, number, this_update, next_update, entries);
  }
  Result<void> verify_crl(const pki::RevocationList& crl, const pki::PublicKey& issuer_key) override {
    return inner_.verify_crl(crl, issuer_key);
  }

 private:
  pki::Crypto& inner_;
  std::mutex mutex_;
  std::map<Bytes, pki::Certificate> parsed_;    // by DER; small: members' own certificates pass through it
  std::set<std::pair<Bytes, Bytes>> verified_;  // DER, issuer's key
};

}  // namespace lictor::fleet
