#include "device/session/show_commands.hpp"

#include <charconv>

#include "device/show/device.hpp"
#include "device/show/license.hpp"

namespace lictor::device {
namespace {

std::optional<int> days_of(const Parsed& p) {
  const std::string text = p.value("days");
  int value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc()) return std::nullopt;
  return value;
}

bool is_of_license(Command command) {
  return command >= Command::ShowLicenseAll && command <= Command::ShowLicenseEventlog;
}

}  // namespace

bool is_show(Command command) {
  return (command >= Command::ShowLicenseAll && command <= Command::ShowTerminal) || command == Command::WriteTerminal;
}

Result<std::string> run_show(const Parsed& p, const ShowContext& c) {
  const View& v = c.view;
  if (is_of_license(p.command) && !v.agent_fault.empty())
    return Error{ErrorCode::Unavailable, "% Smart Licensing is not running: " + v.agent_fault};
  switch (p.command) {
    case Command::ShowLicenseAll:
      return show_license_all(v);
    case Command::ShowLicenseStatus:
      return show_license_status(v);
    case Command::ShowLicenseSummary:
      return show_license_summary(v);
    case Command::ShowLicenseUsage:
      return show_license_usage(v);
    case Command::ShowLicenseUdi:
      return show_license_udi(v);
    case Command::ShowLicenseEventlog:
      return show_license_eventlog(v, days_of(p));
    case Command::ShowVersion:
      return show_version(v);
    case Command::ShowInventory:
      return show_inventory(v);
    case Command::WriteTerminal:
    case Command::ShowRunningConfig:
      return print_running_configuration(v.running, v.facts, Defaults::Hide);
    case Command::ShowRunningConfigAll:
      return print_running_configuration(v.running, v.facts, Defaults::Show);
    case Command::ShowStartupConfig:
      return show_startup_config(v);
    case Command::ShowLogging:
      return show_logging(v);
    case Command::ShowClock:
      return show_clock(v);
    case Command::ShowPrivilege:
      return show_privilege(c.level);
    case Command::ShowHistory:
      return show_history(c.history);
    case Command::ShowSwitch:
      return show_switch(v);
    case Command::ShowCallHomeProfile:
      return p.value("profile") == "all" ? Result<std::string>(show_call_home_profiles(v))
                                         : show_call_home_profile(v, p.value("profile"));
    case Command::ShowCallHomeSmartLicensing:
      return show_call_home_smart_licensing(v);
    case Command::ShowTerminal:
      return show_terminal(c.length, c.width);
    default:
      return Error{ErrorCode::Internal, "% No such show"};
  }
}

std::string show_json(const Parsed& p, const View& view, const Result<std::string>& text) {
  if (is_of_license(p.command) && p.command != Command::ShowLicenseEventlog && text) {
    return json::to_pretty_text(license_json(view)) + "\n";
  }
  json::Array lines;
  std::string_view rest = text ? std::string_view(*text) : std::string_view(text.error().message);
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    lines.emplace_back(rest.substr(0, end));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return json::to_pretty_text(json::Object{{"command", p.text}, {"lines", std::move(lines)}}) + "\n";
}

}  // namespace lictor::device
