#include <gtest/gtest.h>

#include <chrono>
#include <deque>

#include "server/identity/passwords.hpp"

namespace lictor::identity {
namespace {

constexpr PasswordCost kCheap{1, 64, 1};
const Bytes kSalt(16, 0x5a);

TEST(Passwords, ACC_3_AreArgon2idWithTheStatedCost) {
  const auto encoded = hash_password("correct horse battery", PasswordCost{}, kSalt);
  ASSERT_TRUE(encoded);
  EXPECT_TRUE(encoded->starts_with("$argon2id$v=19$m=19456,t=2,p=1$")) << *encoded;
  EXPECT_TRUE(verify_password("correct horse battery", *encoded));
  EXPECT_FALSE(verify_password("correct horse batterz", *encoded));
  EXPECT_FALSE(verify_password("", *encoded));
}

// The reference implementation's command line: printf password | argon2 somesalt -id -t 2 -k 65536 -p 1 -e -l 24
TEST(Passwords, ACC_3_AnswersAsTheReferenceImplementation) {
  EXPECT_TRUE(verify_password(
      "password", "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"));
}

TEST(Passwords, ACC_3_AnEncodedFormThatCannotBeReadBelongsToNobody) {
  for (const auto* encoded : {"", "x", "$argon2id$", "$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$AAAA", "plain"}) {
    EXPECT_FALSE(verify_password("plain", encoded)) << encoded;
  }
}

TEST(Passwords, ACC_3_AnotherCostIsSeen) {
  const auto encoded = hash_password("a password of mine", kCheap, kSalt);
  ASSERT_TRUE(encoded);
  EXPECT_FALSE(needs_rehash(*encoded, kCheap));
  EXPECT_TRUE(needs_rehash(*encoded, PasswordCost{}));
  EXPECT_TRUE(needs_rehash(*encoded, PasswordCost{11, 64, 1}));
}

TEST(Passwords, ACC_3_NewOnesAreLongEnoughAndPrintable) {
  EXPECT_TRUE(check_new_password("twelve bytes"));
  EXPECT_TRUE(check_new_password("密码密码"));
  EXPECT_FALSE(check_new_password("elevenbytes"));
  EXPECT_FALSE(check_new_password(std::string(257, 'a')));
  EXPECT_TRUE(check_new_password(std::string(256, 'a')));
  EXPECT_FALSE(check_new_password("with a\nnew line"));
}

class Service : public ::testing::Test {
 protected:
  SeededEntropy entropy_{1};
  std::deque<std::function<void()>> tasks_;
  PasswordService service_{
      {kCheap, 2}, entropy_, [this](std::function<void()> task) { tasks_.push_back(std::move(task)); }};
  void run_all() {
    while (!tasks_.empty()) {
      auto task = std::move(tasks_.front());
      tasks_.pop_front();
      task();
    }
  }
};

TEST_F(Service, ACC_3_HashesWithANewSaltEachTimeAndNeverOnTheCallersThread) {
  std::string first, second;
  service_.hash(Secret::from_text("a password of mine"), [&](auto r) { first = r.value(); });
  service_.hash(Secret::from_text("a password of mine"), [&](auto r) { second = r.value(); });
  EXPECT_EQ(first, "");
  run_all();
  EXPECT_NE(first, second);
  EXPECT_TRUE(verify_password("a password of mine", first));
  EXPECT_TRUE(verify_password("a password of mine", second));
}

TEST_F(Service, ACC_3_AnUnknownUserIsHashedLikeAKnownOneAndNeverRight) {
  std::optional<bool> right;
  service_.verify(Secret::from_text("anything at all"), "", [&](auto r) { right = r.value(); });
  ASSERT_EQ(tasks_.size(), 1U);  // the same work is queued
  run_all();
  EXPECT_EQ(right, false);
}

TEST_F(Service, ACC_3_NoMoreHashesWaitThanAllowed) {
  int done = 0;
  std::optional<ErrorCode> refused;
  service_.hash(Secret::from_text("a password of mine"), [&](auto) { ++done; });
  service_.verify(Secret::from_text("a password of mine"), "", [&](auto) { ++done; });
  service_.verify(Secret::from_text("a password of mine"), "", [&](auto r) { refused = r.error().code; });
  EXPECT_EQ(refused, ErrorCode::Busy);
  run_all();
  EXPECT_EQ(done, 2);
  service_.verify(Secret::from_text("a password of mine"), "", [&](auto) { ++done; });
  run_all();
  EXPECT_EQ(done, 3);
}

}  // namespace
}  // namespace lictor::identity
