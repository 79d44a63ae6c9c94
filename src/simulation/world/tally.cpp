#include "simulation/world/tally.hpp"

namespace lictor::simulation {
namespace {

template <class Table>
void add_up(Table& to, const Table& from) {
  for (std::size_t i = 0; i < to.size(); ++i)
    for (std::size_t j = 0; j < to[i].size(); ++j) to[i][j] += from[i][j];
}

}  // namespace

void Tally::add(const Tally& other) {
  add_up(registration_, other.registration_);
  add_up(authorization_, other.authorization_);
  for (std::size_t i = 0; i < faults_.size(); ++i) faults_[i] += other.faults_[i];
  device_days += other.device_days;
  worlds += other.worlds;
  steps += other.steps;
  requests += other.requests;
  answers += other.answers;
  registrations += other.registrations;
  authorizations += other.authorizations;
  full_checks += other.full_checks;
}

std::map<std::string, std::uint64_t> Tally::rows() const {
  std::map<std::string, std::uint64_t> all;
  for (const auto& row : agent::registration_table())
    all["registration " + agent::row_id(row)] =
        registration_[static_cast<std::size_t>(row.state)][static_cast<std::size_t>(row.event)];
  for (const auto& row : agent::authorization_table())
    all["authorization " + agent::row_id(row)] =
        authorization_[static_cast<std::size_t>(row.state)][static_cast<std::size_t>(row.event)];
  return all;
}

}  // namespace lictor::simulation
