// Changes of pools, lots and usage as pure functions over rows (DECISIONS 1; CMP-1, CMP-5, INV-7). Callers pass the
// rows that matter, get them changed, and store the result in one transaction.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "licensing/domain/entities.hpp"
#include "licensing/domain/hierarchy.hpp"

namespace lictor::domain {

// What changed at one VA's pools; applied together with its cause.
// Recomputes lent, borrowed and short_count of all `pools` (every pool row of one VA) from owned and in_use.
void rebalance(const Hierarchy& hierarchy, std::vector<Pool>& pools);

// The status of each tag that an instance uses, from its VA's rebalanced pools (CMP-1): out of compliance when the
// tag's pool is short. An unknown tag is InvalidTag.
struct TagCompliance {
  EntitlementTag tag;
  TagStatus status = TagStatus::Authorized;
  Count count = 0;
};
std::vector<TagCompliance> compliance_of(const std::vector<Usage>& usage, const std::vector<Pool>& pools);

// Difference between what is stored and what a device now claims: rows to write and the pools' change of in_use.
struct UsageChange {
  std::vector<Usage> upserts;
  std::vector<EntitlementTag> erases;
  std::vector<std::pair<EntitlementTag, Count>> in_use_delta;  // only non-zero, sorted by tag
  [[nodiscard]] bool empty() const { return upserts.empty() && erases.empty(); }
};
// `known`: is the tag in the catalog. `claims` passed check_usage.
UsageChange change_usage(AccountId account, InstanceId instance, const std::vector<Usage>& stored,
                         const std::vector<UsageItem>& claims, const std::function<bool(const EntitlementTag&)>& known);
// counted := 0 for all (CMP-3); counted := claimed again on contact.
UsageChange return_usage(const std::vector<Usage>& stored);

// A posting with its entries, checked: entries sum to zero per lot, no empty delta.
struct PostingDraft {
  Posting posting;
  std::vector<LedgerEntry> entries;
};
Result<void> check_posting(const PostingDraft& draft);
// Deposit: outside -> (va, free).
PostingDraft deposit(const Lot& lot, VirtualAccountId va, Count quantity, PostingId id, std::string source_key,
                     std::string actor, WallTime at);
// Applies entries to balances. Error: Conflict when a balance would become negative; nothing changed then.
Result<void> apply_to_balances(const std::vector<LedgerEntry>& entries, std::vector<LotBalance>& balances);

}  // namespace lictor::domain
