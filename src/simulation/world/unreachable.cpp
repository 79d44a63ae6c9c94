#include "simulation/world/unreachable.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

namespace lictor::simulation {
namespace {

using agent::Stage;
using RE = agent::RegistrationEvent;
using A = AuthorizationState;
using AE = agent::AuthorizationEvent;

// Every pair of one of the states and one of the events.
template <class State, class Event>
struct Group {
  std::span<const State> states;
  std::span<const Event> events;
  std::string_view why;
};
template <auto... kValues>
inline constexpr std::array kList = {kValues...};

constexpr Group<Stage, RE> kRegistration[] = {
    {kList<Stage::Unregistered, Stage::FailedRetrying, Stage::Failed, Stage::Registered, Stage::Deregistering>,
     kList<RE::RegisterAccepted, RE::RegisterFailed, RE::RegisterPending, RE::RegisterAlready, RE::RegisterRefused>,
     "a registration is out only while one is under way; whatever ends that takes the attempt back, and what comes for "
     "it later is not listened to"},
    {kList<Stage::Unregistered, Stage::Failed, Stage::Registered, Stage::Deregistering>, kList<RE::RegisterAttemptDue>,
     "the timer of the next attempt goes with the request"},
    {kList<Stage::FailedRetrying>, kList<RE::KeyMade, RE::KeyFailed>,
     "only an answer to the request leads here, and the request was made with the last key asked for, which comes "
     "once"},
    {kList<Stage::Reregistering>, kList<RE::RegisterAlready>,
     "a registered device asks with force, and the manager never answers that with \"already registered\" (REG-6, "
     "REG-12)"},
    {kList<Stage::Unregistered, Stage::Registering, Stage::FailedRetrying, Stage::Failed>,
     kList<RE::RenewalDue, RE::RenewAccepted, RE::RenewFailed, RE::RenewPending, RE::InstanceUnknown,
           RE::CertificateWarningDue, RE::CertificateEnded, RE::ClockLeftCertificate, RE::ClockReturned, RE::GraceOver,
           RE::TrustInstalled, RE::TrustFailed>,
     "there is no identity: its timers and requests went with it, and clocks are held against its dates alone"},
    {kList<Stage::Unregistered, Stage::Registering, Stage::FailedRetrying, Stage::Failed, Stage::Registered,
           Stage::Reregistering>,
     kList<RE::DeregisterAccepted, RE::DeregisterFailed>,
     "a deregistration is out only while the device is leaving, and each end of it is the end of leaving"},
    {kList<Stage::Deregistering>,
     kList<RE::RenewAccepted, RE::RenewFailed, RE::RenewPending, RE::InstanceUnknown, RE::TrustInstalled,
           RE::TrustFailed, RE::TrustNewer>,
     "leaving takes every other request back, and the answer to its own ends it before its header is looked at"},
    {kList<Stage::Deregistering>,
     kList<RE::RenewalDue, RE::CertificateWarningDue, RE::CertificateEnded, RE::GraceOver, RE::ClockReturned>,
     "leaving stops the timers of the certificate, the hour of grace among them"},
};

constexpr Group<A, AE> kAuthorization[] = {
    {kList<A::NoLicensesInUse, A::EvaluationExpired, A::Authorized, A::OutOfCompliance, A::AuthorizationExpired>,
     kList<AE::EvaluationChargeDue, AE::EvaluationUsedUp>,
     "evaluation is counted in its own state alone; each way out of that stops its timers"},
    {kList<A::NoLicensesInUse, A::Authorized, A::OutOfCompliance, A::AuthorizationExpired>,
     kList<AE::EvaluationWarningDue>, "each way out of both states of evaluation stops its warnings"},
    {kList<A::NoLicensesInUse, A::Evaluation, A::EvaluationExpired, A::AuthorizationExpired>, kList<AE::DeadlinePassed>,
     "a deadline comes with an answer, and goes as it passes or with the identity"},
    {kList<A::Evaluation, A::EvaluationExpired>, kList<AE::UsageBegan, AE::UsageBeganEvaluationOver>,
     "something is in use already: usage cannot begin"},
    {kList<A::Evaluation, A::EvaluationExpired>, kList<AE::IdentityLostUnused>,
     "something is in use, else the end of its use had led away"},
    {kList<A::NoLicensesInUse>,
     kList<AE::UsageChanged, AE::UsageEnded, AE::IdentityLostEvaluationLeft, AE::IdentityLostEvaluationOver>,
     "nothing is in use: what begins to be in use leads away at once"},
    {kList<A::EvaluationExpired>, kList<AE::IdentityLostEvaluationLeft>,
     "nothing is left, and evaluation is never given back (AUTH-1)"},
};

template <class State, class Event, std::size_t N>
std::string_view find(const Group<State, Event> (&groups)[N], State state, Event event) {
  for (const auto& group : groups)
    if (std::ranges::find(group.states, state) != group.states.end() &&
        std::ranges::find(group.events, event) != group.events.end())
      return group.why;
  return "";
}

}  // namespace

std::string_view why_never(Stage stage, RE event) {
  return find(kRegistration, stage, event);
}
std::string_view why_never(A state, AE event) {
  return find(kAuthorization, state, event);
}

template <class Row>
void RowWatch::note(const Row& row, std::string_view machine) {
  if (!tally_.taken(row)) return;
  const auto why = why_never(row.state, row.event);
  if (!why.empty())
    judge_.violated("row-said-impossible",
                    fmt::format("{} {} was taken, of which is said: {}", machine, agent::row_id(row), why));
}
template void RowWatch::note(const agent::RegistrationRow& row, std::string_view machine);
template void RowWatch::note(const agent::AuthorizationRow& row, std::string_view machine);

}  // namespace lictor::simulation
