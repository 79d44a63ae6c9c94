#include "device/show/device.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "device/show/license.hpp"

namespace lictor::device {
namespace {

const Udi& active(const View& v) {
  return active_udi(v.agent.udis);
}

// One address of a member, made from its serial number: stable, and locally administered (IEEE 802, bit 1).
std::string mac_of(const Udi& udi) {
  std::uint32_t hash = 2166136261U;  // FNV-1a
  for (const char c : udi.sn) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return fmt::format("0200.{:04x}.{:04x}", hash >> 16, hash & 0xffffU);
}

std::string smart_status_line(const View& v) {
  std::string registration = registration_text(v.agent);
  if (const auto dash = registration.find(" - "); dash != std::string::npos) registration.resize(dash);
  return "Smart Licensing Status: " + registration + "/" + authorization_text(v.agent);
}

std::string next_level(const std::string& level) {
  return level.empty() ? "None" : level;
}

void package_table(std::string& out, const View& v) {
  const std::string rule(78, '-');
  out += "Technology Package License Information:\n\n" + rule + "\n";
  out += "Technology-package                                     Technology-package\n";
  out += "Current                        Type                       Next reboot\n" + rule + "\n";
  const std::string now_level = v.booted_levels.empty() ? "None" : v.booted_levels[0];
  out += fmt::format("{:<31}{:<27}{}\n", now_level, "Smart License", next_level(v.running.boot_level));
  if (v.booted_levels.size() > 1 || !v.running.boot_addon.empty()) {
    const std::string now_addon = v.booted_levels.size() > 1 ? v.booted_levels[1] : "None";
    out += fmt::format("{:<31}{:<27}{}\n", now_addon, "Subscription Smart License", next_level(v.running.boot_addon));
  }
}

// Profile tables as every capture has them: nothing here is configurable in this device.
std::string_view alert_groups(bool call_home_data) {
  return call_home_data ? "    crash                     debugging\n"
                          "    diagnostic                minor\n"
                          "    environment               warning\n"
                          "    inventory                 normal\n"
                        : "    N/A                       N/A\n";
}
std::string_view syslog_patterns(bool call_home_data) {
  return call_home_data ? "    APF-.-WLC_.*              warning\n"
                          "    .*                        major\n"
                        : "    N/A                       N/A\n";
}

std::string reporting_data(const Profile& p) {
  if (p.reports_call_home && p.reports_licensing) return "Smart Call Home, Smart Licensing";
  if (p.reports_call_home) return "Smart Call Home";
  return p.reports_licensing ? "Smart Licensing" : "N/A";
}

std::string profile_text(const View& v, const Profile& p) {
  const bool built_in = p.name == kDefaultProfile;
  const std::string method = p.by_http && p.by_email ? "http and email"
                             : p.by_email            ? "email"
                             : p.by_http             ? "http"
                                                     : "N/A";
  std::string out = fmt::format(
      "Profile Name: {}\n"
      "    Profile status: {}\n"
      "    Profile mode: Full Reporting\n"
      "    Reporting Data: {}\n"
      "    Preferred Message Format: xml\n"
      "    Message Size Limit: 3145728 Bytes\n"
      "    Transport Method: {}\n",
      p.name, p.active ? "ACTIVE" : "INACTIVE", reporting_data(p), method);
  // Rule 9 of device-formats: which label, by version.
  out += fmt::format("    {}: {}\n", v.image.plural_http_address ? "HTTP address(es)" : "HTTP  address",
                     p.http_address.empty() ? "Not yet set up" : p.http_address);
  if (p.by_email) out += "    Email address(es): Not yet set up\n";
  if (built_in) {
    out +=
        "    Other address(es): default\n\n"
        "    Periodic configuration info message is scheduled every 1 day of the month at 09:15\n\n"
        "    Periodic inventory info message is scheduled every 1 day of the month at 09:00\n";
  }
  out += "\n    Alert-group               Severity\n    ------------------------  ------------\n";
  out += alert_groups(built_in && p.reports_call_home);
  out += "\n    Syslog-Pattern            Severity\n    ------------------------  ------------\n";
  out += syslog_patterns(built_in && p.reports_call_home);
  return out;
}

}  // namespace

std::string show_version(const View& v) {
  const Udi& udi = active(v);
  const std::string& version = v.image.software_version;
  std::string out = fmt::format(
      "Cisco IOS XE Software, Version {0}\n"
      "Cisco IOS Software [Virtual], Virtual Device Software (LICTOR_DEVICE), Version {0}, RELEASE SOFTWARE\n"
      "This is the virtual device of Lictor, not a product of Cisco Systems: it speaks like one.\n"
      "\n"
      "{1} uptime is {2}\n"
      "Uptime for this control processor is {2}\n"
      "System returned to ROM by {3}\n"
      "System image file is \"flash:packages.conf\"\n"
      "Last reload reason: {3}\n"
      "\n\n",
      version, v.running.hostname, uptime(v.up), v.reload_reason);
  package_table(out, v);
  out += "\n\n" + smart_status_line(v) + "\n\n";
  out += fmt::format(
      "cisco {0} (X86) processor with 2097152K/6147K bytes of memory.\n"
      "Processor board ID {1}\n"
      "2048K bytes of non-volatile configuration memory.\n"
      "\n"
      "Base Ethernet MAC Address          : {2}\n"
      "Model Number                       : {0}\n"
      "System Serial Number               : {1}\n"
      "\n",
      udi.pid, udi.sn, mac_of(udi));
  if (v.agent.udis.size() > 1) {
    out +=
        "\nSwitch Ports Model              SW Version        SW Image              Mode   \n"
        "------ ----- -----              ----------        ----------            ----   \n";
    int number = 1;
    for (const UdiEntry& e : v.agent.udis) {
      out += fmt::format("{}{:>5} {:>5} {:<18} {:<17} {:<21} {}\n", e.role == UdiRole::Active ? '*' : ' ', number++, 0,
                         e.udi.pid, version, "LICTOR_DEVICE", "INSTALL");
    }
    out += "\n";
  }
  return out + "Configuration register is 0x102\n";
}

std::string show_inventory(const View& v) {
  std::string out;
  const bool stack = v.agent.udis.size() > 1;
  int number = 1;
  for (const UdiEntry& e : v.agent.udis) {
    out += fmt::format("NAME: \"{}\", DESCR: \"{}\"\nPID: {:<18}, VID: V01  , SN: {}\n\n",
                       stack ? fmt::format("Switch {}", number++) : "Chassis",
                       v.model_description.empty() ? e.udi.pid : v.model_description, e.udi.pid, e.udi.sn);
  }
  return out;
}

std::string show_clock(const View& v) {
  return clock_time(v.now, v.running.zone, v.trust) + "\n";
}

std::string show_logging(const View& v) {
  const auto hosts = v.running.logging_hosts;
  std::string out = fmt::format(
      "Syslog logging: enabled (0 messages dropped, 0 messages rate-limited, 0 flushes, 0 overruns, xml disabled, "
      "filtering disabled)\n\n"
      "No Active Message Discriminator.\n\n\n\n"
      "No Inactive Message Discriminator.\n\n\n"
      "    Console logging: level debugging, {0} messages logged, xml disabled,\n"
      "                     filtering disabled\n"
      "    Monitor logging: level debugging, {0} messages logged, xml disabled,\n"
      "                     filtering disabled\n",
      v.messages_logged);
  out += v.running.logging_buffered
             ? fmt::format(
                   "    Buffer logging:  level debugging, {} messages logged, xml disabled,\n"
                   "                    filtering disabled\n",
                   v.messages_logged)
             : std::string("    Buffer logging:  disabled, xml disabled,\n                    filtering disabled\n");
  out +=
      "    Exception Logging: size (4096 bytes)\n"
      "    Count and timestamp logging messages: disabled\n"
      "    Persistent logging: disabled\n\n"
      "No active filter modules.\n\n";
  out += fmt::format("    Trap logging: level informational, {} message lines logged\n", v.messages_logged);
  for (const SyslogHost& h : hosts) {
    out += fmt::format(
        "        Logging to {}  ({} port {}, audit disabled,\n              link up),\n"
        "              {} message lines logged,\n",
        h.host, h.transport, h.port, v.messages_logged);
  }
  if (!v.running.logging_buffered) return out;
  out += fmt::format("\nLog Buffer ({} bytes):\n\n", v.running.logging_buffer_bytes);
  for (const std::string& line : v.log_lines) out += line + "\n";
  return out;
}

std::string show_switch(const View& v) {
  std::string out = fmt::format(
      "Switch/Stack Mac Address : {} - Local Mac Address\n"
      "Mac persistency wait time: Indefinite\n"
      "                                             H/W   Current\n"
      "Switch#   Role    Mac Address     Priority Version  State \n"
      "-------------------------------------------------------------------------------------\n",
      mac_of(active(v)));
  int number = 1;
  for (const UdiEntry& e : v.agent.udis) {
    const bool is_active = e.role == UdiRole::Active;
    out += fmt::format("{}{:<8} {:<8} {} {:>6}     {:<6}  {}\n", is_active ? '*' : ' ', number, to_string(e.role),
                       mac_of(e.udi),
                       is_active                    ? 15
                       : e.role == UdiRole::Standby ? 14
                                                    : 1,
                       "V01", "Ready");
    ++number;
  }
  return out;
}

std::string show_startup_config(const View& v) {
  if (v.startup_text.empty()) return "startup-config is not present\n";
  return fmt::format("Using {} out of 2097152 bytes\n{}", v.startup_text.size(), v.startup_text);
}

std::string show_privilege(int level) {
  return fmt::format("Current privilege level is {}\n", level);
}

std::string show_history(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += "  " + line + "\n";
  return out;
}

std::string show_terminal(int length, int width) {
  return fmt::format("Line 0, Location: \"\", Type: \"\"\nLength: {} lines, Width: {} columns\n", length, width);
}

std::string show_call_home_profiles(const View& v) {
  std::string out;
  for (const Profile& p : v.running.profiles) out += (out.empty() ? "" : "\n") + profile_text(v, p);
  return out;
}

Result<std::string> show_call_home_profile(const View& v, std::string_view name) {
  const Profile* p = v.running.find_profile(name);
  if (p == nullptr) return Error{ErrorCode::NotFound, fmt::format("% Profile {} does not exist", name)};
  return profile_text(v, *p);
}

std::string show_call_home_smart_licensing(const View& v) {
  const auto& profiles = v.running.profiles;
  const auto it =
      std::find_if(profiles.begin(), profiles.end(), [](const Profile& p) { return p.active && p.reports_licensing; });
  const bool enabled = v.running.service_call_home && it != profiles.end();
  const Profile& shown = it != profiles.end() ? *it : profiles.front();
  return fmt::format(
      "Current smart-licensing transport settings:\n"
      " Smart-license messages: {}\n"
      " Profile: {} (status: {})\n"
      " Destination  URL(s):  {}\n",
      enabled ? "enabled" : "disabled", shown.name, shown.active ? "ACTIVE" : "INACTIVE",
      shown.http_address.empty() ? "Not yet set up" : shown.http_address);
}

}  // namespace lictor::device
