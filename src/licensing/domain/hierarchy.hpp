// The licence hierarchy (CMP-2): which tag may stand in for which, and the largest cover of shortfalls by surplus
// inside one virtual account. Pure, deterministic, monotone (CMP-6).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "foundation/base/result.hpp"
#include "licensing/vocabulary/entitlement.hpp"

namespace lictor::domain {

// Direct edges in catalog order; the partial order is their transitive closure.
struct HierarchyEdge {
  EntitlementTag general;   // may stand in for ...
  EntitlementTag specific;  // ... this one
  friend bool operator==(const HierarchyEdge&, const HierarchyEdge&) = default;
};

class Hierarchy {
 public:
  // `tags` in catalog order. Errors: InvalidArgument: an unknown tag, a tag over itself, a cycle (names its tags).
  static Result<Hierarchy> create(std::vector<EntitlementTag> tags, const std::vector<HierarchyEdge>& edges);
  Hierarchy() = default;

  struct Lender {
    EntitlementTag tag;
    int distance = 0;  // edges between
  };
  // Who may stand in for `tag`, nearest first, then catalog order; transitive.
  [[nodiscard]] const std::vector<Lender>& lenders(const EntitlementTag& tag) const;
  // Position in catalog order; unknown tags come after all, by text.
  [[nodiscard]] std::size_t order(const EntitlementTag& tag) const;

 private:
  std::map<EntitlementTag, std::vector<Lender>> lenders_;
  std::map<EntitlementTag, std::size_t> order_;
};

struct SupplyDemand {
  EntitlementTag tag;
  Count supply = 0;  // owned (free and reserved for use here)
  Count demand = 0;  // in use
};
struct Loan {
  EntitlementTag from;
  EntitlementTag to;
  Count quantity = 0;
  friend bool operator==(const Loan&, const Loan&) = default;
};
struct Cover {
  struct PerTag {
    Count lent = 0;
    Count borrowed = 0;
    Count short_count = 0;
    friend bool operator==(const PerTag&, const PerTag&) = default;
  };
  std::map<EntitlementTag, PerTag> tags;
  std::vector<Loan> loans;  // sorted by (to, from) in catalog order
};
// Own supply first, then short tags in catalog order by augmenting paths; among maximum flows of minimum cost the
// lender is the nearest, then catalog order. In full, of all ways to lend surplus to shortfalls the one that is best by
//   1. how much is covered of the first short tag in catalog order, then of the second, and so on,
//   2. the sum of distances, each licence counted,
//   3. how much the first short tag takes from its first lender (nearest, then catalog order), then from its second,
//   and
//      so on; then the same for the second short tag.
// By 1 as much is covered in total as any assignment could: what can be covered is a polymatroid (the shortfalls fed by
// a flow), where taking greedily in any order ends at the maximum. Own supply first loses nothing: where a licence of X
// covers Y and one of W covers X, W may stand in for Y too, because the order is transitive.
//
// Monotone (CMP-6): one more licence of X leaves no tag shorter. Let f(S) be the most that the shortfalls S can get;
// 1 gives the k-th short tag f(first k) - f(first k-1).
//   - X is not short: its surplus grows by one. In a flow a source and a sink are complements (Gale; Shapley 1961): the
//     marginal f(first k) - f(first k-1) never falls when a source grows. So nobody gets less.
//   - X is short: its shortfall shrinks by one. Tags before it get what they had; X itself gets min(what it had, its
//   new
//     shortfall), so it is not shorter; tags after it compete with less, and two sinks are substitutes: nobody gets
//     less.
// `tags`: each tag once, quantities not negative; their order does not matter.
Cover cover(const Hierarchy& hierarchy, const std::vector<SupplyDemand>& tags);

}  // namespace lictor::domain
