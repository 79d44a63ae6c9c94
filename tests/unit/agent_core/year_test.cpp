// A year and more of one device's life, as the guide tells it (guide §2.3), in one go.
#include "unit/agent_core/story.hpp"

namespace lictor::agent {
namespace {

using ::testing::Contains;
using ::testing::Not;

struct Life : Story {
  int day = 0;
  void until_day(int target) {
    device.run(days(target - day));
    day = target;
  }
};

TEST_F(Life, AYearFromFirstBootToTheEndOfTheCertificate) {
  device.boot_with_usage();
  EXPECT_EQ(device.view().authorization, AuthorizationState::Evaluation);
  until_day(10);
  device.register_and_settle();
  EXPECT_EQ(device.view().authorization, AuthorizationState::Authorized);

  until_day(40);
  EXPECT_EQ(device.count("AUTH_RENEW_SUCCESS"), 2) << "30 days after";
  until_day(70);
  EXPECT_EQ(device.count("AUTH_RENEW_SUCCESS"), 3) << "60 days after";

  device.link = Link::Down;
  until_day(159);
  EXPECT_EQ(device.view().authorization, AuthorizationState::Authorized) << "still within 90 days";
  until_day(161);
  EXPECT_EQ(device.view().authorization, AuthorizationState::AuthorizationExpired);
  EXPECT_EQ(device.view().registration, RegistrationState::Registered);
  auto sent = device.sent.size();
  device.run(hours(12));
  EXPECT_GE(device.sent.size() - sent, 12u) << "hourly";

  device.link = Link::Up;
  device.run(hours(12));
  day = 162;
  EXPECT_EQ(device.view().authorization, AuthorizationState::Authorized);
  EXPECT_EQ(device.count("COMM_RESTORED"), 1);

  until_day(191);
  EXPECT_EQ(device.count("ID_CERT_RENEW_SUCCESS"), 1) << "180 days after registration";
  const auto expires = *device.view().registration_expires;
  EXPECT_NEAR(static_cast<double>((expires - device.wall) / hours(1)), 364 * 24.0, 24.0);

  server.owned = 0;
  until_day(225);
  EXPECT_EQ(device.view().authorization, AuthorizationState::OutOfCompliance);
  sent = device.sent.size();
  until_day(235);
  EXPECT_EQ(device.sent.size() - sent, 10u) << "daily";
  server.owned = 1;
  until_day(236);
  EXPECT_EQ(device.view().authorization, AuthorizationState::Authorized);

  device.link = Link::Down;
  until_day(300);
  device.power_cut();
  device.boot_with_usage();
  until_day(553);
  EXPECT_EQ(device.view().registration, RegistrationState::Registered);
  EXPECT_THAT(device.mnemonics(), Contains("ID_CERT_EXPIRED_WARNING"));
  EXPECT_THAT(device.mnemonics(), Not(Contains("REG_EXPIRED_CLOCK_CHANGE")));
  until_day(557);
  const auto view = device.view();
  EXPECT_EQ(view.registration, RegistrationState::Unregistered);
  EXPECT_TRUE(view.registration_expired);
  EXPECT_EQ(view.authorization, AuthorizationState::Evaluation) << "resumes where it was left";
  EXPECT_LE(view.evaluation_remaining, days(80));
  EXPECT_GE(view.evaluation_remaining, days(76));

  until_day(640);
  EXPECT_EQ(device.view().authorization, AuthorizationState::EvaluationExpired);
  device.link = Link::Up;
  sent = device.sent.size();
  until_day(650);
  EXPECT_EQ(device.sent.size(), sent) << "REG-1: no message";
  device.register_and_settle(Agent::Force::Yes);
  EXPECT_EQ(device.view().authorization, AuthorizationState::Authorized);
}

TEST_F(Life, ItIsTheSameWhateverTheStepsOfTheClock) {
  // One device is woken whenever it asks, the other now and then: they end up in the same place.
  Device coarse(server, *crypto);
  coarse.settings.udis = {{Udi{"OTHER", "1"}, UdiRole::Active}};
  coarse.entropy = SeededEntropy(1234);
  for (auto* d : {&device, &coarse}) {
    d->boot_with_usage();
    d->register_and_settle();
  }
  for (auto* d : {&device, &coarse}) d->link = Link::Down;
  device.run(days(200));
  for (int i = 0; i < 4; ++i) {
    coarse.wall += days(50);
    coarse.steady += days(50);
    coarse->tick(coarse.now());
    coarse.settle();
  }
  EXPECT_EQ(device.view().registration, coarse.view().registration);
  EXPECT_EQ(device.view().authorization, coarse.view().authorization);
  EXPECT_EQ(coarse.view().authorization, AuthorizationState::AuthorizationExpired);
}

}  // namespace
}  // namespace lictor::agent
