#include "device/show/license.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace lictor::device {
namespace {

using agent::Attempt;
using agent::Snapshot;

// Parsers take any line with `(` before `:` for a licence block (device-formats rule 2): free text gives way.
std::string free_text(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  const auto open = text.find('(');
  if (open == std::string::npos || text.find(':', open) == std::string::npos) return text;
  std::replace(text.begin(), text.end(), '(', '[');
  std::replace(text.begin(), text.end(), ')', ']');
  return text;
}

// Ansible takes some words of any output for a failed command (ux-facts 2.2): reasons say the same otherwise.
std::string reason_text(std::string text) {
  text = free_text(std::move(text));
  const std::pair<std::string_view, std::string_view> swaps[] = {{"connection timed out", "connection time out"},
                                                                 {"Connection timed out", "Connection time out"},
                                                                 {"not found", "unknown"},
                                                                 {"ERROR:", "ERROR -"},
                                                                 {"Error:", "Error -"},
                                                                 {"error:", "error -"}};
  for (const auto& [from, to] : swaps) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
      text.replace(at, from.size(), to);
    }
  }
  return text;
}

std::string_view outcome(Attempt::Result result) {
  switch (result) {
    case Attempt::Result::Succeeded:
      return "SUCCEEDED";
    case Attempt::Result::Failed:
      return "FAILED";
    case Attempt::Result::Pending:
      return "PENDING";
  }
  return "FAILED";
}

std::string export_text(const View& v) {
  if (v.image.mixed_case_export) return v.agent.export_allowed ? "Allowed" : "Not Allowed";
  return v.agent.export_allowed ? "ALLOWED" : "NOT ALLOWED";
}

enum class Detail { Full, Summary };

class Text {
 public:
  explicit Text(const View& view) : view_(view) {}
  void line(std::string_view text = "") { (out_ += text) += '\n'; }
  void heading(std::string_view text) {
    line(text);
    line(std::string(text.size() == 13 ? 14 : text.size(),
                     '='));  // "License Usage" stands over 14 signs in this generation
  }
  void time(std::string_view label, const std::optional<WallTime>& t) {
    if (t) line(fmt::format("  {}: {}", label, show_time(*t, view_.running.zone)));
  }
  void attempt(std::string_view label, const Attempt& a, Detail detail) {
    if (detail == Detail::Summary) {
      line(fmt::format("  {}: {}", label, outcome(a.result)));
      return;
    }
    line(fmt::format("  {}: {} on {}", label, outcome(a.result), show_time(a.at, view_.running.zone)));
    if (a.result != Attempt::Result::Succeeded && !a.failure_reason.empty()) {
      line("    Failure reason: " + reason_text(a.failure_reason));
    }
  }
  std::string take() { return std::move(out_); }

 private:
  const View& view_;
  std::string out_;
};

bool is_smart(const View& v) {
  return v.agent.mode == agent::LicensingMode::Smart;
}
void method(Text& t, const View& v) {
  t.line(is_smart(v) ? "Smart Licensing is ENABLED" : "Smart Licensing is DISABLED");
}

void registration(Text& t, const View& v, Detail detail) {
  const Snapshot& s = v.agent;
  t.line("Registration:");
  t.line("  Status: " + registration_text(s));
  if (!s.account_name.empty()) t.line("  Smart Account: " + free_text(s.account_name));
  if (!s.virtual_account_name.empty()) t.line("  Virtual Account: " + free_text(s.virtual_account_name));
  t.line("  Export-Controlled Functionality: " + export_text(v));
  const bool registered = s.registration == RegistrationState::Registered;
  if (detail == Detail::Full && s.initial_registration)
    t.attempt("Initial Registration", *s.initial_registration, detail);
  if (registered) {
    if (!s.last_renewal) {
      t.line("  Last Renewal Attempt: None");
    } else {
      t.attempt("Last Renewal Attempt", *s.last_renewal, detail);
    }
    t.time("Next Renewal Attempt", s.next_renewal);
    if (detail == Detail::Full) t.time("Registration Expires", s.registration_expires);
  } else if (detail == Detail::Full) {
    t.time("Next Registration Attempt", s.next_registration_attempt);
  }
}

// The date behind a state: only the states that have one (guide-notes 1).
std::string dated_status(const View& v) {
  const Snapshot& s = v.agent;
  std::optional<WallTime> since = s.authorization_since;
  if (s.authorization == AuthorizationState::EvaluationExpired) since = s.evaluation_expired_at;
  if (s.authorization == AuthorizationState::Evaluation || s.authorization == AuthorizationState::NoLicensesInUse)
    since.reset();
  return authorization_text(s) + (since ? " on " + show_time(*since, v.running.zone) : "");
}

void evaluation_left(Text& t, const Snapshot& s) {
  if (s.authorization == AuthorizationState::Evaluation) {
    t.line("  Evaluation Period Remaining: " + long_duration(s.evaluation_remaining));
  }
}

void authorization(Text& t, const View& v, Detail detail) {
  const Snapshot& s = v.agent;
  // One blank at the end, as in every capture.
  t.line("License Authorization: ");
  t.line("  Status: " + (detail == Detail::Summary ? authorization_text(s) : dated_status(v)));
  evaluation_left(t, s);
  if (s.last_communication) t.attempt("Last Communication Attempt", *s.last_communication, detail);
  t.time("Next Communication Attempt", s.next_communication);
  if (detail == Detail::Summary) return;
  if (s.deadline_exceeded) {
    t.line("  Communication Deadline: DEADLINE EXCEEDED");
  } else {
    t.time("Communication Deadline", s.communication_deadline);
  }
}

void export_key(Text& t) {
  t.line("Export Authorization Key:");
  t.line("  Features Authorized:");
  t.line("    <none>");
}

void utility(Text& t) {
  t.line("Utility:");
  t.line("  Status: DISABLED");
}

void privacy(Text& t) {
  t.line("Data Privacy:");
  t.line("  Sending Hostname: yes");
  t.line("    Callhome hostname privacy: DISABLED");
  t.line("    Smart Licensing hostname privacy: DISABLED");
  t.line("  Version privacy: DISABLED");
}

void transport(Text& t, const View& v) {
  t.line("Transport:");
  switch (v.running.transport) {
    case LicenseTransport::CallHome:
      t.line("  Type: Callhome");
      break;
    case LicenseTransport::Smart:
      t.line("  Type: Smart");
      t.line("  URL: " + (v.running.smart_url.empty() ? v.facts.manager_url : v.running.smart_url));
      break;
    case LicenseTransport::Off:
      t.line("  Type: Transport Off");
      break;
  }
}

bool is_subscription(const LicenseRow& row) {
  return row.feature.find("dna") != std::string::npos || row.feature.find("subscription") != std::string::npos;
}

enum class BlockForm { FiveLines, NineLines };

void block(Text& t, const LicenseRow& row, BlockForm form) {
  t.line(fmt::format("{} ({}):", row.license, row.tag));
  t.line("  Description: " + free_text(row.description));
  t.line(fmt::format("  Count: {}", row.count));
  t.line("  Version: 1.0");
  t.line("  Status: " + row.status);
  t.line(row.export_controlled ? "  Export status: RESTRICTED - ALLOWED" : "  Export status: NOT RESTRICTED");
  if (form == BlockForm::FiveLines) return;
  t.line("  Feature Name: " + row.feature);
  t.line("  Feature Description: " + free_text(row.description));
  t.line("  Enforcement type: NOT ENFORCED");
  t.line(is_subscription(row) ? "  License type: Subscription" : "  License type: Perpetual");
}

void blocks(Text& t, const std::vector<LicenseRow>& rows, BlockForm form) {
  if (rows.empty()) {
    t.line("No licenses in use");
    return;
  }
  bool first = true;
  for (const LicenseRow& row : rows) {
    if (!first) t.line();
    first = false;
    block(t, row, form);
  }
}

void udi_list(Text& t, const Snapshot& s) {
  if (s.udis.empty()) return;
  t.line("UDI: " + to_string(active_udi(s.udis)));
  if (s.udis.size() < 2) return;
  t.line();
  t.line("HA UDI List:");
  // Active, Standby, Member is the order that parsers assume (rule 8).
  for (const UdiRole role : {UdiRole::Active, UdiRole::Standby, UdiRole::Member}) {
    for (const UdiEntry& entry : s.udis) {
      if (entry.role == role) t.line(fmt::format("    {}:{}", to_string(role), to_string(entry.udi)));
    }
  }
}

// Names over `limit` characters: limit - 3 and three dots.
std::string shorten(const std::string& name, std::size_t limit) {
  return name.size() <= limit ? name : name.substr(0, limit - 3) + "...";
}

constexpr std::size_t kNameColumn = 23;  // guide-notes 1: 20 + "..."
constexpr std::size_t kTagColumn = 25;   // device-formats 2.4: 22 + "..."

// Rule 5: parsers key rows by the tag as printed; the last one would win.
std::string unique_tag(const std::string& tag, std::set<std::string>& used) {
  std::string shown = shorten(tag, kTagColumn);
  for (int n = 2; !used.insert(shown).second; ++n) {
    const std::string mark = "..." + std::to_string(n);
    shown = tag.substr(0, std::min(tag.size(), kTagColumn - mark.size())) + mark;
  }
  return shown;
}

}  // namespace

std::string registration_text(const Snapshot& s) {
  switch (s.registration) {
    case RegistrationState::Unregistered:
      return s.registration_expired ? "UNREGISTERED - REGISTRATION EXPIRED" : "UNREGISTERED";
    case RegistrationState::Registering:
      return "REGISTERING - REGISTRATION IN PROGRESS";
    case RegistrationState::Registered:
      return "REGISTERED";
    case RegistrationState::RegistrationFailed:
      return "UNREGISTERED - REGISTRATION FAILED";
  }
  return "UNREGISTERED";
}

std::string authorization_text(const Snapshot& s) {
  switch (s.authorization) {
    case AuthorizationState::NoLicensesInUse:
      return "No Licenses in Use";
    case AuthorizationState::Evaluation:
      return "EVAL MODE";
    case AuthorizationState::EvaluationExpired:
      return "EVAL EXPIRED";
    case AuthorizationState::Authorized:
      return "AUTHORIZED";
    case AuthorizationState::OutOfCompliance:
      return "OUT OF COMPLIANCE";
    case AuthorizationState::AuthorizationExpired:
      return "AUTHORIZATION EXPIRED";
  }
  return "";
}

std::string license_table(const std::vector<LicenseRow>& rows) {
  if (rows.empty()) return "  No licenses in use\n";
  std::string out =
      "  License                 Entitlement tag               Count Status\n  " + std::string(77, '-') + "\n";
  std::set<std::string> used;
  for (const LicenseRow& row : rows) {
    const std::string tag = "(" + unique_tag(row.tag, used) + ")";
    out += fmt::format("  {:<24}{:<28}{:>7} {}\n", shorten(row.license, kNameColumn), tag, row.count, row.status);
  }
  return out;
}

std::string show_license_all(const View& v) {
  Text t(v);
  t.heading("Smart Licensing Status");
  t.line();
  method(t, v);
  t.line();
  if (is_smart(v)) {
    registration(t, v, Detail::Full);
    t.line();
    authorization(t, v, Detail::Full);
    t.line();
    export_key(t);  // rule 1: before Utility
    t.line();
    utility(t);
    t.line();
    privacy(t);
    t.line();
    transport(t, v);
    t.line();
  }
  t.heading("License Usage");
  t.line();
  blocks(t, v.licenses, BlockForm::FiveLines);
  t.line();
  t.heading("Product Information");
  udi_list(t, v.agent);
  t.line();
  if (v.agent.store_damaged) {
    t.line("Trust Store: STORE DAMAGED");
    t.line();
  }
  t.line("Agent Version");
  t.line("=============");
  t.line("Smart Agent for Licensing: " + v.image.agent_version);
  t.line();
  t.heading("Reservation Info");
  t.line("License reservation: DISABLED");
  return t.take();
}

std::string show_license_status(const View& v) {
  Text t(v);
  method(t, v);
  if (!is_smart(v)) return t.take();
  t.line();
  utility(t);
  t.line();
  privacy(t);
  t.line();
  transport(t, v);
  t.line();
  registration(t, v, Detail::Full);
  t.line();
  authorization(t, v, Detail::Full);
  t.line();
  export_key(t);
  return t.take();
}

std::string show_license_summary(const View& v) {
  Text t(v);
  method(t, v);
  t.line();
  if (is_smart(v)) {
    registration(t, v, Detail::Summary);
    t.line();
    authorization(t, v, Detail::Summary);
    t.line();
  }
  t.line("License Usage:");
  return t.take() + license_table(v.licenses);
}

std::string show_license_usage(const View& v) {
  Text t(v);
  if (!is_smart(v)) {
    method(t, v);
    t.line();
    blocks(t, v.licenses, BlockForm::NineLines);
    return t.take();
  }
  t.line("License Authorization: ");
  t.line("  Status: " + dated_status(v));
  evaluation_left(t, v.agent);
  t.line();
  blocks(t, v.licenses, BlockForm::NineLines);
  return t.take();
}

std::string show_license_udi(const View& v) {
  Text t(v);
  udi_list(t, v.agent);
  return t.take();
}

std::string show_license_eventlog(const View& v, std::optional<int> days_back) {
  std::string lines;
  for (const std::string& line : v.event_log) {
    // "2026-11-24 09:05:00.000 UTC ...": the date alone decides, in UTC.
    if (days_back && line.size() > 19) {
      const auto at = parse_rfc3339(line.substr(0, 10) + "T" + line.substr(11, 8) + "Z");
      if (at && *at < v.now - days(*days_back)) continue;
    }
    lines += line + "\n";
  }
  if (lines.empty()) return " No EventLog Found.\n";
  return "**** Event Log ****\n\n" + lines;
}

namespace {

json::Value when(const std::optional<WallTime>& t) {
  return t ? json::Value(to_rfc3339(*t)) : json::Value(nullptr);
}

json::Value attempt_json(const std::optional<Attempt>& a) {
  if (!a) return nullptr;
  json::Object o{{"result", std::string(outcome(a->result))}, {"at", to_rfc3339(a->at)}};
  if (!a->failure_reason.empty()) o.emplace_back("failure_reason", a->failure_reason);
  return o;
}

}  // namespace

json::Value license_json(const View& v) {
  const Snapshot& s = v.agent;
  json::Array licenses;
  for (const LicenseRow& row : v.licenses) {
    licenses.push_back(json::Object{{"license", row.license},
                                    {"entitlement_tag", row.tag},
                                    {"feature", row.feature},
                                    {"count", row.count},
                                    {"status", row.status}});
  }
  json::Array udis;
  for (const UdiEntry& e : s.udis) {
    udis.push_back(json::Object{{"role", std::string(to_string(e.role))}, {"pid", e.udi.pid}, {"sn", e.udi.sn}});
  }
  json::Object registration_part{{"status", registration_text(s)},
                                 {"smart_account", s.account_name},
                                 {"virtual_account", s.virtual_account_name},
                                 {"export_controlled_allowed", s.export_allowed},
                                 {"initial_registration", attempt_json(s.initial_registration)},
                                 {"last_renewal", attempt_json(s.last_renewal)},
                                 {"next_renewal", when(s.next_renewal)},
                                 {"next_registration_attempt", when(s.next_registration_attempt)},
                                 {"registration_expires", when(s.registration_expires)}};
  json::Object authorization_part{{"status", authorization_text(s)},
                                  {"since", when(s.authorization_since)},
                                  {"evaluation_remaining_seconds", std::int64_t{s.evaluation_remaining.count() / 1000}},
                                  {"last_communication", attempt_json(s.last_communication)},
                                  {"next_communication", when(s.next_communication)},
                                  {"communication_deadline", when(s.communication_deadline)},
                                  {"deadline_exceeded", s.deadline_exceeded}};
  return json::Object{{"smart_licensing", is_smart(v) ? "ENABLED" : "DISABLED"},
                      {"registration", std::move(registration_part)},
                      {"authorization", std::move(authorization_part)},
                      {"licenses", std::move(licenses)},
                      {"udis", std::move(udis)},
                      {"agent_version", v.image.agent_version}};
}

}  // namespace lictor::device
