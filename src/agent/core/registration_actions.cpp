// The actions of the registration machine.
#include "agent/core/actions.hpp"

namespace lictor::agent {
namespace {

constexpr Duration kWarnBeforeEnd = days(30);  // REG-7
constexpr Duration kRenewAfter = days(180);    // REG-7

// --- answers to the caller ------------------------------------------------------------------------------------------
void refuse_registered(Step& s) {
  s.refuse("the device is registered already; use force to register it anew");
}
void refuse_not_registered(Step& s) {
  s.refuse("the device is not registered");
}
void refuse_busy(Step& s) {
  s.refuse("a deregistration is under way");
}

// --- the request ----------------------------------------------------------------------------------------------------
void begin_registration(Step& s) {
  drop_outgoing(s, Exchange::Register);
  disarm(s.state, Timer::RegisterAttempt);
  RegistrationRequest request;
  request.token = std::move(s.data.token);
  request.force = s.data.force;
  request.carrier_key = s.data.carrier_key;
  request.key_asked = true;
  s.state.registering = std::move(request);
  s.effects.push_back({.kind = Effect::Kind::GenerateKey});
}

void keep_key(Step& s) {
  s.state.registering->key = std::move(s.data.key);
  s.say(MessageId::KeyAddition, {{"key", s.settings().key_name}});
  if (!identity_is_durable(s.state, s.settings())) s.say(MessageId::NoConfigAutosave);
}

void want_register(Step& s) {
  // While its key is being made there is nothing to send; KeyMade comes here again.
  if (!s.state.registering || s.state.registering->key.empty()) return;
  if (s.state.in_flight == Exchange::Register) return;
  disarm(s.state, Timer::RegisterAttempt);
  auto& out = s.state.out(Exchange::Register);
  if (!out.frozen()) s.say(MessageId::RegistrationInProgress, {{"force", s.state.registering->force ? "yes" : "no"}});
  out.wanted = true;
}

void resume_registration(Step& s) {
  if (!s.state.registering) return;
  if (s.state.registering->key.empty()) {
    s.state.registering->key_asked = true;
    s.effects.push_back({.kind = Effect::Kind::GenerateKey});
  } else if (s.state.alarm(Timer::RegisterAttempt)) {
    rearm(s.state, Timer::RegisterAttempt, kLongestRegistrationDelay, s.now);
  } else {
    want_register(s);
  }
}

void drop_registration(Step& s) {
  drop_outgoing(s, Exchange::Register);
  disarm(s.state, Timer::RegisterAttempt);
  if (s.state.registering) {
    s.effects.push_back({.kind = Effect::Kind::SecretErased});
    auto& token = s.state.registering->token;
    wipe({reinterpret_cast<std::uint8_t*>(token.data()), token.size()});
  }
  s.state.registering.reset();
}

void retry_registration(Step& s) {
  ++s.state.out(Exchange::Register).failures;
  arm_after(s.state, Timer::RegisterAttempt, registration_delay(*s.rules.jitter, s.data.failure.retry_after), s.now);
}

void poll_registration(Step& s) {
  arm_after(s.state, Timer::RegisterAttempt, poll_delay(*s.rules.jitter, s.data.failure.retry_after), s.now);
}

void record_registration_failure(Step& s) {
  s.state.initial_registration = s.attempt(Attempt::Result::Failed);
}

void record_registration_pending(Step& s) {
  s.state.initial_registration = s.attempt(Attempt::Result::Pending);
}

void log_registration_pending(Step& s) {
  s.say(MessageId::RegistrationPending, s.failure_fields());
}

void log_registration_failed(Step& s) {
  s.say(MessageId::RegistrationFailed, s.failure_fields());
  tell_communication(s);
}

// --- the identity ---------------------------------------------------------------------------------------------------
void adopt_identity(Step& s) {
  auto& found = *s.data.identity;
  auto& answer = found.answer;
  for (const auto e : {Exchange::Authorize, Exchange::RenewId, Exchange::Trust}) drop_outgoing(s, e);
  disarm(s.state, Timer::Renewal);
  Identity identity;
  identity.key = std::move(s.state.registering->key);
  identity.chain = std::move(answer.chain);
  identity.serial = found.serial;
  identity.not_before = found.not_before;
  identity.not_after = found.not_after;
  identity.authority = found.authority;
  identity.account = answer.account;
  identity.instance = answer.instance;
  identity.virtual_account = answer.virtual_account;
  identity.carrier_key = s.state.registering->carrier_key;
  identity.signing_serial = found.signing_serial;
  s.state.identity = std::move(identity);
  s.state.account_name = answer.account_name;
  s.state.virtual_account_name = answer.virtual_account_name;
  s.state.registration_expired = false;
  s.state.initial_registration = Attempt{Attempt::Result::Succeeded, s.now.wall, ""};
  s.state.last_renewal.reset();
  if (s.state.export_allowed != answer.export_allowed) s.notify(NotificationKind::ExportFlagChanged);
  s.state.export_allowed = answer.export_allowed;
  drop_registration(s);
  s.effects.push_back({.kind = Effect::Kind::KeyAdopted});
}

void log_registered(Step& s) {
  s.say(MessageId::ExportControlled, {{"allowed", s.state.export_allowed ? "allowed" : "not allowed"},
                                      {"exportAllowed", s.state.export_allowed ? "yes" : "no"}});
  s.say(MessageId::RegistrationSucceeded,
        {{"msgStatus", "LS_OK"}, {"account", s.state.account_name}, {"virtualAccount", s.state.virtual_account_name}});
  if (identity_is_durable(s.state, s.settings())) return;
  s.say(MessageId::ConfigNotSaved);
  s.notify(NotificationKind::ConfigurationUnsaved);
}

Duration certificate_left(const Step& s) {
  return s.state.identity->not_after - effective_wall(s.state, s.now);
}
// The last moment that has come, in days before the end: 12 from 12 days on until 11; 0 from the end on.
int reached_day(Duration left) {
  return static_cast<int>((std::max(left, Duration{0}) + days(1) - Duration{1}) / days(1));
}

// The next of the daily warnings of the last 30 days; at once, if its moment passed while the device was off.
void arm_warning(Step& s) {
  const auto left = certificate_left(s);
  const int reached = reached_day(left);
  if (left > kWarnBeforeEnd) s.state.certificate_warned = 0;  // what was said was said by a clock that was ahead
  const int warned = s.state.certificate_warned;
  if (left > kWarnBeforeEnd)
    arm_at(s.state, Timer::CertificateWarning, s.state.identity->not_after - kWarnBeforeEnd, s.now);
  else if (left > Duration{0} && (warned == 0 || reached < warned))
    arm_after(s.state, Timer::CertificateWarning, Duration{0}, s.now);
  else if (reached > 1)
    arm_at(s.state, Timer::CertificateWarning, s.state.identity->not_after - days(reached - 1), s.now);
  else
    disarm(s.state, Timer::CertificateWarning);
}

// An end that has passed already is CLK-3's grace, which the clock watch raises; no timer for it.
void arm_end(Step& s) {
  const auto end = s.state.identity->not_after;
  if (!s.state.alarm(Timer::Grace) && end > effective_wall(s.state, s.now))
    arm_at(s.state, Timer::CertificateEnd, end, s.now);
  else
    disarm(s.state, Timer::CertificateEnd);
}

// Until the day from which on the certificate is renewed, by its own dates.
Duration renewal_left(const Step& s) {
  const auto& identity = *s.state.identity;
  const auto after = std::min(kRenewAfter, (identity.not_after - identity.not_before) / 2);
  return std::max(Duration{0}, identity.not_before + after - effective_wall(s.state, s.now));
}

void arm_certificate(Step& s) {
  const auto wall = effective_wall(s.state, s.now);
  // Half of its life where an authority issues shorter ones than a year.
  const auto half = (s.state.identity->not_after - wall) / 2;
  arm_at(s.state, Timer::Renewal, wall + std::min(kRenewAfter, half), s.now);
  end_grace(s.state);
  // One that an authority issued for less than 30 days is not warned of on its first day.
  s.state.certificate_warned = certificate_left(s) > kWarnBeforeEnd ? 0 : reached_day(certificate_left(s));
  arm_warning(s);
  arm_end(s);
}

void resume_certificate(Step& s) {
  // Without an alarm the renewal was out when the run before ended.
  if (s.state.alarm(Timer::Renewal))
    rearm(s.state, Timer::Renewal, s.state.alarm(Timer::Renewal)->by_date ? renewal_left(s) : days(1), s.now);
  else
    s.state.out(Exchange::RenewId).wanted = true;
  arm_warning(s);
  arm_end(s);
}

void forget(Step& s) {
  for (const auto e : {Exchange::Authorize, Exchange::RenewId, Exchange::Deregister, Exchange::Trust})
    drop_outgoing(s, e);
  for (const auto t : {Timer::Renewal, Timer::CertificateWarning, Timer::CertificateEnd}) disarm(s.state, t);
  end_grace(s.state);
  s.state.identity.reset();
  s.state.virtual_account_name.clear();
  s.state.initial_registration.reset();
  s.state.last_renewal.reset();
  s.state.registration_expired = false;
  s.effects.push_back({.kind = Effect::Kind::KeyForgotten});
  s.effects.push_back({.kind = Effect::Kind::SecretErased});
}

void forget_identity(Step& s) {
  forget(s);
  s.state.account_name.clear();
  if (std::exchange(s.state.export_allowed, false)) s.notify(NotificationKind::ExportFlagChanged);
}

void forget_saved(Step& s) {
  s.state.saved = false;
}
void clear_failure(Step& s) {
  s.state.initial_registration.reset();
}
void mark_expired(Step& s) {
  s.state.registration_expired = true;
}
void log_certificate_ended(Step& s) {
  s.say(MessageId::IdExpired);
}
void log_instance_unknown(Step& s) {
  s.say(MessageId::InstanceUnknown, s.failure_fields());
}

void tell_identity_gained(Step& s) {
  s.raised.push_back(AuthorizationEvent::IdentityGained);
}
void tell_identity_lost(Step& s) {
  s.raised.push_back(s.state.usage.empty() ? AuthorizationEvent::IdentityLostUnused
                     : evaluation_left(s.state, s.settings(), s.now) > Duration{0}
                         ? AuthorizationEvent::IdentityLostEvaluationLeft
                         : AuthorizationEvent::IdentityLostEvaluationOver);
}
void tell_renew_asked(Step& s) {
  s.raised.push_back(AuthorizationEvent::RenewAsked);
}

// --- renewal --------------------------------------------------------------------------------------------------------
void want_renew_id(Step& s) {
  if (s.state.in_flight == Exchange::RenewId) return;
  disarm(s.state, Timer::Renewal);
  s.state.out(Exchange::RenewId).wanted = true;
}

void retry_renew_id_if_waiting(Step& s) {
  const auto& out = s.state.out(Exchange::RenewId);
  if (out.frozen() || out.failures > 0) want_renew_id(s);
}

void adopt_certificate(Step& s) {
  auto& found = *s.data.certificate;
  s.state.identity->chain = std::move(found.chain);
  s.state.identity->serial = found.serial;
  s.state.identity->not_before = found.not_before;
  s.state.identity->not_after = found.not_after;
  s.state.out(Exchange::RenewId) = {};
  s.state.last_renewal = Attempt{Attempt::Result::Succeeded, s.now.wall, ""};
}

void log_renewed(Step& s) {
  s.say(MessageId::RenewIdSucceeded, {{"msgStatus", "LS_OK"}});
  s.notify(NotificationKind::CertificateRenewed);
}

void retry_renew_id(Step& s) {
  const int failures = ++s.state.out(Exchange::RenewId).failures;
  arm_after(s.state, Timer::Renewal, renewal_delay(*s.rules.jitter, failures, s.data.failure.retry_after), s.now);
}

void poll_renew_id(Step& s) {
  arm_after(s.state, Timer::Renewal, poll_delay(*s.rules.jitter, s.data.failure.retry_after), s.now);
}

void record_renew_failure(Step& s) {
  s.state.last_renewal = s.attempt(Attempt::Result::Failed);
  tell_communication(s);
  s.say(MessageId::RenewIdFailed, s.failure_fields());
}

void record_renew_pending(Step& s) {
  s.state.last_renewal = s.attempt(Attempt::Result::Pending);
  s.say(MessageId::RenewIdPending, s.failure_fields());
}

// One whose end has passed already (a server just told how late it is) is CLK-3's to tell of.
void warn_certificate(Step& s) {
  if (certificate_left(s) <= Duration{0}) return;
  s.say(MessageId::IdExpiring, {{"left", duration_in_words(certificate_left(s))}});
  s.state.certificate_warned = reached_day(certificate_left(s));
  arm_warning(s);
}

// --- deregistration -------------------------------------------------------------------------------------------------
void want_deregister(Step& s) {
  for (const auto e : {Exchange::Authorize, Exchange::RenewId, Exchange::Trust}) drop_outgoing(s, e);
  for (const auto t : {Timer::Renewal, Timer::CertificateWarning, Timer::CertificateEnd, Timer::AuthorizeAttempt,
                       Timer::Coalesce, Timer::Deadline})
    disarm(s.state, t);
  end_grace(s.state);
  s.state.out(Exchange::Deregister).wanted = true;
}

void log_deregistered(Step& s) {
  s.say(MessageId::DeregisterSucceeded, {{"msgStatus", "LS_OK"}});
}

void log_deregister_failed(Step& s) {
  auto fields = s.failure_fields();
  if (s.data.failure.unverified) fields.emplace_back("verified", "no");
  s.say(s.data.failure.unverified ? MessageId::DeregisterUnverified : MessageId::DeregisterFailed, std::move(fields));
}

// --- clock ----------------------------------------------------------------------------------------------------------
void start_grace(Step& s) {
  s.say(MessageId::ClockOutOfCertificate);
  disarm(s.state, Timer::CertificateEnd);
  begin_grace(s.state, s.now);
}

void stop_grace(Step& s) {
  end_grace(s.state);
  arm_end(s);
  arm_warning(s);
}

// --- anchors --------------------------------------------------------------------------------------------------------
void want_trust(Step& s) {
  if (s.state.in_flight != Exchange::Trust) s.state.out(Exchange::Trust).wanted = true;
}

void install_trust(Step& s) {
  drop_outgoing(s, Exchange::Trust);
  s.state.anchors = std::move(s.data.anchors);
  s.state.trust_version = s.data.trust_version;
  s.say(MessageId::TrustInstalled, {{"version", std::to_string(s.state.trust_version)}});
}

// No retry of its own: the next answer names the newer version again.
void drop_trust(Step& s) {
  drop_outgoing(s, Exchange::Trust);
  s.say(MessageId::TrustFailed, s.failure_fields());
}

}  // namespace

ActionFunction registration_action(Action action) {
  switch (action) {
    case Action::RefuseRegistered:
      return refuse_registered;
    case Action::RefuseNotRegistered:
      return refuse_not_registered;
    case Action::RefuseBusy:
      return refuse_busy;
    case Action::BeginRegistration:
      return begin_registration;
    case Action::KeepKey:
      return keep_key;
    case Action::WantRegister:
      return want_register;
    case Action::ResumeRegistration:
      return resume_registration;
    case Action::DropRegistration:
      return drop_registration;
    case Action::RetryRegistration:
      return retry_registration;
    case Action::PollRegistration:
      return poll_registration;
    case Action::RecordRegistrationFailure:
      return record_registration_failure;
    case Action::RecordRegistrationPending:
      return record_registration_pending;
    case Action::LogRegistrationFailed:
      return log_registration_failed;
    case Action::LogRegistrationPending:
      return log_registration_pending;
    case Action::AdoptIdentity:
      return adopt_identity;
    case Action::LogRegistered:
      return log_registered;
    case Action::ArmCertificate:
      return arm_certificate;
    case Action::ForgetIdentity:
      return forget_identity;
    case Action::ForgetIdentityKeepNames:
      return forget;
    case Action::ForgetSaved:
      return forget_saved;
    case Action::ClearFailure:
      return clear_failure;
    case Action::MarkExpired:
      return mark_expired;
    case Action::LogCertificateEnded:
      return log_certificate_ended;
    case Action::LogInstanceUnknown:
      return log_instance_unknown;
    case Action::TellIdentityGained:
      return tell_identity_gained;
    case Action::TellIdentityLost:
      return tell_identity_lost;
    case Action::TellRenewAsked:
      return tell_renew_asked;
    case Action::WantRenewId:
      return want_renew_id;
    case Action::RetryRenewIdIfWaiting:
      return retry_renew_id_if_waiting;
    case Action::ResumeCertificate:
      return resume_certificate;
    case Action::AdoptCertificate:
      return adopt_certificate;
    case Action::LogRenewed:
      return log_renewed;
    case Action::RetryRenewId:
      return retry_renew_id;
    case Action::PollRenewId:
      return poll_renew_id;
    case Action::RecordRenewFailure:
      return record_renew_failure;
    case Action::RecordRenewPending:
      return record_renew_pending;
    case Action::WarnCertificate:
      return warn_certificate;
    case Action::WantDeregister:
      return want_deregister;
    case Action::LogDeregistered:
      return log_deregistered;
    case Action::LogDeregisterFailed:
      return log_deregister_failed;
    case Action::StartGrace:
      return start_grace;
    case Action::StopGrace:
      return stop_grace;
    case Action::WantTrust:
      return want_trust;
    case Action::InstallTrust:
      return install_trust;
    case Action::DropTrust:
      return drop_trust;
    default:
      return nullptr;
  }
}

}  // namespace lictor::agent
