// A certificate authority whose key usage lacks keyCertSign issues nothing (RFC 5280, 4.2.1.3). No authority of ours is
// made like that, so the case is a changed value: policy judges parsed values (chain.hpp).
#include <gtest/gtest.h>

#include "licensing/pki/authority.hpp"
#include "licensing/pki/chain.hpp"
#include "licensing/pki/keyed_hash_crypto.hpp"

namespace lictor::pki {
namespace {

TEST(IssuerUsage, PKI_1_WithoutKeyCertSignAnAuthorityIssuesNothing) {
  constexpr WallTime kNow = wall_from_ms(1'764'000'000'000);
  SeededEntropy entropy(1);
  const auto crypto = make_keyed_hash_crypto(entropy);
  AuthoritySettings settings;
  settings.id = random_authority_id(entropy);
  const auto authority = make_authority(*crypto, entropy, settings, kNow).value();

  ChainRequest request;
  request.leaf = &authority.signing.certificate;
  request.at_time = kNow;
  request.anchors = {&authority.root.certificate};
  ASSERT_TRUE(verify_chain(*crypto, request));
  auto mute = authority.root.certificate;
  mute.may_sign_certificates = false;
  request.anchors = {&mute};
  const auto judged = verify_chain(*crypto, request);
  ASSERT_FALSE(judged);
  EXPECT_EQ(judged.error().code, ErrorCode::Crypto) << judged.error().message;
}

}  // namespace
}  // namespace lictor::pki
