#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "licensing/pki/openssl/openssl_crypto.hpp"
#include "server/identity/key_ring.hpp"
#include "server/identity/login_throttle.hpp"
#include "server/identity/secrets.hpp"

namespace lictor::identity {
namespace {

class Secrets : public ::testing::Test {
 protected:
  SeededEntropy entropy_{7};
  std::unique_ptr<pki::Crypto> crypto_ = pki::make_openssl_crypto().value();
  static Secret key(std::uint8_t fill) { return Secret(Bytes(32, fill)); }
};

TEST_F(Secrets, ACC_3_BearersAreRandomAndTellTheirKind) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const auto session = make_bearer(Purpose::Session, entropy_);
    EXPECT_TRUE(std::regex_match(std::string(session.reveal_text()), std::regex("ls_[A-Za-z0-9_-]{43}")));
    EXPECT_EQ(purpose_of_bearer(session.reveal_text()), Purpose::Session);
    EXPECT_TRUE(seen.insert(std::string(session.reveal_text())).second);
  }
  const auto token = make_bearer(Purpose::AccessToken, entropy_);
  EXPECT_EQ(purpose_of_bearer(token.reveal_text()), Purpose::AccessToken);
  const auto client = make_bearer(Purpose::ClientSecret, entropy_);
  EXPECT_EQ(purpose_of_bearer(client.reveal_text()), std::nullopt);
  EXPECT_EQ(purpose_of_bearer("ls_short"), std::nullopt);
  EXPECT_EQ(purpose_of_bearer(""), std::nullopt);
}

TEST_F(Secrets, ACC_3_KeyedHashesDifferByKeyAndPurpose) {
  const SecretHasher one(*crypto_, key(1));
  const SecretHasher other(*crypto_, key(2));
  EXPECT_EQ(one.hash(Purpose::Session, "x"), one.hash(Purpose::Session, "x"));
  EXPECT_NE(one.hash(Purpose::Session, "x"), one.hash(Purpose::Session, "y"));
  EXPECT_NE(one.hash(Purpose::Session, "x"), one.hash(Purpose::AccessToken, "x"));
  EXPECT_NE(one.hash(Purpose::Session, "x"), other.hash(Purpose::Session, "x"));
}

TEST_F(Secrets, ACC_3_TheOneTimePasswordIsReadableAndLong) {
  std::set<std::string> seen;
  for (int i = 0; i < 50; ++i) {
    const auto password = make_one_time_password(entropy_);
    const std::string text(password.reveal_text());
    EXPECT_GE(text.size(), 20U);
    EXPECT_TRUE(std::regex_match(text, std::regex("([a-hjkmnp-z2-9]{5}-){4}[a-hjkmnp-z2-9]{5}"))) << text;
    EXPECT_TRUE(seen.insert(text).second);
  }
}

TEST_F(Secrets, TOK_1_SealedUnderTheCurrentKeyAndOpenedUnderAnyOfTheRing) {
  std::map<std::string, Secret, std::less<>> keys;
  keys.emplace("2026-01", key(1));
  const auto old_ring = KeyRing::create(*crypto_, std::move(keys), "2026-01").value();
  const auto sealed = old_ring.seal("the text", "token:1:2").value();
  EXPECT_EQ(sealed.key_id, "2026-01");

  std::map<std::string, Secret, std::less<>> both;
  both.emplace("2026-01", key(1));
  both.emplace("2026-11", key(2));
  const auto ring = KeyRing::create(*crypto_, std::move(both), "2026-11").value();
  EXPECT_EQ(ring.open(sealed, "token:1:2").value().reveal_text(), "the text");
  EXPECT_EQ(ring.seal("the text", "token:1:2").value().key_id, "2026-11");

  EXPECT_EQ(ring.open(sealed, "token:1:3").error().code, ErrorCode::Crypto);
  EXPECT_EQ(ring.open({"2026-11", sealed.bytes}, "token:1:2").error().code, ErrorCode::Crypto);
  EXPECT_EQ(ring.open({"2025-01", sealed.bytes}, "token:1:2").error().code, ErrorCode::NotFound);
}

TEST_F(Secrets, TOK_1_AKeyRingWithoutItsCurrentKeyOrWithAShortOneIsRefused) {
  EXPECT_FALSE(KeyRing::create(*crypto_, {}, "a"));
  std::map<std::string, Secret, std::less<>> short_key;
  short_key.emplace("a", Secret(Bytes(16, 1)));
  EXPECT_FALSE(KeyRing::create(*crypto_, std::move(short_key), "a"));
  std::map<std::string, Secret, std::less<>> bad_id;
  bad_id.emplace("A b", key(1));
  EXPECT_FALSE(KeyRing::create(*crypto_, std::move(bad_id), "A b"));
}

constexpr SteadyTime kStart{hours(1)};

TEST(LoginThrottling, ACC_3_TheSixthGuessOfANameAtAPeerWaits) {
  LoginThrottle throttle({});
  for (int i = 0; i < 5; ++i) EXPECT_EQ(throttle.attempt("admin", "10.0.0.1", kStart), std::nullopt);
  EXPECT_EQ(throttle.attempt("admin", "10.0.0.1", kStart + minutes(5)), minutes(10));
  EXPECT_EQ(throttle.attempt("other", "10.0.0.1", kStart), std::nullopt);
  EXPECT_EQ(throttle.attempt("admin", "10.0.0.2", kStart), std::nullopt);
  EXPECT_EQ(throttle.attempt("admin", "10.0.0.1", kStart + minutes(15)), std::nullopt);
}

TEST(LoginThrottling, ACC_3_ASuccessForgetsTheFailures) {
  LoginThrottle throttle({});
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(throttle.attempt("admin", "10.0.0.1", kStart), std::nullopt);
    throttle.succeeded("admin", "10.0.0.1");
  }
  EXPECT_EQ(throttle.entries(), 0U);
}

TEST(LoginThrottling, ACC_3_OnePeerWithManyNamesAndOneNameFromManyPeersWaitToo) {
  LoginThrottle throttle({5, 20, 30, minutes(15), 1000});
  int let_through = 0;
  for (int i = 0; i < 40; ++i) let_through += throttle.attempt("name" + std::to_string(i), "p", kStart) ? 0 : 1;
  EXPECT_EQ(let_through, 20);
  let_through = 0;
  for (int i = 0; i < 40; ++i) let_through += throttle.attempt("admin", "peer" + std::to_string(i), kStart) ? 0 : 1;
  EXPECT_EQ(let_through, 30);
}

TEST(LoginThrottling, ACC_3_AFloodOfNamesIsBoundedAndDoesNotFreeTheOneThatWaits) {
  LoginThrottle throttle({5, 1'000'000, 1'000'000, minutes(15), 100});
  for (int i = 0; i < 5; ++i) EXPECT_EQ(throttle.attempt("admin", "a", kStart), std::nullopt);
  for (int i = 0; i < 5000; ++i) {
    (void)throttle.attempt("name" + std::to_string(i), "b", kStart + minutes(1));
    ASSERT_LE(throttle.entries(), 100U);
  }
  EXPECT_TRUE(throttle.attempt("admin", "a", kStart + minutes(2)));
}

}  // namespace
}  // namespace lictor::identity
