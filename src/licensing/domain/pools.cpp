#include "licensing/domain/pools.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "licensing/domain/cover_flow.hpp"

namespace lictor::domain {

namespace {

std::vector<std::pair<EntitlementTag, Count>> non_zero(const std::map<EntitlementTag, Count>& deltas) {
  std::vector<std::pair<EntitlementTag, Count>> kept;
  for (const auto& [tag, delta] : deltas)
    if (delta != 0) kept.emplace_back(tag, delta);
  return kept;
}

// What quantities at that place add to a pool while their lot is active.
PoolDelta owned_at(VirtualAccountId va, const EntitlementTag& tag, const Place& place, Count quantity) {
  PoolDelta delta{va, tag, 0, 0, 0};
  if (place.kind == Place::Kind::Free || place.kind == Place::Kind::Reserved) delta.owned = quantity;
  if (place.kind == Place::Kind::Reserved) delta.reserved = quantity;
  return delta;
}

// One delta per VA and tag, sorted, none that changes nothing.
std::vector<PoolDelta> summed(const std::vector<PoolDelta>& deltas) {
  std::map<std::pair<VirtualAccountId, EntitlementTag>, PoolDelta> sums;
  for (const auto& delta : deltas) {
    auto& sum = sums.try_emplace({delta.va, delta.tag}, PoolDelta{delta.va, delta.tag, 0, 0, 0}).first->second;
    sum.owned += delta.owned;
    sum.reserved += delta.reserved;
    sum.in_use += delta.in_use;
  }
  std::vector<PoolDelta> kept;
  for (auto& [key, sum] : sums)
    if (sum.owned != 0 || sum.reserved != 0 || sum.in_use != 0) kept.push_back(std::move(sum));
  return kept;
}

}  // namespace

// --- pools ----------------------------------------------------------------------------------------------------------
void rebalance(const Hierarchy& hierarchy, std::vector<Pool>& pools) {
  if (std::ranges::all_of(pools, [](const Pool& pool) { return pool.in_use <= pool.owned; })) {
    for (auto& pool : pools) pool.lent = pool.borrowed = pool.short_count = 0;
    return;
  }
  std::vector<CoverEntry> entries;
  entries.reserve(pools.size());
  for (const auto& pool : pools) entries.push_back({&pool.tag, pool.owned, pool.in_use, {}});
  solve_cover(hierarchy, entries);
  for (std::size_t i = 0; i < pools.size(); ++i) {
    pools[i].lent = entries[i].result.lent;
    pools[i].borrowed = entries[i].result.borrowed;
    pools[i].short_count = entries[i].result.short_count;
  }
}

std::vector<TagCompliance> compliance_of(const std::vector<Usage>& usage, const std::vector<Pool>& pools) {
  std::vector<TagCompliance> statuses;
  statuses.reserve(usage.size());
  for (const auto& row : usage) {
    auto status = TagStatus::Authorized;
    if (!row.valid) {
      status = TagStatus::InvalidTag;
    } else {
      const auto pool = std::ranges::find(pools, row.tag, &Pool::tag);
      if (pool != pools.end() && pool->short_count > 0) status = TagStatus::OutOfCompliance;
    }
    statuses.push_back({row.tag, status, row.claimed});
  }
  return statuses;
}

Result<void> apply_to_pools(AccountId account, VirtualAccountId va, const std::vector<PoolDelta>& deltas,
                            std::vector<Pool>& pools) {
  auto changed = pools;
  for (const auto& delta : deltas) {
    if (delta.va != va) continue;
    auto pool = std::ranges::find(changed, delta.tag, &Pool::tag);
    if (pool == changed.end()) {
      Pool fresh;
      fresh.account = account;
      fresh.va = va;
      fresh.tag = delta.tag;
      pool = changed.insert(changed.end(), std::move(fresh));
    }
    pool->owned += delta.owned;
    pool->reserved += delta.reserved;
    pool->in_use += delta.in_use;
  }
  for (const auto& pool : changed)
    if (pool.reserved < 0 || pool.owned < pool.reserved || pool.in_use < 0)
      return Error{ErrorCode::Internal, fmt::format("the pool of {} would hold {} owned, {} reserved, {} in use",
                                                    pool.tag.text, pool.owned, pool.reserved, pool.in_use)};
  pools = std::move(changed);
  return {};
}

bool is_empty(const Pool& pool) {
  return pool.owned == 0 && pool.reserved == 0 && pool.in_use == 0 && pool.lent == 0 && pool.borrowed == 0 &&
         pool.short_count == 0;
}

// --- usage ----------------------------------------------------------------------------------------------------------
UsageChange change_usage(AccountId account, InstanceId instance, const std::vector<Usage>& stored,
                         const std::vector<UsageItem>& claims,
                         const std::function<bool(const EntitlementTag&)>& known) {
  UsageChange change;
  std::map<EntitlementTag, Count> deltas;
  for (const auto& claim : claims) {
    const bool valid = known(claim.tag);
    const Usage wanted{account, instance, claim.tag, claim.count, valid ? claim.count : 0, valid};
    const auto held = std::ranges::find(stored, claim.tag, &Usage::tag);
    if (held != stored.end() && *held == wanted) continue;
    deltas[claim.tag] = wanted.counted - (held == stored.end() ? 0 : held->counted);
    change.upserts.push_back(wanted);
  }
  for (const auto& row : stored) {
    if (std::ranges::find(claims, row.tag, &UsageItem::tag) != claims.end()) continue;
    deltas[row.tag] = -row.counted;
    change.erases.push_back(row.tag);
  }
  change.in_use_delta = non_zero(deltas);
  return change;
}

UsageChange return_usage(const std::vector<Usage>& stored) {
  UsageChange change;
  std::map<EntitlementTag, Count> deltas;
  for (auto row : stored) {
    if (row.counted == 0) continue;
    deltas[row.tag] = -row.counted;
    row.counted = 0;
    change.upserts.push_back(std::move(row));
  }
  change.in_use_delta = non_zero(deltas);
  return change;
}

UsageChange erase_usage(const std::vector<Usage>& stored) {
  UsageChange change;
  std::map<EntitlementTag, Count> deltas;
  for (const auto& row : stored) {
    deltas[row.tag] = -row.counted;
    change.erases.push_back(row.tag);
  }
  change.in_use_delta = non_zero(deltas);
  return change;
}

std::vector<PoolDelta> pool_deltas(VirtualAccountId va, const UsageChange& change) {
  std::vector<PoolDelta> deltas;
  deltas.reserve(change.in_use_delta.size());
  for (const auto& [tag, delta] : change.in_use_delta) deltas.push_back({va, tag, 0, 0, delta});
  return deltas;
}

std::vector<PoolDelta> pool_deltas_of_move(VirtualAccountId from, VirtualAccountId to,
                                           const std::vector<Usage>& usage) {
  std::vector<PoolDelta> deltas;
  for (const auto& row : usage) {
    deltas.push_back({from, row.tag, 0, 0, -row.counted});
    deltas.push_back({to, row.tag, 0, 0, row.counted});
  }
  return summed(deltas);
}

// --- ledger ---------------------------------------------------------------------------------------------------------
Result<void> check_posting(const PostingDraft& draft) {
  const auto wrong = [&](std::string_view what) {
    return Error{ErrorCode::InvalidArgument, fmt::format("posting \"{}\": {}", draft.posting.source_key, what)};
  };
  if (draft.posting.source_key.empty()) return wrong("it has no source key");
  if (draft.entries.empty()) return wrong("it has no entries");
  std::map<LotId, Count> sums;
  std::map<LotId, EntitlementTag> tags;
  std::set<int> legs;
  for (const auto& entry : draft.entries) {
    if (entry.account != draft.posting.account || entry.posting != draft.posting.id)
      return wrong("an entry belongs to another account or posting");
    if (!legs.insert(entry.leg).second) return wrong(fmt::format("leg {} stands twice", entry.leg));
    if (entry.delta == 0) return wrong(fmt::format("leg {} moves nothing", entry.leg));
    const bool outside = entry.place.kind == Place::Kind::Outside;
    if (outside != (entry.va.value == 0)) return wrong(fmt::format("leg {}: only the outside has no VA", entry.leg));
    if (tags.try_emplace(entry.lot, entry.tag).first->second != entry.tag)
      return wrong(fmt::format("lot {} has two tags", entry.lot.value));
    sums[entry.lot] += entry.delta;
  }
  for (const auto& [lot, sum] : sums)
    if (sum != 0) return wrong(fmt::format("the entries of lot {} sum to {}, not 0", lot.value, sum));
  return {};
}

PostingDraft deposit(const Lot& lot, VirtualAccountId va, Count quantity, PostingId id, std::string source_key,
                     std::string actor, WallTime at) {
  PostingDraft draft;
  draft.posting = {lot.account, id, std::move(source_key), "deposit", at, std::move(actor)};
  draft.entries = {{lot.account, id, 0, VirtualAccountId{}, {Place::Kind::Outside, 0}, lot.tag, lot.id, -quantity},
                   {lot.account, id, 1, va, {Place::Kind::Free, 0}, lot.tag, lot.id, quantity}};
  return draft;
}

Result<void> apply_to_balances(const std::vector<LedgerEntry>& entries, std::vector<LotBalance>& balances) {
  auto changed = balances;
  for (const auto& entry : entries) {
    if (entry.place.kind == Place::Kind::Outside) continue;
    auto row = std::ranges::find_if(changed, [&](const LotBalance& balance) {
      return balance.account == entry.account && balance.va == entry.va && balance.place == entry.place &&
             balance.lot == entry.lot;
    });
    if (row == changed.end()) row = changed.insert(changed.end(), {entry.account, entry.va, entry.place, entry.lot, 0});
    row->quantity += entry.delta;
  }
  for (const auto& row : changed)
    if (row.quantity < 0)
      return Error{ErrorCode::Conflict, fmt::format("lot {} has too few licences {} in virtual account {}: {} missing",
                                                    row.lot.value, to_string(row.place), row.va.value, -row.quantity)};
  balances = std::move(changed);
  return {};
}

std::vector<PoolDelta> pool_deltas(const Lot& lot, const std::vector<LedgerEntry>& entries, WallTime at) {
  if (!is_active(lot, at)) return {};
  std::vector<PoolDelta> deltas;
  for (const auto& entry : entries)
    if (entry.lot == lot.id) deltas.push_back(owned_at(entry.va, lot.tag, entry.place, entry.delta));
  return summed(deltas);
}

// --- terms ----------------------------------------------------------------------------------------------------------
std::vector<PoolDelta> term_effect(const Lot& lot, TermEvent event, const std::vector<LotBalance>& balances) {
  const Count sign = event == TermEvent::Starts ? 1 : -1;
  std::vector<PoolDelta> deltas;
  for (const auto& row : balances)
    if (row.lot == lot.id) deltas.push_back(owned_at(row.va, lot.tag, row.place, sign * row.quantity));
  return summed(deltas);
}

std::vector<Due> dues_of(const Lot& lot, WallTime now) {
  std::vector<Due> dues;
  const auto id = std::to_string(lot.id.value);
  if (lot.starts_at && *lot.starts_at > now) dues.push_back({lot.account, *lot.starts_at, DueKind::LotStarts, id});
  if (lot.ends_at && *lot.ends_at > now) dues.push_back({lot.account, *lot.ends_at, DueKind::LotEnds, id});
  return dues;
}

}  // namespace lictor::domain
