// Requests whose key signs somewhere else (RFC 2986): OpenSSL reads them as its own.
#include <gtest/gtest.h>

#include "licensing/pki/openssl/openssl_crypto.hpp"
#include "licensing/pki/signing_request.hpp"

namespace lictor::pki {
namespace {

struct SigningRequests : ::testing::TestWithParam<KeyAlgorithm> {
  std::unique_ptr<Crypto> crypto = make_openssl_crypto().value();
};

TEST_P(SigningRequests, AreReadWithTheirOwnSignature) {
  const auto key = crypto->generate_key(GetParam()).value();
  // Signatures of P-256 have parts of all lengths and signs.
  for (int n = 0; n < (GetParam() == KeyAlgorithm::EcP256 ? 200 : 2); ++n) {
    const auto info = signing_request_info(key->public_key(), "PID:ACME,SN:" + std::to_string(n));
    const auto request = signing_request(info, GetParam(), crypto->sign(*key, info).value());
    ASSERT_TRUE(request) << request.error().message;
    const auto read = crypto->parse_request(*request);
    ASSERT_TRUE(read) << n << ": " << read.error().message;
    EXPECT_EQ(read->subject_common_name, "PID:ACME,SN:" + std::to_string(n));
    EXPECT_EQ(read->public_key, key->public_key());
  }
}

TEST_P(SigningRequests, LongNamesAreCutAndForeignSignaturesRefused) {
  const auto key = crypto->generate_key(GetParam()).value();
  const auto other = crypto->generate_key(GetParam()).value();
  const auto info = signing_request_info(key->public_key(), std::string(300, 'x'));
  const auto good = signing_request(info, GetParam(), crypto->sign(*key, info).value());
  EXPECT_EQ(crypto->parse_request(*good)->subject_common_name, fit_name(std::string(300, 'x')));
  const auto foreign = signing_request(info, GetParam(), crypto->sign(*other, info).value());
  EXPECT_EQ(crypto->parse_request(*foreign).error().code, ErrorCode::Crypto);
  EXPECT_EQ(signing_request(info, GetParam(), Bytes(63)).error().code, ErrorCode::Malformed);
}

INSTANTIATE_TEST_SUITE_P(All, SigningRequests,
                         ::testing::Values(KeyAlgorithm::EcP256, KeyAlgorithm::Rsa2048, KeyAlgorithm::Rsa3072),
                         [](const auto& info) {
                           std::string name(to_string(info.param));
                           std::erase(name, '-');
                           return name;
                         });

}  // namespace
}  // namespace lictor::pki
