#include "simulation/world/options.hpp"

#include <fmt/format.h>

#include <array>

namespace lictor::simulation {
namespace {

constexpr std::array<std::string_view, kFaultKinds> kNames = {
    "lost-request",     "lost-answer",    "doubled-request",  "late-request",      "late-answer",  "garbled-request",
    "garbled-answer",   "foreign-answer", "replayed-request", "busy-page",         "proxy-page",   "ticket",
    "lost-ticket",      "tls-trouble",    "partition",        "power-cut",         "torn-write",   "reload",
    "disk-full",        "disk-error",     "clock-step",       "clock-drift",       "old-store",    "manager-crash",
    "manager-outage",   "commit-lost",    "commit-unknown",   "manager-disk-full", "overload",     "old-manager-store",
    "instance-removed", "instance-moved", "token-revoked",    "licences-end",      "trust-changed"};

}  // namespace

std::string_view to_string(FaultKind kind) {
  return kNames[static_cast<std::size_t>(kind)];
}

FaultSet all_faults() {
  return FaultSet().set();
}

Result<FaultSet> parse_faults(std::string_view text) {
  if (text == "all") return all_faults();
  FaultSet faults;
  if (text == "none") return faults;
  while (!text.empty()) {
    const auto name = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), name.size() + 1));
    std::size_t at = 0;
    while (at < kNames.size() && kNames[at] != name) ++at;
    if (at == kNames.size())
      return Error{ErrorCode::InvalidArgument,
                   fmt::format("\"{}\" is no kind of fault; there are: {}", name, fmt::join(kNames, ", "))};
    faults.set(at);
  }
  return faults;
}

std::string to_string(const FaultSet& faults) {
  if (faults.all()) return "all";
  if (faults.none()) return "none";
  std::string text;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (!faults.test(i)) continue;
    if (!text.empty()) text += ',';
    text += kNames[i];
  }
  return text;
}

SeededEntropy stream(std::uint64_t seed, std::uint64_t purpose, std::uint64_t number) {
  SeededEntropy mixed(seed * 0x9e3779b97f4a7c15U ^ (purpose * 0xc2b2ae3d27d4eb4fU + number * 0x165667b19e3779f9U));
  return SeededEntropy(mixed.next_u64());
}

Options options_of(std::uint64_t seed) {
  auto chance = stream(seed, 1);
  Options options;
  options.seed = seed;
  options.devices = static_cast<int>(chance.uniform(1, 8));
  options.days = static_cast<int>(chance.uniform(60, 400));
  // One world in six lives on SQLite and files, one in fifty has real signatures.
  if (chance.uniform(1, 6) == 1) options.store = Options::Store::Sqlite;
  if (chance.uniform(1, 4) == 1) options.device_store = Options::DeviceStore::Files;
  if (chance.uniform(1, 50) == 1) options.signer = Options::Signer::Real;
  // A few kinds at a time find more than all at once: what one fault hides, a world without it shows.
  const auto most = chance.uniform(1, 4);
  for (std::size_t i = 0; i < kFaultKinds; ++i) options.faults.set(i, chance.uniform(1, 4) <= most);
  options.faults_a_month = static_cast<int>(chance.uniform(1, 4));
  return options;
}

std::string to_arguments(const Options& options) {
  return fmt::format("--seed {} --devices {} --days {} --store {} --device-store {} --signer {} --rate {} --faults {}",
                     options.seed, options.devices, options.days,
                     options.store == Options::Store::Memory ? "memory" : "sqlite",
                     options.device_store == Options::DeviceStore::Memory ? "memory" : "files",
                     options.signer == Options::Signer::KeyedHash ? "hash" : "real", options.faults_a_month,
                     to_string(options.faults));
}

}  // namespace lictor::simulation
