#include "simulation/world/hunt.hpp"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <mutex>
#include <thread>

namespace lictor::simulation {
namespace {

Outcome live_apart(const Options& options, WorldPorts ports, int job) {
  ports.scratch += "/" + std::to_string(job);
  std::error_code ignored;
  std::filesystem::remove_all(ports.scratch, ignored);
  std::filesystem::create_directories(ports.scratch, ignored);
  auto outcome = live(options, ports);
  std::filesystem::remove_all(ports.scratch, ignored);
  return outcome;
}

}  // namespace

HuntOutcome hunt(const HuntSettings& settings, const WorldPorts& ports) {
  HuntOutcome found;
  std::mutex mutex;
  std::atomic<std::uint64_t> next = settings.first_seed;
  std::atomic<bool> over = false;
  const auto work = [&](int job) {
    while (!over && settings.more()) {
      const auto seed = next++;
      if (settings.most_worlds != 0 && seed - settings.first_seed >= settings.most_worlds) return;
      const auto options = settings.options(seed);
      const auto outcome = live_apart(options, ports, job);
      const std::lock_guard lock(mutex);
      found.tally.add(outcome.tally);
      if (settings.tell) settings.tell(found.tally);
      if (settings.most_device_days != 0 && found.tally.device_days >= settings.most_device_days) over = true;
      if (!outcome.violation) continue;
      over = true;
      if (!found.find || options.seed < found.find->options.seed) found.find = Find{options, *outcome.violation};
    }
  };
  {
    std::vector<std::jthread> threads;
    for (int job = 1; job < settings.jobs; ++job) threads.emplace_back(work, job);
    work(0);
  }
  return found;
}

Find shrink(Find find, const WorldPorts& ports, const std::function<bool()>& more) {
  const auto still = [&](const Options& options) {
    if (!more()) return false;
    const auto outcome = live_apart(options, ports, 0);
    if (!outcome.violation || outcome.violation->invariant != find.violation.invariant) return false;
    find = {options, *outcome.violation};
    return true;
  };
  for (bool smaller = true; smaller && more();) {
    smaller = false;
    for (int devices : {1, 2, find.options.devices / 2, find.options.devices - 1}) {
      if (devices < 1 || devices >= find.options.devices) continue;
      auto options = find.options;
      options.devices = devices;
      if (still(options)) {
        smaller = true;
        break;
      }
    }
    for (int divisor : {8, 4, 2}) {
      auto options = find.options;
      options.days = find.options.days / divisor;
      if (options.days > 0 && still(options)) {
        smaller = true;
        break;
      }
    }
    for (std::size_t kind = 0; kind < kFaultKinds; ++kind) {
      if (!find.options.faults.test(kind)) continue;
      auto options = find.options;
      options.faults.reset(kind);
      if (still(options)) smaller = true;
    }
    for (std::size_t life = 0; life < kLives; ++life) {
      if (!find.options.lives.test(life)) continue;
      auto options = find.options;
      options.lives.reset(life);
      if (still(options)) smaller = true;
    }
  }
  return find;
}

}  // namespace lictor::simulation
