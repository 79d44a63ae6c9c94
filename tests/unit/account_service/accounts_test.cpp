#include <gtest/gtest.h>

#include "unit/account_service/office.hpp"

namespace lictor::test {
namespace {

using domain::Role;

class Accounts : public ::testing::Test {
 protected:
  Office office_;
};

TEST_F(Accounts, ACC_1_AnAccountComesWithItsDefaultVirtualAccountAndItsAuditRows) {
  const auto account =
      office_.run(create_account(office_.environment(), Office::vendor(), {"Example.COM", "Example", true})).value();
  EXPECT_EQ(account.domain, "example.com");
  EXPECT_EQ(account.created_at, office_.now);
  const auto vas = office_.read([&](Queries& q) { return q.virtual_accounts(account.account, ""); }).value();
  ASSERT_EQ(vas.size(), 1U);
  EXPECT_TRUE(vas[0].is_default);
  const auto audit = office_.audit_of(account.account);
  ASSERT_EQ(audit.size(), 1U);
  EXPECT_EQ(audit[0].action, "account.create");
  EXPECT_EQ(audit[0].actor, "user:admin");
  EXPECT_EQ(audit[0].request_id, "req-1");
  EXPECT_NE(audit[0].detail.find("\"peer\":\"192.0.2.1\""), std::string::npos) << audit[0].detail;
}

TEST_F(Accounts, ACC_1_ADomainHasOneAccountAndANameOfItsForm) {
  (void)office_.make_account("example.com");
  const auto make = [&](std::string domain) {
    return office_.run(create_account(office_.environment(), Office::vendor(), {std::move(domain), "x", false}));
  };
  EXPECT_EQ(code_of(make("EXAMPLE.com")), ErrorCode::AlreadyExists);
  for (const auto* wrong : {"", "example", "example.", ".com", "exa mple.com", "-a.com", "a-.com", "a..b"}) {
    EXPECT_EQ(code_of(make(wrong)), ErrorCode::InvalidArgument) << wrong;
  }
}

TEST_F(Accounts, ACC_5_OnlyTheVendorAllowsExport) {
  const auto account = office_.make_account("example.com").account;
  const AccountChange allow{account, std::nullopt, true, ""};
  EXPECT_EQ(code_of(office_.run(
                change_account(office_.environment(), Office::of(Role::SmartAccountAdministrator, account), allow))),
            ErrorCode::PermissionDenied);
  EXPECT_TRUE(office_.run(change_account(office_.environment(), Office::vendor(), allow))->export_allowed);
  EXPECT_TRUE(office_.read([&](Queries& q) { return q.account(account); })->export_allowed);
}

TEST_F(Accounts, API_1_AChangeOfWhatSomebodyElseChangedIsRefused) {
  const auto account = office_.make_account("example.com").account;
  const auto va = office_.make_va(account, "Lab");
  const auto& sha = office_.environment()->sha256;
  const auto change = [&](std::string name, std::string expected) {
    return office_.run(change_virtual_account(office_.environment(), Office::vendor(),
                                              {account, va.id, std::move(name), std::nullopt, std::move(expected)}));
  };
  const auto first = change("Lab 2", state_tag(sha, va));
  ASSERT_TRUE(first);
  EXPECT_EQ(code_of(change("Lab 3", state_tag(sha, va))), ErrorCode::Expired);
  EXPECT_TRUE(change("Lab 3", state_tag(sha, *first)));
  EXPECT_TRUE(change("Lab 4", ""));
}

TEST_F(Accounts, ACC_1_VirtualAccountNamesAreUniqueCapitalsOrNot) {
  const auto account = office_.make_account("example.com").account;
  const auto other = office_.make_account("other.example").account;
  const auto va = office_.make_va(account, "Lab");
  const auto make = [&](AccountId in, std::string name) {
    return office_.run(create_virtual_account(office_.environment(), Office::vendor(), {in, std::move(name), ""}));
  };
  EXPECT_EQ(code_of(make(account, "LAB")), ErrorCode::AlreadyExists);
  EXPECT_EQ(code_of(make(account, "default")), ErrorCode::AlreadyExists);
  EXPECT_EQ(code_of(make(account, "")), ErrorCode::InvalidArgument);
  EXPECT_EQ(code_of(make(account, "a\tb")), ErrorCode::InvalidArgument);
  EXPECT_EQ(code_of(make(account, " a")), ErrorCode::InvalidArgument);
  EXPECT_TRUE(make(other, "Lab"));
  const auto rename = [&](std::string name) {
    return office_.run(
        change_virtual_account(office_.environment(), Office::vendor(), {account, va.id, std::move(name), {}, ""}));
  };
  EXPECT_EQ(code_of(rename("Default")), ErrorCode::AlreadyExists);
  EXPECT_TRUE(rename("LAB")) << "its own name in capitals";
}

TEST_F(Accounts, ACC_1_AVirtualAccountGoesOnlyWhenItIsEmpty) {
  const auto account = office_.make_account("example.com").account;
  const auto remove = [&](VirtualAccountId va) {
    return office_.wait<Nothing>(
        [&](auto done) { office_.service->remove_virtual_account(Office::vendor(), account, va, office_.now, done); });
  };
  EXPECT_EQ(code_of(remove(office_.default_va(account))), ErrorCode::Conflict);

  const auto with_licenses = office_.make_va(account, "Licences").id;
  ASSERT_TRUE(office_.deposit(account, with_licenses, kGeneral, 1));
  EXPECT_EQ(code_of(remove(with_licenses)), ErrorCode::Conflict);

  const auto with_future_lot = office_.make_va(account, "Later").id;
  LicenseDeposit later;
  later.account = account;
  later.va = with_future_lot;
  later.tag = EntitlementTag{std::string(kGeneral)};
  later.quantity = 1;
  later.first_day = parse_rfc3339("2027-01-01T00:00:00Z").value();
  later.request_key = "later";
  ASSERT_TRUE(office_.run(deposit_licenses(office_.environment(), Office::vendor(), later)));
  EXPECT_EQ(code_of(remove(with_future_lot)), ErrorCode::Conflict);

  const auto with_device = office_.make_va(account, "Devices").id;
  const auto instance = office_.make_instance(account, with_device, "S1", kGeneral, 1);
  EXPECT_EQ(code_of(remove(with_device)), ErrorCode::Conflict);
  ASSERT_TRUE(office_.run(remove_instance(office_.environment(), Office::vendor(), account, instance.id, "")));
  EXPECT_TRUE(remove(with_device));
  EXPECT_EQ(code_of(remove(with_device)), ErrorCode::NotFound);

  const auto empty = office_.make_va(account, "Empty").id;
  EXPECT_TRUE(remove(empty));
  EXPECT_EQ(code_of(office_.read([&](Queries& q) { return q.virtual_account(account, empty); })), ErrorCode::NotFound);
}

TEST_F(Accounts, ACC_1_WhatComesIntoAVirtualAccountWhileItIsBeingRemovedKeepsIt) {
  const auto account = office_.make_account("example.com").account;
  const auto va = office_.make_va(account, "Lab").id;
  std::optional<Result<Outcome<TokenWithText>>> token;
  NewToken input;
  input.account = account;
  input.va = va;
  // It waits to be written, so whoever looks for tokens finds none.
  office_.service->create_token(Office::vendor(), input, std::nullopt, [&](auto made) { token = std::move(made); });
  const auto removed = office_.wait<Nothing>(
      [&](auto done) { office_.service->remove_virtual_account(Office::vendor(), account, va, office_.now, done); });
  ASSERT_TRUE(token && *token);
  EXPECT_EQ(code_of(removed), ErrorCode::Conflict);
  EXPECT_TRUE(office_.read([&](Queries& q) { return q.virtual_account(account, va); }));
}

TEST_F(Accounts, ACC_1_OtherChangesOfTheAccountDoNotKeepAVirtualAccount) {
  const auto account = office_.make_account("example.com").account;
  const auto va = office_.make_va(account, "Lab").id;
  std::optional<Result<Outcome<domain::SmartAccount>>> renamed;
  office_.service->run<domain::SmartAccount>(
      change_account(office_.environment(), Office::vendor(), {account, "Another", std::nullopt, ""}), std::nullopt,
      [&](auto done) { renamed = std::move(done); });
  EXPECT_TRUE(office_.wait<Nothing>(
      [&](auto done) { office_.service->remove_virtual_account(Office::vendor(), account, va, office_.now, done); }));
  EXPECT_TRUE(renamed && *renamed);
}

TEST_F(Accounts, ACC_1_EverybodySeesTheirOwnAccountsOnly) {
  const auto one = office_.make_account("one.example").account;
  const auto two = office_.make_account("two.example").account;
  const auto list = [&](const Actor& who, std::string_view domain = "") {
    std::vector<std::int64_t> ids;
    const auto page = office_.read([&](Queries& q) { return q.accounts(domain, {0, 10}); }, who).value();
    for (const auto& row : page.items) ids.push_back(row.account.value);
    return ids;
  };
  EXPECT_EQ(list(Office::vendor()), (std::vector<std::int64_t>{one.value, two.value}));
  EXPECT_EQ(list(Office::of(Role::SmartAccountViewer, two)), (std::vector<std::int64_t>{two.value}));
  EXPECT_EQ(list(Office::of(Role::VirtualAccountViewer, two, office_.default_va(two))),
            (std::vector<std::int64_t>{two.value}));
  EXPECT_TRUE(list(Office::of(Role::SmartAccountViewer, two), "one.example").empty());
  EXPECT_EQ(list(Office::vendor(), "one.example"), (std::vector<std::int64_t>{one.value}));
}

TEST_F(Accounts, ACC_2_ARoleOfOneVirtualAccountSeesThatOneOnly) {
  const auto account = office_.make_account("example.com").account;
  const auto mine = office_.make_va(account, "Mine").id;
  const auto theirs = office_.make_va(account, "Theirs").id;
  const auto who = Office::of(Role::VirtualAccountAdministrator, account, mine);
  const auto vas = office_.read([&](Queries& q) { return q.virtual_accounts(account, ""); }, who).value();
  ASSERT_EQ(vas.size(), 1U);
  EXPECT_EQ(vas[0].id, mine);
  EXPECT_TRUE(office_.read([&](Queries& q) { return q.balances(account, mine); }, who));
  EXPECT_EQ(code_of(office_.read([&](Queries& q) { return q.balances(account, theirs); }, who)), ErrorCode::NotFound);
  EXPECT_EQ(code_of(office_.read([&](Queries& q) { return q.balances(account, {}); }, who)),
            ErrorCode::PermissionDenied);
  const auto instance = office_.make_instance(account, theirs, "S9", kGeneral, 1);
  const auto not_theirs = office_.read([&](Queries& q) { return q.instance(account, instance.id); }, who);
  const auto not_there =
      office_.read([&](Queries& q) { return q.instance(account, InstanceId{instance.id.value + 100}); }, who);
  EXPECT_EQ(code_of(not_theirs), ErrorCode::NotFound);
  EXPECT_EQ(code_of(not_there), ErrorCode::NotFound);
}

TEST_F(Accounts, API_1_PagesMeetWithoutGapOrOverlap) {
  std::vector<std::int64_t> made;
  for (int i = 0; i < 7; ++i) made.push_back(office_.make_account("a" + std::to_string(i) + ".example").account.value);
  std::vector<std::int64_t> seen;
  int pages = 0;
  for (PageRequest page{0, 3};; ++pages) {
    const auto part = office_.read([&](Queries& q) { return q.accounts("", page); }).value();
    EXPECT_LE(part.items.size(), 3U);
    for (const auto& row : part.items) seen.push_back(row.account.value);
    if (!part.next) break;
    page.after = *part.next;
  }
  EXPECT_EQ(seen, made);
  EXPECT_EQ(pages, 2);
}

}  // namespace
}  // namespace lictor::test
