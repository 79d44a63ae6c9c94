// What people in front of a device do, from time to time and without asking the machine.
#include <cmath>

#include "simulation/world/device.hpp"

namespace lictor::simulation {
namespace {
constexpr double kMonthMs = 30.0 * 86'400'000.0;

bool is_disowned(const agent::Snapshot& now) {
  return now.last_communication && now.last_communication->failure_reason == protocol::text::kDataAndSignature;
}

}  // namespace

void Device::often(std::uint64_t purpose, double a_month, std::function<void()> what) {
  // A stream of its own: what else happens does not move it.
  auto chance =
      std::make_shared<SeededEntropy>(stream(options_.seed, 100 + purpose, static_cast<std::uint64_t>(number_)));
  auto again = std::make_shared<std::function<void()>>();
  *again = [this, chance, a_month, what = std::move(what), weak = std::weak_ptr(again)] {
    const double even = (static_cast<double>(chance->uniform(1, 1'000'000)) - 0.5) / 1'000'000.0;
    around_.timeline->after(Duration{static_cast<std::int64_t>(-std::log(even) * kMonthMs / a_month) + 1},
                            [this, what, again = weak.lock()] {
                              if (healing_) return;
                              what();
                              if (again) (*again)();
                            });
  };
  (*again)();
}

void Device::live() {
  for (int i = 0; i < kFaultKinds; ++i) {
    const auto kind = static_cast<FaultKind>(i);
    const bool mine = kind <= FaultKind::OldStore;
    if (mine && options_.faults.test(static_cast<std::size_t>(i)))
      often(static_cast<std::uint64_t>(i), options_.faults_a_month, [this, kind] { suffer(kind); });
  }
  const bool calm = options_.pace == Options::Pace::Calm;
  const double much = calm ? 0.1 : 1.0;
  often(50, 0.7 * much, [this] { change_usage(); });
  often(51, 0.2 * much, [this] { change_members(); });
  often(52, 0.2 * much, [this] { step([](agent::Agent& agent, Now now) { (void)agent.renew_authorization(now); }); });
  often(53, 0.1 * much, [this] { step([](agent::Agent& agent, Now now) { (void)agent.renew_id(now); }); });
  often(54, 0.08 * much, [this] { deregister(); });
  often(55, 0.1 * much, [this] { register_again(agent::Agent::Force::Yes); });
  often(56, 0.05 * much, [this] { register_again(agent::Agent::Force::No); });
  often(57, 0.1 * much, [this] { step([](agent::Agent& agent, Now now) { agent.transport_changed(now); }); });
  often(58, calm ? 4.0 : 20.0, [this] { look_after(); });
  live_so();
}

void Device::deregister() {
  if (!host_ || going_down_) return;
  deregistering_ = true;
  step([](agent::Agent& agent, Now now) { (void)agent.deregister(now); });
}

// Somebody looks at the device and does what it needs.
void Device::look_after() {
  if (!host_) return;
  const auto now = snapshot();
  if (now.unsaved_identity && people_.uniform(1, 3) > 1)
    step([](agent::Agent& agent, Now at) { (void)agent.save_identity(at); });
  const bool unregistered =
      now.registration == RegistrationState::Unregistered ||
      (now.registration == RegistrationState::RegistrationFailed && !now.next_registration_attempt);
  const bool meets_another = now.registration == RegistrationState::RegistrationFailed && now.next_registration_attempt;
  // PRO-7 (4): somebody else goes by its name, or an old copy of its store does.
  const bool disowned = now.registration == RegistrationState::Registered && is_disowned(now);
  const bool force_helps =
      (disowned && people_.uniform(1, 3) == 1) || (meets_another && !unregistered && people_.uniform(1, 2) == 1);
  if (force_helps)
    register_again(agent::Agent::Force::Yes);
  else if (unregistered && people_.uniform(1, 3) > 1)
    register_again(people_.uniform(1, 4) == 1 ? agent::Agent::Force::Yes : agent::Agent::Force::No);
}

void Device::register_again(agent::Agent::Force force) {
  if (!around_.operators->ready()) return;
  trace([&] { return std::string(force == agent::Agent::Force::Yes ? "register force" : "register"); });
  const bool good = !has(Life::BadTokens) || lives_chance_.uniform(1, 2) == 1;
  const auto token = healing_ ? around_.operators->good_token()
                     : good   ? around_.operators->token(people_)
                              : "no-token-of-ours";
  step([&](agent::Agent& agent, Now now) { (void)agent.register_token(token, force, now); });
  disturb_registering();
}

void Device::change_usage() {
  const auto kinds = model_.usages.size() / 3;
  const auto which = people_.uniform(1, 6) == 1
                         ? 0
                         : static_cast<std::size_t>(people_.uniform(0, static_cast<std::int64_t>(kinds) - 1));
  use(model_.usages[which * 3 + static_cast<std::size_t>(members_ - 1)]);
}

void Device::use(std::vector<UsageItem> usage) {
  usage_ = std::move(usage);
  trace([&] { return "usage of " + std::to_string(usage_.size()) + " tags"; });
  ++changes_;
  step([&](agent::Agent& agent, Now now) {
    if (agent.set_usage(usage_, now)) return;
    // Export-controlled and not allowed: the feature stays off.
    std::erase_if(usage_, [](const UsageItem& item) { return item.export_controlled; });
    (void)agent.set_usage(usage_, now);
  });
}

void Device::change_members() {
  if (members_ == 1) return;
  if (people_.uniform(1, 2) == 1)
    active_ = (active_ + 1) % members_;
  else
    members_ = members_ == 2 ? 3 : 2;
  ++changes_;
  step([&](agent::Agent& agent, Now now) { (void)agent.set_udis(make_udis(members_, active_), now); });
}

// Every now and then, once nothing fails any more: what an administrator does to have it registered.
void Device::settle() {
  if (host_) {
    const auto now = snapshot();
    const bool under_way = now.registration == RegistrationState::Registering ||
                           (now.registration == RegistrationState::Registered && !is_disowned(now));
    if (!under_way && quiet()) {
      register_again(agent::Agent::Force::Yes);
    } else if (std::exchange(renewals_wanted_, renewals_wanted_ - 1) > 0) {
      // Whatever was restored meanwhile, the manager hears of it.
      step([](agent::Agent& agent, Now at) {
        agent.transport_changed(at);
        (void)agent.renew_authorization(at);
      });
    }
    if (now.unsaved_identity) step([](agent::Agent& agent, Now at) { (void)agent.save_identity(at); });
  }
  around_.timeline->after(minutes(25), [this] { settle(); });
}

}  // namespace lictor::simulation
