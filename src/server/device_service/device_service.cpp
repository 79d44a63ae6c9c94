#include "server/device_service/device_service.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <mutex>

#include "licensing/domain/token_text.hpp"
#include "licensing/pki/chain.hpp"
#include "licensing/protocol/codec.hpp"
#include "server/device_service/device_command.hpp"
#include "server/device_service/messages.hpp"

namespace lictor::device_service {

using protocol::Code;
using protocol::MessageType;
using protocol::Refusal;

// What all messages share. Any thread.
class DeviceService::Shared {
 public:
  Shared(Settings s, Collaborators c) : settings(std::move(s)), with(std::move(c)) {}
  const Settings settings;
  const Collaborators with;

  // Under the active catalog.
  SharedRules rules() {
    auto catalog = with.catalog();
    const std::lock_guard lock(mutex_);
    if (!rules_ || rules_->catalog != catalog) {
      rules_ = std::make_shared<Rules>(
          Rules{settings, std::move(catalog), [crypto = with.crypto](ByteView data) { return crypto->sha256(data); }});
    }
    return rules_;
  }
  void count(MessageType type, int status) {
    const std::lock_guard lock(mutex_);
    auto& counter = answered_[{type, status}];
    if (counter == nullptr) {
      counter = &with.metrics->counter("lictor_device_messages_total", "Device messages answered, by type and status",
                                       {{"message", std::string(to_string(type))}, {"status", std::to_string(status)}});
    }
    counter->add(1);
  }

 private:
  std::mutex mutex_;
  SharedRules rules_;
  std::map<std::pair<MessageType, int>, MetricCounter*> answered_;
};

// One message on its way through the service; keeps itself alive by its own completions.
class DeviceService::Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  Exchange(Shared& shared, DeviceMessage message, std::function<void(DeviceReply)> done)
      : shared_(shared), message_(std::move(message)), done_(std::move(done)), rules_(shared.rules()) {}

  void start();

 private:
  // The door: each returns false when it has answered.
  bool open_envelope();
  bool is_admitted();
  bool find_key_of_register();
  bool find_key_on_record();
  bool missing_members();
  bool key_from_own_certificate();
  bool check_signature();
  void read_request();
  void read_trust();
  void read_poll();
  void submit(std::unique_ptr<storage::Command> command, storage::CommandClass command_class,
              std::function<void(storage::Command&)> next);
  void submit_message();
  void after(DeviceCommand& command);
  void issue(IssuePlan plan);
  // Endings.
  void problem(int status, Code code, std::string reason, Duration retry_after = Duration{0});
  void refuse(Refusal refusal) { answer(protocol::encode(protocol::Answer{std::move(refusal)})); }
  void answer(std::string payload);
  void finish(DeviceReply reply);
  void storage_failed(const Error& error);
  void busy();
  [[nodiscard]] bool is_read() const {
    return request_->header.type == MessageType::Trust || request_->header.type == MessageType::Poll;
  }
  [[nodiscard]] storage::CommandClass command_class() const {
    return request_->header.type == MessageType::Register ? storage::CommandClass::Registration
                                                          : storage::CommandClass::DeviceRenewal;
  }

  Shared& shared_;
  const Settings& settings_ = shared_.settings;
  const Collaborators& with_ = shared_.with;
  DeviceMessage message_;
  std::function<void(DeviceReply)> done_;
  SharedRules rules_;
  protocol::UnverifiedRequest envelope_;
  std::shared_ptr<VerifiedRequest> request_ = std::make_shared<VerifiedRequest>();
  KeyedHash token_hash_;                        // register; with a token that names no account: zero
  std::optional<pki::Certificate> unrecorded_;  // of ours, but not on record: PRO-7 (6), (7)
  bool of_this_authority_ = true;               // PRO-7 (3)
};

DeviceService::DeviceService(Settings settings, Collaborators collaborators)
    : shared_(std::make_unique<Shared>(std::move(settings), std::move(collaborators))) {}
DeviceService::~DeviceService() = default;

void DeviceService::handle(DeviceMessage message, std::function<void(DeviceReply)> done) {
  std::make_shared<Exchange>(*shared_, std::move(message), std::move(done))->start();
}

void DeviceService::Exchange::start() {
  if (!open_envelope() || !is_admitted()) return;
  const bool found = envelope_.header.type == MessageType::Register ? find_key_of_register() : find_key_on_record();
  if (!found || !check_signature()) return;
  read_request();
}

bool DeviceService::Exchange::open_envelope() {
  if (message_.body.size() > protocol::kMaxMessageBytes) {
    problem(413, Code::LS_TOO_LARGE,
            fmt::format("The message has {} bytes; at most {} are accepted", message_.body.size(),
                        protocol::kMaxMessageBytes));
    return false;
  }
  auto parsed = protocol::parse_request(message_.body);
  if (!parsed) {
    const auto& error = parsed.error();
    const int status = error.code == Code::LS_TOO_LARGE ? 413 : error.code == Code::LS_UNSUPPORTED_TYPE ? 415 : 400;
    problem(status, error.code, error.reason);
    return false;
  }
  envelope_ = std::move(*parsed);
  auto decoded = protocol::decode_request(envelope_.header.type, envelope_.payload);
  if (!decoded) {
    problem(decoded.error().code == ErrorCode::TooLarge ? 413 : 400,
            decoded.error().code == ErrorCode::TooLarge ? Code::LS_TOO_LARGE : Code::LS_MALFORMED,
            decoded.error().message);
    return false;
  }
  request_->header = envelope_.header;
  request_->request = std::move(*decoded);
  request_->digest = protocol::payload_digest(*with_.crypto, envelope_.header.type, envelope_.payload);
  request_->http_request_id = message_.request_id;
  return true;
}

// PRO-6, after the body is read: fair per account, and not more often with one token than is agreed. Before the
// signature is checked, so the sender may be anybody: all that a false name brings is the refusal of the liar's own
// message.
bool DeviceService::Exchange::is_admitted() {
  std::optional<AccountId> account;
  if (const auto* asked = std::get_if<protocol::RegisterRequest>(&request_->request)) {
    const auto named = domain::account_of_token(asked->token);
    if (!named) return true;  // the judgement that follows has the word for it
    account = request_->account = *named;
    token_hash_ = with_.token_hash(asked->token);
  } else if (envelope_.header.identity && !is_read()) {
    account = envelope_.header.identity->account;
  }
  if (!account) return true;
  const bool room = with_.writer->has_room(command_class(), *account);
  if (room && (request_->header.type != MessageType::Register || with_.admission == nullptr ||
               with_.admission->admits(token_hash_))) {
    return true;
  }
  busy();
  return false;
}

// register is signed by the new key, which its CSR carries and proves (PRO-1).
bool DeviceService::Exchange::find_key_of_register() {
  const auto& asked = std::get<protocol::RegisterRequest>(request_->request);
  auto csr = with_.crypto->parse_request(asked.csr);
  if (!csr) {
    problem(400, csr.error().code == ErrorCode::Unsupported ? Code::LS_UNSUPPORTED_TYPE : Code::LS_MALFORMED,
            "csr: " + csr.error().message);
    return false;
  }
  request_->key = csr->public_key;
  for (const auto& entry : asked.udis) request_->udis.push_back(entry.udi);
  return true;
}

// PRO-7 (1): certificate members missing or unusable; there is nothing to check against, so the answer is unsigned.
bool DeviceService::Exchange::missing_members() {
  const auto& identity = envelope_.header.identity;
  std::vector<std::string_view> texts;
  if (!identity || !identity->id_serial) texts.push_back(protocol::text::kMissingIdSerial);
  if (!identity || !identity->signing_serial) texts.push_back(protocol::text::kMissingSigningSerial);
  if (!identity || identity->certificate.empty()) texts.push_back(protocol::text::kNothingToCheck);
  if (texts.empty()) return false;
  problem(400, Code::LS_INVALID_DATA, fmt::format("{}", fmt::join(texts, "; ")));
  return true;
}

bool DeviceService::Exchange::find_key_on_record() {
  if (missing_members()) return false;
  const auto& identity = *envelope_.header.identity;
  request_->account = identity.account;
  if (const auto* asked = std::get_if<protocol::AuthorizeRequest>(&request_->request)) {
    for (const auto& entry : asked->udis) request_->udis.push_back(entry.udi);
  }
  auto reader = with_.readers->borrow();
  if (!reader) {
    storage_failed(reader.error());
    return false;
  }
  auto instance = (*reader)->instance(storage::TenantScope::account(identity.account), identity.instance);
  if (!instance) {
    storage_failed(instance.error());
    return false;
  }
  const bool current =
      *instance && ((*instance)->serial == *identity.id_serial || (*instance)->previous_serial == *identity.id_serial);
  if (current && identity.authority == settings_.authority) {  // the usual way: no certificate is read (DECISIONS 7)
    request_->key = {static_cast<pki::KeyAlgorithm>((*instance)->key_algorithm), (*instance)->public_key};
    return true;
  }
  auto record = (*reader)->certificate(identity.account, *identity.id_serial);
  if (!record) {
    storage_failed(record.error());
    return false;
  }
  if (identity.authority != settings_.authority || !*record || (*record)->instance != identity.instance) {
    return key_from_own_certificate();
  }
  if (*instance) {
    for (const auto& entry : (*instance)->udis) request_->udis.push_back(entry.udi);
  }
  auto certificate = with_.crypto->parse_certificate((*record)->der);
  if (!certificate) return key_from_own_certificate();
  request_->key = certificate->public_key;
  return true;
}

// Not on record under that serial: the certificate that came along says whose it is (PRO-7 (3), (6), (7)).
bool DeviceService::Exchange::key_from_own_certificate() {
  const auto& identity = *envelope_.header.identity;
  auto certificate = with_.crypto->parse_certificate(identity.certificate);
  if (!certificate) {
    problem(400, Code::LS_INVALID_DATA, std::string(protocol::text::kNothingToCheck));
    return false;
  }
  request_->key = certificate->public_key;
  std::vector<pki::Certificate> intermediates;
  for (const auto& der : with_.issuer->chain()) {
    if (auto parsed = with_.crypto->parse_certificate(der)) intermediates.push_back(std::move(*parsed));
  }
  pki::ChainRequest chain;
  chain.leaf = &*certificate;
  for (const auto& intermediate : intermediates) chain.intermediates.push_back(&intermediate);
  for (const auto& anchor : with_.anchors) chain.anchors.push_back(&anchor);
  chain.at_time = message_.now;
  chain.purpose = pki::Purpose::IdCertificate;
  const auto named = certificate->uris.empty() ? Result<pki::InstanceName>(Error{ErrorCode::Malformed, "no URI"})
                                               : pki::parse_instance_uri(certificate->uris.front());
  const pki::InstanceName expected{settings_.authority, identity.account, identity.instance};
  of_this_authority_ = named && *named == expected && certificate->serial == *identity.id_serial &&
                       pki::verify_chain(*with_.crypto, chain).has_value();
  unrecorded_ = std::move(*certificate);
  return true;
}

bool DeviceService::Exchange::check_signature() {
  if (protocol::verify(*with_.crypto, envelope_, request_->key)) return true;
  problem(401, Code::LS_INVALID_DATA, std::string(protocol::text::kDataAndSignature));
  return false;
}

void DeviceService::Exchange::read_request() {
  if (!of_this_authority_) {  // PRO-7 (3)
    refuse({Code::LS_INVALID_DATA, std::string(protocol::text::kDataAndSignature)});
    return;
  }
  switch (request_->header.type) {
    case MessageType::Trust:
      return read_trust();
    case MessageType::Poll:
      return read_poll();
    case MessageType::Register:
    case MessageType::Authorize:
    case MessageType::RenewId:
    case MessageType::Deregister:
      return submit_message();
  }
}

void DeviceService::Exchange::read_trust() {
  const auto held = std::get<protocol::TrustRequest>(request_->request).version_held;
  protocol::TrustAnswer reply;
  std::copy_if(settings_.trust_bundles.begin(), settings_.trust_bundles.end(), std::back_inserter(reply.bundles),
               [held](const protocol::TrustBundle& bundle) { return bundle.version > held; });
  answer(protocol::encode(protocol::Answer{std::move(reply)}));
}

// A read: the stored answer of another request of this account, or a word that there is none (PRO-2).
void DeviceService::Exchange::read_poll() {
  auto reader = with_.readers->borrow();
  if (!reader) return storage_failed(reader.error());
  const auto& asked = std::get<protocol::PollRequest>(request_->request);
  const auto id = envelope_.header.identity->instance;
  auto instance = (*reader)->instance(storage::TenantScope::account(request_->account), id);
  if (!instance) return storage_failed(instance.error());
  auto stored = (*reader)->answer(request_->account, asked.asked_for);
  if (!stored) return storage_failed(stored.error());
  protocol::PollAnswer reply;
  if (*instance && (*instance)->last_request == asked.asked_for && !(*instance)->authorize_answer.empty()) {
    reply.type = MessageType::Authorize;
    reply.payload = (*instance)->authorize_answer;
  } else if (*stored && (*stored)->instance == id && !(*stored)->payload.empty()) {
    auto type = protocol::parse_message_type((*stored)->type);
    if (!type) return storage_failed(type.error());
    reply.type = *type;
    reply.payload = (*stored)->payload;
  } else {
    reply.pending = true;
    reply.interval = settings_.busy_retry_after;
  }
  answer(protocol::encode(protocol::Answer{std::move(reply)}));
}

void DeviceService::Exchange::submit_message() {
  const auto make = [this]() -> std::unique_ptr<DeviceCommand> {
    switch (request_->header.type) {
      case MessageType::Register:
        return make_register_command(request_, rules_, token_hash_, pki::random_serial(*with_.entropy));
      case MessageType::RenewId:
        return make_renew_id_command(request_, rules_, pki::random_serial(*with_.entropy));
      case MessageType::Deregister:
        return make_deregister_command(request_, rules_);
      default:
        return make_authorize_command(request_, rules_);
    }
  };
  if (request_->header.type == MessageType::Register && request_->account == kDirectoryAccount) {
    refuse(protocol::refuse(Code::LS_TOKEN_UNKNOWN));
    return;
  }
  if (request_->header.type == MessageType::RenewId) {  // a renewal keeps the key, and proves it (PRO-7)
    auto csr = with_.crypto->parse_request(std::get<protocol::RenewIdRequest>(request_->request).csr);
    if (!csr || csr->public_key.spki != request_->key.spki) {
      refuse({Code::LS_INVALID_DATA, std::string(protocol::text::kDataAndSignature)});
      return;
    }
  }
  const auto run = [this, self = shared_from_this(), make] {
    submit(make(), command_class(),
           [this, self](storage::Command& command) { after(static_cast<DeviceCommand&>(command)); });
  };
  if (unrecorded_ && unrecorded_->not_before < settings_.incarnation_began) {  // PRO-7 (6)
    submit(make_readopt_command(request_, rules_, *unrecorded_), command_class(), [run](storage::Command&) { run(); });
    return;
  }
  run();
}

// Runs a command through the writer; `next` runs off the writer's thread.
void DeviceService::Exchange::submit(std::unique_ptr<storage::Command> command, storage::CommandClass command_class,
                                     std::function<void(storage::Command&)> next) {
  with_.writer->submit(
      std::move(command), command_class,
      [self = shared_from_this(), next = std::move(next)](std::unique_ptr<storage::Command> done, Result<void> result) {
        std::shared_ptr<storage::Command> kept = std::move(done);
        self->message_.resume([self, next, kept, result] {
          if (!result) return self->storage_failed(result.error());
          next(*kept);
        });
      });
}

void DeviceService::Exchange::after(DeviceCommand& command) {
  const auto& outcome = command.outcome();
  if (outcome.refusal) return refuse(*outcome.refusal);
  if (outcome.issue) return issue(*outcome.issue);
  answer(outcome.payload);
}

void DeviceService::Exchange::issue(IssuePlan plan) {
  with_.issuer->issue(plan.certificate, plan.subject, [this, self = shared_from_this(), plan](Result<Bytes> der) {
    if (!der) return storage_failed(der.error());
    std::vector<Bytes> chain{std::move(*der)};
    chain.insert(chain.end(), with_.issuer->chain().begin(), with_.issuer->chain().end());
    // What was begun is finished first: the crowd of registrations behind it must not make its signature worthless.
    submit(make_complete_issue_command(request_, rules_, plan, std::move(chain)), storage::CommandClass::DeviceRenewal,
           [this, self](storage::Command& command) { after(static_cast<DeviceCommand&>(command)); });
  });
}

void DeviceService::Exchange::answer(std::string payload) {
  protocol::AnswerHeader header;
  header.type = request_->header.type;
  header.request_id = request_->header.request_id;
  header.server_time = message_.now;
  header.incarnation = settings_.incarnation;
  header.trust_version = settings_.trust_version;
  header.version = std::min(protocol::kProtocolVersion, request_->header.max_version);
  header.chain = with_.signer->chain();
  auto input = protocol::signing_input(header, with_.signer->algorithm(), payload);
  with_.signer->sign(to_bytes(input), [self = shared_from_this(), input](Result<Bytes> signature) {
    if (!signature) return self->storage_failed(signature.error());
    self->finish({200, protocol::attach_signature(input, *signature), {}});
  });
}

void DeviceService::Exchange::problem(int status, Code code, std::string reason, Duration retry_after) {
  Refusal refusal{code, std::move(reason)};
  refusal.retry_after = retry_after;
  finish({status, "", std::move(refusal)});
}

// Beyond our means now: the device keeps its state and tries again; the cause is for the operator.
void DeviceService::Exchange::storage_failed(const Error& error) {
  if (error.code == ErrorCode::Busy) return busy();
  with_.log->write(messages::kRequestFailed, {{"request_id", message_.request_id}, {"error", error.message}});
  const int status = error.code == ErrorCode::DiskFull ? 507 : 503;
  problem(status, Code::LS_BUSY, std::string(protocol::row(Code::LS_BUSY).text), settings_.busy_retry_after);
}

void DeviceService::Exchange::busy() {
  problem(503, Code::LS_BUSY, std::string(protocol::row(Code::LS_BUSY).text),
          with_.admission == nullptr ? settings_.busy_retry_after : with_.admission->when_to_return());
}

void DeviceService::Exchange::finish(DeviceReply reply) {
  shared_.count(envelope_.header.type, reply.status);
  done_(std::move(reply));
}

}  // namespace lictor::device_service
