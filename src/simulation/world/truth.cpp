#include "simulation/world/truth.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "licensing/protocol/codec.hpp"

namespace lictor::simulation {

namespace {
constexpr Duration kAnswerKept = days(30);  // PRO-3
}  // namespace

// FNV-1a, eight bytes at a time: told apart are runs and payloads, not enemies.
std::uint64_t hash_of(std::string_view text, std::uint64_t begin) {
  std::uint64_t hash = begin ^ text.size();
  while (text.size() >= 8) {
    std::uint64_t word = 0;
    for (unsigned i = 0; i < 8; ++i) word |= static_cast<std::uint64_t>(static_cast<unsigned char>(text[i])) << (8 * i);
    hash = (hash ^ word) * 0x100000001b3U;
    hash ^= hash >> 29U;
    text.remove_prefix(8);
  }
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

void Truth::note(std::string_view text, std::int64_t number) {
  hash_ = hash_of(text, hash_ ^ static_cast<std::uint64_t>(number));
}

std::optional<Truth::Sent> Truth::sent(int device, const std::string& body) {
  ++tally_.requests;
  const auto request = protocol::parse_request(body);
  if (!request) {
    judge_.violated("well-formed",
                    fmt::format("device {} sent what is no request: {}", device, request.error().reason));
    return std::nullopt;
  }
  const auto& header = request->header;
  note(protocol::to_string(header.type), device);
  const auto payload = hash_of(request->payload);
  const auto [at, fresh] = requests_.try_emplace(header.request_id);
  auto& truth = at->second;
  if (!fresh) {
    if (truth.type != header.type || truth.payload != payload || truth.device != device)
      judge_.violated("one-payload-per-id", fmt::format("device {} sent request {} ({}) with another payload", device,
                                                        header.request_id.text(), to_string(header.type)));
    return Sent{header.request_id, header.type, true};
  }
  truth.type = header.type;
  truth.device = device;
  truth.payload = payload;
  if (header.identity) truth.instance = header.identity->instance;
  // A certificate request carries a signature, and those are left out.
  const bool with_request =
      header.type == protocol::MessageType::Register || header.type == protocol::MessageType::RenewId;
  if (!with_request) note("payload", static_cast<std::int64_t>(payload));
  auto decoded = protocol::decode_request(header.type, request->payload);
  if (!decoded) {
    judge_.violated("well-formed",
                    fmt::format("device {} sent a payload that cannot be read: {}", device, decoded.error().message));
    return std::nullopt;
  }
  if (const auto* authorize = std::get_if<protocol::AuthorizeRequest>(&*decoded)) {
    for (const auto& item : authorize->usage) truth.usage.emplace_back(item.tag, item.count);
    truth.generation = authorize->generation;
  } else if (auto* asked = std::get_if<protocol::RegisterRequest>(&*decoded)) {
    truth.token = std::move(asked->token);
    registrations_.push_back(&truth);
    truth.force = asked->force;
  }
  return Sent{header.request_id, header.type, false};
}

std::optional<Truth::Heard> Truth::heard(const std::string& body) {
  const auto hash = hash_of(body);
  if (const auto& left = left_[hash % left_.size()]; left.hash == hash) return left.heard;
  const auto answer = protocol::parse_answer(body);
  if (!answer) return std::nullopt;
  const auto decoded = protocol::decode_answer(answer->header.type, answer->payload);
  const auto* refusal = decoded ? std::get_if<protocol::Refusal>(&*decoded) : nullptr;
  return Heard{answer->header.request_id, refusal == nullptr ? std::nullopt : std::optional(refusal->code)};
}

void Truth::delivered(const RequestId& id) {
  const auto at = requests_.find(id);
  if (at == requests_.end()) return;
  auto& truth = at->second;
  // PRO-3: a registration's answer is kept for 30 days from when it was entered, at the first delivery or a later one.
  if (!truth.delivered) truth.delivered_at = judge_.now();
  if (!truth.delivered || truth.again || judge_.now() - truth.delivered_at >= kAnswerKept) ++truth.most_effects;
  truth.delivered = true;
  truth.again = false;
}

void Truth::answered(const std::string& body) {
  ++tally_.answers;
  const auto answer = protocol::parse_answer(body);
  if (!answer) return judge_.violated("well-formed", "the manager sent what is no answer: " + answer.error().message);
  const auto at = requests_.find(answer->header.request_id);
  if (at == requests_.end() || at->second.type != answer->header.type) return;  // of a garbled request
  auto& truth = at->second;
  auto decoded = protocol::decode_answer(truth.type, answer->payload);
  if (!decoded) return judge_.violated("well-formed", "an answer cannot be read: " + decoded.error().message);
  const auto* refusal = std::get_if<protocol::Refusal>(&*decoded);
  const auto hash = hash_of(body);
  left_[hash % left_.size()] = {hash, {at->first, refusal == nullptr ? std::nullopt : std::optional(refusal->code)}};
  if (refusal != nullptr) {
    note(to_string(refusal->code), truth.device);
    return;
  }
  if (!protocol::has_effect(truth.type)) return;
  judge_.trace([&] {
    const auto* registered = std::get_if<protocol::RegisterAnswer>(&*decoded);
    return fmt::format("manager answers {} {}{}", to_string(truth.type), at->first.text(),
                       registered == nullptr ? "" : fmt::format(" as instance {}", registered->instance.value));
  });
  const auto payload = hash_of(answer->payload);
  auto& last = last_answered_[truth.device];
  // PRO-3: the last answer of an instance is kept. An authorize may overtake a renewal, whose retry is then done anew.
  const bool kept = last == at->first &&
                    (truth.type != protocol::MessageType::Register || judge_.now() - truth.delivered_at < kAnswerKept);
  last = at->first;
  if (truth.answer && kept && truth.incarnation == answer->header.incarnation) {
    if (*truth.answer != payload)
      judge_.violated("one-answer-per-id", fmt::format("request {} ({}) of device {} got another answer than before",
                                                       at->first.text(), to_string(truth.type), truth.device));
    return;
  }
  truth.answer = payload;
  truth.incarnation = answer->header.incarnation;
  note("answered", truth.device);
  if (const auto* registered = std::get_if<protocol::RegisterAnswer>(&*decoded))
    truth.registered = registered->instance;
  if (const auto* authorized = std::get_if<protocol::AuthorizeAnswer>(&*decoded)) {
    judge_answer(truth, *authorized);
    truth.deadlines.push_back(authorized->deadline);
    if (!truth.instance) return;
    const auto [known, first] = generations_.try_emplace(*truth.instance, truth.generation);
    if (!first && truth.generation < known->second) ++went_back_[*truth.instance];
    known->second = truth.generation;
  }
}

// AUTH-3, AUTH-4, AUTH-12: what the answer says of itself.
void Truth::judge_answer(const RequestTruth& request, const protocol::AuthorizeAnswer& answer) {
  const bool covered = std::all_of(answer.tags.begin(), answer.tags.end(),
                                   [](const auto& tag) { return tag.status == TagStatus::Authorized; });
  if (covered != answer.in_compliance)
    judge_.violated("compliance-of-tags", fmt::format("device {} is told {}, its tags say otherwise", request.device,
                                                      answer.in_compliance ? "in compliance" : "out of compliance"));
  if (answer.next_interval != (answer.in_compliance ? days(30) : days(1)))
    judge_.violated("interval-of-compliance",
                    fmt::format("device {} is told to come again after {} s, {}", request.device,
                                answer.next_interval / seconds(1), answer.in_compliance ? "covered" : "short"));
  TagCounts told;
  for (const auto& tag : answer.tags) told.emplace_back(tag.tag, tag.count);
  if (told != request.usage)
    judge_.violated("answer-to-what-was-asked",
                    fmt::format("device {} is told of other tags than it named", request.device));
}

void Truth::forget_answers(int device) {
  for (auto& [id, truth] : requests_) {
    if (truth.device != device) continue;
    truth.answer.reset();
    truth.again = true;
  }
}

const RequestTruth* Truth::find(const RequestId& id) const {
  const auto at = requests_.find(id);
  return at == requests_.end() ? nullptr : &at->second;
}

}  // namespace lictor::simulation
