#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "foundation/json/json.hpp"
#include "fuzz/door_texts.hpp"
#include "fuzz/lab_authority.hpp"
#include "fuzz/seeds.hpp"
#include "licensing/protocol/codec.hpp"
#include "licensing/protocol/schemas.hpp"

namespace lictor::fuzz {
namespace {

using protocol::MessageType;

std::string read_text(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// "<header>\n<payload>" of a signing input or a compact JWS.
Bytes in_clear(std::string_view jws) {
  const auto first = jws.find('.');
  const auto second = jws.find('.', first + 1);
  auto out = from_base64url(jws.substr(0, first)).value();
  out.push_back('\n');
  const auto payload = from_base64url(jws.substr(first + 1, second - first - 1)).value();
  out.insert(out.end(), payload.begin(), payload.end());
  return out;
}

void add_vectors(std::vector<Seed>& seeds) {
  for (const auto& entry : std::filesystem::directory_iterator(LICTOR_SOURCE_DIR "/tests/vectors/v1")) {
    const auto name = entry.path().stem().string();
    const auto value = lictor::json::parse(read_text(entry.path())).value();
    const auto* compact = value.find("compact");
    if (compact == nullptr) continue;
    const auto& text = *compact->if_string();
    const auto target = name.find("request") != std::string::npos ? "message" : "answer";
    seeds.push_back({target, name, in_clear(text)});
    seeds.push_back({target, name + "-compact", to_bytes("!" + text)});
    seeds.push_back({"json", name, to_bytes(*value.find("payload")->if_string())});
  }
}

void add_answers(std::vector<Seed>& seeds) {
  LabAuthority lab;
  protocol::AnswerHeader header;
  header.request_id = lab.request_id;
  header.server_time = lab.now;
  header.incarnation = Incarnation::from_view(Bytes(16, 0x5c)).value();
  header.trust_version = 2;
  header.chain = {lab.authority.signing.der, lab.authority.intermediate.der};
  const auto add = [&](std::string name, MessageType type, const protocol::Answer& answer) {
    header.type = type;
    const auto input = protocol::signing_input(header, pki::KeyAlgorithm::EcP256, protocol::encode(answer));
    seeds.push_back({"answer", "lab-" + std::move(name), in_clear(input)});
  };
  protocol::RegisterAnswer registered{lab.id_chain, AccountId{7}, InstanceId{9}, VirtualAccountId{2},
                                      "Example",    "Default",    true,          lab.now + days(1)};
  add("register", MessageType::Register, registered);
  protocol::AuthorizeAnswer authorized;
  authorized.tags = {{agent::lab::licence("A").tag, TagStatus::Authorized, 2},
                     {agent::lab::licence("B").tag, TagStatus::OutOfCompliance, 1}};
  authorized.next_interval = days(1);
  authorized.deadline = lab.now + days(90);
  authorized.account_name = "Example";
  authorized.virtual_account_name = "Default";
  add("authorize", MessageType::Authorize, authorized);
  add("renew", MessageType::RenewId, protocol::RenewIdAnswer{lab.id_chain});
  add("deregister", MessageType::Deregister, protocol::DeregisterAnswer{});
  add("poll-pending", MessageType::Poll, protocol::PollAnswer{true, hours(1), MessageType::Authorize, ""});
  add("poll", MessageType::Poll, protocol::PollAnswer{false, Duration{0}, MessageType::Deregister, "{}"});
  add("trust", MessageType::Trust, protocol::TrustAnswer{lab.authority.bundles});
  for (const auto& row : protocol::code_table()) {
    protocol::Refusal refusal{row.code, std::string(row.text), 0, Duration{0}};
    if (row.code == protocol::Code::LS_SEQUENCE_BEHIND) refusal.last_sequence = 5;
    if (row.code == protocol::Code::LS_BUSY) refusal.retry_after = seconds(30);
    add(std::string(row.name), MessageType::Authorize, refusal);
  }
}

void add_door(std::vector<Seed>& seeds) {
  using namespace door_words;
  const auto header = [](std::string_view type, int sequence, std::string_view id) {
    return fmt::format(R"({{"alg":"ES256","typ":"lictor-{}+jws","crit":["request_id","sequence","sent_at","versions"],)"
                       R"("request_id":"{}","sequence":{},"sent_at":1767603600000,"versions":[1,1])",
                       type, id, sequence);
  };
  const auto known = fmt::format(R"(,"kid":"{}","id_serial":"{}","x5t#S256":"{}","x5c":["{}"],"signing_serial":"{}"}})",
                                 kKid, kIdSerial, kDigest, kCertificate, kSigningSerial);
  const std::string one(32, '1');
  const std::string two(32, '2');
  const std::string_view device =
      R"("udis":[{"pid":"C9500-40X","sn":"FCW2233A5ZV","role":"Active"}],"software_version":"16.12.3","agent_version":"t")";
  const auto again = header("register", 0, one) +
                     fmt::format("}}\n{{\"token\":\"{}\",\"csr\":\"{}\",\"force\":true,\"product_tag\":\"{}\",{}}}",
                                 kToken, kCsr, kProduct, device);
  const auto authorize =
      header("authorize", 1, two) + known +
      fmt::format(
          "\n{{{},\"usage\":[{{\"tag\":\"{}\",\"count\":1,\"feature_name\":\"f\",\"display_name\":\"d\","
          "\"description\":\"\",\"export_controlled\":false}}],\"virtual_account\":2,\"generation\":1,"
          "\"evaluation_used\":0,\"trust_version\":1}}",
          device, kTag);
  const auto renew = header("renew-id", 1, two) + known + fmt::format("\n{{\"csr\":\"{}\"}}", kCsr);
  const auto leave = header("deregister", 2, one) + known + "\n{\"reason\":\"test\"}";
  const auto poll = header("poll", 0, one) + known + fmt::format("\n{{\"asked_for\":\"{}\"}}", two);
  const auto trust = header("trust", 0, one) + known + "\n{\"version_held\":1}";
  const auto add = [&](std::string name, const std::string& text) {
    seeds.push_back({"door", std::move(name), to_bytes(text)});
  };
  add("register", again);
  add("authorize", authorize);
  add("renew", renew);
  add("deregister", leave);
  add("poll", poll);
  add("trust", trust);
  add("authorize-then-poll", authorize + "\n\n" + poll);
  add("authorize-then-leave", authorize + "\n\n" + leave);
  add("renew-twice", renew + "\n\n" + renew);
}

}  // namespace

void add_message_seeds(std::vector<Seed>& seeds) {
  add_vectors(seeds);
  add_answers(seeds);
  add_door(seeds);
  for (const auto& schema : protocol::published_schemas()) {
    seeds.push_back({"json", "schema-" + std::string(schema.name), to_bytes(schema.text)});
  }
  int number = 0;
  for (const std::string_view text : {"0",
                                      "-0",
                                      "-0.0",
                                      "1e3",
                                      "1.5e-7",
                                      "9223372036854775807",
                                      "-9223372036854775808",
                                      "9223372036854775808",
                                      "1e308",
                                      "1e309",
                                      "5e-324",
                                      "\"\\ud83d\\ude00\"",
                                      "\"\\u0000\"",
                                      "\"\\ud800\"",
                                      "[[[[]]]]",
                                      "{\"a\":{\"b\":[]}}",
                                      "{\"a\":1,\"a\":2}",
                                      "[1,",
                                      "nul",
                                      " [ true , false , null ] "}) {
    seeds.push_back({"json", fmt::format("value-{}", ++number), to_bytes(text)});
  }
}

}  // namespace lictor::fuzz
