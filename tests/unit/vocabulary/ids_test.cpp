#include "licensing/vocabulary/ids.hpp"

#include <gtest/gtest.h>

#include <set>

#include "licensing/vocabulary/states.hpp"

namespace lictor {
namespace {

TEST(Ids, AreDecimalBelowTwoToThe53) {
  EXPECT_EQ(parse_decimal_id("0").value(), 0);
  EXPECT_EQ(parse_decimal_id("42").value(), 42);
  EXPECT_EQ(parse_decimal_id("9007199254740991").value(), 9007199254740991);
  for (const auto* bad : {"", "-1", "+1", "01", "00", " 1", "1 ", "1.0", "1e3", "0x1", "9007199254740992",
                          "99999999999999999999", "one", "-", "1\n"}) {
    const auto read = parse_decimal_id(bad);
    ASSERT_FALSE(read) << bad;
    EXPECT_EQ(read.error().code, ErrorCode::Malformed) << bad;
  }
}

TEST(Ids, OfOneKindAreOrderedAndHashedAndNotMixedWithAnother) {
  EXPECT_LT(AccountId{1}, AccountId{2});
  EXPECT_EQ(std::hash<AccountId>{}(AccountId{7}), std::hash<AccountId>{}(AccountId{7}));
  static_assert(!std::is_convertible_v<std::int64_t, AccountId>);
  static_assert(!std::is_convertible_v<AccountId, VirtualAccountId>);
  static_assert(!std::is_convertible_v<RequestId, Serial>);
}

TEST(Ids, PRO_3_BytesHaveOneTextForm) {
  SeededEntropy chance(3);
  const auto id = RequestId::random(chance);
  EXPECT_EQ(id.text().size(), 32U);
  EXPECT_EQ(RequestId::parse(id.text()).value(), id);
  EXPECT_FALSE(id.is_zero());
  EXPECT_TRUE(RequestId{}.is_zero());
  EXPECT_NE(RequestId::random(chance), id);
  for (const auto& bad :
       {std::string(), id.text().substr(2), id.text() + "00", std::string(32, 'g'), id.text().substr(1)}) {
    EXPECT_EQ(RequestId::parse(bad).error().code, ErrorCode::Malformed) << bad;
  }
  EXPECT_FALSE(Digest::from_view(id.bytes));
}

TEST(Ids, AuthoritiesAreRandomUuids) {
  SeededEntropy chance(4);
  std::set<AuthorityId> seen;
  for (int i = 0; i < 100; ++i) {
    const auto id = random_authority_id(chance);
    EXPECT_EQ(parse_authority_id(id.uuid).value(), id);
    EXPECT_EQ(id.uuid[14], '4') << id.uuid;                                                    // version
    EXPECT_NE(std::string_view("89ab").find(id.uuid[19]), std::string_view::npos) << id.uuid;  // variant
    seen.insert(id);
  }
  EXPECT_EQ(seen.size(), 100U);
  for (const auto* bad : {"", "fd7897d1-9f26-5294-81b5-767ece40fde", "fd7897d1-9f26-5294-81b5-767ece40fde80",
                          "FD7897D1-9F26-5294-81B5-767ECE40FDE8", "fd7897d19-f26-5294-81b5-767ece40fde8",
                          "{fd7897d1-9f26-5294-81b5-767ece40fde}", "fd7897d1-9f26-5294-81b5-767ece40fdeg",
                          "fd7897d1x9f26-5294-81b5-767ece40fde8"}) {
    EXPECT_EQ(parse_authority_id(bad).error().code, ErrorCode::Malformed) << bad;
  }
}

TEST(States, OfARegistrationHaveTheNamesOfTheSpecification) {
  EXPECT_EQ(to_string(RegistrationState::Unregistered), "Unregistered");
  EXPECT_EQ(to_string(RegistrationState::Registering), "Registering");
  EXPECT_EQ(to_string(RegistrationState::Registered), "Registered");
  EXPECT_EQ(to_string(RegistrationState::RegistrationFailed), "RegistrationFailed");
}

TEST(States, OfAnAuthorizationHaveANameEach) {
  std::set<std::string_view> names;
  for (const auto state : {AuthorizationState::NoLicensesInUse, AuthorizationState::Evaluation,
                           AuthorizationState::EvaluationExpired, AuthorizationState::Authorized,
                           AuthorizationState::OutOfCompliance, AuthorizationState::AuthorizationExpired}) {
    names.insert(to_string(state));
  }
  EXPECT_EQ(names.size(), 6U);
}

TEST(States, AUTH_12_ATagsStatusIsOneOfTheWiresWords) {
  EXPECT_EQ(parse_tag_status("authorized").value(), TagStatus::Authorized);
  EXPECT_EQ(parse_tag_status("out-of-compliance").value(), TagStatus::OutOfCompliance);
  EXPECT_EQ(parse_tag_status("invalid-tag").value(), TagStatus::InvalidTag);
  for (const auto* bad : {"", "Authorized", "authorized ", "ooc"})
    EXPECT_EQ(parse_tag_status(bad).error().code, ErrorCode::Malformed);
}

}  // namespace
}  // namespace lictor
