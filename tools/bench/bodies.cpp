#include "bench/bodies.hpp"

#include <fmt/format.h>

#include "foundation/json/json.hpp"
#include "licensing/protocol/codec.hpp"
#include "licensing/protocol/envelope.hpp"

namespace lictor::bench {

namespace {

constexpr std::string_view kAgentVersion = "5.0.0";

// The answer in one line, verified and no refusal.
Result<protocol::Answer> read_answer(Tools& tools, const pki::Certificate& signing, protocol::MessageType type,
                                     const std::string& line) {
  auto answer = protocol::parse_answer(line);
  if (!answer) return answer.error();
  if (auto ok = protocol::verify(*tools.crypto, *answer, signing.public_key); !ok) return ok.error();
  if (answer->header.type != type) return Error{ErrorCode::Malformed, "an answer to another type of message"};
  auto decoded = protocol::decode_answer(type, answer->payload);
  if (!decoded) return decoded.error();
  if (const auto* refusal = std::get_if<protocol::Refusal>(&*decoded)) {
    return Error{ErrorCode::Conflict, fmt::format("{}: {}", protocol::to_string(refusal->code), refusal->reason)};
  }
  return decoded;
}

}  // namespace

Result<void> write_register_bodies(Tools& tools, const Product& product, const Keys& keys, const std::string& token,
                                   std::size_t first_number, std::size_t count, const std::string& path) {
  auto out = LineWriter::open(path);
  if (!out) return out.error();
  for (std::size_t i = 0; i < count; ++i) {
    const auto& key = *keys[i % keys.size()];
    const Udi udi = numbered_udi(first_number + i);
    auto csr = tools.crypto->make_request(key, to_string(udi));
    if (!csr) return csr.error();
    protocol::RegisterRequest request;
    request.token = token;
    request.csr = std::move(*csr);
    request.product_tag = product.tag;
    request.udis = {{udi, UdiRole::Active}};
    request.software_version = product.software_version;
    request.agent_version = kAgentVersion;
    protocol::RequestHeader header;
    header.type = protocol::MessageType::Register;
    header.request_id = RequestId::random(tools.entropy);
    header.sent_at = tools.clock.wall();
    auto body = protocol::sign_request(*tools.crypto, key, header, protocol::encode(protocol::Request{request}));
    if (!body) return body.error();
    out->line(*body);
  }
  return out->close();
}

Result<void> write_certificate_requests(Tools& tools, const Keys& keys, std::size_t count, const std::string& path) {
  auto out = LineWriter::open(path);
  if (!out) return out.error();
  for (std::size_t i = 0; i < count; ++i) {
    auto der = tools.crypto->make_request(*keys[i % keys.size()], to_string(numbered_udi(i)));
    if (!der) return der.error();
    out->line(json::to_text(json::Object{{"certificate_request", pki::to_pem("CERTIFICATE REQUEST", *der)}}));
  }
  return out->close();
}

Result<void> write_devices(Tools& tools, const pki::Certificate& signing, std::size_t keys, std::size_t first_number,
                           const std::string& answers_path, const std::string& path) {
  auto lines = read_lines(tools, answers_path);
  if (!lines) return lines.error();
  if (signing.uris.empty()) return Error{ErrorCode::Malformed, "the signing certificate names no authority"};
  auto authority = pki::parse_authority_uri(signing.uris.front());
  if (!authority) return authority.error();
  auto out = LineWriter::open(path);
  if (!out) return out.error();
  for (std::size_t i = 0; i < lines->size(); ++i) {
    auto answer = read_answer(tools, signing, protocol::MessageType::Register, (*lines)[i]);
    if (!answer) return answer.error().with_context(fmt::format("{}: line {}", answers_path, i + 1));
    const auto& registered = std::get<protocol::RegisterAnswer>(*answer);
    auto certificate = tools.crypto->parse_certificate(registered.chain.front());
    if (!certificate) return certificate.error();
    Device device;
    device.key = i % keys;
    device.account = registered.account;
    device.instance = registered.instance;
    device.va = registered.virtual_account;
    device.authority = *authority;
    device.signing_serial = signing.serial;
    device.serial = certificate->serial;
    device.udi = numbered_udi(first_number + i);
    device.certificate = certificate->der;
    out->line(device_line(device));
  }
  return out->close();
}

protocol::AuthorizeRequest usual_authorize(const Product& product, const Device& device) {
  protocol::AuthorizeRequest request;
  request.udis = {{device.udi, UdiRole::Active}};
  request.software_version = product.software_version;
  request.agent_version = kAgentVersion;
  request.usage = product.usage;
  request.virtual_account = device.va;
  request.generation = 1;
  request.trust_version = 1;
  return request;
}

Result<void> write_authorize_bodies(Tools& tools, const Product& product, const Keys& keys,
                                    const std::vector<Device>& devices, const Rounds& rounds, const std::string& path) {
  auto out = LineWriter::open(path);
  if (!out) return out.error();
  std::vector<std::pair<std::string, protocol::RequestHeader>> ready;
  for (const auto& device : devices) {
    protocol::RequestHeader header;
    header.type = protocol::MessageType::Authorize;
    header.identity = {device.authority,
                       device.account,
                       device.instance,
                       device.serial,
                       tools.crypto->sha256(device.certificate),
                       device.certificate,
                       device.signing_serial};
    ready.emplace_back(protocol::encode(protocol::Request{usual_authorize(product, device)}), std::move(header));
  }
  for (std::int64_t round = 0; round < rounds.rounds; ++round) {
    for (std::size_t i = 0; i < devices.size(); ++i) {
      auto& [payload, header] = ready[i];
      header.request_id = RequestId::random(tools.entropy);
      header.sequence = rounds.first_sequence + round;
      header.sent_at = tools.clock.wall();
      auto body = protocol::sign_request(*tools.crypto, *keys[devices[i].key], header, payload);
      if (!body) return body.error();
      out->line(*body);
    }
  }
  return out->close();
}

Result<std::size_t> check_answers(Tools& tools, const pki::Certificate& signing, protocol::MessageType type,
                                  const std::string& path) {
  auto lines = read_lines(tools, path);
  if (!lines) return lines.error();
  for (std::size_t i = 0; i < lines->size(); ++i) {
    const auto place = fmt::format("{}: line {}", path, i + 1);
    auto answer = read_answer(tools, signing, type, (*lines)[i]);
    if (!answer) return answer.error().with_context(place);
    const auto* authorized = std::get_if<protocol::AuthorizeAnswer>(&*answer);
    if (authorized != nullptr && !authorized->in_compliance) {
      return Error{ErrorCode::Conflict, place + ": out of compliance"};
    }
  }
  return lines->size();
}

}  // namespace lictor::bench
