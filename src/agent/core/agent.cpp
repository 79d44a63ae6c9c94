#include "agent/core/agent.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "agent/core/agent_impl.hpp"
#include "agent/core/delays.hpp"
#include "agent/core/store_codec.hpp"

namespace lictor::agent {

namespace {

// Without an identity-part the authorization state follows from what is in use and what evaluation is left.
void derive_authorization(State& state, const AgentSettings& settings) {
  if (state.stage != Stage::Unregistered || state.authorization != AuthorizationState::NoLicensesInUse) return;
  if (state.usage.empty() || state.mode == LicensingMode::Traditional) return;
  state.authorization = state.evaluation_charged < settings.evaluation_period ? AuthorizationState::Evaluation
                                                                              : AuthorizationState::EvaluationExpired;
}

State damaged_state(const AgentSettings& settings) {
  State state;
  state.store_damaged = true;
  // STO-2: used up. When the server vouches, it vouches for the device, not for days: nobody knows what was left, and
  // what is given here would be given anew with each store that is damaged.
  state.evaluation_charged = settings.evaluation_period;
  return state;
}

}  // namespace

Result<std::unique_ptr<Agent>> Agent::open(AgentSettings settings, Ports ports, Now now) {
  if (auto ok = check_udis(settings.udis); !ok) return ok.error();
  if (settings.evaluation_step <= Duration{0} || settings.evaluation_expired_warning <= Duration{0} ||
      settings.evaluation_period < Duration{0} || settings.coalesce < Duration{0})
    return Error{ErrorCode::InvalidArgument, "an agent's intervals must be longer than nothing"};
  auto loaded = ports.store->load();
  if (!loaded) return loaded.error().with_context("trust store");
  State state;
  if (loaded->damaged) {
    state = damaged_state(settings);
  } else if (loaded->contents) {
    auto decoded = decode_state(*loaded->contents);
    wipe(*loaded->contents);  // it held the private key
    if (decoded) {
      state = std::move(*decoded);
    } else if (decoded.error().code == ErrorCode::Corrupt) {
      if (auto ok = ports.store->set_aside(); !ok) return ok.error().with_context("trust store");
      state = damaged_state(settings);
    } else {
      return decoded.error();  // a newer program's store is not ours to set aside
    }
  }
  // A store without contents of its own takes the mode that the image has.
  if (!loaded->contents && !loaded->damaged) state.mode = settings.mode;
  derive_authorization(state, settings);
  auto agent = std::make_unique<AgentImpl>(std::move(settings), ports, std::move(state));
  if (auto ok = agent->start(now); !ok) return ok.error();
  return std::unique_ptr<Agent>(std::move(agent));
}

AgentImpl::AgentImpl(AgentSettings settings, Ports ports, State state)
    : settings_(std::move(settings)),
      ports_(ports),
      rules_{&settings_, ports_.jitter, ports_.rows},
      state_(std::move(state)) {}

AgentImpl::~AgentImpl() {
  *alive_ = false;
}

Result<void> AgentImpl::start(Now now) {
  last_steady_ = now.steady;
  state_.host_name = settings_.host_name;
  if (state_.udis.empty()) state_.udis = settings_.udis;
  Effects effects;
  restore(rules_, state_, now, effects);
  if (settings_.mode == LicensingMode::Smart || state_.stage == Stage::Unregistered)
    enter_mode(rules_, state_, settings_.mode, now, effects);
  declare_udis(rules_, state_, settings_.udis, now, effects);
  run_timers(rules_, state_, now, effects);
  choose_next(state_, effects);
  return commit(effects, now);
}

// --- one step -------------------------------------------------------------------------------------------------------
Result<void> AgentImpl::smart_only() const {
  if (state_.mode == LicensingMode::Smart) return {};
  return Error{ErrorCode::Conflict, "smart licensing is not enabled on this device"};
}

Result<void> AgentImpl::ask(RegistrationEvent event, Now now) {
  if (auto ok = smart_only(); !ok) return ok;
  return step(now, [&](Effects& effects) {
    EventData nothing;
    handle(rules_, state_, event, nothing, now, effects);
  });
}

Result<void> AgentImpl::refusal(const Effects& effects) {
  for (const auto& effect : effects)
    if (effect.kind == Effect::Kind::Refuse) return Error{ErrorCode::Conflict, effect.text};
  return {};
}

Result<void> AgentImpl::commit(Effects& effects, Now now) {
  // Keys move before requests are built with them.
  for (const auto& effect : effects) {
    if (effect.kind == Effect::Kind::KeyAdopted) key_ = std::move(new_key_);
    if (effect.kind == Effect::Kind::KeyForgotten) key_.reset();
  }
  if (!state_.registering) new_key_.reset();  // of a request that was given up
  // An exchange may have been chosen and cancelled within the step: what is in flight now is what counts.
  const bool sends =
      std::any_of(effects.begin(), effects.end(), [](const auto& e) { return e.kind == Effect::Kind::Send; });
  Result<void> frozen;
  if (sends && state_.in_flight) {
    frozen = freeze(*state_.in_flight);
    const auto& out = state_.out(*state_.in_flight);
    if (frozen)
      say(effects, MessageId::MessageSent,
          {{"message", !out.ticket.empty() ? "ticket"
                       : out.polled        ? "poll"
                                           : std::string(to_string(message_type(*state_.in_flight)))},
           {"requestId", out.request_id.text()},
           {"sequence", std::to_string(out.sequence)}});
  }
  write_event_lines(effects, now);
  auto stored = save(effects, now);
  failed_writes_ = stored ? 0 : failed_writes_ + 1;
  if (!stored) {
    Effects complaint;
    say(complaint, MessageId::StoreNotWritten, {{"reason", stored.error().message}, {"error", stored.error().message}});
    ports_.host->log(render_log(complaint.front().message, complaint.front().fields));
    write_event_lines(complaint, now);
  }
  act(effects, stored.has_value());
  if (sends && state_.in_flight) {
    // Persist, then act: what could not be stored is not sent; it counts as a failed attempt.
    if (!frozen)
      fail_locally(frozen.error().message);
    else if (!stored)
      fail_locally(stored.error().message);
    else
      send(*state_.in_flight, now);
  }
  wake(now);
  return stored;
}

Result<void> AgentImpl::save(Now now) {
  const auto part = identity_is_durable(state_, settings_) ? IdentityPart::Included : IdentityPart::Left;
  // Generation and floor move with every write and are no reason for one.
  const auto generation = std::exchange(state_.generation, 0);
  const auto floor = std::exchange(state_.floor, WallTime{});
  Secret comparable(encode_state(state_, part, now));
  state_.generation = generation;
  state_.floor = floor;
  if (std::ranges::equal(comparable.reveal(), saved_contents_.reveal())) return {};
  ++state_.generation;
  auto contents = encode_state(state_, part, now);
  auto ok = ports_.store->save(contents, unsaved_events_);
  wipe(contents);
  if (!ok) {
    saved_contents_ = Secret();  // it may have arrived all the same: what was there before is to be written again
    return ok;
  }
  saved_contents_ = std::move(comparable);
  unsaved_events_.clear();
  return {};
}

// Stores write two slots in turn: what must be gone is gone with the second write that succeeds.
Result<void> AgentImpl::save(const Effects& effects, Now now) {
  erasing_ = erasing_ || std::any_of(effects.begin(), effects.end(),
                                     [](const auto& e) { return e.kind == Effect::Kind::SecretErased; });
  const auto before = state_.generation;
  auto stored = save(now);
  if (!stored || !erasing_) return stored;
  if (state_.generation != before) {  // else the store never held it (STO-3)
    saved_contents_ = Secret();
    stored = save(now);
  }
  erasing_ = !stored;
  return stored;
}

void AgentImpl::act(const Effects& effects, bool stored) {
  for (const auto& effect : effects) {
    switch (effect.kind) {
      case Effect::Kind::Say:
        if (!message(effect.message).facility.empty()) ports_.host->log(render_log(effect.message, effect.fields));
        break;
      case Effect::Kind::Notify:
        ports_.host->notify(effect.notification);
        break;
      case Effect::Kind::CancelSend:
        ++attempt_;  // whatever comes back for it is not for us
        poll_id_.reset();
        ports_.transport->cancel();
        break;
      case Effect::Kind::GenerateKey:
        if (stored)
          ask_for_key();
        else
          arrivals_.push_back({Arrival::Kind::Key, {}, Error{ErrorCode::Io, "the trust store could not be written"}});
        break;
      case Effect::Kind::Send:
      case Effect::Kind::Refuse:
      case Effect::Kind::KeyAdopted:
      case Effect::Kind::KeyForgotten:
      case Effect::Kind::SecretErased:
        break;  // done in commit() and step()
    }
  }
}

void AgentImpl::ask_for_key() {
  key_outstanding_ = true;
  const auto request = ++key_request_;
  ports_.host->generate_key(settings_.key_algorithm,
                            [this, alive = alive_, request](Result<std::unique_ptr<pki::PrivateKey>> key) {
                              if (!*alive || request != key_request_) return;
                              key_outstanding_ = false;
                              arrivals_.push_back({Arrival::Kind::Key, {}, std::move(key)});
                              ports_.host->wake_at(last_steady_);
                            });
}

void AgentImpl::say(Effects& effects, MessageId message, Fields fields) const {
  add_line(effects, settings_, state_, message, std::move(fields));
}

void AgentImpl::write_event_lines(const Effects& effects, Now now) {
  for (const auto& effect : effects) {
    if (effect.kind != Effect::Kind::Say || message(effect.message).event.empty()) continue;
    unsaved_events_.push_back(render_event(effect.message, effect.fields, now.wall));
  }
  // Lines wait for the next state commit (DECISIONS 12); while the store fails, the ring is the bound.
  if (unsaved_events_.size() > settings_.event_log_size)
    unsaved_events_.erase(unsaved_events_.begin(),
                          unsaved_events_.end() - static_cast<std::ptrdiff_t>(settings_.event_log_size));
}

void AgentImpl::wake(Now now) {
  auto next = arrivals_.empty() ? next_wake(state_, now) : std::optional(now.steady);
  if (failed_writes_ > 0) {
    const auto again = now.steady + storing_delay(failed_writes_);
    next = std::min(next.value_or(again), again);
  }
  ports_.host->wake_at(next);
}

// --- what people and the product ask --------------------------------------------------------------------------------
Result<void> AgentImpl::register_token(std::string token, Force force, Now now) {
  // CLI-1: 1-255 printable characters without blank, ? and |.
  const bool printable =
      std::all_of(token.begin(), token.end(), [](char c) { return c > 0x20 && c < 0x7f && c != '?' && c != '|'; });
  if (token.empty() || token.size() > 255 || !printable)
    return Error{ErrorCode::InvalidArgument,
                 "the token must be 1 to 255 printable characters without blank, '?' and '|'"};
  if (auto ok = smart_only(); !ok) return ok;
  return step(now, [&](Effects& effects) {
    EventData data;
    data.token = std::move(token);
    data.force = force == Force::Yes;
    data.carrier_key = CarrierKey::random(*ports_.entropy);
    handle(rules_, state_, data.force ? RegistrationEvent::ForceAsked : RegistrationEvent::RegisterAsked, data, now,
           effects);
  });
}

Result<void> AgentImpl::deregister(Now now) {
  return ask(RegistrationEvent::DeregisterAsked, now);
}
Result<void> AgentImpl::renew_id(Now now) {
  return ask(RegistrationEvent::RenewIdAsked, now);
}
Result<void> AgentImpl::renew_authorization(Now now) {
  return ask(RegistrationEvent::RenewAuthorizationAsked, now);
}

Result<void> AgentImpl::set_usage(std::vector<UsageItem> usage, Now now) {
  if (auto ok = check_usage(usage); !ok) return ok.error();
  // What runs already runs on; what the store remembers at boot does not run yet.
  if (!state_.export_allowed && state_.mode == LicensingMode::Smart)
    for (const auto& item : usage) {
      const bool in_use = state_.ready && std::any_of(state_.usage.begin(), state_.usage.end(), [&](const auto& old) {
                            return old.tag == item.tag && old.count >= item.count;
                          });
      if (item.export_controlled && !in_use)
        return Error{ErrorCode::PermissionDenied,
                     fmt::format("{} is export-controlled, which is not allowed on this device", item.feature_name)};
    }
  return step(now, [&](Effects& effects) { declare_usage(rules_, state_, std::move(usage), now, effects); });
}

void AgentImpl::ready(Now now) {
  (void)step(now, [&](Effects& effects) { boot_complete(rules_, state_, now, effects); });
}

Result<void> AgentImpl::set_udis(std::vector<UdiEntry> udis, Now now) {
  if (auto ok = check_udis(udis); !ok) return ok.error();
  return step(now, [&](Effects& effects) { declare_udis(rules_, state_, std::move(udis), now, effects); });
}

void AgentImpl::set_host_name(std::string host_name, Now now) {
  if (host_name == state_.host_name) return;
  (void)step(now, [&](Effects& effects) {
    state_.host_name = std::move(host_name);  // goes with the next request
    say(effects, MessageId::HostNameChanged, {});
  });
}

Result<void> AgentImpl::save_identity(Now now) {
  return step(now, [&](Effects& effects) {
    const bool something = state_.identity || (state_.registering && !state_.registering->key.empty());
    if (!something || state_.saved) return;
    state_.saved = true;
    say(effects, MessageId::ConfigSaved, {});
  });
}

void AgentImpl::tick(Now now) {
  (void)step(now, [](Effects&) {});
}

void AgentImpl::transport_changed(Now now) {
  (void)step(now, [&](Effects& effects) {
    EventData nothing;
    handle(rules_, state_, RegistrationEvent::TransportChanged, nothing, now, effects);
    handle(rules_, state_, AuthorizationEvent::TransportChanged, nothing, now, effects);
  });
}

Result<void> AgentImpl::shut_down(Now now) {
  last_steady_ = now.steady;
  Effects effects;
  take_arrivals(now, effects);
  run_timers(rules_, state_, now, effects);
  if (state_.evaluation_since) {
    state_.evaluation_charged = std::min(settings_.evaluation_period, evaluation_used(state_, now));
    state_.evaluation_since.reset();
  }
  settle_grace(state_, now);
  write_event_lines(effects, now);
  saved_contents_ = Secret();  // lines that waited go out with it
  auto stored = save(effects, now);
  // Whatever else was about to begin begins again with the next start.
  std::erase_if(effects, [](const auto& e) { return e.kind == Effect::Kind::GenerateKey; });
  act(effects, stored.has_value());
  // What comes back now, an answer or a key, begins nothing.
  if (state_.in_flight) ports_.transport->cancel();
  ++attempt_;
  ++key_request_;
  key_outstanding_ = false;
  ports_.host->wake_at(std::nullopt);
  return stored;
}

std::vector<std::string> AgentImpl::event_log() const {
  auto stored = ports_.store->event_lines();
  auto lines =
      stored ? std::move(*stored) : std::vector<std::string>{};  // unreadable: what waits is shown all the same
  lines.insert(lines.end(), unsaved_events_.begin(), unsaved_events_.end());
  if (lines.size() > settings_.event_log_size)
    lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(settings_.event_log_size));
  return lines;
}

std::optional<std::vector<Secret>> AgentImpl::keys_in_use() const {
  if (failed_writes_ > 0 || erasing_) return std::nullopt;
  std::vector<Secret> keys;
  if (state_.identity) keys.push_back(state_.identity->key.duplicate());
  if (state_.registering && !state_.registering->key.empty()) keys.push_back(state_.registering->key.duplicate());
  return keys;
}

bool AgentImpl::quiet() const {
  return !state_.in_flight && !key_outstanding_ && arrivals_.empty();
}

}  // namespace lictor::agent
