#include "simulation/world/world.hpp"

#include <cmath>

#include "licensing/pki/keyed_hash_crypto.hpp"
#include "licensing/pki/openssl/openssl_crypto.hpp"
#include "simulation/world/unreachable.hpp"

namespace lictor::simulation {
namespace {

constexpr std::int64_t kBegin = 1'767'600'000'000;  // 2026-01-05T08:00:00Z
constexpr std::uint64_t kFullCheckEvery = 1000;     // steps
constexpr int kMostRollOvers = 60;                  // a trust answer holds 64
constexpr double kMonthMs = 30.0 * 86'400'000.0;
// After the last fault: longer than a retry, a poll and a registration one after another.
constexpr Duration kHealing = hours(8);

class World {
 public:
  World(const Options& options, const WorldPorts& ports)
      : options_(options),
        timeline_(wall_from_ms(kBegin), options.seed),
        judge_(timeline_.time(), ports.trace),
        truth_(judge_, tally_),
        rows_(tally_, judge_),
        crypto_entropy_(stream(options.seed, 5)),
        crypto_(options.signer == Options::Signer::KeyedHash ? pki::make_keyed_hash_crypto(crypto_entropy_)
                                                             : std::move(*pki::make_openssl_crypto())),
        manager_(options_, {&timeline_, &judge_, &truth_, crypto_.get(), ports.catalog, ports.scratch}),
        operators_(options_, timeline_, judge_, tally_, manager_),
        checker_(judge_, truth_, manager_, operators_, devices_),
        chance_(stream(options.seed, 6)) {}

  Outcome live() {
    manager_.start();
    operators_.open_account();
    for (int i = 0; i < options_.devices; ++i) {
      devices_.push_back(std::make_unique<Device>(
          i, options_,
          Device::Surroundings{&timeline_, &judge_, &truth_, &tally_, &rows_, &manager_, &operators_, crypto_.get()}));
      devices_.back()->begin();
    }
    plan_faults();
    const auto begin = timeline_.now();
    run_until(begin + days(options_.days));
    heal();
    run_until(timeline_.now() + kHealing);
    if (!judge_.violation()) checker_.check_at_rest(timeline_.now());
    tally_.device_days =
        static_cast<std::uint64_t>((timeline_.now() - begin) / days(1)) * static_cast<std::uint64_t>(options_.devices);
    tally_.worlds = 1;
    tally_.steps = timeline_.steps();
    devices_.clear();
    return {judge_.violation(), truth_.hash(), tally_};
  }

 private:
  void run_until(WallTime end) {
    while (!judge_.violation() && timeline_.step(end)) {
      if (timeline_.steps() % kFullCheckEvery != 0) continue;
      ++tally_.full_checks;
      checker_.check(timeline_.now());
    }
  }

  void often(std::uint64_t purpose, double a_month, std::function<void()> what) {
    auto chance = std::make_shared<SeededEntropy>(stream(options_.seed, 200 + purpose));
    again(std::move(chance), a_month, std::move(what));
  }
  void again(std::shared_ptr<SeededEntropy> chance, double a_month, std::function<void()> what) {
    const double even = (static_cast<double>(chance->uniform(1, 1'000'000)) - 0.5) / 1'000'000.0;
    const Duration wait{static_cast<std::int64_t>(-std::log(even) * kMonthMs / a_month) + 1};
    timeline_.after(wait, [this, chance = std::move(chance), a_month, what = std::move(what)]() mutable {
      if (healing_) return;
      what();
      again(std::move(chance), a_month, std::move(what));
    });
  }

  void plan_faults() {
    for (int i = static_cast<int>(FaultKind::ManagerCrash); i < kFaultKinds; ++i) {
      const auto kind = static_cast<FaultKind>(i);
      if (!options_.faults.test(static_cast<std::size_t>(i))) continue;
      // One at the manager is every device's; one at an instance is one device's.
      const bool of_one = kind == FaultKind::InstanceRemoved || kind == FaultKind::InstanceMoved;
      // Now and then there is no instance.
      const double rate = options_.faults_a_month * (of_one ? 1.4 * options_.devices : 1);
      often(static_cast<std::uint64_t>(i), rate, [this, kind] { suffer(kind); });
    }
  }

  void back_after(Duration delay) {
    timeline_.after(healing_ ? seconds(5) : delay, [this] {
      if (!manager_.up()) manager_.start();
    });
  }
  void down_for(Duration delay) {
    manager_.crash();
    back_after(delay);
  }

  void suffer(FaultKind kind) {
    const auto everybody = [&] { tally_.fault(kind, options_.devices); };
    switch (kind) {
      case FaultKind::InstanceRemoved:
      case FaultKind::InstanceMoved:
      case FaultKind::TokenRevoked:
      case FaultKind::LicencesEnd:
        return operators_.suffer(kind);
      default:
        break;
    }
    if (!manager_.up()) return;
    if (kind == FaultKind::TrustChanged && manager_.trust_version() > kMostRollOvers) return;
    everybody();
    judge_.trace([&] { return "manager suffers " + std::string(to_string(kind)); });
    switch (kind) {
      case FaultKind::ManagerCrash:
        if (manager_.on_sqlite() && chance_.uniform(1, 2) == 1)
          return manager_.lose_power_after(static_cast<std::size_t>(chance_.uniform(1, 20)),
                                           static_cast<Fault::Unsynced>(chance_.uniform(0, 5)));
        return down_for(seconds(chance_.uniform(1, 120)));
      case FaultKind::ManagerOutage:
        return down_for(chance_.uniform(1, 30) == 1 ? days(chance_.uniform(1, 10)) : minutes(chance_.uniform(1, 240)));
      case FaultKind::CommitLost:
        return manager_.set_fate(CommitFate::Lost);
      case FaultKind::CommitUnknown:
        return manager_.set_fate(CommitFate::Unknown);
      case FaultKind::ManagerDiskFull:
        manager_.set_fate(CommitFate::Full);
        timeline_.after(minutes(chance_.uniform(1, 240)), [this] { manager_.set_fate(CommitFate::Good); });
        return;
      case FaultKind::Overload:
        manager_.set_overload(true);
        timeline_.after(minutes(chance_.uniform(1, 120)), [this] { manager_.set_overload(false); });
        return;
      case FaultKind::OldManagerStore:
        // Backed up now, restored some time later.
        if (manager_.on_sqlite()) manager_.crash();
        manager_.back_up();
        if (manager_.on_sqlite()) manager_.start();
        timeline_.after(hours(chance_.uniform(1, 20 * 24)), [this] {
          if (healing_ || !manager_.up()) return;
          manager_.crash();
          manager_.restore_backup();
          back_after(minutes(chance_.uniform(1, 60)));
        });
        return;
      case FaultKind::TrustChanged:
        manager_.crash();
        manager_.roll_trust_over();
        return back_after(seconds(10));
      default:
        return;
    }
  }

  void heal() {
    healing_ = true;
    manager_.set_fate(CommitFate::Good);
    manager_.set_overload(false);
    if (!manager_.up()) manager_.start();
    operators_.heal();
    timeline_.after(minutes(1), [this] {
      for (const auto& device : devices_) device->heal();
    });
  }

  Options options_;
  Tally tally_;
  Timeline timeline_;
  Judge judge_;
  Truth truth_;
  RowWatch rows_;
  SeededEntropy crypto_entropy_;
  std::unique_ptr<pki::Crypto> crypto_;
  Manager manager_;
  Operators operators_;
  std::vector<std::unique_ptr<Device>> devices_;
  Checker checker_;
  SeededEntropy chance_;
  bool healing_ = false;
};

}  // namespace

Outcome live(const Options& options, const WorldPorts& ports) {
  return World(options, ports).live();
}

}  // namespace lictor::simulation
