#include "unit/agent_core/row_lab.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lictor::agent::lab {
namespace {

constexpr Now kNow{wall_from_ms(1'767'225'600'000), SteadyTime{Duration{50'000'000}}};

constexpr std::string_view kTimerNames[kTimers] = {
    "RegisterAttempt",   "Renewal",      "CertificateWarning", "CertificateEnd",   "Grace",
    "AuthorizeAttempt",  "Coalesce",     "Deadline",           "EvaluationCharge", "EvaluationEnd",
    "EvaluationWarning", "BootComplete", "GraceCharge"};
constexpr std::string_view kExchangeNames[kExchanges] = {"register", "authorize", "renew-id", "deregister", "trust"};
constexpr std::string_view kResults[] = {"SUCCEEDED", "FAILED", "PENDING"};

UsageItem item() {
  UsageItem i;
  i.tag.text = "regid.2026-01.org.example.A,1.0_99999999-8888-7777-6666-555555555555";
  i.count = 1;
  return i;
}

Identity some_identity() {
  Identity identity;
  identity.key = Secret::from_text("old key");
  identity.chain = {{1}};
  identity.not_before = kNow.wall - days(100);
  identity.not_after = kNow.wall + days(265);
  return identity;
}

RegistrationRequest some_request() {
  RegistrationRequest request;
  request.token = "TOKEN";
  request.key = Secret::from_text("new key");
  return request;
}

Outgoing waiting() {
  Outgoing out;
  out.payload = "frozen";
  return out;
}

State base() {
  State state;
  state.udis = {{Udi{"PID", "SN"}, UdiRole::Active}};
  state.ready = true;
  state.last_seen = kNow;
  return state;
}

void give_identity(State& state) {
  state.identity = some_identity();
  state.account_name = "Example";
  state.virtual_account_name = "Default";
  state.export_allowed = true;
  state.saved = true;
  state.initial_registration = Attempt{Attempt::Result::Succeeded, kNow.wall, ""};
  arm_at(state, Timer::Renewal, kNow.wall + days(80), kNow);
  arm_at(state, Timer::CertificateWarning, kNow.wall + days(235), kNow);
  arm_at(state, Timer::CertificateEnd, kNow.wall + days(265), kNow);
}

State before(Stage stage) {
  auto state = base();
  state.stage = stage;
  if (shown_as(stage) == RegistrationState::Registered) give_identity(state);
  if (stage == Stage::Registering || stage == Stage::FailedRetrying || stage == Stage::Reregistering) {
    state.registering = some_request();
    state.out(Exchange::Register) = waiting();
  }
  if (stage == Stage::FailedRetrying) arm_after(state, Timer::RegisterAttempt, minutes(5), kNow);
  if (stage == Stage::FailedRetrying || stage == Stage::Failed)
    state.initial_registration = Attempt{Attempt::Result::Failed, kNow.wall, "before"};
  return state;
}

State before(AuthorizationState machine) {
  auto state = base();
  state.authorization = machine;
  give_identity(state);
  state.stage = Stage::Registered;
  const bool in_use = machine != AuthorizationState::NoLicensesInUse;
  if (in_use) state.usage = {item()};
  if (machine == AuthorizationState::Evaluation) {
    state.evaluation_base = days(10);
    state.evaluation_charged = days(10) + seconds(60);
    state.evaluation_since = kNow.steady - seconds(60);
    arm_after(state, Timer::EvaluationCharge, seconds(0), kNow);
    arm_after(state, Timer::EvaluationEnd, days(80), kNow);
    arm_after(state, Timer::EvaluationWarning, days(20), kNow);
  }
  if (machine == AuthorizationState::EvaluationExpired) {
    state.evaluation_charged = days(90);
    state.evaluation_expired_at = kNow.wall - days(1);
    arm_after(state, Timer::EvaluationWarning, minutes(30), kNow);
  }
  if (machine == AuthorizationState::Authorized || machine == AuthorizationState::OutOfCompliance) {
    arm_at(state, Timer::AuthorizeAttempt, kNow.wall + days(12), kNow);
    arm_at(state, Timer::Deadline, kNow.wall + days(72), kNow);
    state.authorization_since = kNow.wall - days(18);
  }
  if (machine == AuthorizationState::AuthorizationExpired) {
    arm_after(state, Timer::AuthorizeAttempt, minutes(50), kNow);
    state.out(Exchange::Authorize) = waiting();
    state.authorization_since = kNow.wall - days(2);
  }
  return state;
}

EventData data() {
  EventData d;
  d.token = "TOKEN";
  d.key = Secret::from_text("new key");
  d.failure.reason = "the reason";
  d.failure.status = "LS_X";
  NewIdentity identity;
  identity.answer.chain = {{2}};
  identity.answer.account_name = "Example";
  identity.answer.virtual_account_name = "Default";
  identity.answer.export_allowed = true;
  identity.not_before = kNow.wall;
  identity.not_after = kNow.wall + days(365);
  d.identity = identity;
  d.certificate = NewCertificate{{{3}}, {}, kNow.wall, kNow.wall + days(365)};
  protocol::AuthorizeAnswer answer;
  answer.account_name = "Example";
  answer.virtual_account_name = "Default";
  answer.export_allowed = true;
  answer.deadline = kNow.wall + days(90);
  d.authorization = answer;
  d.anchors = {{4}};
  d.trust_version = 2;
  return d;
}

std::string in_words(Duration d) {
  if (d >= minutes(15) && d <= minutes(21)) return "15-21min";
  if (d.count() % days(1).count() == 0 && d > Duration{0}) return fmt::format("{}d", d / days(1));
  if (d.count() % hours(1).count() == 0 && d > Duration{0}) return fmt::format("{}h", d / hours(1));
  return fmt::format("{}s", d.count() / 1000);
}

std::string effect_word(const Effect& e) {
  switch (e.kind) {
    case Effect::Kind::Say: {
      if (e.message == MessageId::StateChanged) return "";  // follows from the state
      const auto& row = message(e.message);
      return fmt::format("say {}", row.mnemonic.empty() ? row.event : row.mnemonic);
    }
    case Effect::Kind::Notify:
      switch (e.notification) {
        case NotificationKind::CertificateRenewed:
          return "notify CertificateRenewed";
        case NotificationKind::EvaluationExpired:
          return "notify EvaluationExpired";
        case NotificationKind::ExportFlagChanged:
          return "notify ExportFlagChanged";
        default:
          return "";
      }
    case Effect::Kind::CancelSend:
      return "cancel";
    case Effect::Kind::GenerateKey:
      return "make key";
    case Effect::Kind::Refuse:
      return "refuse";
    default:
      return "";
  }
}

// What differs between two states, in a fixed order.
struct Picture {
  bool wanted[kExchanges], frozen[kExchanges];
  std::optional<Alarm> alarms[kTimers];
  bool identity, request, saved, names, export_allowed, expired, counting;
  std::string key, chain;
  std::optional<Attempt> initial, renewal, communication;
  std::optional<WallTime> since;
  int trust;
};
Picture picture(const State& s) {
  Picture p{};
  for (int i = 0; i < kExchanges; ++i) p.wanted[i] = s.outgoing[static_cast<std::size_t>(i)].wanted;
  for (int i = 0; i < kExchanges; ++i) p.frozen[i] = s.outgoing[static_cast<std::size_t>(i)].frozen();
  for (int i = 0; i < kTimers; ++i) p.alarms[i] = s.alarms[static_cast<std::size_t>(i)];
  p.identity = s.identity.has_value();
  p.request = s.registering.has_value();
  p.saved = s.saved;
  p.names = !s.account_name.empty();
  p.export_allowed = s.export_allowed;
  p.expired = s.registration_expired;
  p.counting = s.evaluation_since.has_value();
  if (s.identity) p.key = s.identity->key.reveal_text(), p.chain = std::to_string(s.identity->chain.at(0).at(0));
  p.initial = s.initial_registration;
  p.renewal = s.last_renewal;
  p.communication = s.last_communication;
  p.since = s.authorization_since;
  p.trust = s.trust_version;
  return p;
}

void changed(std::string& out, bool was, bool is, std::string_view word) {
  if (was != is) out += fmt::format(", {}{}", is ? "+" : "-", word);
}
void attempt(std::string& out, const std::optional<Attempt>& was, const std::optional<Attempt>& is,
             std::string_view word) {
  if (was == is) return;
  out += is ? fmt::format(", {} {}", word, kResults[static_cast<std::size_t>(is->result)])
            : fmt::format(", {} none", word);
}

std::string difference(const Picture& a, const Picture& b) {
  std::string out;
  changed(out, a.request, b.request, "request");
  changed(out, a.identity, b.identity, "identity");
  if (a.identity && b.identity && a.key != b.key) out += ", other key";
  if (a.identity && b.identity && a.chain != b.chain) out += ", other certificate";
  changed(out, a.names, b.names, "names");
  changed(out, a.export_allowed, b.export_allowed, "export");
  changed(out, a.saved, b.saved, "saved");
  changed(out, a.expired, b.expired, "expired");
  changed(out, a.counting, b.counting, "counting");
  if (a.trust != b.trust) out += fmt::format(", trust {}", b.trust);
  attempt(out, a.initial, b.initial, "initial");
  attempt(out, a.renewal, b.renewal, "renewal");
  attempt(out, a.communication, b.communication, "communication");
  if (a.since != b.since) out += b.since ? ", since now" : ", since none";
  for (int i = 0; i < kExchanges; ++i)
    changed(out, a.frozen[i], b.frozen[i], fmt::format("frozen {}", kExchangeNames[i]));
  for (int i = 0; i < kExchanges; ++i)
    changed(out, a.wanted[i], b.wanted[i], fmt::format("want {}", kExchangeNames[i]));
  for (int i = 0; i < kTimers; ++i) {
    if (a.alarms[i] == b.alarms[i]) continue;
    if (b.alarms[i])
      out += fmt::format(", +{} {}", kTimerNames[i], in_words(b.alarms[i]->steady - kNow.steady));
    else
      out += fmt::format(", -{}", kTimerNames[i]);
  }
  return out;
}

template <class Event>
std::string run(State& state, Event event) {
  AgentSettings settings;
  SeededEntropy jitter(3);
  const Rules rules{&settings, &jitter};
  auto d = data();
  const auto a = picture(state);
  Effects effects;
  handle(rules, state, event, d, kNow, effects);
  std::string seen;
  for (const auto& effect : effects)
    if (const auto word = effect_word(effect); !word.empty()) seen += ", " + word;
  seen += difference(a, picture(state));
  return seen.empty() ? "" : seen.substr(2);
}

}  // namespace

RowResult run_row(Stage stage, RegistrationEvent event) {
  auto state = before(stage);
  auto seen = run(state, event);
  return {std::string(to_string(state.stage)), std::move(seen)};
}

RowResult run_row(AuthorizationState machine, AuthorizationEvent event) {
  auto state = before(machine);
  auto seen = run(state, event);
  return {std::string(to_string(state.authorization)), std::move(seen)};
}

}  // namespace lictor::agent::lab
