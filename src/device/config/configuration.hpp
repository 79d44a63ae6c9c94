// The configuration of the virtual device as a value (spec page 03, CFG-1 ... CFG-9), and its text form. Running and
// startup configuration are two of these; print and parse are each other's inverse.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "licensing/catalog/catalog.hpp"

namespace lictor::device {

inline constexpr std::string_view kDefaultProfile = "CiscoTAC-1";  // the name that tools and habits expect (CFG-2)
inline constexpr std::string_view kBuiltInTrustpoint = "SLA-TrustPoint";

struct Profile {
  std::string name;
  bool active = false;
  bool by_http = true;
  bool by_email = false;
  std::string http_address;  // "" = not set; of the default profile: the manager of the device
  bool reports_call_home = true;
  bool reports_licensing = false;
  friend bool operator==(const Profile&, const Profile&) = default;
};

enum class Revocation { Crl, CrlNone, None };

struct Trustpoint {
  std::string name;
  std::string enrollment = "";  // "terminal", "pkcs12", "" = not configured
  Revocation revocation = Revocation::Crl;
  std::vector<Bytes> certificates;  // DER, accepted by the operator
  friend bool operator==(const Trustpoint&, const Trustpoint&) = default;
};

struct NameServer {
  std::string vrf;  // "" = global table
  std::string address;
  friend bool operator==(const NameServer&, const NameServer&) = default;
};

struct SyslogHost {
  std::string host;
  std::string transport = "udp";  // "udp", "tcp"
  int port = 514;
  friend bool operator==(const SyslogHost&, const SyslogHost&) = default;
};

struct TimeZone {
  std::string name = "UTC";
  int offset_minutes = 0;
  friend bool operator==(const TimeZone&, const TimeZone&) = default;
};

enum class LicenseTransport { CallHome, Smart, Off };

struct Configuration {
  std::string hostname = "Switch";
  bool license_smart_enable = true;
  std::string boot_level;  // "" = none
  std::string boot_addon;
  LicenseTransport transport = LicenseTransport::CallHome;
  std::string smart_url;  // "" = default
  std::string smart_proxy_address;
  int smart_proxy_port = 0;

  bool service_call_home = true;
  std::string contact_email;
  std::string http_proxy_host;
  int http_proxy_port = 0;
  std::string call_home_vrf;
  std::string call_home_source;
  bool call_home_identity_check = true;
  std::vector<Profile> profiles;  // the default profile first

  std::vector<std::pair<std::string, std::string>> ip_hosts;  // name, address
  std::vector<NameServer> name_servers;
  bool domain_lookup = true;
  std::string domain_lookup_source;
  std::string http_source_interface;
  std::vector<Trustpoint> trustpoints;  // the built-in one first
  bool server_identity_check = true;

  TimeZone zone;
  bool calendar_valid = false;
  std::vector<SyslogHost> logging_hosts;
  bool logging_buffered = true;
  std::int64_t logging_buffer_bytes = 4096;

  [[nodiscard]] const Profile* find_profile(std::string_view name) const;
  [[nodiscard]] const Trustpoint* find_trustpoint(std::string_view name) const;
  friend bool operator==(const Configuration&, const Configuration&) = default;
};

// What the configuration's text shows beside the configuration itself.
struct ConfigurationFacts {
  std::string software_version;  // "16.12.3": the version line reads "16.12"
  std::string manager_url;       // with its path: the default profile's address
  bool smart_only = true;        // smart licensing is the image's only method (CFG-1, CAT-3)
};
ConfigurationFacts facts_of(std::string software_version, std::string manager_url, const catalog::Catalog& catalog,
                            const std::string& pid);

// A device as it leaves the factory (guide-notes 3).
Configuration factory_configuration(const ConfigurationFacts& facts);

enum class Defaults { Hide, Show };  // Show: `show running-config all`
// The body, from "!" to "end", one command a line.
std::string print_configuration(const Configuration& configuration, const ConfigurationFacts& facts, Defaults defaults);
// "Building configuration...", the size line and the body, as `show running-config` prints it.
std::string print_running_configuration(const Configuration& configuration, const ConfigurationFacts& facts,
                                        Defaults defaults);

}  // namespace lictor::device
