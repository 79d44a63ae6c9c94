// The working set: undo to the mark, and "not loaded" never taken for "not there".
#include <gtest/gtest.h>

#include "contract/storage/harness.hpp"

namespace lictor::storage::test {

namespace {

constexpr AccountId kAccount{1};

domain::StoreSetting setting(std::string name, std::string value) {
  return {std::move(name), std::move(value)};
}

TEST(Rows, RollingBackRestoresEachKindOfChange) {
  Rows rows;
  rows.settings.load("kept", setting("kept", "old"));
  rows.settings.load("gone", setting("gone", "old"));
  rows.settings.load("absent", std::nullopt);
  rows.settings.edit("kept").value = "before the mark";
  rows.mark();
  rows.settings.edit("kept").value = "after the mark";
  rows.settings.edit("kept").value = "twice";
  rows.settings.erase("gone");
  rows.settings.put(setting("absent", "new"));
  rows.settings.put(setting("unknown", "new"));
  rows.events.append({});
  rows.roll_back_to_mark();
  EXPECT_EQ(rows.settings.find("kept")->value, "before the mark");
  EXPECT_EQ(rows.settings.find("gone")->value, "old");
  EXPECT_EQ(rows.settings.find("absent"), nullptr);
  EXPECT_FALSE(rows.settings.is_loaded("unknown"));
  EXPECT_TRUE(rows.events.rows().empty());
  ASSERT_EQ(rows.settings.changes().size(), 1U);
  EXPECT_EQ(rows.settings.changes()[0].before->value, "old");
}

TEST(Rows, ChangesThatCancelOutAreNoChange) {
  Rows rows;
  rows.settings.load("a", setting("a", "1"));
  rows.settings.edit("a").value = "2";
  rows.settings.edit("a").value = "1";
  rows.settings.put(setting("b", "1"));
  rows.settings.erase("b");
  EXPECT_TRUE(rows.unchanged());
}

TEST(Rows, AFreshIdCountsAsLoaded) {
  Rows rows;
  rows.heads.load(kAccount, domain::AccountHead{kAccount, 10, 0, {}, 0});
  EXPECT_EQ(rows.take_id(kAccount), 10);
  EXPECT_EQ(rows.take_id(kAccount), 11);
  EXPECT_EQ(rows.instances.find({kAccount, InstanceId{10}}), nullptr);
  EXPECT_TRUE(rows.usage_of(kAccount, InstanceId{11}).empty());
  EXPECT_TRUE(rows.pools_of(kAccount, VirtualAccountId{10}).empty());
  EXPECT_TRUE(rows.balances_of(kAccount, LotId{11}).empty());
  EXPECT_EQ(rows.dues.find({kAccount, domain::DueKind::SilenceReturn, "10"}), nullptr);
}

TEST(RowsDeathTest, ReadingWhatWasNotLoadedEndsTheProgramAndNamesIt) {
  Rows rows;
  EXPECT_DEATH((void)rows.tokens.find({kAccount, TokenId{5}}), "token 1/5 was read but not loaded");
  EXPECT_DEATH((void)rows.settings.edit("x"), "store_setting x was read but not loaded");
  EXPECT_DEATH(rows.settings.erase("x"), "store_setting x was read but not loaded");
  EXPECT_DEATH((void)rows.pools_of(kAccount, VirtualAccountId{3}), "pools of virtual account 3");
  EXPECT_DEATH((void)rows.usage_of(kAccount, InstanceId{3}), "usage of instance 3");
  EXPECT_DEATH((void)rows.token_by_hash(kAccount, {}), "token by hash");
  EXPECT_DEATH((void)rows.account_by_domain("example.com"), "account by domain example.com");
  EXPECT_DEATH((void)rows.postings_seen(kAccount, "order:1"), "posting source order:1");
  rows.settings.load("x", std::nullopt);
  EXPECT_DEATH((void)rows.settings.edit("x"), "store_setting x was edited but does not exist");
}

TEST(Rows, INV_7_LegsThatDoNotSumToZeroAreNoted) {
  Rows rows;
  rows.mark();
  rows.entries.append({kAccount, PostingId{1}, 0, VirtualAccountId{1}, {}, {}, LotId{1}, 5});
  EXPECT_FALSE(rows.check_since_mark());
  rows.entries.append({kAccount, PostingId{1}, 1, {}, {domain::Place::Kind::Outside, 0}, {}, LotId{1}, -5});
  EXPECT_TRUE(rows.check_since_mark());
}

TEST(Rows, CMP_5_NegativeCountsAreNoted) {
  Rows rows;
  rows.mark();
  domain::Pool pool;
  pool.account = kAccount;
  rows.pools.put(pool);
  EXPECT_TRUE(rows.check_since_mark());
  pool.in_use = -1;
  rows.pools.put(pool);
  EXPECT_FALSE(rows.check_since_mark());
  rows.roll_back_to_mark();
  EXPECT_TRUE(rows.check_since_mark());
}

}  // namespace

}  // namespace lictor::storage::test
