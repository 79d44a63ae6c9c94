#include "fleet/scenario.hpp"

#include <fmt/format.h>

namespace lictor::fleet {
namespace {

constexpr std::pair<Scenario, std::string_view> kScenarios[] = {{Scenario::Plan, "plan"},
                                                                {Scenario::Mass, "mass"},
                                                                {Scenario::Steady, "steady"},
                                                                {Scenario::Storm, "storm"},
                                                                {Scenario::Churn, "churn"}};

}  // namespace

Result<Scenario> parse_scenario(std::string_view text) {
  for (const auto& [scenario, name] : kScenarios)
    if (name == text) return scenario;
  return Error{ErrorCode::InvalidArgument,
               fmt::format("{} is no scenario; they are plan, mass, steady, storm, churn", text)};
}

ScenarioPlan plan_of(Scenario scenario, int rounds) {
  ScenarioPlan plan;
  switch (scenario) {
    case Scenario::Plan:
      break;
    case Scenario::Mass:
    case Scenario::Storm:
      plan.first = {Step::Register};
      break;
    case Scenario::Steady:
      plan.first = {Step::Register};
      plan.then.assign(static_cast<std::size_t>(rounds), Step::Renew);
      break;
    case Scenario::Churn:
      for (int i = 0; i < rounds; ++i)
        plan.first.insert(plan.first.end(), {Step::Register, Step::Authorize, Step::Deregister});
      break;
  }
  return plan;
}

}  // namespace lictor::fleet
