#include <gtest/gtest.h>

#include "device/machine/call_home.hpp"
#include "unit/device/sample_views.hpp"

namespace lictor::device::test {
namespace {

const WaySettings kSettings = [] {
  WaySettings s;
  s.manager_url = "https://ssm.example.com/its/service/oddce/services/DDCEService";
  s.smart_transport_url = "https://ssm.example.com/SmartTransport";
  s.tls_roots = {Bytes{1}};
  s.interfaces = {{"GigabitEthernet0/0", "eth0"}, {"Vlan1", "br0"}};
  return s;
}();

Configuration factory() {
  return factory_configuration({"16.12.3", kSettings.manager_url});
}

Way way(const Configuration& c) {
  const auto chosen = choose_way(c, kSettings);
  if (const auto* w = std::get_if<Way>(&chosen)) return *w;
  ADD_FAILURE() << "no way";
  return {};
}

TEST(CallHome, CFG_2_FactoryProfileGoesToTheManager) {
  const Way w = way(factory());
  EXPECT_EQ(w.url, kSettings.manager_url);
  EXPECT_EQ(w.settings.tls.trusted_roots, kSettings.tls_roots);
  EXPECT_EQ(w.settings.tls.revocation, http::RevocationCheck::Crl);
  EXPECT_EQ(w.settings.tls.name_check, http::TlsSettings::NameCheck::On);
}

TEST(CallHome, CFG_3_SmartTransportGoesDirectlyAndOffGoesNowhere) {
  Configuration c = factory();
  c.transport = LicenseTransport::Smart;
  c.smart_proxy_address = "proxy.example";
  c.smart_proxy_port = 3128;
  c.service_call_home = false;
  EXPECT_EQ(way(c).url, kSettings.smart_transport_url);
  EXPECT_EQ(way(c).settings.proxy_host, "proxy.example");
  c.smart_url = "https://x.example/SmartTransport";
  EXPECT_EQ(way(c).url, c.smart_url);
  c.transport = LicenseTransport::Off;
  EXPECT_TRUE(std::holds_alternative<NoWay>(choose_way(c, kSettings)));
}

TEST(CallHome, CFG_4_NamesAreResolvedInTheGlobalTable) {
  Configuration c = factory();
  c.ip_hosts = {{"ssm.example.com", "192.0.2.1"}};
  c.name_servers = {{"", "192.0.2.53"}, {"Mgmt-vrf", "192.0.2.54"}};
  EXPECT_EQ(way(c).settings.name_servers, std::vector<std::string>{"192.0.2.53"});
  EXPECT_EQ(way(c).settings.static_hosts, c.ip_hosts);
  c.domain_lookup = false;
  EXPECT_EQ(way(c).settings.name_servers.size(), 1u);
  EXPECT_NE(way(c).settings.name_servers[0], "192.0.2.53");
}

TEST(CallHome, CFG_5_InterfacesMayBeAbbreviated) {
  for (const char* name : {"gi0/0", "GigabitEthernet0/0", "gigabitEthernet 0/0"}) {
    EXPECT_EQ(real_interface(kSettings.interfaces, name), "eth0") << name;
  }
  EXPECT_EQ(real_interface(kSettings.interfaces, "vl1"), "br0");
  EXPECT_EQ(real_interface(kSettings.interfaces, "lo"), "lo");
  Configuration c = factory();
  c.http_source_interface = "gi0/0";
  EXPECT_EQ(way(c).settings.source_interface, "eth0");
  c.call_home_source = "Vlan1";
  EXPECT_EQ(way(c).settings.source_interface, "br0");
}

TEST(CallHome, CFG_6_AcceptedCertificatesAreTrustedAndRevocationFollowsTheTrustpoint) {
  Configuration c = factory();
  c.trustpoints.push_back({"LicRoot", "terminal", Revocation::None, {Bytes{2}}});
  EXPECT_EQ(way(c).settings.tls.trusted_roots, (std::vector<Bytes>{{1}, {2}}));
  c.trustpoints[0].revocation = Revocation::None;
  EXPECT_EQ(way(c).settings.tls.revocation, http::RevocationCheck::None);
  c.trustpoints[0].revocation = Revocation::CrlNone;
  EXPECT_EQ(way(c).settings.tls.revocation, http::RevocationCheck::CrlIfAvailable);
}

TEST(CallHome, CFG_7_EitherIdentityCheckCanBeTurnedOff) {
  Configuration c = factory();
  c.server_identity_check = false;
  EXPECT_EQ(way(c).settings.tls.name_check, http::TlsSettings::NameCheck::Off);
  c = factory();
  c.call_home_identity_check = false;
  EXPECT_EQ(way(c).settings.tls.name_check, http::TlsSettings::NameCheck::Off);
}

TEST(CallHome, SCN_4a_OnlyAnotherActiveProfileIsNamedAsTheCause) {
  Configuration c = factory();
  c.profiles[0].active = false;
  EXPECT_FALSE(std::get<NoWay>(choose_way(c, kSettings)).complaint);
  c.profiles.push_back({"other", true, true, false, "https://x.example/", true, false});
  ASSERT_TRUE(std::get<NoWay>(choose_way(c, kSettings)).complaint);
  EXPECT_EQ(std::get<NoWay>(choose_way(c, kSettings)).complaint->mnemonic, "CALL_HOME_FAILED_TO_ENABLE");
  c.profiles[1].reports_licensing = true;
  EXPECT_EQ(way(c).url, "https://x.example/");
}

}  // namespace
}  // namespace lictor::device::test
