// Changes of pools, lots and usage as pure functions over rows (DECISIONS 1; CMP-1, CMP-5, INV-7). Callers pass the
// rows that matter, get them changed, and store the result in one transaction. A row that falls to nothing stays in the
// caller's list with zeros (is_empty), so that the caller sees which one to erase.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "licensing/domain/entities.hpp"
#include "licensing/domain/hierarchy.hpp"

namespace lictor::domain {

// --- pools ----------------------------------------------------------------------------------------------------------
// What changed at one VA's pools; applied together with its cause.
// Recomputes lent, borrowed and short_count of all `pools` (every pool row of one VA) from owned and in_use.
void rebalance(const Hierarchy& hierarchy, std::vector<Pool>& pools);

// The status of each tag that an instance uses, from its VA's rebalanced pools (CMP-1): out of compliance when the
// tag's pool is short. An unknown tag is InvalidTag. In the order of `usage`; count is what the device claims.
struct TagCompliance {
  EntitlementTag tag;
  TagStatus status = TagStatus::Authorized;
  Count count = 0;
};
std::vector<TagCompliance> compliance_of(const std::vector<Usage>& usage, const std::vector<Pool>& pools);

// A change of one pool by its cause.
struct PoolDelta {
  VirtualAccountId va;
  EntitlementTag tag;
  Count owned = 0;
  Count reserved = 0;
  Count in_use = 0;
  friend bool operator==(const PoolDelta&, const PoolDelta&) = default;
};
// Adds those deltas that are of `va` to its pools, appending rows that are not there yet; rebalance comes after.
// Error: Internal when a quantity would become negative (the ledger and the pools disagree); nothing changed then.
Result<void> apply_to_pools(AccountId account, VirtualAccountId va, const std::vector<PoolDelta>& deltas,
                            std::vector<Pool>& pools);
// Nothing in it: no row is kept for it.
bool is_empty(const Pool& pool);

// --- usage ----------------------------------------------------------------------------------------------------------
// Difference between what is stored and what a device now claims: rows to write and the pools' change of in_use.
struct UsageChange {
  std::vector<Usage> upserts;
  std::vector<EntitlementTag> erases;
  std::vector<std::pair<EntitlementTag, Count>> in_use_delta;  // only non-zero, sorted by tag
  [[nodiscard]] bool empty() const { return upserts.empty() && erases.empty(); }
};
// `known`: is the tag in the catalog. `claims` passed check_usage. A tag that is not known is kept as invalid and
// counts nowhere (AUTH-12). The change is empty when the device claims what is stored and counted.
UsageChange change_usage(AccountId account, InstanceId instance, const std::vector<Usage>& stored,
                         const std::vector<UsageItem>& claims, const std::function<bool(const EntitlementTag&)>& known);
// counted := 0 for all (CMP-3); counted := claimed again on contact, by change_usage.
UsageChange return_usage(const std::vector<Usage>& stored);
// Every row goes: the instance is removed or deregisters.
UsageChange erase_usage(const std::vector<Usage>& stored);

// The pools' side of a change, in the instance's VA.
std::vector<PoolDelta> pool_deltas(VirtualAccountId va, const UsageChange& change);
// The pools' side of an instance's move from one VA to another with all that it uses.
std::vector<PoolDelta> pool_deltas_of_move(VirtualAccountId from, VirtualAccountId to, const std::vector<Usage>& usage);

// --- ledger ---------------------------------------------------------------------------------------------------------
// A posting with its entries, checked: entries sum to zero per lot, no empty delta.
struct PostingDraft {
  Posting posting;
  std::vector<LedgerEntry> entries;
};
// Error: InvalidArgument, says what is wrong.
Result<void> check_posting(const PostingDraft& draft);
// Deposit: outside -> (va, free). Requires quantity >= 1.
PostingDraft deposit(const Lot& lot, VirtualAccountId va, Count quantity, PostingId id, std::string source_key,
                     std::string actor, WallTime at);
// Applies entries to balances. Error: Conflict when a balance would become negative; nothing changed then. A balance
// that falls to zero stays with quantity 0 for the caller to erase.
Result<void> apply_to_balances(const std::vector<LedgerEntry>& entries, std::vector<LotBalance>& balances);
// The pools' side of entries of one lot: what is free or reserved of an active lot is owned, what is elsewhere is not.
// Nothing while the lot is not active at `at`.
std::vector<PoolDelta> pool_deltas(const Lot& lot, const std::vector<LedgerEntry>& entries, WallTime at);

// --- terms ----------------------------------------------------------------------------------------------------------
// A lot's term begins or ends: its balances stay, the pools of every VA that holds it change (CMP-4). `balances` are
// all of the lot's; deltas sorted by VA, one each.
enum class TermEvent { Starts, Ends };
std::vector<PoolDelta> term_effect(const Lot& lot, TermEvent event, const std::vector<LotBalance>& balances);
// The effects that stand ahead of a lot at `now` (DECISIONS 5): its start and its end, as far as they are to come.
// What is_active() says at any time equals what the pools count once every effect due by then has been applied.
std::vector<Due> dues_of(const Lot& lot, WallTime now);

}  // namespace lictor::domain
