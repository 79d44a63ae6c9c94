// What a fleet is set to: plans for all its members, and how they go about them. Pure values.
#pragma once

#include <string_view>
#include <vector>

#include "fleet/plan.hpp"

namespace lictor::fleet {

enum class Scenario {
  Plan,    // what --steps and --authorizations say
  Mass,    // all register at once
  Steady,  // all are registered; then they renew at a pace
  Storm,   // all are registered; the network goes, and comes back for all of them at the same instant
  Churn,   // register, use, deregister, again and again
};
Result<Scenario> parse_scenario(std::string_view text);  // "plan", "mass", ...; Error: InvalidArgument

struct ScenarioPlan {
  std::vector<Step> first;  // as fast as the manager answers
  std::vector<Step> then;   // at the pace that was asked for; empty: nothing follows
};
// `rounds`: renewals of each (Steady), lives of each (Churn).
ScenarioPlan plan_of(Scenario scenario, int rounds);

}  // namespace lictor::fleet
