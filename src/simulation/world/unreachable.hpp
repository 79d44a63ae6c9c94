// Rows of the agent's transition tables that nothing can take, with the reason: the tables hold every pair, and many
// pairs cannot meet. What is said here is held to: a world in which such a row is taken breaks the promise
// "row-said-impossible", so the list can only shrink honestly.
#pragma once

#include <string_view>

#include "simulation/world/judge.hpp"
#include "simulation/world/tally.hpp"

namespace lictor::simulation {

// Why no agent takes that row, whatever people, links, disks and clocks do; "" = it can be taken. Pure.
std::string_view why_never(agent::Stage stage, agent::RegistrationEvent event);
std::string_view why_never(AuthorizationState state, agent::AuthorizationEvent event);

// What agents of a world report to: counts, and complains of a row that cannot be. Both must outlive it.
class RowWatch final : public agent::RowObserver {
 public:
  RowWatch(Tally& tally, Judge& judge) : tally_(tally), judge_(judge) {}
  void taken(const agent::RegistrationRow& row) override { note(row, "registration"); }
  void taken(const agent::AuthorizationRow& row) override { note(row, "authorization"); }

 private:
  template <class Row>
  void note(const Row& row, std::string_view machine);
  Tally& tally_;
  Judge& judge_;
};

}  // namespace lictor::simulation
