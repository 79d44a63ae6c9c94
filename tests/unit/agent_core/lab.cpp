#include "unit/agent_core/lab.hpp"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "agent/core/answers.hpp"
#include "licensing/pki/keyed_hash_crypto.hpp"
#include "licensing/protocol/codec.hpp"

namespace lictor::agent::lab {

using protocol::Code;
using protocol::MessageType;

std::unique_ptr<pki::Crypto> make_crypto(Entropy& entropy) {
  return pki::make_keyed_hash_crypto(entropy);
}

// --- authority ------------------------------------------------------------------------------------------------------
namespace {

pki::CertificateTemplate authority_template(std::string name, Serial serial, WallTime from, const AuthorityId& id) {
  pki::CertificateTemplate t;
  t.purpose = pki::Purpose::Authority;
  t.serial = serial;
  t.subject_common_name = std::move(name);
  t.not_before = from - days(1);
  t.not_after = from + days(3650);
  t.uris = {pki::authority_uri(id)};
  return t;
}

}  // namespace

Authority::Authority(pki::Crypto& c, std::uint64_t seed, WallTime from)
    : crypto(c), entropy(seed), id(random_authority_id(entropy)) {
  trust_version = 0;
  rotate_root(from);
  bundles.clear();
}

void Authority::rotate_root(WallTime from) {
  auto old_key = std::move(root_key);
  const auto alg = pki::KeyAlgorithm::EcP256;
  root_key = crypto.generate_key(alg).value();
  intermediate_key = crypto.generate_key(alg).value();
  const auto version = ++trust_version;
  const auto name = fmt::format("Root {}", version);
  root = crypto
             .parse_certificate(crypto
                                    .issue_certificate(authority_template(name, pki::random_serial(entropy), from, id),
                                                       root_key->public_key(), nullptr, *root_key)
                                    .value())
             .value();
  intermediate =
      crypto
          .parse_certificate(crypto
                                 .issue_certificate(authority_template(fmt::format("Intermediate {}", version),
                                                                       pki::random_serial(entropy), from, id),
                                                    intermediate_key->public_key(), &root, *root_key)
                                 .value())
          .value();
  issue_signing(from - days(1), from + days(3650));
  if (!old_key) return;
  protocol::TrustBundle bundle;
  bundle.version = version;
  bundle.anchors = {root.der};
  const auto sign = [&](const pki::PrivateKey& key) {
    auto input = trust_signing_input(key.public_key().algorithm, version, bundle.anchors);
    const auto signature = crypto.sign(key, as_bytes(input)).value();
    return protocol::attach_signature(input, signature);
  };
  bundle.signed_by_previous = sign(*old_key);
  bundle.signed_by_new = sign(*root_key);
  bundles.push_back(bundle);
}

void Authority::issue_signing(WallTime from, WallTime to) {
  signing_key = crypto.generate_key(pki::KeyAlgorithm::EcP256).value();
  pki::CertificateTemplate t;
  t.purpose = pki::Purpose::AnswerSigning;
  t.serial = pki::random_serial(entropy);
  t.subject_common_name = "Signing";
  t.not_before = from;
  t.not_after = to;
  t.uris = {pki::authority_uri(id)};
  signing = crypto
                .parse_certificate(
                    crypto.issue_certificate(t, signing_key->public_key(), &intermediate, *intermediate_key).value())
                .value();
}

std::vector<Bytes> Authority::issue_id(const pki::PublicKey& key, AccountId account, InstanceId instance, WallTime from,
                                       WallTime to) {
  pki::CertificateTemplate t;
  t.purpose = pki::Purpose::IdCertificate;
  t.serial = pki::random_serial(entropy);
  t.subject_common_name = "Device";
  t.not_before = from;
  t.not_after = to;
  t.uris = {pki::instance_uri(id, account, instance)};
  return {crypto.issue_certificate(t, key, &intermediate, *intermediate_key).value(), intermediate.der};
}

// --- server ---------------------------------------------------------------------------------------------------------
Server::Server(pki::Crypto& crypto, WallTime from) : authority(crypto, 99, from) {}

std::string Server::handle(std::string_view body, WallTime now) {
  auto request = protocol::parse_request(body);
  if (!request) return "";
  seen.push_back(request->header.type);
  requests.push_back(*request);
  const auto digest = protocol::payload_digest(authority.crypto, request->header.type, request->payload);
  if (auto it = stored_.find(request->header.request_id); it != stored_.end()) {
    if (it->second.digest == digest) return sign(*request, it->second.payload, now);
    return sign(*request, protocol::encode(protocol::Answer(protocol::refuse(Code::LS_REQUEST_REUSED))), now);
  }
  auto what = answer(*request, now);
  auto payload = protocol::encode(what);
  if (protocol::has_effect(request->header.type) && !std::holds_alternative<protocol::Refusal>(what))
    stored_[request->header.request_id] = {request->header.type, digest, payload};
  return sign(*request, std::move(payload), now);
}

std::string Server::sign(const protocol::UnverifiedRequest& request, std::string payload, WallTime now) {
  protocol::AnswerHeader header;
  header.type = request.header.type;
  header.request_id = request.header.request_id;
  header.server_time = now;
  header.trust_version = authority.trust_version;
  header.chain = {authority.signing.der, authority.intermediate.der};
  if (tamper) tamper(header, payload);
  const auto& key = sign_with_foreign_key ? *authority.root_key : *authority.signing_key;
  auto input = protocol::signing_input(header, key.public_key().algorithm, payload);
  const auto signature = authority.crypto.sign(key, as_bytes(input)).value();
  return protocol::attach_signature(std::move(input), signature);
}

protocol::Answer Server::answer(const protocol::UnverifiedRequest& request, WallTime now) {
  const auto type = request.header.type;
  if (auto it = refuse.find(type); it != refuse.end()) return it->second;
  if (auto it = pending.find(type); it != pending.end() && it->second-- > 0) {
    auto refusal = protocol::refuse(Code::LS_PENDING);
    refusal.retry_after = pending_interval;
    return refusal;
  }
  const auto offset = request.header.sent_at - now;
  if (offset > tolerance || offset < -tolerance) {
    protocol::Refusal refusal;
    refusal.code = Code::LS_CLOCK_OFFSET;
    refusal.reason = protocol::text::clock_offset(request.header.sent_at);
    return refusal;
  }
  if (type != MessageType::Register) return for_instance(request, now);
  auto decoded = protocol::decode_request(type, request.payload).value();
  const auto& r = std::get<protocol::RegisterRequest>(decoded);
  const auto csr = authority.crypto.parse_request(r.csr).value();
  EXPECT_TRUE(protocol::verify(authority.crypto, request, csr.public_key));
  return register_device(r, now);
}

protocol::Answer Server::register_device(const protocol::RegisterRequest& r, WallTime now) {
  if (!tokens.contains(r.token)) return protocol::refuse(Code::LS_TOKEN_UNKNOWN);
  const auto key = authority.crypto.parse_request(r.csr).value().public_key;
  auto known = std::find_if(instances.begin(), instances.end(),
                            [&](const auto& i) { return active_udi(i.udis) == active_udi(r.udis); });
  if (known != instances.end() && !r.force) {
    protocol::Refusal refusal;
    refusal.code = Code::LS_ALREADY_REGISTERED;
    refusal.reason = protocol::text::kAlreadyRegistered;
    return refusal;
  }
  if (known == instances.end()) {
    instances.push_back({});
    known = instances.end() - 1;
    known->id = InstanceId{next_instance_++};
  }
  ++registrations;
  protocol::RegisterAnswer a;
  a.chain = authority.issue_id(key, AccountId{5}, known->id, now, now + id_lifetime);
  known->udis = r.udis;
  known->key = key;
  known->serial = authority.crypto.parse_certificate(a.chain.front()).value().serial;
  known->last_sequence = 0;
  a.account = AccountId{5};
  a.instance = known->id;
  a.virtual_account = VirtualAccountId{1};
  a.account_name = account_name;
  a.virtual_account_name = virtual_account_name;
  a.export_allowed = export_allowed;
  a.first_authorization_due = now;
  return a;
}

protocol::Answer Server::for_instance(const protocol::UnverifiedRequest& request, WallTime now) {
  const auto& identity = *request.header.identity;
  auto it = std::find_if(instances.begin(), instances.end(), [&](const auto& i) { return i.id == identity.instance; });
  if (it == instances.end()) return protocol::refuse(Code::LS_NOT_REGISTERED);
  const bool mine = identity.id_serial == it->serial || identity.id_serial == it->previous_serial;
  if (!mine || !protocol::verify(authority.crypto, request, it->key)) {
    protocol::Refusal refusal;
    refusal.code = Code::LS_INVALID_DATA;
    refusal.reason = protocol::text::kDataAndSignature;
    return refusal;
  }
  if (protocol::has_effect(request.header.type)) {
    if (request.header.sequence <= it->last_sequence) {
      protocol::Refusal refusal;
      refusal.code = Code::LS_SEQUENCE_BEHIND;
      refusal.reason = protocol::text::sequence_behind(it->last_sequence);
      refusal.last_sequence = it->last_sequence;
      return refusal;
    }
    it->last_sequence = request.header.sequence;
  }
  it->last_contact = now;
  return effect(*it, request, now);
}

protocol::Answer Server::effect(Instance& instance, const protocol::UnverifiedRequest& request, WallTime now) {
  auto decoded = protocol::decode_request(request.header.type, request.payload).value();
  if (const auto* r = std::get_if<protocol::AuthorizeRequest>(&decoded)) {
    instance.usage = r->usage;
    instance.udis = r->udis;
    protocol::AuthorizeAnswer a;
    for (const auto& item : r->usage) {
      const bool covered = item.count <= owned;
      a.tags.push_back({item.tag, covered ? TagStatus::Authorized : TagStatus::OutOfCompliance, item.count});
      a.in_compliance = a.in_compliance && covered;
    }
    a.next_interval = a.in_compliance ? days(30) : days(1);
    a.deadline = now + days(90);
    a.virtual_account = VirtualAccountId{1};
    a.account_name = account_name;
    a.virtual_account_name = virtual_account_name;
    a.export_allowed = export_allowed;
    return a;
  }
  if (const auto* r = std::get_if<protocol::RenewIdRequest>(&decoded)) {
    const auto key = authority.crypto.parse_request(r->csr).value().public_key;
    EXPECT_EQ(key, instance.key) << "a renewal keeps the key";
    protocol::RenewIdAnswer a;
    a.chain = authority.issue_id(key, AccountId{5}, instance.id, now, now + id_lifetime);
    instance.previous_serial = instance.serial;
    instance.serial = authority.crypto.parse_certificate(a.chain.front()).value().serial;
    return a;
  }
  if (std::holds_alternative<protocol::DeregisterRequest>(decoded)) {
    std::erase_if(instances, [&](const auto& i) { return i.id == instance.id; });
    return protocol::DeregisterAnswer{};
  }
  if (const auto* r = std::get_if<protocol::PollRequest>(&decoded)) {
    protocol::PollAnswer a;
    // What was held back is done now: find the request that is asked for and judge it.
    for (const auto& earlier : requests)
      if (earlier.header.request_id == r->asked_for) {
        if (pending[earlier.header.type]-- > 0) {
          a.pending = true;
          a.interval = pending_interval;
          return a;
        }
        a.type = earlier.header.type;
        a.payload = protocol::encode(effect(instance, earlier, now));
        return a;
      }
    return protocol::refuse(Code::LS_INVALID_DATA);
  }
  const auto& r = std::get<protocol::TrustRequest>(decoded);
  protocol::TrustAnswer a;
  for (const auto& bundle : authority.bundles)
    if (bundle.version > r.version_held) a.bundles.push_back(bundle);
  return a;
}

// --- store ----------------------------------------------------------------------------------------------------------
Result<StateStore::Loaded> MemoryStore::load() {
  return Loaded{damaged ? std::nullopt : contents, damaged, lines};
}

Result<void> MemoryStore::save(const Bytes& next, const std::vector<std::string>& new_lines) {
  ++writes;
  const bool faulty = fault != Fault::None && writes == at;
  if (!faulty || fault == Fault::FailsNew) {
    contents = next;
    lines.insert(lines.end(), new_lines.begin(), new_lines.end());
    damaged = false;
  }
  if (faulty) return Error{ErrorCode::Io, "the disk is gone"};
  return {};
}

Result<void> MemoryStore::set_aside() {
  aside = std::exchange(contents, std::nullopt);
  lines.clear();
  return {};
}

// --- device ---------------------------------------------------------------------------------------------------------
Device::Device(Server& s, pki::Crypto& c) : server(s), crypto(c) {
  settings.udis = {{Udi{"C9500-40X", "FCW2233A5ZV"}, UdiRole::Active}};
  settings.product_tag = {"regid.2026-01.org.example.C9500,1.0_11111111-2222-3333-4444-555555555555"};
  settings.software_version = "16.12.3";
  settings.agent_version = "4.8.5";
  settings.key_algorithm = pki::KeyAlgorithm::EcP256;
  settings.licensing_anchors = {s.authority.root.der};
}

Result<void> Device::open() {
  StateStore* used = other_store != nullptr ? other_store : &store;
  auto opened = Agent::open(settings, Ports{this, used, &crypto, &entropy, &jitter, this}, now());
  if (!opened) return opened.error();
  agent = std::move(*opened);
  return {};
}

void Device::boot() {
  const auto opened = open();
  ASSERT_TRUE(opened) << opened.error().message;
}

void Device::power_cut() {
  agent.reset();
  completions.clear();
  held = nullptr;
  wake.reset();
  steady = SteadyTime{Duration{5'000'000}};  // an unnamed start
}

void Device::step_once() {
  while (!completions.empty()) {
    if (off && off()) return;
    auto next = std::move(completions.front());
    completions.pop_front();
    next();
  }
  if (agent && wake && *wake <= steady) {
    wake.reset();
    agent->tick(now());
  }
}

void Device::settle() {
  int rounds = 0;
  while (!completions.empty() || (wake && *wake <= steady)) {
    if (off && off()) return;
    step_once();
    ASSERT_LT(++rounds, 1000) << "the agent never comes to rest";
  }
}

void Device::run(Duration time) {
  const auto end = steady + time;
  for (;;) {
    settle();
    if (::testing::Test::HasFatalFailure() || (off && off())) return;
    const auto next = wake ? std::min(*wake, end) : end;
    wall += next - steady;
    steady = next;
    if (steady == end && !(wake && *wake <= steady)) return;
  }
}

void Device::jump_wall(Duration by) {
  wall += by;
  clock_error += by;
  if (agent) agent->tick(now());
  settle();
}

void Device::carry_next(std::function<std::string(const std::string& body)> answer) {
  kept.clear();
  carrier = [this, answer = std::move(answer)](const Message& message) -> std::optional<TransportReply> {
    TransportReply reply;
    if (message.ticket.empty() && kept.empty()) {
      kept = message.body;
      reply.failure = TransportFailure::Pending;
      reply.ticket = "T";
      return reply;
    }
    if (message.ticket.empty()) return std::nullopt;
    reply.body = answer(kept);
    return reply;
  };
}
void Device::log(const LogLine& line) {
  log_lines.push_back(fmt::format("%{}-{}-{}: {}", line.facility, line.severity, line.mnemonic, line.text));
}

std::vector<std::string> Device::mnemonics() const {
  std::vector<std::string> out;
  for (const auto& line : log_lines) {
    const auto colon = line.find(':');
    const auto dash = line.rfind('-', colon);
    out.push_back(line.substr(dash + 1, colon - dash - 1));
  }
  return out;
}

int Device::count(std::string_view mnemonic) const {
  int n = 0;
  for (const auto& m : mnemonics()) n += m == mnemonic;
  return n;
}

std::string Device::last_line(std::string_view mnemonic) const {
  for (auto it = log_lines.rbegin(); it != log_lines.rend(); ++it)
    if (it->find(fmt::format("-{}: ", mnemonic)) != std::string::npos) return *it;
  return "";
}

void Device::generate_key(pki::KeyAlgorithm algorithm,
                          std::function<void(Result<std::unique_ptr<pki::PrivateKey>>)> done) {
  completions.push_back([this, algorithm, done = std::move(done)] {
    if (keys_fail)
      done(Error{ErrorCode::Crypto, "no chance left"});
    else
      done(crypto.generate_key(algorithm));
  });
}

void Device::send(Message message, std::function<void(TransportReply)> done) {
  if (off && off()) return;
  sent.push_back(message);
  sent_at.push_back(wall);
  if (carrier) {
    if (auto reply = carrier(message)) {
      completions.push_back([done, reply = *reply] { done(reply); });
      return;
    }
  }
  const auto fail = [&](TransportFailure failure) {
    TransportReply reply;
    reply.failure = failure;
    if (failure == TransportFailure::SendFailed) {
      reply.url = "https://manager.example/SmartTransport";
      reply.carrier_error = "ERR 205 : Request Aborted";
    }
    if (failure == TransportFailure::RevocationUnknown)
      reply.detail = "Reason : Failed to select socket. Timeout : 5 (Connection timed out)";
    completions.push_back([done, reply] { done(reply); });
  };
  switch (link) {
    case Link::Up:
      completions.push_back([this, body = message.body, done] {
        TransportReply reply;
        reply.body = server.handle(body, wall - clock_error);
        if (server.lose_effect_answers || reply.body.empty()) {
          reply.body.clear();
          reply.failure = server.lose_effect_answers ? TransportFailure::SendFailed : TransportFailure::BadAnswer;
        }
        done(reply);
      });
      return;
    case Link::Down:
      fail(TransportFailure::SendFailed);
      return;
    case Link::NotConfigured:
      fail(TransportFailure::NotAvailable);
      return;
    case Link::Busy:
      fail(TransportFailure::Busy);
      return;
    case Link::RevocationUnknown:
      fail(TransportFailure::RevocationUnknown);
      return;
    case Link::Held:
      held = std::move(done);
      return;
  }
}

void Device::cancel() {
  if (!held) return;
  completions.push_back([done = std::exchange(held, nullptr)] {
    TransportReply reply;
    reply.failure = TransportFailure::SendFailed;
    done(reply);
  });
}

void Device::boot_with_usage() {
  boot();
  ASSERT_TRUE(agent->set_usage({licence("NETWORK_ADVANTAGE")}, now()));
  agent->ready(now());
  settle();
}

void Device::register_and_settle(Agent::Force force) {
  ASSERT_TRUE(agent->register_token("TOKEN", force, now()));
  settle();
}

UsageItem licence(std::string name, Count count, bool export_controlled) {
  UsageItem item;
  item.tag.text = "regid.2026-01.org.example." + name + ",1.0_99999999-8888-7777-6666-555555555555";
  item.count = count;
  item.feature_name = name;
  item.display_name = name;
  item.export_controlled = export_controlled;
  return item;
}

}  // namespace lictor::agent::lab
