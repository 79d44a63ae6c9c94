#include "device/machine/call_home.hpp"

#include <algorithm>
#include <cctype>

namespace lictor::device {
namespace {

// "GigabitEthernet0/0" -> {"gigabitethernet", "0/0"}
std::pair<std::string, std::string> split_interface(const std::string& name) {
  const auto digit = std::find_if(name.begin(), name.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
  std::string letters(name.begin(), digit);
  std::erase(letters, ' ');
  std::transform(letters.begin(), letters.end(), letters.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return {letters, std::string(digit, name.end())};
}

const Profile* licensing_profile(const Configuration& c) {
  const auto it = std::find_if(c.profiles.begin(), c.profiles.end(),
                               [](const Profile& p) { return p.active && p.reports_licensing; });
  return it == c.profiles.end() ? nullptr : &*it;
}

bool another_profile_is_active(const Configuration& c) {
  return std::any_of(c.profiles.begin(), c.profiles.end(),
                     [](const Profile& p) { return p.active && p.name != kDefaultProfile; });
}

// The words are the device's own (guide-notes 2); the last sentence names this project's documentation.
agent::LogLine failed_to_enable() {
  return {
      "CALL_HOME", 3, "CALL_HOME_FAILED_TO_ENABLE",
      "Failed to enable call-home from Smart Agent for Licensing: The command failed to enable smart call home due to "
      "an existing active user profile. If you are using a user profile other than CiscoTAC-1 profile to send data to "
      "SCH server in Cisco, please enter reporting smart-licensing-data under profile mode to configure that profile "
      "for smart licensing. For more details, see the device page of the Lictor documentation"};
}

http::RequestSettings request_settings(const Configuration& c, const WaySettings& s) {
  http::RequestSettings r;
  r.tls.trusted_roots = s.tls_roots;
  for (const Trustpoint& t : c.trustpoints) {
    r.tls.trusted_roots.insert(r.tls.trusted_roots.end(), t.certificates.begin(), t.certificates.end());
    if (t.name != kBuiltInTrustpoint) continue;
    r.tls.revocation = t.revocation == Revocation::Crl       ? http::RevocationCheck::Crl
                       : t.revocation == Revocation::CrlNone ? http::RevocationCheck::CrlIfAvailable
                                                             : http::RevocationCheck::None;
  }
  const bool check_name = c.server_identity_check && c.call_home_identity_check;
  r.tls.name_check = check_name ? http::TlsSettings::NameCheck::On : http::TlsSettings::NameCheck::Off;
  r.tls.verifier = s.verifier;
  r.tls.resumption = s.resumption;
  r.static_hosts = c.ip_hosts;
  // Names are resolved in the global table, also for a call-home in a VRF (guide-notes 3).
  for (const NameServer& server : c.name_servers) {
    if (server.vrf.empty()) r.name_servers.push_back(server.address);
  }
  // Port 9 discards: without `ip domain lookup` no name is ever resolved but those of `ip host`.
  if (!c.domain_lookup) r.name_servers = {"127.0.0.1:9"};
  const std::string& source = c.call_home_source.empty() ? c.http_source_interface : c.call_home_source;
  if (!source.empty()) r.source_interface = real_interface(s.interfaces, source);
  return r;
}

}  // namespace

std::string real_interface(const InterfaceMap& interfaces, const std::string& configured) {
  const auto [letters, numbers] = split_interface(configured);
  for (const auto& [name, real] : interfaces) {
    const auto [full, full_numbers] = split_interface(name);
    if (numbers == full_numbers && full.compare(0, letters.size(), letters) == 0) return real;
  }
  return configured;
}

std::variant<Way, NoWay> choose_way(const Configuration& c, const WaySettings& s) {
  switch (c.transport) {
    case LicenseTransport::Off:
      return NoWay{};
    case LicenseTransport::Smart: {
      Way way{c.smart_url.empty() ? s.smart_transport_url : c.smart_url, request_settings(c, s)};
      way.settings.proxy_host = c.smart_proxy_address;
      way.settings.proxy_port = c.smart_proxy_port;
      return way;
    }
    case LicenseTransport::CallHome:
      break;
  }
  if (!c.service_call_home) return NoWay{};
  const Profile* profile = licensing_profile(c);
  if (profile == nullptr) {
    return another_profile_is_active(c) ? NoWay{failed_to_enable()} : NoWay{};
  }
  if (!profile->by_http || profile->http_address.empty()) return NoWay{};
  Way way{profile->http_address, request_settings(c, s)};
  way.settings.proxy_host = c.http_proxy_host;
  way.settings.proxy_port = c.http_proxy_port;
  return way;
}

}  // namespace lictor::device
