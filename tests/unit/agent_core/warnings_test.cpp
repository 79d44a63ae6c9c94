// AUTH-2 and REG-7: when a device warns of the end of its evaluation and of its ID certificate, whatever happens
// between.
#include <fmt/format.h>

#include "unit/agent_core/story.hpp"

namespace lictor::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

struct Warnings : Story {
  void SetUp() override { device.settings.evaluation_step = hours(1); }
  // What was left, by the lines with that mnemonic, in whole days and hours: "6d0h".
  std::vector<std::string> left_in(std::string_view mnemonic) {
    std::vector<std::string> found;
    for (const auto& line : device.log_lines) {
      if (line.find(fmt::format("-{}: ", mnemonic)) == std::string::npos) continue;
      int d = 0, h = 0;
      const auto in = line.find(" in ");
      EXPECT_EQ(std::sscanf(line.c_str() + in, " in %d days, %d hours", &d, &h), 2) << line;
      found.push_back(fmt::format("{}d{}h", d, h));
    }
    return found;
  }
  std::vector<std::string> evaluation() { return left_in("EVAL_WILL_EXPIRE_WARNING"); }
  std::vector<std::string> certificate() { return left_in("ID_CERT_EXPIRED_WARNING"); }
  void restart() {
    device.power_cut();
    device.boot_with_usage();
  }
  void until_left(Duration left) { device.run(device.view().evaluation_remaining - left); }
};

std::vector<std::string> whole_evaluation() {
  std::vector<std::string> all;
  for (const int d : {60, 30, 21, 14, 7, 6, 5, 4, 3, 2, 1}) all.push_back(fmt::format("{}d0h", d));
  for (int h = 23; h >= 1; --h) all.push_back(fmt::format("0d{}h", h));
  return all;
}

TEST_F(Warnings, AUTH_2_TheEvaluationsWarningsComeAtTheirMoments) {
  device.boot_with_usage();
  device.run(days(30) - Duration{1});
  EXPECT_THAT(evaluation(), IsEmpty());
  device.run(Duration{1});
  EXPECT_THAT(evaluation(), ElementsAre("60d0h"));
  device.run(days(60));
  EXPECT_THAT(evaluation(), ElementsAreArray(whole_evaluation()));
}

TEST_F(Warnings, AUTH_2_AMomentThatAPowerCutTookIsMadeUpForOnce) {
  device.boot_with_usage();
  device.run(minutes(20));
  ASSERT_TRUE(device->shut_down(device.now()));  // so that hours are charged from twenty past on
  restart();
  until_left(days(60) + seconds(10));  // charged ahead to below 60 days
  restart();
  EXPECT_THAT(evaluation(), ElementsAre("59d23h"));
  restart();
  restart();
  EXPECT_THAT(evaluation(), ElementsAre("59d23h")) << "once, however often it starts";
  until_left(days(30));
  EXPECT_THAT(evaluation(), ElementsAre("59d23h", "30d0h"));
}

TEST_F(Warnings, AUTH_2_NoneIsLostAndNoneDoubledOverRestartsAtAnyTime) {
  device.settings.evaluation_step = minutes(1);
  device.boot_with_usage();
  SeededEntropy chance(5);
  while (device.view().authorization == AuthorizationState::Evaluation) {
    const auto left = device.view().evaluation_remaining;
    device.run(Duration{chance.uniform(1, left > days(2) ? days(3).count() : minutes(50).count())});
    restart();
  }
  // Each moment once; where the power went just before it, it shows a little less.
  EXPECT_EQ(evaluation().size(), whole_evaluation().size());
}

TEST_F(Warnings, AUTH_2_ARegistrationBetweenChangesNothing) {
  device.boot_with_usage();
  until_left(days(45));
  device.register_and_settle();
  device.run(days(100));
  ASSERT_TRUE(device->deregister(device.now()));
  device.settle();
  EXPECT_THAT(evaluation(), ElementsAre("60d0h"));
  device.run(days(15));
  EXPECT_THAT(evaluation(), ElementsAre("60d0h", "30d0h"));
}

TEST_F(Warnings, AUTH_2_AfterItsEndItWarnsHourlyAsTheSettingSays) {
  device.boot_with_usage();
  device.run(days(90) + hours(10));
  EXPECT_EQ(device.count("EVAL_EXPIRED_WARNING"), 10);
  device.settings.evaluation_expired_warning = hours(6);
  restart();
  device.log_lines.clear();
  device.run(days(1));
  EXPECT_EQ(device.count("EVAL_EXPIRED_WARNING"), 4);
  EXPECT_EQ(device.last_line("EVAL_EXPIRED_WARNING"),
            "%SMART_LIC-3-EVAL_EXPIRED_WARNING: Evaluation period expired on Apr 01 00:00:00 2026 UTC");
}

struct CertificateWarnings : Warnings {
  // Renewals fail from here on.
  void registered_without_renewals() {
    registered();
    server.refuse[MessageType::RenewId] = refusal(Code::LS_BUSY);
  }
};

TEST_F(CertificateWarnings, REG_7_TheyComeDailyInTheLastThirtyDays) {
  registered_without_renewals();
  device.run(days(335) - Duration{1});
  EXPECT_THAT(certificate(), IsEmpty());
  device.run(days(40));
  std::vector<std::string> expected;
  for (int d = 30; d >= 1; --d) expected.push_back(fmt::format("{}d0h", d));
  EXPECT_THAT(certificate(), ElementsAreArray(expected));
}

TEST_F(CertificateWarnings, REG_7_TheyComeDailyHoweverOftenTheDeviceStarts) {
  registered_without_renewals();
  device.run(days(335) - hours(1));
  for (int i = 0; i < 93; ++i) {  // 31 days, a start every eight hours
    device.run(hours(8));
    restart();
  }
  EXPECT_EQ(certificate().size(), 30u);
}

TEST_F(CertificateWarnings, REG_7_OneThatCameWhileTheDeviceWasOffIsMadeUpForOnce) {
  registered_without_renewals();
  device.run(days(330));
  device.power_cut();
  device.wall += days(20);
  device.boot_with_usage();
  EXPECT_THAT(certificate(), ElementsAre("15d0h"));
  restart();
  EXPECT_EQ(certificate().size(), 1u);
  device.run(days(1));
  EXPECT_THAT(certificate(), ElementsAre("15d0h", "14d0h"));
}

// It is CLK-3's to tell of; and what is stored of the warnings can be read again (STO-2).
TEST_F(CertificateWarnings, REG_7_OneThatEndedWhileTheDeviceWasOffIsNotWarnedOf) {
  registered_without_renewals();
  device.run(days(320));
  device.power_cut();
  device.wall += days(60);
  device.boot_with_usage();
  device.settle();
  EXPECT_EQ(device.count("REG_EXPIRED_CLOCK_CHANGE"), 1);
  ASSERT_TRUE(device->renew_authorization(device.now()));  // its answer tells how late it is
  device.settle();
  device.run(minutes(1));
  EXPECT_THAT(certificate(), IsEmpty());
  restart();
  EXPECT_FALSE(device.view().store_damaged);
  EXPECT_EQ(device.view().registration, RegistrationState::Registered);
}

TEST_F(CertificateWarnings, REG_7_ARenewalEndsThem) {
  registered_without_renewals();
  device.run(days(340));
  EXPECT_EQ(certificate().size(), 6u);
  server.refuse.clear();
  ASSERT_TRUE(device->renew_id(device.now()));
  device.settle();
  device.run(days(25));
  EXPECT_EQ(certificate().size(), 6u);
}

}  // namespace
}  // namespace lictor::agent
