// CLK-1 ... CLK-4: which clock counts, and what a jump does.
#include "unit/agent_core/story.hpp"

namespace lictor::agent {
namespace {

using ::testing::Contains;
using ::testing::Not;

struct Clocks : Story {};

TEST_F(Clocks, CLK_1_AJumpBeyondAnHourIsAnEventASmallerOneIsNot) {
  device.boot_with_usage();
  device.jump_wall(minutes(50));
  device.jump_wall(-minutes(50));
  EXPECT_EQ(device.count("SYSTEM_CLOCK_CHANGED"), 0);
  device.jump_wall(hours(2));
  EXPECT_EQ(device.count("SYSTEM_CLOCK_CHANGED"), 1);
  EXPECT_THAT(device.notifications, Contains(NotificationKind::ClockChanged));
  device.run(days(1));
  EXPECT_EQ(device.count("SYSTEM_CLOCK_CHANGED"), 1);
}

TEST_F(Clocks, CLK_1_JumpsNeitherGrantNorTakeEvaluation) {
  device.boot_with_usage();
  device.run(days(10));
  device.jump_wall(-days(300));
  EXPECT_EQ(device.view().evaluation_remaining, days(80));
  device.jump_wall(days(3000));
  EXPECT_EQ(device.view().evaluation_remaining, days(80));
  device.run(days(10));
  EXPECT_EQ(device.view().evaluation_remaining, days(70));
}

TEST_F(Clocks, CLK_1_AJumpBackMovesNoTimerBack) {
  registered();
  device.run(days(20));
  device.jump_wall(-days(15));
  device.clock_error = Duration{0};  // the server's clock went back too, so that the exchange itself succeeds
  const auto sent = device.sent.size();
  device.run(days(10) + minutes(1));
  EXPECT_EQ(device.sent.size(), sent + 1) << "30 days after the last renewal, whatever the wall says";
}

TEST_F(Clocks, CLK_2_EachAttemptCarriesTheDevicesOwnTime) {
  registered();
  device.jump_wall(hours(5));
  ASSERT_TRUE(device->renew_authorization(device.now()));
  device.settle();
  EXPECT_EQ(server.requests.back().header.sent_at, device.wall);
  EXPECT_EQ(device.view().last_communication->failure_reason, protocol::text::clock_offset(device.wall));
  EXPECT_EQ(device.count("AUTH_RENEW_FAILED"), 1);
  device.jump_wall(-hours(5));
  device.run(seconds(30));
  EXPECT_EQ(device.view().last_communication->result, Attempt::Result::Succeeded);
}

TEST_F(Clocks, CLK_3_AClockOutsideTheCertificateEndsTheRegistrationAfterAnHour) {
  for (const auto jump : {days(400), -days(900)}) {
    Device another(server, *crypto);
    another.entropy = SeededEntropy(static_cast<std::uint64_t>(jump.count()));
    another.settings.udis = {{Udi{"PID", std::to_string(jump.count() > 0)}, UdiRole::Active}};
    another.boot_with_usage();
    another.register_and_settle();
    another.jump_wall(jump);
    EXPECT_EQ(another.count("REG_EXPIRED_CLOCK_CHANGE"), 1);
    another.run(minutes(59));
    EXPECT_EQ(another.view().registration, RegistrationState::Registered);
    another.run(minutes(2));
    EXPECT_EQ(another.view().registration, RegistrationState::Unregistered);
    EXPECT_EQ(another.view().authorization, AuthorizationState::Evaluation);
    EXPECT_EQ(another.count("REG_EXPIRED_CLOCK_CHANGE"), 1);
  }
}

TEST_F(Clocks, CLK_3_AClockPutRightWithinTheHourChangesNothing) {
  registered();
  const auto expires = device.view().registration_expires;
  device.jump_wall(days(400));
  device.run(minutes(40));
  device.jump_wall(-days(400));
  device.run(hours(3));
  const auto view = device.view();
  EXPECT_EQ(view.registration, RegistrationState::Registered);
  EXPECT_EQ(view.authorization, AuthorizationState::Authorized);
  EXPECT_EQ(view.registration_expires, expires);
  device.run(days(170));
  EXPECT_THAT(device.mnemonics(), Not(Contains("ID_CERT_EXPIRED")));
  EXPECT_EQ(device.view().authorization, AuthorizationState::Authorized);
}

TEST_F(Clocks, CLK_3_FoundAtStartItIsTheGraceToo) {
  registered();
  device.power_cut();
  device.wall += days(400);
  device.boot_with_usage();
  device.settle();
  EXPECT_EQ(device.view().registration, RegistrationState::Registered);
  EXPECT_EQ(device.count("REG_EXPIRED_CLOCK_CHANGE"), 1);
  device.run(hours(1));
  EXPECT_EQ(device.view().registration, RegistrationState::Unregistered);
  EXPECT_TRUE(device.view().registration_expired);
}

TEST_F(Clocks, CLK_3_RebootsWithinTheGraceDoNotBeginItAnew) {
  registered();
  device.wall += days(400);
  for (int boot = 0; boot < 2; ++boot) {  // twice 25 minutes, each ended in order
    ASSERT_TRUE(device->shut_down(device.now()));
    device.power_cut();
    device.boot_with_usage();
    device.run(minutes(25));
    EXPECT_EQ(device.view().registration, RegistrationState::Registered) << boot;
  }
  ASSERT_TRUE(device->shut_down(device.now()));
  device.power_cut();
  device.boot_with_usage();
  device.run(minutes(9));
  EXPECT_EQ(device.view().registration, RegistrationState::Registered) << "59 of the hour's minutes";
  device.run(minutes(2));
  EXPECT_EQ(device.view().registration, RegistrationState::Unregistered);
  EXPECT_TRUE(device.view().registration_expired);
}

TEST_F(Clocks, CLK_3_APowerCutCostsGraceAndGrantsNone) {
  registered();
  device.wall += days(400);
  int boots = 0;
  while (device.view().registration == RegistrationState::Registered && boots < 100) {
    device.power_cut();
    device.boot_with_usage();
    device.run(minutes(2) + seconds(30));  // the third minute is written down when it begins
    ++boots;
  }
  EXPECT_EQ(boots, 21) << "twenty took three minutes each; the next one finds nothing left";
}

TEST_F(Clocks, CLK_3_AClockThatIsRightAtALaterBootGivesTheWholeHourAgain) {
  registered();
  device.jump_wall(days(400));
  device.run(minutes(50));
  ASSERT_TRUE(device->shut_down(device.now()));
  device.power_cut();
  device.wall -= days(400);
  device.boot_with_usage();
  device.run(hours(3));
  EXPECT_EQ(device.view().registration, RegistrationState::Registered);
  device.jump_wall(days(400));
  device.run(minutes(59));
  EXPECT_EQ(device.view().registration, RegistrationState::Registered) << "a new hour";
  device.run(minutes(2));
  EXPECT_EQ(device.view().registration, RegistrationState::Unregistered);
}

TEST_F(Clocks, CLK_4_RetriesRunOnSteadyTime) {
  device.boot_with_usage();
  device.link = Link::Down;
  device.register_and_settle();
  const auto sent = device.sent.size();
  device.jump_wall(days(2));
  device.run(minutes(14));
  EXPECT_EQ(device.sent.size(), sent) << "a jump hurries no retry";
  device.jump_wall(-days(9));
  device.run(minutes(8));
  EXPECT_EQ(device.sent.size(), sent + 1) << "and delays none";
}

TEST_F(Clocks, CLK_4_TheNextAttemptIsShownByTheDevicesOwnClock) {
  registered();
  device.jump_wall(-hours(3));
  ASSERT_TRUE(device->renew_authorization(device.now()));
  device.settle();
  EXPECT_EQ(device.view().last_communication->at, device.wall);
  EXPECT_EQ(device.view().next_communication, device.wall + seconds(30)) << "SCN-3a: beside it, as its user reads it";
}

TEST_F(Clocks, CLK_4_TheDeadlineIsTheEarlierOfWallAndSteady) {
  registered();
  device.link = Link::Down;
  device.run(days(50));
  device.jump_wall(-days(40));
  device.run(days(40) + minutes(1));
  EXPECT_EQ(device.view().authorization, AuthorizationState::AuthorizationExpired);
}

TEST_F(Clocks, CLK_4_AForwardJumpReachesTheDeadlineByTheWall) {
  registered();
  device.link = Link::Down;
  device.jump_wall(days(91));
  EXPECT_EQ(device.view().authorization, AuthorizationState::AuthorizationExpired);
  EXPECT_EQ(device.view().registration, RegistrationState::Registered);
}

TEST_F(Clocks, CLK_4_AfterARestartTheWallIsNotTakenBelowTheAttestedTime) {
  registered();
  device.run(days(29));
  ASSERT_TRUE(device->shut_down(device.now()));
  device.power_cut();
  device.wall -= days(28);  // the battery of the clock is empty
  device.boot_with_usage();
  const auto sent = device.sent.size();
  device.run(days(1) - minutes(1));
  EXPECT_EQ(device.sent.size(), sent);
  device.run(minutes(2));
  EXPECT_EQ(device.sent.size(), sent + 1) << "day 30 is a day after the time that was attested and carried on";
}

TEST_F(Clocks, CLK_4_AfterARestartNoDateLiesFurtherAheadThanTheStepsItStandsFor) {
  device.boot_with_usage();
  device.register_and_settle();
  const auto right = device.wall;
  // A carrier takes the renewal of a device whose clock is 200 days ahead; its message is judged by the hour it was
  // written in.
  device.carry_next([&](const std::string& body) { return server.handle(body, right); });
  ASSERT_TRUE(device->renew_authorization(device.now()));
  device.settle();
  device.jump_wall(days(200));
  device.run(minutes(21));
  ASSERT_EQ(device.view().last_communication->result, Attempt::Result::Succeeded);
  device.carrier = nullptr;
  // Off, and its clock is put right.
  device.power_cut();
  device.jump_wall(-days(200));
  const auto authorizations = [&] { return device.count("AUTH_RENEW_SUCCESS"); };
  const int before = authorizations();
  device.link = Link::Down;
  device.boot_with_usage();
  const auto deadline = device.view().communication_deadline;
  ASSERT_TRUE(deadline);
  EXPECT_LE(*deadline, device.wall + days(90));
  device.run(days(1));
  device.power_cut();
  device.boot_with_usage();
  EXPECT_EQ(device.view().communication_deadline, deadline) << "a restart does not move it on";
  device.link = Link::Up;
  device.run(hours(1));
  EXPECT_EQ(authorizations(), before + 1) << "the renewal is not half a year away";
}

TEST_F(Clocks, CLK_4_OutOfComplianceAsksWithinADayOfAStartWhateverTheClockWas) {
  server.owned = 0;
  device.jump_wall(minutes(55));  // the server bears an hour
  device.boot_with_usage();
  device.register_and_settle();
  ASSERT_EQ(device.view().authorization, AuthorizationState::OutOfCompliance);
  device.power_cut();
  device.jump_wall(-minutes(55));
  device.boot_with_usage();
  const auto sent = device.sent.size();
  device.run(days(1) + minutes(1));
  EXPECT_EQ(device.sent.size(), sent + 1);
}

TEST_F(Clocks, CLK_4_AStartUnderAClockThatIsAheadEndsNoCertificateBeforeItsDate) {
  registered();
  device.link = Link::Down;
  device.jump_wall(days(362));  // still within the certificate's life
  ASSERT_TRUE(device->shut_down(device.now()));
  device.power_cut();
  device.boot_with_usage();
  device.run(days(1));
  EXPECT_EQ(device.count("ID_CERT_EXPIRED_WARNING"), 2);
  device.jump_wall(-days(362));
  device.run(days(30));
  EXPECT_EQ(device.view().registration, RegistrationState::Registered);
  EXPECT_EQ(device.count("ID_CERT_EXPIRED_WARNING"), 2);
  device.run(days(304) + hours(1));
  EXPECT_EQ(device.count("ID_CERT_EXPIRED_WARNING"), 3) << "what the wrong clock said does not silence the right one";
  device.run(days(30));
  EXPECT_EQ(device.count("ID_CERT_EXPIRED"), 1) << "and the end is no later than its date";
}

TEST_F(Clocks, CLK_4_TheEndReachedWhileRunningIsNoGrace) {
  registered();
  device.link = Link::Down;
  device.run(days(365) + minutes(1));
  EXPECT_EQ(device.view().registration, RegistrationState::Unregistered);
  EXPECT_EQ(device.count("REG_EXPIRED_CLOCK_CHANGE"), 0);
  EXPECT_EQ(device.count("ID_CERT_EXPIRED"), 1);
}

}  // namespace
}  // namespace lictor::agent
