// What happened in simulated worlds, counted: rows of the agent's transition tables, faults, messages.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/ports.hpp"
#include "simulation/world/options.hpp"

namespace lictor::simulation {

class Tally {
 public:
  // True: for the first time.
  bool taken(const agent::RegistrationRow& row) {
    return ++registration_[static_cast<std::size_t>(row.state)][static_cast<std::size_t>(row.event)] == 1;
  }
  bool taken(const agent::AuthorizationRow& row) {
    return ++authorization_[static_cast<std::size_t>(row.state)][static_cast<std::size_t>(row.event)] == 1;
  }
  // `devices`: how many live with it.
  void fault(FaultKind kind, int devices = 1) {
    faults_[static_cast<std::size_t>(kind)] += static_cast<std::uint64_t>(devices);
  }
  void add(const Tally& other);

  struct Row {
    std::string name;  // "registration Registering/KeyMade"
    std::uint64_t count = 0;
    std::string_view why_never;  // "" = it can be taken (unreachable.hpp)
    friend bool operator==(const Row&, const Row&) = default;
  };
  // Every row of both tables, in their order.
  [[nodiscard]] std::vector<Row> rows() const;
  [[nodiscard]] std::uint64_t faults(FaultKind kind) const { return faults_[static_cast<std::size_t>(kind)]; }

  std::uint64_t device_days = 0;
  std::uint64_t worlds = 0;
  std::uint64_t steps = 0;
  std::uint64_t requests = 0;        // that left devices
  std::uint64_t answers = 0;         // of the manager
  std::uint64_t registrations = 0;   // that devices accepted
  std::uint64_t authorizations = 0;  // the same
  std::uint64_t full_checks = 0;

 private:
  std::array<std::array<std::uint64_t, agent::kRegistrationEvents>, agent::kStages> registration_{};
  std::array<std::array<std::uint64_t, agent::kAuthorizationEvents>, agent::kAuthorizationStates> authorization_{};
  std::array<std::uint64_t, kFaultKinds> faults_{};
};

}  // namespace lictor::simulation
