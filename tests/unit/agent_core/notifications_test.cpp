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
                                            Kind::ConfigurationUnsaved, Kind::AuthorizationChanged));
  ASSERT_TRUE(device->save_identity(device.now()));
  device.run(days(35));  // with a renewal of the authorization
  EXPECT_THAT(heard(), IsEmpty());
  ASSERT_TRUE(device->renew_id(device.now()));
  device.settle();
  EXPECT_THAT(heard(), ElementsAre(Kind::CertificateRenewed));
  ASSERT_TRUE(device->deregister(device.now()));
  device.settle();
  EXPECT_THAT(heard(),
              UnorderedElementsAre(Kind::RegistrationChanged, Kind::ExportFlagChanged, Kind::AuthorizationChanged));
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
  EXPECT_THAT(heard(), UnorderedElementsAre(Kind::AuthorizationChanged, Kind::TagOutOfCompliance));
  device.run(days(5));
  EXPECT_THAT(heard(), IsEmpty()) << "not at each renewal";
  ASSERT_TRUE(device->set_usage({licence("NETWORK_ADVANTAGE"), licence("DNA")}, device.now()));
  device.run(seconds(10));
  EXPECT_THAT(heard(), ElementsAre(Kind::TagOutOfCompliance)) << "another tag";
  server.owned = 10;
  renew_authorization();
  EXPECT_THAT(heard(), ElementsAre(Kind::AuthorizationChanged));
  server.owned = 0;
  renew_authorization();
  EXPECT_THAT(heard(), UnorderedElementsAre(Kind::AuthorizationChanged, Kind::TagOutOfCompliance));
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
  EXPECT_THAT(heard(), UnorderedElementsAre(Kind::AuthorizationChanged, Kind::EvaluationExpired));
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
