// A whole system in one thread: some devices, a manager, people, and what goes wrong. Everything follows from Options.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "simulation/world/checker.hpp"

namespace lictor::simulation {

struct WorldPorts {
  std::shared_ptr<const catalog::Catalog> catalog;
  std::string scratch;  // a real, empty folder of this world's own; only SQLite worlds use it
  Judge::Trace trace;   // may be left out
};

struct Outcome {
  std::optional<Violation> violation;
  std::uint64_t hash = 0;  // of all that went over the wire, without signatures
  Tally tally;
};

// Lives through the days, then lets everything heal and looks whether all is well.
Outcome live(const Options& options, const WorldPorts& ports);

}  // namespace lictor::simulation
