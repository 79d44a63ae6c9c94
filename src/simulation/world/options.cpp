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
constexpr std::array<std::string_view, kLives> kLifeNames = {
    "leaver",  "store-room", "dead-link", "cut-off",          "bad-tokens",         "stack",
    "carried", "impatient",  "slow-keys", "short-evaluation", "short-certificates", "short-authorizations"};

template <class Set, class Names>
Result<Set> parse_set(std::string_view text, const Names& names, std::string_view what) {
  Set set;
  if (text == "all") return set.set();
  if (text == "none") return set;
  while (!text.empty()) {
    const auto name = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), name.size() + 1));
    std::size_t at = 0;
    while (at < names.size() && names[at] != name) ++at;
    if (at == names.size())
      return Error{ErrorCode::InvalidArgument,
                   fmt::format("\"{}\" is no {}; there are: {}", name, what, fmt::join(names, ", "))};
    set.set(at);
  }
  return set;
}

template <class Set, class Names>
std::string set_to_string(const Set& set, const Names& names) {
  if (set.all()) return "all";
  if (set.none()) return "none";
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!set.test(i)) continue;
    if (!text.empty()) text += ',';
    text += names[i];
  }
  return text;
}

}  // namespace

std::string_view to_string(FaultKind kind) {
  return kNames[static_cast<std::size_t>(kind)];
}

FaultSet all_faults() {
  return FaultSet().set();
}

Result<FaultSet> parse_faults(std::string_view text) {
  return parse_set<FaultSet>(text, kNames, "kind of fault");
}
std::string to_string(const FaultSet& faults) {
  return set_to_string(faults, kNames);
}

std::string_view to_string(Life life) {
  return kLifeNames[static_cast<std::size_t>(life)];
}
Result<LifeSet> parse_lives(std::string_view text) {
  return parse_set<LifeSet>(text, kLifeNames, "life");
}
std::string to_string(const LifeSet& lives) {
  return set_to_string(lives, kLifeNames);
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
  options.faults_a_month = static_cast<double>(chance.uniform(2, 4));
  if (chance.uniform(1, 5) == 1) options.pace = Options::Pace::Calm;
  for (std::size_t i = 0; i < kLives; ++i)
    options.lives.set(i, chance.uniform(1, 5) <= 2 && options.pace == Options::Pace::Busy);
  return options;
}

std::string to_arguments(const Options& options) {
  return fmt::format(
      "--seed {} --devices {} --days {} --store {} --device-store {} --signer {} --pace {} --rate {} --faults {} "
      "--lives {}",
      options.seed, options.devices, options.days, options.store == Options::Store::Memory ? "memory" : "sqlite",
      options.device_store == Options::DeviceStore::Memory ? "memory" : "files",
      options.signer == Options::Signer::KeyedHash ? "hash" : "real",
      options.pace == Options::Pace::Busy ? "busy" : "calm", options.faults_a_month, to_string(options.faults),
      to_string(options.lives));
}

}  // namespace lictor::simulation
