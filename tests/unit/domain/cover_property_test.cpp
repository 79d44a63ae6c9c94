// The cover of shortfalls against a brute force that enumerates every flow, and the monotony of CMP-6.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>

#include "licensing/domain/hierarchy.hpp"

namespace lictor::domain {
namespace {

constexpr std::uint64_t kSeed = 20260101;

class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15;
    auto z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  int below(int bound) { return static_cast<int>(next() % static_cast<std::uint64_t>(bound)); }

 private:
  std::uint64_t state_;
};

// A random hierarchy with supplies and demands; everything the oracle needs is kept as plain numbers.
struct Case {
  std::size_t size = 0;
  std::vector<std::pair<std::size_t, std::size_t>> edges;
  std::vector<Count> supply;
  std::vector<Count> demand;

  [[nodiscard]] static EntitlementTag tag(std::size_t i) { return {fmt::format("T{:02}", i)}; }
  [[nodiscard]] Hierarchy hierarchy() const {
    std::vector<EntitlementTag> tags;
    for (std::size_t i = 0; i < size; ++i) tags.push_back(tag(i));
    std::vector<HierarchyEdge> made;
    for (const auto& [general, specific] : edges) made.push_back({tag(general), tag(specific)});
    return Hierarchy::create(tags, made).value();
  }
  [[nodiscard]] std::vector<SupplyDemand> entries() const {
    std::vector<SupplyDemand> made;
    for (std::size_t i = 0; i < size; ++i) made.push_back({tag(i), supply[i], demand[i]});
    return made;
  }
  [[nodiscard]] std::string text() const {
    std::string text;
    for (const auto& [general, specific] : edges) text += fmt::format("{}>{} ", general, specific);
    return fmt::format("{} tags, edges {}supply {} demand {}", size, text, fmt::join(supply, ","),
                       fmt::join(demand, ","));
  }
};

Case random_case(Chance& chance, int most_tags, int most_count) {
  Case made;
  made.size = static_cast<std::size_t>(2 + chance.below(most_tags - 1));
  std::vector<std::size_t> rank(made.size);  // edges go down a random order, so that there is no cycle
  std::iota(rank.begin(), rank.end(), 0u);
  for (std::size_t i = made.size; i > 1; --i)
    std::swap(rank[i - 1], rank[static_cast<std::size_t>(chance.below(static_cast<int>(i)))]);
  const int density = 1 + chance.below(4);
  for (std::size_t upper = 0; upper < made.size; ++upper)
    for (std::size_t lower = upper + 1; lower < made.size; ++lower)
      if (chance.below(5) < density) made.edges.emplace_back(rank[upper], rank[lower]);
  for (std::size_t i = 0; i < made.size; ++i) {
    const int kind = chance.below(5);  // two of five lend only, two borrow only, one has both sides
    made.supply.push_back(kind < 2 || kind == 4 ? chance.below(most_count + 1) : 0);
    made.demand.push_back(kind >= 2 ? chance.below(most_count + 1) : 0);
  }
  return made;
}

// distance[g][s] by Floyd and Warshall; 0 on the diagonal, -1: does not stand in.
std::vector<std::vector<int>> distances(const Case& c) {
  std::vector<std::vector<int>> distance(c.size, std::vector<int>(c.size, -1));
  for (std::size_t i = 0; i < c.size; ++i) distance[i][i] = 0;
  for (const auto& [general, specific] : c.edges) distance[general][specific] = 1;
  for (std::size_t via = 0; via < c.size; ++via)
    for (std::size_t from = 0; from < c.size; ++from)
      for (std::size_t to = 0; to < c.size; ++to) {
        if (distance[from][via] < 0 || distance[via][to] < 0) continue;
        const auto length = distance[from][via] + distance[via][to];
        if (distance[from][to] < 0 || length < distance[from][to]) distance[from][to] = length;
      }
  return distance;
}

// What a flow is judged by, best first.
struct Score {
  Count covered = 0;
  std::vector<Count> per_tag;  // covered of each short tag, in catalog order
  Count saved = 0;             // minus the distances
  std::vector<Count> flow;     // per arc: borrowers in catalog order, their lenders nearest first, then catalog order
  friend auto operator<=>(const Score&, const Score&) = default;
};

class BruteForce {
 public:
  explicit BruteForce(const Case& c) {
    const auto distance = distances(c);
    for (std::size_t i = 0; i < c.size; ++i) surplus_.push_back(std::max<Count>(0, c.supply[i] - c.demand[i]));
    for (std::size_t to = 0; to < c.size; ++to) {
      if (c.demand[to] <= c.supply[to]) continue;
      borrowers_.push_back(to);
      missing_.push_back(c.demand[to] - c.supply[to]);
      std::vector<std::size_t> lenders;
      for (std::size_t from = 0; from < c.size; ++from)
        if (from != to && distance[from][to] > 0 && surplus_[from] > 0) lenders.push_back(from);
      std::ranges::stable_sort(lenders, {}, [&](std::size_t from) { return distance[from][to]; });
      for (const auto from : lenders) arcs_.push_back({from, borrowers_.size() - 1, distance[from][to]});
    }
    Score score;
    score.per_tag.assign(borrowers_.size(), 0);
    best_.per_tag.assign(borrowers_.size(), 0);
    best_.saved = std::numeric_limits<Count>::min();
    search(0, score);
  }

  [[nodiscard]] const Score& best() const { return best_; }
  [[nodiscard]] Cover cover() const {
    Cover made;
    for (std::size_t b = 0; b < borrowers_.size(); ++b)
      made.tags[Case::tag(borrowers_[b])].short_count = missing_[b] - best_.per_tag[b];
    for (std::size_t a = 0; a < arcs_.size(); ++a) {
      if (best_.flow[a] == 0) continue;
      const auto to = borrowers_[arcs_[a].borrower];
      made.loans.push_back({Case::tag(arcs_[a].lender), Case::tag(to), best_.flow[a]});
      made.tags[Case::tag(arcs_[a].lender)].lent += best_.flow[a];
      made.tags[Case::tag(to)].borrowed += best_.flow[a];
    }
    std::ranges::sort(made.loans, {}, [](const Loan& loan) { return std::pair(loan.to, loan.from); });
    return made;
  }

 private:
  struct Arc {
    std::size_t lender;
    std::size_t borrower;
    int distance;
  };
  void search(std::size_t arc, Score& score) {
    if (arc == arcs_.size()) {
      if (score > best_) best_ = score;
      return;
    }
    const auto& [lender, borrower, distance] = arcs_[arc];
    const auto most = std::min(surplus_[lender], missing_[borrower] - score.per_tag[borrower]);
    for (Count quantity = 0; quantity <= most; ++quantity) {
      surplus_[lender] -= quantity;
      score.covered += quantity;
      score.per_tag[borrower] += quantity;
      score.saved -= quantity * distance;
      score.flow.push_back(quantity);
      search(arc + 1, score);
      score.flow.pop_back();
      score.saved += quantity * distance;
      score.per_tag[borrower] -= quantity;
      score.covered -= quantity;
      surplus_[lender] += quantity;
    }
  }

  std::vector<Count> surplus_;
  std::vector<std::size_t> borrowers_;
  std::vector<Count> missing_;
  std::vector<Arc> arcs_;
  Score best_;
};

// The largest part of all demand that any assignment whatever could meet, own supply not preferred: by Hall's theorem
// for flows the smallest cut over the sets of tags that are given up.
Count largest_possible(const Case& c) {
  const auto distance = distances(c);
  Count smallest = std::numeric_limits<Count>::max();
  for (std::size_t kept = 0; kept < (std::size_t{1} << c.size); ++kept) {
    Count cut = 0;
    for (std::size_t i = 0; i < c.size; ++i) {
      const bool is_kept = (kept >> i & 1) != 0;
      if (!is_kept) cut += c.demand[i];
      bool serves = false;
      for (std::size_t to = 0; to < c.size; ++to) serves = serves || ((kept >> to & 1) != 0 && distance[i][to] >= 0);
      if (serves) cut += c.supply[i];
    }
    smallest = std::min(smallest, cut);
  }
  return smallest;
}

TEST(CoverProperty, CMP_2_EqualsTheBestOfAllFlowsOnARandomHundredThousand) {
  Chance chance(kSeed);
  int short_cases = 0;
  int loans_seen = 0;
  int left_short = 0;
  for (int i = 0; i < 100'000; ++i) {
    const auto c = random_case(chance, 6, 3);
    const auto made = cover(c.hierarchy(), c.entries());
    const auto wanted = BruteForce(c).cover();
    ASSERT_EQ(made.loans, wanted.loans) << c.text();
    Count met = 0;
    for (std::size_t t = 0; t < c.size; ++t) {
      const auto found = wanted.tags.find(Case::tag(t));
      const auto expected = found == wanted.tags.end() ? Cover::PerTag{} : found->second;
      ASSERT_EQ(made.tags.at(Case::tag(t)), expected) << c.text();
      met += c.demand[t] - expected.short_count;
      if (expected.short_count > 0) ++left_short;
    }
    ASSERT_EQ(met, largest_possible(c)) << "own supply first must not lose anything: " << c.text();
    if (!wanted.tags.empty()) ++short_cases;
    loans_seen += static_cast<int>(made.loans.size());
  }
  // The cases are worth their name.
  EXPECT_GT(short_cases, 50'000);
  EXPECT_GT(loans_seen, 30'000);
  EXPECT_GT(left_short, 20'000);
}

TEST(CoverProperty, CMP_2_TheOrderOfTheInputDoesNotMatter) {
  Chance chance(kSeed + 1);
  for (int i = 0; i < 5'000; ++i) {
    const auto c = random_case(chance, 9, 9);
    const auto hierarchy = c.hierarchy();
    auto entries = c.entries();
    const auto made = cover(hierarchy, entries);
    for (std::size_t k = entries.size(); k > 1; --k)
      std::swap(entries[k - 1], entries[static_cast<std::size_t>(chance.below(static_cast<int>(k)))]);
    const auto again = cover(hierarchy, entries);
    ASSERT_EQ(made.loans, again.loans) << c.text();
    ASSERT_EQ(made.tags, again.tags) << c.text();
  }
}

TEST(CoverProperty, CMP_6_MoreSupplyAnywhereMakesNoTagWorseOnARandomHundredThousand) {
  Chance chance(kSeed + 2);
  for (int i = 0; i < 100'000; ++i) {
    auto c = random_case(chance, 9, 6);
    const auto hierarchy = c.hierarchy();
    const auto before = cover(hierarchy, c.entries());
    const auto grown = static_cast<std::size_t>(chance.below(static_cast<int>(c.size)));
    c.supply[grown] += 1 + chance.below(3);
    const auto after = cover(hierarchy, c.entries());
    for (std::size_t t = 0; t < c.size; ++t)
      ASSERT_LE(after.tags.at(Case::tag(t)).short_count, before.tags.at(Case::tag(t)).short_count)
          << "tag " << t << " after more of " << grown << ": " << c.text();
  }
}

TEST(CoverProperty, CMP_6_LessDemandAnywhereMakesNoOtherTagWorse) {
  Chance chance(kSeed + 3);
  for (int i = 0; i < 20'000; ++i) {
    auto c = random_case(chance, 9, 6);
    const auto hierarchy = c.hierarchy();
    const auto before = cover(hierarchy, c.entries());
    const auto freed = static_cast<std::size_t>(chance.below(static_cast<int>(c.size)));
    c.demand[freed] = std::max<Count>(0, c.demand[freed] - 1 - chance.below(3));
    const auto after = cover(hierarchy, c.entries());
    for (std::size_t t = 0; t < c.size; ++t)
      ASSERT_LE(after.tags.at(Case::tag(t)).short_count, before.tags.at(Case::tag(t)).short_count) << c.text();
  }
}

TEST(CoverProperty, CMP_2_LargeQuantitiesCostNoMoreThanSmallOnes) {
  // A tower of 40 tags, each short but the top one; quantities at the limit. Ends at once or not at all.
  Case c;
  c.size = 40;
  for (std::size_t i = 0; i + 1 < c.size; ++i) c.edges.emplace_back(i, i + 1);
  c.supply.assign(c.size, 0);
  c.demand.assign(c.size, kMaxCount);
  c.supply[0] = kMaxCount * 30;
  const auto made = cover(c.hierarchy(), c.entries());
  for (std::size_t i = 0; i < c.size; ++i)
    EXPECT_EQ(made.tags.at(Case::tag(i)).short_count, i < 30 ? 0 : kMaxCount) << i;
  EXPECT_EQ(made.tags.at(Case::tag(0)).lent, kMaxCount * 29);
}

}  // namespace
}  // namespace lictor::domain
