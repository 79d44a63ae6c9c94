#include <gtest/gtest.h>

#include "unit/account_service/office.hpp"

namespace lictor::test {
namespace {

using domain::Role;

class Instances : public ::testing::Test {
 protected:
  Result<domain::Instance> change(InstanceChange what, Actor who = Office::vendor()) {
    return office_.run(change_instance(office_.environment(), std::move(who), std::move(what)));
  }
  Result<Nothing> remove(InstanceId id, std::string expected = "", Actor who = Office::vendor()) {
    return office_.run(remove_instance(office_.environment(), std::move(who), account_, id, std::move(expected)));
  }
  Office office_;
  AccountId account_ = office_.make_account("example.com").account;
  VirtualAccountId va_ = office_.make_va(account_, "LAN").id;
  VirtualAccountId other_ = office_.make_va(account_, "WAN").id;
};

TEST_F(Instances, INV_2_AreFoundByNameHostPidAndSerialNumberOverAllPages) {
  for (int i = 0; i < 5; ++i)
    (void)office_.make_instance(account_, i % 2 == 0 ? va_ : other_, "FCW" + std::to_string(i), kGeneral, 1);
  const auto find = [&](std::string text, VirtualAccountId va = {}) {
    std::size_t found = 0;
    for (PageRequest page{0, 2};;) {
      const auto part = office_.read([&](Queries& q) {
                                 return q.instances(account_, va, {text, false}, page);
                               })
                            .value();
      found += part.items.size();
      if (!part.next) return found;
      page.after = *part.next;
    }
  };
  EXPECT_EQ(find(""), 5U);
  EXPECT_EQ(find("", va_), 3U);
  EXPECT_EQ(find("fcw3"), 1U);
  EXPECT_EQ(find("HOST-fcw"), 5U);
  EXPECT_EQ(find("box-1"), 5U);
  EXPECT_EQ(find("nothing"), 0U);
  EXPECT_EQ(code_of(office_.read([&](Queries& q) {
              return q.instances(account_, {}, {std::string(101, 'a'), false}, {});
            })),
            ErrorCode::InvalidArgument);
}

TEST_F(Instances, INV_2_RenamedAgainstTheStateThatWasSeen) {
  const auto instance = office_.make_instance(account_, va_, "S1", kGeneral, 1);
  const auto tag = state_tag(office_.environment()->sha256, instance);
  const auto renamed = change({account_, instance.id, "core switch", {}, tag});
  ASSERT_TRUE(renamed) << renamed.error().message;
  EXPECT_EQ(renamed->name, "core switch");
  EXPECT_EQ(code_of(change({account_, instance.id, "another", {}, tag})), ErrorCode::Expired);
  EXPECT_EQ(code_of(change({account_, instance.id, "", {}, ""})), ErrorCode::InvalidArgument);
  EXPECT_EQ(office_.event_kinds(account_).back(), "instance.renamed");
  // A contact of the device changes no tag.
  storage::ReadKeys keys;
  keys.account = account_;
  keys.instances.push_back(instance.id);
  ASSERT_TRUE(office_.change(keys, [&](storage::Rows& rows, WallTime now) -> Result<void> {
    rows.instances.edit({account_, instance.id}).last_contact = now + days(1);
    return {};
  }));
  EXPECT_TRUE(change({account_, instance.id, "again", {}, state_tag(office_.environment()->sha256, *renamed)}));
}

TEST_F(Instances, INV_2_MovedWithItsUsageByWhoMayInBothVirtualAccounts) {
  const auto instance = office_.make_instance(account_, va_, "S1", kGeneral, 3);
  const InstanceChange move{account_, instance.id, {}, other_, ""};
  EXPECT_EQ(code_of(change(move, Office::of(Role::VirtualAccountAdministrator, account_, va_))), ErrorCode::NotFound)
      << "the other VA is none of theirs";
  EXPECT_EQ(code_of(change(move, Office::of(Role::VirtualAccountAdministrator, account_, other_))),
            ErrorCode::NotFound);
  const auto both =
      Office::actor({{Role::VirtualAccountUser, account_, va_}, {Role::VirtualAccountUser, account_, other_}});
  ASSERT_TRUE(change(move, both));
  EXPECT_EQ(office_.pool(account_, va_, kGeneral).in_use, 0);
  EXPECT_EQ(office_.pool(account_, other_, kGeneral).in_use, 3);
  EXPECT_EQ(code_of(change({account_, instance.id, {}, VirtualAccountId{999}, ""})), ErrorCode::NotFound);
}

TEST_F(Instances, INV_2_ARemovedOneGivesItsLicencesBackAndItsCertificateIsRevoked) {
  ASSERT_TRUE(office_.deposit(account_, va_, kGeneral, 5));
  const auto instance = office_.make_instance(account_, va_, "S1", kGeneral, 3);
  EXPECT_EQ(office_.pool(account_, va_, kGeneral).in_use, 3);
  ASSERT_TRUE(remove(instance.id));
  EXPECT_EQ(office_.pool(account_, va_, kGeneral).in_use, 0);
  const auto reader = office_.store->open_reader().value();
  EXPECT_EQ(reader->certificate(account_, instance.serial).value()->status, domain::CertificateStatus::Revoked);
  const auto detail = office_.read([&](Queries& q) { return q.instance(account_, instance.id); }).value();
  EXPECT_EQ(detail.instance.status, domain::InstanceStatus::Removed);
  EXPECT_TRUE(detail.usage.empty());
  EXPECT_EQ(code_of(remove(instance.id)), ErrorCode::NotFound);
  EXPECT_EQ(code_of(change({account_, instance.id, "x", {}, ""})), ErrorCode::NotFound);
  EXPECT_EQ(office_.read([&](Queries& q) { return q.instances(account_, {}, {"", false}, {}); })->items.size(), 0U);
  EXPECT_EQ(office_.read([&](Queries& q) { return q.instances(account_, {}, {"", true}, {}); })->items.size(), 1U);
}

TEST_F(Instances, INV_4_EventsAndAuditAreReadInTheirScope) {
  const auto instance = office_.make_instance(account_, va_, "S1", kGeneral, 1);
  ASSERT_TRUE(remove(instance.id));
  const auto of_va = Office::of(Role::VirtualAccountViewer, account_, va_);
  const auto events = office_.read([&](Queries& q) { return q.events(account_, va_, {}); }, of_va).value().items;
  ASSERT_FALSE(events.empty());
  for (const auto& event : events) EXPECT_EQ(event.va, va_);
  EXPECT_EQ(events.back().kind, "instance.removed");
  EXPECT_EQ(code_of(office_.read([&](Queries& q) { return q.events(account_, {}, {}); }, of_va)),
            ErrorCode::PermissionDenied);
  EXPECT_EQ(code_of(office_.read([&](Queries& q) { return q.audit(account_, {}); }, of_va)),
            ErrorCode::PermissionDenied);
  EXPECT_EQ(code_of(office_.read([&](Queries& q) { return q.audit(kDirectoryAccount, {}); },
                                 Office::of(Role::SmartAccountAdministrator, account_))),
            ErrorCode::PermissionDenied);
  EXPECT_EQ(office_.audit_of(account_).back().action, "instance.remove");
}

class Replays : public Instances {
 protected:
  static ReplayOf<domain::VirtualAccount> under(std::string key, std::uint8_t digest) {
    ReplayOf<domain::VirtualAccount> replay;
    replay.replay.scope = "user:admin create";
    replay.replay.key = std::move(key);
    replay.replay.digest.bytes.fill(digest);
    replay.render = [](const domain::VirtualAccount& va) { return Reply{200, "made " + va.name + " secret"}; };
    return replay;
  }
};

TEST_F(Replays, API_1_AKeyDoesOneThingAndAnswersTheSameAgain) {
  const auto make = [&](std::string name, ReplayOf<domain::VirtualAccount> replay, std::optional<Reply>& replayed) {
    return office_.run<domain::VirtualAccount>(
        create_virtual_account(office_.environment(), Office::vendor(), {account_, std::move(name), ""}),
        std::move(replay), &replayed);
  };
  std::optional<Reply> replayed;
  ASSERT_TRUE(make("Lab", under("k1", 1), replayed));
  EXPECT_FALSE(replayed);
  const auto before = office_.dump();
  EXPECT_EQ(before.find("made Lab secret"), std::string::npos) << "a kept answer is sealed";

  ASSERT_TRUE(make("Lab", under("k1", 1), replayed));
  EXPECT_EQ(replayed, (Reply{200, "made Lab secret"}));
  EXPECT_EQ(office_.dump(), before);

  EXPECT_EQ(code_of(make("Lab 2", under("k1", 2), replayed)), ErrorCode::InvalidArgument);
  EXPECT_EQ(code_of(make("Lab", under("k2", 1), replayed)), ErrorCode::AlreadyExists);
  EXPECT_EQ(office_.dump(), before) << "a refusal is not kept";
  ASSERT_TRUE(make("Lab 3", under("k2", 3), replayed));
}

class Catalogs : public Instances {
 protected:
  Result<ImportedCatalog> import(std::string text, Actor who = Office::vendor()) {
    return office_.wait<ImportedCatalog>([&](auto done) {
      office_.service->import_catalog(std::move(who), {{"box.yaml", std::move(text)}}, done);
    });
  }
};

TEST_F(Catalogs, CAT_1_OneVersionIsActiveAndAnOldOneComesBackUnderItsNumber) {
  EXPECT_EQ(code_of(office_.read([](Queries& q) { return q.active_catalog(); })), ErrorCode::NotFound);
  const auto first = import("catalog: 1\n# one").value();
  EXPECT_EQ(first.version, 1);
  EXPECT_TRUE(first.changed);
  EXPECT_FALSE(import("catalog: 1\n# one")->changed);
  EXPECT_EQ(import("catalog: 1\n# two")->version, 2);
  EXPECT_EQ(office_.read([](Queries& q) { return q.active_catalog(); })->version, 2);
  const auto back = import("catalog: 1\n# one").value();
  EXPECT_EQ(back.version, 1);
  EXPECT_TRUE(back.changed);
  EXPECT_EQ(office_.read([](Queries& q) { return q.active_catalog(); })->version, 1);

  const auto reader = office_.store->open_reader().value();
  int compiled = 0;
  const auto loaded = load_active_catalog(*reader, [&](const auto& files) -> Result<catalog::Catalog> {
    ++compiled;
    EXPECT_EQ(files.at(0).text, "catalog: 1\n# one");
    return small_catalog();
  });
  ASSERT_TRUE(loaded);
  EXPECT_EQ(compiled, 1);
}

TEST_F(Catalogs, CMP_2_AnotherHierarchyCoversTheShortfallsOfAllAccountsAnew) {
  ASSERT_TRUE(import("catalog: 1"));
  const auto second = office_.make_account("second.example").account;
  const auto second_va = office_.default_va(second);
  for (const auto& [account, va] : {std::pair(account_, va_), std::pair(second, second_va)}) {
    ASSERT_TRUE(office_.deposit(account, va, kGeneral, 5));
    (void)office_.make_instance(account, va, "S" + std::to_string(account.value), kSpecific, 3);
    EXPECT_EQ(office_.pool(account, va, kSpecific).borrowed, 3);
  }
  const auto drain = [&] {
    for (int round = 0; round < 10; ++round) office_.writer->drain(office_.now);
  };
  ASSERT_TRUE(import("catalog: 1\n# flat"));
  drain();
  for (const auto& [account, va] : {std::pair(account_, va_), std::pair(second, second_va)}) {
    EXPECT_EQ(office_.pool(account, va, kSpecific).short_count, 3);
    EXPECT_EQ(office_.pool(account, va, kGeneral).lent, 0);
  }
  ASSERT_TRUE(import("catalog: 1"));
  drain();
  EXPECT_EQ(office_.pool(second, second_va, kSpecific).short_count, 0);
}

TEST_F(Catalogs, CAT_1_AWrongOneIsRefusedWithItsPlaceAndTheActiveOneStays) {
  ASSERT_TRUE(import("catalog: 1"));
  const auto active = office_.active_catalog;
  const auto wrong = import("catalog: 2");
  EXPECT_EQ(code_of(wrong), ErrorCode::InvalidArgument);
  EXPECT_NE(wrong.error().message.find("box.yaml:1:1"), std::string::npos);
  EXPECT_EQ(office_.active_catalog, active);
  EXPECT_EQ(code_of(import("catalog: 1", Office::of(Role::SmartAccountAdministrator, account_))),
            ErrorCode::PermissionDenied);
}

}  // namespace
}  // namespace lictor::test
