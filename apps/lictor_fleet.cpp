// lictor-fleet: thousands of agents in one process.
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "fleet/fleet.hpp"
#include "fleet/key_pool.hpp"
#include "fleet/scenario.hpp"
#include "fleet/sharing_crypto.hpp"
#include "fleet/skipping_clock.hpp"
#include "foundation/config/yaml.hpp"
#include "foundation/os/event_loop.hpp"
#include "foundation/os/limits.hpp"
#include "foundation/os/system.hpp"
#include "licensing/pki/openssl/openssl_crypto.hpp"
#include "licensing/protocol/endpoints.hpp"

namespace {

using namespace lictor;

constexpr int kNotAsWanted = 1;
constexpr int kFailed = 2;
constexpr Duration kProgressEvery{200};
constexpr std::size_t kComplaintsShown = 10;
constexpr int kRetryBefore = 1000;       // ms
constexpr std::size_t kOtherFiles = 64;  // beside connections
constexpr std::size_t kMostCertificateBytes = std::size_t{1024} * 1024;

struct Arguments {
  std::string scenario = "plan";
  std::string manager = "https://localhost:8443";
  std::string tls_roots, licensing_anchors, token, token_file, pid, key = "ec-p256", steps, store_folder, log, json,
                                                                    csv;
  std::string version = "16.12.3";
  std::string serial_prefix = "FLT";
  std::vector<std::string> catalogs;
  int agents = 1, first = 1, authorizations = 0, outstanding = 64, connections = 64, key_pool = 0, max_failures = 0;
  int retry_ms = 0, coalesce_ms = 2000, time_limit_s = 0, rounds = 3, outage_s = 60, max_p99_ms = 0, max_errors = -1;
  double rate = 0;
  std::uint64_t seed = 1;
  bool skip_idle = false, keep_progress = false, force_known = false;
  bool out_of_compliance_is_fine = false, print_licenses = false, quiet = false;
};

constexpr auto kFooter =
    "Exit status: 0 when every member is as wanted (registered and authorized, or deregistered where that was its last "
    "step) and\nno threshold is passed; 1 when not; 2 for wrong use.\n\n"
    "A latency counts from when an agent hands a request over to when its answer is there, waiting for a connection "
    "included.\nStorm: AUTH-8 says when each device may try again; attempts that come sooner and devices that wait "
    "longer fail the run.\n\nExamples (COMMON: --token-file token --catalog catalogs/catalyst.yaml --tls-roots "
    "data/pki/tls-root.pem\n  --licensing-anchors data/pki/root.pem):\n"
    "  lictor-fleet --agents 1000 --print-licenses --catalog catalogs/catalyst.yaml      what the account must own\n"
    "  lictor-fleet mass --agents 20000 --outstanding 4000 --connections 4000 COMMON    register them all\n"
    "  lictor-fleet steady --agents 5000 --rounds 10 --rate 500 --max-p99-ms 200 COMMON  renewals at a pace\n"
    "  lictor-fleet storm --agents 20000 --outage 300 --skip-idle --connections 4000 COMMON\n"
    "  lictor-fleet churn --agents 500 --rounds 20 --csv churn.csv --json churn.json COMMON\n"
    "  lictor-fleet --steps register,authorize*5,renew-id --store stores --continue COMMON  may be killed and goes on";

int complain(const std::string& text) {
  fmt::print(stderr, "lictor-fleet: {}\n", text);
  return kFailed;
}

Result<std::vector<Bytes>> certificates(os::Files& files, const std::string& path) {
  auto text = files.read(path, kMostCertificateBytes);
  if (!text) return text.error();
  auto found = pki::from_pem("CERTIFICATE", as_text(*text));
  if (!found) return found.error().with_context(path);
  if (found->empty()) return Error{ErrorCode::InvalidArgument, path + ": no certificate"};
  return found;
}

Result<std::string> read_token(os::Files& files, const Arguments& a) {
  if (a.token_file.empty()) return a.token;
  auto text = files.read(a.token_file, 4096);
  if (!text) return text.error();
  std::string token(as_text(*text));
  while (token.ends_with('\n') || token.ends_with('\r')) token.pop_back();
  return token;
}

// A run, in the order in which its parts come to life.
class Program {
 public:
  explicit Program(const Arguments& arguments) : a_(arguments) {}

  Result<int> run() {
    auto documents = config::read_yaml_files(a_.catalogs);
    if (!documents) return documents.error();
    auto catalog = catalog::Catalog::from_documents(*documents);
    if (!catalog) return catalog.error();
    auto menu = fleet::UsageMenu::make(*catalog, a_.pid, a_.version);
    if (!menu) return menu.error();
    menu_.emplace(std::move(*menu));
    if (a_.print_licenses) {
      for (const auto& [tag, count] : menu_->most()) fmt::print("{} {}\n", count * a_.agents, tag.text);
      return 0;
    }
    auto scenario = fleet::parse_scenario(a_.scenario);
    if (!scenario) return scenario.error();
    scenario_ = *scenario;
    plan_ = fleet::plan_of(scenario_, a_.rounds);
    if (auto files = os::raise_file_limit(); files && *files < static_cast<std::size_t>(a_.connections) + kOtherFiles)
      return Error{ErrorCode::InvalidArgument,
                   fmt::format("--connections {}: this process may open {} files", a_.connections, *files)};
    if (auto ok = prepare(); !ok) return ok.error();
    const os::Signals signals(loop_, [this] { stop("interrupted"); }, {});
    if (a_.time_limit_s > 0) {
      loop_.call_at(clock_.steady() + seconds(a_.time_limit_s), [this] { stop("the time is up"); });
    }
    began_ = system_clock_.steady();
    if (isatty(STDERR_FILENO) == 1 && !a_.quiet) show_progress();
    memory_opened_kb_ = memory_kb() - memory_before_kb_;
    phase_ = scenario_ == fleet::Scenario::Plan ? "" : "registration";
    fleet_->start([this] { first_part_ended(); });
    loop_.run();
    return finish();
  }

 private:
  void first_part_ended() {
    if (scenario_ == fleet::Scenario::Storm) {
      phase_ = "storm";
      skipper_on_ = a_.skip_idle;
      fleet_->storm(seconds(a_.outage_s), [this] { loop_.stop(); });
    } else if (!plan_.then.empty()) {
      phase_ = a_.scenario;
      fleet_->go_on(plan_.then, a_.rate, [this] { loop_.stop(); });
    } else {
      loop_.stop();
    }
  }

  Result<void> prepare() {
    auto settings = fleet_settings();
    if (!settings) return settings.error();
    auto request = request_settings();
    if (!request) return request.error();
    http_ = http::make_pooled_client(loop_, {std::move(*request), a_.connections});
    auto crypto = pki::make_openssl_crypto();
    if (!crypto) return crypto.error();
    own_crypto_ = std::move(*crypto);
    crypto_ = std::make_unique<fleet::SharingCrypto>(*own_crypto_);
    if (auto ok = make_keys(settings->agent.key_algorithm); !ok) return ok;
    if (!a_.log.empty()) {
      auto journal = fleet::Journal::open(a_.log);
      if (!journal) return journal.error();
      journal_ = std::move(*journal);
    }
    memory_before_kb_ = memory_kb();
    auto fleet =
        fleet::Fleet::open(std::move(*settings), {&loop_, &clock_, http_.get(), crypto_.get(), &entropy_, &chance_,
                                                  keys_.get(), &files_, &*menu_, journal_.get(), [this] {
                                                    if (skipper_on_) skipper_.look();
                                                  }});
    if (!fleet) return fleet.error();
    fleet_ = std::move(*fleet);
    return {};
  }

  Result<fleet::FleetSettings> fleet_settings() {
    fleet::FleetSettings s;
    if (scenario_ == fleet::Scenario::Plan) {
      auto steps =
          fleet::parse_steps(a_.steps.empty() ? fmt::format("register,authorize*{}", a_.authorizations) : a_.steps);
      if (!steps) return steps.error();
      plan_.first = std::move(*steps);
    }
    auto token = read_token(files_, a_);
    if (!token) return token.error();
    auto algorithm = pki::parse_key_algorithm(a_.key);
    if (!algorithm) return algorithm.error();
    auto anchors = certificates(files_, a_.licensing_anchors);
    if (!anchors) return anchors.error();
    s.agents = a_.agents;
    s.first = a_.first;
    s.serial_prefix = a_.serial_prefix;
    s.outstanding = a_.outstanding;
    s.steps = plan_.first;
    s.token = std::move(*token);
    s.url = url();
    s.store_folder = a_.store_folder;
    s.keep_progress = a_.keep_progress;
    s.persistent = a_.force_known || scenario_ == fleet::Scenario::Churn;
    // Registering is only how a steady state or a storm is made: what was refused then is asked for again at once.
    const bool only_before = scenario_ == fleet::Scenario::Steady || scenario_ == fleet::Scenario::Storm;
    s.retry = Duration{a_.retry_ms == 0 && only_before ? kRetryBefore : a_.retry_ms};
    s.out_of_compliance_is_fine = a_.out_of_compliance_is_fine;
    s.agent.software_version = a_.version;
    s.agent.agent_version = LICTOR_VERSION;
    s.agent.key_algorithm = *algorithm;
    s.agent.licensing_anchors = std::move(*anchors);
    s.agent.coalesce = Duration{a_.coalesce_ms};
    return s;
  }

  Result<http::RequestSettings> request_settings() {
    http::RequestSettings settings;
    auto roots = certificates(files_, a_.tls_roots);
    if (!roots) return roots.error();
    settings.tls.trusted_roots = std::move(*roots);
    return settings;
  }

  // "https://host:8443" gets the path; an address with one is taken as it stands.
  [[nodiscard]] std::string url() const {
    std::string out = a_.manager;
    const auto scheme = out.find("://");
    const auto slash = scheme == std::string::npos ? scheme : out.find('/', scheme + 3);
    if (slash != std::string::npos && slash + 1 < out.size()) return out;
    if (slash != std::string::npos) out.pop_back();
    return out + std::string(protocol::kManagerPath);
  }

  Result<void> make_keys(pki::KeyAlgorithm algorithm) {
    if (a_.key_pool == 0) {
      keys_ = std::make_unique<agent::KeyMaker>(loop_, *crypto_);
      return {};
    }
    auto pool = fleet::KeyPool::make(loop_, *crypto_, algorithm, a_.key_pool);
    if (!pool) return pool.error();
    keys_ = std::move(*pool);
    return {};
  }

  void stop(const std::string& why) {
    stopped_ = why;
    loop_.stop();
  }

  [[nodiscard]] double elapsed_s() const {
    return static_cast<double>((system_clock_.steady() - began_).count()) / 1000.0;
  }

  [[nodiscard]] std::string line() const {
    const auto progress = fleet_->progress();
    const auto& s = fleet_->statistics();
    auto text = phase_.empty() ? std::string() : phase_ + ": ";
    if (scenario_ == fleet::Scenario::Storm && phase_ == "storm")
      text += fmt::format("{} back, ", s.storm.times.count());
    text += fmt::format("{}/{} registered, {} acknowledged, {} outstanding, {} errors, {:.1f} s", progress.registered,
                        progress.agents, s.acknowledged(), s.outstanding, s.failed(), elapsed_s());
    const auto skipped = clock_.skipped();
    return skipped > Duration{0} ? text + fmt::format(" and {} s skipped", skipped / seconds(1)) : text;
  }

  void show_progress() {
    const auto acknowledged = fleet_->statistics().acknowledged();
    const auto real = system_clock_.steady();
    const auto since = std::max<std::int64_t>((real - shown_at_).count(), 1);
    if (!shown_ || since >= kProgressEvery.count() / 2) {  // while time is skipped, less often
      fmt::print(stderr, "\r\033[K{}, {}/s", line(), (acknowledged - shown_acknowledged_) * 1000 / since);
      std::fflush(stderr);
      shown_acknowledged_ = acknowledged;
      shown_at_ = real;
    }
    shown_ = true;
    loop_.call_at(clock_.steady() + kProgressEvery, [this] { show_progress(); });
  }

  Result<int> finish() {
    const double elapsed = elapsed_s();
    auto complaints = fleet_->complaints();
    auto saved = fleet_->shut_down();
    if (shown_) fmt::print(stderr, "\r\033[K");
    if (!stopped_.empty()) fmt::print(stderr, "lictor-fleet: {}\n", stopped_);
    print_report(complaints);
    if (auto ok = write_files(complaints, elapsed); !ok) return ok.error();
    if (!saved) return saved.error();
    if (journal_ && !journal_->whole()) return Error{ErrorCode::Io, a_.log + " could not be written"};
    return within_thresholds(complaints.size()) ? 0 : kNotAsWanted;
  }

  // Says which one was passed.
  [[nodiscard]] bool within_thresholds(std::size_t complaints) const {
    const auto& s = fleet_->statistics();
    const auto p99 = s.worst_p99().count();
    bool good = stopped_.empty() && complaints <= static_cast<std::size_t>(a_.max_failures);
    if (a_.max_p99_ms > 0 && p99 > a_.max_p99_ms) {
      fmt::print("the 99th percentile is {} ms, wanted are {} ms at most\n", p99, a_.max_p99_ms);
      good = false;
    }
    if (a_.max_errors >= 0 && s.failed() > a_.max_errors) {
      fmt::print("{} errors, wanted are {} at most\n", s.failed(), a_.max_errors);
      good = false;
    }
    return good && s.storm.early == 0 && s.storm.beyond == 0;
  }

  void print_report(const std::vector<fleet::Complaint>& complaints) {
    const auto& s = fleet_->statistics();
    fmt::print("{}\n", line());
    for (const auto& [kind, values] : s.exchanges)
      fmt::print("  {:<12} {:>8} answers   median {} ms, 90 % {} ms, 99 % {} ms, longest {} ms\n", kind, values.count(),
                 values.percentile(0.5).count(), values.percentile(0.9).count(), values.percentile(0.99).count(),
                 values.percentile(1).count());
    for (const auto& [kind, count] : s.errors) fmt::print("  {:>8} x {}\n", count, kind);
    if (s.storm.times.count() > 0) print_storm(s.storm);
    for (std::size_t i = 0; i < complaints.size() && i < kComplaintsShown; ++i)
      fmt::print("  {}: {}\n", complaints[i].udi, complaints[i].what);
    if (complaints.size() > kComplaintsShown) fmt::print("  ... {} more\n", complaints.size() - kComplaintsShown);
    fmt::print("{} of {} as wanted; peak memory {} KB, {:.1f} KB a member when opened, {:.1f} KB now\n",
               static_cast<std::size_t>(a_.agents) - complaints.size(), a_.agents, peak_memory_kb(),
               per_member(memory_opened_kb_), per_member(memory_kb() - memory_before_kb_));
  }

  // What AUTH-8 bounds: the waiting between a device's attempts. The attempts themselves take what the manager takes.
  static void print_storm(const fleet::StormCounts& storm) {
    const auto s = [](Duration d) { return static_cast<double>(d.count()) / 1000; };
    fmt::print("  storm        {:>8} back      median {:.1f} s, 90 % {:.1f} s, 99 % {:.1f} s, last {:.1f} s\n",
               storm.times.count(), s(storm.times.percentile(0.5)), s(storm.times.percentile(0.9)),
               s(storm.times.percentile(0.99)), s(storm.times.percentile(1)));
    fmt::print(
        "  at most {} retries of a device; AUTH-8 lets them wait {:.1f} s together at most, the longest wait was "
        "{:.1f} "
        "s\n  {} attempts too early, {} devices beyond their bound\n",
        storm.most_retries, s(storm.most_allowed), s(storm.most_waited), storm.early, storm.beyond);
  }

  [[nodiscard]] double per_member(std::int64_t kb) const { return static_cast<double>(kb) / a_.agents; }

  // Resident now.
  [[nodiscard]] std::int64_t memory_kb() {
    auto text = files_.read("/proc/self/statm", 256);
    if (!text) return 0;
    const std::string fields(as_text(*text));
    const auto space = fields.find(' ');
    return space == std::string::npos ? 0 : std::stoll(fields.substr(space)) * sysconf(_SC_PAGESIZE) / 1024;
  }

  [[nodiscard]] static std::int64_t peak_memory_kb() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
  }

  Result<void> write_files(const std::vector<fleet::Complaint>& complaints, double elapsed) {
    if (!a_.json.empty()) {
      json::Array list;
      for (const auto& complaint : complaints)
        list.push_back(json::Object{{"udi", complaint.udi}, {"what", complaint.what}});
      const json::Value report(json::Object{{"agents", a_.agents},
                                            {"seed", static_cast<std::int64_t>(a_.seed)},
                                            {"elapsed_s", elapsed},
                                            {"scenario", a_.scenario},
                                            {"skipped_s", static_cast<double>(clock_.skipped().count()) / 1000},
                                            {"peak_memory_kb", peak_memory_kb()},
                                            {"member_memory_kb", per_member(memory_kb() - memory_before_kb_)},
                                            {"stopped", stopped_},
                                            {"as_wanted", a_.agents - static_cast<std::int64_t>(complaints.size())},
                                            {"statistics", fleet::to_json(fleet_->statistics())},
                                            {"complaints", std::move(list)}});
      auto ok = files_.write_atomically(a_.json, as_bytes(json::to_pretty_text(report) + "\n"), os::FileMode::Public);
      if (!ok) return ok;
    }
    if (a_.csv.empty()) return {};
    return files_.write_atomically(a_.csv, as_bytes(fleet::to_csv(fleet_->statistics())), os::FileMode::Public);
  }

  const Arguments& a_;
  os::SystemClock system_clock_;
  fleet::SkippingClock clock_{system_clock_};
  os::SystemEntropy entropy_;
  os::PosixFiles files_;
  os::EventLoop loop_{clock_};
  SeededEntropy chance_{a_.seed};
  std::optional<fleet::UsageMenu> menu_;
  std::unique_ptr<pki::Crypto> own_crypto_;
  std::unique_ptr<pki::Crypto> crypto_;
  std::unique_ptr<agent::KeySource> keys_;
  std::unique_ptr<http::PooledClient> http_;
  std::unique_ptr<fleet::Journal> journal_;
  fleet::IdleSkipper skipper_{loop_, clock_, [this] { return fleet_->statistics().outstanding == 0; }};
  bool skipper_on_ = false;
  fleet::Scenario scenario_ = fleet::Scenario::Plan;
  fleet::ScenarioPlan plan_;
  std::string phase_;
  std::int64_t memory_before_kb_ = 0;
  std::int64_t memory_opened_kb_ = 0;
  std::unique_ptr<fleet::Fleet> fleet_;
  SteadyTime began_{};
  SteadyTime shown_at_{};
  std::int64_t shown_acknowledged_ = 0;
  std::string stopped_;
  bool shown_ = false;
};

void add_options(CLI::App& app, Arguments& a) {
  app.add_option(
         "scenario", a.scenario,
         "plan (what --steps say), mass (all register at once), steady (then renew --rounds times at --rate),\n"
         "storm (then lose the network for --outage and come back all at once), churn (register, use, deregister "
         "--rounds times)")
      ->check(CLI::IsMember({"plan", "mass", "steady", "storm", "churn"}))
      ->capture_default_str();
  app.add_option("--rounds", a.rounds, "steady: renewals of each; churn: lives of each")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  app.add_option("--rate", a.rate, "steady: renewals a second, evenly; 0: as many as --outstanding allows")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  app.add_option("--outage", a.outage_s, "storm: seconds without a network, while a renewal of each is due")
      ->check(CLI::Range(1, 86'400))
      ->capture_default_str();
  app.add_flag("--skip-idle", a.skip_idle,
               "storm: while no request is on its way, the devices' time moves to their next attempt at once");
  app.add_option("--manager", a.manager, "Where it is; a path is added where there is none")->capture_default_str();
  app.add_option("--tls-roots", a.tls_roots, "PEM file of the roots trusted for HTTPS");
  app.add_option("--licensing-anchors", a.licensing_anchors, "PEM file of the roots under which answers are signed");
  app.add_option("--catalog", a.catalogs, "Catalog file; may be repeated")->required()->allow_extra_args(false);
  app.add_option("--token", a.token, "Registration token for all of them");
  app.add_option("--token-file", a.token_file, "The same, from a file");
  app.add_option("--agents", a.agents, "How many")->check(CLI::Range(1, 1'000'000))->capture_default_str();
  app.add_option("--first", a.first, "Number of the first; serial numbers follow it")
      ->check(CLI::Range(1, 9'000'000))
      ->capture_default_str();
  app.add_option("--serial-prefix", a.serial_prefix, "What serial numbers begin with")->capture_default_str();
  app.add_option("--pid", a.pid, "Model; the catalog's first that can use licences in two ways if left out");
  app.add_option("--software-version", a.version, "Version of the image")->capture_default_str();
  app.add_option("--authorizations", a.authorizations, "After its registration each reports a new usage so many times")
      ->check(CLI::Range(0, 100'000));
  app.add_option("--steps", a.steps,
                 "What each does instead: register, authorize, renew, renew-id, deregister, with *N and commas");
  app.add_option("--outstanding", a.outstanding, "Members at work at the same time")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--connections", a.connections, "Connections at the same time, at most; kept alive")
      ->check(CLI::Range(1, 4'000))
      ->capture_default_str();
  app.add_option("--key", a.key, "Kind of key: ec-p256, rsa-2048, rsa-3072")->capture_default_str();
  app.add_option("--key-pool", a.key_pool, "Make so many keys beforehand and share them; 0: one each, made when needed")
      ->check(CLI::Range(0, 100'000))
      ->capture_default_str();
  app.add_option("--store", a.store_folder,
                 "Folder of the members' stores, kept for the next run; in memory if left out");
  app.add_flag("--continue", a.keep_progress,
               "Keep beside each store how many steps are done; a member opened on it goes on from there");
  app.add_flag("--force-known", a.force_known,
               "Do as people do: register by force what the manager still knows, go on after a deregistration that "
               "failed (churn always does)");
  app.add_option("--retry-ms", a.retry_ms,
                 "Try again after at most this long what was lost; 0: when an agent itself would")
      ->check(CLI::Range(0, 3'600'000))
      ->capture_default_str();
  app.add_option("--coalesce-ms", a.coalesce_ms, "How long an agent waits for further changes of its usage")
      ->check(CLI::Range(0, 60'000))
      ->capture_default_str();
  app.add_option("--time-limit", a.time_limit_s, "Seconds after which it ends, unfinished; 0: none");
  app.add_option("--seed", a.seed, "Of its choices and delays; never of keys")->capture_default_str();
  app.add_option("--max-failures", a.max_failures, "Members that may end otherwise than wanted")->capture_default_str();
  app.add_option("--max-errors", a.max_errors, "Requests that may be lost or refused, tried again or not; -1: any")
      ->capture_default_str();
  app.add_option("--max-p99-ms", a.max_p99_ms, "99th percentile that no kind of exchange may pass; 0: any")
      ->capture_default_str();
  app.add_flag("--out-of-compliance-is-fine", a.out_of_compliance_is_fine, "Being short of licences is no failure");
  app.add_option("--log", a.log, "File for a JSON line for each request sent, answered, lost, acknowledged, refused");
  app.add_option("--json", a.json, "File for the report as JSON");
  app.add_option("--csv", a.csv, "File for the latencies as CSV");
  app.add_flag("--quiet", a.quiet, "No progress line on a terminal");
  app.add_flag("--print-licenses", a.print_licenses,
               "Print how many of each tag cover all of them at any time, and end");
}

}  // namespace

int main(int argc, char** argv) {
  Arguments a;
  CLI::App app{
      "Up to 20,000 real agents in one process, over real HTTPS against a real manager: each with a key, a store and a "
      "registration of its own,\nall on one loop and at most --connections connections. Registers them with one token, "
      "then plays the scenario."};
  app.footer(kFooter);
  add_options(app, a);
  app.set_version_flag("--version", "lictor-fleet " LICTOR_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kFailed;
  }
  if (!a.print_licenses && (a.tls_roots.empty() || a.licensing_anchors.empty()))
    return complain("--tls-roots and --licensing-anchors are needed");
  auto status = Program(a).run();
  return status ? *status : complain(status.error().message);
}
