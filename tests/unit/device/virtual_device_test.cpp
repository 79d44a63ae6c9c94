#include <gtest/gtest.h>

#include "unit/device/world.hpp"

namespace lictor::device::test {
namespace {

TEST(VirtualDevice, CFG_1_BootLevelIsInUseFromTheStart) {
  World w;
  w.boot();
  const std::string summary = w.type("show license summary").output;
  EXPECT_NE(summary.find("  Status: EVAL MODE\n"), std::string::npos) << summary;
  EXPECT_NE(summary.find("  C9500 Network Advantage (C9500 Network Advantage)         1 EVAL MODE\n"
                         "  C9500-DNA-40X-A         (C9500-40X DNA Advantage)         1 EVAL MODE\n"),
            std::string::npos)
      << summary;
}

// Guide, section 4.1: the lines of a first registration, in this order.
TEST(VirtualDevice, LOG_1_LOG_2_LOG_3_RegistrationLogsTheGuidesSequence) {
  World w;
  w.boot();
  const std::size_t before = w.console.size();
  const Reply r = w.type("license smart register idtoken TOKEN");
  EXPECT_NE(r.output.find("Registration process is in progress."), std::string::npos);
  EXPECT_NE(r.output.find("Generating 256 bit EC keys, keys will be exportable...\n[OK]"), std::string::npos)
      << r.output;
  const std::vector<std::string> guide = {
      "CRYPTO_ENGINE-5-KEY_ADDITION",  "PKI-4-NOCONFIGAUTOSAVE",        "CALL_HOME-6-SCH_REGISTRATION_IN_PROGRESS",
      "SMART_LIC-6-EXPORT_CONTROLLED", "SMART_LIC-6-AGENT_REG_SUCCESS", "SMART_LIC-4-CONFIG_NOT_SAVED",
      "SMART_LIC-5-IN_COMPLIANCE",     "SMART_LIC-6-AUTH_RENEW_SUCCESS"};
  EXPECT_EQ(w.mnemonics(before), guide);
  const std::string summary = w.type("show license summary").output;
  EXPECT_NE(summary.find("  Status: REGISTERED\n  Smart Account: Example Company\n"), std::string::npos) << summary;
  EXPECT_NE(summary.find("(C9500-40X DNA Advantage)         1 AUTHORIZED\n"), std::string::npos) << summary;
}

// The same, word for word (guide-notes 2).
TEST(VirtualDevice, LOG_1_LOG_2_LOG_3_LinesReadAsTheGuides) {
  World w;
  w.boot();
  const std::size_t before = w.console.size();
  w.type("license smart register idtoken TOKEN");
  const std::vector<std::string> guide = {
      "%CRYPTO_ENGINE-5-KEY_ADDITION: A key named SLA-KeyPair has been generated or imported by crypto-engine",
      "%PKI-4-NOCONFIGAUTOSAVE: Configuration was modified.  Issue \"write memory\" to save new IOS PKI configuration",
      "%CALL_HOME-6-SCH_REGISTRATION_IN_PROGRESS: SCH device registration is in progress. Call-home will poll SCH "
      "server "
      "for registration result. You can also check SCH registration status with \"call-home request "
      "registration-info\" "
      "under EXEC mode.",
      "%SMART_LIC-6-EXPORT_CONTROLLED: Usage of export controlled features is allowed",
      "%SMART_LIC-6-AGENT_REG_SUCCESS: Smart Agent for Licensing Registration with the Smart Software Manager or "
      "satellite for udi PID:C9500-40X,SN:FCW2233A5ZV",
      "%SMART_LIC-4-CONFIG_NOT_SAVED: Smart Licensing configuration has not been saved",
      "%SMART_LIC-5-IN_COMPLIANCE: All entitlements and licenses in use on this device are authorized",
      "%SMART_LIC-6-AUTH_RENEW_SUCCESS: Authorization renewal with the Smart Software Manager or satellite. "
      "State=authorized for udi PID:C9500-40X,SN:FCW2233A5ZV"};
  ASSERT_EQ(w.console.size() - before, guide.size());
  for (std::size_t i = 0; i < guide.size(); ++i) {
    const std::string& line = w.console[before + i];
    EXPECT_EQ(line.substr(line.find('%')), guide[i]);
  }
}

TEST(VirtualDevice, SCN_3b_SCN_3c_LOG_6_CertificateDatesAreNamed) {
  struct Case {
    agent::TransportFailure failure;
    const char* expected;
  };
  const Case cases[] = {
      {agent::TransportFailure::CertificateNotYetValid,
       "%PKI-3-CERTIFICATE_INVALID_NOT_YET_VALID: Certificate chain validation has failed.  The certificate (SN: 0A1B) "
       "is "
       "not yet valid   Validity period starts on "},
      {agent::TransportFailure::CertificateExpired,
       "%PKI-3-CERTIFICATE_INVALID_EXPIRED: Certificate chain validation has failed.  The certificate (SN: 0A1B) has "
       "expired.   Validity period ended on "}};
  for (const Case& c : cases) {
    World w;
    w.boot();
    agent::TransportReply reply;
    reply.failure = c.failure;
    reply.certificate_serial = "0A1B";
    reply.certificate_date = w.clock.wall_now;
    w.carrier.canned = reply;
    w.type("license smart register idtoken TOKEN");
    EXPECT_NE(w.type("show logging").output.find(c.expected), std::string::npos) << c.expected;
    EXPECT_NE(w.type("show license all").output.find("Failure reason: Fail to send out Call Home HTTP message."),
              std::string::npos);
  }
}

TEST(VirtualDevice, SCN_7_LOG_6_MissingRevocationListIsPending) {
  World w;
  w.boot();
  w.type("license smart register idtoken TOKEN");
  agent::TransportReply reply;
  reply.failure = agent::TransportFailure::RevocationUnknown;
  reply.detail = "Reason : Failed to select socket. Timeout : 5 (Connection timed out)";
  w.carrier.canned = reply;
  w.type("license smart renew auth");
  const std::string status = w.type("show license status").output;
  EXPECT_NE(status.find("  Last Communication Attempt: PENDING on "), std::string::npos) << status;
  EXPECT_NE(status.find("    Failure reason: Waiting for reply\n"), std::string::npos) << status;
  EXPECT_NE(w.type("show logging")
                .output.find("%PKI-3-CRL_FETCH_FAIL: CRL fetch for trustpoint SLA-TrustPoint failed\n"
                             "Reason : Failed to select socket. Timeout : 5 (Connection timed out)\n"),
            std::string::npos);
}

TEST(VirtualDevice, SCN_8_OutOfComplianceIsShownPerTag) {
  World w;
  w.server.owned = 0;
  w.boot();
  w.type("license smart register idtoken TOKEN");
  EXPECT_NE(w.type("show license status").output.find("  Status: OUT OF COMPLIANCE on "), std::string::npos);
  EXPECT_NE(w.type("show license summary").output.find("1 OUT OF COMPLIANCE\n"), std::string::npos);
  EXPECT_TRUE(w.logged("SMART_LIC-3-OUT_OF_COMPLIANCE"));
}

TEST(VirtualDevice, LOG_7_EveryStepIsInTheEventLog) {
  World w;
  w.boot();
  w.type("license smart register idtoken TOKEN");
  const std::string events = w.type("show license eventlog").output;
  EXPECT_TRUE(events.starts_with("**** Event Log ****\n\n")) << events;
  EXPECT_NE(events.find(" SAEVT_REGISTER_STATUS msgStatus="), std::string::npos) << events;
}

TEST(VirtualDevice, STO_3_UnsavedRegistrationIsLostByReload) {
  World w;
  w.boot();
  w.type("license smart register idtoken TOKEN");
  EXPECT_TRUE(w.device->modified());
  EXPECT_EQ(w.type("reload").prompt, "System configuration has been modified. Save? [yes/no]: ");
  w.type("no");
  EXPECT_TRUE(w.type("").reloading);
  w.session = std::make_unique<Session>(w.grammar, *w.device, SessionSettings{});
  EXPECT_NE(w.type("show license status").output.find("  Status: UNREGISTERED\n"), std::string::npos);
}

TEST(VirtualDevice, STO_3_SavedRegistrationSurvivesReload) {
  World w;
  w.boot();
  w.type("license smart register idtoken TOKEN");
  EXPECT_EQ(w.type("write memory").output, "Building configuration...\n[OK]\n");
  EXPECT_FALSE(w.device->modified());
  EXPECT_EQ(w.type("reload").prompt, "Proceed with reload? [confirm]");
  w.type("");
  w.session = std::make_unique<Session>(w.grammar, *w.device, SessionSettings{});
  EXPECT_NE(w.type("show license status").output.find("  Status: REGISTERED\n"), std::string::npos);
  EXPECT_NE(w.type("show version").output.find("Last reload reason: Reload Command"), std::string::npos);
}

TEST(VirtualDevice, CFG_1_NewBootLevelTakesEffectAtReload) {
  World w;
  w.boot();
  w.configure({"license boot level network-essentials"});
  EXPECT_NE(w.type("show license summary").output.find("C9500 Network Advantage"), std::string::npos);
  w.type("write memory");
  w.type("reload noconfirm");
  w.session = std::make_unique<Session>(w.grammar, *w.device, SessionSettings{});
  const std::string summary = w.type("show license summary").output;
  EXPECT_NE(summary.find("C9500 Network Essentials"), std::string::npos) << summary;
  EXPECT_EQ(summary.find("DNA"), std::string::npos) << summary;
}

TEST(VirtualDevice, STO_2_AReloadThatTheDiskRefusesIsToldAndTriedAgain) {
  World w;
  w.boot();
  w.store.fault = agent::lab::MemoryStore::Fault::FailsOld;
  w.store.at = w.store.writes + 2;  // the orderly end, then the start
  w.type("reload noconfirm");
  EXPECT_TRUE(w.logged("SYS-2-BOOT_FAILED"));
  w.session = std::make_unique<Session>(w.grammar, *w.device, SessionSettings{});
  const auto ask = [&](const std::string& line) {  // no time passes
    std::optional<Reply> got;
    w.session->execute(line, w.session->prompt().size(), [&](Reply r) { got = std::move(r); });
    return got.value_or(Reply{});
  };
  for (const std::string command : {"show license status", "show license summary | json", "show license eventlog"}) {
    const auto told = ask(command).output;
    EXPECT_NE(told.find("% Smart Licensing is not running"), std::string::npos) << command << ": " << told;
  }
  EXPECT_TRUE(ask("license smart register idtoken TOKEN").failed);
  EXPECT_TRUE(ask("write memory").failed) << "the identity was not saved";
  w.scheduler.run(seconds(10));
  EXPECT_NE(ask("show license status").output.find("EVAL MODE"), std::string::npos);
  EXPECT_FALSE(w.type("license smart register idtoken TOKEN").failed);
  EXPECT_NE(ask("show license status").output.find("Status: REGISTERED"), std::string::npos);
}

TEST(VirtualDevice, CFG_1_LevelThatTheModelLacksIsRefused) {
  World w;
  w.boot();
  w.type("configure terminal");
  EXPECT_TRUE(w.type("license boot level network-premier").failed);
  EXPECT_EQ(w.device->running().boot_level, "network-advantage");
}

TEST(VirtualDevice, SCN_4a_AnotherActiveProfileWithoutReportingDisablesTheTransport) {
  World w;
  w.boot();
  w.configure({"call-home", "profile CiscoTAC-1", "no active", "profile other", "active",
               "destination address http https://ssm.example.com/its/service/oddce/services/DDCEService"});
  const std::size_t before = w.console.size();
  w.type("license smart register idtoken TOKEN");
  const std::string all = w.type("show license all").output;
  EXPECT_NE(all.find("  Status: UNREGISTERED - REGISTRATION FAILED\n"), std::string::npos) << all;
  EXPECT_NE(all.find("    Failure reason: Communication transport not available.\n"), std::string::npos) << all;
  EXPECT_EQ(all.find("Next Registration Attempt"), std::string::npos) << all;
  EXPECT_TRUE(w.logged("CALL_HOME-3-CALL_HOME_FAILED_TO_ENABLE", before));
  EXPECT_TRUE(w.logged("SMART_LIC-3-AGENT_REG_FAILED", before));
  EXPECT_TRUE(w.logged("SMART_LIC-3-COMM_FAILED", before));

  w.configure({"call-home", "profile other", "reporting smart-licensing-data"});
  w.type("license smart register idtoken TOKEN");
  EXPECT_NE(w.type("show license status").output.find("  Status: REGISTERED\n"), std::string::npos);
}

TEST(VirtualDevice, SCN_4b_WithoutCallHomeServiceTheTransportIsNotAvailable) {
  for (const std::vector<std::string>& cause :
       {std::vector<std::string>{"no service call-home"},
        std::vector<std::string>{"call-home", "profile CiscoTAC-1", "no active"}}) {
    World w;
    w.boot();
    w.configure(cause);
    const std::size_t before = w.console.size();
    w.type("license smart register idtoken TOKEN");
    EXPECT_NE(w.type("show license all").output.find("Failure reason: Communication transport not available."),
              std::string::npos);
    EXPECT_FALSE(w.logged("CALL_HOME-3-CALL_HOME_FAILED_TO_ENABLE", before));
    EXPECT_TRUE(w.logged("SMART_LIC-3-AGENT_REG_FAILED", before));
    EXPECT_TRUE(w.logged("SMART_LIC-3-COMM_FAILED", before));
    EXPECT_TRUE(w.carrier.ways.empty());
  }
}

TEST(VirtualDevice, SCN_5_LOG_4_LOG_5_FailedSendKeepsTheStatusAndIsLogged) {
  World w;
  w.boot();
  w.type("license smart register idtoken TOKEN");
  w.carrier.down = true;
  const std::size_t before = w.console.size();
  w.type("license smart renew auth");
  const std::string status = w.type("show license status").output;
  EXPECT_NE(status.find("  Status: AUTHORIZED on "), std::string::npos) << status;
  EXPECT_NE(status.find("    Failure reason: Fail to send out Call Home HTTP message.\n"), std::string::npos) << status;
  EXPECT_TRUE(w.logged("CALL_HOME-5-SL_MESSAGE_FAILED", before));
  EXPECT_TRUE(w.logged("SMART_LIC-3-COMM_FAILED", before));
  EXPECT_TRUE(w.logged("SMART_LIC-3-AUTH_RENEW_FAILED", before));
  const auto line = std::find_if(w.console.begin(), w.console.end(),
                                 [](const std::string& l) { return l.find("SL_MESSAGE_FAILED") != std::string::npos; });
  ASSERT_NE(line, w.console.end());
  EXPECT_NE(
      line->find("Fail to send out Smart Licensing message to: "
                 "https://ssm.example.com:8443/its/service/oddce/services/DDCEService (ERR 205 : Request Aborted)"),
      std::string::npos)
      << *line;
}

TEST(VirtualDevice, AUTH_8_ANewWayIsTriedAtOnce) {
  World w;
  w.boot();
  w.type("license smart register idtoken TOKEN");
  w.carrier.down = true;
  w.type("license smart renew auth");
  w.carrier.down = false;
  w.configure({"call-home", "profile CiscoTAC-1",
               "destination address http https://other.example/its/service/oddce/services/DDCEService"});
  EXPECT_EQ(w.carrier.ways.back().url, "https://other.example/its/service/oddce/services/DDCEService");
  EXPECT_EQ(w.type("show license status").output.find("FAILED on"), std::string::npos);
}

TEST(VirtualDevice, SCN_1_RegisterAfterALostRegistrationMeetsTheOldOne) {
  World w;
  w.boot();
  w.type("license smart register idtoken TOKEN");
  w.type("reload noconfirm");
  w.session = std::make_unique<Session>(w.grammar, *w.device, SessionSettings{});
  w.server.refuse[protocol::MessageType::Register] = {
      protocol::Code::LS_ALREADY_REGISTERED, "Existing Product Instance has consumption and Force Flag is False", 0,
      Duration{0}};
  w.type("license smart register idtoken TOKEN");
  const std::string all = w.type("show license all").output;
  EXPECT_NE(all.find("  Status: UNREGISTERED - REGISTRATION FAILED\n"), std::string::npos) << all;
  EXPECT_NE(all.find("  Next Registration Attempt: "), std::string::npos) << all;
  w.server.refuse.clear();
  w.type("license smart register idtoken TOKEN force");
  EXPECT_NE(w.type("show license status").output.find("  Status: REGISTERED\n"), std::string::npos);
}

VirtualDeviceSettings stack_settings() {
  VirtualDeviceSettings s = c9500_settings();
  s.stack = {{{"C9300-24UX", "FOC2201L0A1"}, UdiRole::Active},
             {{"C9300-24UX", "FOC2201L0A2"}, UdiRole::Standby},
             {{"C9300-24UX", "FOC2201L0A3"}, UdiRole::Member}};
  return s;
}

TEST(VirtualDevice, HA_1_MemberRemovedChangesCountsAndList) {
  World w(stack_settings());
  w.boot();
  w.type("license smart register idtoken TOKEN");
  EXPECT_NE(w.type("show license summary").output.find("      3 AUTHORIZED"), std::string::npos);
  ASSERT_EQ(w.server.instances.size(), 1u);
  EXPECT_EQ(w.server.instances[0].udis.size(), 3u);

  EXPECT_FALSE(w.type("stack member remove FOC2201L0A2").failed);
  EXPECT_EQ(w.type("show license udi").output,
            "UDI: PID:C9300-24UX,SN:FOC2201L0A1\n\nHA UDI List:\n    Active:PID:C9300-24UX,SN:FOC2201L0A1\n"
            "    Standby:PID:C9300-24UX,SN:FOC2201L0A3\n");
  EXPECT_NE(w.type("show license summary").output.find("      2 AUTHORIZED"), std::string::npos);
  EXPECT_EQ(w.server.instances[0].udis.size(), 2u);

  EXPECT_FALSE(w.type("stack member add C9300-24UX FOC2201L0A9").failed);
  EXPECT_NE(w.type("show license summary").output.find("      3 AUTHORIZED"), std::string::npos);
}

TEST(VirtualDevice, HA_1_StandbyTakesOverWhenTheActiveIsPulled) {
  World w(stack_settings());
  w.boot();
  w.type("license smart register idtoken TOKEN");
  const std::size_t before = w.console.size();
  w.type("stack member remove FOC2201L0A1");
  EXPECT_NE(w.type("show license udi").output.find("UDI: PID:C9300-24UX,SN:FOC2201L0A2\n"), std::string::npos);
  EXPECT_TRUE(w.logged("SMART_LIC-6-HA_ROLE_CHANGED", before));
  EXPECT_TRUE(w.type("stack member remove NOBODY").failed);
}

TEST(VirtualDevice, HA_1_AChangeOfMembersSendsOneAuthorizationWithCountsAndList) {
  World w(stack_settings());
  w.boot();
  w.type("license smart register idtoken TOKEN");
  const auto before = w.server.requests.size();
  w.type("stack member add C9300-24UX FOC2201L0A9");
  w.scheduler.run(minutes(1));
  ASSERT_EQ(w.server.requests.size(), before + 1);
  EXPECT_EQ(w.server.instances[0].udis.size(), 4u);
  EXPECT_EQ(w.server.instances[0].usage.at(0).count, 4);
}

TEST(VirtualDevice, HA_1_ASwitchoverCarriesASavedRegistrationOn) {
  World w(stack_settings());
  w.boot();
  w.type("license smart register idtoken TOKEN");
  w.type("write memory");
  const std::size_t before = w.console.size();
  w.type("stack member remove FOC2201L0A1");
  EXPECT_TRUE(w.logged("SMART_LIC-6-HA_ROLE_CHANGED", before));
  EXPECT_NE(w.type("show license status").output.find("  Status: REGISTERED\n"), std::string::npos);
  EXPECT_NE(w.type("show license summary").output.find("      2 AUTHORIZED"), std::string::npos);
  EXPECT_EQ(w.server.registrations, 1) << "no new token";
  ASSERT_EQ(w.server.instances.size(), 1u);
  EXPECT_EQ(w.server.instances[0].udis.size(), 2u);
  EXPECT_EQ(active_udi(w.server.instances[0].udis).sn, "FOC2201L0A2");
}

TEST(VirtualDevice, CLI_6_HA_1_ASwitchoverByCommandSwapsTheRolesAndCarriesOn) {
  World w(stack_settings());
  w.boot();
  w.type("license smart register idtoken TOKEN");
  w.type("write memory");
  EXPECT_EQ(w.type("redundancy force-switchover").prompt, "Proceed with switchover to standby RP? [confirm]");
  w.type("n");
  EXPECT_NE(w.type("show license udi").output.find("    Active:PID:C9300-24UX,SN:FOC2201L0A1\n"), std::string::npos);
  w.type("redundancy force-switchover");
  const std::size_t before = w.console.size();
  EXPECT_FALSE(w.type("").failed);
  EXPECT_TRUE(w.logged("SMART_LIC-6-HA_ROLE_CHANGED", before));
  EXPECT_EQ(w.type("show license udi").output,
            "UDI: PID:C9300-24UX,SN:FOC2201L0A2\n\nHA UDI List:\n    Active:PID:C9300-24UX,SN:FOC2201L0A2\n"
            "    Standby:PID:C9300-24UX,SN:FOC2201L0A1\n    Member:PID:C9300-24UX,SN:FOC2201L0A3\n");
  EXPECT_NE(w.type("show license summary").output.find("      3 AUTHORIZED"), std::string::npos);
  EXPECT_EQ(w.server.registrations, 1);
  EXPECT_EQ(active_udi(w.server.instances.at(0).udis).sn, "FOC2201L0A2");
}

TEST(VirtualDevice, CLI_6_WithoutAStandbyThereIsNoSwitchover) {
  World w;
  w.boot();
  w.type("redundancy force-switchover");
  const auto refused = w.type("");
  EXPECT_TRUE(refused.failed);
  EXPECT_EQ(refused.output, "% There is no standby to switch over to\n");
}

TEST(VirtualDevice, STO_3_ASwitchoverLosesARegistrationThatWasNotSaved) {
  World w(stack_settings());
  w.boot();
  w.type("license smart register idtoken TOKEN");
  EXPECT_TRUE(w.logged("PKI-4-NOCONFIGAUTOSAVE"));
  w.type("stack member remove FOC2201L0A1");
  EXPECT_NE(w.type("show license status").output.find("  Status: UNREGISTERED\n"), std::string::npos);
  EXPECT_NE(w.type("show license summary").output.find("EVAL MODE"), std::string::npos);
}

TEST(VirtualDevice, STO_2_ASwitchoverThatTheDiskRefusesIsToldAndTriedAgain) {
  World w(stack_settings());
  w.boot();
  w.store.fault = agent::lab::MemoryStore::Fault::FailsOld;
  w.store.at = w.store.writes + 2;  // the orderly end, then the start
  EXPECT_TRUE(w.type("stack member remove FOC2201L0A1").failed);
  EXPECT_TRUE(w.logged("SYS-2-BOOT_FAILED"));
  w.scheduler.run(seconds(10));
  EXPECT_NE(w.type("show license summary").output.find("      2 EVAL MODE"), std::string::npos);
}

// CAT-3: an image from before smart licensing was the only method.
VirtualDeviceSettings old_image() {
  VirtualDeviceSettings s = stack_settings();
  s.software_version = "16.6.4";
  s.initial_startup = "hostname OLD\nlicense boot level network-advantage\nno license smart enable\n";
  return s;
}

TEST(VirtualDevice, CFG_1_AnOldImageRunsWithoutSmartLicensing) {
  World w(old_image());
  w.boot();
  EXPECT_TRUE(w.logged("SMART_LIC-6-DISABLED"));
  EXPECT_EQ(w.type("show license status").output, "Smart Licensing is DISABLED\n");
  const auto summary = w.type("show license summary").output;
  EXPECT_TRUE(summary.starts_with("Smart Licensing is DISABLED\n\nLicense Usage:\n")) << summary;
  EXPECT_NE(summary.find("      3 IN USE\n"), std::string::npos) << summary;
  EXPECT_EQ(summary.find("Registration"), std::string::npos) << summary;
  EXPECT_NE(w.type("show license summary | json").output.find("\"DISABLED\""), std::string::npos);
  const auto usage = w.type("show license usage").output;
  EXPECT_TRUE(usage.starts_with("Smart Licensing is DISABLED\n\n")) << usage;
  EXPECT_NE(usage.find("  Status: IN USE\n"), std::string::npos) << usage;
  EXPECT_EQ(w.type("show license all").output.find("Registration:"), std::string::npos);
  EXPECT_TRUE(w.type("license smart register idtoken TOKEN").failed);
  EXPECT_TRUE(w.server.requests.empty());
  EXPECT_NE(w.type("show running-config").output.find("\nno license smart enable\n"), std::string::npos);
}

TEST(VirtualDevice, CFG_1_AnOldImageMayTurnSmartLicensingOnAndOff) {
  World w(old_image());
  w.boot();
  w.configure({"license smart enable"});
  EXPECT_TRUE(w.logged("SMART_LIC-6-AGENT_ENABLED"));
  EXPECT_NE(w.type("show license summary").output.find("  Status: EVAL MODE\n"), std::string::npos);
  w.type("license smart register idtoken TOKEN");
  w.type("configure terminal");
  EXPECT_TRUE(w.type("no license smart enable").failed) << "while it is registered";
  w.type("end");
  EXPECT_TRUE(w.device->running().license_smart_enable);
  w.type("license smart deregister");
  w.configure({"no license smart enable"});
  EXPECT_EQ(w.type("show license status").output, "Smart Licensing is DISABLED\n");
}

TEST(VirtualDevice, CAT_3_TheUpgradeToSmartLicensingCarriesOverWhatWasInUse) {
  World w(old_image());
  w.boot();
  w.type("write memory");
  ASSERT_NE(w.files.startup->find("no license smart enable"), std::string::npos);
  w.device.reset();
  w.settings.software_version = "16.9.1";
  w.boot();
  EXPECT_NE(w.type("show license summary").output.find("      3 EVAL MODE"), std::string::npos);
  EXPECT_NE(w.type("show license eventlog")
                .output.find("SAEVT_UPGRADED licenses=\"network-advantage right-to-use 3 in "
                             "use\""),
            std::string::npos);
}

TEST(VirtualDevice, CFG_9_ClockSetMovesTheDevicesClockAndSurvivesReload) {
  World w;
  w.boot();
  w.type("clock set 10:00:00 24 Nov 2030");
  EXPECT_NE(w.type("show clock").output.find("Nov 24 2030"), std::string::npos);
  EXPECT_TRUE(w.type("show clock").output.starts_with("*"));
  w.type("reload noconfirm");
  w.session = std::make_unique<Session>(w.grammar, *w.device, SessionSettings{});
  EXPECT_NE(w.type("show clock").output.find("Nov 24 2030"), std::string::npos);
}

TEST(VirtualDevice, LOG_6_UntrustedClockIsSaidAtBoot) {
  World w;
  w.boot();
  EXPECT_TRUE(w.logged("PKI-2-NON_AUTHORITATIVE_CLOCK"));
  World trusted;
  trusted.settings.initial_startup += "clock calendar-valid\n";
  trusted.boot();
  EXPECT_FALSE(trusted.logged("PKI-2-NON_AUTHORITATIVE_CLOCK"));
  EXPECT_NE(trusted.console.front().front(), '*');
}

TEST(VirtualDevice, CFG_8_LinesGoToLoggingHosts) {
  World w;
  w.boot();
  w.configure({"logging host 192.0.2.9"});
  w.type("license smart register idtoken TOKEN");
  const auto found = std::find_if(w.syslog.sent.begin(), w.syslog.sent.end(),
                                  [](const auto& s) { return s.second.message_id == "AGENT_REG_SUCCESS"; });
  ASSERT_NE(found, w.syslog.sent.end());
  EXPECT_EQ(found->first, "192.0.2.9");
  EXPECT_EQ(found->second.host_name, "C9500");
}

TEST(VirtualDevice, CLI_5_ShowLoggingHoldsTheLines) {
  World w;
  w.boot();
  w.type("license smart register idtoken TOKEN");
  EXPECT_NE(w.type("show logging | include IN_COMPLIANCE").output.find("%SMART_LIC-5-IN_COMPLIANCE: All entitlements"),
            std::string::npos);
}

TEST(VirtualDevice, REG_9_DeregisterReturnsToEvaluation) {
  World w;
  w.boot();
  w.type("license smart register idtoken TOKEN");
  EXPECT_FALSE(w.type("license smart deregister").failed);
  const std::string status = w.type("show license status").output;
  EXPECT_NE(status.find("  Status: UNREGISTERED\n"), std::string::npos) << status;
  EXPECT_TRUE(w.server.instances.empty());
}

TEST(VirtualDevice, STO_2_StartSaysWhatIsWrongWithTheStartupConfiguration) {
  World w;
  w.files.startup = "hostname ok\nnonsense\n";
  MachinePorts ports;
  ports.clock = &w.clock;
  ports.files = &w.files;
  ports.scheduler = &w.scheduler;
  const auto started = VirtualDevice::start(w.settings, w.catalog, w.grammar, ports);
  ASSERT_FALSE(started);
  EXPECT_NE(started.error().message.find("line 2: nonsense"), std::string::npos) << started.error().message;
}

TEST(VirtualDevice, CLI_5_RunningConfigOfTheRunningDeviceReadsBack) {
  World w;
  w.boot();
  w.configure({"hostname edge", "ip host ssm.example.com 192.0.2.10"});
  w.type("write memory");
  const std::string text = w.type("show startup-config").output;
  EXPECT_NE(text.find("hostname edge\n"), std::string::npos);
  EXPECT_NE(w.type("show running-config").output.find("ip host ssm.example.com 192.0.2.10\n"), std::string::npos);
}

}  // namespace
}  // namespace lictor::device::test
