#include "agent/core/machine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <variant>

#include "agent/core/actions.hpp"

namespace lictor::agent {
namespace {

constexpr Duration kJump = hours(1);          // CLK-1; also how far a clock may run before a certificate begins
constexpr Duration kBootLimit = seconds(10);  // USE-1

// A step outside any row, which comes with nothing: to say and to notify.
class Aside {
 public:
  Aside(const Rules& rules, State& state, Now now, Effects& effects)
      : step_{rules, state, nothing_, now, effects, {}} {}
  Aside(const Aside&) = delete;
  Aside& operator=(const Aside&) = delete;
  Step* operator->() { return &step_; }

 private:
  EventData nothing_;
  Step step_;
};

void run_actions(Step& step, std::span<const Action> actions) {
  for (const auto action : actions) action_function(action)(step);
}

void tell_change(Step& step, std::string_view machine, std::string_view from, std::string_view to,
                 NotificationKind kind) {
  if (from == to) return;
  step.say(MessageId::StateChanged,
           {{"machine", std::string(machine)}, {"from", std::string(from)}, {"to", std::string(to)}});
  step.notify(kind);
}

std::vector<std::string_view> shown_statuses(const State& state) {
  std::vector<std::string_view> shown;
  shown.reserve(state.usage.size());
  for (const auto& item : state.usage) shown.push_back(shown_status(state, item.tag));
  return shown;
}

// Where licences come or go there is no status before to compare with; whoever asked for it knows.
bool usage_comes_or_goes(AuthorizationEvent event) {
  return event == AuthorizationEvent::UsageBegan || event == AuthorizationEvent::UsageBeganEvaluationOver ||
         event == AuthorizationEvent::UsageEnded;
}

void handle_raised(const Rules& rules, State& state, const std::vector<AuthorizationEvent>& raised, Now now,
                   Effects& effects) {
  for (const auto event : raised) {
    EventData nothing;
    handle(rules, state, event, nothing, now, effects);
  }
}

// Which event a timer raises.
using TimerEvent = std::variant<RegistrationEvent, AuthorizationEvent>;
constexpr std::array<TimerEvent, kTimers - 2> kTimerEvents = {
    RegistrationEvent::RegisterAttemptDue,     // Timer::RegisterAttempt
    RegistrationEvent::RenewalDue,             // Renewal
    RegistrationEvent::CertificateWarningDue,  // CertificateWarning
    RegistrationEvent::CertificateEnded,       // CertificateEnd
    RegistrationEvent::GraceOver,              // Grace
    AuthorizationEvent::AttemptDue,            // AuthorizeAttempt
    AuthorizationEvent::CoalesceOver,          // Coalesce
    AuthorizationEvent::DeadlinePassed,        // Deadline
    AuthorizationEvent::EvaluationChargeDue,   // EvaluationCharge
    AuthorizationEvent::EvaluationUsedUp,      // EvaluationEnd
    AuthorizationEvent::EvaluationWarningDue,  // EvaluationWarning; the two after it are no events of a machine
};

// An end of the certificate that the wall reached by a jump is no timer's: watch_clock() has put CLK-3's grace in its
// place before timers are looked at.
bool is_due(const State& state, const Alarm& alarm, Now now) {
  return now.steady >= alarm.steady || (alarm.by_date && effective_wall(state, now) >= alarm.date);
}

std::optional<Timer> earliest_due(const State& state, Now now) {
  std::optional<Timer> found;
  for (int i = 0; i < kTimers; ++i) {
    const auto timer = static_cast<Timer>(i);
    const auto& alarm = state.alarm(timer);
    if (!alarm || !is_due(state, *alarm, now)) continue;
    if (!found || alarm->steady < state.alarm(*found)->steady) found = timer;
  }
  return found;
}

void watch_clock(const Rules& rules, State& state, Now now, Effects& effects) {
  bool put_back = false;
  if (state.last_seen) {
    const auto jump = (now.wall - state.last_seen->wall) - (now.steady - state.last_seen->steady);
    put_back = jump < -kJump;
    if (jump > kJump || put_back) {
      Aside aside(rules, state, now, effects);
      aside->say(MessageId::ClockChanged, {{"by", std::to_string(jump.count() / 1000) + " seconds"}});
      aside->notify(NotificationKind::ClockChanged);
    }
  }
  state.last_seen = now;
  if (!state.identity) return;
  // CLK-3 judges the clock as it stands, also below the floor.
  const auto& end = state.alarm(Timer::CertificateEnd);
  const bool runs_out = end && end->steady - now.steady <= kJump;
  const bool outside =
      now.wall < state.identity->not_before - kJump || (now.wall >= state.identity->not_after && !runs_out);
  const bool in_grace = state.alarm(Timer::Grace).has_value();
  const bool begun = in_grace || state.grace_charged > Duration{0};  // in this run or in one before
  // What a start armed under a clock that was ahead would end a certificate long before its date.
  if (outside ? in_grace : !begun && !(put_back && end)) return;
  EventData nothing;
  handle(rules, state, outside ? RegistrationEvent::ClockLeftCertificate : RegistrationEvent::ClockReturned, nothing,
         now, effects);
}

}  // namespace

void add_line(Effects& effects, const AgentSettings& settings, const State& state, MessageId message, Fields fields) {
  fields.emplace_back("peer", settings.image.peer);
  fields.emplace_back("udi", to_string(active_udi(state.udis)));
  effects.push_back({.kind = Effect::Kind::Say, .message = message, .fields = std::move(fields)});
}

void Step::say(MessageId message, Fields fields) {
  add_line(effects, settings(), state, message, std::move(fields));
}
void Step::notify(NotificationKind kind) {
  effects.push_back({.kind = Effect::Kind::Notify, .notification = kind});
}
void Step::refuse(std::string_view text) {
  effects.push_back({.kind = Effect::Kind::Refuse, .text = std::string(text)});
}
Fields Step::failure_fields() const {
  const auto& f = data.failure;
  return {{"msgStatus", f.status},
          {"error", f.reason},
          {"reason", f.reason},
          {"logReason", f.log_reason.empty() ? f.reason : f.log_reason}};
}
Attempt Step::attempt(Attempt::Result result) const {
  return {result, now.wall, data.failure.reason};
}

Failure failure_of(Reason id, const Fields& fields) {
  const auto& row = reason(id);
  Failure failure;
  failure.reason = substitute(row.shown, fields);
  failure.log_reason = substitute(row.logged, fields);
  failure.status = substitute(row.status, fields);
  failure.communication = row.communication;
  return failure;
}

ActionFunction action_function(Action action) {
  if (const auto f = registration_action(action)) return f;
  if (const auto f = authorization_action(action)) return f;
  std::abort();  // an action without a function: the test over all actions holds this
}

void cancel_if_in_flight(Step& step, Exchange exchange) {
  if (step.state.in_flight != exchange) return;
  step.state.in_flight.reset();
  step.effects.push_back({.kind = Effect::Kind::CancelSend});
}

void drop_outgoing(Step& step, Exchange exchange) {
  cancel_if_in_flight(step, exchange);
  auto& out = step.state.out(exchange);
  wipe({reinterpret_cast<std::uint8_t*>(out.payload.data()), out.payload.size()});
  out = {};
}

void tell_communication(Step& step) {
  if (!step.data.failure.communication) return;
  step.say(MessageId::CommunicationFailed, step.failure_fields());
  if (std::exchange(step.state.communication_down, true)) return;
  step.notify(NotificationKind::TransportFailed);
}

void handle(const Rules& rules, State& state, RegistrationEvent event, EventData& data, Now now, Effects& effects) {
  const auto& r = row(state.stage, event);
  if (rules.rows != nullptr) rules.rows->taken(r);
  const auto from = to_string(shown_as(state.stage));
  state.stage = r.next;
  Step step{rules, state, data, now, effects, {}};
  run_actions(step, r.actions);
  tell_change(step, "registration", from, to_string(shown_as(state.stage)), NotificationKind::RegistrationChanged);
  handle_raised(rules, state, step.raised, now, effects);
}

void handle(const Rules& rules, State& state, AuthorizationEvent event, EventData& data, Now now, Effects& effects) {
  const auto& r = row(state.authorization, event);
  if (rules.rows != nullptr) rules.rows->taken(r);
  const auto from = to_string(state.authorization);
  const auto shown = shown_statuses(state);
  state.authorization = r.next;
  Step step{rules, state, data, now, effects, {}};
  run_actions(step, r.actions);
  tell_change(step, "authorization", from, to_string(state.authorization), NotificationKind::AuthorizationChanged);
  if (!usage_comes_or_goes(event) && shown_statuses(state) != shown) step.notify(NotificationKind::TagChanged);
}

void choose_next(State& state, Effects& effects) {
  if (state.in_flight) return;
  // A due authorize overtakes a waiting renew-id (PRO-3).
  for (const auto e :
       {Exchange::Deregister, Exchange::Register, Exchange::Authorize, Exchange::RenewId, Exchange::Trust}) {
    auto& out = state.out(e);
    if (!out.wanted) continue;
    if (e == Exchange::Authorize && !state.ready) continue;  // USE-1: not before the boot set is known
    out.wanted = false;
    state.in_flight = e;
    effects.push_back({.kind = Effect::Kind::Send, .exchange = e});
    return;
  }
}

void run_timers(const Rules& rules, State& state, Now now, Effects& effects) {
  watch_clock(rules, state, now, effects);
  while (const auto timer = earliest_due(state, now)) {
    disarm(state, *timer);
    if (*timer == Timer::BootComplete) {
      boot_complete(rules, state, now, effects);
      continue;
    }
    if (*timer == Timer::GraceCharge) {
      charge_grace(state, now);
      continue;
    }
    EventData nothing;
    std::visit([&](auto event) { handle(rules, state, event, nothing, now, effects); },
               kTimerEvents[static_cast<std::size_t>(*timer)]);
  }
}

std::optional<SteadyTime> next_wake(const State& state, Now now) {
  std::optional<SteadyTime> wake;
  for (const auto& alarm : state.alarms) {
    if (!alarm) continue;
    auto at = alarm->steady;
    if (alarm->by_date) at = std::min(at, now.steady + (alarm->date - effective_wall(state, now)));
    if (!wake || at < *wake) wake = at;
  }
  return wake;
}

void declare_usage(const Rules& rules, State& state, std::vector<UsageItem> usage, Now now, Effects& effects) {
  if (!state.ready) {
    state.declared = std::move(usage);
    return;
  }
  if (usage == state.usage) return;
  const bool had = !state.usage.empty();
  Aside aside(rules, state, now, effects);
  for (const auto& item : usage)
    if (std::find(state.usage.begin(), state.usage.end(), item) == state.usage.end())
      aside->say(MessageId::Usage, {{"count", std::to_string(item.count)}, {"entitlementTag", item.tag.text}});
  for (const auto& old : state.usage)
    if (std::none_of(usage.begin(), usage.end(), [&](const auto& item) { return item.tag == old.tag; }))
      aside->say(MessageId::Usage, {{"count", "0"}, {"entitlementTag", old.tag.text}});
  state.usage = std::move(usage);
  if (state.mode == LicensingMode::Traditional) return;
  const auto event = state.usage.empty() ? AuthorizationEvent::UsageEnded
                     : had               ? AuthorizationEvent::UsageChanged
                     : evaluation_left(state, *rules.settings, now) > Duration{0}
                         ? AuthorizationEvent::UsageBegan
                         : AuthorizationEvent::UsageBeganEvaluationOver;
  handle(rules, state, event, aside->data, now, effects);
}

void boot_complete(const Rules& rules, State& state, Now now, Effects& effects) {
  if (state.ready) return;
  state.ready = true;
  disarm(state, Timer::BootComplete);
  Aside aside(rules, state, now, effects);
  aside->say(state.mode == LicensingMode::Smart ? MessageId::AgentEnabled : MessageId::AgentDisabled);
  // What nobody declared is in use no more.
  auto usage = std::move(state.declared).value_or(std::vector<UsageItem>{});
  state.declared.reset();
  declare_usage(rules, state, std::move(usage), now, effects);
}

void enter_mode(const Rules& rules, State& state, LicensingMode mode, Now now, Effects& effects) {
  if (mode == state.mode) return;
  Aside aside(rules, state, now, effects);
  const bool in_use = !state.usage.empty();
  if (mode == LicensingMode::Traditional) {
    if (in_use) handle(rules, state, AuthorizationEvent::UsageEnded, aside->data, now, effects);
    state.mode = mode;
    if (state.ready) aside->say(MessageId::AgentDisabled);
    aside->notify(NotificationKind::RegistrationChanged);
    if (in_use) aside->notify(NotificationKind::TagChanged);
    return;
  }
  state.mode = mode;
  std::string licenses;
  for (const auto& one : state.traditional)
    licenses += fmt::format("{}{} {} {}{}", licenses.empty() ? "" : "; ", one.feature, to_string(one.kind), one.count,
                            one.in_use ? " in use" : "");
  aside->say(MessageId::Upgraded, {{"licenses", licenses}});
  if (state.ready) aside->say(MessageId::AgentEnabled);
  aside->notify(NotificationKind::RegistrationChanged);
  if (in_use)
    handle(rules, state,
           evaluation_left(state, *rules.settings, now) > Duration{0} ? AuthorizationEvent::UsageBegan
                                                                      : AuthorizationEvent::UsageBeganEvaluationOver,
           aside->data, now, effects);
  if (in_use) aside->notify(NotificationKind::TagChanged);
}

void declare_udis(const Rules& rules, State& state, std::vector<UdiEntry> udis, Now now, Effects& effects) {
  if (udis == state.udis) return;
  const bool role = active_udi(udis) != active_udi(state.udis);
  state.udis = std::move(udis);
  EventData nothing;
  handle(rules, state, role ? AuthorizationEvent::RolesChanged : AuthorizationEvent::MembersChanged, nothing, now,
         effects);
}

void restore(const Rules& rules, State& state, Now now, Effects& effects) {
  state.floor_set = now.steady;
  state.last_seen = now;
  arm_after(state, Timer::BootComplete, kBootLimit, now);
  Aside aside(rules, state, now, effects);
  aside->say(MessageId::AgentReady);
  if (state.store_damaged) {
    aside->say(MessageId::StoreDamaged);
    aside->notify(NotificationKind::StoreDamaged);
  }
  if (state.floor != WallTime{} && now.wall < state.floor - kJump) {
    aside->say(MessageId::ClockChanged, {{"by", std::to_string((now.wall - state.floor).count() / 1000) + " seconds"}});
    aside->notify(NotificationKind::ClockChanged);
  }
  watch_clock(rules, state, now, effects);  // before dates count again
  aside->data.failure = failure_of(Reason::Restarted);
  handle(rules, state, AuthorizationEvent::Restored, aside->data, now, effects);
  handle(rules, state, RegistrationEvent::Restored, aside->data, now, effects);
}

void note_server(const Rules& rules, State& state, const protocol::AnswerHeader& header, const Signer& signer, Now now,
                 Effects& effects) {
  // Only forward: what was attested earlier, carried on, is not taken back. The device's own wall has no say in it.
  if (state.floor == WallTime{} || header.server_time > state.floor + (now.steady - state.floor_set)) {
    state.floor = header.server_time;
    state.floor_set = now.steady;
  }
  if (state.identity && state.identity->authority == signer.authority) {
    state.identity->signing_serial = signer.serial;
    state.identity->incarnation = header.incarnation;
  }
  if (!state.communication_down) return;
  state.communication_down = false;
  Aside aside(rules, state, now, effects);
  aside->say(MessageId::CommunicationRestored);
  aside->notify(NotificationKind::TransportRestored);
}

void note_sequence(const Rules& rules, State& state, std::int64_t last, Effects& effects) {
  if (!state.identity) return;
  state.identity->next_sequence = std::max(state.identity->next_sequence, last + 1);
  for (auto& out : state.outgoing) out.sequence = 0;
  add_line(effects, *rules.settings, state, MessageId::SequenceBehind, {{"last", std::to_string(last)}});
}

}  // namespace lictor::agent
