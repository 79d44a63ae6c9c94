#include "licensing/domain/pools.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>

namespace lictor::domain {
namespace {

constexpr AccountId kAccount{1};
constexpr VirtualAccountId kVa{10};
constexpr VirtualAccountId kOtherVa{11};
constexpr InstanceId kInstance{20};
const auto kNow = wall_from_ms(1'700'000'000'000);

EntitlementTag tag(std::string text) {
  return {std::move(text)};
}
Usage usage(std::string name, Count claimed, Count counted, bool valid = true) {
  return {kAccount, kInstance, tag(std::move(name)), claimed, counted, valid};
}
UsageItem claim(std::string name, Count count) {
  UsageItem item;
  item.tag = tag(std::move(name));
  item.count = count;
  return item;
}
Pool pool(std::string name, Count owned, Count in_use) {
  Pool made;
  made.account = kAccount;
  made.va = kVa;
  made.tag = tag(std::move(name));
  made.owned = owned;
  made.in_use = in_use;
  return made;
}
bool all_known(const EntitlementTag&) {
  return true;
}
Lot lot(std::int64_t id, std::string name) {
  Lot made;
  made.account = kAccount;
  made.id = LotId{id};
  made.tag = tag(std::move(name));
  return made;
}
using Deltas = std::vector<std::pair<EntitlementTag, Count>>;

// --- compliance -----------------------------------------------------------------------------------------------------
TEST(Pools, CMP_1_ATagIsOutOfComplianceWhenItsPoolIsShort) {
  std::vector<Pool> pools = {pool("A", 2, 2), pool("B", 2, 3), pool("C", 0, 0)};
  rebalance(Hierarchy{}, pools);
  EXPECT_EQ(pools[0].short_count, 0);
  EXPECT_EQ(pools[1].short_count, 1);
  EXPECT_EQ(balance(pools[1]), -1);
  const auto statuses =
      compliance_of({usage("A", 2, 2), usage("B", 1, 1), usage("X", 4, 0, false), usage("C", 1, 1)}, pools);
  ASSERT_EQ(statuses.size(), 4u);
  EXPECT_EQ(statuses[0].status, TagStatus::Authorized);
  EXPECT_EQ(statuses[0].count, 2);
  EXPECT_EQ(statuses[1].status, TagStatus::OutOfCompliance) << "all who use it, whoever came first";
  EXPECT_EQ(statuses[2].status, TagStatus::InvalidTag);
  EXPECT_EQ(statuses[2].count, 4);
  EXPECT_EQ(statuses[3].status, TagStatus::Authorized);
}

TEST(Pools, CMP_2_ALoanMakesBothPoolsShowItAndTheBorrowerCompliant) {
  const auto hierarchy =
      Hierarchy::create({tag("general"), tag("specific")}, {{tag("general"), tag("specific")}}).value();
  std::vector<Pool> pools = {pool("specific", 0, 2), pool("general", 3, 1)};
  rebalance(hierarchy, pools);
  EXPECT_EQ(pools[0].borrowed, 2);
  EXPECT_EQ(pools[0].short_count, 0);
  EXPECT_EQ(balance(pools[0]), -2);
  EXPECT_EQ(pools[1].lent, 2);
  EXPECT_EQ(compliance_of({usage("specific", 2, 2)}, pools)[0].status, TagStatus::Authorized);

  pools[0].in_use = 0;  // the loan ends with its cause
  rebalance(hierarchy, pools);
  EXPECT_EQ(pools[0], pool("specific", 0, 0));
  EXPECT_EQ(pools[1], pool("general", 3, 1));
  EXPECT_TRUE(is_empty(pools[0]));
  EXPECT_FALSE(is_empty(pools[1]));
}

// --- usage ----------------------------------------------------------------------------------------------------------
TEST(Pools, CMP_5_AChangeOfUsageIsTheDifferenceAndNothingElse) {
  struct Case {
    std::string name;
    std::vector<Usage> stored;
    std::vector<UsageItem> claims;
    std::vector<Usage> upserts;
    std::vector<EntitlementTag> erases;
    Deltas deltas;
  };
  const Case cases[] = {
      {"first", {}, {claim("A", 2)}, {usage("A", 2, 2)}, {}, {{tag("A"), 2}}},
      {"the same again", {usage("A", 2, 2)}, {claim("A", 2)}, {}, {}, {}},
      {"more", {usage("A", 2, 2)}, {claim("A", 5)}, {usage("A", 5, 5)}, {}, {{tag("A"), 3}}},
      {"one for another",
       {usage("B", 2, 2)},
       {claim("A", 1)},
       {usage("A", 1, 1)},
       {tag("B")},
       {{tag("A"), 1}, {tag("B"), -2}}},
      {"nothing any more",
       {usage("A", 2, 2), usage("B", 1, 1)},
       {},
       {},
       {tag("A"), tag("B")},
       {{tag("A"), -2}, {tag("B"), -1}}},
      {"back after 90 days", {usage("A", 2, 0)}, {claim("A", 2)}, {usage("A", 2, 2)}, {}, {{tag("A"), 2}}},
      {"gone after 90 days", {usage("A", 2, 0)}, {}, {}, {tag("A")}, {}},
  };
  for (const auto& c : cases) {
    const auto change = change_usage(kAccount, kInstance, c.stored, c.claims, all_known);
    EXPECT_EQ(change.upserts, c.upserts) << c.name;
    EXPECT_EQ(change.erases, c.erases) << c.name;
    EXPECT_EQ(change.in_use_delta, c.deltas) << c.name;
    EXPECT_EQ(change.empty(), c.upserts.empty() && c.erases.empty()) << c.name;
  }
}

TEST(Pools, AUTH_12_ATagThatTheCatalogDoesNotKnowIsKeptAsInvalidAndCountsNowhere) {
  const auto unknown = [](const EntitlementTag&) { return false; };
  auto change = change_usage(kAccount, kInstance, {}, {claim("X", 3)}, unknown);
  EXPECT_EQ(change.upserts, std::vector{usage("X", 3, 0, false)});
  EXPECT_TRUE(change.in_use_delta.empty());
  change = change_usage(kAccount, kInstance, change.upserts, {claim("X", 3)}, all_known);
  EXPECT_EQ(change.upserts, std::vector{usage("X", 3, 3)}) << "a new catalog version knows it";
  EXPECT_EQ(change.in_use_delta, (Deltas{{tag("X"), 3}}));
}

TEST(Pools, CMP_3_NinetyDaysOfSilenceReturnWhatCountsAndKeepWhatWasClaimed) {
  const std::vector<Usage> stored = {usage("A", 2, 2), usage("B", 1, 0), usage("X", 3, 0, false)};
  const auto change = return_usage(stored);
  EXPECT_EQ(change.upserts, std::vector{usage("A", 2, 0)});
  EXPECT_TRUE(change.erases.empty());
  EXPECT_EQ(change.in_use_delta, (Deltas{{tag("A"), -2}}));
  EXPECT_TRUE(return_usage(change.upserts).empty()) << "a second time changes nothing";
}

TEST(Pools, REG_9_RemovalReturnsWhatCountsAndErasesAll) {
  const auto change = erase_usage({usage("A", 2, 2), usage("B", 1, 0)});
  EXPECT_EQ(change.erases, (std::vector{tag("A"), tag("B")}));
  EXPECT_EQ(change.in_use_delta, (Deltas{{tag("A"), -2}}));
  EXPECT_EQ(pool_deltas(kVa, change), (std::vector<PoolDelta>{{kVa, tag("A"), 0, 0, -2}}));
}

TEST(Pools, CMP_5_AMoveTakesTheUsageFromOneVaToTheOther) {
  const auto deltas = pool_deltas_of_move(kVa, kOtherVa, {usage("A", 2, 2), usage("B", 1, 0)});
  EXPECT_EQ(deltas, (std::vector<PoolDelta>{{kVa, tag("A"), 0, 0, -2}, {kOtherVa, tag("A"), 0, 0, 2}}));
  EXPECT_TRUE(pool_deltas_of_move(kVa, kVa, {usage("A", 2, 2)}).empty());
}

TEST(Pools, CMP_5_APoolComesWithItsFirstCountAndNeverGoesBelowNothing) {
  std::vector<Pool> pools;
  ASSERT_TRUE(apply_to_pools(kAccount, kVa, {{kVa, tag("A"), 0, 0, 2}, {kOtherVa, tag("B"), 0, 0, 9}}, pools));
  EXPECT_EQ(pools, std::vector{pool("A", 0, 2)});
  const auto before = pools;
  for (const auto& delta :
       {PoolDelta{kVa, tag("A"), 0, 0, -4}, PoolDelta{kVa, tag("A"), -1, 0, 0}, PoolDelta{kVa, tag("A"), 0, 1, 0}}) {
    const auto refused = apply_to_pools(kAccount, kVa, {{kVa, tag("A"), 0, 0, 1}, delta}, pools);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::Internal);
    EXPECT_EQ(pools, before) << "nothing changed";
  }
}

// Any history of claims, silences and removals of several devices: the pools' in_use equals the sum of what counts.
RC_GTEST_PROP(Pools, CMP_5_InUseIsAlwaysTheSumOfAllUsage, ()) {
  std::map<std::pair<int, EntitlementTag>, Usage> rows;
  std::vector<Pool> pools;
  const auto steps = *rc::gen::inRange(1, 40);
  for (int step = 0; step < steps; ++step) {
    const auto device = *rc::gen::inRange(1, 4);
    std::vector<Usage> stored;
    for (const auto& [key, row] : rows)
      if (key.first == device) stored.push_back(row);
    UsageChange change;
    switch (*rc::gen::inRange(0, 5)) {
      case 0:
        change = return_usage(stored);
        break;
      case 1:
        change = erase_usage(stored);
        break;
      default: {
        std::vector<UsageItem> claims;
        for (const auto* name : {"A", "B", "C", "unknown"})
          if (const auto count = *rc::gen::inRange(0, 4); count > 0) claims.push_back(claim(name, count));
        change = change_usage(kAccount, InstanceId{device}, stored, claims,
                              [](const EntitlementTag& t) { return t.text != "unknown"; });
      }
    }
    for (const auto& row : change.upserts) rows[{device, row.tag}] = row;
    for (const auto& gone : change.erases) rows.erase({device, gone});
    RC_ASSERT(apply_to_pools(kAccount, kVa, pool_deltas(kVa, change), pools).has_value());
    std::map<EntitlementTag, Count> sums;
    for (const auto& [key, row] : rows) sums[row.tag] += row.counted;
    for (const auto& row : pools) RC_ASSERT(row.in_use == sums[row.tag]);
    for (const auto& [name, sum] : sums)
      RC_ASSERT(sum == 0 || std::ranges::find(pools, name, &Pool::tag) != pools.end());
  }
}

// --- ledger ---------------------------------------------------------------------------------------------------------
TEST(Ledger, INV_7_ADepositComesFromOutsideAndSumsToZero) {
  const auto draft = deposit(lot(3, "A"), kVa, 25, PostingId{5}, "order:1", "user:admin", kNow);
  ASSERT_TRUE(check_posting(draft).has_value());
  EXPECT_EQ(draft.posting, (Posting{kAccount, PostingId{5}, "order:1", "deposit", kNow, "user:admin"}));
  std::vector<LotBalance> balances;
  ASSERT_TRUE(apply_to_balances(draft.entries, balances).has_value());
  EXPECT_EQ(balances, (std::vector<LotBalance>{{kAccount, kVa, {Place::Kind::Free, 0}, LotId{3}, 25}}));
  EXPECT_EQ(pool_deltas(lot(3, "A"), draft.entries, kNow), (std::vector<PoolDelta>{{kVa, tag("A"), 25, 0, 0}}));
}

TEST(Ledger, INV_7_APostingThatDoesNotAddUpIsRefused) {
  const auto good = deposit(lot(3, "A"), kVa, 25, PostingId{5}, "order:1", "user:admin", kNow);
  const std::pair<const char*, std::function<void(PostingDraft&)>> cases[] = {
      {"no source key", [](PostingDraft& d) { d.posting.source_key.clear(); }},
      {"no entries", [](PostingDraft& d) { d.entries.clear(); }},
      {"not zero", [](PostingDraft& d) { d.entries[1].delta = 24; }},
      {"zero over lots, not per lot", [](PostingDraft& d) { d.entries[1].lot = LotId{4}; }},
      {"empty leg", [](PostingDraft& d) { d.entries[0].delta = d.entries[1].delta = 0; }},
      {"a leg twice", [](PostingDraft& d) { d.entries[1].leg = 0; }},
      {"two tags in a lot", [](PostingDraft& d) { d.entries[1].tag = tag("B"); }},
      {"outside with a VA", [](PostingDraft& d) { d.entries[0].va = kVa; }},
      {"free without a VA", [](PostingDraft& d) { d.entries[1].va = VirtualAccountId{}; }},
      {"another account", [](PostingDraft& d) { d.entries[1].account = AccountId{2}; }},
      {"another posting", [](PostingDraft& d) { d.entries[1].posting = PostingId{6}; }},
  };
  for (const auto& [name, spoil] : cases) {
    auto draft = good;
    spoil(draft);
    const auto checked = check_posting(draft);
    ASSERT_FALSE(checked.has_value()) << name;
    EXPECT_EQ(checked.error().code, ErrorCode::InvalidArgument) << name;
  }
}

LedgerEntry entry(int leg, VirtualAccountId va, Place place, std::int64_t lot_id, Count delta) {
  return {kAccount, PostingId{9}, leg, va, place, tag("A"), LotId{lot_id}, delta};
}
constexpr Place kFree{Place::Kind::Free, 0};

TEST(Ledger, INV_7_ABalanceNeverGoesBelowNothingAndARefusalChangesNothing) {
  std::vector<LotBalance> balances = {{kAccount, kVa, kFree, LotId{3}, 5}, {kAccount, kVa, kFree, LotId{4}, 5}};
  const auto before = balances;
  const auto refused = apply_to_balances({entry(0, kVa, kFree, 4, -2), entry(1, kOtherVa, kFree, 4, 2),
                                          entry(2, kVa, kFree, 3, -6), entry(3, kOtherVa, kFree, 3, 6)},
                                         balances);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::Conflict);
  EXPECT_EQ(balances, before);
  ASSERT_TRUE(apply_to_balances({entry(0, kVa, kFree, 3, -5), entry(1, kOtherVa, kFree, 3, 5)}, balances));
  EXPECT_EQ(balances[0].quantity, 0) << "stays for the caller to erase";
  EXPECT_EQ(balances[2], (LotBalance{kAccount, kOtherVa, kFree, LotId{3}, 5}));
  // The order of legs does not matter: out of an empty place and into it in one posting.
  ASSERT_TRUE(apply_to_balances({entry(0, kVa, kFree, 3, -1), entry(1, kVa, kFree, 3, 1)}, balances));
}

TEST(Ledger, INV_7_OwnedIsWhatIsFreeOrReservedOfAnActiveLot) {
  auto term = lot(3, "A");
  const std::vector<LedgerEntry> entries = {
      entry(0, kVa, kFree, 3, -6), entry(1, kVa, {Place::Kind::Reserved, 7}, 3, 2),
      entry(2, kVa, {Place::Kind::OnPrem, 1}, 3, 1), entry(3, kOtherVa, kFree, 3, 3)};
  const std::vector<PoolDelta> wanted = {{kVa, tag("A"), -4, 2, 0}, {kOtherVa, tag("A"), 3, 0, 0}};
  EXPECT_EQ(pool_deltas(term, entries, kNow), wanted);
  term.starts_at = kNow + Duration{1};
  EXPECT_TRUE(pool_deltas(term, entries, kNow).empty()) << "not yet";
  EXPECT_EQ(pool_deltas(term, entries, *term.starts_at), wanted);
  term.ends_at = *term.starts_at + days(1);
  EXPECT_TRUE(pool_deltas(term, entries, *term.ends_at).empty()) << "no more";
}

TEST(Terms, CMP_4_ATermThatEndsLeavesEveryPoolThatHoldsIt) {
  const auto term = lot(3, "A");
  const std::vector<LotBalance> balances = {{kAccount, kOtherVa, kFree, LotId{3}, 4},
                                            {kAccount, kVa, {Place::Kind::Reserved, 7}, LotId{3}, 2},
                                            {kAccount, kVa, kFree, LotId{3}, 3},
                                            {kAccount, kVa, {Place::Kind::OnPrem, 1}, LotId{3}, 9},
                                            {kAccount, kVa, kFree, LotId{4}, 50}};
  EXPECT_EQ(term_effect(term, TermEvent::Ends, balances),
            (std::vector<PoolDelta>{{kVa, tag("A"), -5, -2, 0}, {kOtherVa, tag("A"), -4, 0, 0}}));
  EXPECT_EQ(term_effect(term, TermEvent::Starts, balances),
            (std::vector<PoolDelta>{{kVa, tag("A"), 5, 2, 0}, {kOtherVa, tag("A"), 4, 0, 0}}));
}

TEST(Terms, CMP_4_WhatIsAheadOfALotStandsAsDue) {
  auto term = lot(3, "A");
  EXPECT_TRUE(dues_of(term, kNow).empty()) << "perpetual";
  term.starts_at = kNow + days(1);
  term.ends_at = kNow + days(30);
  EXPECT_EQ(dues_of(term, kNow), (std::vector<Due>{{kAccount, *term.starts_at, DueKind::LotStarts, "3"},
                                                   {kAccount, *term.ends_at, DueKind::LotEnds, "3"}}));
  EXPECT_EQ(dues_of(term, *term.starts_at), (std::vector<Due>{{kAccount, *term.ends_at, DueKind::LotEnds, "3"}}))
      << "active at once: its deposit counts it";
  EXPECT_TRUE(dues_of(term, *term.ends_at).empty());
}

// Deposits, moves and terms in any order: each pool's owned equals what the active lots hold free or reserved there.
RC_GTEST_PROP(Ledger, INV_7_PoolsAreTheSumsOfTheActiveLotsBalances, ()) {
  auto now = kNow;
  std::vector<Lot> lots;
  std::vector<LotBalance> balances;
  std::map<VirtualAccountId, std::vector<Pool>> pools = {{kVa, {}}, {kOtherVa, {}}};
  std::vector<Due> dues;
  const auto apply = [&](const std::vector<PoolDelta>& deltas) {
    for (auto& [va, rows] : pools) RC_ASSERT(apply_to_pools(kAccount, va, deltas, rows).has_value());
  };
  const auto pick_va = [] { return *rc::gen::element(kVa, kOtherVa); };
  const auto steps = *rc::gen::inRange(1, 40);
  for (int step = 0; step < steps; ++step) {
    now += days(*rc::gen::inRange(0, 3));
    std::ranges::sort(dues);
    while (!dues.empty() && dues.front().at <= now) {
      const auto& due_lot = *std::ranges::find(lots, LotId{std::stoll(dues.front().id)}, &Lot::id);
      const auto event = dues.front().kind == DueKind::LotStarts ? TermEvent::Starts : TermEvent::Ends;
      apply(term_effect(due_lot, event, balances));
      dues.erase(dues.begin());
    }
    if (lots.empty() || *rc::gen::inRange(0, 2) == 0) {
      auto made = lot(static_cast<std::int64_t>(lots.size()) + 1, *rc::gen::element<std::string>("A", "B"));
      if (*rc::gen::arbitrary<bool>()) made.starts_at = now + days(*rc::gen::inRange(-2, 4));
      if (*rc::gen::arbitrary<bool>()) made.ends_at = made.starts_at.value_or(now) + days(*rc::gen::inRange(1, 6));
      lots.push_back(made);
      const auto draft = deposit(made, pick_va(), *rc::gen::inRange(1, 9), PostingId{step + 1}, "k", "t", now);
      RC_ASSERT(apply_to_balances(draft.entries, balances).has_value());
      apply(pool_deltas(made, draft.entries, now));
      for (const auto& due : dues_of(made, now)) dues.push_back(due);
    } else {
      const auto& moved = lots[static_cast<std::size_t>(*rc::gen::inRange(0, static_cast<int>(lots.size())))];
      const auto quantity = *rc::gen::inRange(1, 5);
      const Place to = *rc::gen::element(kFree, Place{Place::Kind::Reserved, 7}, Place{Place::Kind::OnPrem, 1});
      std::vector<LedgerEntry> entries = {
          {kAccount, PostingId{step + 1}, 0, pick_va(), kFree, moved.tag, moved.id, -quantity},
          {kAccount, PostingId{step + 1}, 1, pick_va(), to, moved.tag, moved.id, quantity}};
      if (apply_to_balances(entries, balances)) apply(pool_deltas(moved, entries, now));
    }
    std::map<std::pair<VirtualAccountId, EntitlementTag>, std::pair<Count, Count>> sums;
    for (const auto& row : balances) {
      const auto& held = *std::ranges::find(lots, row.lot, &Lot::id);
      if (!is_active(held, now) || row.place.kind == Place::Kind::OnPrem) continue;
      sums[{row.va, held.tag}].first += row.quantity;
      if (row.place.kind == Place::Kind::Reserved) sums[{row.va, held.tag}].second += row.quantity;
    }
    for (const auto& [va, rows] : pools)
      for (const auto& row : rows) RC_ASSERT((sums[{va, row.tag}] == std::pair{row.owned, row.reserved}));
  }
}

}  // namespace
}  // namespace lictor::domain
