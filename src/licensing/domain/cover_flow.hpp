// The flow behind cover() and rebalance(): works on positions, copies no tag, allocates nothing while nothing is short.
// Only this room includes it; hierarchy.hpp states what is computed.
#pragma once

#include <span>
#include <vector>

#include "licensing/domain/hierarchy.hpp"

namespace lictor::domain {

struct CoverEntry {
  const EntitlementTag* tag = nullptr;  // borrowed from the caller; each tag once
  Count supply = 0;                     // >= 0
  Count demand = 0;                     // >= 0
  Cover::PerTag result;                 // filled
};
struct CoverLoan {  // positions of entries
  std::size_t from = 0;
  std::size_t to = 0;
  Count quantity = 0;
};
// Loans sorted by borrower, then lender, each in catalog order.
std::vector<CoverLoan> solve_cover(const Hierarchy& hierarchy, std::span<CoverEntry> entries);

}  // namespace lictor::domain
