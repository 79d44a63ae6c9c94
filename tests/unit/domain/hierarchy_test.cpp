#include "licensing/domain/hierarchy.hpp"

#include <gtest/gtest.h>

namespace lictor::domain {
namespace {

EntitlementTag tag(std::string text) {
  return {std::move(text)};
}
std::vector<EntitlementTag> tags(std::initializer_list<const char*> names) {
  std::vector<EntitlementTag> made;
  for (const auto* name : names) made.push_back(tag(name));
  return made;
}
// "general>specific"
std::vector<HierarchyEdge> edges(std::initializer_list<std::pair<const char*, const char*>> pairs) {
  std::vector<HierarchyEdge> made;
  for (const auto& [general, specific] : pairs) made.push_back({tag(general), tag(specific)});
  return made;
}
Hierarchy hierarchy(std::initializer_list<const char*> names,
                    std::initializer_list<std::pair<const char*, const char*>> pairs) {
  auto made = Hierarchy::create(tags(names), edges(pairs));
  EXPECT_TRUE(made.has_value()) << made.error().message;
  return made.value_or(Hierarchy{});
}
std::string lenders(const Hierarchy& hierarchy, const char* name) {
  std::string text;
  for (const auto& lender : hierarchy.lenders(tag(name)))
    text += lender.tag.text + ":" + std::to_string(lender.distance) + " ";
  return text;
}
std::string loans(const Cover& cover) {
  std::string text;
  for (const auto& loan : cover.loans)
    text += loan.from.text + "->" + loan.to.text + ":" + std::to_string(loan.quantity) + " ";
  return text;
}

// The shape of the C9500 network tags: general over specific, Advantage over Essentials.
Hierarchy network() {
  return hierarchy({"NW-A", "NW-E", "32C-A", "32C-E"},
                   {{"NW-A", "32C-A"}, {"NW-A", "NW-E"}, {"NW-E", "32C-E"}, {"32C-A", "32C-E"}});
}

TEST(Hierarchy, CMP_2_LendersAreTheTransitiveClosureNearestFirstThenCatalogOrder) {
  const auto made = network();
  EXPECT_EQ(lenders(made, "NW-A"), "");
  EXPECT_EQ(lenders(made, "NW-E"), "NW-A:1 ");
  EXPECT_EQ(lenders(made, "32C-A"), "NW-A:1 ");
  EXPECT_EQ(lenders(made, "32C-E"), "NW-E:1 32C-A:1 NW-A:2 ");
}

TEST(Hierarchy, CMP_2_ADirectEdgeIsNearerThanAWayRound) {
  const auto made = hierarchy({"A", "B", "C"}, {{"A", "B"}, {"B", "C"}, {"A", "C"}, {"A", "C"}});
  EXPECT_EQ(lenders(made, "C"), "A:1 B:1 ");
}

TEST(Hierarchy, CMP_2_OrderIsTheCatalogsAndUnknownTagsComeAfterAll) {
  const auto made = network();
  EXPECT_EQ(made.order(tag("NW-A")), 0u);
  EXPECT_EQ(made.order(tag("32C-E")), 3u);
  EXPECT_EQ(made.order(tag("no such")), 4u);
  EXPECT_TRUE(made.lenders(tag("no such")).empty());
}

TEST(Hierarchy, CMP_2_RefusesWhatIsNoPartialOrder) {
  struct Case {
    std::vector<EntitlementTag> tags;
    std::vector<HierarchyEdge> edges;
    std::string message;
  };
  const Case cases[] = {
      {tags({"A", "A"}), {}, "the tag A is listed twice"},
      {tags({"A"}), edges({{"A", "B"}}), "the hierarchy names the unknown tag B"},
      {tags({"A"}), edges({{"B", "A"}}), "the hierarchy names the unknown tag B"},
      {tags({"A"}), edges({{"A", "A"}}), "the tag A cannot stand in for itself"},
      {tags({"A", "B"}), edges({{"A", "B"}, {"B", "A"}}), "the hierarchy goes round: A over B over A"},
      {tags({"X", "A", "B", "C"}), edges({{"X", "A"}, {"A", "B"}, {"B", "C"}, {"C", "A"}}),
       "the hierarchy goes round: A over B over C over A"},
  };
  for (const auto& c : cases) {
    const auto made = Hierarchy::create(c.tags, c.edges);
    ASSERT_FALSE(made.has_value()) << c.message;
    EXPECT_EQ(made.error().code, ErrorCode::InvalidArgument);
    EXPECT_EQ(made.error().message, c.message);
  }
}

struct CoverCase {
  std::string name;
  std::vector<SupplyDemand> tags;
  std::string loans;
  std::map<std::string, Count> shorts;
};

void check(const Hierarchy& hierarchy, const std::vector<CoverCase>& cases) {
  for (const auto& c : cases) {
    const auto made = cover(hierarchy, c.tags);
    EXPECT_EQ(loans(made), c.loans) << c.name;
    std::map<std::string, Count> shorts;
    for (const auto& [name, result] : made.tags)
      if (result.short_count != 0) shorts[name.text] = result.short_count;
    EXPECT_EQ(shorts, c.shorts) << c.name;
    EXPECT_EQ(made.tags.size(), c.tags.size()) << c.name;
  }
}

TEST(Hierarchy, CMP_2_AShortfallIsCoveredByTheNearestSurplus) {
  check(network(),
        {
            {"nothing is short", {{tag("NW-A"), 3, 1}, {tag("32C-A"), 1, 1}}, "", {}},
            {"the general covers the specific", {{tag("NW-A"), 3, 1}, {tag("32C-A"), 0, 2}}, "NW-A->32C-A:2 ", {}},
            {"as far as it goes", {{tag("NW-A"), 3, 2}, {tag("32C-A"), 0, 2}}, "NW-A->32C-A:1 ", {{"32C-A", 1}}},
            {"the specific does not cover the general", {{tag("NW-A"), 0, 1}, {tag("32C-A"), 5, 0}}, "", {{"NW-A", 1}}},
            {"own supply first", {{tag("NW-A"), 2, 0}, {tag("32C-A"), 2, 3}}, "NW-A->32C-A:1 ", {}},
            {"nearest first",
             {{tag("NW-A"), 2, 0}, {tag("32C-A"), 1, 0}, {tag("32C-E"), 0, 2}},
             "NW-A->32C-E:1 32C-A->32C-E:1 ",
             {}},
            {"among equally near ones the catalog's order",
             {{tag("32C-A"), 2, 0}, {tag("NW-E"), 2, 0}, {tag("32C-E"), 0, 3}},
             "NW-E->32C-E:2 32C-A->32C-E:1 ",
             {}},
            {"depth two", {{tag("NW-A"), 1, 0}, {tag("32C-E"), 0, 1}}, "NW-A->32C-E:1 ", {}},
            {"a tag without supply in the middle",
             {{tag("NW-A"), 2, 0}, {tag("32C-A"), 0, 0}, {tag("32C-E"), 0, 2}},
             "NW-A->32C-E:2 ",
             {}},
            {"an unknown tag covers nothing and is covered by nothing",
             {{tag("?"), 0, 2}, {tag("NW-A"), 3, 0}},
             "",
             {{"?", 2}}},
        });
}

TEST(Hierarchy, CMP_2_AnAugmentingPathTakesALenderBackForTheTagThatHasNoOther) {
  // P can borrow from A and B, Q from A alone. P takes the nearer A first; the path of Q moves it to B.
  const auto made = hierarchy({"P", "Q", "A", "B"}, {{"A", "P"}, {"A", "Q"}, {"B", "P"}});
  check(made, {{"P moves over",
                {{tag("A"), 1, 0}, {tag("B"), 1, 0}, {tag("P"), 0, 1}, {tag("Q"), 0, 1}},
                "B->P:1 A->Q:1 ",
                {}}});
}

TEST(Hierarchy, CMP_2_WhenNotAllCanBeCoveredTheCatalogsFirstTagsAre) {
  const auto made = hierarchy({"first", "second", "A"}, {{"A", "first"}, {"A", "second"}});
  check(made, {{"catalog order, not that of the input",
                {{tag("second"), 0, 2}, {tag("first"), 0, 2}, {tag("A"), 3, 0}},
                "A->first:2 A->second:1 ",
                {{"second", 1}}}});
}

TEST(Hierarchy, CMP_2_CostDecidesBeforeCatalogOrderOfLenders) {
  // Near stands in for both at distance 1, Far over Near at distance 2 for P and 1 for Q through its own edge.
  const auto made = hierarchy({"P", "Q", "Near", "Far"}, {{"Near", "P"}, {"Near", "Q"}, {"Far", "Near"}, {"Far", "Q"}});
  check(made, {{"P keeps the near one because Q has an equally near other",
                {{tag("Near"), 1, 0}, {tag("Far"), 1, 0}, {tag("P"), 0, 1}, {tag("Q"), 0, 1}},
                "Near->P:1 Far->Q:1 ",
                {}}});
}

}  // namespace
}  // namespace lictor::domain
