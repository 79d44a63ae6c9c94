#include "licensing/domain/cover_flow.hpp"

#include <algorithm>
#include <deque>
#include <limits>
#include <tuple>

namespace lictor::domain {

namespace {

constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();
constexpr int kFar = std::numeric_limits<int>::max();

// A transport problem: lenders with surplus, borrowers with a shortfall, an arc where one may stand in for the other.
// Nodes: 0 is the source, then the lenders, then the borrowers. Demand once met is never given up again, so there is
// no way back from it in the residual network.
class CoverFlow {
 public:
  struct Arc {
    std::size_t lender;    // index, in catalog order
    std::size_t borrower;  // index, in catalog order
    int cost;              // edges between in the hierarchy
    Count flow = 0;
    bool fixed = false;  // settled by settle_ties
  };

  CoverFlow(std::vector<Count> surplus, std::vector<Count> shortfall)
      : surplus_(std::move(surplus)),
        shortfall_(std::move(shortfall)),
        used_(surplus_.size()),
        lender_arcs_(surplus_.size()),
        borrower_arcs_(shortfall_.size()) {}

  // Arcs of a borrower are added in the order of its lenders: nearest, then catalog order.
  void add_arc(std::size_t lender, std::size_t borrower, int cost) {
    lender_arcs_[lender].push_back(arcs_.size());
    borrower_arcs_[borrower].push_back(arcs_.size());
    arcs_.push_back({lender, borrower, cost});
  }

  void solve() {
    for (std::size_t borrower = 0; borrower < shortfall_.size(); ++borrower)
      if (!borrower_arcs_[borrower].empty()) fill(borrower);
    settle_ties();
  }

  [[nodiscard]] const std::vector<Arc>& arcs() const { return arcs_; }

 private:
  // One step of a path in the residual network.
  struct Step {
    std::size_t from = kNone;
    std::size_t to = kNone;
    std::size_t arc = kNone;  // kNone: between the source and a lender
    int cost = 0;
    Count capacity = 0;
  };

  static constexpr std::size_t kSource = 0;
  [[nodiscard]] std::size_t node_of_lender(std::size_t lender) const { return 1 + lender; }
  [[nodiscard]] std::size_t node_of_borrower(std::size_t borrower) const { return 1 + surplus_.size() + borrower; }
  [[nodiscard]] std::size_t nodes() const { return 1 + surplus_.size() + shortfall_.size(); }

  template <class Visit>
  void for_each_step(std::size_t node, Visit&& visit) const {
    if (node == kSource) {
      for (std::size_t lender = 0; lender < surplus_.size(); ++lender)
        if (used_[lender] < surplus_[lender])
          visit(Step{node, node_of_lender(lender), kNone, 0, surplus_[lender] - used_[lender]});
    } else if (node < node_of_borrower(0)) {
      const auto lender = node - 1;
      if (used_[lender] > 0) visit(Step{node, kSource, kNone, 0, used_[lender]});
      for (const auto a : lender_arcs_[lender])
        visit(Step{node, node_of_borrower(arcs_[a].borrower), a, arcs_[a].cost, std::numeric_limits<Count>::max()});
    } else {
      for (const auto a : borrower_arcs_[node - node_of_borrower(0)])
        if (arcs_[a].flow > 0) visit(Step{node, node_of_lender(arcs_[a].lender), a, -arcs_[a].cost, arcs_[a].flow});
    }
  }

  void push(const Step& step, Count quantity) {
    if (step.arc != kNone) {
      arcs_[step.arc].flow += step.to >= node_of_borrower(0) ? quantity : -quantity;
    } else if (step.from == kSource) {
      used_[step.to - 1] += quantity;
    } else {
      used_[step.from - 1] -= quantity;
    }
  }

  // Cheapest distances from the nodes that stand at 0 in `distance` (Bellman-Ford with a queue; the residual network
  // of a cheapest flow has no negative cycle).
  void relax(std::vector<int>& distance, std::vector<Step>& into) const {
    std::deque<std::size_t> waiting;
    std::vector<char> is_waiting(nodes(), 0);
    for (std::size_t node = 0; node < nodes(); ++node) {
      if (distance[node] == kFar) continue;
      waiting.push_back(node);
      is_waiting[node] = 1;
    }
    while (!waiting.empty()) {
      const auto node = waiting.front();
      waiting.pop_front();
      is_waiting[node] = 0;
      for_each_step(node, [&](const Step& step) {
        if (distance[node] + step.cost >= distance[step.to]) return;
        distance[step.to] = distance[node] + step.cost;
        into[step.to] = step;
        if (is_waiting[step.to] != 0) return;
        is_waiting[step.to] = 1;
        waiting.push_back(step.to);
      });
    }
  }

  // Meets as much of one borrower's shortfall as can be met, along cheapest augmenting paths.
  void fill(std::size_t borrower) {
    auto missing = shortfall_[borrower];
    while (missing > 0) {
      std::vector<int> distance(nodes(), kFar);
      std::vector<Step> into(nodes());
      distance[kSource] = 0;
      relax(distance, into);
      const auto goal = node_of_borrower(borrower);
      if (distance[goal] == kFar) return;
      const auto quantity = augment(into, kSource, goal, missing);
      missing -= quantity;
    }
  }

  Count augment(const std::vector<Step>& into, std::size_t start, std::size_t goal, Count at_most) {
    auto quantity = at_most;
    for (auto node = goal; node != start; node = into[node].from) quantity = std::min(quantity, into[node].capacity);
    for (auto node = goal; node != start; node = into[node].from) push(into[node], quantity);
    return quantity;
  }

  // Among equally good flows one is chosen: borrowers in catalog order take as much as possible from their first
  // lender, then from their second, and so on. Flow is moved round cycles of cost 0, found among the arcs that some
  // cheapest flow may use (those of reduced cost 0 under the final potentials).
  void settle_ties() {
    std::vector<int> potential(nodes(), 0);
    std::vector<Step> into(nodes());
    relax(potential, into);
    for (std::size_t borrower = 0; borrower < shortfall_.size(); ++borrower) {
      for (const auto a : borrower_arcs_[borrower]) {
        auto& arc = arcs_[a];
        arc.fixed = true;  // no cycle may use it backwards, neither now nor later
        const auto lender = node_of_lender(arc.lender);
        if (arc.cost + potential[lender] != potential[node_of_borrower(borrower)]) continue;
        while (find_tight_path(potential, node_of_borrower(borrower), lender, into))
          arc.flow += augment(into, node_of_borrower(borrower), lender, std::numeric_limits<Count>::max());
      }
    }
  }

  bool find_tight_path(const std::vector<int>& potential, std::size_t start, std::size_t goal,
                       std::vector<Step>& into) const {
    std::vector<char> seen(nodes(), 0);
    std::deque<std::size_t> waiting{start};
    seen[start] = 1;
    while (!waiting.empty() && seen[goal] == 0) {
      const auto node = waiting.front();
      waiting.pop_front();
      for_each_step(node, [&](const Step& step) {
        const bool settled = step.arc != kNone && arcs_[step.arc].fixed;
        if (settled || seen[step.to] != 0 || potential[node] + step.cost != potential[step.to]) return;
        seen[step.to] = 1;
        into[step.to] = step;
        waiting.push_back(step.to);
      });
    }
    return seen[goal] != 0;
  }

  std::vector<Count> surplus_;
  std::vector<Count> shortfall_;
  std::vector<Count> used_;  // of each lender's surplus
  std::vector<Arc> arcs_;
  std::vector<std::vector<std::size_t>> lender_arcs_;
  std::vector<std::vector<std::size_t>> borrower_arcs_;
};

// Own supply first; the positions of what is left over and of what is missing.
struct Sides {
  std::vector<std::size_t> lenders;
  std::vector<std::size_t> borrowers;
};

bool own_supply_suffices(std::span<CoverEntry> entries) {
  bool suffices = true;
  for (auto& entry : entries) {
    entry.result = {0, 0, std::max<Count>(0, entry.demand - entry.supply)};
    suffices = suffices && entry.result.short_count == 0;
  }
  return suffices;
}

Sides split(const Hierarchy& hierarchy, std::span<const CoverEntry> entries) {
  Sides sides;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].supply > entries[i].demand) sides.lenders.push_back(i);
    if (entries[i].supply < entries[i].demand) sides.borrowers.push_back(i);
  }
  const auto place = [&](std::size_t i) {
    return std::tuple<std::size_t, const std::string&>(hierarchy.order(*entries[i].tag), entries[i].tag->text);
  };
  std::ranges::sort(sides.lenders, {}, place);
  std::ranges::sort(sides.borrowers, {}, place);
  return sides;
}

}  // namespace

std::vector<CoverLoan> solve_cover(const Hierarchy& hierarchy, std::span<CoverEntry> entries) {
  if (own_supply_suffices(entries)) return {};
  const auto sides = split(hierarchy, entries);
  if (sides.lenders.empty()) return {};

  std::vector<Count> surplus;
  for (const auto i : sides.lenders) surplus.push_back(entries[i].supply - entries[i].demand);
  std::vector<Count> shortfall;
  for (const auto i : sides.borrowers) shortfall.push_back(entries[i].demand - entries[i].supply);
  CoverFlow flow(std::move(surplus), std::move(shortfall));
  for (std::size_t b = 0; b < sides.borrowers.size(); ++b) {
    for (const auto& lender : hierarchy.lenders(*entries[sides.borrowers[b]].tag)) {
      const auto found =
          std::ranges::find_if(sides.lenders, [&](std::size_t i) { return *entries[i].tag == lender.tag; });
      if (found != sides.lenders.end())
        flow.add_arc(static_cast<std::size_t>(found - sides.lenders.begin()), b, lender.distance);
    }
  }
  flow.solve();

  std::vector<CoverLoan> loans;
  for (const auto& arc : flow.arcs()) {
    if (arc.flow == 0) continue;
    const auto from = sides.lenders[arc.lender];
    const auto to = sides.borrowers[arc.borrower];
    loans.push_back({from, to, arc.flow});
    entries[from].result.lent += arc.flow;
    entries[to].result.borrowed += arc.flow;
    entries[to].result.short_count -= arc.flow;
  }
  std::ranges::sort(loans, {}, [&](const CoverLoan& loan) {
    return std::tuple(hierarchy.order(*entries[loan.to].tag), hierarchy.order(*entries[loan.from].tag));
  });
  return loans;
}

Cover cover(const Hierarchy& hierarchy, const std::vector<SupplyDemand>& tags) {
  std::vector<CoverEntry> entries;
  entries.reserve(tags.size());
  for (const auto& tag : tags) entries.push_back({&tag.tag, tag.supply, tag.demand, {}});
  const auto loans = solve_cover(hierarchy, entries);
  Cover made;
  for (const auto& entry : entries) made.tags[*entry.tag] = entry.result;
  for (const auto& loan : loans) made.loans.push_back({*entries[loan.from].tag, *entries[loan.to].tag, loan.quantity});
  return made;
}

}  // namespace lictor::domain
