// Requests out, answers in: freezes what is sent, signs each attempt anew, and turns whatever came back into events.
#include <fmt/format.h>

#include <algorithm>

#include "agent/core/agent_impl.hpp"
#include "foundation/json/json.hpp"
#include "licensing/protocol/codec.hpp"

namespace lictor::agent {
namespace {

Failure carrier_failure(const TransportReply& reply) {
  auto failure = failure_of(reason_of(*reply.failure));
  failure.retry_after = reply.retry_after;
  return failure;
}

Failure refused(const protocol::Refusal& refusal) {
  auto failure = failure_of(Reason::Refused,
                            {{"code", std::string(protocol::to_string(refusal.code))}, {"detail", refusal.reason}});
  failure.retry_after = refusal.retry_after;
  return failure;
}

// An unsigned problem (PRO-8) tells a person what was wrong and moves the next attempt; it decides nothing (AUTH-8).
void read_problem(std::string_view body, Failure& failure) {
  constexpr std::size_t kMostShown = 255;
  auto document = json::parse(body, {.max_bytes = 64 * 1024, .max_depth = 8});
  if (!document) return;
  const json::ObjectReader reader(*document, "");
  if (!reader.is_object()) return;
  const auto code = reader.string("code");
  auto detail = reader.string("detail");
  if (!code || !detail || !protocol::parse_code(*code)) return;
  const bool printable = std::all_of(detail->begin(), detail->end(), [](char c) { return c >= 0x20 && c < 0x7f; });
  if (detail->empty() || detail->size() > kMostShown || !printable) return;
  const auto retry_after = failure.retry_after;
  failure = failure_of(Reason::Refused, {{"code", *code}, {"detail", *detail}});
  failure.unverified = true;
  failure.retry_after = retry_after;
}

}  // namespace

// --- arrivals -------------------------------------------------------------------------------------------------------
void AgentImpl::take_arrivals(Now now, Effects& effects) {
  while (!arrivals_.empty()) {
    auto arrival = std::move(arrivals_.front());
    arrivals_.pop_front();
    if (arrival.kind == Arrival::Kind::Key)
      take_key(std::move(*arrival.key), now, effects);
    else
      take_reply(std::move(arrival.reply), now, effects);
  }
}

void AgentImpl::take_key(Result<std::unique_ptr<pki::PrivateKey>> key, Now now, Effects& effects) {
  EventData data;
  auto exported = key ? ports_.crypto->export_key(**key) : Result<Secret>(key.error());
  if (!exported) {
    data.failure = failure_of(Reason::KeyNotMade, {{"detail", exported.error().message}});
    raise(RegistrationEvent::KeyFailed, data, now, effects);
    return;
  }
  new_key_ = std::move(*key);
  data.key = std::move(*exported);
  raise(RegistrationEvent::KeyMade, data, now, effects);
}

void AgentImpl::raise(RegistrationEvent event, EventData& data, Now now, Effects& effects) {
  handle(rules_, state_, event, data, now, effects);
}
void AgentImpl::raise(AuthorizationEvent event, EventData& data, Now now, Effects& effects) {
  handle(rules_, state_, event, data, now, effects);
}

void AgentImpl::take_reply(TransportReply reply, Now now, Effects& effects) {
  if (!state_.in_flight) return;  // taken back meanwhile
  const auto exchange = *state_.in_flight;
  state_.in_flight.reset();
  if (reply.failure)
    take_carrier_word(exchange, reply, now, effects);
  else
    take_answer(exchange, reply.body, now, effects);
  poll_id_.reset();
}

// What an unsigned source says moves the next attempt and nothing else (AUTH-8, GWY-2).
void AgentImpl::take_carrier_word(Exchange exchange, const TransportReply& reply, Now now, Effects& effects) {
  auto& out = state_.out(exchange);
  const Fields fields = {{"url", reply.url},
                         {"carrierError", reply.carrier_error},
                         {"error", reply.detail},
                         {"serial", reply.certificate_serial},
                         {"date", reply.certificate_date ? device_time(*reply.certificate_date) : ""},
                         {"crlReason", reply.detail}};
  switch (*reply.failure) {
    case TransportFailure::Resubmit:
      if (out.ticket.empty()) break;  // nothing was fetched: whoever says so is not asked again at once
      out.ticket.clear();
      out.wanted = true;
      return;
    case TransportFailure::Pending:
      // A poll is asked anew, not fetched: its answer is under an id that only this attempt knows.
      if (!poll_id_) {
        out.ticket = reply.ticket;
        out.carried = true;
      }
      fail(exchange, Outcome::Pending, carrier_failure(reply), now, effects);
      return;
    case TransportFailure::RevocationUnknown:
      say(effects, MessageId::RevocationListMissing, fields);
      fail(exchange, Outcome::Pending, carrier_failure(reply), now, effects);
      return;
    case TransportFailure::NotAvailable:
      fail(exchange, Outcome::Terminal, carrier_failure(reply), now, effects);
      return;
    case TransportFailure::CertificateNotYetValid:
      if (reply.certificate_date) say(effects, MessageId::CertificateNotYetValid, fields);
      break;
    case TransportFailure::CertificateExpired:
      if (reply.certificate_date) say(effects, MessageId::CertificateExpired, fields);
      break;
    case TransportFailure::SendFailed:
      if (!reply.url.empty())
        say(effects, MessageId::SendFailed, fields);
      else if (!reply.detail.empty())
        say(effects, MessageId::SendFailedUnnamed, fields);
      break;
    case TransportFailure::BadAnswer: {
      out.ticket.clear();  // a carrier that answers nonsense for it does not hold it
      auto failure = carrier_failure(reply);
      read_problem(reply.body, failure);
      fail(exchange, Outcome::Failed, std::move(failure), now, effects);
      return;
    }
    case TransportFailure::Busy:
      break;
  }
  fail(exchange, Outcome::Failed, carrier_failure(reply), now, effects);
}

AnswerExpectation AgentImpl::expectation(Exchange exchange, Now now) const {
  AnswerExpectation expected;
  expected.anchors = &anchors();
  expected.type = poll_id_ ? protocol::MessageType::Poll : message_type(exchange);
  expected.request_id = poll_id_ ? *poll_id_ : state_.out(exchange).request_id;
  if (exchange != Exchange::Register && state_.identity) expected.authority = &state_.identity->authority;
  expected.at = effective_wall(state_, now);
  return expected;
}

void AgentImpl::take_answer(Exchange exchange, std::string_view body, Now now, Effects& effects) {
  const auto expected = expectation(exchange, now);
  if (exchange == Exchange::Trust) {
    take_trust_answer(body, expected, now, effects);
    return;
  }
  auto answer = check_answer(*ports_.crypto, expected, body);
  state_.out(exchange).ticket.clear();
  if (!answer) {
    take_problem(exchange, answer.error(), now, effects);
    return;
  }
  note_server(rules_, state_, answer->header, {answer->authority, answer->signing_serial}, now, effects);
  const int trust_version = answer->header.trust_version;
  if (poll_id_)
    take_poll_answer(exchange, std::move(*answer), expected, now, effects);
  else
    take_payload(exchange, *answer, expected, now, effects);
  if (trust_version > state_.trust_version) {
    EventData nothing;
    raise(RegistrationEvent::TrustNewer, nothing, now, effects);
  }
}

void AgentImpl::take_problem(Exchange exchange, const AnswerProblem& problem, Now now, Effects& effects) {
  if (problem.kind == AnswerProblem::Kind::NotUnderstood) {
    TransportReply reply;
    reply.failure = TransportFailure::BadAnswer;
    fail(exchange, Outcome::Failed, carrier_failure(reply), now, effects);
    return;
  }
  auto failure = failure_of(Reason::NotVerified);
  if (exchange == Exchange::Deregister && problem.unverified) {
    failure.status = protocol::to_string(problem.unverified->code);
    failure.reason = problem.unverified->reason;
    failure.unverified = true;
  }
  fail(exchange, Outcome::Failed, std::move(failure), now, effects);
  // The server may have moved to anchors that this device does not know yet; asking changes nothing by itself.
  if (problem.trust_version > state_.trust_version) {
    EventData nothing;
    raise(RegistrationEvent::TrustNewer, nothing, now, effects);
  }
}

void AgentImpl::take_poll_answer(Exchange exchange, VerifiedAnswer answer, const AnswerExpectation& expected, Now now,
                                 Effects& effects) {
  auto* poll = std::get_if<protocol::PollAnswer>(&answer.answer);
  if (!poll) {
    take_payload(exchange, answer, expected, now, effects);  // a refusal of the poll
    return;
  }
  if (poll->pending) {
    auto failure = refused(protocol::refuse(protocol::Code::LS_PENDING));
    failure.retry_after = poll->interval;
    fail(exchange, Outcome::Pending, std::move(failure), now, effects);
    return;
  }
  auto inner = protocol::decode_answer(message_type(exchange), poll->payload);
  if (!inner || poll->type != message_type(exchange)) {
    state_.out(exchange).polled = false;
    fail(exchange, Outcome::Failed, failure_of(Reason::Malformed), now, effects);
    return;
  }
  answer.answer = std::move(*inner);
  take_payload(exchange, answer, expected, now, effects);
}

void AgentImpl::take_payload(Exchange exchange, VerifiedAnswer& answer, const AnswerExpectation& expected, Now now,
                             Effects& effects) {
  EventData data;
  if (const auto* refusal = std::get_if<protocol::Refusal>(&answer.answer)) {
    take_refusal(exchange, *refusal, now, effects);
  } else if (std::holds_alternative<protocol::RegisterAnswer>(answer.answer)) {
    auto key = key_of(Exchange::Register);
    auto identity =
        key ? check_identity(*ports_.crypto, expected, answer, (*key)->public_key()) : Result<NewIdentity>(key.error());
    if (!identity) {
      fail(exchange, Outcome::Failed, failure_of(Reason::NotVerified), now, effects);
      return;
    }
    data.identity = std::move(*identity);
    raise(RegistrationEvent::RegisterAccepted, data, now, effects);
    if (state_.identity) state_.identity->incarnation = answer.header.incarnation;
  } else if (auto* authorized = std::get_if<protocol::AuthorizeAnswer>(&answer.answer)) {
    if (authorized->deadline <= answer.header.server_time) {
      // Repeated after its validity: the licences are back in the pool (AUTH-5), so it is asked for anew.
      thaw(exchange);
      fail(exchange, Outcome::Failed, failure_of(Reason::Outdated), now, effects);
      return;
    }
    const bool covered = authorized->in_compliance;
    data.authorization = std::move(*authorized);
    raise(covered ? AuthorizationEvent::AnsweredCovered : AuthorizationEvent::AnsweredShort, data, now, effects);
  } else if (const auto* renewed = std::get_if<protocol::RenewIdAnswer>(&answer.answer)) {
    auto key = key_of(Exchange::RenewId);
    auto certificate = key ? check_renewal(*ports_.crypto, expected, *renewed, *state_.identity, (*key)->public_key())
                           : Result<NewCertificate>(key.error());
    if (!certificate) {
      fail(exchange, Outcome::Failed, failure_of(Reason::NotVerified), now, effects);
      return;
    }
    data.certificate = std::move(*certificate);
    raise(RegistrationEvent::RenewAccepted, data, now, effects);
  } else if (std::holds_alternative<protocol::DeregisterAnswer>(answer.answer)) {
    raise(RegistrationEvent::DeregisterAccepted, data, now, effects);
  } else {
    fail(exchange, Outcome::Failed, failure_of(Reason::Malformed), now, effects);
  }
}

void AgentImpl::take_refusal(Exchange exchange, const protocol::Refusal& refusal, Now now, Effects& effects) {
  auto& out = state_.out(exchange);
  out.polled = false;
  if (refusal.code == protocol::Code::LS_CLOCK_OFFSET && out.carried) {
    // The carrier took its time, not this device's clock (GWY-2): signed and sent once more before it is shown.
    out.carried = false;
    out.wanted = true;
    return;
  }
  if (refusal.code == protocol::Code::LS_SEQUENCE_BEHIND) note_sequence(rules_, state_, refusal.last_sequence, effects);
  if (refusal.code == protocol::Code::LS_REQUEST_REUSED) thaw(exchange);
  if (refusal.code == protocol::Code::LS_PENDING) {
    out.polled = exchange != Exchange::Register;  // without an identity the request itself asks again
    fail(exchange, Outcome::Pending, refused(refusal), now, effects);
    return;
  }
  auto outcome = Outcome::Failed;
  switch (protocol::row(refusal.code).code_class) {
    case protocol::CodeClass::Retry:
    case protocol::CodeClass::Keep:
      break;
    case protocol::CodeClass::Already:
      outcome = Outcome::Already;
      break;
    case protocol::CodeClass::Terminal:
      outcome = Outcome::Terminal;
      break;
    case protocol::CodeClass::NotRegistered:
      outcome = Outcome::NotRegistered;
      break;
  }
  fail(exchange, outcome, refused(refusal), now, effects);
}

void AgentImpl::take_trust_answer(std::string_view body, const AnswerExpectation& expected, Now now, Effects& effects) {
  EventData data;
  // The bundles are judged first; the answer itself then under the anchors that they bring (PRO-2).
  auto parsed = protocol::parse_answer(body);
  auto decoded = parsed ? protocol::decode_answer(protocol::MessageType::Trust, parsed->payload)
                        : Result<protocol::Answer>(parsed.error());
  const auto* offered = decoded ? std::get_if<protocol::TrustAnswer>(&*decoded) : nullptr;
  auto next = offered ? check_trust(*ports_.crypto, anchors(), state_.trust_version, offered->bundles)
                      : Result<NewAnchors>(Error{ErrorCode::Malformed, "the answer offers no anchors"});
  auto under = expected;
  if (next) under.anchors = &next->anchors;
  auto answer = check_answer(*ports_.crypto, under, body);
  if (answer) note_server(rules_, state_, answer->header, {answer->authority, answer->signing_serial}, now, effects);
  if (answer)
    if (const auto* refusal = std::get_if<protocol::Refusal>(&answer->answer)) {
      take_refusal(Exchange::Trust, *refusal, now, effects);
      return;
    }
  if (!next || !answer) {
    data.failure = failure_of(Reason::NotVerified);
    raise(RegistrationEvent::TrustFailed, data, now, effects);
    return;
  }
  data.anchors = std::move(next->anchors);
  data.trust_version = next->version;
  raise(RegistrationEvent::TrustInstalled, data, now, effects);
}

// The next attempt is another request: under another id, with what is then in use.
void AgentImpl::thaw(Exchange exchange) {
  auto& out = state_.out(exchange);
  out.payload.clear();
  out.sequence = 0;
  out.ticket.clear();
  out.polled = false;
}

// The one place that says which event an unsuccessful exchange becomes.
void AgentImpl::fail(Exchange exchange, Outcome outcome, Failure failure, Now now, Effects& effects) {
  EventData data;
  data.failure = std::move(failure);
  const bool pending = outcome == Outcome::Pending;
  switch (exchange) {
    case Exchange::Register:
      raise(pending                        ? RegistrationEvent::RegisterPending
            : outcome == Outcome::Already  ? RegistrationEvent::RegisterAlready
            : outcome == Outcome::Terminal ? RegistrationEvent::RegisterRefused
                                           : RegistrationEvent::RegisterFailed,
            data, now, effects);
      return;
    case Exchange::Deregister:
      raise(RegistrationEvent::DeregisterFailed, data, now, effects);
      return;
    case Exchange::Authorize:
      if (outcome == Outcome::NotRegistered)
        raise(RegistrationEvent::InstanceUnknown, data, now, effects);
      else
        raise(pending ? AuthorizationEvent::Pending : AuthorizationEvent::Failed, data, now, effects);
      return;
    case Exchange::RenewId:
      raise(outcome == Outcome::NotRegistered ? RegistrationEvent::InstanceUnknown
            : pending                         ? RegistrationEvent::RenewPending
                                              : RegistrationEvent::RenewFailed,
            data, now, effects);
      return;
    case Exchange::Trust:
      raise(outcome == Outcome::NotRegistered ? RegistrationEvent::InstanceUnknown : RegistrationEvent::TrustFailed,
            data, now, effects);
      return;
  }
}

// --- requests -------------------------------------------------------------------------------------------------------
const std::vector<Bytes>& AgentImpl::anchors() const {
  return state_.anchors.empty() ? settings_.licensing_anchors : state_.anchors;
}

Result<const pki::PrivateKey*> AgentImpl::key_of(Exchange exchange) {
  const bool registering = exchange == Exchange::Register;
  auto& held = registering ? new_key_ : key_;
  if (!held) {
    auto loaded = ports_.crypto->load_key(registering ? state_.registering->key : state_.identity->key);
    if (!loaded) return loaded.error().with_context("stored key");
    held = std::move(*loaded);
  }
  return held.get();
}

Result<std::string> AgentImpl::payload_of(Exchange exchange) {
  const auto request_for = [&]() -> Result<Bytes> {
    auto key = key_of(exchange);
    if (!key) return key.error();
    return ports_.crypto->make_request(**key, to_string(active_udi(state_.udis)));
  };
  switch (exchange) {
    case Exchange::Register: {
      auto csr = request_for();
      if (!csr) return csr.error();
      return protocol::encode(protocol::Request(protocol::RegisterRequest{
          state_.registering->token, *csr, state_.registering->force, settings_.product_tag, state_.udis,
          settings_.software_version, settings_.agent_version, state_.host_name}));
    }
    case Exchange::Authorize:
      // What was used, not what is charged ahead (STO-5): that is taken back when evaluation stops, and the server
      // would hear time going backwards (STO-4).
      return protocol::encode(protocol::Request(
          protocol::AuthorizeRequest{state_.udis, settings_.software_version, settings_.agent_version, state_.host_name,
                                     state_.usage, state_.identity->virtual_account, state_.generation,
                                     std::min(settings_.evaluation_period, evaluation_used(state_, {{}, last_steady_})),
                                     state_.trust_version, state_.identity->incarnation}));
    case Exchange::RenewId: {
      auto csr = request_for();
      if (!csr) return csr.error();
      return protocol::encode(protocol::Request(protocol::RenewIdRequest{*csr}));
    }
    case Exchange::Deregister:
      return protocol::encode(protocol::Request(protocol::DeregisterRequest{"asked for on the device"}));
    case Exchange::Trust:
      return protocol::encode(protocol::Request(protocol::TrustRequest{state_.trust_version}));
  }
  return Error{ErrorCode::Internal, "no such exchange"};
}

// Payload and request id before the first attempt, the sequence before each that needs one (PRO-3).
Result<void> AgentImpl::freeze(Exchange exchange) {
  auto& out = state_.out(exchange);
  // What cannot be signed is not said to be sent, and uses no sequence up.
  if (out.ticket.empty())
    if (auto key = key_of(exchange); !key) return key.error();
  if (!out.frozen()) {
    auto payload = payload_of(exchange);
    if (!payload) return payload.error();
    out.payload = std::move(*payload);
    out.request_id = RequestId::random(*ports_.entropy);
  }
  const bool sequenced = protocol::has_effect(message_type(exchange)) && exchange != Exchange::Register;
  if (sequenced && out.sequence == 0) {
    // A request that waits behind this one takes a later number when its turn comes.
    for (auto& other : state_.outgoing) other.sequence = 0;
    out.sequence = state_.identity->next_sequence++;
  }
  return {};
}

Result<std::string> AgentImpl::signed_message(Exchange exchange, Now now) {
  const auto& out = state_.out(exchange);
  auto key = key_of(exchange);
  if (!key) return key.error();
  protocol::RequestHeader header;
  header.type = out.polled ? protocol::MessageType::Poll : message_type(exchange);
  header.request_id = out.request_id;
  header.sequence = out.sequence;
  header.sent_at = now.wall;  // CLK-2: the device's own time, right or wrong
  if (exchange != Exchange::Register) {
    const auto& identity = *state_.identity;
    header.identity = protocol::RequestHeader::Identity{identity.authority,
                                                        identity.account,
                                                        identity.instance,
                                                        identity.serial,
                                                        ports_.crypto->sha256(identity.chain.front()),
                                                        identity.chain.front(),
                                                        identity.signing_serial};
  }
  if (!out.polled) return protocol::sign_request(*ports_.crypto, **key, header, out.payload);
  poll_id_ = RequestId::random(*ports_.entropy);
  header.request_id = *poll_id_;
  header.sequence = 0;
  return protocol::sign_request(*ports_.crypto, **key, header,
                                protocol::encode(protocol::Request(protocol::PollRequest{out.request_id})));
}

void AgentImpl::send(Exchange exchange, Now now) {
  const auto& out = state_.out(exchange);
  Transport::Message message;
  message.type = out.polled ? protocol::MessageType::Poll : message_type(exchange);
  message.carrier_key =
      (exchange == Exchange::Register ? state_.registering->carrier_key : state_.identity->carrier_key).text();
  if (!out.ticket.empty()) {
    message.type = message_type(exchange);
    message.ticket = out.ticket;
  } else {
    auto body = signed_message(exchange, now);
    if (!body) {
      fail_locally(body.error().message);
      return;
    }
    message.body = std::move(*body);
  }
  const auto attempt = ++attempt_;
  ports_.transport->send(std::move(message), [this, alive = alive_, attempt](TransportReply reply) {
    if (!*alive || attempt != attempt_) return;
    arrivals_.push_back({Arrival::Kind::Reply, std::move(reply), std::nullopt});
    ports_.host->wake_at(last_steady_);
  });
}

// An attempt that ended before it left the device.
void AgentImpl::fail_locally(std::string detail) {
  TransportReply reply;
  reply.failure = TransportFailure::SendFailed;
  reply.detail = std::move(detail);
  arrivals_.push_back({Arrival::Kind::Reply, std::move(reply), std::nullopt});
}

}  // namespace lictor::agent
