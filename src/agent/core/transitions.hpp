// The transition tables: every (state, event) pair of both machines of spec page 02, as data. Running, restoring after
// a restart, tests and the printed diagram read these rows. An intended no-op is a row with its reason; a pair without
// a row is a failing test. No wildcards, and no guards: an event names the whole fact (UsageBegan or
// UsageBeganEvaluationOver), so that a pair has exactly one row.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "licensing/vocabulary/states.hpp"

namespace lictor::agent {

// --- registration ---------------------------------------------------------------------------------------------------
// Finer than what is shown (REG-1 ... REG-4): shown_as() maps.
enum class Stage : std::uint8_t {
  Unregistered,    // REG-1
  Registering,     // REG-2: a key is made, the request is out, or a retry is due
  FailedRetrying,  // REG-4, with a next attempt (already registered)
  Failed,          // REG-4, without one
  Registered,      // REG-3
  Reregistering,   // REG-3 under the old identity, a forced registration under way (REG-11)
  Deregistering,   // REG-3 still shown; the one attempt of REG-9 is out
};
inline constexpr int kStages = 7;

enum class RegistrationEvent : std::uint8_t {
  Restored,       // the store was loaded at start
  RegisterAsked,  // license smart register idtoken
  ForceAsked,     // ... force
  DeregisterAsked,
  RenewIdAsked,
  RenewAuthorizationAsked,
  TransportChanged,
  KeyMade,
  KeyFailed,
  RegisterAttemptDue,
  RegisterAccepted,
  RegisterFailed,  // transient: no answer, busy, clock offset, an answer that does not verify
  RegisterPending,
  RegisterAlready,  // SCN-1
  RegisterRefused,  // terminal, or no transport
  RenewalDue,       // day 180, or its retry
  RenewAccepted,
  RenewFailed,
  RenewPending,
  DeregisterAccepted,
  DeregisterFailed,
  InstanceUnknown,  // signed "not registered", in answer to anything
  CertificateWarningDue,
  CertificateEnded,      // reached while running, without a jump
  ClockLeftCertificate,  // by a jump, or found at start
  ClockReturned,         // into the certificate's life, or back within it by more than an hour
  GraceOver,
  TrustNewer,  // a server's header names newer anchors
  TrustInstalled,
  TrustFailed,
};
inline constexpr int kRegistrationEvents = 30;

// --- authorization --------------------------------------------------------------------------------------------------
enum class AuthorizationEvent : std::uint8_t {
  Restored,
  UsageBegan,                // from nothing to something; evaluation is left
  UsageBeganEvaluationOver,  // the same; nothing is left
  UsageChanged,              // from something to something else
  UsageEnded,                // to nothing
  MembersChanged,            // HA-1
  RolesChanged,              // HA-1: another member is active
  IdentityGained,            // registered, or registered anew by force
  IdentityLostUnused,        // nothing is in use
  IdentityLostEvaluationLeft,
  IdentityLostEvaluationOver,
  EvaluationChargeDue,   // STO-5
  EvaluationWarningDue,  // AUTH-2
  EvaluationUsedUp,
  RenewAsked,  // license smart renew auth
  TransportChanged,
  AttemptDue,       // the renewal, a retry or a poll
  CoalesceOver,     // AUTH-7
  AnsweredCovered,  // every requested tag is covered
  AnsweredShort,    // at least one is not
  Failed,
  Pending,
  DeadlinePassed,  // AUTH-5
};
inline constexpr int kAuthorizationEvents = 23;
inline constexpr int kAuthorizationStates = 6;

// --- what rows do ---------------------------------------------------------------------------------------------------
// Each is one function over the agent's state (registration_actions.cpp, authorization_actions.cpp); a row's actions
// run in their order. What an action does may depend on data (is there an identity, is it saved), never on the state of
// a machine.
enum class Action : std::uint8_t {
  // answers to the caller
  RefuseRegistered,     // Conflict: register without force on a registered device (REG-11)
  RefuseNotRegistered,  // Conflict: nothing to deregister or to renew
  RefuseBusy,           // Conflict: a deregistration is under way
  // registration
  BeginRegistration,   // takes token and force, gives up an earlier request, asks for a key (REG-5)
  KeepKey,             // the made key becomes the request's; logs it
  WantRegister,        // sends the request as soon as the way is free
  ResumeRegistration,  // after a restart: re-arms the attempt, or makes the key again
  DropRegistration,    // gives the request up: token, key and attempt are erased
  RetryRegistration,   // arms REG-6's delay
  PollRegistration,    // arms AUTH-10's delay
  RecordRegistrationFailure,
  RecordRegistrationPending,
  LogRegistrationFailed,
  LogRegistrationPending,
  AdoptIdentity,            // certificate, key and names of the answer; the token is erased (REG-3)
  LogRegistered,            // the lines of LOG-3, in their order
  ArmCertificate,           // renewal, warning and end (REG-7)
  ForgetIdentity,           // identity, keys, names and export flag
  ForgetIdentityKeepNames,  // identity and keys; account name and export flag stay shown (REG-9)
  ForgetSaved,              // STO-3: cleared by deregistration alone
  ClearFailure,             // an ended attempt is shown no more
  MarkExpired,              // shown as REGISTRATION EXPIRED
  LogCertificateEnded,
  LogInstanceUnknown,
  TellIdentityGained,  // raises IdentityGained in the other machine
  TellIdentityLost,    // raises IdentityLost..., by usage and evaluation
  TellRenewAsked,      // raises RenewAsked in the other machine
  // renewal of the ID certificate
  WantRenewId,
  RetryRenewIdIfWaiting,
  ResumeCertificate,  // after a restart: re-arms renewal, warning and end
  AdoptCertificate,
  LogRenewed,
  RetryRenewId,  // REG-6's delay, doubling up to a day
  PollRenewId,
  RecordRenewFailure,
  RecordRenewPending,
  WarnCertificate,  // logs and arms the next day's warning
  // deregistration
  WantDeregister,
  LogDeregistered,
  LogDeregisterFailed,
  // clock
  StartGrace,
  StopGrace,
  // anchors
  WantTrust,
  InstallTrust,
  DropTrust,
  // evaluation
  StartEvaluation,  // begins to count and charges the first step ahead
  StopEvaluation,   // charges exactly, counts no more
  ChargeEvaluation,
  WarnEvaluation,
  LogEvaluationStarted,
  LogEvaluationExpired,
  WarnEvaluationExpired,  // logs and arms the hourly warning
  StopEvaluationWarnings,
  // authorization
  // The next four do something only while there is an identity (REG-1: no message is sent without one).
  NewAuthorize,   // a new request, with what is in use now, at once
  SendAuthorize,  // the waiting request (or a poll for it) at once; a new one if none waits
  RetryAuthorizeIfWaiting,
  Coalesce,          // arms AUTH-7's delay
  RecordAuthorized,  // names, tags, interval, deadline of the answer; `on` is now (AUTH-3)
  RecordShort,       // the same; `on` stays what it was
  MarkEntry,         // `on` is now (AUTH-4, AUTH-5)
  LogInCompliance,
  LogOutOfCompliance,
  LogAuthorizationRenewed,
  RecordAuthorizationFailure,
  RetryAuthorize,  // AUTH-8
  RecordAuthorizationPending,
  PollAuthorize,  // AUTH-10
  LogAuthorizationExpired,
  ForgetAuthorization,  // attempts, tags, deadline: nothing to do with the next identity
  LogMembers,
  LogRole,
  RearmAuthorization,  // after a restart
};
inline constexpr int kActions = static_cast<int>(Action::RearmAuthorization) + 1;

template <class State, class Event>
struct TransitionRow {
  State state;
  Event event;
  State next;
  std::span<const Action> actions;
  std::string_view rule;  // spec id
  std::string_view why;   // of a row that does nothing: why that is right; else ""
};
using RegistrationRow = TransitionRow<Stage, RegistrationEvent>;
using AuthorizationRow = TransitionRow<AuthorizationState, AuthorizationEvent>;

std::span<const RegistrationRow> registration_table();
std::span<const AuthorizationRow> authorization_table();
const RegistrationRow& row(Stage state, RegistrationEvent event);
const AuthorizationRow& row(AuthorizationState state, AuthorizationEvent event);

std::string_view to_string(Stage stage);
std::string_view to_string(RegistrationEvent event);
std::string_view to_string(AuthorizationEvent event);
std::string_view to_string(Action action);
RegistrationState shown_as(Stage stage);

// "Registering/RegisterAlready": a row's name in tests and documents.
std::string row_id(const RegistrationRow& row);
std::string row_id(const AuthorizationRow& row);

// Both machines as Mermaid text, the content of docs/agent-states.md.
std::string state_diagram();

}  // namespace lictor::agent
