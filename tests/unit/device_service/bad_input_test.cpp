// Bad input of every kind at the door: a named error of page 04b, the service unharmed, nothing changed. One table
// drives it.
#include <gtest/gtest.h>

#include "foundation/json/json.hpp"
#include "unit/device_service/world.hpp"

namespace lictor::test {
namespace {

using protocol::Code;
using protocol::MessageType;

// Replaces a member of the protected header (or takes it away with null) and joins the message anew, signed again.
std::string with_header(Device& device, const std::string& compact, std::string_view member, json::Value value) {
  const auto dot = compact.find('.');
  const auto end = compact.find('.', dot + 1);
  auto header = json::parse(as_text(from_base64url(std::string_view(compact).substr(0, dot)).value())).value();
  json::Object changed;
  for (const auto& [key, old] : *header.if_object()) {
    if (key != member) changed.emplace_back(key, old);
  }
  if (!value.is_null()) changed.emplace_back(std::string(member), std::move(value));
  auto input = to_base64url(as_bytes(json::to_text(changed))) + compact.substr(dot, end - dot);
  const auto signature = device.world.crypto->sign(*device.key, as_bytes(input)).value();
  return protocol::attach_signature(std::move(input), signature);
}

std::string with_raw_header(Device& device, const std::string& compact, const std::string& header) {
  const auto dot = compact.find('.');
  const auto end = compact.find('.', dot + 1);
  auto input = to_base64url(as_bytes(header)) + compact.substr(dot, end - dot);
  const auto signature = device.world.crypto->sign(*device.key, as_bytes(input)).value();
  return protocol::attach_signature(std::move(input), signature);
}

std::string header_of(const std::string& compact) {
  return std::string(as_text(from_base64url(compact.substr(0, compact.find('.'))).value()));
}

std::string authorize_body(Device& device, const std::string& payload) {
  return device.sign(device.header(MessageType::Authorize), payload);
}

std::string good_payload(Device& device) {
  protocol::AuthorizeRequest request;
  request.udis = device.udis;
  request.usage = device.world.usage({{"C9500 Network Advantage", 1}});
  return protocol::encode(protocol::Request{request});
}

std::string replace(std::string text, std::string_view what, std::string_view by) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), by);
}

struct BadInput {
  const char* name;
  std::function<std::string(Device&)> body;
  int status;  // 200: a signed refusal
  Code code;
  const char* says;  // part of the reason
};

const BadInput kTable[] = {
    {"empty", [](Device&) { return std::string(); }, 400, Code::LS_MALFORMED, "compact JWS"},
    {"garbage", [](Device&) { return std::string("\x00\xff\xfe hello", 10); }, 400, Code::LS_MALFORMED, "compact JWS"},
    {"plain JSON", [](Device&) { return std::string("{\"usage\":[]}"); }, 400, Code::LS_MALFORMED, "compact JWS"},
    {"four parts", [](Device& d) { return authorize_body(d, good_payload(d)) + ".x"; }, 400, Code::LS_MALFORMED,
     "compact JWS"},
    {"truncated",
     [](Device& d) {
       auto body = authorize_body(d, good_payload(d));
       return body.substr(0, body.size() / 2);
     },
     400, Code::LS_MALFORMED, ""},
    {"signature cut short",
     [](Device& d) {
       const auto body = authorize_body(d, good_payload(d));
       return body.substr(0, body.rfind('.') + 1) + to_base64url(Bytes(60, 1));
     },
     401, Code::LS_INVALID_DATA, "Data and signature do not match"},
    {"bad base64 in the header", [](Device& d) { return "*" + authorize_body(d, good_payload(d)); }, 400,
     Code::LS_MALFORMED, "header"},
    {"padding in the payload",
     [](Device& d) {
       const auto body = authorize_body(d, good_payload(d));
       const auto end = body.rfind('.');
       return body.substr(0, end) + "=" + body.substr(end);
     },
     400, Code::LS_MALFORMED, "payload"},
    {"oversize", [](Device& d) { return authorize_body(d, good_payload(d)) + std::string(3145728, 'A'); }, 413,
     Code::LS_TOO_LARGE, "3145728"},
    {"100,000 levels deep",
     [](Device& d) { return authorize_body(d, std::string(100'000, '[') + std::string(100'000, ']')); }, 413,
     Code::LS_TOO_LARGE, "levels"},
    {"header 100,000 levels deep",
     [](Device& d) { return with_raw_header(d, authorize_body(d, good_payload(d)), std::string(50'000, '[')); }, 413,
     Code::LS_TOO_LARGE, "levels"},
    {"duplicate members in the payload",
     [](Device& d) { return authorize_body(d, replace(good_payload(d), "{", "{\"generation\":1,")); }, 400,
     Code::LS_MALFORMED, "twice"},
    {"duplicate members in the header",
     [](Device& d) {
       const auto body = authorize_body(d, good_payload(d));
       return with_raw_header(d, body, replace(header_of(body), "{", "{\"alg\":\"none\","));
     },
     400, Code::LS_MALFORMED, "twice"},
    {"a number beyond all bounds",
     [](Device& d) { return authorize_body(d, replace(good_payload(d), "\"generation\":0", "\"generation\":1e400")); },
     400, Code::LS_MALFORMED, "number"},
    {"payload is no object", [](Device& d) { return authorize_body(d, "[]"); }, 400, Code::LS_MALFORMED, "object"},
    {"a member is missing",
     [](Device& d) { return authorize_body(d, replace(good_payload(d), "\"generation\":0,", "")); }, 400,
     Code::LS_MALFORMED, "generation: is missing"},
    {"a member of the wrong type",
     [](Device& d) { return authorize_body(d, replace(good_payload(d), "\"generation\":0", "\"generation\":\"0\"")); },
     400, Code::LS_MALFORMED, "generation: must be an integer"},
    {"a count of nothing",
     [](Device& d) { return authorize_body(d, replace(good_payload(d), "\"count\":1", "\"count\":0")); }, 400,
     Code::LS_MALFORMED, "usage[0].count"},
    {"not UTF-8", [](Device& d) { return authorize_body(d, replace(good_payload(d), "feature", "fe\xff\xff")); }, 400,
     Code::LS_MALFORMED, "payload"},
    {"alg none", [](Device& d) { return with_header(d, authorize_body(d, good_payload(d)), "alg", "none"); }, 415,
     Code::LS_UNSUPPORTED_TYPE, "alg"},
    {"alg HS256", [](Device& d) { return with_header(d, authorize_body(d, good_payload(d)), "alg", "HS256"); }, 415,
     Code::LS_UNSUPPORTED_TYPE, "alg"},
    {"alg of another key", [](Device& d) { return with_header(d, authorize_body(d, good_payload(d)), "alg", "RS256"); },
     401, Code::LS_INVALID_DATA, "Data and signature do not match"},
    {"unknown message",
     [](Device& d) { return with_header(d, authorize_body(d, good_payload(d)), "typ", "lictor-steal+jws"); }, 415,
     Code::LS_UNSUPPORTED_TYPE, "typ"},
    {"unknown crit",
     [](Device& d) {
       return with_header(d, authorize_body(d, good_payload(d)), "crit",
                          json::Array{"request_id", "sequence", "sent_at", "versions", "novelty"});
     },
     415, Code::LS_UNSUPPORTED_TYPE, "novelty"},
    {"a later version alone",
     [](Device& d) {
       return with_header(d, authorize_body(d, good_payload(d)), "versions", json::Array{7, 9});
     },
     400, Code::LS_VERSION_UNSUPPORTED, "version"},
    {"no certificate members",
     [](Device& d) { return with_header(d, authorize_body(d, good_payload(d)), "kid", nullptr); }, 400,
     Code::LS_INVALID_DATA,
     "Missing Id cert serial number field; Missing signing cert serial number field; Signed data and certificate does "
     "not match"},
    {"no serial", [](Device& d) { return with_header(d, authorize_body(d, good_payload(d)), "id_serial", nullptr); },
     400, Code::LS_INVALID_DATA, "Missing Id cert serial number field"},
    {"wrong key",
     [](Device& d) {
       auto other = d.world.crypto->generate_key(pki::KeyAlgorithm::EcP256).value();
       std::swap(d.key, other);
       auto body = authorize_body(d, good_payload(d));
       std::swap(d.key, other);
       return body;
     },
     401, Code::LS_INVALID_DATA, "Data and signature do not match"},
    {"payload exchanged",
     [](Device& d) {
       const auto body = authorize_body(d, good_payload(d));
       const auto first = body.find('.');
       const auto second = body.rfind('.');
       return body.substr(0, first + 1) +
              to_base64url(as_bytes(replace(good_payload(d), "\"count\":1", "\"count\":9"))) + body.substr(second);
     },
     401, Code::LS_INVALID_DATA, "Data and signature do not match"},
    {"replayed under another sequence",
     [](Device& d) {
       d.sequence = -1;
       return authorize_body(d, good_payload(d));
     },
     200, Code::LS_SEQUENCE_BEHIND, "(1)"},
    {"wrong clock",
     [](Device& d) {
       auto header = d.header(MessageType::Authorize);
       header.sent_at += days(2);
       return d.sign(header, good_payload(d));
     },
     200, Code::LS_CLOCK_OFFSET, "offset beyond the allowed tolerance limit"},
    {"register with a CSR of another key",
     [](Device& d) {
       auto other = d.world.crypto->generate_key(pki::KeyAlgorithm::EcP256).value();
       auto request = d.registration(d.world.token(kVa), false);
       request.csr = d.world.crypto->make_request(*other, "x").value();
       return d.sign(d.header(MessageType::Register), protocol::encode(protocol::Request{request}));
     },
     401, Code::LS_INVALID_DATA, "Data and signature do not match"},
    {"register with a CSR that is none",
     [](Device& d) {
       auto request = d.registration(d.world.token(kVa), false);
       request.csr = {1, 2, 3};
       return d.sign(d.header(MessageType::Register), protocol::encode(protocol::Request{request}));
     },
     400, Code::LS_MALFORMED, "csr"},
};

class BadInputTest : public testing::TestWithParam<BadInput> {};

TEST_P(BadInputTest, PRO_5_IsANamedErrorAndChangesNothing) {
  World world;
  Device device(world, "C9500-40X", "FCW0000A001");
  expect<protocol::RegisterAnswer>(device.register_with(world.token(kVa)));
  expect<protocol::AuthorizeAnswer>(device.authorize({}));
  const auto body = GetParam().body(device);
  const auto before = world.dump();
  const auto reply = world.send(body);
  EXPECT_EQ(reply.status, GetParam().status) << reply.problem.reason;
  auto refused = reply.problem;
  if (reply.status == 200) {  // PRO_8: signed, since the request's signature verified
    const auto answer = protocol::parse_answer(reply.body).value();
    refused = refusal(protocol::decode_answer(answer.header.type, answer.payload).value());
  }
  EXPECT_EQ(protocol::to_string(refused.code), protocol::to_string(GetParam().code)) << refused.reason;
  EXPECT_NE(refused.reason.find(GetParam().says), std::string::npos) << refused.reason;
  EXPECT_EQ(world.dump(), before);
  device.sequence = 1;
  expect<protocol::AuthorizeAnswer>(device.authorize({}));  // the service is unharmed
}

INSTANTIATE_TEST_SUITE_P(Door, BadInputTest, testing::ValuesIn(kTable), [](const auto& info) {
  std::string name;
  for (const char c : std::string_view(info.param.name)) name += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return name;
});

TEST(Door, PRO_4_MissingFieldsAreNamedAndJoined) {
  World world;
  Device device(world, "C9500-40X", "FCW0000A001");
  expect<protocol::RegisterAnswer>(device.register_with(world.token(kVa)));
  device.identity->signing_serial.reset();
  EXPECT_EQ(refusal(device.authorize({})).reason, "Missing signing cert serial number field");
  device.identity->id_serial.reset();
  EXPECT_EQ(refusal(device.authorize({})).reason,
            "Missing Id cert serial number field; Missing signing cert serial number field");
}

TEST(Door, PRO_8_OnlyARequestWhoseSignatureVerifiedGetsASignedAnswer) {
  World world;
  Device device(world, "C9500-40X", "FCW0000A001");
  const auto token = world.token(kVa, [](domain::Token& t) { t.revoked_at = t.created_at; });
  const auto payload = protocol::encode(protocol::Request{device.registration(token, false)});
  auto body = device.sign(device.header(MessageType::Register), payload);
  EXPECT_EQ(world.send(body).status, 200);  // refused, but signed
  body.back() = body.back() == 'A' ? 'Q' : 'A';
  const auto unsigned_reply = world.send(body);
  EXPECT_NE(unsigned_reply.status, 200);
  EXPECT_TRUE(unsigned_reply.body.empty());
}

}  // namespace
}  // namespace lictor::test
