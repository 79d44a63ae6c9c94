// Chain policy: which certificates are believed for messages, at which time, under which anchors.
#include "unit/pki/house.hpp"

#include <functional>
#include <optional>

#include "licensing/pki/chain.hpp"

namespace lictor::pki::test {
namespace {

class Chain : public testing::Test {
 protected:
  static House& house() {
    static House shared;
    return shared;
  }
  Authority& authority() { return house().authority; }

  // The error's code, or nullopt when the chain is good.
  std::optional<ErrorCode> judge(const ChainRequest& request) {
    const auto path = verify_chain(*house().crypto, request);
    message_ = path ? "" : path.error().message;
    return path ? std::nullopt : std::optional(path.error().code);
  }
  ChainRequest for_device(const Certificate& leaf) {
    return {&leaf,
            {&authority().intermediate.certificate},
            {&authority().root.certificate},
            {},
            kNow,
            Purpose::IdCertificate};
  }
  ChainRequest for_answers() {
    return {&authority().signing.certificate, {}, {&authority().root.certificate}, {}, kNow, Purpose::AnswerSigning};
  }
  std::string message_;
};

TEST_F(Chain, PKI_1_TheAuthoritysOwnChainsAreGood) {
  EXPECT_EQ(judge(for_answers()), std::nullopt) << message_;
  const auto device = house().make(house().id_template(), authority().intermediate);
  const auto path = verify_chain(*house().crypto, for_device(device.certificate));
  ASSERT_TRUE(path) << path.error().message;
  EXPECT_EQ(path->size(), 3U);
  EXPECT_EQ(path->front(), &device.certificate);
  EXPECT_EQ(path->back(), &authority().root.certificate);
}

TEST_F(Chain, PKI_1_EachDateIsJudgedAtTheTimeAsked) {
  const auto device = house().make(house().id_template(), authority().intermediate).certificate;
  const auto& own = authority();
  struct Row {
    const char* what;
    WallTime at;
    std::optional<ErrorCode> wanted;
    std::string_view named;
  };
  const Row rows[] = {
      {"the first moment", device.not_before, std::nullopt, ""},
      {"a moment before", device.not_before - Duration{1}, ErrorCode::Expired, "not valid before"},
      {"the last moment", device.not_after, std::nullopt, ""},
      {"a moment after", device.not_after + Duration{1}, ErrorCode::Expired, "ended at"},
  };
  for (const auto& row : rows) {
    auto request = for_device(device);
    request.at_time = row.at;
    EXPECT_EQ(judge(request), row.wanted) << row.what << ": " << message_;
    EXPECT_NE(message_.find(row.named), std::string::npos) << message_;
  }
  // The issuer's dates count too: a leaf that outlives its intermediate is not good for it.
  auto what = house().id_template();
  what.not_after = own.intermediate.certificate.not_after + days(30);
  const auto longer = house().make(what, own.intermediate).certificate;
  auto request = for_device(longer);
  request.at_time = own.intermediate.certificate.not_after + seconds(1);
  EXPECT_EQ(judge(request), ErrorCode::Expired);
  EXPECT_NE(message_.find("ID Issuer"), std::string::npos) << message_;
  request = for_answers();
  request.at_time = own.root.certificate.not_after + seconds(1);
  EXPECT_EQ(judge(request), ErrorCode::Expired) << message_;
}

TEST_F(Chain, PKI_1_APurposeIsOurOwnUsageAndNothingElse) {
  const auto device = house().make(house().id_template(), authority().intermediate).certificate;
  auto request = for_device(device);
  request.purpose = Purpose::AnswerSigning;
  EXPECT_EQ(judge(request), ErrorCode::Crypto) << "an ID certificate signs no answers";
  auto answers = for_answers();
  answers.purpose = Purpose::IdCertificate;
  EXPECT_EQ(judge(answers), ErrorCode::Crypto) << "a signing certificate is no device";
  ChainRequest authority_as_leaf{
      &authority().intermediate.certificate, {}, {&authority().root.certificate}, {}, kNow, Purpose::IdCertificate};
  EXPECT_EQ(judge(authority_as_leaf), ErrorCode::Crypto) << "an issuer is no device";
}

TEST_F(Chain, PKI_6_TlsCertificatesAndRootsAreNeverGoodForMessages) {
  const auto& own = authority();
  for (const auto purpose : {Purpose::IdCertificate, Purpose::AnswerSigning}) {
    ChainRequest request{&own.tls_server.certificate, {}, {&own.tls_root.certificate}, {}, kNow, purpose};
    EXPECT_EQ(judge(request), ErrorCode::Crypto) << "even where its root were an anchor";
    EXPECT_NE(message_.find("another purpose"), std::string::npos) << message_;
  }
  // The TLS root as the only anchor: nothing of the licensing hierarchy chains to it.
  auto answers = for_answers();
  answers.anchors = {&own.tls_root.certificate};
  EXPECT_EQ(judge(answers), ErrorCode::NotFound) << message_;
  // A message certificate that the TLS root were made to issue does not chain to the licensing root.
  auto what = house().id_template();
  what.purpose = Purpose::AnswerSigning;
  const auto forged = house().make(what, own.tls_root);
  ChainRequest request{&forged.certificate,   {&own.tls_root.certificate}, {&own.root.certificate}, {}, kNow,
                       Purpose::AnswerSigning};
  EXPECT_EQ(judge(request), ErrorCode::NotFound) << message_;
  EXPECT_NE(own.root.certificate.public_key, own.tls_root.certificate.public_key);
  EXPECT_NE(own.root.certificate.subject_der, own.tls_root.certificate.subject_der);
}

TEST_F(Chain, PKI_6_OnlyTheAnchorsGivenCount) {
  const auto device = house().make(house().id_template(), authority().intermediate).certificate;
  auto request = for_device(device);
  request.anchors = {};
  EXPECT_EQ(judge(request), ErrorCode::NotFound);
  request.intermediates.push_back(&authority().root.certificate);  // a root that came along is not thereby trusted
  EXPECT_EQ(judge(request), ErrorCode::NotFound);

  // Another authority with the same names, but not the same keys.
  static House twin;
  request = for_device(device);
  request.anchors = {&twin.authority.root.certificate};
  EXPECT_TRUE(judge(request).has_value());
  request = for_device(device);
  request.intermediates = {};
  EXPECT_EQ(judge(request), ErrorCode::NotFound) << "without its intermediate";
  request.intermediates = {&twin.authority.intermediate.certificate, &authority().intermediate.certificate};
  EXPECT_EQ(judge(request), std::nullopt) << "the right one is found beside a namesake: " << message_;
}

TEST_F(Chain, PKI_4_ARenewedIntermediateOfTheSameKeyAndNameCarriesOldCertificates) {
  const auto& own = authority();
  const auto device = house().make(house().id_template(), own.intermediate).certificate;
  CertificateTemplate what;
  what.purpose = Purpose::Authority;
  what.serial = random_serial(house().entropy);
  what.subject_common_name = own.intermediate.certificate.subject_common_name;
  what.organization = authority_settings().organization;
  what.not_before = kNow;
  what.not_after = kNow + days(20 * 365);
  what.path_length = 0;
  what.uris = own.intermediate.certificate.uris;
  const auto renewed = house().issue(what, own.intermediate.key->public_key(), own.root);
  auto request = for_device(device);
  request.intermediates = {&renewed};
  EXPECT_EQ(judge(request), std::nullopt) << message_;
}

TEST_F(Chain, PKI_2_ARevokedCertificateIsRefusedFromTheMomentOfItsRevocation) {
  const auto& own = authority();
  const auto device = house().make(house().id_template(), own.intermediate).certificate;
  const auto other = house().make(house().id_template(), own.intermediate).certificate;
  const auto crl = house().crl(own.intermediate, {{device.serial, kNow - minutes(10), 5}});
  auto request = for_device(device);
  request.crls = {&crl};
  EXPECT_EQ(judge(request), ErrorCode::Crypto);
  EXPECT_NE(message_.find("revoked"), std::string::npos) << message_;
  request.at_time = kNow - minutes(11);
  EXPECT_EQ(judge(request), std::nullopt) << message_;
  auto untouched = for_device(other);
  untouched.crls = {&crl};
  EXPECT_EQ(judge(untouched), std::nullopt) << message_;

  const auto of_root = house().crl(own.root, {{own.intermediate.certificate.serial, kNow - minutes(10), 4}});
  request = for_device(other);
  request.crls = {&of_root};
  EXPECT_EQ(judge(request), ErrorCode::Crypto) << "its intermediate is revoked";

  // A list that another key signed under the issuer's name says nothing.
  const auto stranger = house().crypto->generate_key(KeyAlgorithm::EcP256).value();
  const auto forged = house()
                          .crypto
                          ->parse_crl(house()
                                          .crypto
                                          ->issue_crl(own.intermediate.certificate, *stranger, 9, kNow - hours(1),
                                                      kNow + days(7), {{other.serial, kNow - minutes(10), 5}})
                                          .value())
                          .value();
  request = for_device(other);
  request.crls = {&forged};
  EXPECT_EQ(judge(request), std::nullopt) << message_;
}

TEST_F(Chain, PKI_1_PathLengthAndWhatAnIssuerMayDo) {
  const auto& own = authority();
  CertificateTemplate below;
  below.purpose = Purpose::Authority;
  below.serial = random_serial(house().entropy);
  below.subject_common_name = "Example Below";
  below.not_before = kNow - hours(1);
  below.not_after = kNow + days(100);
  // The intermediate has path length 0: it may issue devices, not issuers.
  const auto too_deep = house().make(below, own.intermediate);
  const auto device = house().make(house().id_template(), too_deep);
  auto request = for_device(device.certificate);
  request.intermediates.push_back(&too_deep.certificate);
  EXPECT_EQ(judge(request), ErrorCode::Crypto);
  EXPECT_NE(message_.find("too long"), std::string::npos) << message_;

  // Without that constraint two issuers are allowed, three are more than kMaxChainLength.
  below.serial = random_serial(house().entropy);
  const auto first = house().make(below, own.root);
  below.subject_common_name = "Example Second";
  below.serial = random_serial(house().entropy);
  const auto second = house().make(below, first);
  below.subject_common_name = "Example Third";
  below.serial = random_serial(house().entropy);
  const auto third = house().make(below, second);
  const auto under_two = house().make(house().id_template(), second);
  const auto under_three = house().make(house().id_template(), third);
  request = for_device(under_two.certificate);
  request.intermediates = {&second.certificate, &first.certificate};
  EXPECT_EQ(judge(request), std::nullopt) << message_;
  request = for_device(under_three.certificate);
  request.intermediates = {&first.certificate, &second.certificate, &third.certificate};
  EXPECT_TRUE(judge(request).has_value());

  // A device issues nothing.
  auto what = house().id_template();
  const auto parent = house().make(what, own.intermediate);
  const auto child = house().make(house().id_template(), parent);
  request = for_device(child.certificate);
  request.intermediates.push_back(&parent.certificate);
  EXPECT_EQ(judge(request), ErrorCode::Crypto);
  EXPECT_NE(message_.find("may not issue"), std::string::npos) << message_;
}

// Each fact about the leaf counts by itself: values are changed, the signature is the real one.
TEST_F(Chain, PKI_1_EachPropertyOfTheLeafCounts) {
  const auto good = house().make(house().id_template(), authority().intermediate).certificate;
  const std::string own_usage(eku_oid(Purpose::IdCertificate));
  struct Row {
    const char* what;
    std::function<void(Certificate&)> change;
  };
  const Row rows[] = {
      {"an unknown critical extension", [](Certificate& c) { c.has_unknown_critical_extension = true; }},
      {"no digitalSignature", [](Certificate& c) { c.may_sign = false; }},
      {"an authority", [](Certificate& c) { c.is_ca = true; }},
      {"no usage", [](Certificate& c) { c.extended_key_usages.clear(); }},
      {"any usage", [](Certificate& c) { c.extended_key_usages = {"2.5.29.37.0"}; }},
      {"one more usage",
       [&](Certificate& c) {
         c.extended_key_usages = {own_usage, "1.3.6.1.5.5.7.3.1"};
       }},
      {"another issuer's name", [](Certificate& c) { c.issuer_der = c.subject_der; }},
      {"another issuer's key id", [](Certificate& c) { c.authority_key_id = Bytes(20, 1); }},
  };
  EXPECT_EQ(judge(for_device(good)), std::nullopt) << message_;
  for (const auto& row : rows) {
    auto changed = good;
    row.change(changed);
    EXPECT_TRUE(judge(for_device(changed)).has_value()) << row.what;
  }
}

// One bit of the certificate changed: it does not parse, or its signature does not hold.
TEST_F(Chain, PKI_1_AChangedCertificateIsNeverGood) {
  const auto good = house().make(house().id_template(), authority().intermediate).certificate;
  for (std::size_t at = 0; at < good.der.size(); at += 3) {
    auto der = good.der;
    der[at] = static_cast<std::uint8_t>(der[at] ^ 0x04);
    const auto parsed = house().crypto->parse_certificate(der);
    if (parsed) {
      EXPECT_TRUE(judge(for_device(*parsed)).has_value()) << "at byte " << at;
    }
  }
}

}  // namespace
}  // namespace lictor::pki::test
