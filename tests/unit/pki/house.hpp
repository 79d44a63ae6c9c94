// An authority of P-256 keys, made once per test program, and what tests make under it.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "licensing/pki/authority.hpp"
#include "licensing/pki/openssl/openssl_crypto.hpp"

namespace lictor::pki::test {

inline constexpr WallTime kNow = wall_from_ms(1'767'261'600'000);  // 2026-01-01T10:00:00Z
inline constexpr std::string_view kAuthorityUuid = "6f1d2c3b-4a59-4e87-8d76-0f1e2d3c4b5a";

inline AuthoritySettings authority_settings(KeyAlgorithm algorithm = KeyAlgorithm::EcP256) {
  AuthoritySettings settings;
  settings.id = {std::string(kAuthorityUuid)};
  settings.organization = "Example Networks";
  settings.name = "Example";
  settings.algorithm = algorithm;
  settings.crl_url = "http://manager.example.org/crl/servers.crl";
  settings.tls_crl_url = "http://manager.example.org/crl/tls.crl";
  settings.dns_names = {"manager.example.org", "localhost"};
  settings.ip_addresses = {"127.0.0.1", "::1"};
  settings.backdate = hours(2);  // before anything that tests issue under it
  return settings;
}

struct House {
  explicit House(KeyAlgorithm algorithm = KeyAlgorithm::EcP256)
      : authority(make_authority(*crypto, entropy, authority_settings(algorithm), kNow).value()) {}

  [[nodiscard]] CertificateTemplate id_template() {
    CertificateTemplate what;
    what.purpose = Purpose::IdCertificate;
    what.serial = random_serial(entropy);
    what.subject_common_name = "1001/42";
    what.not_before = kNow - hours(1);
    what.not_after = kNow + days(365);
    what.uris = {instance_uri({std::string(kAuthorityUuid)}, AccountId{1001}, InstanceId{42})};
    what.crl_url = "http://manager.example.org/crl/id-0.crl";
    return what;
  }
  Certificate issue(const CertificateTemplate& what, const PublicKey& subject, const KeyAndCertificate& issuer) {
    return crypto->parse_certificate(crypto->issue_certificate(what, subject, &issuer.certificate, *issuer.key).value())
        .value();
  }
  // A key of its own and a certificate for it under `issuer`.
  KeyAndCertificate make(const CertificateTemplate& what, const KeyAndCertificate& issuer) {
    auto key = crypto->generate_key(KeyAlgorithm::EcP256).value();
    auto certificate = issue(what, key->public_key(), issuer);
    return {std::move(key), std::move(certificate)};
  }
  RevocationList crl(const KeyAndCertificate& issuer, const std::vector<RevokedEntry>& entries,
                     std::int64_t number = 1) {
    return crypto
        ->parse_crl(crypto->issue_crl(issuer.certificate, *issuer.key, number, kNow - hours(1), kNow + days(7), entries)
                        .value())
        .value();
  }

  std::unique_ptr<Crypto> crypto = make_openssl_crypto().value();
  SeededEntropy entropy{7};
  Authority authority;
};

}  // namespace lictor::pki::test
