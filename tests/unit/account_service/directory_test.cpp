#include <gtest/gtest.h>

#include "unit/account_service/office.hpp"

namespace lictor::test {
namespace {

using domain::Role;

class Directory : public ::testing::Test {
 protected:
  Result<LoginOutcome> login(std::string name, std::string_view password, std::string peer = "192.0.2.1") {
    return office_.wait<LoginOutcome>([&](auto done) {
      office_.service->login(std::move(name), Secret::from_text(password), {"req", std::move(peer)},
                             {office_.now, office_.steady}, done);
    });
  }
  std::string session(std::string name, std::string_view password) {
    auto outcome = login(std::move(name), password);
    if (!outcome || !outcome->session) {
      ADD_FAILURE() << "no session";
      return "";
    }
    return std::string(outcome->session->bearer.reveal_text());
  }
  Result<Actor> who(std::string_view bearer) {
    return office_.service->authenticate(bearer, {"req", "peer"}, office_.now);
  }
  Result<Nothing> change_password(Actor actor, std::string_view current, std::string_view wanted) {
    return office_.wait<Nothing>([&](auto done) {
      office_.service->change_own_password(std::move(actor), Secret::from_text(current), Secret::from_text(wanted),
                                           {office_.now, office_.steady}, done);
    });
  }
  Result<Outcome<ClientWithSecret>> make_client(Actor actor, std::vector<domain::Grant> grants) {
    return office_.wait<Outcome<ClientWithSecret>>([&](auto done) {
      office_.service->create_api_client(std::move(actor), "for tests", std::move(grants), std::nullopt, done);
    });
  }
  Result<AccessOutcome> client_token(std::string id, std::string_view secret) {
    return office_.wait<AccessOutcome>([&](auto done) {
      office_.service->client_token(std::move(id), Secret::from_text(secret), {"req", "192.0.2.1"},
                                    {office_.now, office_.steady}, done);
    });
  }
  Office office_;
};

TEST_F(Directory, ACC_3_TheFirstStartMakesTheStoreAndOneAdministratorOnce) {
  EXPECT_TRUE(office_.facts.created);
  const auto before = office_.dump();
  FirstStart again;
  again.authority = random_authority_id(office_.entropy);
  again.incarnation = Incarnation::random(office_.entropy);
  again.admin_password_hash = "x";
  const auto facts = office_.run(first_start(office_.environment(), again)).value();
  EXPECT_FALSE(facts.created);
  EXPECT_EQ(facts.authority, office_.facts.authority);
  EXPECT_EQ(facts.incarnation, office_.facts.incarnation);
  EXPECT_EQ(facts.incarnation_began, office_.now);
  EXPECT_EQ(office_.dump(), before);

  const auto reader = office_.store->open_reader().value();
  const auto read = read_store_facts([&](std::string_view name) { return reader->setting(name); }).value();
  ASSERT_TRUE(read);
  EXPECT_EQ(read->authority, office_.facts.authority);
}

TEST_F(Directory, ACC_3_AStoreWithAFactMissingIsCorruptNotNew) {
  const auto facts = read_store_facts([](std::string_view name) -> Result<std::optional<std::string>> {
    if (name == store_setting::kAuthority) return std::optional<std::string>("00000000-0000-4000-8000-000000000001");
    return std::optional<std::string>();
  });
  EXPECT_EQ(code_of(facts), ErrorCode::Corrupt);
}

TEST_F(Directory, ACC_3_ASessionIsOpenedByThePasswordAndEndsByTimeAndByLogout) {
  const auto bearer = session("admin", Office::kAdminPassword);
  const auto actor = who(bearer).value();
  EXPECT_EQ(actor.name, "user:admin");
  EXPECT_EQ(actor.grants, (std::vector<domain::Grant>{{Role::VendorOperator, kDirectoryAccount, {}}}));
  EXPECT_EQ(office_.dump().find(bearer), std::string::npos) << "a bearer stands in the store";

  office_.now += hours(12) - Duration{1};
  EXPECT_TRUE(who(bearer));
  office_.now += Duration{1};
  EXPECT_EQ(code_of(who(bearer)), ErrorCode::Unauthenticated);

  const auto second = session("admin", Office::kAdminPassword);
  ASSERT_TRUE(office_.wait<Nothing>([&](auto done) { office_.service->logout(who(second).value(), done); }));
  EXPECT_EQ(code_of(who(second)), ErrorCode::Unauthenticated);
}

TEST_F(Directory, ACC_3_AWrongPasswordAndAnUnknownNameAreRefusedInTheSameWords) {
  const auto wrong = login("admin", "not the password");
  const auto unknown = login("nobody", Office::kAdminPassword);
  ASSERT_FALSE(wrong);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(wrong.error(), unknown.error());
  EXPECT_EQ(wrong.error().code, ErrorCode::Unauthenticated);
}

TEST_F(Directory, ACC_3_WhatCouldNotBeJudgedIsNoWrongPassword) {
  office_.turnstile.busy = true;
  for (int i = 0; i < 8; ++i) EXPECT_EQ(code_of(login("admin", Office::kAdminPassword)), ErrorCode::Busy);
  office_.turnstile.busy = false;
  for (int i = 0; i < 4; ++i) EXPECT_EQ(code_of(login("admin", "a wrong password")), ErrorCode::Unauthenticated);
  const auto session = login("admin", Office::kAdminPassword);
  ASSERT_TRUE(session);
  EXPECT_TRUE(session->session);
}

TEST_F(Directory, ACC_3_GuessingIsSlowedDownAndTheRightPasswordWaitsToo) {
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(login("admin", "a wrong password"));
  const auto throttled = login("admin", Office::kAdminPassword);
  ASSERT_TRUE(throttled);
  EXPECT_FALSE(throttled->session);
  EXPECT_EQ(throttled->retry_after, minutes(15));
  EXPECT_TRUE(login("admin", Office::kAdminPassword, "198.51.100.7")->session) << "from elsewhere it may be tried";
  office_.steady += minutes(15);
  EXPECT_TRUE(login("admin", Office::kAdminPassword)->session);
}

TEST_F(Directory, ACC_3_AForeignBearerIsNobody) {
  for (const std::string_view bearer :
       {"", "x", "ls_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "la_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}) {
    EXPECT_EQ(code_of(who(bearer)), ErrorCode::Unauthenticated) << bearer;
  }
}

TEST_F(Directory, ACC_3_AnotherPasswordIsTakenOnlyWithTheOldOne) {
  const auto actor = who(session("admin", Office::kAdminPassword)).value();
  EXPECT_EQ(code_of(change_password(actor, "not the password", "a new password!")), ErrorCode::Unauthenticated);
  EXPECT_EQ(code_of(change_password(actor, Office::kAdminPassword, "short")), ErrorCode::InvalidArgument);
  EXPECT_EQ(code_of(change_password(actor, Office::kAdminPassword, Office::kAdminPassword)),
            ErrorCode::InvalidArgument);
  EXPECT_TRUE(change_password(actor, Office::kAdminPassword, "a new password!"));
  EXPECT_FALSE(login("admin", Office::kAdminPassword));
  EXPECT_TRUE(login("admin", "a new password!"));
}

TEST_F(Directory, ACC_3_AOneTimePasswordOpensNothingButItsOwnChange) {
  const auto account = office_.make_account("example.com").account;
  const auto made = office_.wait<Outcome<UserWithPassword>>([&](auto done) {
    office_.service->create_user(Office::vendor(), "ann", {{Role::SmartAccountAdministrator, account, {}}},
                                 std::nullopt, done);
  });
  ASSERT_TRUE(made) << made.error().message;
  const std::string password(made->output.password->reveal_text());
  auto actor = who(session("ann", password)).value();
  EXPECT_EQ(actor.standing, Actor::Standing::MustChangePassword);
  EXPECT_TRUE(actor.grants.empty());
  EXPECT_EQ(code_of(office_.run(create_virtual_account(office_.environment(), actor, {account, "Lab", ""}))),
            ErrorCode::NotFound);
  ASSERT_TRUE(change_password(actor, password, "my very own password"));
  actor = who(session("ann", "my very own password")).value();
  EXPECT_EQ(actor.standing, Actor::Standing::Full);
  EXPECT_TRUE(office_.run(create_virtual_account(office_.environment(), actor, {account, "Lab", ""})));
}

TEST_F(Directory, ACC_3_AnApiClientGetsAnAccessTokenForItsSecret) {
  const auto account = office_.make_account("example.com").account;
  auto made =
      make_client(Office::of(Role::SmartAccountAdministrator, account), {{Role::SmartAccountViewer, account, {}}});
  ASSERT_TRUE(made) << made.error().message;
  const auto id = made->output.client.id;
  const std::string secret(made->output.secret->reveal_text());
  EXPECT_EQ(office_.dump().find(secret), std::string::npos) << "a client's secret stands in the store";

  EXPECT_EQ(code_of(client_token(id, "lk_wrong")), ErrorCode::Unauthenticated);
  EXPECT_EQ(code_of(client_token("ci-0000000000000000", secret)), ErrorCode::Unauthenticated);
  const auto access = client_token(id, secret);
  ASSERT_TRUE(access && access->access);
  const std::string bearer(access->access->bearer.reveal_text());
  const auto actor = who(bearer).value();
  EXPECT_EQ(actor.name, "client:" + id);
  EXPECT_EQ(code_of(change_password(actor, "x", "a new password!")), ErrorCode::Unsupported);

  office_.now += hours(1);
  EXPECT_EQ(code_of(who(bearer)), ErrorCode::Unauthenticated);
  const auto later = client_token(id, secret);
  const std::string second(later->access->bearer.reveal_text());
  EXPECT_TRUE(who(second));
  ASSERT_TRUE(
      office_.wait<Nothing>([&](auto done) { office_.service->remove_api_client(Office::vendor(), id, done); }));
  EXPECT_EQ(code_of(who(second)), ErrorCode::Unauthenticated) << "its tokens end with it";
  EXPECT_EQ(code_of(client_token(id, secret)), ErrorCode::Unauthenticated);
}

TEST_F(Directory, ACC_2_NobodyGivesRightsWhereTheyMayNotManageThem) {
  const auto one = office_.make_account("one.example").account;
  const auto other = office_.make_account("two.example").account;
  const auto va = office_.default_va(one);
  struct Case {
    std::string what;
    Actor actor;
    std::vector<domain::Grant> grants;
    std::optional<ErrorCode> refused;
  };
  const std::vector<Case> cases = {
      {"vendor, manager", Office::vendor(), {{Role::VendorOperator, kDirectoryAccount, {}}}, std::nullopt},
      {"vendor, account", Office::vendor(), {{Role::SmartAccountAdministrator, one, {}}}, std::nullopt},
      {"administrator, own",
       Office::of(Role::SmartAccountAdministrator, one),
       {{Role::SmartAccountUser, one, {}}},
       std::nullopt},
      {"administrator, own VA",
       Office::of(Role::SmartAccountAdministrator, one),
       {{Role::VirtualAccountUser, one, va}},
       std::nullopt},
      {"administrator, vendor role",
       Office::of(Role::SmartAccountAdministrator, one),
       {{Role::VendorOperator, kDirectoryAccount, {}}},
       ErrorCode::PermissionDenied},
      {"administrator, other account",
       Office::of(Role::SmartAccountAdministrator, one),
       {{Role::SmartAccountViewer, other, {}}},
       ErrorCode::NotFound},
      {"user, own",
       Office::of(Role::SmartAccountUser, one),
       {{Role::SmartAccountViewer, one, {}}},
       ErrorCode::PermissionDenied},
      {"VA administrator",
       Office::of(Role::VirtualAccountAdministrator, one, va),
       {{Role::VirtualAccountViewer, one, va}},
       ErrorCode::PermissionDenied},
      {"none", Office::vendor(), {}, ErrorCode::InvalidArgument},
      {"two accounts",
       Office::vendor(),
       {{Role::SmartAccountViewer, one, {}}, {Role::SmartAccountViewer, other, {}}},
       ErrorCode::InvalidArgument},
      {"VA role without VA", Office::vendor(), {{Role::VirtualAccountViewer, one, {}}}, ErrorCode::InvalidArgument},
      {"SA role with VA", Office::vendor(), {{Role::SmartAccountViewer, one, va}}, ErrorCode::InvalidArgument},
      {"SA role without account",
       Office::vendor(),
       {{Role::SmartAccountViewer, kDirectoryAccount, {}}},
       ErrorCode::InvalidArgument},
      {"no such VA", Office::vendor(), {{Role::VirtualAccountViewer, one, VirtualAccountId{999}}}, ErrorCode::NotFound},
      {"no such account", Office::vendor(), {{Role::SmartAccountViewer, AccountId{999}, {}}}, ErrorCode::NotFound},
  };
  for (const auto& c : cases) {
    const auto made = make_client(c.actor, c.grants);
    EXPECT_EQ(made.has_value(), !c.refused) << c.what;
    if (!made && c.refused) {
      EXPECT_EQ(made.error().code, *c.refused) << c.what << ": " << made.error().message;
    }
  }
}

TEST_F(Directory, ACC_2_UsersAreMadeWithinTheirMakersReach) {
  const auto one = office_.make_account("one.example").account;
  const auto make = [&](Actor actor, std::string name, std::vector<domain::Grant> grants) {
    return office_.wait<Outcome<UserWithPassword>>([&](auto done) {
      office_.service->create_user(std::move(actor), std::move(name), std::move(grants), std::nullopt, done);
    });
  };
  EXPECT_TRUE(make(Office::of(Role::SmartAccountAdministrator, one), "bob", {{Role::SmartAccountViewer, one, {}}}));
  EXPECT_EQ(code_of(make(Office::vendor(), "bob", {{Role::SmartAccountViewer, one, {}}})), ErrorCode::AlreadyExists);
  EXPECT_EQ(code_of(make(Office::vendor(), "b b", {{Role::SmartAccountViewer, one, {}}})), ErrorCode::InvalidArgument);
  EXPECT_EQ(code_of(make(Office::of(Role::SmartAccountUser, one), "eve", {{Role::SmartAccountViewer, one, {}}})),
            ErrorCode::PermissionDenied);
  EXPECT_EQ(code_of(make(Office::vendor(), "eve", {{Role::VirtualAccountViewer, one, VirtualAccountId{99}}})),
            ErrorCode::NotFound);
  const auto listed = office_.read([](Queries& q) { return q.users({0, 10}); }).value();
  ASSERT_EQ(listed.items.size(), 2U);
  EXPECT_EQ(listed.items[1].name, "bob");
}

TEST_F(Directory, INV_4_TheAuditChainOfTheDirectoryHolds) {
  (void)session("admin", Office::kAdminPassword);
  (void)office_.make_account("example.com");
  const auto rows = office_.audit_of(kDirectoryAccount);
  std::vector<std::string> actions;
  for (const auto& row : rows) actions.push_back(row.action);
  EXPECT_EQ(actions, (std::vector<std::string>{"store.create", "user.create", "session.start", "account.create"}));
  EXPECT_EQ(domain::verify_audit_chain(rows, office_.environment()->sha256), std::nullopt);
}

}  // namespace
}  // namespace lictor::test
