// What we issue, judged and printed by the openssl program (PKI-3).
#include "unit/pki/house.hpp"

#include <fmt/format.h>

#include <cctype>
#include <map>

#include "support/command.hpp"
#include "support/temp_dir.hpp"

namespace lictor::pki::test {
namespace {

using lictor::test::run_command;

class OpensslProgram : public testing::TestWithParam<KeyAlgorithm> {
 protected:
  // One for each algorithm: RSA keys take their time.
  static House& house_of(KeyAlgorithm algorithm) {
    static std::map<KeyAlgorithm, House> houses;
    return houses.try_emplace(algorithm, algorithm).first->second;
  }
  std::string pem(std::string_view name, std::string_view label, ByteView der) {
    return folder_.write(name, to_pem(label, der));
  }
  std::string certificate(std::string_view name, const Certificate& what) { return pem(name, "CERTIFICATE", what.der); }
  lictor::test::CommandOutcome verify(const std::vector<std::string>& more) {
    std::vector<std::string> words = {"openssl",       "verify",     "-x509_strict",
                                      "-no-CAfile",    "-no-CApath", "-no-CAstore",
                                      "-check_ss_sig", "-attime",    fmt::format("{}", to_ms(kNow) / 1000)};
    words.insert(words.end(), more.begin(), more.end());
    return run_command(words);
  }

  const lictor::test::TempDir folder_;
  House& house_ = house_of(GetParam());
  const Authority& own_ = house_.authority;
  const std::string root_ = certificate("root.pem", own_.root.certificate);
  const std::string intermediate_ = certificate("intermediate.pem", own_.intermediate.certificate);
};

INSTANTIATE_TEST_SUITE_P(EachAlgorithm, OpensslProgram,
                         testing::Values(KeyAlgorithm::EcP256, KeyAlgorithm::Rsa2048, KeyAlgorithm::Rsa3072),
                         [](const auto& info) {
                           std::string name(to_string(info.param));
                           std::erase(name, '-');
                           return name;
                         });

TEST_P(OpensslProgram, PKI_3_VerifiesOurChainsStrictly) {
  const auto device = house_.make(house_.id_template(), own_.intermediate).certificate;
  const auto tls_root = certificate("tls_root.pem", own_.tls_root.certificate);
  struct Row {
    const char* what;
    std::vector<std::string> words;
    bool good;
  };
  const Row rows[] = {
      {"root", {"-CAfile", root_, root_}, true},
      {"intermediate", {"-CAfile", root_, intermediate_}, true},
      {"signing", {"-CAfile", root_, certificate("signing.pem", own_.signing.certificate)}, true},
      {"device", {"-CAfile", root_, "-untrusted", intermediate_, certificate("device.pem", device)}, true},
      {"TLS root", {"-CAfile", tls_root, tls_root}, true},
      {"TLS server",
       {"-CAfile", tls_root, "-purpose", "sslserver", "-verify_hostname", "manager.example.org",
        certificate("tls.pem", own_.tls_server.certificate)},
       true},
      {"TLS server by address",
       {"-CAfile", tls_root, "-verify_ip", "127.0.0.1", certificate("tls.pem", own_.tls_server.certificate)},
       true},
      {"PKI-6: TLS server under the licensing root",
       {"-CAfile", root_, certificate("tls.pem", own_.tls_server.certificate)},
       false},
      {"PKI-6: signing under the TLS root",
       {"-CAfile", tls_root, certificate("signing.pem", own_.signing.certificate)},
       false},
      {"PKI-1: signing as a TLS server",
       {"-CAfile", root_, "-purpose", "sslserver", certificate("signing.pem", own_.signing.certificate)},
       false},
  };
  for (const auto& row : rows) {
    const auto outcome = verify(row.words);
    EXPECT_EQ(outcome.status == 0, row.good) << row.what << ": " << outcome.output;
  }
}

TEST_P(OpensslProgram, PKI_3_PrintsOurCertificatesSanely) {
  const auto print = [&](const Certificate& what) {
    const auto outcome = run_command({"openssl", "x509", "-noout", "-text", "-in", certificate("printed.pem", what)});
    EXPECT_EQ(outcome.status, 0) << outcome.output;
    return outcome.output;
  };
  const auto has = [](const std::string& text, std::string_view wanted) {
    EXPECT_NE(text.find(wanted), std::string::npos) << "no \"" << wanted << "\" in\n" << text;
  };
  const auto signing = print(own_.signing.certificate);
  has(signing, "Version: 3 (0x2)");
  has(signing, "Issuer: O = Example Networks, CN = Example Licensing Root");
  has(signing, "Subject: O = Example Networks, CN = Example Answer Signing");
  has(signing, "Not Before: Jan  1 08:00:00 2026 GMT");
  has(signing, "X509v3 Basic Constraints: critical\n                CA:FALSE");
  has(signing, "X509v3 Key Usage: critical\n                Digital Signature\n");
  has(signing, fmt::format("X509v3 Extended Key Usage: \n                {}\n", eku_oid(Purpose::AnswerSigning)));
  has(signing, fmt::format("URI:urn:lictor:{}\n", kAuthorityUuid));
  has(signing, "URI:http://manager.example.org/crl/servers.crl\n");
  const auto intermediate = print(own_.intermediate.certificate);
  has(intermediate, "X509v3 Basic Constraints: critical\n                CA:TRUE, pathlen:0");
  has(intermediate, "X509v3 Key Usage: critical\n                Certificate Sign, CRL Sign\n");
  has(intermediate, fmt::format("URI:urn:lictor:{}\n", kAuthorityUuid));
  EXPECT_EQ(intermediate.find("Extended Key Usage"), std::string::npos);
  const auto device = print(house_.make(house_.id_template(), own_.intermediate).certificate);
  has(device, fmt::format("URI:urn:lictor:{}:1001:42\n", kAuthorityUuid));
  has(device, fmt::format("X509v3 Extended Key Usage: \n                {}\n", eku_oid(Purpose::IdCertificate)));
  const auto tls = print(own_.tls_server.certificate);
  has(tls, "DNS:manager.example.org, DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1");
  has(tls, "TLS Web Server Authentication");
  has(tls, "URI:http://manager.example.org/crl/tls.crl");
  const auto root = print(own_.root.certificate);
  has(root, "CA:TRUE\n");
  EXPECT_EQ(root.find("CRL Distribution"), std::string::npos) << "nobody revokes a root";
}

TEST_P(OpensslProgram, PKI_2_VerifiesOurRevocationListsAndRefusesWhatTheyName) {
  const auto device = house_.make(house_.id_template(), own_.intermediate).certificate;
  const auto other = house_.make(house_.id_template(), own_.intermediate).certificate;
  const auto list = house_.crl(own_.intermediate, {{device.serial, kNow - hours(1), 5}}, 4711);
  const auto crl = pem("id.crl", "X509 CRL", list.der);
  const auto checked = run_command({"openssl", "crl", "-noout", "-verify", "-CAfile", intermediate_, "-in", crl});
  EXPECT_EQ(checked.status, 0) << checked.output;
  EXPECT_NE(checked.output.find("verify OK"), std::string::npos) << checked.output;
  const auto printed = run_command({"openssl", "crl", "-noout", "-text", "-in", crl}).output;
  EXPECT_NE(printed.find("Version 2 (0x1)"), std::string::npos) << printed;
  EXPECT_NE(printed.find("X509v3 CRL Number: \n                4711"), std::string::npos) << printed;
  auto serial = device.serial.text();
  for (auto& c : serial) c = static_cast<char>(std::toupper(c));
  EXPECT_NE(printed.find("Serial Number: " + serial), std::string::npos) << printed;

  const auto judge = [&](const Certificate& leaf) {
    return verify(
        {"-crl_check", "-CRLfile", crl, "-CAfile", root_, "-untrusted", intermediate_, certificate("leaf.pem", leaf)});
  };
  const auto revoked = judge(device);
  EXPECT_NE(revoked.status, 0);
  EXPECT_NE(revoked.output.find("certificate revoked"), std::string::npos) << revoked.output;
  const auto good = judge(other);
  EXPECT_EQ(good.status, 0) << good.output;

  const auto empty = pem("empty.crl", "X509 CRL", house_.crl(own_.root, {}).der);
  const auto of_root = verify({"-crl_check", "-CRLfile", empty, "-CAfile", root_, intermediate_});
  EXPECT_EQ(of_root.status, 0) << of_root.output;
}

TEST_P(OpensslProgram, PKI_3_VerifiesOurSigningRequestsAndWeItsOwn) {
  const auto key = house_.crypto->generate_key(GetParam()).value();
  const auto request = house_.crypto->make_request(*key, "PID:C9500-40X,SN:FCW2233A5ZV").value();
  const auto checked = run_command(
      {"openssl", "req", "-noout", "-verify", "-subject", "-in", pem("own.csr", "CERTIFICATE REQUEST", request)});
  EXPECT_EQ(checked.status, 0) << checked.output;
  EXPECT_NE(checked.output.find("verify OK"), std::string::npos) << checked.output;
  EXPECT_NE(checked.output.find("FCW2233A5ZV"), std::string::npos) << checked.output;

  const auto exported = house_.crypto->export_key(*key).value();
  const auto key_file = folder_.write("key.pem", to_pem("PRIVATE KEY", exported.reveal()));
  const auto made = run_command(
      {"openssl", "req", "-new", "-key", key_file, "-subj", "/CN=theirs", "-out", folder_.path("their.csr")});
  ASSERT_EQ(made.status, 0) << made.output;
  const auto blocks = from_pem("CERTIFICATE REQUEST", folder_.read("their.csr")).value();
  const auto read = house_.crypto->parse_request(blocks.at(0));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->subject_common_name, "theirs");
  EXPECT_EQ(read->public_key, key->public_key());
}

}  // namespace
}  // namespace lictor::pki::test
