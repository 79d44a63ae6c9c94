// USE-1: each kind of notification comes at its moment, once.
#include "unit/agent_core/story.hpp"

namespace lictor::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using Kind = NotificationKind;

struct Notifications : Story {
  std::vector<Kind> heard() { return std::exchange(device.notifications, {}); }
  void renew_authorization() {
    ASSERT_TRUE(device->renew_authorization(device.now()));
    device.settle();
  }
};

TEST_F(Notifications, USE_1_ALifeTellsWhatChangesWhenItChanges) {
  device.settings.persistence = AgentSettings::Persistence::OnSave;
  device.boot_with_usage();
  EXPECT_THAT(heard(), ElementsAre(Kind::AuthorizationChanged)) << "evaluation began";
  ASSERT_TRUE(device->register_token("TOKEN", Agent::Force::No, device.now()));
  EXPECT_THAT(heard(), ElementsAre(Kind::RegistrationChanged)) << "registering";
  device.settle();
  EXPECT_THAT(heard(), UnorderedElementsAre(Kind::RegistrationChanged, Kind::ExportFlagChanged,
                                            Kind::ConfigurationUnsaved, Kind::AuthorizationChanged, Kind::TagChanged));
  ASSERT_TRUE(device->save_identity(device.now()));
  device.run(days(35));  // with a renewal of the authorization
  EXPECT_THAT(heard(), IsEmpty());
  ASSERT_TRUE(device->renew_id(device.now()));
  device.settle();
  EXPECT_THAT(heard(), ElementsAre(Kind::CertificateRenewed));
  ASSERT_TRUE(device->deregister(device.now()));
  device.settle();
  EXPECT_THAT(heard(), UnorderedElementsAre(Kind::RegistrationChanged, Kind::ExportFlagChanged,
                                            Kind::AuthorizationChanged, Kind::TagChanged));
}

TEST_F(Notifications, USE_1_TheWayIsToldLostOnceAndBackOnce) {
  registered();
  heard();
  device.link = Link::Down;
  renew_authorization();
  device.run(hours(12));
  ASSERT_TRUE(device->renew_id(device.now()));
  device.settle();
  EXPECT_GT(device.count("COMM_FAILED"), 10) << "the log has each";
  EXPECT_THAT(heard(), ElementsAre(Kind::TransportFailed));
  device.power_cut();
  device.boot_with_usage();
  device.link = Link::Up;
  device.run(days(2));
  EXPECT_THAT(heard(), UnorderedElementsAre(Kind::TransportRestored, Kind::CertificateRenewed))
      << "also over a restart";
  EXPECT_EQ(device.count("COMM_RESTORED"), 1);
}

TEST_F(Notifications, USE_1_ATagOutOfComplianceIsToldWhenItBecomesSo) {
  registered();
  heard();
  server.owned = 0;
  renew_authorization();
  EXPECT_THAT(heard(), UnorderedElementsAre(Kind::AuthorizationChanged, Kind::TagOutOfCompliance, Kind::TagChanged));
  device.run(days(5));
  EXPECT_THAT(heard(), IsEmpty()) << "not at each renewal";
  ASSERT_TRUE(device->set_usage({licence("NETWORK_ADVANTAGE"), licence("DNA")}, device.now()));
  device.run(seconds(10));
  EXPECT_THAT(heard(), UnorderedElementsAre(Kind::TagOutOfCompliance, Kind::TagChanged)) << "another tag";
  server.owned = 10;
  renew_authorization();
  EXPECT_THAT(heard(), UnorderedElementsAre(Kind::AuthorizationChanged, Kind::TagChanged));
  server.owned = 0;
  renew_authorization();
  EXPECT_THAT(heard(), UnorderedElementsAre(Kind::AuthorizationChanged, Kind::TagOutOfCompliance, Kind::TagChanged));
}

// A tag's status moves also where the whole stays what it is.
TEST_F(Notifications, USE_1_ATagWhoseStatusChangesIsTold) {
  const auto status = [&](std::size_t i) { return device.view().usage.at(i).status; };
  registered();
  heard();
  ASSERT_TRUE(device->set_usage({licence("DNA"), licence("NETWORK_ADVANTAGE")}, device.now()));
  ASSERT_EQ(status(0), "WAITING");
  EXPECT_THAT(heard(), IsEmpty()) << "whoever requests it knows that it waits";
  device.run(seconds(10));
  ASSERT_EQ(status(0), "AUTHORIZED");
  ASSERT_EQ(device.view().authorization, AuthorizationState::Authorized);
  EXPECT_THAT(heard(), ElementsAre(Kind::TagChanged));
  renew_authorization();
  EXPECT_THAT(heard(), IsEmpty()) << "the same answer again";

  // A second start with another set.
  device.power_cut();
  device.boot();
  ASSERT_TRUE(device->set_usage({licence("NETWORK_ADVANTAGE"), licence("PREMIER")}, device.now()));
  device->ready(device.now());
  device.run(seconds(10));
  ASSERT_EQ(status(1), "AUTHORIZED");
  EXPECT_THAT(heard(), ElementsAre(Kind::TagChanged));

  // Silence, and the answer after it.
  device.link = Link::Down;
  device.run(days(91));
  ASSERT_EQ(status(0), "AUTHORIZATION EXPIRED");
  EXPECT_THAT(heard(), UnorderedElementsAre(Kind::TransportFailed, Kind::AuthorizationChanged, Kind::TagChanged));
  device.link = Link::Up;
  device.run(hours(2));
  ASSERT_EQ(status(0), "AUTHORIZED");
  EXPECT_THAT(heard(), UnorderedElementsAre(Kind::TransportRestored, Kind::AuthorizationChanged, Kind::TagChanged));
}

TEST_F(Notifications, USE_1_TheWayBetweenTheModesChangesEveryTag) {
  device.boot_with_usage();
  heard();
  ASSERT_TRUE(device->set_licensing_mode(LicensingMode::Traditional, device.now()));
  ASSERT_EQ(device.view().usage.at(0).status, "IN USE");
  EXPECT_THAT(heard(), UnorderedElementsAre(Kind::RegistrationChanged, Kind::AuthorizationChanged, Kind::TagChanged));
  ASSERT_TRUE(device->set_licensing_mode(LicensingMode::Smart, device.now()));
  ASSERT_EQ(device.view().usage.at(0).status, "EVAL MODE");
  EXPECT_THAT(heard(), UnorderedElementsAre(Kind::RegistrationChanged, Kind::AuthorizationChanged, Kind::TagChanged));
}

TEST_F(Notifications, USE_1_TheClockIsToldMovedAlsoWhereAStartFindsItBehind) {
  registered();
  heard();
  device.jump_wall(hours(2));
  device.jump_wall(-hours(2));
  EXPECT_THAT(heard(), ElementsAre(Kind::ClockChanged, Kind::ClockChanged));
  device.run(days(3));
  ASSERT_TRUE(device->shut_down(device.now()));
  device.power_cut();
  device.wall -= days(2);
  device.boot_with_usage();
  EXPECT_THAT(heard(), ElementsAre(Kind::ClockChanged));
  EXPECT_EQ(device.count("SYSTEM_CLOCK_CHANGED"), 3);
  device.power_cut();
  device.wall += days(9);  // it was off: nobody can tell
  device.boot_with_usage();
  EXPECT_THAT(heard(), IsEmpty());
}

TEST_F(Notifications, USE_1_TheEndOfEvaluationAndADamagedStoreAreTold) {
  device.boot_with_usage();
  heard();
  device.run(days(91));
  EXPECT_THAT(heard(), UnorderedElementsAre(Kind::AuthorizationChanged, Kind::EvaluationExpired, Kind::TagChanged));
  device.power_cut();
  device.store.damaged = true;
  device.boot();
  EXPECT_THAT(heard(), ElementsAre(Kind::StoreDamaged));
}

TEST_F(Notifications, USE_1_AnExportFlagThatAnAnswerChangesIsTold) {
  registered();
  heard();
  server.export_allowed = false;
  renew_authorization();
  EXPECT_THAT(heard(), ElementsAre(Kind::ExportFlagChanged));
  renew_authorization();
  EXPECT_THAT(heard(), IsEmpty());
}

}  // namespace
}  // namespace lictor::agent
