#include <gtest/gtest.h>

#include "device/config/editor.hpp"
#include "device/grammar/command_tree.hpp"
#include "unit/device/sample_views.hpp"

namespace lictor::device::test {
namespace {

const ConfigurationFacts kFacts{"16.12.3", "https://ssm.example.com:8443/its/service/oddce/services/DDCEService"};

Result<Configuration> read(const std::string& text) {
  static const Grammar grammar = make_grammar();
  return parse_configuration(grammar, text, factory_configuration(kFacts), kFacts);
}

Configuration read_ok(const std::string& text) {
  auto c = read(text);
  EXPECT_TRUE(c) << (c ? "" : c.error().message);
  return c ? *c : Configuration{};
}

TEST(Configuration, CLI_6_TextReadsBackToTheSameConfiguration) {
  const std::vector<Configuration> all = {
      factory_view().running, busy_view().running, stack_view().running, [] {
        Configuration c = factory_configuration(kFacts);
        c.service_call_home = false;
        c.domain_lookup = false;
        c.profiles[0].active = false;
        c.profiles[0].http_address = "";
        c.profiles[0].reports_licensing = false;
        c.profiles.push_back({"with blank", true, true, true, "https://x.example/y", false, true});
        c.transport = LicenseTransport::Smart;
        c.smart_url = "https://x.example/SmartTransport";
        c.smart_proxy_address = "p.example";
        c.smart_proxy_port = 3128;
        c.call_home_vrf = "Mgmt-vrf";
        c.call_home_source = "GigabitEthernet0/0";
        c.call_home_identity_check = false;
        c.zone = {"NST", -210};
        c.calendar_valid = true;
        c.logging_buffered = false;
        c.trustpoints[0].revocation = Revocation::CrlNone;
        c.trustpoints.push_back({"Big", "terminal", Revocation::Crl, {Bytes(100, 0xab), Bytes(1, 1)}});
        return c;
      }()};
  for (const Configuration& c : all) {
    for (const Defaults defaults : {Defaults::Hide, Defaults::Show}) {
      const std::string text = print_configuration(c, kFacts, defaults);
      EXPECT_EQ(read_ok(text), c) << text;
    }
  }
}

TEST(Configuration, CFG_2_FactoryProfileReachesTheManagerDirectly) {
  const Configuration c = factory_configuration(kFacts);
  ASSERT_EQ(c.profiles.size(), 1u);
  EXPECT_TRUE(c.profiles[0].active);
  EXPECT_TRUE(c.profiles[0].reports_licensing);
  EXPECT_EQ(c.profiles[0].http_address, kFacts.manager_url);
  EXPECT_EQ(print_configuration(c, kFacts, Defaults::Hide).find(kFacts.manager_url), std::string::npos);
  EXPECT_NE(print_configuration(c, kFacts, Defaults::Show).find("  destination address http " + kFacts.manager_url),
            std::string::npos);
}

TEST(Configuration, CFG_2_OneProfileAtMostIsActiveForSmartLicensing) {
  const auto second = read("call-home\n profile other\n  active\n  reporting smart-licensing-data\n");
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message.find("CiscoTAC-1"), std::string::npos);
  const Configuration c = read_ok(
      "call-home\n profile CiscoTAC-1\n  no active\n profile other\n  active\n  reporting smart-licensing-data\n");
  EXPECT_TRUE(c.find_profile("other")->reports_licensing);
  EXPECT_FALSE(c.find_profile("CiscoTAC-1")->active);
}

TEST(Configuration, CFG_2_NewProfileReportsCallHomeOnly) {
  const Configuration c = read_ok("call-home\n profile other\n  active\n");
  EXPECT_TRUE(c.find_profile("other")->reports_call_home);
  EXPECT_FALSE(c.find_profile("other")->reports_licensing);
}

TEST(Configuration, CFG_1_BootLevelWithAndWithoutAddon) {
  EXPECT_EQ(read_ok("license boot level network-advantage").boot_level, "network-advantage");
  const Configuration c = read_ok("license boot level network-advantage addon dna-advantage");
  EXPECT_EQ(c.boot_addon, "dna-advantage");
  EXPECT_EQ(read_ok("license boot level a addon b\nno license boot level\n").boot_level, "");
}

TEST(Configuration, CFG_4_NamesAndServers) {
  const Configuration c = read_ok(
      "ip host A 192.0.2.1\nip host a 192.0.2.2\nip name-server 192.0.2.53\nip name-server vrf M 192.0.2.54\nno ip "
      "domain lookup\n");
  EXPECT_EQ(c.ip_hosts, (std::vector<std::pair<std::string, std::string>>{{"a", "192.0.2.2"}}));
  EXPECT_EQ(c.name_servers.size(), 2u);
  EXPECT_FALSE(c.domain_lookup);
  EXPECT_FALSE(read("ip host A 192.0.2.256"));
}

TEST(Configuration, CFG_7_IdentityCheckGloballyAndInCallHome) {
  EXPECT_FALSE(read_ok("no http secure server-identity-check").server_identity_check);
  const Configuration c = read_ok("call-home\n no http secure server-identity-check\n");
  EXPECT_FALSE(c.call_home_identity_check);
  EXPECT_TRUE(c.server_identity_check);
}

TEST(Configuration, CFG_8_HostNameZoneAndLogging) {
  const Configuration c = read_ok(
      "hostname edge-1\nclock timezone EST -5 30\nlogging host 192.0.2.9\nlogging host 192.0.2.8 transport tcp port "
      "6514\nlogging buffered 16384\n");
  EXPECT_EQ(c.hostname, "edge-1");
  EXPECT_EQ(c.zone, (TimeZone{"EST", -330}));
  EXPECT_EQ(c.logging_hosts, (std::vector<SyslogHost>{{"192.0.2.9", "udp", 514}, {"192.0.2.8", "tcp", 6514}}));
  EXPECT_EQ(c.logging_buffer_bytes, 16384);
  EXPECT_FALSE(read("hostname -bad"));
}

TEST(Configuration, CLI_6_ProblemsCarryTheirLineNumbers) {
  const auto bad =
      read("hostname ok\nfrobnicate\ncall-home\n profile X\n  destination address http nonsense\nhostname\n");
  ASSERT_FALSE(bad);
  const std::string& text = bad.error().message;
  EXPECT_NE(text.find("line 2: frobnicate: invalid input"), std::string::npos) << text;
  EXPECT_NE(text.find("line 5: "), std::string::npos) << text;
  EXPECT_NE(text.find("line 6: hostname: incomplete command"), std::string::npos) << text;
}

TEST(Configuration, CLI_5_RunningConfigBeginsAsToolsExpect) {
  const std::string text = print_running_configuration(factory_configuration(kFacts), kFacts, Defaults::Hide);
  EXPECT_TRUE(text.starts_with("Building configuration...\n\nCurrent configuration : ")) << text;
  EXPECT_TRUE(text.ends_with("!\nend\n")) << text;
}

TEST(Configuration, PRO_5_ProblemsAreTextWhateverBytesTheLineHas) {
  const auto c = read("hostname A\n\xe4\x01 b\n");
  ASSERT_FALSE(c);
  EXPECT_EQ(c.error().message, "line 2: ?? b: invalid input");
}

}  // namespace
}  // namespace lictor::device::test
