#include "simulation/world/link.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "licensing/protocol/codec.hpp"
#include "licensing/protocol/endpoints.hpp"

namespace lictor::simulation {
namespace {

constexpr Duration kTimeout = seconds(30);
constexpr std::size_t kOldAnswers = 4;
constexpr const char* kUrl = "https://manager.example/its/service/oddce/services/DDCEService";

http::Reply broken(http::Failure failure) {
  http::Reply reply;
  reply.failure = failure;
  reply.detail = "simulated";
  return reply;
}

http::Reply to_reply(const HttpAnswer& answer) {
  if (answer.status == 0) return broken(http::Failure::Broken);
  http::Reply reply;
  reply.status = answer.status;
  reply.body = answer.body;
  if (answer.status == 200) reply.headers.push_back({"content-type", std::string(protocol::kContentType)});
  if (answer.retry_after > Duration{0})
    reply.headers.push_back({"retry-after", std::to_string(answer.retry_after / seconds(1))});
  return reply;
}

// For people.
std::string describe_answer(const std::string& body) {
  const auto answer = protocol::parse_answer(body);
  if (!answer) return "garbage";
  const auto decoded = protocol::decode_answer(answer->header.type, answer->payload);
  if (!decoded) return "an answer that cannot be read";
  const auto* refusal = std::get_if<protocol::Refusal>(&*decoded);
  return fmt::format("{} {}: {}", to_string(answer->header.type), answer->header.request_id.text(),
                     refusal == nullptr ? "done" : to_string(refusal->code));
}

}  // namespace

void Link::send(Message message, std::function<void(agent::TransportReply)> done) {
  done_ = std::move(done);
  const auto attempt = ++attempt_;
  if (!message.ticket.empty()) {
    watch_(message.type, std::nullopt);
    return fetch(message.ticket);
  }
  const auto sent = around_.truth->sent(device_, message.body);
  watch_(message.type, sent);
  const auto id = sent ? std::optional(sent->id) : std::nullopt;
  if (parted()) {
    around_.timeline->after(seconds(chance_.uniform(1, 5)),
                            [this, attempt] { finish(attempt, broken(http::Failure::Connect)); });
    return;
  }
  if (const auto kind = take_fault()) {
    around_.tally->fault(*kind);
    return suffer(*kind, message.body, id);
  }
  exchange(message.body, id, latency());
}

std::optional<FaultKind> Link::take_fault() {
  if (armed_.empty() || chance_.uniform(1, 4) == 1) {
    if (!carried_ || chance_.uniform(1, 2) == 1) return std::nullopt;
    return chance_.uniform(1, 8) == 1 ? FaultKind::LostTicket : FaultKind::Ticket;
  }
  const auto kind = armed_.front();
  armed_.pop_front();
  return kind;
}

void Link::deliver(const std::string& body, const std::optional<RequestId>& id, Duration after, Answer answer) {
  around_.timeline->after(after, [this, body, id, answer = std::move(answer)] {
    if (around_.manager->up() && id) around_.truth->delivered(*id);
    around_.manager->receive(body, answer);
  });
}

void Link::exchange(const std::string& body, const std::optional<RequestId>& id, Duration answer_delay) {
  const auto attempt = attempt_;
  deliver(body, id, latency(), [this, attempt, answer_delay](const HttpAnswer& answer) {
    if (answer.status == 200) {
      old_answers_.push_back(answer.body);
      if (old_answers_.size() > kOldAnswers) old_answers_.erase(old_answers_.begin());
    }
    around_.timeline->after(answer_delay, [this, attempt, answer] {
      if (!parted()) finish(attempt, to_reply(answer));
    });
  });
  fail_late(attempt);
}

void Link::fail_late(std::uint64_t attempt) {
  around_.timeline->after(kTimeout, [this, attempt] { finish(attempt, broken(http::Failure::Timeout)); });
}

void Link::suffer(FaultKind kind, const std::string& body, const std::optional<RequestId>& id) {
  const auto attempt = attempt_;
  const auto nobody = [](const HttpAnswer&) {};
  const auto soon = [&](http::Reply reply) {
    around_.timeline->after(latency(), [this, attempt, reply = std::move(reply)] { finish(attempt, reply); });
  };
  switch (kind) {
    case FaultKind::LostRequest:
      return fail_late(attempt);
    case FaultKind::LostAnswer:
      deliver(body, id, latency(), nobody);
      return fail_late(attempt);
    case FaultKind::DoubledRequest:
      deliver(body, id, Duration{chance_.uniform(1, 2000)}, nobody);
      return exchange(body, id, latency());
    case FaultKind::LateRequest:
      deliver(body, id, kTimeout + seconds(chance_.uniform(1, 3 * 3600)), nobody);
      return fail_late(attempt);
    case FaultKind::LateAnswer:
      return exchange(body, id, seconds(chance_.uniform(5, 29)));
    case FaultKind::GarbledRequest:
      return exchange(garble(body), id, latency());  // may mean the same: base64 has idle bits
    case FaultKind::GarbledAnswer:
      deliver(body, id, latency(), [this, attempt](HttpAnswer answer) {
        answer.body = garble(std::move(answer.body));
        around_.timeline->after(latency(), [this, attempt, answer] { finish(attempt, to_reply(answer)); });
      });
      return fail_late(attempt);
    case FaultKind::ForeignAnswer:
      if (old_answers_.empty()) return exchange(body, id, latency());
      deliver(body, id, latency(), nobody);
      return soon(to_reply({200, old_answers_[static_cast<std::size_t>(
                                     chance_.uniform(0, static_cast<std::int64_t>(old_answers_.size()) - 1))]}));
    case FaultKind::ReplayedRequest:
      deliver(body, id, seconds(chance_.uniform(60, 40 * 86'400)), nobody);
      return exchange(body, id, latency());
    case FaultKind::BusyPage:
      return soon(to_reply({503, "", seconds(chance_.uniform(0, 7200))}));
    case FaultKind::ProxyPage: {
      http::Reply page;
      page.status = 200;
      page.headers.push_back({"content-type", "text/html"});
      page.body = "<html>Sign in to the network</html>";
      return soon(std::move(page));
    }
    case FaultKind::Ticket:
    case FaultKind::LostTicket: {
      const auto ticket = std::to_string(device_) + "-" + std::to_string(attempt);
      lost_tickets_[ticket] = kind == FaultKind::LostTicket;
      tickets_[ticket] = std::nullopt;
      deliver(body, id, seconds(chance_.uniform(1, 900)), [this, ticket](const HttpAnswer& answer) {
        const auto at = tickets_.find(ticket);
        if (at == tickets_.end()) return;
        if (answer.status == 0)
          lost_tickets_[ticket] = true;
        else
          at->second = answer;
      });
      http::Reply taken;
      taken.status = 202;
      taken.headers.push_back({"lictor-ticket", ticket});
      return soon(std::move(taken));
    }
    case FaultKind::TlsTrouble: {
      static constexpr http::Failure kTroubles[] = {
          http::Failure::CertificateNotYetValid, http::Failure::CertificateExpired, http::Failure::RevocationUnknown};
      return soon(broken(kTroubles[chance_.uniform(0, 2)]));
    }
    default:
      return exchange(body, id, latency());
  }
}

void Link::fetch(const std::string& ticket) {
  const auto attempt = attempt_;
  const auto at = tickets_.find(ticket);
  http::Reply reply;
  if (parted()) {
    reply = broken(http::Failure::Connect);
  } else if (at == tickets_.end() || lost_tickets_[ticket]) {
    reply.status = 410;
  } else if (at->second) {
    reply = to_reply(*at->second);
    tickets_.erase(at);
  } else {
    reply.status = 202;
    reply.headers.push_back({"lictor-ticket", ticket});
  }
  around_.timeline->after(latency(),
                          [this, attempt, reply = std::move(reply)] { finish(attempt, reply, agent::Asked::Ticket); });
}

std::string Link::garble(std::string body) {
  if (body.empty()) return body;
  const auto at = static_cast<std::size_t>(chance_.uniform(0, static_cast<std::int64_t>(body.size()) - 1));
  body[at] = static_cast<char>(body[at] ^ static_cast<char>(1 << chance_.uniform(0, 6)));
  return body;
}

void Link::finish(std::uint64_t attempt, const http::Reply& reply, agent::Asked asked) {
  if (attempt != attempt_ || !done_ || home_ == nullptr) return;
  auto word = agent::to_transport_reply(reply, kUrl, asked);
  around_.judge->trace([&] {
    return fmt::format(
        "device {}: hears {}", device_,
        word.failure ? std::string(agent::to_string(*word.failure)) + " " + word.detail : describe_answer(word.body));
  });
  ended_ = {around_.timeline->now(),
            word.failure.has_value(),
            word.failure == agent::TransportFailure::Pending,
            word.retry_after,
            std::nullopt,
            false};
  if (!word.failure) read_answer(word.body);
  home_->post([done = std::exchange(done_, nullptr), word = std::move(word)] { done(word); });
}

void Link::read_answer(const std::string& body) {
  const auto heard = around_.truth->heard(body);
  if (!heard) return;
  ended_.answers = heard->id;
  ended_.not_registered = heard->refusal == protocol::Code::LS_NOT_REGISTERED;
}

void Link::cancel() {
  ++attempt_;
  if (!done_ || home_ == nullptr) return;
  // It runs once, also then; the agent does not listen any more.
  home_->post([done = std::exchange(done_, nullptr)] {
    agent::TransportReply reply;
    reply.failure = agent::TransportFailure::SendFailed;
    done(reply);
  });
}

void Link::power_off() {
  ++attempt_;
  done_ = nullptr;
  home_ = nullptr;
}

void Link::heal() {
  armed_.clear();
  parted_until_ = {};
  carried_ = false;
  std::erase_if(tickets_, [](const auto& ticket) { return !ticket.second; });
}

}  // namespace lictor::simulation
