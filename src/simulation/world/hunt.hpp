// Many worlds, until one breaks a promise: then the smallest world that still breaks it.
#pragma once

#include <functional>
#include <optional>

#include "simulation/world/world.hpp"

namespace lictor::simulation {

struct HuntSettings {
  std::uint64_t first_seed = 1;
  int jobs = 1;                   // threads, each with a world of its own
  std::uint64_t most_worlds = 0;  // 0: as many as `more` lets
  std::uint64_t most_device_days = 0;
  std::function<Options(std::uint64_t seed)> options;
  std::function<bool()> more;                     // asked before each world, from any thread
  std::function<void(const Tally& so_far)> tell;  // after each world, one thread at a time; may be left out
};
struct Find {
  Options options;
  Violation violation;
};
struct HuntOutcome {
  Tally tally;
  std::optional<Find> find;  // of the lowest seed among those that were running
};
// `ports.scratch` is a folder in which each world gets one of its own.
HuntOutcome hunt(const HuntSettings& settings, const WorldPorts& ports);

// Leaves out faults, lives, devices and days as long as the same promise is broken; `more` is asked before each try.
Find shrink(Find find, const WorldPorts& ports, const std::function<bool()>& more);

}  // namespace lictor::simulation
