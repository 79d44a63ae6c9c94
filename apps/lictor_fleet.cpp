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
#include "fleet/sharing_crypto.hpp"
#include "foundation/config/yaml.hpp"
#include "foundation/os/event_loop.hpp"
#include "foundation/os/system.hpp"
#include "licensing/pki/openssl/openssl_crypto.hpp"
#include "licensing/protocol/endpoints.hpp"

namespace {

using namespace lictor;

constexpr int kNotAsWanted = 1;
constexpr int kFailed = 2;
constexpr Duration kProgressEvery{200};
constexpr std::size_t kComplaintsShown = 10;
constexpr std::size_t kMostCertificateBytes = std::size_t{1024} * 1024;

struct Arguments {
  std::string manager = "https://localhost:8443";
  std::string tls_roots, licensing_anchors, token, token_file, pid, key = "ec-p256", steps, store_folder, log, json,
                                                                    csv;
  std::string version = "16.12.3";
  std::string serial_prefix = "FLT";
  std::vector<std::string> catalogs;
  int agents = 1, first = 1, authorizations = 0, outstanding = 64, connections = 64, key_pool = 0, max_failures = 0;
  int retry_ms = 0, coalesce_ms = 2000, time_limit_s = 0;
  std::uint64_t seed = 1;
  bool out_of_compliance_is_fine = false, print_licenses = false, quiet = false;
};

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
    if (auto ok = prepare(); !ok) return ok.error();
    const os::Signals signals(loop_, [this] { stop("interrupted"); }, {});
    if (a_.time_limit_s > 0) {
      loop_.call_at(clock_.steady() + seconds(a_.time_limit_s), [this] { stop("the time is up"); });
    }
    began_ = clock_.steady();
    if (isatty(STDERR_FILENO) == 1 && !a_.quiet) show_progress();
    fleet_->start([this] { loop_.stop(); });
    loop_.run();
    return finish();
  }

 private:
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
    auto fleet = fleet::Fleet::open(std::move(*settings), {&loop_, &clock_, http_.get(), crypto_.get(), &entropy_,
                                                           &chance_, keys_.get(), &files_, &*menu_, journal_.get()});
    if (!fleet) return fleet.error();
    fleet_ = std::move(*fleet);
    return {};
  }

  Result<fleet::FleetSettings> fleet_settings() {
    fleet::FleetSettings s;
    auto steps =
        fleet::parse_steps(a_.steps.empty() ? fmt::format("register,authorize*{}", a_.authorizations) : a_.steps);
    if (!steps) return steps.error();
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
    s.steps = std::move(*steps);
    s.token = std::move(*token);
    s.url = url();
    s.store_folder = a_.store_folder;
    s.retry = Duration{a_.retry_ms};
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

  [[nodiscard]] double elapsed_s() const { return static_cast<double>((clock_.steady() - began_).count()) / 1000.0; }

  [[nodiscard]] std::string line() const {
    const auto progress = fleet_->progress();
    const auto& s = fleet_->statistics();
    return fmt::format("{}/{} registered, {} acknowledged, {} outstanding, {} errors, {:.1f} s", progress.registered,
                       progress.agents, s.acknowledged(), s.outstanding, s.failed(), elapsed_s());
  }

  void show_progress() {
    fmt::print(stderr, "\r\033[K{}", line());
    std::fflush(stderr);
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
    return complaints.size() > static_cast<std::size_t>(a_.max_failures) || !stopped_.empty() ? kNotAsWanted : 0;
  }

  void print_report(const std::vector<fleet::Complaint>& complaints) const {
    const auto& s = fleet_->statistics();
    fmt::print("{}\n", line());
    for (const auto& [kind, values] : s.exchanges)
      fmt::print("  {:<12} {:>8} answers   median {} ms, 90 % {} ms, 99 % {} ms, longest {} ms\n", kind, values.count(),
                 values.percentile(0.5).count(), values.percentile(0.9).count(), values.percentile(0.99).count(),
                 values.percentile(1).count());
    for (const auto& [kind, count] : s.errors) fmt::print("  {:>8} x {}\n", count, kind);
    for (std::size_t i = 0; i < complaints.size() && i < kComplaintsShown; ++i)
      fmt::print("  {}: {}\n", complaints[i].udi, complaints[i].what);
    if (complaints.size() > kComplaintsShown) fmt::print("  ... {} more\n", complaints.size() - kComplaintsShown);
    fmt::print("{} of {} as wanted; peak memory {} KB\n", static_cast<std::size_t>(a_.agents) - complaints.size(),
               a_.agents, peak_memory_kb());
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
                                            {"peak_memory_kb", peak_memory_kb()},
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
  os::SystemClock clock_;
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
  std::unique_ptr<fleet::Fleet> fleet_;
  SteadyTime began_{};
  std::string stopped_;
  bool shown_ = false;
};

void add_options(CLI::App& app, Arguments& a) {
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
  app.add_option("--connections", a.connections, "Connections at the same time, at most")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  app.add_option("--key", a.key, "Kind of key: ec-p256, rsa-2048, rsa-3072")->capture_default_str();
  app.add_option("--key-pool", a.key_pool, "Make so many keys beforehand and share them; 0: one each, made when needed")
      ->check(CLI::Range(0, 100'000))
      ->capture_default_str();
  app.add_option("--store", a.store_folder,
                 "Folder of the members' stores, kept for the next run; in memory if left out");
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
      "Thousands of real agents in one process: registers all with one token, then lets each report its usage."};
  app.footer(
      "Exit status: 0 when all are registered and authorized (or deregistered, where that was their last step), 1 when "
      "not, 2\n"
      "for wrong use.\nExample:\n"
      "  lictor-fleet --agents 1000 --authorizations 5 --outstanding 128 --token-file token --catalog "
      "catalogs/catalyst.yaml\n"
      "    --tls-roots data/pki/tls-root.pem --licensing-anchors data/pki/root.pem --coalesce-ms 0 --retry-ms 200");
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
