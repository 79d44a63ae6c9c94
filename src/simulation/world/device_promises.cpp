// The promises of spec page 02 that one device can be held to after each of its steps.
#include <fmt/format.h>

#include <algorithm>

#include "agent/core/store_codec.hpp"
#include "simulation/world/device.hpp"

namespace lictor::simulation {
namespace {

using protocol::MessageType;

constexpr Duration kSlack = seconds(150);  // another exchange may be under way, clocks drift

struct Bounds {
  Duration least{0};
  Duration most{0};
};

// How long after a failed attempt the next one comes (REG-6, REG-7, AUTH-8, AUTH-10).
Bounds retry_bounds(MessageType type, const Link::Ended& ended) {
  if (ended.pending) return {seconds(29), hours(1)};
  switch (type) {
    case MessageType::Register:
      return {minutes(15), std::max(minutes(21), ended.retry_after)};
    case MessageType::RenewId:
      return {minutes(15), std::max(days(1), ended.retry_after)};
    default:
      return {seconds(23), hours(1)};
  }
}

}  // namespace

void Device::violated(std::string_view invariant, const std::string& what) {
  around_.judge->violated(invariant, fmt::format("device {} ({}): {}", number_, name(), what));
}

void Device::watch_send(MessageType type, const std::optional<Truth::Sent>& sent) {
  trace([&] { return fmt::format("sends {} {}", to_string(type), sent ? sent->id.text() : "for a ticket"); });
  if (type == MessageType::Deregister)
    disturb_leaving();
  else
    fidget(4);
  if (!sent) {  // by ticket
    last_send_ = LastSend{type, {}, false, true};
    return;
  }
  judge_stored(*sent);
  // Of others there is no telling from outside whether a new one was due.
  const bool kept = sent->type == MessageType::Register || sent->type == MessageType::RenewId ||
                    (sent->type == MessageType::Authorize && changes_ == changes_answered_);
  const bool retry = last_send_ && !last_send_->stimulated && !last_send_->by_ticket &&
                     last_send_->type == sent->type && kept && link_.ended().carrier_word;
  if (retry) {
    if (last_send_->id != sent->id)
      violated("retry-keeps-its-id", fmt::format("{} was tried again as {} after {}, though nobody asked for another",
                                                 to_string(sent->type), sent->id.text(), last_send_->id.text()));
    const auto waited = around_.timeline->now() - link_.ended().at;
    const auto bounds = retry_bounds(sent->type, link_.ended());
    if (waited + seconds(1) < bounds.least || waited > bounds.most + kSlack)
      violated("retry-in-time",
               fmt::format("{} was tried again after {} ms; at least {}, at most {} are right", to_string(sent->type),
                           waited.count(), bounds.least.count(), bounds.most.count()));
  }
  if (sent->type == MessageType::Authorize && !sent->known) changes_sent_ = changes_;
  last_send_ = LastSend{sent->type, sent->id, false, false};
  // A copy of an answer that was given before the manager's store went back may still come to what is tried again.
  if (!sent->known) sent_restores_[sent->type] = around_.manager->restores();
}

// PRO-3: whatever happens next, this request is remembered.
void Device::judge_stored(const Truth::Sent& sent) {
  if (settings_.persistence != agent::AgentSettings::Persistence::AtOnce || !protocol::has_effect(sent.type)) return;
  const auto contents = flash_->contents();
  if (!contents) return;
  const auto stored = agent::decode_state(*contents);
  if (!stored || std::none_of(stored->outgoing.begin(), stored->outgoing.end(),
                              [&](const auto& out) { return out.request_id == sent.id && out.frozen(); }))
    violated("stored-before-sent", fmt::format("{} {} left and is not stored{}{}", to_string(sent.type), sent.id.text(),
                                               stored ? "" : ": ", stored ? "" : stored.error().message));
}

void Device::watch_line(const agent::LogLine& line) {
  trace([&] { return fmt::format("{}-{}: {}", line.facility, line.mnemonic, line.text); });
  const bool saved = watched_ && watched_->good();
  const bool accepted = line.mnemonic == "AGENT_REG_SUCCESS" || line.mnemonic == "AUTH_RENEW_SUCCESS" ||
                        line.mnemonic == "ID_CERT_RENEW_SUCCESS";
  // AUTH-9: only the answer to this very request counts.
  if (accepted && last_send_ && !last_send_->by_ticket && link_.ended().answers != last_send_->id)
    violated("answers-this-request", fmt::format("{} after an answer to another request", line.mnemonic));
  if (line.mnemonic == "AGENT_REG_SUCCESS" || line.mnemonic == "ID_CERT_RENEW_SUCCESS")
    certificate_got_ = around_.timeline->now();
  if (line.mnemonic == "AGENT_REG_SUCCESS") {
    ++around_.tally->registrations;
    registered_restores_ = sent_restores_[MessageType::Register];
    // What is only tried out is as often given up before it was of use.
    if ((has(Life::CutOff) || has(Life::ShortEvaluation)) && !healing_) cut_off();
    copy_put_back_ = false;
    deregistering_ = false;
  } else if (line.mnemonic == "AUTH_RENEW_SUCCESS") {
    last_success_ = around_.timeline->now();  // also where nobody knows whether it was stored
    if (!saved) return;
    ++around_.tally->authorizations;
    changes_answered_ = changes_sent_;
    clock_was_wrong_ = clock_.error() != Duration{0};
    if (last_send_ && last_send_->type == MessageType::Authorize && !last_send_->by_ticket)
      authorized_ = last_send_->id;
    must_be_restores_ = sent_restores_[MessageType::Authorize];  // whatever was restored: it is known again
  }
}

void Device::judge_boot() {
  const auto now = snapshot();
  if (!last_) return;
  // STO-2: the old contents or the new. Without a save that failed there is only one.
  const auto fits = [&](const agent::Snapshot& then) {
    if (then.registration != RegistrationState::Registered || then.unsaved_identity) return true;
    return now.registration == RegistrationState::Registered && now.instance == then.instance;
  };
  // CLK-3: an hour under a wrong clock, over all runs, ends it; the last minute of it may be charged ahead.
  const bool clock_wrong = clock_.error() > hours(1) || clock_.error() < -hours(1);
  if (!deregistering_ && !clock_wrong && !fits(*last_) && !(maybe_ && fits(*maybe_)))
    violated("registration-survives",
             fmt::format("was registered as instance {}, is {} as {} after a start", last_->instance.value,
                         to_string(now.registration), now.instance.value));
  // Which of the two it is shows now.
  maybe_.reset();
  last_->registration = now.registration;
  last_->unsaved_identity = now.unsaved_identity;
}

void Device::after_step() {
  if (!host_ || around_.judge->violation()) return;
  if (flash_->off()) {
    if (std::exchange(going_down_, true)) return;
    maybe_ = snapshot();
    around_.tally->fault(FaultKind::TornWrite);
    around_.timeline->after(Duration{0}, [this, run = run_] {
      if (run != run_ || !host_) return;
      power_off(Fault::Unsynced::Dropped);
      power_back_after(seconds(people_.uniform(1, 3600)));
    });
    return;
  }
  const auto now = snapshot();
  judge_evaluation(now);
  judge_states(now);
  judge_timer(now);
  judge_renewal(now);
  judge_usage(now);
  judge_loss(now);
  if (watched_->good()) {
    last_ = now;
    maybe_.reset();
    const bool sure = now.registration == RegistrationState::Registered && !now.unsaved_identity && !deregistering_;
    if (!sure) must_be_.reset();
    if (sure && !copy_put_back_ && must_be_ != now.instance) {
      must_be_ = now.instance;
      must_be_restores_ = registered_restores_;
    }
    if (now.registration_expires) certificate_ends_ = *now.registration_expires;
    if (now.registration == RegistrationState::Unregistered) deregistering_ = false;
  } else {
    maybe_ = now;
    // What could not be stored is not sent: an attempt of which nothing is seen out here.
    if (last_send_) last_send_->stimulated = true;
  }
}

void Device::judge_evaluation(const agent::Snapshot& now) {
  const auto time = around_.timeline->now();
  if (evaluation_ran_since_) {
    // What could not be stored is lost with the power; the honest limit of a disk that stays bad.
    if (watched_->good()) used_for_sure_ += time - *evaluation_ran_since_;
    evaluation_ran_since_.reset();
  }
  if (now.evaluation_running) evaluation_ran_since_ = time;
  const bool vouched = last_ && last_->store_damaged && !now.store_damaged;
  if (last_ && !vouched && now.evaluation_remaining > last_->evaluation_remaining)
    violated("evaluation-never-grows", fmt::format("{} ms were left, now {}", last_->evaluation_remaining.count(),
                                                   now.evaluation_remaining.count()));
  // STO-5: what was used is charged, whatever was pulled out or put right meanwhile.
  const auto period = settings_.evaluation_period;
  const auto charged = period - now.evaluation_remaining;
  const auto drift = Duration{used_for_sure_.count() / 1000};
  if (charged + drift + seconds(2) < std::min(period, used_for_sure_))
    violated("evaluation-is-charged",
             fmt::format("{} ms were used, {} are charged", used_for_sure_.count(), charged.count()));
  if (now.evaluation_running && now.registration == RegistrationState::Registered &&
      now.authorization == AuthorizationState::Authorized)
    violated("evaluation-rests", "it runs while the device is authorized");
}

void Device::judge_states(const agent::Snapshot& now) {
  // CLK-3: in the hour after a start beyond the certificate's end nothing is due by a wall that may be wrong.
  const bool in_grace = now.registration_expires && clock_.wall() >= *now.registration_expires;
  // AUTH-5: 90 days, or what the manager's settings say, from the last success, by clocks that were right.
  if (now.registration == RegistrationState::Registered && now.authorization == AuthorizationState::Authorized &&
      !now.usage.empty() && !clock_was_wrong_ && !copy_put_back_ && !in_grace && last_success_ != WallTime{} &&
      around_.timeline->now() - last_success_ > around_.manager->authorization_validity() + hours(1))
    violated("authorized-no-longer", fmt::format("authorized {} days after the last answer",
                                                 (around_.timeline->now() - last_success_) / days(1)));
  if (now.registration == RegistrationState::Registered && now.instance.value == 0)
    violated("registered-as-something", "registered without an instance");
  const bool unregistered = now.registration == RegistrationState::Unregistered;
  if (unregistered && (now.authorization == AuthorizationState::Authorized ||
                       now.authorization == AuthorizationState::OutOfCompliance ||
                       now.authorization == AuthorizationState::AuthorizationExpired))
    violated("states-fit", fmt::format("unregistered and {}", to_string(now.authorization)));
  if (unregistered && (now.authorization == AuthorizationState::NoLicensesInUse) != now.usage.empty())
    violated("states-fit",
             fmt::format("unregistered, {} tags in use, {}", now.usage.size(), to_string(now.authorization)));
}

// REG-7: from day 180 on, and after a failure within a day.
void Device::judge_renewal(const agent::Snapshot& now) {
  if (now.registration != RegistrationState::Registered || !now.registration_expires || !now.next_renewal) return;
  const bool failed = now.last_renewal && now.last_renewal->result != agent::Attempt::Result::Succeeded;
  // Its answer may have been long on its way, or have met a wrong clock.
  const auto& got = now.last_renewal ? now.last_renewal : now.initial_registration;
  // From half its life on, where the authority issues shorter ones than a year.
  const auto lifetime = around_.manager->certificate_lifetime();
  const auto latest = std::max({*now.registration_expires - lifetime + std::min(days(180), lifetime / 2) + days(1),
                                clock_.wall() + days(1) + kSlack,
                                std::max(certificate_got_, got ? got->at : WallTime{}) + days(180) + hours(1)});
  if (!failed && *now.next_renewal > latest)
    violated("renews-from-day-180", fmt::format("the certificate ends {}, its renewal is due {}",
                                                to_rfc3339(*now.registration_expires), to_rfc3339(*now.next_renewal)));
}

// AUTH-7: once all is quiet after an answer, the server knows what is in use.
void Device::judge_usage(const agent::Snapshot& now) {
  if (!authorized_ || !host_->quiet() || now.registration != RegistrationState::Registered || now.unsaved_identity ||
      !now.last_communication || now.last_communication->result != agent::Attempt::Result::Succeeded || !last_send_ ||
      last_send_->id != *authorized_)
    return;
  const auto next = scheduler_->next_call();
  if (next && *next - clock_.steady() < seconds(15)) return;  // a change is gathered, or the boot is not over
  const auto* request = around_.truth->find(*authorized_);
  TagCounts used;
  for (const auto& view : now.usage) used.emplace_back(view.item.tag, view.item.count);
  std::sort(used.begin(), used.end());
  if (request != nullptr && used != request->usage)
    violated("says-what-is-used", "it rests though its last authorization named other licences than it uses");
  // AUTH-3: the deadline is the one that the answer named.
  if (request != nullptr && now.communication_deadline && !clock_was_wrong_ && clock_.error() == Duration{0} &&
      last_success_ == around_.timeline->now() &&
      std::find(request->deadlines.begin(), request->deadlines.end(), *now.communication_deadline) ==
          request->deadlines.end())
    violated("deadline-as-answered",
             fmt::format("no answer named {} as the deadline", to_rfc3339(*now.communication_deadline)));
}

// REG-1: a registration ends by the server's word, by people, with its certificate, by an hour under a wrong clock.
void Device::judge_loss(const agent::Snapshot& now) {
  const auto& before = maybe_ ? maybe_ : last_;
  const bool had = before && before->registration == RegistrationState::Registered && !before->unsaved_identity;
  if (!had || now.registration == RegistrationState::Registered || deregistering_ || link_.ended().not_registered)
    return;
  if (clock_.error() > hours(1) || clock_.error() < -hours(1)) return;
  // Of what it was last seen with, also where a disk refused to store that.
  if (before->registration_expires.value_or(certificate_ends_) < around_.timeline->now() + days(2)) return;
  violated("stays-registered",
           fmt::format("is {} though nobody ended it; its certificate was to end {}", to_string(now.registration),
                       before->registration_expires ? to_rfc3339(*before->registration_expires) : "at no time"));
}

void Device::judge_timer(const agent::Snapshot& now) {
  if (!host_->quiet()) return;
  const auto next = scheduler_->next_call();
  const auto within = [&](Duration most, std::string_view why) {
    if (!next || *next - clock_.steady() > most + kSlack)
      violated("wakes-in-time",
               fmt::format("{}: the next call is {}", why,
                           next ? fmt::format("{} ms away", (*next - clock_.steady()).count()) : "never"));
  };
  if (now.registration == RegistrationState::Registering)
    within(hours(2), "registering");  // by what a carrier named, perhaps before a restart
  if (now.registration != RegistrationState::Registered || now.unsaved_identity) return;
  const bool failed = now.last_communication && now.last_communication->result != agent::Attempt::Result::Succeeded;
  if (now.authorization == AuthorizationState::AuthorizationExpired || failed)
    within(hours(1), "an authorization is to be tried again");
  else if (now.authorization == AuthorizationState::OutOfCompliance)
    within(days(1), "out of compliance");
  else
    within(days(clock_was_wrong_ ? 45 : 30), "registered");
}

}  // namespace lictor::simulation
