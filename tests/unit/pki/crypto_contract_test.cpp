// What every Crypto promises (crypto.hpp), over the OpenSSL adapter and the keyed-hash one alike: who plugs in the
// second for speed must meet no other behaviour.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "licensing/pki/authority.hpp"
#include "licensing/pki/keyed_hash_crypto.hpp"
#include "licensing/pki/openssl/openssl_crypto.hpp"
#include "licensing/pki/openssl/sha256.hpp"

namespace lictor::pki {
namespace {

constexpr WallTime kNow = wall_from_ms(1'764'000'000'789);
constexpr WallTime kNowInSeconds = wall_from_ms(1'764'000'000'000);

struct Adapter {
  const char* name;
  std::unique_ptr<Crypto> (*make)(Entropy&);
};

class CryptoContract : public testing::TestWithParam<Adapter> {
 protected:
  std::unique_ptr<PrivateKey> key(KeyAlgorithm algorithm = KeyAlgorithm::EcP256) {
    return crypto_->generate_key(algorithm).value();
  }
  KeyAndCertificate root(std::string name) {
    CertificateTemplate what;
    what.purpose = Purpose::Authority;
    what.serial = random_serial(entropy_);
    what.subject_common_name = std::move(name);
    what.not_before = kNow - days(1);
    what.not_after = kNow + days(100);
    auto own = key();
    const auto der = crypto_->issue_certificate(what, own->public_key(), nullptr, *own).value();
    return {std::move(own), crypto_->parse_certificate(der).value()};
  }

  SeededEntropy entropy_{42};
  const std::unique_ptr<Crypto> crypto_ = GetParam().make(entropy_);
};

INSTANTIATE_TEST_SUITE_P(Adapters, CryptoContract,
                         testing::Values(Adapter{"OpenSsl", [](Entropy&) { return make_openssl_crypto().value(); }},
                                         Adapter{"KeyedHash",
                                                 [](Entropy& entropy) { return make_keyed_hash_crypto(entropy); }}),
                         [](const auto& info) { return info.param.name; });

ErrorCode code_of(const auto& result) {
  return result ? ErrorCode::Internal : result.error().code;
}

Bytes changed(Bytes bytes, std::size_t at) {
  bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ 0x01);
  return bytes;
}

TEST_P(CryptoContract, PKI_1_SignsAndVerifiesUnderTheThreeAlgorithms) {
  const struct {
    KeyAlgorithm algorithm;
    std::size_t signature_bytes;
  } cases[] = {{KeyAlgorithm::EcP256, 64}, {KeyAlgorithm::Rsa2048, 256}, {KeyAlgorithm::Rsa3072, 384}};
  for (const auto& c : cases) {
    SCOPED_TRACE(to_string(c.algorithm));
    const auto own = key(c.algorithm);
    const auto other = key(c.algorithm);
    EXPECT_EQ(own->public_key().algorithm, c.algorithm);
    const auto data = to_bytes("what is signed");
    const auto signature = crypto_->sign(*own, data).value();
    EXPECT_EQ(signature.size(), c.signature_bytes);
    EXPECT_TRUE(crypto_->verify(own->public_key(), data, signature));
    EXPECT_EQ(code_of(crypto_->verify(other->public_key(), data, signature)), ErrorCode::Crypto);
    EXPECT_EQ(code_of(crypto_->verify(own->public_key(), to_bytes("what is signee"), signature)), ErrorCode::Crypto);
    for (const std::size_t at : {std::size_t{0}, signature.size() / 2, signature.size() - 1}) {
      EXPECT_EQ(code_of(crypto_->verify(own->public_key(), data, changed(signature, at))), ErrorCode::Crypto) << at;
    }
    EXPECT_EQ(code_of(crypto_->verify(own->public_key(), data, {})), ErrorCode::Crypto);
    EXPECT_EQ(code_of(crypto_->verify(own->public_key(), data, ByteView(signature).first(signature.size() - 1))),
              ErrorCode::Crypto);
  }
}

TEST_P(CryptoContract, AKeyReadsBackAndDamageDoesNot) {
  for (const auto algorithm : {KeyAlgorithm::EcP256, KeyAlgorithm::Rsa2048}) {
    const auto own = key(algorithm);
    const auto exported = crypto_->export_key(*own).value();
    const auto loaded = crypto_->load_key(exported).value();
    EXPECT_EQ(loaded->public_key(), own->public_key());
    const auto data = to_bytes("data");
    EXPECT_TRUE(crypto_->verify(own->public_key(), data, crypto_->sign(*loaded, data).value()));

    Bytes longer(exported.reveal().begin(), exported.reveal().end());
    longer.push_back(0);
    EXPECT_EQ(code_of(crypto_->load_key(Secret(longer))), ErrorCode::Malformed) << "more after the key";
    const auto half = exported.reveal().first(exported.reveal().size() / 2);
    EXPECT_EQ(code_of(crypto_->load_key(Secret(Bytes(half.begin(), half.end())))), ErrorCode::Malformed);
    auto public_key = own->public_key();
    public_key.spki.push_back(0);
    EXPECT_FALSE(crypto_->verify(public_key, data, crypto_->sign(*own, data).value())) << "more after the public key";
  }
  EXPECT_EQ(code_of(crypto_->load_key(Secret())), ErrorCode::Malformed);
  EXPECT_EQ(code_of(crypto_->load_key(Secret::from_text("no key"))), ErrorCode::Malformed);
}

TEST_P(CryptoContract, HashesAsTheStandardsSay) {
  EXPECT_EQ(crypto_->sha256(as_bytes("abc")).text(),  // FIPS 180-4
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(crypto_->sha256({}).text(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(crypto_->hmac_sha256(as_bytes("Jefe"), as_bytes("what do ya want for nothing?")).text(),  // RFC 4231, 2
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  const auto long_key = as_bytes("Test Using Larger Than Block-Size Key - Hash Key First");
  EXPECT_EQ(crypto_->hmac_sha256(Bytes(131, 0xaa), long_key).text(),  // RFC 4231, 6
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST_P(CryptoContract, SealsUnderOneKeyForOnePlace) {
  const Secret sealing_key(Bytes(32, 7));
  const Secret other_key(Bytes(32, 8));
  for (const std::size_t size : {0, 1, 31, 32, 33, 1000}) {
    const Bytes plain(size, 0x5a);
    const auto sealed = crypto_->seal(sealing_key, plain, as_bytes("token 7")).value();
    EXPECT_EQ(sealed.size(), 12 + size + 16);
    const auto opened = crypto_->open(sealing_key, sealed, as_bytes("token 7"));
    ASSERT_TRUE(opened) << size;
    EXPECT_EQ(Bytes(opened->reveal().begin(), opened->reveal().end()), plain);
    EXPECT_NE(crypto_->seal(sealing_key, plain, as_bytes("token 7")).value(), sealed) << "a nonce came twice";
    EXPECT_EQ(code_of(crypto_->open(other_key, sealed, as_bytes("token 7"))), ErrorCode::Crypto);
    EXPECT_EQ(code_of(crypto_->open(sealing_key, sealed, as_bytes("token 8"))), ErrorCode::Crypto);
    for (const std::size_t at : {std::size_t{0}, std::size_t{12}, sealed.size() - 1}) {
      EXPECT_EQ(code_of(crypto_->open(sealing_key, changed(sealed, at), as_bytes("token 7"))), ErrorCode::Crypto) << at;
    }
  }
  EXPECT_EQ(code_of(crypto_->seal(Secret(Bytes(31, 7)), {}, {})), ErrorCode::Crypto);
  EXPECT_EQ(code_of(crypto_->open(sealing_key, Bytes(27, 0), {})), ErrorCode::Crypto);
}

TEST_P(CryptoContract, PKI_1_ACertificateHoldsWhatItsTemplateSays) {
  const auto authority = root("Root");
  const auto device = key();
  CertificateTemplate what;
  what.purpose = Purpose::IdCertificate;
  what.serial = random_serial(entropy_);
  what.subject_common_name = "PID:C9500-40X,SN:\xc3\xa4 \"1\"";
  what.organization = "Example, Inc";
  what.not_before = kNow;
  what.not_after = kNow + days(365);
  what.uris = {"urn:lictor:71a9a842-3c97-4803-b200-da154a4faa73:12:34"};
  what.crl_url = "http://lsm.example/crl/id-0007.crl";
  const auto der =
      crypto_->issue_certificate(what, device->public_key(), &authority.certificate, *authority.key).value();
  const auto read = crypto_->parse_certificate(der).value();
  EXPECT_EQ(read.der, der);
  EXPECT_EQ(read.serial, what.serial);
  EXPECT_EQ(read.serial_der, Bytes(what.serial.bytes.begin(), what.serial.bytes.end()));
  EXPECT_EQ(read.subject_common_name, what.subject_common_name);
  EXPECT_NE(read.subject.find("CN="), std::string::npos);
  EXPECT_EQ(read.issuer_der, authority.certificate.subject_der);
  EXPECT_NE(read.subject_der, authority.certificate.subject_der);
  EXPECT_EQ(read.not_before, kNowInSeconds) << "whole seconds";
  EXPECT_EQ(read.not_after, kNowInSeconds + days(365));
  EXPECT_EQ(read.public_key, device->public_key());
  EXPECT_FALSE(read.is_ca);
  EXPECT_FALSE(read.may_sign_certificates);
  EXPECT_TRUE(read.may_sign);
  EXPECT_EQ(read.extended_key_usages, std::vector{std::string(eku_oid(Purpose::IdCertificate))});
  EXPECT_EQ(read.uris, what.uris);
  EXPECT_EQ(read.crl_urls, std::vector{what.crl_url});
  EXPECT_EQ(read.authority_key_id, authority.certificate.subject_key_id);
  EXPECT_EQ(read.subject_key_id.size(), 20U);
  EXPECT_FALSE(read.has_unknown_critical_extension);
  EXPECT_TRUE(crypto_->verify_certificate(read, authority.certificate.public_key));
  EXPECT_EQ(code_of(crypto_->verify_certificate(read, device->public_key())), ErrorCode::Crypto);
}

TEST_P(CryptoContract, PKI_1_AnAuthorityAndATlsServerAreMarkedAsSuch) {
  const auto authority = root("Root");
  EXPECT_TRUE(authority.certificate.is_ca);
  EXPECT_TRUE(authority.certificate.may_sign_certificates);
  EXPECT_FALSE(authority.certificate.may_sign);
  EXPECT_TRUE(authority.certificate.extended_key_usages.empty());
  EXPECT_EQ(authority.certificate.path_length, std::nullopt);
  EXPECT_EQ(authority.certificate.issuer_der, authority.certificate.subject_der);
  EXPECT_TRUE(crypto_->verify_certificate(authority.certificate, authority.certificate.public_key));

  const auto server = key();
  CertificateTemplate what;
  what.purpose = Purpose::TlsServer;
  what.serial = random_serial(entropy_);
  what.subject_common_name = "lsm.example";
  what.not_before = kNow;
  what.not_after = kNow + days(1);
  what.dns_names = {"lsm.example", "localhost"};
  what.ip_addresses = {"127.0.0.1", "::1"};
  const auto der =
      crypto_->issue_certificate(what, server->public_key(), &authority.certificate, *authority.key).value();
  const auto read = crypto_->parse_certificate(der).value();
  EXPECT_EQ(read.dns_names, what.dns_names);
  EXPECT_EQ(read.ip_addresses, what.ip_addresses);
  EXPECT_EQ(read.extended_key_usages, std::vector<std::string>{"1.3.6.1.5.5.7.3.1"});
  EXPECT_TRUE(read.crl_urls.empty());
}

// Each byte changed, each length cut: refused, or parsed and then not signed by the issuer; never a crash.
TEST_P(CryptoContract, PRO_5_ADamagedCertificateIsRefused) {
  const auto authority = root("Root");
  const auto& der = authority.certificate.der;
  for (std::size_t at = 0; at < der.size(); ++at) {
    const auto read = crypto_->parse_certificate(changed(der, at));
    if (!read) continue;
    EXPECT_FALSE(crypto_->verify_certificate(*read, authority.certificate.public_key)) << "byte " << at;
  }
  for (std::size_t size = 0; size < der.size(); ++size) {
    EXPECT_EQ(code_of(crypto_->parse_certificate(ByteView(der).first(size))), ErrorCode::Malformed) << size;
  }
  auto longer = der;
  longer.push_back(0);
  EXPECT_EQ(code_of(crypto_->parse_certificate(longer)), ErrorCode::Malformed);
}

TEST_P(CryptoContract, ASigningRequestProvesItsKey) {
  const auto own = key();
  const auto der = crypto_->make_request(*own, "PID:C9500-40X,SN:FDO1").value();
  const auto read = crypto_->parse_request(der).value();
  EXPECT_EQ(read.subject_common_name, "PID:C9500-40X,SN:FDO1");
  EXPECT_EQ(read.public_key, own->public_key());
  EXPECT_EQ(code_of(crypto_->parse_request(changed(der, der.size() - 1))), ErrorCode::Crypto);
  for (std::size_t at = 0; at < der.size(); ++at) {
    EXPECT_FALSE(crypto_->parse_request(changed(der, at))) << "byte " << at;
  }
  auto longer = der;
  longer.push_back(0);
  EXPECT_EQ(code_of(crypto_->parse_request(longer)), ErrorCode::Malformed);
  EXPECT_EQ(code_of(crypto_->parse_request({})), ErrorCode::Malformed);
}

// A UDI may have 137 characters, a name in a certificate 64 (RFC 5280).
TEST_P(CryptoContract, ALongNameIsCutBetweenCharacters) {
  const auto own = key();
  const std::string udi = "PID:" + std::string(64, 'P') + ",SN:" + std::string(64, 'S');
  const auto request = crypto_->make_request(*own, udi);
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(crypto_->parse_request(*request).value().subject_common_name, udi.substr(0, 64));
  // The 64th byte would be the first half of a character.
  const auto authority = root(std::string(63, 'x') + "\xc3\xa4");
  EXPECT_EQ(authority.certificate.subject_common_name, std::string(63, 'x'));
}

TEST_P(CryptoContract, PKI_2_ARevocationListHoldsItsEntries) {
  const auto authority = root("Root");
  const auto other = root("Other");
  const std::vector<RevokedEntry> entries{{random_serial(entropy_), kNow - days(2), 4},
                                          {random_serial(entropy_), kNow - days(1), 5},
                                          {random_serial(entropy_), kNow, 0}};
  const auto der = crypto_->issue_crl(authority.certificate, *authority.key, 77, kNow, kNow + days(7), entries).value();
  const auto read = crypto_->parse_crl(der).value();
  EXPECT_EQ(read.der, der);
  EXPECT_EQ(read.issuer_der, authority.certificate.subject_der);
  EXPECT_EQ(read.number, 77);
  EXPECT_EQ(read.this_update, kNowInSeconds);
  EXPECT_EQ(read.next_update, kNowInSeconds + days(7));
  ASSERT_EQ(read.entries.size(), entries.size());
  for (const auto& entry : entries) {
    const auto found = std::find_if(read.entries.begin(), read.entries.end(),
                                    [&](const RevokedEntry& e) { return e.serial == entry.serial; });
    ASSERT_NE(found, read.entries.end());
    EXPECT_EQ(found->revoked_at, wall_from_ms(to_ms(entry.revoked_at) / 1000 * 1000));
    EXPECT_EQ(found->reason, entry.reason);
  }
  EXPECT_TRUE(crypto_->verify_crl(read, authority.certificate.public_key));
  EXPECT_EQ(code_of(crypto_->verify_crl(read, other.certificate.public_key)), ErrorCode::Crypto);
  auto longer = der;
  longer.push_back(0);
  EXPECT_EQ(code_of(crypto_->parse_crl(longer)), ErrorCode::Malformed);
  for (std::size_t size = 0; size < der.size(); size += 7) {
    EXPECT_EQ(code_of(crypto_->parse_crl(ByteView(der).first(size))), ErrorCode::Malformed) << size;
  }
  const auto empty = crypto_->issue_crl(authority.certificate, *authority.key, 1, kNow, kNow + days(7), {}).value();
  EXPECT_TRUE(crypto_->parse_crl(empty).value().entries.empty());
}

TEST_P(CryptoContract, OneObjectServesManyThreads) {
  const auto own = key();
  const auto authority = root("Root");
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        const auto data = to_bytes(std::to_string(t * 1000 + i));
        const auto signature = crypto_->sign(*own, data);
        const bool ok = signature && crypto_->verify(own->public_key(), data, *signature) &&
                        crypto_->parse_certificate(authority.certificate.der) &&
                        crypto_->verify_certificate(authority.certificate, authority.certificate.public_key);
        good += ok ? 1 : 0;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 200);
}

// --- the keyed-hash adapter alone -----------------------------------------------------------------------------------
TEST(KeyedHashCrypto, RepeatsToTheByteFromItsSeed) {
  const auto run = [](std::uint64_t seed) {
    SeededEntropy entropy(seed);
    const auto crypto = make_keyed_hash_crypto(entropy);
    AuthoritySettings settings;
    settings.id = random_authority_id(entropy);
    const auto authority = make_authority(*crypto, entropy, settings, kNow).value();
    auto out = authority.signing.certificate.der;
    const auto signature = crypto->sign(*authority.signing.key, as_bytes("answer")).value();
    out.insert(out.end(), signature.begin(), signature.end());
    const auto sealed = crypto->seal(Secret(Bytes(32, 1)), as_bytes("secret"), {}).value();
    out.insert(out.end(), sealed.begin(), sealed.end());
    return out;
  };
  EXPECT_EQ(run(1), run(1));
  EXPECT_NE(run(1), run(2));
}

TEST(KeyedHashCrypto, HashesAsOpenSslDoes) {
  const auto openssl = make_openssl_crypto().value();
  SeededEntropy entropy(3);
  for (std::size_t size = 0; size < 300; ++size) {
    const auto data = entropy.bytes(size);
    ASSERT_EQ(plain_sha256(data), openssl->sha256(data)) << size;
    const auto key = entropy.bytes(size / 2);
    ASSERT_EQ(plain_hmac_sha256(key, data), openssl->hmac_sha256(key, data)) << size;
  }
}

TEST(KeyedHashCrypto, AKeyIsOfTheAlgorithmThatItSays) {
  SeededEntropy entropy(3);
  const auto crypto = make_keyed_hash_crypto(entropy);
  const auto own = crypto->generate_key(KeyAlgorithm::Rsa2048).value();
  const auto signature = crypto->sign(*own, as_bytes("data")).value();
  // The first 64 bytes are what a P-256 key of the same secret would sign.
  const PublicKey posing{KeyAlgorithm::EcP256, own->public_key().spki};
  EXPECT_EQ(code_of(crypto->verify(posing, as_bytes("data"), ByteView(signature).first(64))), ErrorCode::Crypto);
}

TEST(KeyedHashCrypto, TakesNoKeyOfAnother) {
  SeededEntropy entropy(3);
  const auto keyed = make_keyed_hash_crypto(entropy);
  const auto openssl = make_openssl_crypto().value();
  const auto foreign = openssl->generate_key(KeyAlgorithm::EcP256).value();
  EXPECT_EQ(code_of(keyed->sign(*foreign, as_bytes("data"))), ErrorCode::Crypto);
  EXPECT_EQ(code_of(keyed->verify(foreign->public_key(), as_bytes("data"), Bytes(64, 0))), ErrorCode::Crypto);
}

// --- the OpenSSL adapter alone --------------------------------------------------------------------------------------
TEST(OpensslNames, ANameCannotSmuggleInAnother) {
  SeededEntropy entropy(5);
  const auto crypto = make_openssl_crypto().value();
  const auto key = crypto->generate_key(KeyAlgorithm::EcP256).value();
  const auto issue = [&](auto change) -> Result<Certificate> {
    CertificateTemplate what;
    what.purpose = Purpose::TlsServer;
    what.serial = random_serial(entropy);
    what.subject_common_name = "lsm.example";
    what.not_before = kNow;
    what.not_after = kNow + days(1);
    change(what);
    auto der = crypto->issue_certificate(what, key->public_key(), nullptr, *key);
    if (!der) return der.error();
    return crypto->parse_certificate(*der);
  };
  const auto dns = issue([](auto& what) { what.dns_names = {"a.example,DNS:b.example"}; });
  ASSERT_TRUE(dns) << dns.error().message;
  EXPECT_EQ(dns->dns_names, std::vector<std::string>{"a.example,DNS:b.example"});
  const auto uri = issue([](auto& what) { what.uris = {"urn:x,DNS:b.example"}; });
  ASSERT_TRUE(uri) << uri.error().message;
  EXPECT_EQ(uri->uris, std::vector<std::string>{"urn:x,DNS:b.example"});
  EXPECT_TRUE(uri->dns_names.empty());
  const auto crl = issue([](auto& what) { what.crl_url = "http://a.example/a,b.crl"; });
  ASSERT_TRUE(crl) << crl.error().message;
  EXPECT_EQ(crl->crl_urls, std::vector<std::string>{"http://a.example/a,b.crl"});
  EXPECT_EQ(code_of(issue([](auto& what) { what.dns_names = {std::string("a\0b", 3)}; })), ErrorCode::InvalidArgument);
  EXPECT_FALSE(issue([](auto& what) { what.ip_addresses = {"300.1.1.1"}; }));
}

}  // namespace
}  // namespace lictor::pki
