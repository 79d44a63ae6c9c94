// The state as people see it.
#include <algorithm>

#include "agent/core/agent_impl.hpp"

namespace lictor::agent {
namespace {

std::string_view answered_status(const State& state, const EntitlementTag& tag) {
  for (const auto& result : state.tags) {
    if (result.tag != tag) continue;
    switch (result.status) {
      case TagStatus::Authorized:
        return "AUTHORIZED";
      case TagStatus::OutOfCompliance:
        return "OUT OF COMPLIANCE";
      case TagStatus::InvalidTag:
        return "INVALID TAG";
    }
  }
  return "WAITING";  // declared since the last answer
}

// A date as it stands; a delay by the device's own clock, right or wrong, as its user reads it.
std::optional<WallTime> date_of(const State& state, Timer timer, Now now) {
  const auto& alarm = state.alarm(timer);
  if (!alarm) return std::nullopt;
  return alarm->by_date ? alarm->date : now.wall + (alarm->steady - now.steady);
}

}  // namespace

std::string_view shown_status(const State& state, const EntitlementTag& tag) {
  if (state.mode == LicensingMode::Traditional) return "IN USE";
  switch (state.authorization) {
    case AuthorizationState::NoLicensesInUse:
      return "WAITING";
    case AuthorizationState::Evaluation:
      return "EVAL MODE";
    case AuthorizationState::EvaluationExpired:
      return "EVAL EXPIRED";
    case AuthorizationState::Authorized:
    case AuthorizationState::OutOfCompliance:
      return answered_status(state, tag);
    case AuthorizationState::AuthorizationExpired:
      return "AUTHORIZATION EXPIRED";
  }
  return "";
}

Snapshot AgentImpl::snapshot(Now now) const {
  const auto& s = state_;
  Snapshot v;
  v.udis = s.udis;
  v.software_version = settings_.software_version;
  v.agent_version = settings_.agent_version;

  v.mode = s.mode;
  v.traditional = s.traditional;
  v.conversion = s.conversion;

  v.registration = shown_as(s.stage);
  v.registration_expired = s.registration_expired && s.stage == Stage::Unregistered;
  v.account_name = s.account_name;
  v.virtual_account_name = s.virtual_account_name;
  v.export_allowed = s.export_allowed;
  v.initial_registration = s.initial_registration;
  v.last_renewal = s.last_renewal;
  v.next_renewal = date_of(s, Timer::Renewal, now);
  v.next_registration_attempt = date_of(s, Timer::RegisterAttempt, now);
  if (s.identity) {
    v.registration_expires = s.identity->not_after;
    v.account = s.identity->account;
    v.instance = s.identity->instance;
  }

  // AUTH-6: a registered device that uses nothing reads AUTHORIZED, also before the first answer.
  const bool idle = s.authorization == AuthorizationState::NoLicensesInUse;
  v.authorization = idle && s.identity ? AuthorizationState::Authorized : s.authorization;
  v.authorization_since = s.authorization_since;
  v.evaluation_remaining = evaluation_left(s, settings_, now);
  v.evaluation_running = s.evaluation_since.has_value();
  v.evaluation_expired_at = s.evaluation_expired_at;
  v.last_communication = s.last_communication;
  v.next_communication = date_of(s, Timer::AuthorizeAttempt, now);
  v.communication_deadline = date_of(s, Timer::Deadline, now);
  v.deadline_exceeded = s.authorization == AuthorizationState::AuthorizationExpired;

  for (const auto& item : s.usage) v.usage.push_back({item, std::string(shown_status(s, item.tag))});
  v.unsaved_identity = !identity_is_durable(s, settings_) && s.identity.has_value();
  v.store_damaged = s.store_damaged;
  v.store_generation = s.generation;
  v.trust_version = s.trust_version;
  return v;
}

}  // namespace lictor::agent
