#include "licensing/domain/token_text.hpp"

#include <gtest/gtest.h>

#include <set>

namespace lictor::domain {
namespace {

TEST(TokenText, TOK_1_NamesItsAccountIn43CharactersThatNeedNoQuoting) {
  SeededEntropy entropy(1);
  for (const std::int64_t account :
       {std::int64_t{1}, std::int64_t{17}, std::int64_t{255}, std::int64_t{256}, (std::int64_t{1} << 53) - 1}) {
    const auto text = make_token_text(AccountId{account}, entropy);
    EXPECT_EQ(text.reveal_text().size(), 43u);
    EXPECT_EQ(text.reveal_text().find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
              std::string_view::npos);
    const auto named = account_of_token(text.reveal_text());
    ASSERT_TRUE(named.has_value());
    EXPECT_EQ(named->value, account);
  }
}

TEST(TokenText, TOK_1_NoTwoAreAlike) {
  SeededEntropy entropy(2);
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) seen.emplace(make_token_text(AccountId{5}, entropy).reveal_text());
  EXPECT_EQ(seen.size(), 1000u);
}

TEST(TokenText, TOK_1_AnythingElseIsNotValid) {
  SeededEntropy entropy(3);
  const std::string whole(make_token_text(AccountId{5}, entropy).reveal_text());
  const auto with = [](std::uint8_t version, std::uint8_t account_top, std::uint8_t account_low) {
    Bytes raw(32, 0xaa);
    std::fill(raw.begin() + 1, raw.begin() + 8, std::uint8_t{0});
    raw[0] = version;
    raw[1] = account_top;
    raw[7] = account_low;
    return to_base64url(raw);
  };
  ASSERT_TRUE(account_of_token(with(1, 0, 9)).has_value()) << "the cases below differ from a good one in one byte";
  const std::string cases[] = {"",
                               "to-ken",
                               whole.substr(1),
                               whole + "A",
                               whole.substr(0, 42) + "=",
                               whole.substr(0, 42) + " ",
                               std::string(43, 'A'),
                               with(0, 0, 9),
                               with(2, 0, 9),
                               with(1, 0, 0),
                               with(1, 0x20, 9),
                               std::string(100'000, 'A')};
  for (const auto& text : cases) {
    const auto named = account_of_token(text);
    ASSERT_FALSE(named.has_value()) << text.substr(0, 60);
    EXPECT_EQ(named.error().code, ErrorCode::Malformed);
    if (!text.empty()) {
      EXPECT_EQ(named.error().message.find(text.substr(0, 20)), std::string::npos) << "a token is a secret";
    }
  }
}

}  // namespace
}  // namespace lictor::domain
