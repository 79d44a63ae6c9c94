// Everything that the agent says, declared once: log lines (LOG-1 ... LOG-5; device-formats 7), event log entries
// (LOG-7), the reasons of failures, and what of it differs by the version of the image. docs/agent-messages.md is
// printed from here.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/core/ports.hpp"

namespace lictor::agent {

enum class MessageId : std::uint8_t {
  AgentReady,
  AgentEnabled,
  StoreDamaged,
  StoreNotWritten,
  KeyAddition,
  NoConfigAutosave,
  RegistrationInProgress,
  ConfigNotSaved,
  ConfigSaved,
  RegistrationSucceeded,
  RegistrationFailed,
  RegistrationPending,
  ExportControlled,
  RenewIdSucceeded,
  RenewIdFailed,
  RenewIdPending,
  IdExpiring,
  IdExpired,
  InstanceUnknown,
  ClockOutOfCertificate,
  ClockChanged,
  DeregisterSucceeded,
  DeregisterFailed,
  DeregisterUnverified,
  AuthorizationRenewed,
  AuthorizationFailed,
  AuthorizationPending,
  InCompliance,
  OutOfCompliance,
  AuthorizationExpired,
  CommunicationFailed,
  CommunicationRestored,
  SendFailed,
  SendFailedUnnamed,
  CertificateNotYetValid,
  CertificateExpired,
  RevocationListMissing,
  EvaluationStarted,
  EvaluationWillExpire,
  EvaluationExpired,
  EvaluationExpiredWarning,
  Usage,
  RoleChanged,
  MembersChanged,
  HostNameChanged,
  StateChanged,
  MessageSent,
  SequenceBehind,
  TrustInstalled,
  TrustFailed,
  AgentDisabled,
  Upgraded,
  ConversionChanged,
};
inline constexpr int kMessages = static_cast<int>(MessageId::ConversionChanged) + 1;

struct AgentMessage {  // has a log line, an event log entry, or both
  MessageId id;
  std::string_view facility;  // "" = no log line
  int severity;
  std::string_view mnemonic;
  std::string_view text;          // {name} stands for a field
  std::string_view event;         // "SAEVT_..."; "" = no event log entry
  std::string_view event_fields;  // names, comma separated, in their order
};
std::span<const AgentMessage> message_table();
const AgentMessage& message(MessageId id);

// Why an exchange did not succeed, where that is for the agent to say; a server's refusal brings its own words.
enum class Reason : std::uint8_t {
  TransportNotAvailable,
  SendFailed,
  CertificateNotYetValid,
  CertificateExpired,
  RevocationUnknown,
  Busy,
  CarrierPending,
  BadAnswer,
  Resubmit,
  Refused,      // {code}, {detail} of a refusal, or of an unsigned problem (PRO-8)
  NotVerified,  // AUTH-9
  Malformed,    // it verifies, and is no answer to what was asked
  Outdated,     // a repeated answer whose validity is over (AUTH-3)
  KeyNotMade,   // {detail}
  Restarted,
};
inline constexpr int kReasons = static_cast<int>(Reason::Restarted) + 1;

struct FailureReason {
  Reason id;
  std::string_view status;  // msgStatus in the event log
  std::string_view shown;   // behind "Failure reason:"
  std::string_view logged;  // in AUTH_RENEW_FAILED, where it differs; "" = as shown
  bool communication;       // the way failed, not the answer: COMM_FAILED, unless the attempt is pending
};
std::span<const FailureReason> reason_table();
const FailureReason& reason(Reason id);
Reason reason_of(TransportFailure failure);

// What the images from a version on call things.
struct ImageWording {
  int from_major;
  int from_minor;
  std::string_view peer;
};
std::span<const ImageWording> wording_table();  // oldest first

using Fields = std::vector<std::pair<std::string_view, std::string>>;

// Requires a row with a log line.
LogLine render_log(MessageId id, const Fields& fields);
// "2026-11-24 09:05:00.000 UTC SAEVT_NAME key="value" ...". A quote or line break in a value becomes ' or a blank.
std::string render_event(MessageId id, const Fields& fields, WallTime at);

// `text` with the fields in place of their {names}.
std::string substitute(std::string_view text, const Fields& fields);

// The three tables as a page of Markdown, the content of docs/agent-messages.md.
std::string message_page();

std::string device_time(WallTime t);        // "Nov 24 09:05:00 2026 UTC"
std::string duration_in_words(Duration d);  // "65 days, 18 hours, 43 minutes, 0 seconds"

}  // namespace lictor::agent
