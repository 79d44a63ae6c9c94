// Authorities as the openssl program sees them, and the two sets of roots kept apart.
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "licensing/pki/authority.hpp"
#include "licensing/pki/chain.hpp"
#include "licensing/pki/openssl/openssl_crypto.hpp"
#include "support/temp_dir.hpp"

namespace lictor::pki {
namespace {

class Authorities : public testing::TestWithParam<KeyAlgorithm> {
 protected:
  void SetUp() override {
    AuthoritySettings settings;
    settings.id = id_;
    settings.algorithm = GetParam();
    settings.crl_url = "http://localhost/crl/servers.crl";
    settings.dns_names = {"localhost"};
    settings.ip_addresses = {"127.0.0.1"};
    authority_ = make_authority(*crypto_, entropy_, settings, now_).value();
  }

  Bytes issue_id(WallTime from) {
    CertificateTemplate what;
    what.purpose = Purpose::IdCertificate;
    what.serial = random_serial(entropy_);
    what.subject_common_name = "7/12";
    what.not_before = from;
    what.not_after = from + days(365);
    what.uris = {instance_uri(id_, AccountId{7}, InstanceId{12})};
    what.crl_url = "http://localhost/crl/id-0.crl";
    key_ = crypto_->generate_key(GetParam()).value();
    return crypto_
        ->issue_certificate(what, key_->public_key(), &authority_.intermediate.certificate,
                            *authority_.intermediate.key)
        .value();
  }

  Result<std::vector<const Certificate*>> judge(const Certificate& leaf, std::vector<const Certificate*> between,
                                                const Certificate& anchor, Purpose purpose, WallTime at) {
    ChainRequest request;
    request.leaf = &leaf;
    request.intermediates = std::move(between);
    request.anchors = {&anchor};
    request.purpose = purpose;
    request.at_time = at;
    return verify_chain(*crypto_, request);
  }

  std::string write(const std::string& name, const Bytes& der) {
    const auto path = folder_.path() + "/" + name + ".pem";
    std::ofstream(path) << to_pem("CERTIFICATE", der);
    return path;
  }
  static std::string run(const std::string& command) {
    std::string output;
    FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
    char block[512];
    while (std::fgets(block, sizeof block, pipe) != nullptr) output += block;
    ::pclose(pipe);
    return output;
  }

  SeededEntropy entropy_{7};
  std::unique_ptr<Crypto> crypto_ = make_openssl_crypto().value();
  AuthorityId id_ = random_authority_id(entropy_);
  WallTime now_ = parse_rfc3339("2026-11-24T12:00:00Z").value();
  Authority authority_;
  std::unique_ptr<PrivateKey> key_;
  test::TempDir folder_;
};

TEST_P(Authorities, PKI_1_SerialsNamesAndUsagesAreAsStated) {
  const auto der = issue_id(now_);
  const auto certificate = crypto_->parse_certificate(der).value();
  EXPECT_EQ(certificate.serial_der.size(), 16U);
  EXPECT_EQ(certificate.uris, std::vector<std::string>{instance_uri(id_, AccountId{7}, InstanceId{12})});
  EXPECT_EQ(certificate.extended_key_usages, std::vector<std::string>{std::string(eku_oid(Purpose::IdCertificate))});
  EXPECT_EQ(certificate.crl_urls, std::vector<std::string>{"http://localhost/crl/id-0.crl"});
  EXPECT_EQ(certificate.not_after - certificate.not_before, days(365));
  EXPECT_EQ(certificate.public_key.algorithm, GetParam());
  for (const auto* part : {&authority_.intermediate, &authority_.signing}) {
    EXPECT_EQ(part->certificate.uris, std::vector<std::string>{authority_uri(id_)});
  }
  EXPECT_EQ(authority_.tls_server.certificate.extended_key_usages,
            std::vector<std::string>{std::string(eku_oid(Purpose::TlsServer))});
}

TEST_P(Authorities, PKI_3_OpensslVerifiesStrictlyAndPrints) {
  const auto root = write("root", authority_.root.certificate.der);
  const auto intermediate = write("intermediate", authority_.intermediate.certificate.der);
  const auto device = write("device", issue_id(now_));
  const auto tls_root = write("tls-root", authority_.tls_root.certificate.der);
  const auto tls = write("tls", authority_.tls_server.certificate.der);
  const std::string at = " -attime " + std::to_string(to_ms(now_) / 1000 + 60) + " ";
  EXPECT_EQ(run("openssl verify -x509_strict" + at + "-CAfile " + root + " -untrusted " + intermediate + " " + device),
            device + ": OK\n");
  EXPECT_EQ(run("openssl verify -x509_strict" + at + "-CAfile " + tls_root +
                " -purpose sslserver -verify_hostname localhost " + tls),
            tls + ": OK\n");
  const auto text = run("openssl x509 -noout -text -in " + device);
  EXPECT_NE(text.find("URI:" + instance_uri(id_, AccountId{7}, InstanceId{12})), std::string::npos) << text;
  EXPECT_NE(text.find("Digital Signature"), std::string::npos);
}

TEST_P(Authorities, PKI_6_TheTwoSetsOfRootsShareNothing) {
  const auto device = crypto_->parse_certificate(issue_id(now_)).value();
  const auto& a = authority_;
  EXPECT_TRUE(
      judge(device, {&a.intermediate.certificate}, a.root.certificate, Purpose::IdCertificate, now_).has_value());
  EXPECT_TRUE(judge(a.signing.certificate, {}, a.root.certificate, Purpose::AnswerSigning, now_).has_value());
  // TLS roots and TLS certificates never convince anybody about messages.
  EXPECT_FALSE(
      judge(device, {&a.intermediate.certificate}, a.tls_root.certificate, Purpose::IdCertificate, now_).has_value());
  EXPECT_FALSE(judge(a.tls_server.certificate, {}, a.tls_root.certificate, Purpose::AnswerSigning, now_).has_value());
  // Nor a device's certificate in the place of a server's, nor one out of its time.
  EXPECT_FALSE(
      judge(device, {&a.intermediate.certificate}, a.root.certificate, Purpose::AnswerSigning, now_).has_value());
  for (const auto at : {now_ - days(1), now_ + days(366)}) {
    const auto refused = judge(device, {&a.intermediate.certificate}, a.root.certificate, Purpose::IdCertificate, at);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::Expired);
  }
}

INSTANTIATE_TEST_SUITE_P(Keys, Authorities, testing::Values(KeyAlgorithm::EcP256, KeyAlgorithm::Rsa2048),
                         [](const auto& info) { return info.param == KeyAlgorithm::EcP256 ? "EcP256" : "Rsa2048"; });

}  // namespace
}  // namespace lictor::pki
