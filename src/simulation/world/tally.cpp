#include "simulation/world/tally.hpp"

#include "simulation/world/unreachable.hpp"

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

std::vector<Tally::Row> Tally::rows() const {
  std::vector<Row> all;
  const auto add = [&all](std::string_view machine, const auto& counts, const auto& table) {
    for (const auto& row : table)
      all.push_back({std::string(machine) + " " + agent::row_id(row),
                     counts[static_cast<std::size_t>(row.state)][static_cast<std::size_t>(row.event)],
                     why_never(row.state, row.event)});
  };
  add("registration", registration_, agent::registration_table());
  add("authorization", authorization_, agent::authorization_table());
  return all;
}

}  // namespace lictor::simulation
