#include "unit/protocol/vectors.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "foundation/json/json.hpp"
#include "licensing/pki/openssl/openssl_crypto.hpp"

namespace lictor::protocol::test {
namespace {

constexpr WallTime kNow = wall_from_ms(1'767'261'600'000);  // 2026-01-01T10:00:00Z
constexpr std::string_view kDna =
    "regid.2026-01.org.example.C9500_DNA_ADVANTAGE,1.0_1f2e3d4c-5b6a-4798-8877-665544332211";
constexpr std::string_view kAdvantage =
    "regid.2026-01.org.example.C9500_NETWORK_ADVANTAGE,1.0_8cd3f9b0-7c11-4f0e-9a3d-0b5c6d7e8f90";
constexpr std::string_view kProduct =
    "regid.2026-01.org.example.C9500_PRODUCT,1.0_0a1b2c3d-4e5f-4061-8273-849506a7b8c9";

json::Value parsed_file(const std::string& path) {
  auto value = json::parse(read_file(path));
  if (!value) throw std::runtime_error(path + ": " + value.error().message);
  return std::move(*value);
}

std::string member(const json::Value& value, std::string_view key) {
  const auto* found = value.find(key);
  if (found == nullptr || found->if_string() == nullptr) throw std::runtime_error("no " + std::string(key));
  return *found->if_string();
}

Bytes material(std::string_view group, const std::string& name) {
  const auto all = parsed_file("tests/vectors/v1/material.json");
  return from_base64(member(*all.find(group), name)).value();
}

RequestId request_id(MessageType type) {
  RequestId id;
  id.bytes.fill(static_cast<std::uint8_t>(0xa1 + static_cast<int>(type)));
  return id;
}
Serial serial(std::uint8_t byte) {
  Serial out;
  out.bytes.fill(byte);
  return out;
}
Incarnation incarnation() {
  Incarnation out;
  out.bytes.fill(0x5c);
  return out;
}

std::vector<UdiEntry> stack() {
  return {{{"C9500-40X", "FCW2233A5ZV"}, UdiRole::Active}, {{"C9500-40X", "FCW2233A5ZW"}, UdiRole::Standby}};
}

RegisterRequest register_request() {
  RegisterRequest m;
  m.token = "NDJhYjNlZWMtZTk4Yi00NzQzLTg5ZjYtMWU3YzA0";
  m.csr = signing_request("device");
  m.product_tag = {std::string(kProduct)};
  m.udis = stack();
  m.software_version = "16.12.3";
  m.agent_version = "4.9.6_rel/40";
  m.host_name = "edge-1";
  return m;
}

RegisterRequest register_request_of_one() {
  auto m = register_request();
  m.csr = signing_request("device_rsa");
  m.force = true;
  m.udis.pop_back();
  m.software_version = "16.9.1";
  m.host_name.clear();
  return m;
}

AuthorizeRequest authorize_request() {
  AuthorizeRequest m;
  m.udis = stack();
  m.software_version = "16.12.3";
  m.agent_version = "4.9.6_rel/40";
  m.host_name = "Stra\u00dfe-\"7\"\\edge";
  m.usage = {
      {{std::string(kDna)}, 2, "dna-advantage", "C9500 DNA Advantage", "C9500 DNA Advantage", false},
      {{std::string(kAdvantage)}, 2, "network-advantage", "C9500 Network Advantage", "C9500 Network Advantage", true}};
  m.virtual_account = VirtualAccountId{7};
  m.generation = 3;
  m.evaluation_used = days(1);
  m.trust_version = 1;
  m.incarnation_seen = incarnation();
  return m;
}

RegisterAnswer register_answer() {
  RegisterAnswer m;
  m.chain = {certificate("device"), certificate("intermediate")};
  m.account = AccountId{1001};
  m.instance = InstanceId{42};
  m.virtual_account = VirtualAccountId{7};
  m.account_name = "Example Networks";
  m.virtual_account_name = "M\u00fcnchen \u5317\u4eac";
  m.export_allowed = true;
  m.first_authorization_due = kNow + seconds(10);
  return m;
}

AuthorizeAnswer authorize_answer() {
  AuthorizeAnswer m;
  m.tags = {{{std::string(kDna)}, TagStatus::Authorized, 2},
            {{std::string(kAdvantage)}, TagStatus::OutOfCompliance, 2}};
  m.in_compliance = false;
  m.next_interval = days(1);
  m.deadline = kNow + days(90);
  m.virtual_account = VirtualAccountId{7};
  m.account_name = "Example Networks";
  m.virtual_account_name = "M\u00fcnchen \u5317\u4eac";
  m.export_allowed = true;
  return m;
}

// Signatures inside a payload cannot be foretold: they are taken from the vector.
TrustAnswer trust_answer() {
  const auto payload = json::parse(load_vector("trust-answer").payload).value();
  const auto& bundle = payload.find("bundles")->if_array()->front();
  return {{{2, {certificate("root_2")}, member(bundle, "signed_by_previous"), member(bundle, "signed_by_new")}}};
}

Expected request(Request message, std::int64_t sequence = 0, const std::string& key = "device") {
  RequestHeader header;
  header.type = type_of(message);
  header.request_id = request_id(header.type);
  header.sequence = sequence;
  header.sent_at = kNow;
  if (header.type != MessageType::Register) {
    RequestHeader::Identity identity;
    identity.authority = {"6f1d2c3b-4a59-4e87-8d76-0f1e2d3c4b5a"};
    identity.account = AccountId{1001};
    identity.instance = InstanceId{42};
    identity.id_serial = serial(key == "device" ? 0x41 : 0x42);
    identity.certificate = certificate(key);
    identity.certificate_digest = crypto()->sha256(identity.certificate);
    identity.signing_serial = serial(0x31);
    header.identity = std::move(identity);
  }
  return ExpectedRequest{std::move(header), std::move(message)};
}

Expected answer(MessageType type, Answer message, const std::string& key = "signing", int trust_version = 1) {
  AnswerHeader header;
  header.type = type;
  header.request_id = request_id(type);
  header.server_time = kNow + Duration{250};
  header.incarnation = incarnation();
  header.trust_version = trust_version;
  header.chain = {certificate(key)};
  return ExpectedAnswer{std::move(header), std::move(message)};
}

Refusal behind() {
  return {Code::LS_SEQUENCE_BEHIND, text::sequence_behind(17), 17, Duration{0}};
}
Refusal pending() {
  auto out = refuse(Code::LS_PENDING);
  out.retry_after = minutes(5);
  return out;
}

}  // namespace

std::string read_file(const std::string& path_in_source_tree) {
  const auto path = LICTOR_SOURCE_DIR "/" + path_in_source_tree;
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

pki::PublicKey public_key(const std::string& name) {
  return {name.ends_with("_rsa") ? pki::KeyAlgorithm::Rsa2048 : pki::KeyAlgorithm::EcP256,
          material("public_keys", name)};
}
Bytes certificate(const std::string& name) {
  return material("certificates", name);
}
Bytes signing_request(const std::string& name) {
  return material("requests", name);
}

Vector load_vector(const std::string& name) {
  const auto value = parsed_file("tests/vectors/v1/" + name + ".json");
  Vector out;
  out.name = name;
  out.message = parse_message_type(member(value, "message")).value();
  out.is_request = member(value, "kind") == "request";
  out.signed_by = member(value, "signed_by");
  out.payload = member(value, "payload");
  out.compact = member(value, "compact");
  out.header = as_text(from_base64url(std::string_view(out.compact).substr(0, out.compact.find('.'))).value());
  return out;
}

std::vector<std::string> vector_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(LICTOR_SOURCE_DIR "/tests/vectors/v1")) {
    if (entry.path().stem() != "material") names.push_back(entry.path().stem());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::optional<Expected> expected(const std::string& name) {
  using enum MessageType;
  if (name == "register-request") return request(register_request());
  if (name == "register-request-rs256") return request(register_request_of_one());
  if (name == "register-answer") return answer(Register, register_answer());
  if (name == "register-refusal") return answer(Register, refuse(Code::LS_TOKEN_EXPIRED));
  if (name == "authorize-request") return request(authorize_request(), 1);
  if (name == "authorize-request-rs256") return request(authorize_request(), (std::int64_t{1} << 53) - 1, "device_rsa");
  if (name == "authorize-answer") return answer(Authorize, authorize_answer());
  if (name == "authorize-answer-rs256") return answer(Authorize, authorize_answer(), "signing_rsa");
  if (name == "authorize-refusal") return answer(Authorize, behind());
  if (name == "renew-id-request") return request(RenewIdRequest{signing_request("device")}, 2);
  if (name == "renew-id-answer") return answer(RenewId, RenewIdAnswer{register_answer().chain});
  if (name == "renew-id-refusal") return answer(RenewId, pending());
  if (name == "deregister-request") return request(DeregisterRequest{"license smart deregister"}, 3);
  if (name == "deregister-answer") return answer(Deregister, DeregisterAnswer{});
  if (name == "poll-request") return request(PollRequest{request_id(Authorize)});
  if (name == "poll-answer") {
    return answer(Poll, PollAnswer{false, Duration{0}, Authorize, load_vector("authorize-answer").payload});
  }
  if (name == "poll-answer-pending") return answer(Poll, PollAnswer{true, minutes(1), Authorize, ""});
  if (name == "trust-request") return request(TrustRequest{1});
  if (name == "trust-answer") return answer(Trust, trust_answer(), "signing_2", 2);
  return std::nullopt;
}

std::unique_ptr<pki::Crypto> crypto() {
  return pki::make_openssl_crypto().value();
}

pki::KeyAlgorithm algorithm_of(const Vector& vector) {
  return public_key(vector.signed_by).algorithm;
}

}  // namespace lictor::protocol::test
