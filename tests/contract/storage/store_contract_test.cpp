// What every storage backend does (STYLE 12): rows come back as they were put, keys bring what command.hpp says, due
// effects are found, two stores with equal contents dump equal.
#include <gtest/gtest.h>

#include "contract/storage/tables.hpp"

namespace lictor::storage::test {

namespace {

class StoreContract : public testing::TestWithParam<const char*> {
 protected:
  std::unique_ptr<Backend> backend_ = make_backend(GetParam());
  RowMaker maker_{42};
  WallTime now_ = wall_from_ms(0);

  WriteStore& writer() { return backend_->store().writer(); }
  // Loads, changes, commits.
  template <class Change>
  void change(const ReadKeys& keys, Change&& change) {
    Rows rows;
    ASSERT_TRUE(writer().load(keys, now_, rows));
    change(rows);
    const auto committed = writer().commit(rows);
    ASSERT_TRUE(committed) << committed.error().message;
  }
  // Loads and looks.
  template <class Look>
  void look(const ReadKeys& keys, Look&& look) {
    Rows rows;
    const auto loaded = writer().load(keys, now_, rows);
    ASSERT_TRUE(loaded) << loaded.error().message;
    look(rows);
    writer().abandon();
  }
  std::string dump() {
    auto text = backend_->store().dump();
    EXPECT_TRUE(text) << text.error().message;
    return text.value_or("");
  }
};

INSTANTIATE_TEST_SUITE_P(, StoreContract, testing::Values("memory", "sqlite"),
                         [](const auto& param) { return std::string(param.param); });

TEST_P(StoreContract, EveryTableKeepsChangesAndForgetsItsRows) {
  const std::string empty = dump();
  for_each_member([&]<class Row>(RowTable<Row> Rows::*table) {
    SCOPED_TRACE(name_of(static_cast<const Row*>(nullptr)));
    for (int round = 0; round < 20; ++round) {
      const Row first = any_row<Row>(maker_);
      const auto keys = keys_of(first);
      change(keys, [&](Rows& rows) { (rows.*table).put(first); });
      look(keys, [&](Rows& rows) {
        ASSERT_NE((rows.*table).find(key_of(first)), nullptr);
        EXPECT_EQ(*(rows.*table).find(key_of(first)), first);
      });
      const Row second = maker_.row_like(first);
      change(keys, [&](Rows& rows) { (rows.*table).edit(key_of(first)) = second; });
      if (round == 0) backend_->reopen();
      look(keys, [&](Rows& rows) { EXPECT_EQ(*(rows.*table).find(key_of(first)), second); });
      const std::string full = dump();
      EXPECT_NE(full, empty);
      change(keys, [&](Rows& rows) { (rows.*table).erase(key_of(first)); });
      look(keys, [&](Rows& rows) { EXPECT_EQ((rows.*table).find(key_of(first)), nullptr); });
      EXPECT_EQ(dump(), empty);
    }
  });
}

TEST_P(StoreContract, APutOfARowThatWasNotLoadedReplacesIt) {
  for_each_member([&]<class Row>(RowTable<Row> Rows::*table) {
    SCOPED_TRACE(name_of(static_cast<const Row*>(nullptr)));
    const Row first = any_row<Row>(maker_);
    const Row second = maker_.row_like(first);
    change({}, [&](Rows& rows) { (rows.*table).put(first); });
    change({}, [&](Rows& rows) { (rows.*table).put(second); });
    look(keys_of(first), [&](Rows& rows) { EXPECT_EQ(*(rows.*table).find(key_of(first)), second); });
  });
}

TEST_P(StoreContract, AppendedRowsStayInOrder) {
  std::string expected;
  for (std::int64_t i = 1; i <= 3; ++i) {
    change(of_account(1), [&](Rows& rows) {
      auto posting = maker_.row<domain::Posting>();
      posting.account = AccountId{1};
      posting.id = PostingId{i};
      posting.source_key = "order:" + std::to_string(i);
      rows.postings.append(posting);
      auto audit = maker_.row<domain::AuditRow>();
      audit.account = AccountId{1};
      audit.sequence = i;
      rows.audit.append(audit);
      auto event = maker_.row<domain::Event>();
      event.account = AccountId{1};
      event.sequence = i;
      rows.events.append(event);
      auto entry = maker_.row<domain::LedgerEntry>();
      entry.account = AccountId{1};
      entry.posting = PostingId{i};
      rows.entries.append(entry);
    });
  }
  const std::string text = dump();
  EXPECT_LT(text.find("source_key=\"order:1\""), text.find("source_key=\"order:3\""));
  EXPECT_EQ(static_cast<int>(std::count(text.begin(), text.end(), '\n')), 12);
}

TEST_P(StoreContract, AbandonedChangesLeaveNoTrace) {
  const auto token = maker_.row<domain::Token>();
  Rows rows;
  ASSERT_TRUE(writer().load(keys_of(token), now_, rows));
  rows.tokens.put(token);
  writer().abandon();
  look(keys_of(token), [&](Rows& again) { EXPECT_EQ(again.tokens.find(key_of(token)), nullptr); });
}

TEST_P(StoreContract, AnAccountBringsItsHeadAndVirtualAccounts) {
  const domain::AccountHead head{AccountId{1}, 7, 0, {}, 0};
  const auto mine = domain::VirtualAccount{AccountId{1}, VirtualAccountId{2}, "DEFAULT", "", true, now_};
  const auto other = domain::VirtualAccount{AccountId{2}, VirtualAccountId{3}, "OTHER", "", true, now_};
  change(of_account(1), [&](Rows& rows) {
    rows.heads.put(head);
    rows.virtual_accounts.put(mine);
    rows.virtual_accounts.put(other);
  });
  look(of_account(1), [&](Rows& rows) {
    EXPECT_EQ(*rows.heads.find(AccountId{1}), head);
    EXPECT_EQ(rows.accounts.find(AccountId{1}), nullptr);
    EXPECT_EQ(*rows.virtual_accounts.find({AccountId{1}, VirtualAccountId{2}}), mine);
    // All of them are known: one that is not there is not merely unloaded.
    EXPECT_EQ(rows.virtual_accounts.find({AccountId{1}, VirtualAccountId{3}}), nullptr);
    EXPECT_FALSE(rows.virtual_accounts.is_loaded({AccountId{2}, VirtualAccountId{3}}));
  });
}

TEST_P(StoreContract, ATokensHashBringsTheTokenAndThePoolsOfItsVirtualAccount) {
  auto token = maker_.row<domain::Token>();
  token.account = AccountId{1};
  token.va = VirtualAccountId{4};
  auto pool = maker_.row<domain::Pool>();
  pool.account = AccountId{1};
  pool.va = token.va;
  change({}, [&](Rows& rows) {
    rows.tokens.put(token);
    rows.pools.put(pool);
  });
  auto keys = of_account(1);
  keys.token_hashes = {token.hash, KeyedHash{}};
  look(keys, [&](Rows& rows) {
    ASSERT_NE(rows.token_by_hash(AccountId{1}, token.hash), nullptr);
    EXPECT_EQ(*rows.token_by_hash(AccountId{1}, token.hash), token);
    EXPECT_EQ(rows.token_by_hash(AccountId{1}, KeyedHash{}), nullptr);
    EXPECT_EQ(rows.pools_of(AccountId{1}, token.va), std::vector{pool});
    EXPECT_EQ(rows.pools.find({AccountId{1}, token.va, EntitlementTag{"no such"}}), nullptr);
  });
  // The same hash in another account is another's.
  keys.account = AccountId{2};
  look(keys, [&](Rows& rows) { EXPECT_EQ(rows.token_by_hash(AccountId{2}, token.hash), nullptr); });
}

TEST_P(StoreContract, AUdiBringsItsInstanceWithAllThatARenewalNeeds) {
  const AccountId account{1};
  auto instance = maker_.row<domain::Instance>();
  instance.account = account;
  instance.id = InstanceId{17};
  instance.va = VirtualAccountId{4};
  instance.previous_serial = maker_.row<domain::CertificateRecord>().serial;
  instance.authorize_answer.clear();
  const Udi active{"C9500-40X", "FCW1"};
  const Udi standby{"C9500-40X", "FCW2"};
  auto usage = maker_.row<domain::Usage>();
  usage.account = account, usage.instance = instance.id;
  auto pool = maker_.row<domain::Pool>();
  pool.account = account, pool.va = instance.va;
  auto current = maker_.row<domain::CertificateRecord>();
  current.account = account, current.serial = instance.serial, current.instance = instance.id;
  auto previous = current;
  previous.serial = *instance.previous_serial;
  auto answer = maker_.row<domain::StoredAnswer>();
  answer.account = account, answer.instance = instance.id, answer.request = instance.last_request;
  const domain::Due silence{account, wall_from_ms(5), domain::DueKind::SilenceReturn, "17"};
  const domain::Due ends{account, wall_from_ms(6), domain::DueKind::CertificateEnds, current.serial.text()};
  change({}, [&](Rows& rows) {
    rows.instances.put(instance);
    rows.udis.put({account, active, instance.id});
    rows.udis.put({account, standby, instance.id});
    rows.usage.put(usage);
    rows.pools.put(pool);
    rows.certificates.put(current);
    rows.certificates.put(previous);
    rows.answers.put(answer);
    rows.dues.put(silence);
    rows.dues.put(ends);
  });
  auto by_udi = of_account(1);
  by_udi.udis = {active};
  auto by_id = of_account(1);
  by_id.instances = {instance.id};
  auto by_serial = of_account(1);
  by_serial.serials = {previous.serial};
  auto by_all = by_udi;
  by_all.instances = by_id.instances;
  by_all.serials = by_serial.serials;
  for (const auto& keys : {by_udi, by_id, by_serial, by_all}) {
    look(keys, [&](Rows& rows) {
      ASSERT_NE(rows.instance_by_udi(account, active), nullptr);
      EXPECT_EQ(*rows.instance_by_udi(account, active), instance);
      EXPECT_NE(rows.udis.find({account, standby}), nullptr);
      EXPECT_EQ(rows.usage_of(account, instance.id), std::vector{usage});
      EXPECT_EQ(rows.pools_of(account, instance.va), std::vector{pool});
      EXPECT_EQ(*rows.certificates.find({account, current.serial}), current);
      EXPECT_EQ(*rows.certificates.find({account, previous.serial}), previous);
      EXPECT_EQ(*rows.answers.find(key_of(answer)), answer);
      EXPECT_EQ(*rows.dues.find(key_of(silence)), silence);
      EXPECT_EQ(*rows.dues.find(key_of(ends)), ends);
    });
  }
}

TEST_P(StoreContract, AUdiThatNobodyHoldsIsNotThere) {
  auto keys = of_account(1);
  keys.udis = {{"C9500-40X", "NONE"}};
  look(keys, [&](Rows& rows) { EXPECT_EQ(rows.instance_by_udi(AccountId{1}, keys.udis[0]), nullptr); });
}

TEST_P(StoreContract, PRO_3_ARequestBringsItsAnswerAndTheAnswersEnd) {
  auto kept = maker_.row<domain::StoredAnswer>();
  kept.account = AccountId{1};
  kept.keep_until = wall_from_ms(9);
  const domain::Due end{AccountId{1}, wall_from_ms(9), domain::DueKind::AnswerEnds, kept.request.text()};
  change({}, [&](Rows& rows) {
    rows.answers.put(kept);
    rows.dues.put(end);
  });
  auto keys = of_account(1);
  keys.requests = {kept.request, RequestId{}};
  look(keys, [&](Rows& rows) {
    EXPECT_EQ(*rows.answers.find(key_of(kept)), kept);
    EXPECT_EQ(*rows.dues.find(key_of(end)), end);
    EXPECT_EQ(rows.answers.find({AccountId{1}, RequestId{}}), nullptr);
  });
}

// The row stands as the device knows it: that is enough. Whatever else is asked for in the same batch comes beside it.
TEST_P(StoreContract, AContactBringsWhatARenewalNeedsAndMoreOnlyWhenSomethingIsNew) {
  const AccountId account{1};
  auto instance = maker_.row<domain::Instance>();
  instance.account = account, instance.id = InstanceId{17}, instance.va = VirtualAccountId{4};
  instance.status = domain::InstanceStatus::Active;
  instance.previous_serial.reset();
  instance.authorize_answer.clear();  // its last answer is a row of its own
  instance.udis = {{{"C9500-40X", "FCW1"}, UdiRole::Active}, {{"C9500-40X", "FCW2"}, UdiRole::Standby}};
  auto usage = maker_.row<domain::Usage>();
  usage.account = account, usage.instance = instance.id;
  auto pool = maker_.row<domain::Pool>();
  pool.account = account, pool.va = instance.va;
  auto certificate = maker_.row<domain::CertificateRecord>();
  certificate.account = account, certificate.serial = instance.serial, certificate.instance = instance.id;
  auto answer = maker_.row<domain::StoredAnswer>();
  answer.account = account, answer.instance = instance.id, answer.request = instance.last_request;
  change({}, [&](Rows& rows) {
    rows.instances.put(instance);
    rows.usage.put(usage), rows.pools.put(pool), rows.certificates.put(certificate), rows.answers.put(answer);
    for (const auto& entry : instance.udis) rows.udis.put({account, entry.udi, instance.id});
  });
  const auto contact = [&](const Serial& serial, std::vector<UdiEntry> udis) {
    ReadKeys keys;
    keys.account = account;
    keys.contact = ReadKeys::Contact{instance.id, serial, std::move(udis)};
    return keys;
  };
  const auto has_all = [&](const Rows& rows) {
    return rows.certificates.is_loaded({account, instance.serial}) &&
           rows.udis.is_loaded({account, instance.udis[0].udi}) && rows.udis.is_loaded({account, instance.udis[1].udi});
  };
  const auto keys = contact(instance.serial, instance.udis);
  look(keys, [&](Rows& rows) {
    EXPECT_EQ(*rows.instances.find({account, instance.id}), instance);
    EXPECT_EQ(rows.usage_of(account, instance.id), std::vector{usage});
    EXPECT_EQ(rows.pools_of(account, instance.va), std::vector{pool});
    EXPECT_EQ(*rows.answers.find({account, instance.last_request}), answer);
    EXPECT_FALSE(has_all(rows));
    // Another command of the batch names the instance: now the rest comes, too.
    auto whole = of_account(1);
    whole.instances.push_back(instance.id);
    ASSERT_TRUE(writer().load(whole, now_, rows));
    EXPECT_TRUE(has_all(rows));
  });
  auto other_roles = instance.udis;
  std::swap(other_roles[0].role, other_roles[1].role);
  look(contact(instance.serial, other_roles), [&](Rows& rows) { EXPECT_TRUE(has_all(rows)); });
  look(contact(certificate.serial, {}), [&](Rows& rows) { EXPECT_TRUE(has_all(rows)); });
  look(contact(maker_.row<domain::CertificateRecord>().serial, instance.udis),
       [&](Rows& rows) { EXPECT_TRUE(has_all(rows)); });
  change(keys, [&](Rows& rows) {
    rows.instances.edit({account, instance.id}).status = domain::InstanceStatus::Removed;
  });
  look(keys, [&](Rows& rows) { EXPECT_TRUE(has_all(rows)); });
}

TEST_P(StoreContract, LotsAndVirtualAccountsBringTheirBalances) {
  const AccountId account{1};
  auto lot = maker_.row<domain::Lot>();
  lot.account = account, lot.id = LotId{5};
  const domain::LotBalance free{account, VirtualAccountId{2}, {}, lot.id, 3};
  const domain::LotBalance reserved{account, VirtualAccountId{3}, {domain::Place::Kind::Reserved, 9}, lot.id, 1};
  const domain::LotBalance foreign{account, VirtualAccountId{3}, {}, LotId{6}, 8};
  change({}, [&](Rows& rows) {
    rows.lots.put(lot);
    for (const auto& balance : {free, reserved, foreign}) rows.balances.put(balance);
  });
  auto by_lot = of_account(1);
  by_lot.lots = {lot.id};
  look(by_lot, [&](Rows& rows) {
    EXPECT_EQ(*rows.lots.find(key_of(lot)), lot);
    EXPECT_EQ(rows.balances_of(account, lot.id), (std::vector{free, reserved}));
    EXPECT_EQ(rows.balances.find({account, VirtualAccountId{8}, {}, lot.id}), nullptr);
    EXPECT_FALSE(rows.balances.is_loaded(key_of(foreign)));
  });
  auto by_va = of_account(1);
  by_va.virtual_accounts = {VirtualAccountId{2}};
  by_va.with_lots = true;
  look(by_va, [&](Rows& rows) {
    EXPECT_EQ(*rows.balances.find(key_of(free)), free);
    EXPECT_EQ(*rows.lots.find(key_of(lot)), lot);
    EXPECT_EQ(rows.balances.find({account, VirtualAccountId{2}, {}, LotId{6}}), nullptr);
    EXPECT_FALSE(rows.balances.is_loaded(key_of(reserved)));
  });
}

TEST_P(StoreContract, AllPoolsOfAnAccountAreThatAccountsAlone) {
  change({}, [&](Rows& rows) {
    for (std::int64_t account = 1; account <= 2; ++account) {
      for (std::int64_t va = 1; va <= 3; ++va) {
        auto pool = maker_.row<domain::Pool>();
        pool.account = AccountId{account}, pool.va = VirtualAccountId{va};
        rows.pools.put(pool);
      }
    }
  });
  auto keys = of_account(1);
  keys.all_pools = true;
  look(keys, [&](Rows& rows) {
    int count = 0;
    rows.pools.for_each([&](const domain::Pool& pool) {
      EXPECT_EQ(pool.account, AccountId{1});
      ++count;
    });
    EXPECT_EQ(count, 3);
    EXPECT_TRUE(rows.pools_of(AccountId{1}, VirtualAccountId{9}).empty());
  });
}

TEST_P(StoreContract, ADomainBringsItsAccount) {
  auto account = maker_.row<domain::SmartAccount>();
  account.account = AccountId{7}, account.domain = "example.com";
  change({}, [&](Rows& rows) { rows.accounts.put(account); });
  ReadKeys keys;
  keys.account_domains = {"example.com", "example.org"};
  look(keys, [&](Rows& rows) {
    EXPECT_EQ(*rows.account_by_domain("example.com"), account);
    EXPECT_EQ(rows.account_by_domain("example.org"), nullptr);
  });
}

TEST_P(StoreContract, DomainsMayChangeHandsInOneCommit) {
  const auto account = [&](std::int64_t id, std::string domain) {
    return domain::SmartAccount{AccountId{id}, std::move(domain), "", false, now_};
  };
  change({}, [&](Rows& rows) {
    rows.accounts.put(account(1, "one.example"));
    rows.accounts.put(account(2, "two.example"));
  });
  ReadKeys keys;
  keys.account_domains = {"one.example", "two.example"};
  change(keys, [&](Rows& rows) {
    rows.accounts.edit(AccountId{1}).domain = "two.example";
    rows.accounts.edit(AccountId{2}).domain = "one.example";
  });
  look(keys, [&](Rows& rows) { EXPECT_EQ(rows.account_by_domain("one.example")->account, AccountId{2}); });
  auto reader = *backend_->store().open_reader();
  EXPECT_EQ((*reader->account_by_domain("two.example"))->account, AccountId{1});
}

TEST_P(StoreContract, ASourceIsKnownByThePostingThatSpentIt) {
  change(of_account(1), [&](Rows& rows) {
    rows.postings.append({AccountId{1}, PostingId{9}, "order:1", "deposit", now_, "client:ci"});
  });
  auto keys = of_account(1);
  keys.posting_sources = {"order:1", "order:2"};
  look(keys, [&](Rows& rows) {
    EXPECT_EQ(rows.postings_seen(AccountId{1}, "order:1"), PostingId{9});
    EXPECT_EQ(rows.postings_seen(AccountId{1}, "order:2"), std::nullopt);
  });
  keys.account = AccountId{2};
  look(keys, [&](Rows& rows) { EXPECT_EQ(rows.postings_seen(AccountId{2}, "order:1"), std::nullopt); });
}

TEST_P(StoreContract, TheStoreItselfRefusesASourceOrBalanceThatMustNotBe) {
  const domain::Posting posting{AccountId{1}, PostingId{9}, "order:1", "deposit", now_, ""};
  change(of_account(1), [&](Rows& rows) { rows.postings.append(posting); });
  Rows twice;
  ASSERT_TRUE(writer().load(of_account(1), now_, twice));
  twice.postings.append({AccountId{1}, PostingId{10}, "order:1", "deposit", now_, ""});
  EXPECT_FALSE(writer().commit(twice));
}

TEST_P(StoreContract, TheStoreItselfRefusesToReplaceWhatIsOnlyAppended) {
  domain::AuditRow audit;
  audit.account = AccountId{1}, audit.sequence = 1;
  change(of_account(1), [&](Rows& rows) { rows.audit.append(audit); });
  Rows again;
  ASSERT_TRUE(writer().load(of_account(1), now_, again));
  again.audit.append(audit);
  EXPECT_FALSE(writer().commit(again));
}

TEST_P(StoreContract, TheStoreItselfRefusesANegativeBalance) {
  Rows rows;
  ASSERT_TRUE(writer().load(of_account(1), now_, rows));
  rows.balances.put({AccountId{1}, VirtualAccountId{1}, {}, LotId{1}, -1});
  EXPECT_FALSE(writer().commit(rows));
}

TEST_P(StoreContract, DueEffectsAreFoundEarliestFirst) {
  EXPECT_EQ(*writer().next_due(), std::nullopt);
  const auto due = [](std::int64_t account, std::int64_t at, std::string id) {
    return domain::Due{AccountId{account}, wall_from_ms(at), domain::DueKind::LotEnds, std::move(id)};
  };
  change({}, [&](Rows& rows) {
    for (const auto& row : {due(1, 50, "1"), due(2, 20, "1"), due(2, 30, "2"), due(3, 10, "1"), due(3, 60, "2")}) {
      rows.dues.put(row);
    }
  });
  EXPECT_EQ(*writer().next_due(), wall_from_ms(10));
  EXPECT_EQ(*writer().accounts_due(wall_from_ms(9), 10), std::vector<AccountId>{});
  EXPECT_EQ(*writer().accounts_due(wall_from_ms(30), 10), (std::vector{AccountId{3}, AccountId{2}}));
  EXPECT_EQ(*writer().accounts_due(wall_from_ms(100), 2), (std::vector{AccountId{3}, AccountId{2}}));
  now_ = wall_from_ms(30);
  look(of_account(2), [&](Rows& rows) {
    EXPECT_EQ(rows.dues_until(AccountId{2}, now_), (std::vector{due(2, 20, "1"), due(2, 30, "2")}));
  });
  look(of_account(3),
       [&](Rows& rows) { EXPECT_EQ(rows.dues_until(AccountId{3}, wall_from_ms(100)), std::vector{due(3, 10, "1")}); });
  change(of_account(3), [&](Rows& rows) { rows.dues.erase(key_of(due(3, 10, "1"))); });
  EXPECT_EQ(*writer().next_due(), wall_from_ms(20));
}

TEST_P(StoreContract, ABatchLoadsTheUnionOfItsKeysAndKeepsWhatIsThere) {
  auto token = maker_.row<domain::Token>();
  token.account = AccountId{1};
  change({}, [&](Rows& rows) { rows.tokens.put(token); });
  Rows rows;
  ASSERT_TRUE(writer().load(keys_of(token), now_, rows));
  rows.tokens.edit(key_of(token)).uses = 77;
  // A second load of the same key does not undo what a command did to the row.
  ASSERT_TRUE(writer().load(keys_of(token), now_, rows));
  EXPECT_EQ(rows.tokens.find(key_of(token))->uses, 77);
  ASSERT_TRUE(writer().commit(rows));
  look(keys_of(token), [&](Rows& again) { EXPECT_EQ(again.tokens.find(key_of(token))->uses, 77); });
}

}  // namespace

}  // namespace lictor::storage::test
