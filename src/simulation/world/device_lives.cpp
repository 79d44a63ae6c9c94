// How some devices are kept (Life): each makes much of what others hardly meet.
#include <algorithm>
#include <utility>

#include "simulation/world/device.hpp"

namespace lictor::simulation {

void Device::choose_lives() {
  for (std::size_t i = 0; i < kLives; ++i)
    if (options_.lives.test(i)) lives_.set(i, lives_chance_.uniform(1, 4) > 1);
  if (has(Life::Stack)) members_ = std::max(members_, 2);
  if (has(Life::Carried)) link_.carry();
  if (has(Life::ShortEvaluation)) {
    settings_.evaluation_period = hours(lives_chance_.uniform(24, 24 * 20));
    settings_.evaluation_step = settings_.evaluation_period;
    settings_.evaluation_expired_warning = hours(8);
  }
}

void Device::live_so() {
  if (has(Life::Leaver)) often(60, 8.0, [this] { deregister(); });
  if (has(Life::StoreRoom)) often(61, 0.1, [this] { lie_switched_off(); });
  if (has(Life::DeadLink)) {
    often(62, 0.2, [this] {
      const auto [least, most] = lives_chance_.uniform(1, 2) == 1 ? std::pair{5, 40} : std::pair{90, 250};
      link_.part(around_.timeline->now() + days(lives_chance_.uniform(least, most)));
    });
    often(63, 4.0, [this] {
      if (link_.parted()) register_again(agent::Agent::Force::Yes);
    });
  }
  if (has(Life::Stack)) often(64, 8.0, [this] { change_members(); });
}

void Device::lie_switched_off() {
  if (!host_) return;
  power_off(Fault::Unsynced::Kept);
  const auto [least, most] = lives_chance_.uniform(1, 3) > 1 ? std::pair{20, 100} : std::pair{90, 400};
  power_back_after(days(lives_chance_.uniform(least, most)));
}

// Before its first authorization. Some give up then.
void Device::cut_off() {
  if (lives_chance_.uniform(1, 2) == 1) return;
  link_.part(around_.timeline->now() + hours(lives_chance_.uniform(1, lives_chance_.uniform(1, 3) > 1 ? 72 : 40 * 24)));
  if (lives_chance_.uniform(1, 2) == 1) later(seconds(1LL << lives_chance_.uniform(0, 17)), [this] { deregister(); });
}

void Device::later(Duration in, std::function<void()> what) {
  around_.timeline->after(in, [this, what = std::move(what)] {
    if (!healing_ && host_ && !going_down_) what();
  });
}

void Device::fidget(int of) {
  if (!has(Life::Impatient) || healing_ || lives_chance_.uniform(1, of) > 1) return;
  // From a millisecond to half an hour, each order of time as likely as another: while a message is out, a ticket or a
  // retry waits.
  later(Duration{lives_chance_.uniform(1, 2) << lives_chance_.uniform(0, 20)}, [this] { do_something_else(); });
}

// While its key is made.
void Device::disturb_registering() {
  if (!has(Life::Impatient) || healing_ || lives_chance_.uniform(1, 2) == 1) return;
  const Duration in{lives_chance_.uniform(1, 2) << lives_chance_.uniform(0, 14)};
  switch (lives_chance_.uniform(1, 3)) {
    case 1:
      return later(in, [this] { deregister(); });
    case 2:
      return later(in, [this] { register_while_the_disk_fails(); });
    default:
      return later(in, [this] { do_something_else(); });
  }
}

void Device::do_something_else() {
  using agent::Agent;
  switch (lives_chance_.uniform(1, 17)) {
    case 1:
      return step([](Agent& agent, Now now) { agent.tick(now); });
    case 2:
      return register_again(Agent::Force::No);
    case 3:
      return register_again(Agent::Force::Yes);
    case 4:
      return deregister();
    case 5:
      return step([](Agent& agent, Now now) { (void)agent.renew_id(now); });
    case 6:
      return step([](Agent& agent, Now now) { (void)agent.renew_authorization(now); });
    case 7:
      return step([](Agent& agent, Now now) { agent.transport_changed(now); });
    case 8:
    case 9:
      use({});
      return later(Duration{1LL << lives_chance_.uniform(0, 21)}, [this] {
        if (usage_.empty()) change_usage();
      });
    case 10:
      return change_usage();
    case 11:
      return change_members();
    case 12:
    case 13:
      return pull_the_plug();
    case 14:
      return have_clock_far_off();
    case 15:
      return suffer(FaultKind::Reload);
    default:
      return register_while_the_disk_fails();
  }
}

void Device::pull_the_plug() {
  around_.tally->fault(FaultKind::PowerCut);
  power_off(static_cast<Fault::Unsynced>(lives_chance_.uniform(0, 5)));
  power_back_after(seconds(lives_chance_.uniform(5, 600)));
}

// Far beyond a certificate or before it, and seen at once.
void Device::have_clock_far_off() {
  around_.tally->fault(FaultKind::ClockStep);
  clock_was_wrong_ = true;
  clock_.step(days(lives_chance_.uniform(1, 2) == 1 ? 500 : -500));
  step([](agent::Agent& agent, Now now) { agent.tick(now); });
  around_.timeline->after(seconds(1LL << lives_chance_.uniform(0, 13)), [this] {
    clock_.put_right();
    step([](agent::Agent& agent, Now now) { agent.tick(now); });
  });
}

void Device::register_while_the_disk_fails() {
  around_.tally->fault(FaultKind::DiskFull);
  flash_->set({.at = 1, .kind = Fault::Kind::DiskFull, .again = Fault::Again::ForEver});
  const bool registered = snapshot().registration == RegistrationState::Registered;
  register_again(registered ? agent::Agent::Force::Yes : agent::Agent::Force::No);
  flash_->mend();
}

}  // namespace lictor::simulation
