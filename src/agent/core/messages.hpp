// Everything that the agent says, declared once: the log line (LOG-1 ... LOG-5; device-formats 7) and the event log
// entry (LOG-7). A row may have either or both.
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
};
inline constexpr int kMessages = static_cast<int>(MessageId::TrustFailed) + 1;

struct AgentMessage {
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

using Fields = std::vector<std::pair<std::string_view, std::string>>;

// Requires a row with a log line.
LogLine render_log(MessageId id, const Fields& fields);
// "2026-11-24 09:05:00.000 UTC SAEVT_NAME key="value" ...". A quote or line break in a value becomes ' or a blank.
std::string render_event(MessageId id, const Fields& fields, WallTime at);

std::string device_time(WallTime t);        // "Nov 24 09:05:00 2026 UTC"
std::string duration_in_words(Duration d);  // "65 days, 18 hours, 43 minutes, 0 seconds"

}  // namespace lictor::agent
