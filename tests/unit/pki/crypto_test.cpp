// The Crypto port over OpenSSL: algorithms of PKI-1 and no others, bytes from outside, known answers.
#include "unit/pki/house.hpp"

#include <fmt/format.h>
#include <openssl/err.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "licensing/pki/issuer.hpp"
#include "support/command.hpp"
#include "support/temp_dir.hpp"

namespace lictor::pki::test {
namespace {

using lictor::test::run_command;

class OpensslCrypto : public testing::Test {
 protected:
  static House& house() {
    static House shared;
    return shared;
  }
  Crypto& crypto() { return *house().crypto; }
  // A key that the openssl program makes, as PKCS#8 DER; and its public half in DER.
  struct Foreign {
    Bytes pkcs8;
    Bytes request;
    Bytes certificate;
  };
  Foreign foreign(const std::vector<std::string>& options) {
    const lictor::test::TempDir folder;
    std::vector<std::string> words = {"openssl", "genpkey", "-out", folder.path("key.pem")};
    words.insert(words.end(), options.begin(), options.end());
    EXPECT_EQ(run_command(words).status, 0);
    EXPECT_EQ(run_command({"openssl", "req", "-new", "-key", folder.path("key.pem"), "-subj", "/CN=foreign", "-out",
                           folder.path("csr.pem")})
                  .status,
              0);
    EXPECT_EQ(run_command({"openssl", "req", "-new", "-x509", "-key", folder.path("key.pem"), "-subj", "/CN=foreign",
                           "-days", "10", "-out", folder.path("cert.pem")})
                  .status,
              0);
    return {from_pem("PRIVATE KEY", folder.read("key.pem")).value().at(0),
            from_pem("CERTIFICATE REQUEST", folder.read("csr.pem")).value().at(0),
            from_pem("CERTIFICATE", folder.read("cert.pem")).value().at(0)};
  }
};

TEST_F(OpensslCrypto, PKI_1_EachAlgorithmSignsVerifiesAndComesBackFromItsExport) {
  for (const auto algorithm : {KeyAlgorithm::EcP256, KeyAlgorithm::Rsa2048, KeyAlgorithm::Rsa3072}) {
    const auto key = crypto().generate_key(algorithm).value();
    EXPECT_EQ(key->public_key().algorithm, algorithm);
    const auto data = as_bytes("what is signed");
    const auto signature = crypto().sign(*key, data).value();
    EXPECT_EQ(signature.size(), algorithm == KeyAlgorithm::EcP256    ? 64U
                                : algorithm == KeyAlgorithm::Rsa2048 ? 256U
                                                                     : 384U);
    EXPECT_TRUE(crypto().verify(key->public_key(), data, signature));
    EXPECT_EQ(crypto().verify(key->public_key(), as_bytes("what is signee"), signature).error().code,
              ErrorCode::Crypto);
    for (const std::size_t at : {std::size_t{0}, signature.size() / 2, signature.size() - 1}) {
      auto changed = signature;
      changed[at] = static_cast<std::uint8_t>(changed[at] ^ 1);
      EXPECT_FALSE(crypto().verify(key->public_key(), data, changed)) << to_string(algorithm) << " at " << at;
    }
    const auto again = crypto().load_key(crypto().export_key(*key).value()).value();
    EXPECT_EQ(again->public_key(), key->public_key());
    EXPECT_TRUE(crypto().verify(key->public_key(), data, crypto().sign(*again, data).value()));
  }
}

TEST_F(OpensslCrypto, PKI_1_OtherAlgorithmsAndSizesAreUnsupported) {
  const std::vector<std::vector<std::string>> kinds = {{"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"},
                                                       {"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"},
                                                       {"-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"},
                                                       {"-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"},
                                                       {"-algorithm", "ED25519"}};
  for (const auto& kind : kinds) {
    const auto what = fmt::format("{}", fmt::join(kind, " "));
    const auto made = foreign(kind);
    const auto key = crypto().load_key(Secret(made.pkcs8));
    ASSERT_FALSE(key) << what;
    EXPECT_EQ(key.error().code, ErrorCode::Unsupported) << what << ": " << key.error().message;
    const auto request = crypto().parse_request(made.request);
    ASSERT_FALSE(request) << what;
    EXPECT_EQ(request.error().code, ErrorCode::Unsupported) << what << ": " << request.error().message;
    const auto certificate = crypto().parse_certificate(made.certificate);
    ASSERT_FALSE(certificate) << what;
    EXPECT_EQ(certificate.error().code, ErrorCode::Unsupported) << what << ": " << certificate.error().message;
  }
}

// From the network: each beginning of a good value, and a good value with more behind it.
TEST_F(OpensslCrypto, PRO_5_BytesThatDoNotParseAreMalformed) {
  const auto key = crypto().generate_key(KeyAlgorithm::EcP256).value();
  const auto certificate = house().authority.signing.certificate.der;
  const auto request = crypto().make_request(*key, "x").value();
  const auto crl = house().crl(house().authority.root, {{house().authority.signing.certificate.serial, kNow, 0}}).der;
  const auto pkcs8 = crypto().export_key(*key).value();
  const auto code = [](const auto& result) {
    return result ? std::optional<ErrorCode>() : std::optional(result.error().code);
  };
  for (std::size_t size = 0; size < certificate.size(); size += 5) {
    EXPECT_EQ(code(crypto().parse_certificate(ByteView(certificate).first(size))), ErrorCode::Malformed) << size;
  }
  for (std::size_t size = 0; size < request.size(); size += 3) {
    EXPECT_EQ(code(crypto().parse_request(ByteView(request).first(size))), ErrorCode::Malformed) << size;
  }
  for (std::size_t size = 0; size < crl.size(); size += 3) {
    EXPECT_EQ(code(crypto().parse_crl(ByteView(crl).first(size))), ErrorCode::Malformed) << size;
  }
  for (std::size_t size = 0; size < pkcs8.reveal().size(); size += 3) {
    const auto part = pkcs8.reveal().first(size);
    EXPECT_EQ(code(crypto().load_key(Secret(Bytes(part.begin(), part.end())))), ErrorCode::Malformed) << size;
  }
  const auto longer = [](Bytes der) {
    der.push_back(0);
    return der;
  };
  EXPECT_EQ(code(crypto().parse_certificate(longer(certificate))), ErrorCode::Malformed);
  EXPECT_EQ(code(crypto().parse_request(longer(request))), ErrorCode::Malformed);
  EXPECT_EQ(code(crypto().parse_crl(longer(crl))), ErrorCode::Malformed);
  EXPECT_FALSE(crypto().verify({KeyAlgorithm::EcP256, Bytes{1, 2, 3}}, as_bytes("x"), Bytes(64)));
}

// TLS on the same thread reads the error queue, too, and would take what lies there for its own.
TEST_F(OpensslCrypto, PRO_5_DamagedBytesLeaveNothingInTheErrorQueueOfTheThread) {
  const auto key = crypto().generate_key(KeyAlgorithm::EcP256).value();
  const auto certificate = house().authority.tls_server.certificate.der;
  const auto request = crypto().make_request(*key, "x").value();
  const auto crl = house().crl(house().authority.root, {{house().authority.signing.certificate.serial, kNow, 1}}).der;
  const auto each_byte = [](Bytes der, auto&& parse) {
    for (auto& byte : der) {
      for (const std::uint8_t other : {std::uint8_t{0x00}, std::uint8_t{0xff}, std::uint8_t{0x30}}) {
        const auto before = std::exchange(byte, other);
        (void)parse(der).has_value();
        byte = before;
        ASSERT_EQ(ERR_peek_error(), 0U) << "byte " << &byte - der.data();
      }
    }
  };
  each_byte(certificate, [&](const Bytes& der) { return crypto().parse_certificate(der); });
  each_byte(request, [&](const Bytes& der) { return crypto().parse_request(der); });
  each_byte(crl, [&](const Bytes& der) { return crypto().parse_crl(der); });
}

TEST_F(OpensslCrypto, PRO_5_APointThatIsNotOnTheCurveIsNoKey) {
  const auto key = crypto().generate_key(KeyAlgorithm::EcP256).value();
  const auto data = as_bytes("what is signed");
  const auto signature = crypto().sign(*key, data).value();
  auto public_key = key->public_key();
  ASSERT_EQ(public_key.spki.size(), 91u);
  ASSERT_TRUE(crypto().verify(public_key, data, signature));
  for (const std::size_t at : {26u, 27u, 58u, 59u, 90u}) {  // 04, X, Y
    auto bad = public_key;
    bad.spki[at] ^= 1;
    const auto ok = crypto().verify(bad, data, signature);
    ASSERT_FALSE(ok) << at;
    EXPECT_EQ(ok.error().code, ErrorCode::Crypto);
  }
  auto nowhere = public_key;
  std::fill(nowhere.spki.begin() + 27, nowhere.spki.end(), std::uint8_t{0});
  EXPECT_FALSE(crypto().verify(nowhere, data, signature));
}

TEST_F(OpensslCrypto, PRO_1_ARequestThatItsOwnKeyDidNotSignIsRefused) {
  const auto key = crypto().generate_key(KeyAlgorithm::EcP256).value();
  const auto request = crypto().make_request(*key, "PID:C9500-40X,SN:FCW2233A5ZV").value();
  EXPECT_EQ(crypto().parse_request(request).value().public_key, key->public_key());
  int refused = 0;
  for (std::size_t at = 0; at < request.size(); ++at) {
    auto changed = request;
    changed[at] = static_cast<std::uint8_t>(changed[at] ^ 0x10);
    refused += crypto().parse_request(changed) ? 0 : 1;
  }
  EXPECT_EQ(refused, static_cast<int>(request.size()));
}

TEST_F(OpensslCrypto, KnownAnswersOfHashes) {
  // FIPS 180-2, appendix B; RFC 4231, test cases 2 and 6.
  EXPECT_EQ(crypto().sha256(as_bytes("abc")).text(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(crypto().sha256({}).text(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  using Fingerprint = Crypto::Fingerprint;
  EXPECT_EQ(to_hex(crypto().fingerprint(Fingerprint::Md5, as_bytes("message digest"))),
            "f96b697d7cb7938d525a2f31aaf161d0");
  EXPECT_EQ(to_hex(crypto().fingerprint(Fingerprint::Sha1, as_bytes("abc"))),
            "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(crypto().hmac_sha256(as_bytes("Jefe"), as_bytes("what do ya want for nothing?")).text(),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(
      crypto().hmac_sha256(Bytes(131, 0xaa), as_bytes("Test Using Larger Than Block-Size Key - Hash Key First")).text(),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST_F(OpensslCrypto, PKI_5_WhatIsSealedOpensUnderItsKeyAndDataOnly) {
  const Secret key(Bytes(32, 7));
  const Secret other(Bytes(32, 8));
  for (const std::string plain : {"", "x", "a token with a few words in it"}) {
    const auto sealed = crypto().seal(key, as_bytes(plain), as_bytes("token/1")).value();
    EXPECT_EQ(sealed.size(), 12 + plain.size() + 16);
    EXPECT_EQ(crypto().open(key, sealed, as_bytes("token/1")).value().reveal_text(), plain);
    EXPECT_FALSE(crypto().open(key, sealed, as_bytes("token/2")));
    EXPECT_FALSE(crypto().open(key, sealed, {}));
    EXPECT_FALSE(crypto().open(other, sealed, as_bytes("token/1")));
    for (std::size_t at = 0; at < sealed.size(); ++at) {
      auto changed = sealed;
      changed[at] = static_cast<std::uint8_t>(changed[at] ^ 0x80);
      EXPECT_FALSE(crypto().open(key, changed, as_bytes("token/1"))) << at;
      EXPECT_FALSE(crypto().open(key, ByteView(sealed).first(at), as_bytes("token/1"))) << at;
    }
    EXPECT_NE(crypto().seal(key, as_bytes(plain), as_bytes("token/1")).value(), sealed) << "a nonce is drawn each time";
  }
  EXPECT_FALSE(crypto().seal(Secret(Bytes(16, 7)), as_bytes("x"), {}));
  EXPECT_FALSE(crypto().open(Secret(), Bytes(40), {}));
}

TEST_F(OpensslCrypto, PKI_1_WhatIsIssuedReadsBack) {
  auto what = house().id_template();
  const auto made = house().make(what, house().authority.intermediate).certificate;
  const auto& issuer = house().authority.intermediate.certificate;
  EXPECT_EQ(made.serial, what.serial);
  EXPECT_EQ(made.serial_der, Bytes(what.serial.bytes.begin(), what.serial.bytes.end()));
  EXPECT_EQ(made.subject, "CN=1001/42");
  EXPECT_EQ(made.not_before, what.not_before);
  EXPECT_EQ(made.not_after, what.not_after);
  EXPECT_EQ(made.uris, what.uris);
  EXPECT_EQ(made.crl_urls, std::vector<std::string>{what.crl_url});
  EXPECT_EQ(made.extended_key_usages, std::vector<std::string>{std::string(eku_oid(Purpose::IdCertificate))});
  EXPECT_EQ(made.issuer_der, issuer.subject_der);
  EXPECT_EQ(made.authority_key_id, issuer.subject_key_id);
  EXPECT_TRUE(made.may_sign);
  EXPECT_FALSE(made.is_ca || made.may_sign_certificates || made.has_unknown_critical_extension);
  EXPECT_TRUE(issuer.is_ca && issuer.may_sign_certificates && !issuer.may_sign);
  EXPECT_EQ(issuer.path_length, 0);
  EXPECT_EQ(house().authority.root.certificate.path_length, std::nullopt);
  const auto& tls = house().authority.tls_server.certificate;
  EXPECT_EQ(tls.dns_names, (std::vector<std::string>{"manager.example.org", "localhost"}));
  EXPECT_EQ(tls.ip_addresses, (std::vector<std::string>{"127.0.0.1", "::1"}));
}

// RFC 5280, 4.1.2.5: UTCTime until 2049, GeneralizedTime from 2050; whole seconds.
TEST_F(OpensslCrypto, PKI_1_DatesBefore1970AndAfter2050Survive) {
  auto what = house().id_template();
  for (const auto* last :
       {"2049-12-31T23:59:59Z", "2050-01-01T00:00:00Z", "2106-02-07T06:28:16Z", "9999-12-31T23:59:59Z"}) {
    what.not_after = parse_rfc3339(last).value();
    const auto made = house().make(what, house().authority.intermediate).certificate;
    EXPECT_EQ(to_rfc3339(made.not_after), last);
  }
  what.not_before = parse_rfc3339("1969-12-31T23:59:59Z").value();
  EXPECT_EQ(to_rfc3339(house().make(what, house().authority.intermediate).certificate.not_before),
            "1969-12-31T23:59:59Z");
}

TEST_F(OpensslCrypto, PKI_1_SerialsAreSixteenBytesWithoutASign) {
  std::set<Serial> seen;
  for (int i = 0; i < 2000; ++i) {
    const auto serial = random_serial(house().entropy);
    EXPECT_GE(serial.bytes[0], 0x01);
    EXPECT_LE(serial.bytes[0], 0x7f);
    seen.insert(serial);
  }
  EXPECT_EQ(seen.size(), 2000U);
}

// A name longer than X.509 allows (RFC 5280, appendix A) must not keep a device from registering.
TEST_F(OpensslCrypto, PKI_1_LongNamesAreCutNotRefused) {
  const auto key = crypto().generate_key(KeyAlgorithm::EcP256).value();
  const auto udi = fmt::format("PID:{:P<64},SN:{:S<64}", "", "");
  const auto request = crypto().make_request(*key, udi);
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(crypto().parse_request(*request).value().subject_common_name, udi.substr(0, 64));
  std::string umlauts;
  for (int i = 0; i < 70; ++i) umlauts += "\u00fc";
  EXPECT_EQ(crypto().parse_request(crypto().make_request(*key, umlauts).value()).value().subject_common_name,
            umlauts.substr(0, 64));
  auto settings = authority_settings();
  settings.dns_names = {fmt::format("{:a<60}.example.org", "")};
  const auto server = make_tls_server(crypto(), house().entropy, settings, house().authority.tls_root, kNow);
  ASSERT_TRUE(server) << server.error().message;
  EXPECT_EQ(server->certificate.dns_names, settings.dns_names);
}

TEST_F(OpensslCrypto, PKI_2_RevocationListsReadBack) {
  const auto& root = house().authority.root;
  std::vector<RevokedEntry> entries;
  for (int i = 0; i < 3; ++i) entries.push_back({random_serial(house().entropy), kNow - hours(i + 1), 0});
  const auto list = house().crl(root, entries, 77);
  EXPECT_EQ(list.number, 77);
  EXPECT_EQ(list.issuer_der, root.certificate.subject_der);
  EXPECT_EQ(list.this_update, kNow - hours(1));
  EXPECT_EQ(list.next_update, kNow + days(7));
  ASSERT_EQ(list.entries.size(), 3U);
  for (const auto& entry : entries) {
    EXPECT_TRUE(std::any_of(list.entries.begin(), list.entries.end(), [&](const RevokedEntry& read) {
      return read.serial == entry.serial && read.revoked_at == entry.revoked_at;
    }));
  }
  EXPECT_TRUE(crypto().verify_crl(list, root.certificate.public_key));
  EXPECT_EQ(crypto().verify_crl(list, house().authority.tls_root.certificate.public_key).error().code,
            ErrorCode::Crypto);
}

TEST_F(OpensslCrypto, PKI_2_TheReasonOfARevocationIsWritten) {
  const auto serial = random_serial(house().entropy);
  const auto list = house().crl(house().authority.root, {{serial, kNow, 5}});
  ASSERT_EQ(list.entries.size(), 1U);
  EXPECT_EQ(list.entries[0].reason, 5);
}

TEST_F(OpensslCrypto, PKI_1_AnAuthorityIsFiveCertificatesAndFiveKeys) {
  auto& own = house().authority;
  std::set<Bytes> keys;
  std::set<Serial> serials;
  for (const auto* one : {&own.root, &own.intermediate, &own.signing, &own.tls_root, &own.tls_server}) {
    EXPECT_EQ(one->key->public_key(), one->certificate.public_key);
    keys.insert(one->certificate.public_key.spki);
    serials.insert(one->certificate.serial);
  }
  EXPECT_EQ(keys.size(), 5U);
  EXPECT_EQ(serials.size(), 5U);
  const auto again =
      make_tls_server(crypto(), house().entropy, authority_settings(), own.tls_root, kNow + days(300)).value();
  EXPECT_TRUE(crypto().verify_certificate(again.certificate, own.tls_root.certificate.public_key));
  EXPECT_EQ(again.certificate.dns_names, own.tls_server.certificate.dns_names);
}

TEST_F(OpensslCrypto, IssuerAndSignerInThisProcessAnswerBeforeTheyReturn) {
  House own;
  const auto intermediate = own.authority.intermediate.certificate;
  const auto signing_key = own.authority.signing.certificate.public_key;
  auto issuer = make_local_issuer(*own.crypto, std::move(own.authority.intermediate.key), {intermediate});
  auto signer =
      make_local_signer(*own.crypto, std::move(own.authority.signing.key), {own.authority.signing.certificate});
  EXPECT_EQ(issuer->chain(), std::vector<Bytes>{intermediate.der});
  EXPECT_EQ(signer->chain(), std::vector<Bytes>{own.authority.signing.certificate.der});
  EXPECT_EQ(signer->certificate().serial, own.authority.signing.certificate.serial);
  const auto device = own.crypto->generate_key(KeyAlgorithm::EcP256).value();
  Bytes der;
  issuer->issue(own.id_template(), device->public_key(), [&](Result<Bytes> done) { der = done.value(); });
  EXPECT_TRUE(own.crypto->verify_certificate(own.crypto->parse_certificate(der).value(), intermediate.public_key));
  Bytes signature;
  signer->sign(to_bytes("answer"), [&](Result<Bytes> done) { signature = done.value(); });
  EXPECT_TRUE(own.crypto->verify(signing_key, as_bytes("answer"), signature));
}

// --- pure ----------------------------------------------------------------------------------------------------------
TEST(Names, PKI_1_UrisOfInstancesAndAuthorities) {
  const AuthorityId authority{std::string(kAuthorityUuid)};
  const auto uri = instance_uri(authority, AccountId{1001}, InstanceId{42});
  EXPECT_EQ(uri, "urn:lictor:6f1d2c3b-4a59-4e87-8d76-0f1e2d3c4b5a:1001:42");
  EXPECT_EQ(parse_instance_uri(uri).value(), (InstanceName{authority, AccountId{1001}, InstanceId{42}}));
  EXPECT_EQ(parse_authority_uri(authority_uri(authority)).value(), authority);
  for (const auto* bad :
       {"", "urn:lictor:", "urn:lictor:6f1d2c3b-4a59-4e87-8d76-0f1e2d3c4b5a",
        "urn:lictor:6f1d2c3b-4a59-4e87-8d76-0f1e2d3c4b5a:1001",
        "urn:lictor:6f1d2c3b-4a59-4e87-8d76-0f1e2d3c4b5a:1001:42:1",
        "urn:lictor:6f1d2c3b-4a59-4e87-8d76-0f1e2d3c4b5a:01:42",
        "urn:lictor:6f1d2c3b-4a59-4e87-8d76-0f1e2d3c4b5a:-1:42", "urn:lictor:6F1D2C3B-4A59-4E87-8D76-0F1E2D3C4B5A:1:42",
        "URN:lictor:6f1d2c3b-4a59-4e87-8d76-0f1e2d3c4b5a:1:42",
        "urn:lictor:6f1d2c3b-4a59-4e87-8d76-0f1e2d3c4b5a:1:9007199254740992"}) {
    EXPECT_FALSE(parse_instance_uri(bad)) << bad;
  }
  EXPECT_FALSE(parse_authority_uri(uri));
}

TEST(Names, KeyAlgorithmsHaveOneText) {
  for (const auto algorithm : {KeyAlgorithm::EcP256, KeyAlgorithm::Rsa2048, KeyAlgorithm::Rsa3072}) {
    EXPECT_EQ(parse_key_algorithm(to_string(algorithm)).value(), algorithm);
  }
  EXPECT_FALSE(parse_key_algorithm("rsa-1024"));
  EXPECT_FALSE(parse_key_algorithm("EC-P256"));
}

TEST(Pem, ReadsItsOwnAndEveryBlockOfTheLabel) {
  const Bytes first(100, 0xfb), second{1, 2, 3};
  const auto text = to_pem("CERTIFICATE", first);
  EXPECT_TRUE(text.starts_with("-----BEGIN CERTIFICATE-----\n"));
  EXPECT_TRUE(text.ends_with("\n-----END CERTIFICATE-----\n"));
  for (std::size_t at = 0, end = 0; (end = text.find('\n', at)) != std::string::npos; at = end + 1)
    EXPECT_LE(end - at, 64U);
  const auto bundle =
      "a comment\n" + text + to_pem("PRIVATE KEY", second) + "between\r\n" + to_pem("CERTIFICATE", second);
  EXPECT_EQ(from_pem("CERTIFICATE", bundle).value(), (std::vector<Bytes>{first, second}));
  EXPECT_EQ(from_pem("X509 CRL", bundle).value(), std::vector<Bytes>{});
  auto windows = text;
  for (std::size_t at = 0; (at = windows.find('\n', at)) != std::string::npos; at += 2) windows.insert(at, "\r");
  EXPECT_EQ(from_pem("CERTIFICATE", windows).value(), std::vector<Bytes>{first});
  EXPECT_EQ(from_pem("CERTIFICATE", text.substr(0, text.size() - 30)).error().code, ErrorCode::Malformed);
  EXPECT_EQ(from_pem("CERTIFICATE", "-----BEGIN CERTIFICATE-----\nA*==\n-----END CERTIFICATE-----").error().code,
            ErrorCode::Malformed);
}

}  // namespace
}  // namespace lictor::pki::test
