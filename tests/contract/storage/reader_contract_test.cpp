// What readers see: committed data, inside their scope (ACC-1), page by page (INV-5).
#include <gtest/gtest.h>

#include "contract/storage/harness.hpp"

namespace lictor::storage::test {

namespace {

constexpr AccountId kMine{1};
constexpr AccountId kOther{2};
constexpr VirtualAccountId kDefault{10};
constexpr VirtualAccountId kBranch{11};

class ReaderContract : public testing::TestWithParam<const char*> {
 protected:
  std::unique_ptr<Backend> backend_ = make_backend(GetParam());
  std::unique_ptr<ReadStore> reader_ = *backend_->store().open_reader();
  RowMaker maker_{7};
  const TenantScope mine_ = TenantScope::account(kMine);
  const TenantScope branch_ = TenantScope::virtual_account(kMine, kBranch);

  template <class Change>
  void change(Change&& change) {
    Rows rows;
    auto& writer = backend_->store().writer();
    ASSERT_TRUE(writer.load({}, {}, rows));
    change(rows);
    const auto committed = writer.commit(rows);
    ASSERT_TRUE(committed) << committed.error().message;
  }
  domain::Instance instance(AccountId account, std::int64_t id, VirtualAccountId va, std::string name) {
    auto row = maker_.row<domain::Instance>();
    row.account = account, row.id = InstanceId{id}, row.va = va, row.name = std::move(name);
    row.status = domain::InstanceStatus::Active;
    row.host_name = "host-" + std::to_string(id);
    row.udis = {{{"C9500-40X", "SN" + std::to_string(id)}, UdiRole::Active}};
    return row;
  }
  std::vector<std::int64_t> found(const TenantScope& scope, InstanceFilter filter, Page page = {}) {
    const auto rows = reader_->instances(scope, filter, page);
    EXPECT_TRUE(rows);
    std::vector<std::int64_t> ids;
    for (const auto& row : *rows) ids.push_back(row.id.value);
    return ids;
  }
};

using Ids = std::vector<std::int64_t>;

INSTANTIATE_TEST_SUITE_P(, ReaderContract, testing::Values("memory", "sqlite"),
                         [](const auto& param) { return std::string(param.param); });

TEST_P(ReaderContract, ACC_1_AReaderSeesItsAccountAlone) {
  for (const AccountId account : {kMine, kOther}) {
    change([&](Rows& rows) {
      const auto fill = [&]<class Row>(Row row) {
        row.account = account;
        return row;
      };
      auto token = fill(maker_.row<domain::Token>());
      token.id = TokenId{1}, token.va = kDefault;
      rows.tokens.put(token);
      rows.instances.put(instance(account, 1, kDefault, "router"));
      auto usage = fill(maker_.row<domain::Usage>());
      usage.instance = InstanceId{1};
      rows.usage.put(usage);
      rows.virtual_accounts.put({account, kDefault, "DEFAULT", "", true, {}});
      auto pool = fill(maker_.row<domain::Pool>());
      pool.va = kDefault;
      rows.pools.put(pool);
      auto lot = fill(maker_.row<domain::Lot>());
      lot.id = LotId{1};
      rows.lots.put(lot);
      rows.balances.put({account, kDefault, {}, LotId{1}, 5});
      rows.entries.append({account, PostingId{1}, 0, kDefault, {}, lot.tag, LotId{1}, 5});
      rows.audit.append(fill(maker_.row<domain::AuditRow>()));
      rows.events.append(fill(maker_.row<domain::Event>()));
    });
  }
  const auto all_mine = [](const auto& rows) { return rows && rows->size() == 1 && rows->front().account == kMine; };
  EXPECT_TRUE(all_mine(reader_->tokens(mine_, {})));
  EXPECT_TRUE(all_mine(reader_->instances(mine_, {}, {})));
  EXPECT_TRUE(all_mine(reader_->instances(mine_, {"router"}, {})));
  EXPECT_TRUE(all_mine(reader_->usage(mine_, InstanceId{1})));
  EXPECT_TRUE(all_mine(reader_->virtual_accounts(mine_)));
  EXPECT_TRUE(all_mine(reader_->pools(mine_)));
  EXPECT_TRUE(all_mine(reader_->entries(mine_, {})));
  EXPECT_TRUE(all_mine(reader_->audit(mine_, {})));
  EXPECT_TRUE(all_mine(reader_->events(mine_, {})));
  const auto lots = reader_->lots(mine_, {});
  ASSERT_EQ(lots->size(), 1U);
  EXPECT_EQ(lots->front().lot.account, kMine);
  EXPECT_EQ(lots->front().balance.account, kMine);
}

TEST_P(ReaderContract, ACC_1_AVirtualAccountsReaderSeesThatVirtualAccountAlone) {
  change([&](Rows& rows) {
    for (const VirtualAccountId va : {kDefault, kBranch}) {
      rows.virtual_accounts.put({kMine, va, "VA", "", va == kDefault, {}});
      rows.instances.put(instance(kMine, va.value, va, "router"));
      auto usage = maker_.row<domain::Usage>();
      usage.account = kMine, usage.instance = InstanceId{va.value};
      rows.usage.put(usage);
      auto token = maker_.row<domain::Token>();
      token.account = kMine, token.id = TokenId{va.value}, token.va = va;
      rows.tokens.put(token);
      auto pool = maker_.row<domain::Pool>();
      pool.account = kMine, pool.va = va;
      rows.pools.put(pool);
      rows.balances.put({kMine, va, {}, LotId{1}, va.value});
      rows.entries.append({kMine, PostingId{1}, static_cast<int>(va.value), va, {}, {}, LotId{1}, 1});
      auto event = maker_.row<domain::Event>();
      event.account = kMine, event.va = va, event.sequence = va.value;
      rows.events.append(event);
    }
    auto lot = maker_.row<domain::Lot>();
    lot.account = kMine, lot.id = LotId{1};
    rows.lots.put(lot);
  });
  EXPECT_EQ(reader_->virtual_accounts(branch_)->size(), 1U);
  EXPECT_EQ(found(branch_, {}), Ids{11});
  EXPECT_EQ(found(branch_, {"router"}), Ids{11});
  EXPECT_TRUE(*reader_->instance(branch_, InstanceId{11}));
  EXPECT_FALSE(*reader_->instance(branch_, InstanceId{10}));
  EXPECT_EQ(reader_->usage(branch_, InstanceId{11})->size(), 1U);
  EXPECT_TRUE(reader_->usage(branch_, InstanceId{10})->empty());
  EXPECT_EQ(reader_->tokens(branch_, {})->size(), 1U);
  EXPECT_FALSE(*reader_->token(branch_, TokenId{10}));
  EXPECT_EQ(reader_->pools(branch_)->size(), 1U);
  ASSERT_EQ(reader_->lots(branch_, {})->size(), 1U);
  EXPECT_EQ(reader_->lots(branch_, {})->front().balance.va, kBranch);
  EXPECT_EQ(reader_->lots(mine_, {})->size(), 2U);
  EXPECT_EQ(reader_->entries(branch_, {})->size(), 1U);
  EXPECT_EQ(reader_->entries(mine_, {})->size(), 2U);
  EXPECT_EQ(reader_->events(branch_, {})->size(), 1U);
  EXPECT_EQ(reader_->audit(branch_, {}).error().code, ErrorCode::PermissionDenied);
}

TEST_P(ReaderContract, INV_5_PagesMeetEveryRowOnceInOrder) {
  change([&](Rows& rows) {
    for (std::int64_t id = 1; id <= 25; ++id) {
      rows.instances.put(instance(kMine, id, id % 2 == 0 ? kDefault : kBranch, "router"));
      auto token = maker_.row<domain::Token>();
      token.account = kMine, token.id = TokenId{id};
      rows.tokens.put(token);
      auto event = maker_.row<domain::Event>();
      event.account = kMine, event.sequence = id;
      rows.events.append(event);
      auto audit = maker_.row<domain::AuditRow>();
      audit.account = kMine, audit.sequence = id;
      rows.audit.append(audit);
      rows.accounts.put({AccountId{id}, std::to_string(id) + ".example", "", false, {}});
      auto user = maker_.row<domain::User>();
      user.id = UserId{id}, user.name = "user-" + std::to_string(100 - id);
      rows.users.put(user);
    }
  });
  const auto walk = [](auto&& fetch) {
    Ids ids;
    Page page{0, 7};
    while (true) {
      const Ids more = fetch(page);
      EXPECT_LE(more.size(), 7U);
      if (more.empty()) return ids;
      ids.insert(ids.end(), more.begin(), more.end());
      page.after = more.back();
    }
  };
  const auto ids_of = [](const auto& rows, auto&& id) {
    Ids ids;
    for (const auto& row : *rows) ids.push_back(id(row));
    return ids;
  };
  Ids all(25);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int64_t>(i) + 1;
  EXPECT_EQ(walk([&](Page page) { return found(mine_, {}, page); }), all);
  EXPECT_EQ(walk([&](Page page) { return found(mine_, {"ROU"}, page); }), all);
  EXPECT_EQ(walk([&](Page page) {
              return ids_of(reader_->tokens(mine_, page), [](const auto& row) { return row.id.value; });
            }),
            all);
  EXPECT_EQ(walk([&](Page page) {
              return ids_of(reader_->events(mine_, page), [](const auto& row) { return row.sequence; });
            }),
            all);
  EXPECT_EQ(walk([&](Page page) {
              return ids_of(reader_->audit(mine_, page), [](const auto& row) { return row.sequence; });
            }),
            all);
  EXPECT_EQ(walk([&](Page page) {
              return ids_of(reader_->accounts(page), [](const auto& row) { return row.account.value; });
            }),
            all);
  EXPECT_EQ(walk([&](Page page) { return ids_of(reader_->users(page), [](const auto& row) { return row.id.value; }); }),
            all);
  EXPECT_EQ(found(branch_, {}, {0, 3}), (Ids{1, 3, 5}));
  EXPECT_EQ(found(branch_, {}, {5, 3}), (Ids{7, 9, 11}));
}

TEST_P(ReaderContract, INV_5_APageOfLotsOrEntriesHoldsWholeLotsAndPostings) {
  change([&](Rows& rows) {
    for (std::int64_t id = 1; id <= 4; ++id) {
      auto lot = maker_.row<domain::Lot>();
      lot.account = kMine, lot.id = LotId{id};
      rows.lots.put(lot);
      rows.balances.put({kMine, kDefault, {}, lot.id, 1});
      rows.balances.put({kMine, kBranch, {domain::Place::Kind::Reserved, 3}, lot.id, 1});
      rows.balances.put({kMine, kBranch, {domain::Place::Kind::OnPrem, 3}, lot.id, 1});
      rows.entries.append({kMine, PostingId{id}, 0, kDefault, {}, {}, lot.id, 1});
      rows.entries.append({kMine, PostingId{id}, 1, {}, {domain::Place::Kind::Outside, 0}, {}, lot.id, -1});
    }
  });
  const auto lots = *reader_->lots(mine_, {1, 2});
  ASSERT_EQ(lots.size(), 6U);
  EXPECT_EQ(lots.front().lot.id, LotId{2});
  EXPECT_EQ(lots.back().lot.id, LotId{3});
  EXPECT_EQ(lots[0].balance.va, kDefault);
  EXPECT_EQ(lots[1].balance.place.kind, domain::Place::Kind::Reserved);
  EXPECT_EQ(lots[2].balance.place.kind, domain::Place::Kind::OnPrem);
  const auto entries = *reader_->entries(mine_, {1, 2});
  ASSERT_EQ(entries.size(), 4U);
  EXPECT_EQ(entries.front().posting, PostingId{2});
  EXPECT_EQ(entries.back().posting, PostingId{3});
}

TEST_P(ReaderContract, INV_5_SearchFindsPrefixesOfNameHostPidAndSerialNumberInAnyCase) {
  change([&](Rows& rows) {
    auto core = instance(kMine, 1, kDefault, "Core-Switch");
    core.host_name = "zurich-core";
    auto edge = instance(kMine, 2, kDefault, "edge");
    edge.host_name = "core-edge";  // found by its host, and once only
    edge.udis = {{{"CORE-9", "FCW2"}, UdiRole::Active}, {{"C9500-40X", "FCW3"}, UdiRole::Standby}};
    auto gone = instance(kMine, 3, kDefault, "core-old");
    gone.status = domain::InstanceStatus::Removed;
    rows.instances.put(core);
    rows.instances.put(edge);
    rows.instances.put(gone);
  });
  EXPECT_EQ(found(mine_, {"CORE"}), (Ids{1, 2}));
  EXPECT_EQ(found(mine_, {"core", true}), (Ids{1, 2, 3}));
  EXPECT_EQ(found(mine_, {""}), (Ids{1, 2}));
  EXPECT_EQ(found(mine_, {"", true}), (Ids{1, 2, 3}));
  EXPECT_EQ(found(mine_, {"fcw3"}), Ids{2});
  EXPECT_EQ(found(mine_, {"zur"}), Ids{1});
  EXPECT_EQ(found(mine_, {"switch"}), Ids{});
  EXPECT_EQ(found(mine_, {"core%"}), Ids{});
  EXPECT_EQ(found(mine_, {"\xff"}), Ids{});
}

TEST_P(ReaderContract, INV_5_ARenamedInstanceIsFoundByItsNewNameAlone) {
  auto row = instance(kMine, 1, kDefault, "before");
  change([&](Rows& rows) { rows.instances.put(row); });
  Rows rows;
  auto& writer = backend_->store().writer();
  ReadKeys keys;
  keys.account = kMine;
  keys.instances = {row.id};
  ASSERT_TRUE(writer.load(keys, {}, rows));
  rows.instances.edit({kMine, row.id}).name = "after";
  ASSERT_TRUE(writer.commit(rows));
  EXPECT_EQ(found(mine_, {"before"}), Ids{});
  EXPECT_EQ(found(mine_, {"after"}), Ids{1});
  // The same when it is put without being loaded.
  row.name = "third";
  change([&](Rows& again) { again.instances.put(row); });
  EXPECT_EQ(found(mine_, {"after"}), Ids{});
  EXPECT_EQ(found(mine_, {"third"}), Ids{1});
}

TEST_P(ReaderContract, ReadersSeeWhatIsCommittedOnly) {
  auto& writer = backend_->store().writer();
  Rows rows;
  ASSERT_TRUE(writer.load({}, {}, rows));
  rows.settings.put({"incarnation", "1"});
  EXPECT_EQ(*reader_->setting("incarnation"), std::nullopt);
  ASSERT_TRUE(writer.commit(rows));
  EXPECT_EQ(*reader_->setting("incarnation"), "1");
}

TEST_P(ReaderContract, TheDirectoryIsReadByItsKeys) {
  const auto user = maker_.row<domain::User>();
  const auto session = maker_.row<domain::Session>();
  const auto client = maker_.row<domain::ApiClient>();
  const auto token = maker_.row<domain::AccessToken>();
  auto catalog = maker_.row<domain::CatalogVersion>();
  catalog.version = 1, catalog.active = false;
  auto active = maker_.row<domain::CatalogVersion>();
  active.version = 2, active.active = true;
  const auto record = maker_.row<domain::IdempotencyRecord>();
  const auto certificate = maker_.row<domain::CertificateRecord>();
  const auto answer = maker_.row<domain::StoredAnswer>();
  const auto account = maker_.row<domain::SmartAccount>();
  auto head = maker_.row<domain::AccountHead>();
  head.account = account.account;
  EXPECT_EQ(*reader_->active_catalog(), std::nullopt);
  change([&](Rows& rows) {
    rows.users.put(user);
    rows.sessions.put(session);
    rows.api_clients.put(client);
    rows.access_tokens.put(token);
    rows.catalogs.put(catalog);
    rows.catalogs.put(active);
    rows.idempotency.put(record);
    rows.certificates.put(certificate);
    rows.answers.put(answer);
    rows.accounts.put(account);
    rows.heads.put(head);
  });
  EXPECT_EQ(*reader_->user(user.name), user);
  EXPECT_EQ(*reader_->user_by_id(user.id), user);
  EXPECT_EQ(*reader_->user("nobody"), std::nullopt);
  EXPECT_EQ(*reader_->session(session.hash), session);
  EXPECT_EQ(*reader_->api_client(client.id), client);
  EXPECT_EQ(*reader_->access_token(token.hash), token);
  EXPECT_EQ(*reader_->active_catalog(), active);
  EXPECT_EQ(*reader_->idempotency(record.scope, record.key), record);
  EXPECT_EQ(*reader_->certificate(certificate.account, certificate.serial), certificate);
  EXPECT_EQ(*reader_->certificate(AccountId{certificate.account.value + 1}, certificate.serial), std::nullopt);
  EXPECT_EQ(*reader_->answer(answer.account, answer.request), answer);
  EXPECT_EQ(*reader_->account(account.account), account);
  EXPECT_EQ(*reader_->head(head.account), head);
  EXPECT_EQ(*reader_->head(AccountId{head.account.value + 1}), std::nullopt);
  EXPECT_EQ(*reader_->account_by_domain(account.domain), account);
}

}  // namespace

}  // namespace lictor::storage::test
