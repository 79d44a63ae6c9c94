// Lives that chance writes: people, links, clocks, power cuts and failing disks in any order. Whatever happens, some
// things hold; a failure names its seed.
#include "support/every.hpp"
#include "unit/agent_core/story.hpp"

namespace lictor::agent {
namespace {

struct ChanceLife {
  explicit ChanceLife(std::uint64_t seed) : chance(seed), keys(seed + 1000), crypto(lab::make_crypto(keys)) {
    device.entropy = SeededEntropy(seed * 3 + 1);
    device.jitter = SeededEntropy(seed * 5 + 2);
    if (chance.uniform(0, 1) == 0) device.settings.persistence = AgentSettings::Persistence::OnSave;
    device.settings.evaluation_step = hours(1);
  }

  void step() {
    auto& d = device;
    switch (chance.uniform(0, 22)) {
      case 0:
        (void)d->register_token("TOKEN", Agent::Force::No, d.now());
        break;
      case 1:
        (void)d->register_token("TOKEN", Agent::Force::Yes, d.now());
        break;
      case 2:
        (void)d->register_token("WRONG", Agent::Force::Yes, d.now());
        break;
      case 3:
        (void)d->deregister(d.now());
        break;
      case 4:
        (void)d->renew_id(d.now());
        break;
      case 5:
        (void)d->renew_authorization(d.now());
        break;
      case 6:
        (void)d->save_identity(d.now());
        break;
      case 7:
        d->transport_changed(d.now());
        break;
      case 8: {
        std::vector<UsageItem> usage;
        for (const auto* name : {"A", "B", "C"})
          if (chance.uniform(0, 2) == 0) usage.push_back(licence(name, chance.uniform(1, 9)));
        (void)d->set_usage(usage, d.now());
        break;
      }
      case 9:
        d.link = static_cast<Link>(chance.uniform(0, 4));
        break;
      case 10:
        d.link = Link::Up;
        break;
      case 11:
        server.owned = chance.uniform(0, 9);
        break;
      case 12:
        power_cut();
        break;
      case 13:
        d.jump_wall(Duration{chance.uniform(-days(20).count(), days(20).count())});
        break;
      case 14:
        d.jump_wall(-d.clock_error);
        break;
      case 15:
        server.lose_effect_answers = chance.uniform(0, 3) == 0;
        break;
      case 16:
        d.store.fault =
            chance.uniform(0, 1) == 0 ? lab::MemoryStore::Fault::FailsOld : lab::MemoryStore::Fault::FailsNew;
        d.store.at = d.store.writes + static_cast<int>(chance.uniform(1, 6));
        break;
      case 18:
        (void)d->set_licensing_mode(chance.uniform(0, 2) == 0 ? LicensingMode::Traditional : LicensingMode::Smart,
                                    d.now());
        break;
      case 19:
        (void)d->shut_down(d.now());
        power_cut();
        break;
      case 17:
        server.pending[MessageType::Authorize] = static_cast<int>(chance.uniform(0, 2));
        break;
      default:
        d.run(Duration{chance.uniform(0, days(2).count())});
        break;
    }
    if (chance.uniform(0, 1) == 0) d.settle();
  }

  void power_cut() {
    device.power_cut();
    device.store.fault = lab::MemoryStore::Fault::None;
    device.boot_with_usage();
  }

  void check() {
    const auto view = device.view();
    const bool shown_registered = view.registration == RegistrationState::Registered;
    EXPECT_EQ(shown_registered, view.registration_expires.has_value());
    EXPECT_FALSE(shown_registered && view.registration_expired);
    EXPECT_LE(view.evaluation_remaining, evaluation_left + device.settings.evaluation_step) << "evaluation came back";
    evaluation_left = std::min(evaluation_left, view.evaluation_remaining);
    EXPECT_GE(view.store_generation, 0);
    EXPECT_EQ(view.next_communication.has_value() && !shown_registered, false) << "REG-1: nothing is sent unregistered";
    EXPECT_EQ(view.evaluation_running, view.authorization == AuthorizationState::Evaluation);
    EXPECT_LE(server.instances.size(), 1u) << "never two of one device";
    if (!device->quiet()) return;
    // Something always comes next where something is owed.
    EXPECT_TRUE(device.wake.has_value() || !shown_registered);
  }

  // Put everything right: the device comes back with a token and force.
  void heal() {
    auto& d = device;
    d.link = Link::Up;
    server.lose_effect_answers = false;
    server.pending.clear();
    server.owned = 100;
    d.store.fault = lab::MemoryStore::Fault::None;
    d.jump_wall(-d.clock_error);
    d.settle();
    d.run(hours(2));
    EXPECT_TRUE(d->set_licensing_mode(LicensingMode::Smart, d.now()));
    (void)d->register_token("TOKEN", Agent::Force::Yes, d.now());
    d.run(hours(2));
    EXPECT_EQ(d.view().registration, RegistrationState::Registered);
    EXPECT_EQ(d.view().last_communication->result, Attempt::Result::Succeeded);
    EXPECT_EQ(server.instances.size(), 1u);
  }

  SeededEntropy chance;
  SeededEntropy keys;
  std::unique_ptr<pki::Crypto> crypto;
  Server server{*crypto, wall_from_ms(kStart)};
  Device device{server, *crypto};
  Duration evaluation_left = days(90);
};

TEST(RandomLives, HoldTheirInvariantsAndCanBeHealed) {
  for (std::uint64_t seed = 1; seed <= 60; seed += test::every()) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    ChanceLife life(seed);
    life.device.boot_with_usage();
    for (int i = 0; i < 100 && !::testing::Test::HasFailure(); ++i) {
      SCOPED_TRACE(::testing::Message() << "step " << i);
      life.step();
      life.check();
    }
    if (::testing::Test::HasFailure()) return;
    life.heal();
  }
}

}  // namespace
}  // namespace lictor::agent
