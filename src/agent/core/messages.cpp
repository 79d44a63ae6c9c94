#include "agent/core/messages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "agent/core/agent.hpp"

namespace lictor::agent {
namespace {

using enum MessageId;

constexpr AgentMessage kRows[] = {
    {AgentReady, "SMART_LIC", 6, "AGENT_READY", "Smart Agent for Licensing is initialized", "SAEVT_READY", ""},
    {AgentEnabled, "SMART_LIC", 6, "AGENT_ENABLED", "Smart Agent for Licensing is enabled", "SAEVT_ENABLED", ""},
    {StoreDamaged, "SMART_LIC", 3, "STORE_DAMAGED",
     "STORE DAMAGED: the trust store could not be read and was set aside; the evaluation period counts as used up",
     "SAEVT_STORE_DAMAGED", ""},
    {StoreNotWritten, "SMART_LIC", 3, "STORE_NOT_WRITTEN", "The trust store could not be written: {reason}",
     "SAEVT_STORE_NOT_WRITTEN", "error"},

    {KeyAddition, "CRYPTO_ENGINE", 5, "KEY_ADDITION",
     "A key named {key} has been generated or imported by crypto-engine", "SAEVT_INIT_CRYPTO", "key"},
    {NoConfigAutosave, "PKI", 4, "NOCONFIGAUTOSAVE",
     "Configuration was modified.  Issue \"write memory\" to save new IOS PKI configuration", "", ""},
    {RegistrationInProgress, "CALL_HOME", 6, "SCH_REGISTRATION_IN_PROGRESS",
     "SCH device registration is in progress. Call-home will poll SCH server for registration result. You can also "
     "check SCH registration status with \"call-home request registration-info\" under EXEC mode.",
     "SAEVT_REGISTER_START", "force"},
    {ConfigNotSaved, "SMART_LIC", 4, "CONFIG_NOT_SAVED", "Smart Licensing configuration has not been saved", "", ""},
    {ConfigSaved, "", 6, "", "", "SAEVT_CONFIG_SAVED", ""},
    {RegistrationSucceeded, "SMART_LIC", 6, "AGENT_REG_SUCCESS",
     "Smart Agent for Licensing Registration with the {peer} for udi {udi}", "SAEVT_REGISTER_STATUS",
     "msgStatus,account,virtualAccount"},
    {RegistrationFailed, "SMART_LIC", 3, "AGENT_REG_FAILED",
     "Smart Agent for Licensing Registration with the {peer} failed: {reason}", "SAEVT_REGISTER_STATUS",
     "msgStatus,error"},
    {RegistrationPending, "", 6, "", "", "SAEVT_REGISTER_STATUS", "msgStatus,error"},
    {ExportControlled, "SMART_LIC", 6, "EXPORT_CONTROLLED", "Usage of export controlled features is {allowed}",
     "SAEVT_EXPORT_FLAG", "exportAllowed"},

    {RenewIdSucceeded, "SMART_LIC", 6, "ID_CERT_RENEW_SUCCESS", "Identity certificate renewal was successful",
     "SAEVT_RENEW_ID_STATUS", "msgStatus"},
    {RenewIdFailed, "SMART_LIC", 3, "ID_CERT_RENEW_FAILED", "Identity certificate renewal failed: {reason}",
     "SAEVT_RENEW_ID_STATUS", "msgStatus,error"},
    {RenewIdPending, "", 6, "", "", "SAEVT_RENEW_ID_STATUS", "msgStatus,error"},
    {IdExpiring, "SMART_LIC", 4, "ID_CERT_EXPIRED_WARNING", "Identity certificate will expire in {left}",
     "SAEVT_ID_CERT_WARNING", "left"},
    {IdExpired, "SMART_LIC", 3, "ID_CERT_EXPIRED",
     "Identity certificate expired. Agent will transition to the unidentified (not registered) state.",
     "SAEVT_ID_CERT_EXPIRED", ""},
    {InstanceUnknown, "", 3, "", "", "SAEVT_NOT_REGISTERED", "msgStatus,error"},
    {ClockOutOfCertificate, "SMART_LIC", 3, "REG_EXPIRED_CLOCK_CHANGE",
     "Smart Agent for Licensing registration has expired because the system clock was changed. The agent will "
     "transition to the un-registered state in 60 minutes",
     "SAEVT_CLOCK_OUT_OF_RANGE", ""},
    {ClockChanged, "SMART_LIC", 5, "SYSTEM_CLOCK_CHANGED", "Smart Agent for Licensing System clock has been changed",
     "SAEVT_CLOCK_CHANGED", "by"},
    {DeregisterSucceeded, "SMART_LIC", 6, "AGENT_DEREG_SUCCESS",
     "Smart Agent for Licensing De-registration with the {peer} was successful", "SAEVT_DEREGISTER_STATUS",
     "msgStatus"},
    {DeregisterFailed, "SMART_LIC", 3, "AGENT_DEREG_FAILED",
     "Smart Agent for Licensing DeRegistration with {peer} failed: {reason}", "SAEVT_DEREGISTER_STATUS",
     "msgStatus,error"},
    // An answer whose signature does not verify (ONP-5, SCN-6): what it says is written down and not believed.
    {DeregisterUnverified, "SMART_LIC", 3, "AGENT_DEREG_FAILED",
     "Smart Agent for Licensing DeRegistration with {peer} failed: {reason} (unverified)", "SAEVT_DEREGISTER_STATUS",
     "msgStatus,error,verified"},

    {AuthorizationRenewed, "SMART_LIC", 6, "AUTH_RENEW_SUCCESS",
     "Authorization renewal with the {peer}. State={state} for udi {udi}", "SAEVT_AUTHORIZE_STATUS", "msgStatus,state"},
    {AuthorizationFailed, "SMART_LIC", 3, "AUTH_RENEW_FAILED",
     "Authorization renewal with the {peer} : {logReason} for udi {udi}", "SAEVT_AUTHORIZE_STATUS", "msgStatus,error"},
    {AuthorizationPending, "", 6, "", "", "SAEVT_AUTHORIZE_STATUS", "msgStatus,error"},
    {InCompliance, "SMART_LIC", 5, "IN_COMPLIANCE",
     "All entitlements and licenses in use on this device are authorized", "SAEVT_IN_COMPLIANCE", ""},
    {OutOfCompliance, "SMART_LIC", 3, "OUT_OF_COMPLIANCE", "One or more entitlements are out of compliance",
     "SAEVT_OUT_OF_COMPLIANCE", "entitlementTags"},
    {AuthorizationExpired, "SMART_LIC", 3, "AUTHORIZATION_EXPIRED",
     "No contact with the {peer} for 90 days: the authorization has expired", "SAEVT_AUTHORIZATION_EXPIRED", ""},
    {CommunicationFailed, "SMART_LIC", 3, "COMM_FAILED", "Communications failure with the {peer} : {reason}",
     "SAEVT_COMM_FAIL", "error"},
    {CommunicationRestored, "SMART_LIC", 5, "COMM_RESTORED", "Communications with {peer} restored",
     "SAEVT_COMM_RESTORED", ""},

    {SendFailed, "CALL_HOME", 5, "SL_MESSAGE_FAILED",
     "Fail to send out Smart Licensing message to: {url} ({carrierError})", "SAEVT_SEND_FAILED", "url,error"},
    {SendFailedUnnamed, "", 5, "", "", "SAEVT_SEND_FAILED", "url,error"},  // a way without URLs; or it never left
    {CertificateNotYetValid, "PKI", 3, "CERTIFICATE_INVALID_NOT_YET_VALID",
     "Certificate chain validation has failed.  The certificate (SN: {serial}) is not yet valid   Validity period "
     "starts on {date}",
     "SAEVT_CERTIFICATE_INVALID", "serial,date"},
    {CertificateExpired, "PKI", 3, "CERTIFICATE_INVALID_EXPIRED",
     "Certificate chain validation has failed.  The certificate (SN: {serial}) has expired.   Validity period ended "
     "on {date}",
     "SAEVT_CERTIFICATE_INVALID", "serial,date"},
    {RevocationListMissing, "PKI", 3, "CRL_FETCH_FAIL", "CRL fetch for trustpoint SLA-TrustPoint failed\n{crlReason}",
     "SAEVT_CRL_FETCH_FAIL", "error"},

    {EvaluationStarted, "SMART_LIC", 5, "EVAL_START", "Entering evaluation period", "SAEVT_EVAL_START", "left"},
    {EvaluationWillExpire, "SMART_LIC", 4, "EVAL_WILL_EXPIRE_WARNING", "Evaluation period will expire in {left}",
     "SAEVT_EVAL_WARNING", "left"},
    {EvaluationExpired, "SMART_LIC", 3, "EVAL_EXPIRED", "Evaluation period expired", "SAEVT_EVAL_EXPIRED", ""},
    {EvaluationExpiredWarning, "SMART_LIC", 3, "EVAL_EXPIRED_WARNING", "Evaluation period expired on {date}", "", ""},

    {Usage, "", 6, "", "", "SAEVT_ENDPOINT_USAGE", "count,entitlementTag"},
    {RoleChanged, "SMART_LIC", 6, "HA_ROLE_CHANGED", "Smart Agent HA role changed to {role}.", "SAEVT_HA_EVENT",
     "role,udi"},
    {MembersChanged, "", 6, "", "", "SAEVT_HA_EVENT", "members"},
    {HostNameChanged, "", 6, "", "", "SAEVT_HOSTNAME_CHANGE", ""},
    {StateChanged, "", 6, "", "", "SAEVT_STATE_CHANGE", "machine,from,to"},
    {MessageSent, "", 6, "", "", "SAEVT_MESSAGE_SENT", "message,requestId,sequence"},
    {SequenceBehind, "", 4, "", "", "SAEVT_SEQUENCE_BEHIND", "last"},
    {TrustInstalled, "", 5, "", "", "SAEVT_TRUST_INSTALLED", "version"},
    {TrustFailed, "", 4, "", "", "SAEVT_TRUST_FAILED", "error"},

    // Traditional mode, and the way from it.
    {AgentDisabled, "SMART_LIC", 6, "DISABLED", "Smart Agent for Licensing is disabled", "SAEVT_DISABLED", ""},
    {Upgraded, "", 6, "", "", "SAEVT_UPGRADED", "licenses"},
    {ConversionChanged, "", 6, "", "", "SAEVT_CONVERSION_STATUS", "state,error"},
};
static_assert(std::size(kRows) == kMessages);

constexpr std::string_view kSend = "Fail to send out Call Home HTTP message.";
constexpr std::string_view kSendLogged = "Communication message send error";
constexpr std::string_view kWaiting = "Waiting for reply";
constexpr std::string_view kServerSays = "Error received from Smart Software Manager: {detail}";
constexpr std::string_view kUnverified = "Signature verification of the response failed";

constexpr FailureReason kReasonRows[] = {
    {Reason::TransportNotAvailable, "NOT_AVAILABLE", "Communication transport not available.", "", true},
    {Reason::SendFailed, "SEND_FAILED", kSend, kSendLogged, true},
    {Reason::CertificateNotYetValid, "CERTIFICATE_NOT_YET_VALID", kSend, kSendLogged, true},
    {Reason::CertificateExpired, "CERTIFICATE_EXPIRED", kSend, kSendLogged, true},
    {Reason::RevocationUnknown, "REVOCATION_UNKNOWN", kWaiting, "", true},
    {Reason::Busy, "BUSY", "Your request could not be processed right now. Please try again", "", true},
    {Reason::CarrierPending, "PENDING", kWaiting, "", true},
    {Reason::BadAnswer, "BAD_ANSWER", "Communication message response error", "", true},
    {Reason::Resubmit, "RESUBMIT", kSend, "", true},
    {Reason::Refused, "{code}", "{detail}", kServerSays, false},
    {Reason::NotVerified, "NOT_VERIFIED", kUnverified, "", false},
    {Reason::Malformed, "MALFORMED", kUnverified, "", false},
    {Reason::Outdated, "OUTDATED", "The response is older than its validity", "", false},
    {Reason::KeyNotMade, "NO_KEY", "The key pair could not be generated: {detail}", "", false},
    {Reason::Restarted, "NO_ANSWER", "The device restarted before an answer came", "", false},
};
static_assert(std::size(kReasonRows) == kReasons);

constexpr ImageWording kWordings[] = {
    {0, 0, "Smart Software Manager or satellite"},
    {17, 1, "Smart Software Manager (CSSM)"},
};

std::string_view field(const Fields& fields, std::string_view name) {
  for (const auto& [key, value] : fields)
    if (key == name) return value;
  return "";
}

std::string one_line(std::string_view value) {
  std::string out(value);
  for (auto& c : out) {
    if (c == '"') c = '\'';
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return out;
}

constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

}  // namespace

std::span<const AgentMessage> message_table() {
  return kRows;
}

const AgentMessage& message(MessageId id) {
  return kRows[static_cast<std::size_t>(id)];
}

std::string substitute(std::string_view text, const Fields& fields) {
  std::string out;
  while (!text.empty()) {
    const auto open = text.find('{');
    out += text.substr(0, open);
    if (open == std::string_view::npos) break;
    const auto close = text.find('}', open);
    out += field(fields, text.substr(open + 1, close - open - 1));
    text.remove_prefix(close + 1);
  }
  return out;
}

std::span<const FailureReason> reason_table() {
  return kReasonRows;
}

const FailureReason& reason(Reason id) {
  return kReasonRows[static_cast<std::size_t>(id)];
}

Reason reason_of(TransportFailure failure) {
  constexpr Reason kOf[] = {Reason::TransportNotAvailable, Reason::SendFailed,        Reason::CertificateNotYetValid,
                            Reason::CertificateExpired,    Reason::RevocationUnknown, Reason::Busy,
                            Reason::CarrierPending,        Reason::BadAnswer,         Reason::Resubmit};
  return kOf[static_cast<std::size_t>(failure)];
}

std::string_view to_string(TransportFailure failure) {
  return reason(reason_of(failure)).status;
}

std::span<const ImageWording> wording_table() {
  return kWordings;
}

ImageTraits image_traits(std::string_view software_version) {
  const auto number = [&software_version] {
    int value = 0;
    const auto [end, error] =
        std::from_chars(software_version.data(), software_version.data() + software_version.size(), value);
    software_version.remove_prefix(static_cast<std::size_t>(end - software_version.data()));
    if (!software_version.empty()) software_version.remove_prefix(1);  // the dot
    return error == std::errc() ? value : 0;
  };
  const int major = number();
  const int minor = number();
  ImageTraits traits;
  for (const auto& row : kWordings)
    if (std::pair(row.from_major, row.from_minor) <= std::pair(major, minor)) traits.peer = row.peer;
  return traits;
}

LogLine render_log(MessageId id, const Fields& fields) {
  const auto& row = message(id);
  return {std::string(row.facility), row.severity, std::string(row.mnemonic), substitute(row.text, fields)};
}

std::string render_event(MessageId id, const Fields& fields, WallTime at) {
  const auto& row = message(id);
  const auto c = to_civil(at);
  auto line = fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:03} UTC {}", c.year, c.month, c.day, c.hour, c.minute,
                          c.second, c.millisecond, row.event);
  auto names = row.event_fields;
  while (!names.empty()) {
    const auto comma = names.find(',');
    const auto name = names.substr(0, comma);
    line += fmt::format(" {}=\"{}\"", name, one_line(field(fields, name)));
    names = comma == std::string_view::npos ? std::string_view() : names.substr(comma + 1);
  }
  return line;
}

std::string message_page() {
  const auto cell = [](std::string_view text) {
    std::string out;
    for (const char c : text) out += c == '\n' ? std::string("<br>") : c == '|' ? "\\|" : std::string(1, c);
    return out;
  };
  std::string page =
      "# What the agent says\n\n"
      "Printed from the tables of `src/agent/core/messages.cpp`; a test holds this page to them. `{name}` stands for "
      "what "
      "the\nmoment brings. Every line goes to console and syslog hosts; every event into `show license eventlog` "
      "(LOG-7).\n\n## Log lines and events\n\n| log line | text | event | its fields |\n|---|---|---|---|\n";
  for (const auto& row : kRows)
    page += fmt::format(
        "| {} | {} | {} | {} |\n",
        row.facility.empty() ? std::string() : fmt::format("`%{}-{}-{}`", row.facility, row.severity, row.mnemonic),
        cell(row.text), row.event.empty() ? std::string() : fmt::format("`{}`", row.event), cell(row.event_fields));
  page +=
      "\n## Reasons of failures\n\nThe words behind `Failure reason:`; a server's own words (`{detail}`) stand in "
      "[protocol](protocol.md).\nWith *way*, an attempt to register, renew or authorize that failed logs "
      "`COMM_FAILED`, "
      "too: the way failed, not the\nanswer. One that is pending does not.\n\n"
      "| msgStatus | shown | in `AUTH_RENEW_FAILED`, where it differs | way |\n|---|---|---|---|\n";
  for (const auto& row : kReasonRows)
    page += fmt::format("| `{}` | {} | {} | {} |\n", row.status, cell(row.shown), cell(row.logged),
                        row.communication ? "way" : "");
  page += "\n## What differs by the version of the image\n\n| from | `{peer}` |\n|---|---|\n";
  for (const auto& row : kWordings)
    page +=
        fmt::format("| {} | {} |\n",
                    row.from_major == 0 ? "the first" : fmt::format("{}.{}", row.from_major, row.from_minor), row.peer);
  return page;
}

std::string device_time(WallTime t) {
  const auto c = to_civil(t);
  return fmt::format("{} {:02} {:02}:{:02}:{:02} {} UTC", kMonths[c.month - 1], c.day, c.hour, c.minute, c.second,
                     c.year);
}

std::string duration_in_words(Duration d) {
  const auto total = std::max<std::int64_t>(0, d.count() / 1000);
  return fmt::format("{} days, {} hours, {} minutes, {} seconds", total / 86400, total / 3600 % 24, total / 60 % 60,
                     total % 60);
}

}  // namespace lictor::agent
