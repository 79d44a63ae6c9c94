// Traditional mode (CFG-1, CAT-3) and the way from it, which a device-led conversion works on (CNV-5).
#include "unit/agent_core/story.hpp"

namespace lictor::agent {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Kind = TraditionalLicense::Kind;

const std::vector<TraditionalLicense> kLicenses = {
    {"ipservices", Kind::RightToUse, 1, true}, {"apcount", Kind::LicenseFile, 25, true}, {"lanbase", Kind::Evaluation}};

struct Traditional : Story {
  void traditional() {
    device.settings.mode = LicensingMode::Traditional;
    device.boot_with_usage();
    ASSERT_TRUE(device->set_traditional_licenses(kLicenses, device.now()));
  }
  void upgrade() {
    device.power_cut();
    device.settings.mode = LicensingMode::Smart;
    device.settings.software_version = "16.9.1";
    device.boot_with_usage();
  }
};

TEST_F(Traditional, CFG_1_TheAgentStandsAside) {
  traditional();
  device.run(days(200));
  const auto view = device.view();
  EXPECT_EQ(view.mode, LicensingMode::Traditional);
  EXPECT_EQ(view.registration, RegistrationState::Unregistered);
  EXPECT_EQ(view.authorization, AuthorizationState::NoLicensesInUse);
  EXPECT_EQ(view.evaluation_remaining, days(90)) << "nothing is evaluated";
  EXPECT_EQ(view.usage.at(0).status, "IN USE");
  EXPECT_THAT(device.mnemonics(), Contains("DISABLED"));
  EXPECT_THAT(device.mnemonics(), Not(Contains("AGENT_ENABLED")));
  for (const auto& refused :
       {device->register_token("TOKEN", Agent::Force::No, device.now()), device->deregister(device.now()),
        device->renew_id(device.now()), device->renew_authorization(device.now())}) {
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::Conflict);
    EXPECT_EQ(refused.error().message, "smart licensing is not enabled on this device");
  }
  device->transport_changed(device.now());
  ASSERT_TRUE(device->set_usage({licence("HSEC", 1, true)}, device.now())) << "export control is the token's matter";
  device.settle();
  EXPECT_THAT(device.sent, IsEmpty());
}

TEST_F(Traditional, CFG_1_TheModeAndTheRecordSurviveARestart) {
  traditional();
  device.power_cut();
  device.boot();
  EXPECT_EQ(device.view().mode, LicensingMode::Traditional);
  EXPECT_EQ(device.view().traditional, kLicenses);
  EXPECT_EQ(device.view().authorization, AuthorizationState::NoLicensesInUse);
}

TEST_F(Traditional, CAT_3_TheUpgradeCarriesOverWhatWasInUseAndRecordsWhatWasLicensed) {
  traditional();
  device.run(days(200));
  device.log_lines.clear();
  device.power_cut();
  device.settings.mode = LicensingMode::Smart;
  device.boot();  // before the new image has declared anything
  auto view = device.view();
  EXPECT_EQ(view.mode, LicensingMode::Smart);
  EXPECT_EQ(view.authorization, AuthorizationState::Evaluation);
  EXPECT_EQ(view.evaluation_remaining, days(90)) << "the whole period, from the upgrade on";
  EXPECT_EQ(view.usage.at(0).item.feature_name, "NETWORK_ADVANTAGE");
  EXPECT_EQ(view.usage.at(0).status, "EVAL MODE");
  EXPECT_EQ(view.traditional, kLicenses);
  EXPECT_THAT(device.mnemonics(), ElementsAre("AGENT_READY", "EVAL_START"));
  EXPECT_THAT(device->event_log(), Contains(HasSubstr("SAEVT_UPGRADED licenses=\"ipservices right-to-use 1 in use; "
                                                      "apcount license-file 25 in use; lanbase evaluation 1\"")));
  ASSERT_TRUE(device->set_usage({licence("NETWORK_ADVANTAGE")}, device.now()));
  device->ready(device.now());
  device.register_and_settle();
  EXPECT_EQ(device.view().authorization, AuthorizationState::Authorized);
  EXPECT_EQ(server.instances.at(0).usage.at(0).feature_name, "NETWORK_ADVANTAGE");
  // The upgrade is one event of a life.
  device.power_cut();
  device.boot_with_usage();
  int upgrades = 0;
  for (const auto& line : device->event_log()) upgrades += line.find("SAEVT_UPGRADED") != std::string::npos;
  EXPECT_EQ(upgrades, 1);
}

TEST_F(Traditional, AUTH_1_GoingToAndFroWinsNoEvaluation) {
  device.boot_with_usage();
  device.run(days(30));
  ASSERT_TRUE(device->set_licensing_mode(LicensingMode::Traditional, device.now()));
  EXPECT_FALSE(device.view().evaluation_running);
  device.run(days(50));
  ASSERT_TRUE(device->set_licensing_mode(LicensingMode::Smart, device.now()));
  EXPECT_EQ(device.view().evaluation_remaining, days(60)) << "where it was left";
  EXPECT_TRUE(device.view().evaluation_running);
  device.run(days(61));
  EXPECT_EQ(device.view().authorization, AuthorizationState::EvaluationExpired);
  ASSERT_TRUE(device->set_licensing_mode(LicensingMode::Traditional, device.now()));
  ASSERT_TRUE(device->set_licensing_mode(LicensingMode::Smart, device.now()));
  EXPECT_EQ(device.view().authorization, AuthorizationState::EvaluationExpired);
}

TEST_F(Traditional, CFG_1_ARegisteredDeviceStaysSmart) {
  registered();
  EXPECT_EQ(device->set_licensing_mode(LicensingMode::Traditional, device.now()).error().code, ErrorCode::Conflict);
  device.power_cut();
  device.settings.mode = LicensingMode::Traditional;
  device.boot_with_usage();
  EXPECT_EQ(device.view().mode, LicensingMode::Smart);
  EXPECT_EQ(device.view().authorization, AuthorizationState::Authorized);
  ASSERT_TRUE(device->deregister(device.now()));
  device.settle();
  EXPECT_TRUE(device->set_licensing_mode(LicensingMode::Traditional, device.now()));
  EXPECT_EQ(device.view().mode, LicensingMode::Traditional);
}

TEST_F(Traditional, TheRecordIsCheckedAndEndsWithTheUpgrade) {
  traditional();
  for (const auto& bad : {std::vector<TraditionalLicense>{{"", Kind::RightToUse}},
                          {{"x", Kind::RightToUse, 0}},
                          {{"x", Kind::RightToUse}, {"x", Kind::RightToUse}}})
    EXPECT_EQ(device->set_traditional_licenses(bad, device.now()).error().code, ErrorCode::InvalidArgument);
  upgrade();
  EXPECT_EQ(device->set_traditional_licenses({}, device.now()).error().code, ErrorCode::Conflict);
  EXPECT_EQ(device.view().traditional, kLicenses);
}

TEST_F(Traditional, CNV_5_AConversionReportsWhatEntitlesOnceInADevicesLife) {
  traditional();
  EXPECT_EQ(device->begin_conversion(device.now()).error().message, "Smart Agent not registered");
  upgrade();
  EXPECT_EQ(device->begin_conversion(device.now()).error().message, "Smart Agent not registered");
  device.register_and_settle();
  const auto content = device->conversion_content();
  EXPECT_EQ(content.udis, device.settings.udis);
  EXPECT_EQ(content.product_tag, device.settings.product_tag);
  EXPECT_EQ(content.software_version, "16.9.1");
  EXPECT_EQ(content.licenses, std::vector(kLicenses.begin(), kLicenses.begin() + 2))
      << "an evaluation entitles to none";

  EXPECT_EQ(device->end_conversion("", device.now()).error().code, ErrorCode::Conflict);
  ASSERT_TRUE(device->begin_conversion(device.now()));
  device.power_cut();  // whatever it sent: the start was durable before
  device.boot_with_usage();
  EXPECT_EQ(device.view().conversion.state, Conversion::State::Started);
  EXPECT_EQ(device->begin_conversion(device.now()).error().code, ErrorCode::Conflict);
  ASSERT_TRUE(device->end_conversion("The account does not allow it", device.now()));
  EXPECT_EQ(device.view().conversion.reason, "The account does not allow it");
  ASSERT_TRUE(device->begin_conversion(device.now())) << "a failed one may begin again";
  ASSERT_TRUE(device->end_conversion("", device.now()));
  EXPECT_THAT(device->event_log(), Contains(HasSubstr("SAEVT_CONVERSION_STATUS state=\"succeeded\" error=\"\"")));

  // Another registration does not make it possible again.
  ASSERT_TRUE(device->deregister(device.now()));
  device.settle();
  device.register_and_settle();
  EXPECT_EQ(device->begin_conversion(device.now()).error().message, "Already converted");
}

TEST_F(Traditional, CNV_5_AConversionThatCouldNotBeWrittenDownHasNotBegun) {
  traditional();
  upgrade();
  device.register_and_settle();
  for (const auto fault : {lab::MemoryStore::Fault::FailsOld, lab::MemoryStore::Fault::FailsNew}) {
    device.store.fault = fault;
    device.store.at = device.store.writes + 1;
    EXPECT_EQ(device->begin_conversion(device.now()).error().code, ErrorCode::Io);
    EXPECT_EQ(device.view().conversion.state, Conversion::State::Failed);
    device.power_cut();
    device.boot_with_usage();
    EXPECT_EQ(device.view().conversion.state, Conversion::State::Failed) << "also where the write had arrived";
  }
  EXPECT_TRUE(device->begin_conversion(device.now())) << "it may begin again";
}

TEST_F(Traditional, CNV_5_WithoutTraditionalLicensesThereIsNothingToConvert) {
  registered();
  EXPECT_EQ(device->begin_conversion(device.now()).error().code, ErrorCode::NotFound);
}

}  // namespace
}  // namespace lictor::agent
