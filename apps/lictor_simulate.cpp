// lictor-simulate: years of life of devices and a manager under faults, in seconds, from a seed.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "foundation/config/yaml.hpp"
#include "foundation/json/json.hpp"
#include "foundation/os/files.hpp"
#include "simulation/world/hunt.hpp"

namespace {

using namespace lictor;
using simulation::Options;

constexpr int kViolated = 1;
constexpr int kFailed = 2;
constexpr double kShrinkingSeconds = 30;

struct Arguments {
  std::uint64_t seed = 0;
  int devices = 0, days = 0, jobs = 1;
  double rate = 0;
  std::string pace, store, device_store, signer, faults, lives, json;
  std::vector<std::string> catalogs;
  std::int64_t seconds = 0, hours = 0;
  std::uint64_t worlds = 0, device_days = 0, require_rows = 0;
  double require_rate = 0;
  bool table = false, quiet = false, keep_whole = false, trace = false;
};

int complain(const std::string& text) {
  fmt::print(stderr, "lictor-simulate: {}\n", text);
  return kFailed;
}

// The options of a seed, with what was given instead of the seed's choice.
Result<Options> with_given(Options options, const Arguments& a) {
  if (a.devices > 0) options.devices = a.devices;
  if (a.days > 0) options.days = a.days;
  if (a.rate > 0) options.faults_a_month = a.rate;
  if (!a.store.empty()) options.store = a.store == "memory" ? Options::Store::Memory : Options::Store::Sqlite;
  if (!a.device_store.empty())
    options.device_store = a.device_store == "memory" ? Options::DeviceStore::Memory : Options::DeviceStore::Files;
  if (!a.signer.empty()) options.signer = a.signer == "hash" ? Options::Signer::KeyedHash : Options::Signer::Real;
  if (!a.pace.empty()) options.pace = a.pace == "busy" ? Options::Pace::Busy : Options::Pace::Calm;
  if (!a.faults.empty()) {
    auto faults = simulation::parse_faults(a.faults);
    if (!faults) return faults.error();
    options.faults = *faults;
  }
  if (!a.lives.empty()) {
    auto lives = simulation::parse_lives(a.lives);
    if (!lives) return lives.error();
    options.lives = *lives;
  }
  return options;
}

// How much of what can happen did, the weakest first.
struct Coverage {
  struct Fault {
    simulation::FaultKind kind{};
    double a_month = 0;  // per device
  };
  std::vector<simulation::Tally::Row> rows;                         // that can be taken
  std::map<std::string_view, std::vector<std::string>> impossible;  // by reason
  std::vector<Fault> faults;
  std::size_t taken = 0;  // of rows
  [[nodiscard]] std::uint64_t least_row() const { return rows.front().count; }
  [[nodiscard]] double least_rate() const { return faults.front().a_month; }
};

Coverage coverage_of(const simulation::Tally& tally) {
  Coverage coverage;
  for (auto& row : tally.rows()) {
    if (row.count > 0) ++coverage.taken;
    if (!row.why_never.empty())
      coverage.impossible[row.why_never].push_back(row.name);
    else
      coverage.rows.push_back(std::move(row));
  }
  const double months = static_cast<double>(tally.device_days) / 30.0;
  for (int i = 0; i < simulation::kFaultKinds; ++i) {
    const auto kind = static_cast<simulation::FaultKind>(i);
    coverage.faults.push_back({kind, months > 0 ? static_cast<double>(tally.faults(kind)) / months : 0});
  }
  std::ranges::stable_sort(coverage.rows, {}, &simulation::Tally::Row::count);
  std::ranges::stable_sort(coverage.faults, {}, &Coverage::Fault::a_month);
  return coverage;
}

void print_table(const Coverage& coverage) {
  fmt::print("\nrows of the transition tables, and how often each was taken\n");
  for (const auto& row : coverage.rows) fmt::print("  {:10}  {}\n", row.count, row.name);
  std::size_t impossible = 0;
  for (const auto& [why, rows] : coverage.impossible) impossible += rows.size();
  fmt::print("rows that nothing can take: {}\n", impossible);
  for (const auto& [why, rows] : coverage.impossible)
    fmt::print("  because {}:\n    {}\n", why, fmt::join(rows, "\n    "));
  fmt::print("faults, and how often each befell a device in a month\n");
  for (const auto& fault : coverage.faults)
    fmt::print("  {:6.2f}  {}\n", fault.a_month, simulation::to_string(fault.kind));
  fmt::print("rows: {} of {} taken, the least {} times; faults: the least {:.2f} a device-month\n", coverage.taken,
             coverage.rows.size(), coverage.least_row(), coverage.least_rate());
}

// Whether a run was long and varied enough.
bool meets(const Coverage& coverage, const Arguments& a) {
  const bool rows = coverage.least_row() >= a.require_rows;
  const bool faults = coverage.least_rate() >= a.require_rate;
  if (!rows)
    complain(fmt::format("row {} was taken {} times, {} are required: let it run longer", coverage.rows.front().name,
                         coverage.least_row(), a.require_rows));
  if (!faults)
    complain(fmt::format("{} came {:.3f} times a device-month, {} are required",
                         simulation::to_string(coverage.faults.front().kind), coverage.least_rate(), a.require_rate));
  return rows && faults;
}

json::Value to_json(const simulation::Tally& tally, double elapsed, bool clean) {
  json::Object rows, impossible, faults;
  for (const auto& row : tally.rows()) {
    if (row.why_never.empty())
      rows.emplace_back(row.name, static_cast<std::int64_t>(row.count));
    else
      impossible.emplace_back(row.name, std::string(row.why_never));
  }
  for (int i = 0; i < simulation::kFaultKinds; ++i) {
    const auto kind = static_cast<simulation::FaultKind>(i);
    faults.emplace_back(std::string(simulation::to_string(kind)), static_cast<std::int64_t>(tally.faults(kind)));
  }
  return json::Object{{"clean", clean},
                      {"worlds", static_cast<std::int64_t>(tally.worlds)},
                      {"device_days", static_cast<std::int64_t>(tally.device_days)},
                      {"steps", static_cast<std::int64_t>(tally.steps)},
                      {"milliseconds", static_cast<std::int64_t>(elapsed * 1000)},
                      {"rows", std::move(rows)},
                      {"rows_that_nothing_can_take", std::move(impossible)},
                      {"faults", std::move(faults)}};
}

void declare(CLI::App& app, Arguments& a) {
  app.description(
      "Lets devices, a manager and people live through months of faults in one thread of virtual time, and judges "
      "after\n"
      "each step whether every promise holds. A run follows from its seed and options: the same ones, the same run.\n\n"
      "  lictor-simulate --seconds 60             fresh worlds for a minute\n"
      "  lictor-simulate --seed 17 --worlds 1     one world\n"
      "  lictor-simulate --hours 8 --jobs 2       over night\n\n"
      "Exit status: 0 all promises held, 1 one was broken (and how to see it again) or less was seen than required, 2 "
      "could not run.");
  app.add_option("--seed", a.seed, "first seed; left out: one from the clock");
  app.add_option("--worlds", a.worlds, "how many seeds");
  app.add_option("--seconds", a.seconds, "begin no new world after so many seconds");
  app.add_option("--hours", a.hours, "the same in hours");
  app.add_option("--device-days", a.device_days, "end after so many simulated device-days");
  app.add_option("--jobs", a.jobs, "worlds at the same time")->check(CLI::Range(1, 256));
  const auto own = std::string("What a world is made of (else its seed chooses)");
  app.add_option("--devices", a.devices, "devices in a world")->check(CLI::Range(1, 5000))->group(own);
  app.add_option("--days", a.days, "days that a world lives")->check(CLI::Range(1, 20'000))->group(own);
  app.add_option("--store", a.store, "of the manager")->check(CLI::IsMember({"memory", "sqlite"}))->group(own);
  app.add_option("--device-store", a.device_store, "of devices")->check(CLI::IsMember({"memory", "files"}))->group(own);
  app.add_option("--signer", a.signer, "signatures")->check(CLI::IsMember({"hash", "real"}))->group(own);
  app.add_option("--faults", a.faults, "all, none, or names by commas")->group(own);
  app.add_option("--lives", a.lives, "how devices are kept: all, none, or names by commas")->group(own);
  app.add_option("--pace", a.pace, "busy: scarce licences, people at it every few days; calm: as the guide has it")
      ->check(CLI::IsMember({"busy", "calm"}))
      ->group(own);
  app.add_option("--rate", a.rate, "faults of each kind, per device and month")
      ->check(CLI::Range(0.01, 1000.0))
      ->group(own);
  app.add_option("--catalog", a.catalogs, "catalog files; left out: the one beside the program's sources");
  app.add_flag("--table", a.table,
               "print how often each row of the transition tables and each fault came, the weakest first");
  app.add_option("--require-rows", a.require_rows, "fail unless each row that can be taken was, so many times");
  app.add_option("--require-rate", a.require_rate, "fail unless each fault befell a device so often in a month");
  app.add_option("--json", a.json, "write the counts to a file");
  app.add_flag("--trace", a.trace, "print what happens, line by line");
  app.add_flag("--quiet", a.quiet, "no progress line");
  app.add_flag("--no-shrinking", a.keep_whole, "show the world that failed as it was");
}

}  // namespace

int main(int argc, char** argv) {
  Arguments a;
  CLI::App app;
  app.name("lictor-simulate");
  app.set_version_flag("--version", "lictor-simulate " LICTOR_VERSION);
  declare(app, a);
  CLI11_PARSE(app, argc, argv);

  if (a.catalogs.empty()) a.catalogs.push_back(LICTOR_SIMULATION_CATALOG);
  auto documents = config::read_yaml_files(a.catalogs);
  if (!documents) return complain(documents.error().message);
  auto catalog = catalog::Catalog::from_documents(*documents);
  if (!catalog) return complain(catalog.error().message);
  if (auto ok = with_given({}, a); !ok) return complain(ok.error().message);

  using SteadyClock = std::chrono::steady_clock;
  const auto began = SteadyClock::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(SteadyClock::now() - began).count(); };
  if (a.seed == 0)
    a.seed =
        static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count() / 1000) % 1'000'000'000;
  const auto limit = static_cast<double>(a.seconds + a.hours * 3600);
  if (limit == 0 && a.worlds == 0 && a.device_days == 0) a.worlds = 1;

  simulation::WorldPorts ports;
  ports.catalog = std::make_shared<const catalog::Catalog>(std::move(*catalog));
  char scratch[] = "/tmp/lictor-simulate-XXXXXX";
  if (::mkdtemp(scratch) == nullptr) return complain("cannot make a folder in /tmp");
  ports.scratch = scratch;

  if (a.trace) ports.trace = [](WallTime at, const std::string& line) { fmt::print("{} {}\n", to_rfc3339(at), line); };

  simulation::HuntSettings settings;
  settings.first_seed = a.seed;
  settings.jobs = a.jobs;
  settings.most_worlds = a.worlds;
  settings.most_device_days = a.device_days;
  settings.options = [&](std::uint64_t seed) { return *with_given(simulation::options_of(seed), a); };
  settings.more = [&] { return limit == 0 || elapsed() < limit; };
  const bool progress = !a.quiet && ::isatty(STDERR_FILENO) != 0;
  settings.tell = [&](const simulation::Tally& tally) {
    if (progress)
      fmt::print(stderr, "\r{} worlds, {:.0f} device-years, {:.0f} a second ", tally.worlds,
                 static_cast<double>(tally.device_days) / 365.0,
                 static_cast<double>(tally.device_days) / 365.0 / elapsed());
  };
  auto outcome = simulation::hunt(settings, ports);
  if (progress) fmt::print(stderr, "\n");
  const double hunted = elapsed();

  if (outcome.find && !a.keep_whole) {
    fmt::print(stderr, "a promise is broken in the world {}\nlooking for a smaller one ...\n",
               simulation::to_arguments(outcome.find->options));
    outcome.find =
        simulation::shrink(std::move(*outcome.find), ports, [&] { return elapsed() < hunted + kShrinkingSeconds; });
  }
  std::error_code ignored;
  std::filesystem::remove_all(ports.scratch, ignored);
  if (outcome.find) {
    const auto& find = *outcome.find;
    fmt::print(
        "violated: {}: {}\n  at {} of the world's time; again by\n  lictor-simulate --worlds 1 --no-shrinking {}\n",
        find.violation.invariant, find.violation.what, to_rfc3339(find.violation.at),
        simulation::to_arguments(find.options));
  }
  const auto coverage = coverage_of(outcome.tally);
  if (a.table) print_table(coverage);
  if (!a.json.empty()) {
    os::PosixFiles files;
    const auto text = json::to_text(to_json(outcome.tally, hunted, !outcome.find)) + "\n";
    if (auto ok = files.write_atomically(a.json, as_bytes(text), os::FileMode::Public); !ok)
      return complain(ok.error().message);
  }
  const double years = static_cast<double>(outcome.tally.device_days) / 365.0;
  fmt::print(
      "{} from seed {}: {} worlds, {:.0f} device-years in {:.1f} s ({:.0f} a second), {} steps, {} messages, {} full "
      "checks\n",
      outcome.find ? "BROKEN" : "all promises held", a.seed, outcome.tally.worlds, years, hunted, years / hunted,
      outcome.tally.steps, outcome.tally.requests, outcome.tally.full_checks);
  return outcome.find || !meets(coverage, a) ? kViolated : 0;
}
