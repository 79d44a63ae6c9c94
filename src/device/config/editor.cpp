#include "device/config/editor.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace lictor::device {
namespace {

int to_int(const std::string& text) {
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

Error refuse(std::string message) {
  return {ErrorCode::InvalidArgument, std::move(message)};
}

bool same_word(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
         });
}

// RFC 952 and 1123 letters; IOS takes 63 characters.
bool is_host_name(std::string_view name) {
  if (name.empty() || name.size() > 63 || std::isalnum(static_cast<unsigned char>(name.front())) == 0) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
  });
}

bool is_url(std::string_view text) {
  for (const std::string_view scheme : {std::string_view("http://"), std::string_view("https://")}) {
    if (text.size() > scheme.size() && same_word(text.substr(0, scheme.size()), scheme)) return text.size() <= 1024;
  }
  return false;
}

// A line goes into messages and logs, whatever bytes it has.
std::string printable(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < 0x20 || c == 0x7f; }, '?');
  return text;
}

}  // namespace

ConfigurationEditor::Handler ConfigurationEditor::handler(Command command) {
  switch (command) {
    case Command::Exit:
    case Command::End:
      return &ConfigurationEditor::leave;
    case Command::LicenseSmartEnable:
    case Command::LicenseBootLevel:
    case Command::LicenseSmartTransport:
    case Command::LicenseSmartUrl:
    case Command::LicenseSmartProxyAddress:
    case Command::LicenseSmartProxyPort:
      return &ConfigurationEditor::license;
    case Command::Hostname:
    case Command::ServiceCallHome:
    case Command::ServerIdentityCheck:
    case Command::Accepted:
      return &ConfigurationEditor::services;
    case Command::IpHost:
    case Command::IpNameServer:
    case Command::IpDomainLookup:
    case Command::IpHttpClientSource:
      return &ConfigurationEditor::names;
    case Command::ClockTimezone:
    case Command::ClockCalendarValid:
    case Command::LoggingHost:
    case Command::LoggingBuffered:
      return &ConfigurationEditor::logging_and_clock;
    case Command::CallHomeMode:
    case Command::Profile:
    case Command::ContactEmail:
    case Command::HttpProxy:
    case Command::CallHomeSource:
    case Command::CallHomeVrf:
    case Command::CallHomeIdentityCheck:
      return &ConfigurationEditor::call_home;
    case Command::ProfileActive:
    case Command::ProfileAddress:
    case Command::ProfileTransport:
    case Command::ProfileReporting:
      return &ConfigurationEditor::profile;
    case Command::TrustpointMode:
    case Command::CertificateChainMode:
    case Command::Enrollment:
    case Command::RevocationCheck:
    case Command::CertificateCa:
      return &ConfigurationEditor::trust;
    default:
      return nullptr;
  }
}

Result<std::string> ConfigurationEditor::apply(const Parsed& command) {
  const Handler handle = handler(command.command);
  if (handle == nullptr) return refuse("% This command is not for a configuration file");
  for (const auto& [name, value] : command.values) {
    const bool may_have_blanks = name == "name" || name == "profile";
    if (value.find('"') != std::string::npos || (!may_have_blanks && value.find(' ') != std::string::npos)) {
      return refuse("% Blanks and quotation marks are not allowed in \"" + value + "\"");
    }
  }
  if (command.mode != mode_ && command.command != Command::End) mode_ = command.mode;  // a line of an outer mode
  return (this->*handle)(command);
}

Result<std::string> ConfigurationEditor::leave(const Parsed& p) {
  mode_ = p.command == Command::End ? Mode::Exec : parent(mode_);
  return std::string();
}

Result<std::string> ConfigurationEditor::license(const Parsed& p) {
  Configuration& c = configuration_;
  switch (p.command) {
    case Command::LicenseSmartEnable:
      // From 16.9.1 and 16.10.1 on it is the only method (CFG-1).
      if (p.negated && facts_.smart_only)
        return refuse("% Smart licensing is the only licensing method of this image and cannot be disabled");
      c.license_smart_enable = !p.negated;
      break;
    case Command::LicenseBootLevel: {
      const std::string level = p.negated ? "" : p.value("level");
      const std::string addon = p.negated ? "" : p.value("addon");
      if (level == c.boot_level && addon == c.boot_addon) break;
      c.boot_level = level;
      c.boot_addon = addon;
      return std::string("% use 'write' command to make license boot config take effect on next boot\n");
    }
    case Command::LicenseSmartTransport: {
      const std::string which = p.negated ? "callhome" : p.value("transport");
      c.transport = which == "smart" ? LicenseTransport::Smart
                    : which == "off" ? LicenseTransport::Off
                                     : LicenseTransport::CallHome;
      break;
    }
    case Command::LicenseSmartUrl: {
      const std::string url = p.negated || p.value("url") == "default" ? "" : p.value("url");
      if (!url.empty() && !is_url(url)) return refuse("% Invalid URL: it begins with http:// or https://");
      c.smart_url = url;
      break;
    }
    case Command::LicenseSmartProxyAddress:
      c.smart_proxy_address = p.negated ? "" : p.value("host");
      break;
    default:
      c.smart_proxy_port = p.negated ? 0 : to_int(p.value("port"));
      break;
  }
  return std::string();
}

Result<std::string> ConfigurationEditor::services(const Parsed& p) {
  switch (p.command) {
    case Command::Hostname: {
      const std::string name = p.negated ? Configuration{}.hostname : p.value("name");
      if (!is_host_name(name)) return refuse("% Hostname contains one or more illegal characters.");
      configuration_.hostname = name;
      break;
    }
    case Command::ServiceCallHome:
      configuration_.service_call_home = !p.negated;
      break;
    case Command::ServerIdentityCheck:
      configuration_.server_identity_check = !p.negated;
      break;
    default:
      break;  // Accepted
  }
  return std::string();
}

Result<std::string> ConfigurationEditor::names(const Parsed& p) {
  Configuration& c = configuration_;
  switch (p.command) {
    case Command::IpHost: {
      const std::string name = p.value("name");
      std::erase_if(c.ip_hosts, [&](const auto& entry) { return same_word(entry.first, name); });
      if (!p.negated) c.ip_hosts.emplace_back(name, p.value("address"));
      break;
    }
    case Command::IpNameServer: {
      const NameServer server{p.value("vrf"), p.value("address")};
      std::erase(c.name_servers, server);
      if (!p.negated) {
        if (c.name_servers.size() >= 6) return refuse("% Name-server table is full; 6 servers are allowed");
        c.name_servers.push_back(server);
      }
      break;
    }
    case Command::IpDomainLookup:
      c.domain_lookup = !p.negated;
      c.domain_lookup_source = p.value("interface");
      break;
    default:
      c.http_source_interface = p.negated ? "" : p.value("interface");
      break;
  }
  return std::string();
}

Result<std::string> ConfigurationEditor::logging_and_clock(const Parsed& p) {
  Configuration& c = configuration_;
  switch (p.command) {
    case Command::ClockTimezone: {
      if (p.negated) {
        c.zone = TimeZone{};
        break;
      }
      const int hours = to_int(p.value("hours"));
      const int minutes = to_int(p.value("minutes"));
      c.zone = {p.value("zone"), hours * 60 + (hours < 0 ? -minutes : minutes)};
      break;
    }
    case Command::ClockCalendarValid:
      c.calendar_valid = !p.negated;
      break;
    case Command::LoggingHost: {
      SyslogHost host{p.value("host"), p.has("transport") ? p.value("transport") : "udp", 514};
      if (host.transport == "tcp") host.port = 601;  // RFC 3195's; IOS has the same default
      if (p.has("port")) host.port = to_int(p.value("port"));
      std::erase_if(c.logging_hosts, [&](const SyslogHost& h) { return h.host == host.host; });
      if (!p.negated) c.logging_hosts.push_back(std::move(host));
      break;
    }
    default:
      c.logging_buffered = !p.negated;
      c.logging_buffer_bytes = p.has("bytes") ? to_int(p.value("bytes")) : 4096;
      break;
  }
  return std::string();
}

Result<std::string> ConfigurationEditor::call_home(const Parsed& p) {
  Configuration& c = configuration_;
  switch (p.command) {
    case Command::CallHomeMode:
      mode_ = Mode::CallHome;
      break;
    case Command::ContactEmail:
      c.contact_email = p.negated ? "" : p.value("address");
      break;
    case Command::HttpProxy:
      c.http_proxy_host = p.negated ? "" : p.value("host");
      c.http_proxy_port = p.negated ? 0 : to_int(p.value("port"));
      break;
    case Command::CallHomeSource:
      c.call_home_source = p.negated ? "" : p.value("interface");
      break;
    case Command::CallHomeVrf:
      c.call_home_vrf = p.negated ? "" : p.value("vrf");
      break;
    case Command::CallHomeIdentityCheck:
      c.call_home_identity_check = !p.negated;
      break;
    default: {  // Profile
      const std::string name = p.value("profile");
      if (p.negated) {
        if (name == kDefaultProfile) return refuse("% The predefined profile cannot be removed");
        if (std::erase_if(c.profiles, [&](const Profile& q) { return q.name == name; }) == 0) {
          return refuse("% Profile " + name + " does not exist");
        }
        break;
      }
      if (c.find_profile(name) == nullptr) {
        Profile fresh;
        fresh.name = name;
        c.profiles.push_back(std::move(fresh));
      }
      profile_ = name;
      mode_ = Mode::CallHomeProfile;
      break;
    }
  }
  return std::string();
}

Profile* ConfigurationEditor::current_profile() {
  return const_cast<Profile*>(configuration_.find_profile(profile_));  // our own, non-const configuration
}
Trustpoint* ConfigurationEditor::current_trustpoint() {
  return const_cast<Trustpoint*>(configuration_.find_trustpoint(trustpoint_));
}

// Exactly one profile may be active for smart licensing (CFG-2).
Result<void> ConfigurationEditor::check_one_licensing_profile(const Profile& candidate) const {
  if (!candidate.active || !candidate.reports_licensing) return {};
  for (const Profile& other : configuration_.profiles) {
    if (other.name != candidate.name && other.active && other.reports_licensing) {
      return refuse("% Profile " + other.name +
                    " is active for smart licensing already; only one profile may be: enter \"no active\" or "
                    "\"no reporting smart-licensing-data\" there first");
    }
  }
  return {};
}

Result<std::string> ConfigurationEditor::profile(const Parsed& p) {
  Profile* stored = current_profile();
  if (stored == nullptr) return refuse("% The profile does not exist any more");
  Profile next = *stored;
  switch (p.command) {
    case Command::ProfileActive:
      next.active = !p.negated;
      break;
    case Command::ProfileAddress: {
      const std::string url = p.value("url");
      if (p.negated) {
        if (!url.empty() && url != next.http_address) return refuse("% The profile has no such address");
        next.http_address.clear();
        break;
      }
      if (!is_url(url)) return refuse("% Invalid URL: it begins with http:// or https://");
      next.http_address = url;
      break;
    }
    case Command::ProfileTransport:
      (p.value("method") == "email" ? next.by_email : next.by_http) = !p.negated;
      break;
    default: {
      const std::string what = p.value("what");
      if (what != "smart-licensing-data") next.reports_call_home = !p.negated;
      if (what != "smart-call-home-data") next.reports_licensing = !p.negated;
      break;
    }
  }
  if (auto ok = check_one_licensing_profile(next); !ok) return ok.error();
  *stored = std::move(next);
  return std::string();
}

Result<std::string> ConfigurationEditor::trust(const Parsed& p) {
  Configuration& c = configuration_;
  const bool inside = p.command == Command::Enrollment || p.command == Command::RevocationCheck;
  if (inside && current_trustpoint() == nullptr) return refuse("% The trustpoint does not exist any more");
  switch (p.command) {
    case Command::TrustpointMode: {
      const std::string name = p.value("name");
      if (p.negated) {
        if (name == kBuiltInTrustpoint) return refuse("% The built-in trustpoint cannot be removed");
        if (std::erase_if(c.trustpoints, [&](const Trustpoint& t) { return t.name == name; }) == 0) {
          return refuse("% CA trustpoint " + name + " is not configured");
        }
        break;
      }
      if (c.find_trustpoint(name) == nullptr) c.trustpoints.push_back({name, "", Revocation::Crl, {}});
      trustpoint_ = name;
      mode_ = Mode::Trustpoint;
      break;
    }
    case Command::CertificateChainMode: {
      const std::string name = p.value("name");
      auto* found = const_cast<Trustpoint*>(c.find_trustpoint(name));
      if (found == nullptr) return refuse("% CA trustpoint " + name + " is not configured");
      found->certificates.clear();  // the chain that follows replaces what was there
      if (p.negated) break;
      trustpoint_ = name;
      mode_ = Mode::CertificateChain;
      break;
    }
    case Command::CertificateCa:
      hex_open_ = true;
      hex_.clear();
      break;
    case Command::Enrollment:
      current_trustpoint()->enrollment = p.negated ? "" : p.value("how");
      break;
    default: {
      const bool none = p.value("how") == "none";
      current_trustpoint()->revocation = p.negated       ? Revocation::Crl
                                         : none          ? Revocation::None
                                         : p.has("then") ? Revocation::CrlNone
                                                         : Revocation::Crl;
      break;
    }
  }
  return std::string();
}

Result<void> ConfigurationEditor::feed_hex(std::string_view line) {
  std::string digits;
  for (const char ch : line) {
    if (ch != ' ' && ch != '\t' && ch != '\r')
      digits += static_cast<char>(std::tolower(static_cast<unsigned char>(ch)));
  }
  if (digits != "quit") {
    if (hex_.size() + digits.size() > 64 * 1024) return refuse("% The certificate is too long");
    hex_ += digits;
    return {};
  }
  hex_open_ = false;
  auto der = from_hex(hex_);
  hex_.clear();
  if (!der) return refuse("% The certificate is not hexadecimal");
  Trustpoint* trustpoint = current_trustpoint();
  if (trustpoint == nullptr) return refuse("% The trustpoint does not exist any more");
  trustpoint->certificates.push_back(std::move(*der));
  return {};
}

Result<Configuration> parse_configuration(const Grammar& grammar, std::string_view text, const Configuration& base,
                                          const ConfigurationFacts& facts) {
  Configuration configuration = base;
  ConfigurationEditor editor(configuration, facts);
  std::string problems;
  int number = 0;
  while (!text.empty() && editor.mode() != Mode::Exec) {
    const auto end = text.find('\n');
    std::string line(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    while (!line.empty() && line.back() == '\r') line.pop_back();
    ++number;
    const auto complain = [&](std::string_view why) {
      problems += printable(fmt::format("line {}: {}: {}", number, line, why)) + "\n";
    };
    if (editor.wants_hex()) {
      if (auto fed = editor.feed_hex(line); !fed) complain(fed.error().message);
      continue;
    }
    const auto outcome = parse(grammar, {editor.mode(), kPrivilegedLevel, false}, line);
    if (std::holds_alternative<Blank>(outcome)) continue;
    if (const auto* error = std::get_if<SyntaxError>(&outcome)) {
      complain(error->kind == SyntaxError::Kind::Ambiguous    ? "ambiguous command"
               : error->kind == SyntaxError::Kind::Incomplete ? "incomplete command"
                                                              : "invalid input");
      continue;
    }
    const auto& parsed = std::get<Parsed>(outcome);
    // What an image before the upgrade saved: this one has smart licensing alone, and the upgrade is on its way
    // (CAT-3).
    if (facts.smart_only && parsed.command == Command::LicenseSmartEnable && parsed.negated) continue;
    if (auto applied = editor.apply(parsed); !applied) complain(applied.error().message);
  }
  if (!problems.empty()) {
    problems.pop_back();
    return Error{ErrorCode::InvalidArgument, std::move(problems)};
  }
  return configuration;
}

}  // namespace lictor::device
