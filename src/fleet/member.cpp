#include "fleet/member.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "agent/host/http_transport.hpp"

namespace lictor::fleet {
namespace {

using protocol::MessageType;

// Lines by which an agent tells how an exchange ended (LOG-5); they come after its store has saved.
struct Outcome {
  std::string_view mnemonic;
  MessageType type;
  bool good;
};
constexpr Outcome kOutcomes[] = {
    {"AGENT_REG_SUCCESS", MessageType::Register, true},     {"AGENT_REG_FAILED", MessageType::Register, false},
    {"AUTH_RENEW_SUCCESS", MessageType::Authorize, true},   {"AUTH_RENEW_FAILED", MessageType::Authorize, false},
    {"ID_CERT_RENEW_SUCCESS", MessageType::RenewId, true},  {"ID_CERT_RENEW_FAILED", MessageType::RenewId, false},
    {"AGENT_DEREG_SUCCESS", MessageType::Deregister, true}, {"AGENT_DEREG_FAILED", MessageType::Deregister, false},
};

MessageType awaited_by(Step step) {
  switch (step) {
    case Step::Register:
      return MessageType::Register;
    case Step::Authorize:
    case Step::Renew:
      return MessageType::Authorize;
    case Step::RenewId:
      return MessageType::RenewId;
    case Step::Deregister:
      return MessageType::Deregister;
  }
  return MessageType::Register;
}

// Why, without the names of this member that a line for people carries.
std::optional<std::string> reason_of(MessageType type, const agent::Snapshot& snapshot) {
  const auto& attempt = type == MessageType::Register  ? snapshot.initial_registration
                        : type == MessageType::RenewId ? snapshot.last_renewal
                                                       : snapshot.last_communication;
  if (type == MessageType::Deregister || !attempt || attempt->failure_reason.empty()) return std::nullopt;
  return attempt->failure_reason;
}

}  // namespace

Member::Member(Settings settings, Shared& shared)
    : settings_(std::move(settings)),
      shared_(shared),
      udi_(to_string(active_udi(settings_.agent.udis))),
      store_(std::move(settings_.store)),
      usage_(shared.menu.any(shared.chance)) {}

Result<std::unique_ptr<Member>> Member::open(Settings settings, Shared& shared) {
  std::unique_ptr<Member> member(new Member(std::move(settings), shared));
  const agent::Ports ports{member.get(), &member->store_, &shared.crypto, &shared.entropy, &shared.jitter, nullptr};
  auto host = agent::AgentHost::open(std::move(member->settings_.agent), ports, shared.scheduler, shared.clock,
                                     {[raw = member.get()](const agent::LogLine& line) { raw->on_log(line); }, {}},
                                     &shared.keys);
  if (!host) return host.error();
  member->host_ = std::move(*host);
  auto& agent = member->host_->agent();
  const auto snapshot = agent.snapshot(member->now());
  member->registered_ = snapshot.registration == RegistrationState::Registered;
  // One that lives on from before goes on with what it used; a new one declares its first usage.
  std::vector<UsageItem> usage;
  for (const auto& view : snapshot.usage) usage.push_back(view.item);
  for (std::size_t i = 0; i < shared.menu.size(); ++i)
    if (shared.menu.usage(i) == usage) member->usage_ = i;
  if (auto ok = member->read_progress(); !ok) return ok.error();
  member->tell_opened();
  if (auto ok = agent.set_usage(shared.menu.usage(member->usage_), member->now()); !ok) return ok.error();
  agent.ready(member->now());
  // A device that has booted finds its network: what waited from before is tried at once.
  if (!member->settings_.progress_file.empty()) agent.transport_changed(member->now());
  return member;
}

Member::~Member() {
  *alive_ = false;
  if (nudge_ != 0) shared_.scheduler.cancel(nudge_);
  if (request_ != 0) shared_.http.cancel(request_);
}

// --- what outlives the process ---------------------------------------------------------------------------------------
Result<void> Member::read_progress() {
  if (settings_.progress_file.empty() || !settings_.files->exists(settings_.progress_file)) return {};
  auto text = settings_.files->read(settings_.progress_file, 32);
  if (!text) return text.error();
  const auto digits = as_text(*text);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), next_);
  if (error != std::errc()) return Error{ErrorCode::Malformed, settings_.progress_file + " holds no number"};
  next_ = std::min(next_, settings_.steps.size());
  return {};
}

// After the step: one that is cut off between the two is done again, which every step bears.
void Member::write_progress() {
  if (settings_.progress_file.empty()) return;
  const auto text = std::to_string(next_);
  auto ok = settings_.files->write_atomically(settings_.progress_file, as_bytes(text), os::FileMode::Private);
  if (!ok) failure_ = ok.error().message;
}

void Member::tell_opened() {
  if (shared_.journal == nullptr) return;
  const auto snapshot = host_->agent().snapshot(now());
  shared_.journal->write({Happening::Opened, settings_.number, &udi_, nullptr,
                          registered_ ? snapshot.instance.value : 0, std::string(to_string(snapshot.registration))},
                         shared_.clock.wall());
}

// --- steps ----------------------------------------------------------------------------------------------------------
void Member::begin() {
  const auto step = settings_.steps[next_++];
  step_ = step;
  step_began_ = shared_.clock.steady();
  awaited_ = awaited_by(step);
  forced_ = false;
  // In a run before: its answer was saved, and the process ended before it was told.
  if (step == Step::Register ? registered_ : step == Step::Deregister && !registered_) {
    finish_step();
    return;
  }
  if (auto ok = ask(step, now()); !ok) fail(ok.error().message);
}

Result<void> Member::ask(Step step, Now at) {
  auto& agent = host_->agent();
  switch (step) {
    case Step::Register:
      // One that was begun in a run before goes on: its request may have been done already (PRO-3).
      if (agent.snapshot(at).registration != RegistrationState::Registering)
        return agent.register_token(shared_.token, agent::Agent::Force::No, at);
      agent.transport_changed(at);
      return {};
    case Step::Authorize:
      usage_ = shared_.menu.other(usage_, shared_.chance);
      return agent.set_usage(shared_.menu.usage(usage_), at);
    case Step::Renew:
      return agent.renew_authorization(at);
    case Step::RenewId:
      return agent.renew_id(at);
    case Step::Deregister:
      return agent.deregister(at);
  }
  return {};
}

void Member::add_steps(const std::vector<Step>& steps) {
  settings_.steps.insert(settings_.steps.end(), steps.begin(), steps.end());
}

void Member::lose_link() {
  step_ = Step::Renew;
  awaited_ = MessageType::Authorize;
  step_began_ = shared_.clock.steady();
  failures_in_a_row_ = 0;
  if (auto ok = host_->agent().renew_authorization(now()); !ok) fail(ok.error().message);
}

void Member::regain_link() {
  if (!step_) return;
  step_began_ = shared_.clock.steady();
  recovery_.emplace(step_began_, failures_in_a_row_);
  host_->agent().transport_changed(now());
}

void Member::finish_step() {
  if (recovery_) {
    recovery_->authorized(shared_.clock.steady());
    shared_.statistics.storm.add(*recovery_);
    recovery_.reset();
  } else {
    shared_.statistics.steps[std::string(to_string(*step_))].add(shared_.clock.steady() - step_began_);
    write_progress();
  }
  step_.reset();
  awaited_.reset();
  shared_.scheduler.post([this, alive = alive_] {
    if (*alive) settings_.idle();
  });
}

void Member::fail(std::string why) {
  failure_ = fmt::format("{}: {}", step_ ? to_string(*step_) : "start", why);
  step_.reset();
  awaited_.reset();
  shared_.scheduler.post([this, alive = alive_] {
    if (*alive) settings_.idle();
  });
}

std::optional<std::string> Member::complaint(bool out_of_compliance_is_fine) const {
  if (failure_) return failure_;
  if (step_) return fmt::format("{}: not finished", to_string(*step_));
  const auto snapshot = host_->agent().snapshot(now());
  const bool leaves = !settings_.steps.empty() && settings_.steps.back() == Step::Deregister;
  if (leaves) {
    if (snapshot.registration == RegistrationState::Unregistered) return std::nullopt;
    return fmt::format("is {} after its deregistration", to_string(snapshot.registration));
  }
  if (snapshot.registration != RegistrationState::Registered)
    return fmt::format("is {}", to_string(snapshot.registration));
  const bool fine = snapshot.authorization == AuthorizationState::Authorized ||
                    (out_of_compliance_is_fine && snapshot.authorization == AuthorizationState::OutOfCompliance);
  if (!fine) return fmt::format("is {}", to_string(snapshot.authorization));
  return std::nullopt;
}

Result<void> Member::shut_down() {
  if (nudge_ != 0) shared_.scheduler.cancel(std::exchange(nudge_, 0));
  return host_->agent().shut_down(now());
}

// --- what the agent tells -------------------------------------------------------------------------------------------
void Member::on_log(const agent::LogLine& line) {
  const auto* outcome = std::find_if(std::begin(kOutcomes), std::end(kOutcomes),
                                     [&](const Outcome& row) { return row.mnemonic == line.mnemonic; });
  if (outcome == std::end(kOutcomes)) return;
  if (outcome->good)
    acknowledged(outcome->type);
  else
    refused(outcome->type, line.text);
}

void Member::acknowledged(MessageType type) {
  // The agent goes on even where its store failed; what was not saved was not accepted.
  if (!store_.saved()) return;
  if (type == MessageType::Register) registered_ = true;
  if (type == MessageType::Deregister) registered_ = false;
  failures_in_a_row_ = 0;
  ++shared_.statistics.acknowledgements[std::string(protocol::to_string(type))];
  note(Happening::Acknowledged);
  if (awaited_ != type || (step_ == Step::Authorize && !says_current_usage())) return;
  if (step_ == Step::Register && type == MessageType::Register)
    awaited_ = MessageType::Authorize;
  else
    finish_step();
}

// A request that was frozen before the step began says an older usage; another one follows it (AUTH-7).
bool Member::says_current_usage() const {
  const auto& current = shared_.menu.usage(usage_);
  return sent_ && std::equal(sent_->usage.begin(), sent_->usage.end(), current.begin(), current.end(),
                             [](const auto& said, const UsageItem& item) {
                               return said.first == item.tag.text && said.second == item.count;
                             });
}

void Member::refused(MessageType type, const std::string& line) {
  const auto snapshot = host_->agent().snapshot(now());
  if (!lost_) {
    const auto reason = reason_of(type, snapshot).value_or(line);
    ++shared_.statistics.errors[reason];
    note(Happening::Refused, reason);
    failed_exchange(Duration{0});
  }
  if (step_ && shared_.persistent && go_on_all_the_same(type, snapshot.registration)) return;
  // Deregistration has one attempt (REG-9): the device is free, whatever the manager knows. A token that is refused is
  // not tried again either (REG-4).
  const bool over = type == MessageType::Register && snapshot.registration == RegistrationState::RegistrationFailed &&
                    !snapshot.next_registration_attempt;
  if (step_ && (over || step_ == Step::Deregister))
    fail(line);
  else
    nudge_later();
}

bool Member::go_on_all_the_same(MessageType type, RegistrationState state) {
  if (type == MessageType::Deregister && step_ == Step::Deregister) {
    registered_ = false;
    finish_step();
    return true;
  }
  if (type != MessageType::Register || state != RegistrationState::RegistrationFailed || forced_) return false;
  // Never inside a call of the agent's own.
  forced_ = true;
  shared_.scheduler.post([this, alive = alive_] {
    if (!*alive || step_ != Step::Register) return;
    auto ok = host_->agent().register_token(shared_.token, agent::Agent::Force::Yes, now());
    if (!ok) fail(ok.error().message);
  });
  return true;
}

void Member::failed_exchange(Duration retry_after) {
  ++failures_in_a_row_;
  if (recovery_) recovery_->failed(shared_.clock.steady(), retry_after);
}

void Member::note(Happening what, std::string detail) {
  if (shared_.journal == nullptr) return;
  Journal::Entry entry{what, settings_.number, &udi_, sent_ ? &*sent_ : nullptr, 0, std::move(detail)};
  if (what == Happening::Acknowledged && host_) entry.instance = host_->agent().snapshot(now()).instance.value;
  shared_.journal->write(entry, shared_.clock.wall());
}

// --- retries --------------------------------------------------------------------------------------------------------
void Member::nudge_later() {
  if (shared_.retry <= Duration{0} || nudge_ != 0) return;
  const Duration delay{shared_.chance.uniform(shared_.retry.count() / 2, shared_.retry.count())};
  nudge_ = shared_.scheduler.call_at(shared_.clock.steady() + delay, [this] {
    nudge_ = 0;
    nudge();
  });
}

// A network that is back makes an agent try at once what waits (AUTH-8, REG-6).
void Member::nudge() {
  if (!step_ || request_ != 0) return;
  host_->agent().transport_changed(now());
}

// --- transport ------------------------------------------------------------------------------------------------------
void Member::send(Message message, std::function<void(agent::TransportReply)> done) {
  sent_type_ = message.type;
  const bool looked_at = shared_.journal != nullptr || message.type == MessageType::Authorize;
  // A ticket stands for the request that was sent before it.
  if (message.ticket.empty())
    sent_ = looked_at ? read_request(message.body) : std::nullopt;
  else if (sent_ && sent_->type != message.type)
    sent_.reset();
  sent_at_ = shared_.clock.steady();
  done_ = std::move(done);
  lost_ = false;
  auto& statistics = shared_.statistics;
  if (!shared_.link_up) {
    lost_ = true;
    ++statistics.errors["NO_LINK"];
    failed_exchange(Duration{0});
    answer_later("no link");
    return;
  }
  if (recovery_) recovery_->sent(sent_at_);
  ++statistics.sent;
  statistics.most_outstanding = std::max(statistics.most_outstanding, ++statistics.outstanding);
  note(Happening::Sent);
  const auto asked = message.ticket.empty() ? agent::Asked::Message : agent::Asked::Ticket;
  request_ = shared_.http.start(agent::to_http_request(message, shared_.url), [this, asked](http::Reply reply) {
    request_ = 0;
    no_longer_on_its_way();
    arrived(agent::to_transport_reply(reply, shared_.url, asked));
  });
}

void Member::no_longer_on_its_way() {
  if (--shared_.statistics.outstanding == 0 && shared_.quiet) shared_.quiet();
}

void Member::arrived(agent::TransportReply reply) {
  if (reply.failure) {
    lost_ = true;
    ++shared_.statistics.errors[std::string(to_string(*reply.failure))];
    note(Happening::Lost, reply.detail);
    failed_exchange(reply.retry_after);
    nudge_later();
  } else {
    shared_.statistics.exchanges[std::string(protocol::to_string(sent_type_))].add(shared_.clock.steady() - sent_at_);
    note(Happening::Answered);
  }
  std::exchange(done_, nullptr)(std::move(reply));
}

void Member::cancel() {
  if (request_ == 0) return;
  shared_.http.cancel(std::exchange(request_, 0));
  no_longer_on_its_way();
  note(Happening::Lost, "given up");
  answer_later("given up");
}

void Member::answer_later(std::string why) {
  agent::TransportReply reply;
  reply.failure = agent::TransportFailure::SendFailed;
  reply.detail = std::move(why);
  shared_.scheduler.post([reply = std::move(reply), done = std::exchange(done_, nullptr)] { done(reply); });
}

}  // namespace lictor::fleet
