// Names and look-up over the tables of registration_table.cpp and authorization_table.cpp.
#include "agent/core/transitions.hpp"

#include <array>

#include <fmt/format.h>

namespace lictor::agent {
namespace {

constexpr std::array<std::string_view, kStages> kStageNames = {
    "Unregistered", "Registering", "FailedRetrying", "Failed", "Registered", "Reregistering", "Deregistering",
};
constexpr std::array<std::string_view, kRegistrationEvents> kRegistrationEventNames = {
    "Restored",
    "RegisterAsked",
    "ForceAsked",
    "DeregisterAsked",
    "RenewIdAsked",
    "RenewAuthorizationAsked",
    "TransportChanged",
    "KeyMade",
    "KeyFailed",
    "RegisterAttemptDue",
    "RegisterAccepted",
    "RegisterFailed",
    "RegisterPending",
    "RegisterAlready",
    "RegisterRefused",
    "RenewalDue",
    "RenewAccepted",
    "RenewFailed",
    "RenewPending",
    "DeregisterAccepted",
    "DeregisterFailed",
    "InstanceUnknown",
    "CertificateWarningDue",
    "CertificateEnded",
    "ClockLeftCertificate",
    "ClockReturned",
    "GraceOver",
    "TrustNewer",
    "TrustInstalled",
    "TrustFailed",
};
constexpr std::array<std::string_view, kAuthorizationEvents> kAuthorizationEventNames = {
    "Restored",
    "UsageBegan",
    "UsageBeganEvaluationOver",
    "UsageChanged",
    "UsageEnded",
    "MembersChanged",
    "RolesChanged",
    "IdentityGained",
    "IdentityLostUnused",
    "IdentityLostEvaluationLeft",
    "IdentityLostEvaluationOver",
    "EvaluationChargeDue",
    "EvaluationWarningDue",
    "EvaluationUsedUp",
    "RenewAsked",
    "TransportChanged",
    "AttemptDue",
    "CoalesceOver",
    "AnsweredCovered",
    "AnsweredShort",
    "Failed",
    "Pending",
    "DeadlinePassed",
};
constexpr std::array<std::string_view, kActions> kActionNames = {
    "RefuseRegistered",
    "RefuseNotRegistered",
    "RefuseBusy",
    "BeginRegistration",
    "KeepKey",
    "WantRegister",
    "ResumeRegistration",
    "DropRegistration",
    "RetryRegistration",
    "PollRegistration",
    "RecordRegistrationFailure",
    "RecordRegistrationPending",
    "LogRegistrationFailed",
    "LogRegistrationPending",
    "AdoptIdentity",
    "LogRegistered",
    "ArmCertificate",
    "ForgetIdentity",
    "ForgetIdentityKeepNames",
    "ForgetSaved",
    "ClearFailure",
    "MarkExpired",
    "LogCertificateEnded",
    "LogInstanceUnknown",
    "TellIdentityGained",
    "TellIdentityLost",
    "TellRenewAsked",
    "WantRenewId",
    "RetryRenewIdIfWaiting",
    "ResumeCertificate",
    "AdoptCertificate",
    "LogRenewed",
    "RetryRenewId",
    "PollRenewId",
    "RecordRenewFailure",
    "RecordRenewPending",
    "WarnCertificate",
    "WantDeregister",
    "LogDeregistered",
    "LogDeregisterFailed",
    "StartGrace",
    "StopGrace",
    "WantTrust",
    "InstallTrust",
    "DropTrust",
    "StartEvaluation",
    "StopEvaluation",
    "ChargeEvaluation",
    "WarnEvaluation",
    "LogEvaluationStarted",
    "LogEvaluationExpired",
    "WarnEvaluationExpired",
    "StopEvaluationWarnings",
    "NewAuthorize",
    "SendAuthorize",
    "RetryAuthorizeIfWaiting",
    "Coalesce",
    "RecordAuthorized",
    "RecordShort",
    "MarkEntry",
    "LogInCompliance",
    "LogOutOfCompliance",
    "LogAuthorizationRenewed",
    "RecordAuthorizationFailure",
    "RetryAuthorize",
    "RecordAuthorizationPending",
    "PollAuthorize",
    "LogAuthorizationExpired",
    "ForgetAuthorization",
    "LogMembers",
    "LogRole",
    "RearmAuthorization",
};

template <class Names, class Enum>
constexpr std::string_view name_of(const Names& names, Enum value) {
  return names[static_cast<std::size_t>(value)];
}

// The tables are small and each look-up comes with an exchange or a timer: a scan keeps the rows the only list.
template <class Row, class State, class Event>
const Row& find(std::span<const Row> rows, State state, Event event) {
  for (const auto& row : rows)
    if (row.state == state && row.event == event) return row;
  // The completeness test holds every pair; this is a broken build.
  std::abort();
}

}  // namespace

std::string_view to_string(Stage stage) {
  return name_of(kStageNames, stage);
}
std::string_view to_string(RegistrationEvent event) {
  return name_of(kRegistrationEventNames, event);
}
std::string_view to_string(AuthorizationEvent event) {
  return name_of(kAuthorizationEventNames, event);
}
std::string_view to_string(Action action) {
  return name_of(kActionNames, action);
}

RegistrationState shown_as(Stage stage) {
  constexpr std::array<RegistrationState, kStages> kShown = {
      RegistrationState::Unregistered,       RegistrationState::Registering, RegistrationState::RegistrationFailed,
      RegistrationState::RegistrationFailed, RegistrationState::Registered,  RegistrationState::Registered,
      RegistrationState::Registered,
  };
  return kShown[static_cast<std::size_t>(stage)];
}

const RegistrationRow& row(Stage state, RegistrationEvent event) {
  return find(registration_table(), state, event);
}
const AuthorizationRow& row(AuthorizationState state, AuthorizationEvent event) {
  return find(authorization_table(), state, event);
}

std::string row_id(const RegistrationRow& row) {
  return fmt::format("{}/{}", to_string(row.state), to_string(row.event));
}
std::string row_id(const AuthorizationRow& row) {
  return fmt::format("{}/{}", to_string(row.state), to_string(row.event));
}

}  // namespace lictor::agent
