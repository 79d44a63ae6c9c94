// The actions of the authorization machine.
#include <algorithm>

#include "agent/core/actions.hpp"

namespace lictor::agent {
namespace {

constexpr Duration kValidity = days(90);  // AUTH-5

// --- evaluation -----------------------------------------------------------------------------------------------------
void charge_ahead(Step& s) {
  const auto used = evaluation_used(s.state, s.now);
  const auto period = s.settings().evaluation_period;
  s.state.evaluation_charged = std::min(period, used + s.settings().evaluation_step);
  if (s.state.evaluation_charged < period)
    arm_after(s.state, Timer::EvaluationCharge, s.state.evaluation_charged - used, s.now);
  else
    disarm(s.state, Timer::EvaluationCharge);
}

// AUTH-2's moments around what is left: 60, 30, 21, 14, 7 days, daily, then hourly.
struct Moments {
  std::optional<Duration> reached;  // the last one that has come
  Duration next{0};                 // 0 = none
};
Moments moments_around(Duration left) {
  Moments found;
  const auto look_at = [&](Duration moment) {
    if (moment >= left)
      found.reached = moment;
    else
      found.next = std::max(found.next, moment);
  };
  for (const auto d : {60, 30, 21, 14, 7, 6, 5, 4, 3, 2, 1}) look_at(days(d));
  for (int h = 23; h >= 1; --h) look_at(hours(h));
  return found;
}

void arm_evaluation_warning(Step& s) {
  const auto left = evaluation_left(s.state, s.settings(), s.now);
  const auto moments = moments_around(left);
  const auto warned = s.state.evaluation_warned.value_or(s.settings().evaluation_period);
  if (moments.reached && *moments.reached < warned && left > Duration{0})
    arm_after(s.state, Timer::EvaluationWarning, Duration{0}, s.now);  // it fell into what a power cut took
  else if (moments.next > Duration{0})
    arm_after(s.state, Timer::EvaluationWarning, left - moments.next, s.now);
  else
    disarm(s.state, Timer::EvaluationWarning);
}

void start_evaluation(Step& s) {
  s.state.evaluation_base = s.state.evaluation_charged;
  s.state.evaluation_since = s.now.steady;
  charge_ahead(s);
  arm_after(s.state, Timer::EvaluationEnd, evaluation_left(s.state, s.settings(), s.now), s.now);
  arm_evaluation_warning(s);
}

void stop_evaluation(Step& s) {
  s.state.evaluation_charged = std::min(s.settings().evaluation_period, evaluation_used(s.state, s.now));
  s.state.evaluation_since.reset();
  for (const auto t : {Timer::EvaluationCharge, Timer::EvaluationEnd, Timer::EvaluationWarning}) disarm(s.state, t);
}

void warn_evaluation(Step& s) {
  const auto left = evaluation_left(s.state, s.settings(), s.now);
  s.say(MessageId::EvaluationWillExpire, {{"left", duration_in_words(left)}});
  s.state.evaluation_warned = moments_around(left).reached;
  arm_evaluation_warning(s);
}

void log_evaluation_started(Step& s) {
  s.say(MessageId::EvaluationStarted, {{"left", duration_in_words(evaluation_left(s.state, s.settings(), s.now))}});
}

void mark_evaluation_expired(Step& s) {
  if (!s.state.evaluation_expired_at) s.state.evaluation_expired_at = s.now.wall;
}

void log_evaluation_expired(Step& s) {
  mark_evaluation_expired(s);
  s.say(MessageId::EvaluationExpired);
  s.notify(NotificationKind::EvaluationExpired);
  arm_after(s.state, Timer::EvaluationWarning, s.settings().evaluation_expired_warning, s.now);
}

void warn_evaluation_expired(Step& s) {
  mark_evaluation_expired(s);
  s.say(MessageId::EvaluationExpiredWarning, {{"date", device_time(*s.state.evaluation_expired_at)}});
  arm_after(s.state, Timer::EvaluationWarning, s.settings().evaluation_expired_warning, s.now);
}

void stop_evaluation_warnings(Step& s) {
  disarm(s.state, Timer::EvaluationWarning);
}

// --- sending --------------------------------------------------------------------------------------------------------
void new_authorize(Step& s) {
  if (!s.state.identity) return;
  disarm(s.state, Timer::Coalesce);
  auto& out = s.state.out(Exchange::Authorize);
  if (s.state.in_flight == Exchange::Authorize) {
    out.again = true;
    return;
  }
  disarm(s.state, Timer::AuthorizeAttempt);
  const auto failures = out.failures;
  out = {};
  out.failures = failures;
  out.wanted = true;
}

void send_authorize(Step& s) {
  if (!s.state.identity || s.state.in_flight == Exchange::Authorize) return;
  disarm(s.state, Timer::AuthorizeAttempt);
  s.state.out(Exchange::Authorize).wanted = true;
}

void retry_authorize_if_waiting(Step& s) {
  const auto& out = s.state.out(Exchange::Authorize);
  if (out.frozen() || out.failures > 0) send_authorize(s);
}

// From the first change on: changes without end must not keep the request back.
void coalesce(Step& s) {
  if (s.state.identity && !s.state.alarm(Timer::Coalesce))
    arm_after(s.state, Timer::Coalesce, s.settings().coalesce, s.now);
}

// --- answers --------------------------------------------------------------------------------------------------------
// What the answer named differently from before; the request is done with.
void record_answer(Step& s, bool covered) {
  auto& answer = *s.data.authorization;
  const bool again = s.state.out(Exchange::Authorize).again;
  s.state.out(Exchange::Authorize) = {};
  s.state.out(Exchange::Authorize).wanted = again;
  s.state.identity->virtual_account = answer.virtual_account;
  s.state.account_name = answer.account_name;
  s.state.virtual_account_name = answer.virtual_account_name;
  if (s.state.export_allowed != answer.export_allowed) {
    s.state.export_allowed = answer.export_allowed;
    s.say(MessageId::ExportControlled, {{"allowed", answer.export_allowed ? "allowed" : "not allowed"},
                                        {"exportAllowed", answer.export_allowed ? "yes" : "no"}});
    s.notify(NotificationKind::ExportFlagChanged);
  }
  const auto was_short = [&s](const EntitlementTag& tag) {
    return std::any_of(s.state.tags.begin(), s.state.tags.end(),
                       [&](const auto& t) { return t.tag == tag && t.status != TagStatus::Authorized; });
  };
  const bool newly_short = std::any_of(answer.tags.begin(), answer.tags.end(), [&](const auto& t) {
    return t.status != TagStatus::Authorized && !was_short(t.tag);
  });
  s.state.tags = std::move(answer.tags);
  s.state.store_damaged = false;
  s.state.last_communication = Attempt{Attempt::Result::Succeeded, s.now.wall, ""};
  const auto wall = effective_wall(s.state, s.now);
  // A repeated answer tells of a success some time ago: the renewal comes well before its deadline.
  const auto deadline = answer.deadline > wall ? answer.deadline : wall + kValidity;
  const auto interval = std::min(authorization_interval(covered, answer.next_interval), (deadline - wall) / 2);
  // Where a request follows at once no renewal is armed: after a power cut that is how a request that was out is told.
  if (again)
    disarm(s.state, Timer::AuthorizeAttempt);
  else
    arm_at(s.state, Timer::AuthorizeAttempt, wall + interval, s.now);
  arm_at(s.state, Timer::Deadline, deadline, s.now);
  if (newly_short) s.notify(NotificationKind::TagOutOfCompliance);
}

void record_authorized(Step& s) {
  record_answer(s, true);
  s.state.authorization_since = s.now.wall;
}
void record_short(Step& s) {
  record_answer(s, false);
}
void mark_entry(Step& s) {
  s.state.authorization_since = s.now.wall;
}

void log_in_compliance(Step& s) {
  s.say(MessageId::InCompliance);
}
void log_out_of_compliance(Step& s) {
  std::string tags;
  for (const auto& tag : s.state.tags)
    if (tag.status != TagStatus::Authorized) tags += (tags.empty() ? "" : " ") + tag.tag.text;
  s.say(MessageId::OutOfCompliance, {{"entitlementTags", tags}});
}
void log_authorization_renewed(Step& s) {
  const bool covered = s.data.authorization->in_compliance;
  s.say(MessageId::AuthorizationRenewed, {{"msgStatus", "LS_OK"}, {"state", covered ? "authorized" : "OOC"}});
}

void record_authorization_failure(Step& s) {
  s.state.last_communication = s.attempt(Attempt::Result::Failed);
  tell_communication(s);
  s.say(MessageId::AuthorizationFailed, s.failure_fields());
}

void retry_authorize(Step& s) {
  auto& out = s.state.out(Exchange::Authorize);
  const int failures = out.failures + 1;
  if (out.again) out = {};
  out.failures = failures;
  arm_after(s.state, Timer::AuthorizeAttempt,
            authorization_delay(*s.rules.jitter, failures, s.data.failure.retry_after), s.now);
}

void record_authorization_pending(Step& s) {
  s.state.last_communication = s.attempt(Attempt::Result::Pending);
  s.say(MessageId::AuthorizationPending, s.failure_fields());
}

// A request that is outdated already is not waited for.
void poll_authorize(Step& s) {
  auto& out = s.state.out(Exchange::Authorize);
  if (out.again) {
    out = {};
    out.wanted = true;
    return;
  }
  arm_after(s.state, Timer::AuthorizeAttempt, poll_delay(*s.rules.jitter, s.data.failure.retry_after), s.now);
}

void log_authorization_expired(Step& s) {
  disarm(s.state, Timer::Deadline);
  s.say(MessageId::AuthorizationExpired);
}

void forget_authorization(Step& s) {
  drop_outgoing(s, Exchange::Authorize);
  for (const auto t : {Timer::AuthorizeAttempt, Timer::Coalesce, Timer::Deadline}) disarm(s.state, t);
  s.state.authorization_since.reset();
  s.state.last_communication.reset();
  s.state.tags.clear();
}

// --- stack and restart ----------------------------------------------------------------------------------------------
void log_members(Step& s) {
  std::string members;
  for (const auto& entry : s.state.udis)
    members += (members.empty() ? "" : "; ") + std::string(to_string(entry.role)) + ":" + to_string(entry.udi);
  s.say(MessageId::MembersChanged, {{"members", members}});
}

void log_role(Step& s) {
  s.say(MessageId::RoleChanged, {{"role", "Active"}});
}

void rearm_authorization(Step& s) {
  rearm(s.state, Timer::Deadline, kValidity, s.now);
  rearm(s.state, Timer::Coalesce, s.settings().coalesce, s.now);
  if (!s.state.identity) return;
  // Without an alarm a request was out, or about to go, when the run before ended. A renewal comes in the first half of
  // what is valid, out of compliance within a day; one that lies further ahead was planned by a wall that was ahead.
  const auto& alarm = s.state.alarm(Timer::AuthorizeAttempt);
  if (alarm && (!alarm->by_date || alarm->date - effective_wall(s.state, s.now) <= kValidity / 2)) {
    const bool daily = s.state.authorization == AuthorizationState::OutOfCompliance;
    rearm(s.state, Timer::AuthorizeAttempt, !alarm->by_date ? hours(1) : daily ? days(1) : kValidity / 2, s.now);
  } else {
    disarm(s.state, Timer::AuthorizeAttempt);
    s.state.out(Exchange::Authorize).wanted = true;
  }
}

}  // namespace

ActionFunction authorization_action(Action action) {
  switch (action) {
    case Action::StartEvaluation:
      return start_evaluation;
    case Action::StopEvaluation:
      return stop_evaluation;
    case Action::ChargeEvaluation:
      return charge_ahead;
    case Action::WarnEvaluation:
      return warn_evaluation;
    case Action::LogEvaluationStarted:
      return log_evaluation_started;
    case Action::LogEvaluationExpired:
      return log_evaluation_expired;
    case Action::WarnEvaluationExpired:
      return warn_evaluation_expired;
    case Action::StopEvaluationWarnings:
      return stop_evaluation_warnings;
    case Action::NewAuthorize:
      return new_authorize;
    case Action::SendAuthorize:
      return send_authorize;
    case Action::RetryAuthorizeIfWaiting:
      return retry_authorize_if_waiting;
    case Action::Coalesce:
      return coalesce;
    case Action::RecordAuthorized:
      return record_authorized;
    case Action::RecordShort:
      return record_short;
    case Action::MarkEntry:
      return mark_entry;
    case Action::LogInCompliance:
      return log_in_compliance;
    case Action::LogOutOfCompliance:
      return log_out_of_compliance;
    case Action::LogAuthorizationRenewed:
      return log_authorization_renewed;
    case Action::RecordAuthorizationFailure:
      return record_authorization_failure;
    case Action::RetryAuthorize:
      return retry_authorize;
    case Action::RecordAuthorizationPending:
      return record_authorization_pending;
    case Action::PollAuthorize:
      return poll_authorize;
    case Action::LogAuthorizationExpired:
      return log_authorization_expired;
    case Action::ForgetAuthorization:
      return forget_authorization;
    case Action::LogMembers:
      return log_members;
    case Action::LogRole:
      return log_role;
    case Action::RearmAuthorization:
      return rearm_authorization;
    default:
      return nullptr;
  }
}

}  // namespace lictor::agent
