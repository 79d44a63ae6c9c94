#include <gtest/gtest.h>

#include "licensing/domain/token_text.hpp"
#include "unit/account_service/office.hpp"

namespace lictor::test {
namespace {

using domain::Role;

class Licenses : public ::testing::Test {
 protected:
  LicenseDeposit input(Count quantity = 5) {
    LicenseDeposit input;
    input.account = account_;
    input.va = va_;
    input.tag = EntitlementTag{std::string(kGeneral)};
    input.quantity = quantity;
    input.request_key = "r" + std::to_string(++fresh_);
    return input;
  }
  Result<DepositedLot> deposit(LicenseDeposit what, Actor who = Office::vendor()) {
    return office_.run(deposit_licenses(office_.environment(), std::move(who), std::move(what)));
  }
  static WallTime day(std::string_view text) { return parse_rfc3339(std::string(text) + "T00:00:00Z").value(); }

  Office office_;
  AccountId account_ = office_.make_account("example.com").account;
  VirtualAccountId va_ = office_.make_va(account_, "LAN").id;
  int fresh_ = 0;
};

TEST_F(Licenses, INV_7_ADepositIsALotAPostingOfTwoLegsABalanceAndAPool) {
  const auto made = deposit(input(5)).value();
  EXPECT_EQ(made.va, va_);
  const auto lots = office_.read([&](Queries& q) { return q.lots(account_, va_, {0, 10}); }).value().items;
  ASSERT_EQ(lots.size(), 1U);
  EXPECT_EQ(lots[0].lot, made.lot);
  EXPECT_EQ(lots[0].balance.quantity, 5);
  EXPECT_EQ(domain::to_string(lots[0].balance.place), "free");
  const auto entries = office_.read([&](Queries& q) { return q.entries(account_, {}, {0, 10}); }).value().items;
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].delta + entries[1].delta, 0);
  EXPECT_EQ(office_.pool(account_, va_, kGeneral).owned, 5);
  EXPECT_EQ(office_.event_kinds(account_).back(), "licenses.deposited");
  EXPECT_EQ(office_.audit_of(account_).back().action, "lot.create");
  EXPECT_EQ(domain::verify_audit_chain(office_.audit_of(account_), office_.environment()->sha256), std::nullopt);
}

TEST_F(Licenses, INV_1_WithoutAVirtualAccountItGoesToTheDefaultOne) {
  auto what = input(2);
  what.va = {};
  EXPECT_EQ(deposit(what)->va, office_.default_va(account_));
}

TEST_F(Licenses, INV_1_ATermCountsFromItsFirstDayToTheEndOfItsLast) {
  auto now_on = input(3);
  now_on.last_day = day("2026-11-24");  // today
  const auto made = deposit(now_on).value();
  EXPECT_EQ(made.lot.ends_at, day("2026-11-25"));
  EXPECT_EQ(office_.pool(account_, va_, kGeneral).owned, 3);

  auto later = input(4);
  later.first_day = day("2027-01-01");
  later.last_day = day("2027-12-31");
  const auto waiting = deposit(later).value();
  EXPECT_EQ(waiting.lot.starts_at, day("2027-01-01"));
  EXPECT_EQ(waiting.lot.ends_at, day("2028-01-01"));
  EXPECT_EQ(office_.pool(account_, va_, kGeneral).owned, 3) << "it does not count before its first day";

  // What time will bring stands in the store: an end for the first, both for the second.
  const auto dump = office_.dump();
  const auto count = [&](const std::string& word) {
    std::size_t found = 0;
    for (auto at = dump.find(word); at != std::string::npos; at = dump.find(word, at + 1)) ++found;
    return found;
  };
  EXPECT_EQ(count("lot-starts"), 1U);
  EXPECT_EQ(count("lot-ends"), 2U);
}

TEST_F(Licenses, INV_7_AnOrdersLineIsDepositedOnce) {
  auto what = input(5);
  what.order_number = "SO-1001";
  ASSERT_TRUE(deposit(what));
  const auto before = office_.dump();
  EXPECT_EQ(code_of(deposit(what)), ErrorCode::AlreadyExists);
  EXPECT_EQ(office_.dump(), before);
  auto other_tag = what;
  other_tag.tag = EntitlementTag{std::string(kSpecific)};
  EXPECT_TRUE(deposit(other_tag)) << "another line of the order";
  auto other_line = what;
  other_line.order_line = "2";
  EXPECT_TRUE(deposit(other_line));
  auto elsewhere = what;
  elsewhere.account = office_.make_account("other.example").account;
  elsewhere.va = {};
  EXPECT_TRUE(deposit(elsewhere)) << "source keys are unique per account";
}

TEST_F(Licenses, INV_1_WhatMakesNoSenseIsRefusedAndChangesNothing) {
  const auto before = office_.dump();
  struct Case {
    std::string what;
    std::function<void(LicenseDeposit&)> spoil;
    ErrorCode code;
  };
  const std::vector<Case> cases = {
      {"tag not in the catalog", [](auto& i) { i.tag.text = kProduct; }, ErrorCode::InvalidArgument},
      {"nothing", [](auto& i) { i.quantity = 0; }, ErrorCode::InvalidArgument},
      {"less than nothing", [](auto& i) { i.quantity = -1; }, ErrorCode::InvalidArgument},
      {"too many", [](auto& i) { i.quantity = kMaxCount + 1; }, ErrorCode::InvalidArgument},
      {"ends before it starts", [](auto& i) { i.first_day = day("2027-02-01"), i.last_day = day("2027-01-01"); },
       ErrorCode::InvalidArgument},
      {"has ended", [](auto& i) { i.last_day = day("2026-11-23"); }, ErrorCode::InvalidArgument},
      {"no day", [](auto& i) { i.first_day = day("2027-02-01") + hours(1); }, ErrorCode::InvalidArgument},
      {"long order number", [](auto& i) { i.order_number = std::string(101, 'x'); }, ErrorCode::InvalidArgument},
      {"no such VA", [](auto& i) { i.va = VirtualAccountId{999}; }, ErrorCode::NotFound},
      {"no such account", [](auto& i) { i.account = AccountId{999}; }, ErrorCode::NotFound},
  };
  for (const auto& c : cases) {
    auto what = input(1);
    c.spoil(what);
    const auto made = deposit(what);
    EXPECT_EQ(code_of(made), c.code) << c.what;
  }
  EXPECT_EQ(office_.dump(), before);
  EXPECT_EQ(code_of(deposit(input(1), Office::of(Role::SmartAccountAdministrator, account_))),
            ErrorCode::PermissionDenied);
}

// The general tag stands in for the specific one (CMP-2); the account shows both.
TEST_F(Licenses, CMP_1_BalancesShowOwnedInUseLentBorrowedAndShort) {
  ASSERT_TRUE(deposit(input(10)));
  const auto instance = office_.make_instance(account_, va_, "S1", kSpecific, 3);
  auto general = office_.pool(account_, va_, kGeneral);
  auto specific = office_.pool(account_, va_, kSpecific);
  EXPECT_EQ(general.lent, 3);
  EXPECT_EQ(specific.borrowed, 3);
  EXPECT_EQ(specific.short_count, 0);

  // Over the account: shortfalls of one VA are not covered by another's surplus.
  const auto other = office_.make_va(account_, "WAN").id;
  (void)office_.make_instance(account_, other, "S2", kSpecific, 4);
  const auto sums = office_.read([&](Queries& q) { return q.balances(account_, {}); }).value();
  ASSERT_EQ(sums.size(), 2U);
  EXPECT_EQ(sums[0].tag.text, kGeneral) << "catalog order";
  EXPECT_EQ(sums[0].name, "General License");
  EXPECT_EQ(sums[0].sum.owned, 10);
  EXPECT_EQ(sums[1].sum.in_use, 7);
  EXPECT_EQ(sums[1].sum.borrowed, 3);
  EXPECT_EQ(sums[1].sum.short_count, 4);
  EXPECT_EQ(sums[1].balance(), -7);

  // A deposit covers at once what was short.
  auto more = input(4);
  more.va = other;
  ASSERT_TRUE(deposit(more));
  EXPECT_EQ(office_.pool(account_, other, kSpecific).short_count, 0);
  (void)instance;
}

class Tokens : public Licenses {
 protected:
  Result<Outcome<TokenWithText>> make(NewToken what, Actor who = Office::vendor()) {
    return office_.wait<Outcome<TokenWithText>>(
        [&](auto done) { office_.service->create_token(std::move(who), std::move(what), std::nullopt, done); });
  }
  NewToken token(std::string description = "") {
    NewToken what;
    what.account = account_;
    what.va = va_;
    what.description = std::move(description);
    return what;
  }
};

TEST_F(Tokens, TOK_1_ATokenIsSealedInTheStoreFoundByItsHashAndShownToThoseWhoMay) {
  const auto made = make(token("for the lab")).value().output;
  const std::string text(made.text->reveal_text());
  EXPECT_EQ(domain::account_of_token(text).value(), account_);
  EXPECT_EQ(made.token.hash, office_.hasher.hash(identity::Purpose::RegistrationToken, text));
  EXPECT_EQ(made.token.expires_at, office_.now + days(30));
  EXPECT_EQ(made.token.created_by, "user:admin");
  EXPECT_EQ(office_.dump().find(text), std::string::npos);

  const auto show = [&](Role role, VirtualAccountId va = {}) {
    return office_.service->token(Office::of(role, account_, va), account_, made.token.id);
  };
  for (const auto role : {Role::SmartAccountAdministrator, Role::SmartAccountUser}) {
    EXPECT_EQ(show(role).value().text->reveal_text(), text);
  }
  EXPECT_EQ(show(Role::VirtualAccountUser, va_).value().text->reveal_text(), text);
  EXPECT_EQ(show(Role::SmartAccountViewer).value().text, nullptr);
  EXPECT_EQ(show(Role::VirtualAccountViewer, va_).value().text, nullptr);
  EXPECT_EQ(code_of(show(Role::SmartAccountApprover)), ErrorCode::PermissionDenied);
  EXPECT_EQ(code_of(show(Role::VirtualAccountUser, office_.default_va(account_))), ErrorCode::NotFound);
}

TEST_F(Tokens, TOK_1_ItsTextCannotBeMovedToAnotherRow) {
  const auto one = make(token()).value().output.token;
  const auto two = make(token()).value().output.token;
  storage::ReadKeys keys;
  keys.account = account_;
  keys.tokens = {one.id, two.id};
  ASSERT_TRUE(office_.change(keys, [&](storage::Rows& rows, WallTime) -> Result<void> {
    rows.tokens.edit({account_, two.id}).sealed = one.sealed;
    return {};
  }));
  EXPECT_EQ(code_of(office_.service->token(Office::vendor(), account_, two.id)), ErrorCode::Crypto);
}

TEST_F(Tokens, TOK_1_ExpiryAndUsesAreBounded) {
  struct Case {
    int days;
    std::optional<std::int64_t> uses;
    bool good;
  };
  for (const auto& c : std::vector<Case>{
           {1, {}, true}, {365, 1, true}, {0, {}, false}, {366, {}, false}, {30, 0, false}, {30, -1, false}}) {
    auto what = token();
    what.expires_after_days = c.days;
    what.max_uses = c.uses;
    EXPECT_EQ(make(what).has_value(), c.good) << c.days;
  }
}

TEST_F(Tokens, ACC_5_ExportIsRefusedWhereTheAccountMayNot) {
  auto what = token();
  what.export_allowed = true;
  const auto refused = make(what);
  EXPECT_EQ(code_of(refused), ErrorCode::PermissionDenied);
  ASSERT_TRUE(office_.run(change_account(office_.environment(), Office::vendor(), {account_, {}, true, ""})));
  EXPECT_TRUE(make(what)->output.token.export_allowed);
}

TEST_F(Tokens, TOK_1_OnceRevokedItStaysSo) {
  const auto id = make(token()).value().output.token.id;
  const auto revoke = [&] { return office_.run(revoke_token(office_.environment(), Office::vendor(), account_, id)); };
  EXPECT_EQ(revoke()->revoked_at, office_.now);
  const auto before = office_.dump();
  const auto then = office_.now;
  office_.now += days(1);
  EXPECT_EQ(revoke()->revoked_at, then);
  EXPECT_EQ(office_.dump(), before);
  EXPECT_EQ(status_of(office_.service->token(Office::vendor(), account_, id)->token, office_.now),
            TokenStatus::Revoked);
}

TEST_F(Tokens, TOK_1_UsableOnesAreListedFirstOverAllPages) {
  std::vector<std::int64_t> usable, others;
  for (int i = 0; i < 9; ++i) {
    auto what = token("t" + std::to_string(i));
    if (i % 3 == 1) what.expires_after_days = 1;
    const auto made = make(what).value().output.token;
    if (i % 3 == 2) {
      ASSERT_TRUE(office_.run(revoke_token(office_.environment(), Office::vendor(), account_, made.id)));
    }
    (i % 3 == 0 ? usable : others).push_back(made.id.value);
  }
  office_.now += days(2);
  std::vector<std::int64_t> seen;
  std::optional<TokenCursor> at = TokenCursor{};
  for (int pages = 0; at && pages < 20; ++pages) {
    const auto page = office_.read([&](Queries& q) { return q.tokens(account_, va_, *at, 2, office_.now); }).value();
    EXPECT_LE(page.items.size(), 2U);
    for (const auto& row : page.items) seen.push_back(row.id.value);
    at = page.next;
  }
  auto wanted = usable;
  wanted.insert(wanted.end(), others.begin(), others.end());
  EXPECT_EQ(seen, wanted);
}

}  // namespace
}  // namespace lictor::test
