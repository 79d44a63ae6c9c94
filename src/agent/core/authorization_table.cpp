// The authorization machine, AUTH-1 ... AUTH-12. One block per event, because most events ask the same question of
// every state; states in the order of their enum.
#include "agent/core/rows.hpp"

namespace lictor::agent {
namespace {

using S = AuthorizationState;
using E = AuthorizationEvent;
using enum Action;

constexpr std::string_view kUsedAlready = "something is in use already";
constexpr std::string_view kNothingInUse = "nothing is in use";
constexpr std::string_view kNotCounting = "evaluation is not running";
constexpr std::string_view kUsageTells = "usage and evaluation say otherwise";
constexpr std::string_view kNoDeadline = "a deadline begins with the first success";

constexpr AuthorizationRow kRows[] = {
    // --- after a restart ---------------------------------------------------------------------------------------------
    {S::NoLicensesInUse, E::Restored, S::NoLicensesInUse, kDo<RearmAuthorization>, "AUTH-6", ""},
    {S::Evaluation, E::Restored, S::Evaluation, kDo<StartEvaluation, RearmAuthorization>, "AUTH-1", ""},
    {S::EvaluationExpired, E::Restored, S::EvaluationExpired, kDo<WarnEvaluationExpired, RearmAuthorization>, "AUTH-2",
     ""},
    {S::Authorized, E::Restored, S::Authorized, kDo<RearmAuthorization>, "AUTH-3", ""},
    {S::OutOfCompliance, E::Restored, S::OutOfCompliance, kDo<RearmAuthorization>, "AUTH-4", ""},
    {S::AuthorizationExpired, E::Restored, S::AuthorizationExpired, kDo<RearmAuthorization>, "AUTH-5", ""},

    // --- usage -------------------------------------------------------------------------------------------------------
    {S::NoLicensesInUse, E::UsageBegan, S::Evaluation, kDo<StartEvaluation, LogEvaluationStarted, Coalesce>, "AUTH-1",
     ""},
    {S::Evaluation, E::UsageBegan, S::Evaluation, kDo<>, "AUTH-1", kUsedAlready},
    {S::EvaluationExpired, E::UsageBegan, S::EvaluationExpired, kDo<>, "AUTH-2", kUsedAlready},
    {S::Authorized, E::UsageBegan, S::Authorized, kDo<Coalesce>, "AUTH-7", ""},
    {S::OutOfCompliance, E::UsageBegan, S::OutOfCompliance, kDo<Coalesce>, "AUTH-7", ""},
    {S::AuthorizationExpired, E::UsageBegan, S::AuthorizationExpired, kDo<Coalesce>, "AUTH-7", ""},

    {S::NoLicensesInUse, E::UsageBeganEvaluationOver, S::EvaluationExpired, kDo<WarnEvaluationExpired, Coalesce>,
     "AUTH-2", ""},
    {S::Evaluation, E::UsageBeganEvaluationOver, S::Evaluation, kDo<>, "AUTH-1", kUsedAlready},
    {S::EvaluationExpired, E::UsageBeganEvaluationOver, S::EvaluationExpired, kDo<>, "AUTH-2", kUsedAlready},
    {S::Authorized, E::UsageBeganEvaluationOver, S::Authorized, kDo<Coalesce>, "AUTH-7", ""},
    {S::OutOfCompliance, E::UsageBeganEvaluationOver, S::OutOfCompliance, kDo<Coalesce>, "AUTH-7", ""},
    {S::AuthorizationExpired, E::UsageBeganEvaluationOver, S::AuthorizationExpired, kDo<Coalesce>, "AUTH-7", ""},

    {S::NoLicensesInUse, E::UsageChanged, S::NoLicensesInUse, kDo<>, "AUTH-6", kNothingInUse},
    {S::Evaluation, E::UsageChanged, S::Evaluation, kDo<Coalesce>, "AUTH-7", ""},
    {S::EvaluationExpired, E::UsageChanged, S::EvaluationExpired, kDo<Coalesce>, "AUTH-7", ""},
    {S::Authorized, E::UsageChanged, S::Authorized, kDo<Coalesce>, "AUTH-7", ""},
    {S::OutOfCompliance, E::UsageChanged, S::OutOfCompliance, kDo<Coalesce>, "AUTH-7", ""},
    {S::AuthorizationExpired, E::UsageChanged, S::AuthorizationExpired, kDo<Coalesce>, "AUTH-7", ""},

    {S::NoLicensesInUse, E::UsageEnded, S::NoLicensesInUse, kDo<>, "AUTH-6", kNothingInUse},
    {S::Evaluation, E::UsageEnded, S::NoLicensesInUse, kDo<StopEvaluation, Coalesce>, "AUTH-6", ""},
    {S::EvaluationExpired, E::UsageEnded, S::NoLicensesInUse, kDo<StopEvaluationWarnings, Coalesce>, "AUTH-6", ""},
    {S::Authorized, E::UsageEnded, S::Authorized, kDo<Coalesce>, "AUTH-12", ""},
    {S::OutOfCompliance, E::UsageEnded, S::OutOfCompliance, kDo<Coalesce>, "AUTH-12", ""},
    {S::AuthorizationExpired, E::UsageEnded, S::AuthorizationExpired, kDo<Coalesce>, "AUTH-12", ""},

    // --- the stack ---------------------------------------------------------------------------------------------------
    {S::NoLicensesInUse, E::MembersChanged, S::NoLicensesInUse, kDo<LogMembers, NewAuthorize>, "HA-1", ""},
    {S::Evaluation, E::MembersChanged, S::Evaluation, kDo<LogMembers, NewAuthorize>, "HA-1", ""},
    {S::EvaluationExpired, E::MembersChanged, S::EvaluationExpired, kDo<LogMembers, NewAuthorize>, "HA-1", ""},
    {S::Authorized, E::MembersChanged, S::Authorized, kDo<LogMembers, NewAuthorize>, "HA-1", ""},
    {S::OutOfCompliance, E::MembersChanged, S::OutOfCompliance, kDo<LogMembers, NewAuthorize>, "HA-1", ""},
    {S::AuthorizationExpired, E::MembersChanged, S::AuthorizationExpired, kDo<LogMembers, NewAuthorize>, "HA-1", ""},

    {S::NoLicensesInUse, E::RolesChanged, S::NoLicensesInUse, kDo<LogRole, NewAuthorize>, "HA-1", ""},
    {S::Evaluation, E::RolesChanged, S::Evaluation, kDo<LogRole, NewAuthorize>, "HA-1", ""},
    {S::EvaluationExpired, E::RolesChanged, S::EvaluationExpired, kDo<LogRole, NewAuthorize>, "HA-1", ""},
    {S::Authorized, E::RolesChanged, S::Authorized, kDo<LogRole, NewAuthorize>, "HA-1", ""},
    {S::OutOfCompliance, E::RolesChanged, S::OutOfCompliance, kDo<LogRole, NewAuthorize>, "HA-1", ""},
    {S::AuthorizationExpired, E::RolesChanged, S::AuthorizationExpired, kDo<LogRole, NewAuthorize>, "HA-1", ""},

    // --- the identity ------------------------------------------------------------------------------------------------
    {S::NoLicensesInUse, E::IdentityGained, S::NoLicensesInUse, kDo<NewAuthorize>, "AUTH-12", ""},
    {S::Evaluation, E::IdentityGained, S::Evaluation, kDo<NewAuthorize>, "REG-3", ""},
    {S::EvaluationExpired, E::IdentityGained, S::EvaluationExpired, kDo<NewAuthorize>, "REG-3", ""},
    {S::Authorized, E::IdentityGained, S::Authorized, kDo<NewAuthorize>, "REG-11", ""},
    {S::OutOfCompliance, E::IdentityGained, S::OutOfCompliance, kDo<NewAuthorize>, "REG-11", ""},
    {S::AuthorizationExpired, E::IdentityGained, S::AuthorizationExpired, kDo<NewAuthorize>, "REG-11", ""},

    {S::NoLicensesInUse, E::IdentityLostUnused, S::NoLicensesInUse, kDo<ForgetAuthorization>, "AUTH-6", ""},
    {S::Evaluation, E::IdentityLostUnused, S::Evaluation, kDo<>, "AUTH-1", kUsageTells},
    {S::EvaluationExpired, E::IdentityLostUnused, S::EvaluationExpired, kDo<>, "AUTH-2", kUsageTells},
    {S::Authorized, E::IdentityLostUnused, S::NoLicensesInUse, kDo<ForgetAuthorization>, "AUTH-6", ""},
    {S::OutOfCompliance, E::IdentityLostUnused, S::NoLicensesInUse, kDo<ForgetAuthorization>, "AUTH-6", ""},
    {S::AuthorizationExpired, E::IdentityLostUnused, S::NoLicensesInUse, kDo<ForgetAuthorization>, "AUTH-6", ""},

    {S::NoLicensesInUse, E::IdentityLostEvaluationLeft, S::NoLicensesInUse, kDo<>, "AUTH-6", kUsageTells},
    {S::Evaluation, E::IdentityLostEvaluationLeft, S::Evaluation, kDo<ForgetAuthorization>, "AUTH-1", ""},
    {S::EvaluationExpired, E::IdentityLostEvaluationLeft, S::EvaluationExpired, kDo<>, "AUTH-2", kUsageTells},
    {S::Authorized, E::IdentityLostEvaluationLeft, S::Evaluation,
     kDo<ForgetAuthorization, StartEvaluation, LogEvaluationStarted>, "AUTH-1", ""},
    {S::OutOfCompliance, E::IdentityLostEvaluationLeft, S::Evaluation,
     kDo<ForgetAuthorization, StartEvaluation, LogEvaluationStarted>, "AUTH-1", ""},
    {S::AuthorizationExpired, E::IdentityLostEvaluationLeft, S::Evaluation,
     kDo<ForgetAuthorization, StartEvaluation, LogEvaluationStarted>, "AUTH-1", ""},

    {S::NoLicensesInUse, E::IdentityLostEvaluationOver, S::NoLicensesInUse, kDo<>, "AUTH-6", kUsageTells},
    {S::Evaluation, E::IdentityLostEvaluationOver, S::EvaluationExpired,
     kDo<ForgetAuthorization, StopEvaluation, LogEvaluationExpired>, "AUTH-2", ""},
    {S::EvaluationExpired, E::IdentityLostEvaluationOver, S::EvaluationExpired, kDo<ForgetAuthorization>, "AUTH-2", ""},
    {S::Authorized, E::IdentityLostEvaluationOver, S::EvaluationExpired, kDo<ForgetAuthorization, LogEvaluationExpired>,
     "AUTH-2", ""},
    {S::OutOfCompliance, E::IdentityLostEvaluationOver, S::EvaluationExpired,
     kDo<ForgetAuthorization, LogEvaluationExpired>, "AUTH-2", ""},
    {S::AuthorizationExpired, E::IdentityLostEvaluationOver, S::EvaluationExpired,
     kDo<ForgetAuthorization, LogEvaluationExpired>, "AUTH-2", ""},

    // --- evaluation --------------------------------------------------------------------------------------------------
    {S::NoLicensesInUse, E::EvaluationChargeDue, S::NoLicensesInUse, kDo<>, "STO-5", kNotCounting},
    {S::Evaluation, E::EvaluationChargeDue, S::Evaluation, kDo<ChargeEvaluation>, "STO-5", ""},
    {S::EvaluationExpired, E::EvaluationChargeDue, S::EvaluationExpired, kDo<>, "STO-5", kNotCounting},
    {S::Authorized, E::EvaluationChargeDue, S::Authorized, kDo<>, "STO-5", kNotCounting},
    {S::OutOfCompliance, E::EvaluationChargeDue, S::OutOfCompliance, kDo<>, "STO-5", kNotCounting},
    {S::AuthorizationExpired, E::EvaluationChargeDue, S::AuthorizationExpired, kDo<>, "STO-5", kNotCounting},

    {S::NoLicensesInUse, E::EvaluationWarningDue, S::NoLicensesInUse, kDo<>, "AUTH-2", kNotCounting},
    {S::Evaluation, E::EvaluationWarningDue, S::Evaluation, kDo<WarnEvaluation>, "AUTH-2", ""},
    {S::EvaluationExpired, E::EvaluationWarningDue, S::EvaluationExpired, kDo<WarnEvaluationExpired>, "AUTH-2", ""},
    {S::Authorized, E::EvaluationWarningDue, S::Authorized, kDo<>, "AUTH-2", kNotCounting},
    {S::OutOfCompliance, E::EvaluationWarningDue, S::OutOfCompliance, kDo<>, "AUTH-2", kNotCounting},
    {S::AuthorizationExpired, E::EvaluationWarningDue, S::AuthorizationExpired, kDo<>, "AUTH-2", kNotCounting},

    {S::NoLicensesInUse, E::EvaluationUsedUp, S::NoLicensesInUse, kDo<>, "AUTH-1", kNotCounting},
    {S::Evaluation, E::EvaluationUsedUp, S::EvaluationExpired, kDo<StopEvaluation, LogEvaluationExpired>, "AUTH-2", ""},
    {S::EvaluationExpired, E::EvaluationUsedUp, S::EvaluationExpired, kDo<>, "AUTH-2", kNotCounting},
    {S::Authorized, E::EvaluationUsedUp, S::Authorized, kDo<>, "AUTH-1", kNotCounting},
    {S::OutOfCompliance, E::EvaluationUsedUp, S::OutOfCompliance, kDo<>, "AUTH-1", kNotCounting},
    {S::AuthorizationExpired, E::EvaluationUsedUp, S::AuthorizationExpired, kDo<>, "AUTH-1", kNotCounting},

    // --- sending -----------------------------------------------------------------------------------------------------
    {S::NoLicensesInUse, E::RenewAsked, S::NoLicensesInUse, kDo<SendAuthorize>, "REG-8", ""},
    {S::Evaluation, E::RenewAsked, S::Evaluation, kDo<SendAuthorize>, "REG-8", ""},
    {S::EvaluationExpired, E::RenewAsked, S::EvaluationExpired, kDo<SendAuthorize>, "REG-8", ""},
    {S::Authorized, E::RenewAsked, S::Authorized, kDo<SendAuthorize>, "REG-8", ""},
    {S::OutOfCompliance, E::RenewAsked, S::OutOfCompliance, kDo<SendAuthorize>, "REG-8", ""},
    {S::AuthorizationExpired, E::RenewAsked, S::AuthorizationExpired, kDo<SendAuthorize>, "REG-8", ""},

    {S::NoLicensesInUse, E::TransportChanged, S::NoLicensesInUse, kDo<RetryAuthorizeIfWaiting>, "AUTH-8", ""},
    {S::Evaluation, E::TransportChanged, S::Evaluation, kDo<RetryAuthorizeIfWaiting>, "AUTH-8", ""},
    {S::EvaluationExpired, E::TransportChanged, S::EvaluationExpired, kDo<RetryAuthorizeIfWaiting>, "AUTH-8", ""},
    {S::Authorized, E::TransportChanged, S::Authorized, kDo<RetryAuthorizeIfWaiting>, "AUTH-8", ""},
    {S::OutOfCompliance, E::TransportChanged, S::OutOfCompliance, kDo<RetryAuthorizeIfWaiting>, "AUTH-8", ""},
    {S::AuthorizationExpired, E::TransportChanged, S::AuthorizationExpired, kDo<RetryAuthorizeIfWaiting>, "AUTH-8", ""},

    {S::NoLicensesInUse, E::AttemptDue, S::NoLicensesInUse, kDo<SendAuthorize>, "AUTH-8", ""},
    {S::Evaluation, E::AttemptDue, S::Evaluation, kDo<SendAuthorize>, "AUTH-8", ""},
    {S::EvaluationExpired, E::AttemptDue, S::EvaluationExpired, kDo<SendAuthorize>, "AUTH-8", ""},
    {S::Authorized, E::AttemptDue, S::Authorized, kDo<SendAuthorize>, "AUTH-3", ""},
    {S::OutOfCompliance, E::AttemptDue, S::OutOfCompliance, kDo<SendAuthorize>, "AUTH-4", ""},
    {S::AuthorizationExpired, E::AttemptDue, S::AuthorizationExpired, kDo<SendAuthorize>, "AUTH-5", ""},

    {S::NoLicensesInUse, E::CoalesceOver, S::NoLicensesInUse, kDo<NewAuthorize>, "AUTH-12", ""},
    {S::Evaluation, E::CoalesceOver, S::Evaluation, kDo<NewAuthorize>, "AUTH-7", ""},
    {S::EvaluationExpired, E::CoalesceOver, S::EvaluationExpired, kDo<NewAuthorize>, "AUTH-7", ""},
    {S::Authorized, E::CoalesceOver, S::Authorized, kDo<NewAuthorize>, "AUTH-7", ""},
    {S::OutOfCompliance, E::CoalesceOver, S::OutOfCompliance, kDo<NewAuthorize>, "AUTH-7", ""},
    {S::AuthorizationExpired, E::CoalesceOver, S::AuthorizationExpired, kDo<NewAuthorize>, "AUTH-7", ""},

    // --- answers -----------------------------------------------------------------------------------------------------
    {S::NoLicensesInUse, E::AnsweredCovered, S::Authorized,
     kDo<RecordAuthorized, LogInCompliance, LogAuthorizationRenewed>, "AUTH-6", ""},
    {S::Evaluation, E::AnsweredCovered, S::Authorized,
     kDo<StopEvaluation, RecordAuthorized, LogInCompliance, LogAuthorizationRenewed>, "AUTH-3", ""},
    {S::EvaluationExpired, E::AnsweredCovered, S::Authorized,
     kDo<StopEvaluationWarnings, RecordAuthorized, LogInCompliance, LogAuthorizationRenewed>, "AUTH-3", ""},
    {S::Authorized, E::AnsweredCovered, S::Authorized, kDo<RecordAuthorized, LogAuthorizationRenewed>, "AUTH-11", ""},
    {S::OutOfCompliance, E::AnsweredCovered, S::Authorized,
     kDo<RecordAuthorized, LogInCompliance, LogAuthorizationRenewed>, "AUTH-11", ""},
    {S::AuthorizationExpired, E::AnsweredCovered, S::Authorized,
     kDo<RecordAuthorized, LogInCompliance, LogAuthorizationRenewed>, "AUTH-5", ""},

    {S::NoLicensesInUse, E::AnsweredShort, S::OutOfCompliance,
     kDo<RecordShort, MarkEntry, LogOutOfCompliance, LogAuthorizationRenewed>, "AUTH-4", ""},
    {S::Evaluation, E::AnsweredShort, S::OutOfCompliance,
     kDo<StopEvaluation, RecordShort, MarkEntry, LogOutOfCompliance, LogAuthorizationRenewed>, "AUTH-4", ""},
    {S::EvaluationExpired, E::AnsweredShort, S::OutOfCompliance,
     kDo<StopEvaluationWarnings, RecordShort, MarkEntry, LogOutOfCompliance, LogAuthorizationRenewed>, "AUTH-4", ""},
    {S::Authorized, E::AnsweredShort, S::OutOfCompliance,
     kDo<RecordShort, MarkEntry, LogOutOfCompliance, LogAuthorizationRenewed>, "AUTH-4", ""},
    {S::OutOfCompliance, E::AnsweredShort, S::OutOfCompliance, kDo<RecordShort, LogAuthorizationRenewed>, "AUTH-11",
     ""},
    {S::AuthorizationExpired, E::AnsweredShort, S::OutOfCompliance,
     kDo<RecordShort, MarkEntry, LogOutOfCompliance, LogAuthorizationRenewed>, "AUTH-5", ""},

    {S::NoLicensesInUse, E::Failed, S::NoLicensesInUse, kDo<RecordAuthorizationFailure, RetryAuthorize>, "AUTH-8", ""},
    {S::Evaluation, E::Failed, S::Evaluation, kDo<RecordAuthorizationFailure, RetryAuthorize>, "AUTH-8", ""},
    {S::EvaluationExpired, E::Failed, S::EvaluationExpired, kDo<RecordAuthorizationFailure, RetryAuthorize>, "AUTH-8",
     ""},
    {S::Authorized, E::Failed, S::Authorized, kDo<RecordAuthorizationFailure, RetryAuthorize>, "AUTH-8", ""},
    {S::OutOfCompliance, E::Failed, S::OutOfCompliance, kDo<RecordAuthorizationFailure, RetryAuthorize>, "AUTH-8", ""},
    {S::AuthorizationExpired, E::Failed, S::AuthorizationExpired, kDo<RecordAuthorizationFailure, RetryAuthorize>,
     "AUTH-5", ""},

    {S::NoLicensesInUse, E::Pending, S::NoLicensesInUse, kDo<RecordAuthorizationPending, PollAuthorize>, "AUTH-10", ""},
    {S::Evaluation, E::Pending, S::Evaluation, kDo<RecordAuthorizationPending, PollAuthorize>, "AUTH-10", ""},
    {S::EvaluationExpired, E::Pending, S::EvaluationExpired, kDo<RecordAuthorizationPending, PollAuthorize>, "AUTH-10",
     ""},
    {S::Authorized, E::Pending, S::Authorized, kDo<RecordAuthorizationPending, PollAuthorize>, "AUTH-10", ""},
    {S::OutOfCompliance, E::Pending, S::OutOfCompliance, kDo<RecordAuthorizationPending, PollAuthorize>, "AUTH-10", ""},
    {S::AuthorizationExpired, E::Pending, S::AuthorizationExpired, kDo<RecordAuthorizationPending, PollAuthorize>,
     "AUTH-10", ""},

    // --- the 90 days -------------------------------------------------------------------------------------------------
    {S::NoLicensesInUse, E::DeadlinePassed, S::NoLicensesInUse, kDo<>, "AUTH-5", kNoDeadline},
    {S::Evaluation, E::DeadlinePassed, S::Evaluation, kDo<>, "AUTH-5", kNoDeadline},
    {S::EvaluationExpired, E::DeadlinePassed, S::EvaluationExpired, kDo<>, "AUTH-5", kNoDeadline},
    {S::Authorized, E::DeadlinePassed, S::AuthorizationExpired, kDo<MarkEntry, LogAuthorizationExpired>, "AUTH-5", ""},
    {S::OutOfCompliance, E::DeadlinePassed, S::AuthorizationExpired, kDo<MarkEntry, LogAuthorizationExpired>, "AUTH-5",
     ""},
    {S::AuthorizationExpired, E::DeadlinePassed, S::AuthorizationExpired, kDo<>, "AUTH-5", "it is past already"},
};

}  // namespace

std::span<const AuthorizationRow> authorization_table() {
  return kRows;
}

}  // namespace lictor::agent
