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
// Own supply first, then short tags in catalog order by augmenting paths; among maximum flows of minimum cost the lender
// is the nearest, then catalog order.
Cover cover(const Hierarchy& hierarchy, const std::vector<SupplyDemand>& tags);

}  // namespace lictor::domain
