#include "licensing/domain/registration.hpp"

#include <gtest/gtest.h>

namespace lictor::domain {
namespace {

using Wording = AlreadyRegistered::Wording;
using Reduced = RegistrationDecision::Reduced;

const ProductTag kSwitch{"regid.2026-01.org.example.SWITCH,1.0_a"};
const ProductTag kRouter{"regid.2026-01.org.example.ROUTER,1.0_b"};

Udi udi(const std::string& sn) {
  return {"C9300-48P", sn};
}
// The first is Active, a "+" before makes Standby, the rest are Members.
std::vector<UdiEntry> udis(const std::vector<std::string>& serials) {
  std::vector<UdiEntry> made;
  for (const auto& sn : serials) {
    const bool standby = sn.starts_with("+");
    const auto role = made.empty() ? UdiRole::Active : standby ? UdiRole::Standby : UdiRole::Member;
    made.push_back({udi(standby ? sn.substr(1) : sn), role});
  }
  return made;
}

struct Held {
  std::int64_t id;
  std::vector<std::string> serials;
  Count in_use = 0;
  ProductTag product = kSwitch;
  InstanceStatus status = InstanceStatus::Active;
};
UdiHolder holder(const Held& held) {
  UdiHolder made;
  made.instance.id = InstanceId{held.id};
  made.instance.product_tag = held.product;
  made.instance.status = held.status;
  made.instance.udis = udis(held.serials);
  if (held.in_use > 0) {
    Usage usage;
    usage.claimed = usage.counted = held.in_use;
    made.usage.push_back(usage);
  }
  return made;
}
std::vector<UdiHolder> holders(const std::vector<Held>& held) {
  std::vector<UdiHolder> made;
  for (const auto& one : held) made.push_back(holder(one));
  return made;
}

struct Refused {
  std::string name;
  std::vector<std::string> asked;
  std::vector<Held> held;
  AlreadyRegistered refusal;
};
void expect_refused(const std::vector<Refused>& cases) {
  for (const auto& c : cases) {
    const auto decision = decide_registration(udis(c.asked), kSwitch, false, holders(c.held));
    ASSERT_TRUE(decision.refusal.has_value()) << c.name;
    EXPECT_EQ(*decision.refusal, c.refusal) << c.name;
    EXPECT_EQ(decision.same, std::nullopt) << c.name;
    EXPECT_TRUE(decision.removed.empty() && decision.reduced.empty()) << c.name;
    EXPECT_FALSE(decide_registration(udis(c.asked), kSwitch, true, holders(c.held)).refusal)
        << c.name << ": force helps";
  }
}

TEST(Registration, SCN_1a_AHolderWithoutConsumptionRefusesPlainly) {
  expect_refused({
      {"the same device", {"A"}, {{1, {"A"}}}, {Wording::Plain, InstanceId{1}, kSwitch, udi("A")}},
      {"the whole stack",
       {"A", "+B", "C"},
       {{1, {"A", "+B", "C"}}},
       {Wording::Plain, InstanceId{1}, kSwitch, udi("A")}},
      {"the active one alone", {"A"}, {{1, {"A", "+B"}}}, {Wording::Plain, InstanceId{1}, kSwitch, udi("A")}},
      {"another's only serial as a member",
       {"X", "A"},
       {{1, {"A"}}},
       {Wording::Plain, InstanceId{1}, kSwitch, udi("A")}},
      {"the stack after a switchover",
       {"B", "+A"},
       {{1, {"A", "+B"}}},
       {Wording::Plain, InstanceId{1}, kSwitch, udi("B")}},
      {"silent for 90 days",
       {"A"},
       {{1, {"A"}, 0, kSwitch, InstanceStatus::Silent}},
       {Wording::Plain, InstanceId{1}, kSwitch, udi("A")}},
  });
  auto returned = holder({1, {"A"}, 3});
  returned.usage.front().counted = 0;
  EXPECT_EQ(decide_registration(udis({"A"}), kSwitch, false, {returned}).refusal->wording, Wording::Plain)
      << "licences that went back to the pool are no consumption";
}

TEST(Registration, SCN_1b_AnotherProductTagThatHoldsTheUdiIsNamedWithIt) {
  expect_refused({
      {"without consumption",
       {"A"},
       {{1, {"A"}, 0, kRouter}},
       {Wording::OtherProduct, InstanceId{1}, kRouter, udi("A")}},
      {"with consumption", {"A"}, {{1, {"A"}, 2, kRouter}}, {Wording::OtherProduct, InstanceId{1}, kRouter, udi("A")}},
      {"before the consumption of another",
       {"A", "B"},
       {{1, {"A"}, 2}, {2, {"B"}, 0, kRouter}},
       {Wording::OtherProduct, InstanceId{2}, kRouter, udi("B")}},
  });
}

TEST(Registration, SCN_1c_AHolderWithConsumptionSaysSo) {
  expect_refused({
      {"the same device", {"A"}, {{1, {"A"}, 1}}, {Wording::WithConsumption, InstanceId{1}, kSwitch, udi("A")}},
      {"before a plain one",
       {"A", "B"},
       {{1, {"A"}}, {2, {"B"}, 1}},
       {Wording::WithConsumption, InstanceId{2}, kSwitch, udi("B")}},
      {"the first of two",
       {"A", "B"},
       {{1, {"A"}, 4}, {2, {"B"}, 1}},
       {Wording::WithConsumption, InstanceId{1}, kSwitch, udi("A")}},
      {"registered again just now, the old usage still counted",
       {"A"},
       {{1, {"A"}, 1, kSwitch, InstanceStatus::Registering}},
       {Wording::WithConsumption, InstanceId{1}, kSwitch, udi("A")}},
  });
}

struct Accepted {
  std::string name;
  std::vector<std::string> asked;
  bool force;
  std::vector<Held> held;
  RegistrationDecision decision;
};
void expect_accepted(const std::vector<Accepted>& cases) {
  for (const auto& c : cases) {
    const auto decision = decide_registration(udis(c.asked), kSwitch, c.force, holders(c.held));
    EXPECT_EQ(decision.refusal, std::nullopt) << c.name;
    EXPECT_EQ(decision.same, c.decision.same) << c.name;
    EXPECT_EQ(decision.removed, c.decision.removed) << c.name;
    EXPECT_EQ(decision.reduced, c.decision.reduced) << c.name;
  }
}

TEST(Registration, REG_12_AnUnknownUdiIsANewInstance) {
  expect_accepted({{"alone", {"A"}, false, {}, {}}, {"with force", {"A", "B"}, true, {}, {}}});
}

TEST(Registration, REG_12_ForceRegistersTheSameInstanceAgain) {
  const RegistrationDecision same{std::nullopt, InstanceId{1}, {}, {}};
  expect_accepted({
      {"the same device", {"A"}, true, {{1, {"A"}, 3}}, same},
      {"the same under another product tag moves", {"A"}, true, {{1, {"A"}, 3, kRouter}}, same},
      {"a stack that grew", {"A", "+B", "C"}, true, {{1, {"A", "+B"}}}, same},
      {"a stack that shrank", {"A"}, true, {{1, {"A", "+B", "C"}}}, same},
      {"a stack after a switchover", {"B", "+A"}, true, {{1, {"A", "+B"}}}, same},
  });
}

TEST(Registration, REG_12_ForceTakesOverAnothersOnlySerialAndTheOtherIsRemoved) {
  expect_accepted({
      {"as a member of a new stack",
       {"X", "A"},
       true,
       {{1, {"A"}, 3}},
       {std::nullopt, std::nullopt, {InstanceId{1}}, {}}},
      {"two at once",
       {"X", "A", "B"},
       true,
       {{1, {"A"}}, {2, {"B"}}},
       {std::nullopt, std::nullopt, {InstanceId{1}, InstanceId{2}}, {}}},
      {"into the same instance",
       {"A", "B"},
       true,
       {{1, {"A"}}, {2, {"B"}}},
       {std::nullopt, InstanceId{1}, {InstanceId{2}}, {}}},
  });
}

TEST(Registration, REG_12_AMemberMovesFromAStackThatKeepsOthers) {
  const auto without_b = Reduced{InstanceId{1}, udis({"A", "C"}), {udi("B")}};
  expect_accepted({
      {"it registers alone", {"B"}, false, {{1, {"A", "B", "C"}, 3}}, {std::nullopt, std::nullopt, {}, {without_b}}},
      {"as a member elsewhere",
       {"X", "B"},
       false,
       {{1, {"A", "B", "C"}, 3}},
       {std::nullopt, std::nullopt, {}, {without_b}}},
      {"of another product",
       {"X", "B"},
       false,
       {{1, {"A", "B", "C"}, 3, kRouter}},
       {std::nullopt, std::nullopt, {}, {without_b}}},
  });
  // The one that goes was the Active: the Standby follows, or the first that is left.
  auto left = std::vector<UdiEntry>{{udi("B"), UdiRole::Member}, {udi("C"), UdiRole::Active}};
  expect_accepted({{"standby follows",
                    {"X", "A"},
                    false,
                    {{1, {"A", "B", "+C"}}},
                    {std::nullopt, std::nullopt, {}, {Reduced{InstanceId{1}, left, {udi("A")}}}}}});
  left = {{udi("B"), UdiRole::Active}, {udi("C"), UdiRole::Member}};
  expect_accepted({{"first follows",
                    {"X", "A"},
                    false,
                    {{1, {"A", "B", "C"}}},
                    {std::nullopt, std::nullopt, {}, {Reduced{InstanceId{1}, left, {udi("A")}}}}}});
}

TEST(Registration, REG_6_ARegistrationThatWasNeverCompletedIsTakenUpAgainWithoutForce) {
  const Held unfinished{1, {"A"}, 0, kSwitch, InstanceStatus::Registering};
  expect_accepted({
      {"the same device", {"A"}, false, {unfinished}, {std::nullopt, InstanceId{1}, {}, {}}},
      {"as a member", {"X", "A"}, false, {unfinished}, {std::nullopt, std::nullopt, {InstanceId{1}}, {}}},
  });
}

}  // namespace
}  // namespace lictor::domain
