#include "licensing/pki/issuer.hpp"

namespace lictor::pki {
namespace {

std::vector<Bytes> ders(const std::vector<Certificate>& chain) {
  std::vector<Bytes> out;
  for (const auto& certificate : chain) out.push_back(certificate.der);
  return out;
}

class LocalSigner final : public Signer {
 public:
  LocalSigner(Crypto& crypto, std::unique_ptr<PrivateKey> key, std::vector<Certificate> chain)
      : crypto_(crypto), key_(std::move(key)), chain_(ders(chain)), certificate_(std::move(chain.front())) {}
  [[nodiscard]] const std::vector<Bytes>& chain() const override { return chain_; }
  [[nodiscard]] KeyAlgorithm algorithm() const override { return key_->public_key().algorithm; }
  [[nodiscard]] const Certificate& certificate() const override { return certificate_; }
  void sign(Bytes data, std::function<void(Result<Bytes>)> done) override { done(crypto_.sign(*key_, data)); }

 private:
  Crypto& crypto_;
  std::unique_ptr<PrivateKey> key_;
  std::vector<Bytes> chain_;
  Certificate certificate_;
};

class LocalIssuer final : public Issuer {
 public:
  LocalIssuer(Crypto& crypto, std::unique_ptr<PrivateKey> key, std::vector<Certificate> chain)
      : crypto_(crypto), key_(std::move(key)), chain_(ders(chain)), certificate_(std::move(chain.front())) {}
  [[nodiscard]] const std::vector<Bytes>& chain() const override { return chain_; }
  void issue(CertificateTemplate what, PublicKey subject, std::function<void(Result<Bytes>)> done) override {
    done(crypto_.issue_certificate(what, subject, &certificate_, *key_));
  }

 private:
  Crypto& crypto_;
  std::unique_ptr<PrivateKey> key_;
  std::vector<Bytes> chain_;
  Certificate certificate_;
};

}  // namespace

std::unique_ptr<Signer> make_local_signer(Crypto& crypto, std::unique_ptr<PrivateKey> key,
                                          std::vector<Certificate> chain) {
  return std::make_unique<LocalSigner>(crypto, std::move(key), std::move(chain));
}

std::unique_ptr<Issuer> make_local_issuer(Crypto& crypto, std::unique_ptr<PrivateKey> key,
                                          std::vector<Certificate> chain) {
  return std::make_unique<LocalIssuer>(crypto, std::move(key), std::move(chain));
}

}  // namespace lictor::pki
