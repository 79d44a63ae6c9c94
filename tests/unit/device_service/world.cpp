#include "unit/device_service/world.hpp"

#include "foundation/config/yaml.hpp"
#include "licensing/domain/token_text.hpp"
#include "server/row_operations/row_operations.hpp"

namespace lictor::test {

namespace {

class Change final : public storage::Command {
 public:
  Change(storage::ReadKeys keys, std::function<void(storage::Rows&)> body)
      : keys_(std::move(keys)), body_(std::move(body)) {}
  [[nodiscard]] storage::ReadKeys keys() const override { return keys_; }
  Result<void> apply(storage::Rows& rows, WallTime) override {
    body_(rows);
    return {};
  }

 private:
  storage::ReadKeys keys_;
  std::function<void(storage::Rows&)> body_;
};

}  // namespace

World::World() {
  auto document = config::read_yaml_file(LICTOR_SOURCE_DIR "/catalogs/catalyst.yaml");
  catalog = std::make_shared<catalog::Catalog>(catalog::Catalog::from_documents({document.value()}).value());
  product_tag = catalog->find_family("Catalyst 9500")->product_tag.text;

  pki::AuthoritySettings authority_settings;
  authority_settings.id = authority_id;
  authority_settings.dns_names = {"localhost"};
  authority = pki::make_authority(*crypto, entropy, authority_settings, now).value();

  settings.authority = authority_id;
  settings.incarnation = Incarnation::random(entropy);
  settings.incarnation_began = now - days(1);
  const auto get_catalog = [this] { return catalog; };
  effects = device_service::make_due_effects(settings, get_catalog, *crypto);
  writer = storage::make_writer(store->writer(), *effects, {}, log, metrics);
  readers = std::make_unique<storage::ReaderPool>(*store);
  auto ports = pki::make_local_ports(*crypto, authority).value();
  signer = std::move(ports.signer);
  issuer = std::move(ports.issuer);
  restart_service(settings);

  storage::ReadKeys keys;
  keys.account = kAccount;
  keys.account_domains = {"example.com"};
  change(keys, [this](storage::Rows& rows) {
    rows.heads.put({kAccount, 10, 0, {}, 0});
    rows.accounts.put({kAccount, "example.com", "Example Corporation", true, now});
    rows.virtual_accounts.put({kAccount, kVa, "Default", "", true, now});
    rows.virtual_accounts.put({kAccount, kOtherVa, "Lab", "", false, now});
  });
}

World::~World() = default;

void World::restart_service(device_service::Settings with) {
  settings = std::move(with);
  device_service::Collaborators collaborators;
  collaborators.crypto = crypto.get();
  collaborators.signer = signer.get();
  collaborators.issuer = issuer.get();
  collaborators.entropy = &entropy;
  collaborators.writer = writer.get();
  collaborators.readers = readers.get();
  collaborators.admission = admission;
  collaborators.log = &log;
  collaborators.metrics = &metrics;
  collaborators.anchors = {authority.root.certificate};
  collaborators.catalog = [this] { return catalog; };
  collaborators.token_hash = [this](std::string_view text) { return token_hash(text); };
  service = std::make_unique<device_service::DeviceService>(settings, std::move(collaborators));
}

KeyedHash World::token_hash(std::string_view text) const {
  return crypto->hmac_sha256(as_bytes("test key"), as_bytes(text));
}

device_service::DeviceReply World::send(const std::string& body) {
  std::optional<device_service::DeviceReply> reply;
  service->handle({body, "127.0.0.1", "test", now, [](const std::function<void()>& task) { task(); }},
                  [&](device_service::DeviceReply r) { reply = std::move(r); });
  for (int round = 0; round < 10 && !reply; ++round) writer->drain(now);
  if (!reply) {
    ADD_FAILURE() << "the service did not answer";
    return {};
  }
  return *reply;
}

void World::change(const storage::ReadKeys& keys, std::function<void(storage::Rows&)> body) {
  Result<void> outcome;
  submit(keys, std::move(body), storage::CommandClass::RestWrite, [&](Result<void> result) { outcome = result; });
  writer->drain(now);
  ASSERT_TRUE(outcome.has_value()) << outcome.error().message;
}

void World::submit(const storage::ReadKeys& keys, std::function<void(storage::Rows&)> body,
                   storage::CommandClass command_class, std::function<void(Result<void>)> done) {
  writer->submit(std::make_unique<Change>(keys, std::move(body)), command_class,
                 [done = std::move(done)](std::unique_ptr<storage::Command>, Result<void> result) { done(result); });
}

void World::let_time_work() {
  for (int round = 0; round < 100; ++round) {
    const auto next = writer->apply_due(now);
    ASSERT_TRUE(next.has_value()) << next.error().message;
    if (!*next || **next > now) return;
  }
}

EntitlementTag World::tag(std::string_view short_name) const {
  const auto* entry = catalog->find_tag_by_short_name(short_name);
  if (entry == nullptr) {
    ADD_FAILURE() << "no tag " << short_name;
    return {};
  }
  return entry->tag;
}

void World::deposit(VirtualAccountId va, std::string_view short_name, Count quantity) {
  storage::ReadKeys keys;
  keys.account = kAccount;
  keys.virtual_accounts = {va};
  const auto source = "order-" + std::to_string(next_lot);
  keys.posting_sources = {source};
  domain::Lot lot;
  lot.account = kAccount;
  lot.id = LotId{next_lot++};
  lot.tag = tag(short_name);
  lot.created_at = now;
  change(keys, [&](storage::Rows& rows) {
    const auto draft = domain::deposit(lot, va, quantity, PostingId{lot.id.value + 10'000}, source, "test", now);
    rows.lots.put(lot);
    rows.postings.append(draft.posting);
    for (const auto& entry : draft.entries) rows.entries.append(entry);
    rows.balances.put({kAccount, va, {}, lot.id, quantity});
    const auto ok = row_operations::change_pools(rows, catalog->hierarchy(), kAccount,
                                                 domain::pool_deltas(lot, draft.entries, now));
    ASSERT_TRUE(ok.has_value()) << ok.error().message;
  });
}

std::string World::token(VirtualAccountId va, std::function<void(domain::Token&)> adjust) {
  const auto text = domain::make_token_text(kAccount, entropy);
  domain::Token token;
  token.account = kAccount;
  token.id = TokenId{next_token++};
  token.va = va;
  token.hash = token_hash(text.reveal_text());
  token.export_allowed = true;
  token.created_at = now;
  token.expires_at = now + days(30);
  if (adjust) adjust(token);
  storage::ReadKeys keys;
  keys.account = kAccount;
  keys.tokens = {token.id};
  change(keys, [&](storage::Rows& rows) { rows.tokens.put(token); });
  return std::string(text.reveal_text());
}

std::vector<UsageItem> World::usage(const std::vector<std::pair<std::string, Count>>& by_short_name) {
  std::vector<UsageItem> items;
  for (const auto& [name, count] : by_short_name) {
    UsageItem item;
    item.tag = tag(name);
    item.count = count;
    item.feature_name = "feature";
    item.display_name = name;
    items.push_back(item);
  }
  EXPECT_TRUE(check_usage(items).has_value());
  return items;
}

domain::Pool World::pool(VirtualAccountId va, std::string_view short_name) {
  auto reader = readers->borrow();
  const auto pools = (*reader)->pools(storage::TenantScope::virtual_account(kAccount, va)).value();
  for (const auto& pool : pools) {
    if (pool.tag == tag(short_name)) return pool;
  }
  return {};
}

std::optional<domain::Instance> World::instance(InstanceId id) {
  auto reader = readers->borrow();
  return (*reader)->instance(storage::TenantScope::account(kAccount), id).value();
}

std::vector<domain::Instance> World::instances() {
  auto reader = readers->borrow();
  return (*reader)->instances(storage::TenantScope::account(kAccount), {}, {}).value();
}

std::vector<std::string> World::event_kinds() {
  auto reader = readers->borrow();
  std::vector<std::string> kinds;
  const auto events = (*reader)->events(storage::TenantScope::account(kAccount), {0, 1000}).value();
  for (const auto& event : events) kinds.push_back(event.kind);
  return kinds;
}

// --- Device ---------------------------------------------------------------------------------------------------------
Device::Device(World& w, std::string pid, std::string sn, pki::KeyAlgorithm algorithm) : world(w) {
  udis = {{make_udi(std::move(pid), std::move(sn)).value(), UdiRole::Active}};
  key = world.crypto->generate_key(algorithm).value();
}

protocol::RequestHeader Device::header(protocol::MessageType type) {
  protocol::RequestHeader out;
  out.type = type;
  out.request_id = RequestId::random(world.entropy);
  out.sent_at = world.now;
  if (type != protocol::MessageType::Register) {
    out.identity = identity;
    if (protocol::has_effect(type)) out.sequence = ++sequence;
  }
  last_request = out.request_id;
  return out;
}

std::string Device::sign(const protocol::RequestHeader& header, const std::string& payload) {
  return protocol::sign_request(*world.crypto, *key, header, payload).value();
}

protocol::Answer Device::exchange(const std::string& body, protocol::MessageType type) {
  const auto reply = world.send(body);
  if (reply.status != 200) return protocol::Answer{reply.problem};
  last_answer = protocol::parse_answer(reply.body).value();
  EXPECT_EQ(last_answer.header.type, type);
  EXPECT_EQ(last_answer.header.request_id, last_request);
  EXPECT_EQ(last_answer.header.incarnation, world.settings.incarnation);
  const auto certificate = world.crypto->parse_certificate(last_answer.header.chain.front()).value();
  EXPECT_TRUE(protocol::verify(*world.crypto, last_answer, certificate.public_key).has_value());
  return protocol::decode_answer(type, last_answer.payload).value();
}

protocol::RegisterRequest Device::registration(const std::string& token, bool force) {
  protocol::RegisterRequest request;
  request.token = token;
  request.csr = world.crypto->make_request(*key, to_string(udis.front().udi)).value();
  request.force = force;
  request.product_tag = ProductTag{world.product_tag};
  request.udis = udis;
  request.software_version = "16.12.3";
  request.agent_version = "test";
  return request;
}

void Device::accept(const protocol::RegisterAnswer& answer) {
  protocol::RequestHeader::Identity now_known;
  const auto certificate = world.crypto->parse_certificate(answer.chain.front()).value();
  now_known.authority = world.authority_id;
  now_known.account = answer.account;
  now_known.instance = answer.instance;
  now_known.id_serial = certificate.serial;
  now_known.certificate_digest = world.crypto->sha256(certificate.der);
  now_known.certificate = certificate.der;
  now_known.signing_serial = world.authority.signing.certificate.serial;
  identity = now_known;
  sequence = 0;
}

protocol::Answer Device::register_with(const std::string& token, bool force) {
  const auto payload = protocol::encode(protocol::Request{registration(token, force)});
  auto answer = exchange(sign(header(protocol::MessageType::Register), payload), protocol::MessageType::Register);
  if (const auto* registered = std::get_if<protocol::RegisterAnswer>(&answer)) accept(*registered);
  return answer;
}

protocol::Answer Device::authorize(std::vector<UsageItem> usage) {
  protocol::AuthorizeRequest request;
  request.udis = udis;
  request.software_version = "16.12.3";
  request.agent_version = "test";
  request.usage = std::move(usage);
  request.generation = ++generation;
  request.evaluation_used = evaluation_used;
  return exchange(sign(header(protocol::MessageType::Authorize), protocol::encode(protocol::Request{request})),
                  protocol::MessageType::Authorize);
}

protocol::Answer Device::renew() {
  protocol::RenewIdRequest request{world.crypto->make_request(*key, "renewal").value()};
  auto answer = exchange(sign(header(protocol::MessageType::RenewId), protocol::encode(protocol::Request{request})),
                         protocol::MessageType::RenewId);
  if (const auto* renewed = std::get_if<protocol::RenewIdAnswer>(&answer)) {
    const auto certificate = world.crypto->parse_certificate(renewed->chain.front()).value();
    identity->id_serial = certificate.serial;
    identity->certificate = certificate.der;
    identity->certificate_digest = world.crypto->sha256(certificate.der);
  }
  return answer;
}

protocol::Answer Device::deregister() {
  return exchange(sign(header(protocol::MessageType::Deregister),
                       protocol::encode(protocol::Request{protocol::DeregisterRequest{"test"}})),
                  protocol::MessageType::Deregister);
}

protocol::Answer Device::poll(const RequestId& asked_for) {
  return exchange(
      sign(header(protocol::MessageType::Poll), protocol::encode(protocol::Request{protocol::PollRequest{asked_for}})),
      protocol::MessageType::Poll);
}

protocol::Answer Device::trust(int held) {
  return exchange(
      sign(header(protocol::MessageType::Trust), protocol::encode(protocol::Request{protocol::TrustRequest{held}})),
      protocol::MessageType::Trust);
}

}  // namespace lictor::test
