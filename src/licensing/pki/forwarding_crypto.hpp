// A crypto port over another one: passes everything on. For those that change some of it. Thread-safe as `inner` is,
// which must outlive it.
#pragma once

#include "licensing/pki/crypto.hpp"

namespace lictor::pki {

class ForwardingCrypto : public Crypto {
 public:
  explicit ForwardingCrypto(Crypto& inner) : inner_(inner) {}

  Result<std::unique_ptr<PrivateKey>> generate_key(KeyAlgorithm algorithm) override {
    return inner_.generate_key(algorithm);
  }
  Result<std::unique_ptr<PrivateKey>> load_key(const Secret& pkcs8) override { return inner_.load_key(pkcs8); }
  Result<Secret> export_key(const PrivateKey& key) override { return inner_.export_key(key); }
  Result<Bytes> sign(const PrivateKey& key, ByteView data) override { return inner_.sign(key, data); }
  Result<void> verify(const PublicKey& key, ByteView data, ByteView signature) override {
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
  Result<CertificateRequest> parse_request(ByteView der) override { return inner_.parse_request(der); }
  Result<RevocationList> parse_crl(ByteView der) override { return inner_.parse_crl(der); }
  Result<Bytes> make_request(const PrivateKey& key, std::string_view common_name) override {
    return inner_.make_request(key, common_name);
  }
  Result<Bytes> issue_certificate(const CertificateTemplate& what, const PublicKey& subject, const Certificate* issuer,
                                  const PrivateKey& issuer_key) override {
    return inner_.issue_certificate(what, subject, issuer, issuer_key);
  }
  Result<Bytes> issue_crl(const Certificate& issuer, const PrivateKey& issuer_key, std::int64_t number,
                          WallTime this_update, WallTime next_update,
                          const std::vector<RevokedEntry>& entries) override {
    return inner_.issue_crl(issuer, issuer_key, number, this_update, next_update, entries);
  }
  Result<void> verify_crl(const RevocationList& crl, const PublicKey& issuer_key) override {
    return inner_.verify_crl(crl, issuer_key);
  }
  Result<Certificate> parse_certificate(ByteView der) override { return inner_.parse_certificate(der); }
  Result<void> verify_certificate(const Certificate& certificate, const PublicKey& issuer_key) override {
    return inner_.verify_certificate(certificate, issuer_key);
  }

 protected:
  [[nodiscard]] Crypto& inner() const { return inner_; }

 private:
  Crypto& inner_;
};

}  // namespace lictor::pki
