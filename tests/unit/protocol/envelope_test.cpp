// The envelope of requests and answers: what is refused before anything is believed, and by which code.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "foundation/base/utf8.hpp"
#include "foundation/json/json.hpp"
#include "licensing/protocol/envelope.hpp"
#include "unit/protocol/vectors.hpp"

namespace lictor::protocol::test {
namespace {

using json::Array;
using json::Object;
using json::Value;

std::string compact(std::string_view header, std::string_view payload = "{}", std::string_view signature = "AAAA") {
  return fmt::format("{}.{}.{}", to_base64url(as_bytes(header)), to_base64url(as_bytes(payload)), signature);
}

// The header of a vector, with a member replaced, added, or (null) taken away.
std::string header_with(const char* vector, std::string_view key, const Value& value) {
  auto header = json::parse(load_vector(vector).header).value();
  auto& members = *header.if_object();
  std::erase_if(members, [&](const auto& member) { return member.first == key; });
  if (!value.is_null()) members.emplace_back(std::string(key), value);
  return json::to_text(header);
}

struct Row {
  std::string what;
  std::string message;
  Code code;
  std::string_view named;  // what the reason names
};

void expect_refused(const std::vector<Row>& rows) {
  for (const auto& row : rows) {
    const auto parsed = parse_request(row.message);
    ASSERT_FALSE(parsed) << row.what;
    EXPECT_EQ(to_string(parsed.error().code), to_string(row.code)) << row.what << ": " << parsed.error().reason;
    EXPECT_NE(parsed.error().reason.find(row.named), std::string::npos) << row.what << ": " << parsed.error().reason;
  }
}

TEST(Envelope, PRO_5_WhatIsNoCompactJwsIsMalformed) {
  const auto good = load_vector("authorize-request").compact;
  const auto header = good.substr(0, good.find('.'));
  expect_refused({
      {"nothing", "", Code::LS_MALFORMED, "compact JWS"},
      {"text", "hello", Code::LS_MALFORMED, "compact JWS"},
      {"JSON serialization", R"({"payload":"","signature":""})", Code::LS_MALFORMED, "compact JWS"},
      {"two parts", good.substr(0, good.rfind('.')), Code::LS_MALFORMED, "compact JWS"},
      {"four parts", good + ".AAAA", Code::LS_MALFORMED, "compact JWS"},
      {"only dots", "..", Code::LS_MALFORMED, "header"},
      {"a blank in front", " " + good, Code::LS_MALFORMED, "header"},
      {"a line end behind", good + "\n", Code::LS_MALFORMED, "signature"},
      {"padding", header + "=." + good.substr(good.find('.') + 1), Code::LS_MALFORMED, "header"},
      {"plain base64", header + ".+/+/.AAAA", Code::LS_MALFORMED, "payload"},
      {"trailing bits", header + ".QUJ.AAAA", Code::LS_MALFORMED, "payload"},
      {"signature no base64url", header + ".QUJD.A", Code::LS_MALFORMED, "signature"},
      {"header no JSON", compact("{alg}"), Code::LS_MALFORMED, "header"},
      {"header no object", compact("[]"), Code::LS_MALFORMED, "header"},
      {"header no UTF-8", compact("{\"alg\":\"\xff\"}"), Code::LS_MALFORMED, "header"},
      {"header with bytes behind", compact("{} {}"), Code::LS_MALFORMED, "header"},
      {"header empty", compact("{}"), Code::LS_MALFORMED, "alg"},
  });
}

TEST(Envelope, PRO_5_WhatIsTooLargeOrTooDeepIsSaidToBe) {
  const auto header = load_vector("trust-request").header;
  const auto deep =
      header.substr(0, header.size() - 1) + R"(,"x":)" + std::string(100'000, '[') + std::string(100'000, ']') + "}";
  const auto wide = header.substr(0, header.size() - 1) + R"(,"x":")" + std::string(200'000, 'x') + "\"}";
  expect_refused({
      {"message", std::string(kMaxMessageBytes + 1, 'A'), Code::LS_TOO_LARGE, "3145728"},
      {"deep header", compact(deep), Code::LS_TOO_LARGE, "header"},
      {"wide header", compact(wide), Code::LS_TOO_LARGE, "header"},
  });
}

TEST(Envelope, PRO_5_AlgNoneAndForeignAlgorithmsAreUnsupported) {
  std::vector<Row> rows;
  for (const auto* alg : {"none", "None", "NONE", "", "HS256", "RS512", "PS256", "ES384", "EdDSA", "es256", "ES256 "}) {
    rows.push_back({fmt::format("alg {}", alg), compact(header_with("authorize-request", "alg", alg)),
                    Code::LS_UNSUPPORTED_TYPE, "alg"});
  }
  rows.push_back({"alg none, no signature", compact(header_with("authorize-request", "alg", "none"), "{}", ""),
                  Code::LS_UNSUPPORTED_TYPE, "alg"});
  rows.push_back({"alg missing", compact(header_with("authorize-request", "alg", nullptr)), Code::LS_MALFORMED, "alg"});
  rows.push_back({"alg a number", compact(header_with("authorize-request", "alg", 256)), Code::LS_MALFORMED, "alg"});
  expect_refused(rows);
}

// What is quoted of a message is cut between characters: it goes on into a JSON document.
TEST(Envelope, PRO_5_WhatIsQuotedOfAMessageStaysUtf8) {
  for (std::size_t before = 20; before < 70; ++before) {
    const auto value = std::string(before, 'x') + "\xe5\x8c\x97\xe4\xba\xac";
    for (const auto* member : {"alg", "typ"}) {
      const auto parsed = parse_request(compact(header_with("authorize-request", member, value)));
      ASSERT_FALSE(parsed);
      EXPECT_TRUE(is_utf8(parsed.error().reason)) << parsed.error().reason;
    }
    const auto crit = parse_request(compact(header_with("authorize-request", "crit", json::Array{value})));
    ASSERT_FALSE(crit);
    EXPECT_TRUE(is_utf8(crit.error().reason)) << crit.error().reason;
  }
}

TEST(Envelope, PRO_5_TypesOfNoMessageAreUnsupported) {
  std::vector<Row> rows;
  for (const auto* typ :
       {"JWT", "", "lictor-+jws", "lictor-report+jws", "lictor-authorize", "authorize+jws", "lictor-authorize+jwt",
        "LICTOR-authorize+jws", "lictor-Authorize+jws", "lictor-trust-bundle+jws"}) {
    rows.push_back({fmt::format("typ {}", typ), compact(header_with("authorize-request", "typ", typ)),
                    Code::LS_UNSUPPORTED_TYPE, "typ"});
  }
  rows.push_back({"typ missing", compact(header_with("authorize-request", "typ", nullptr)), Code::LS_MALFORMED, "typ"});
  expect_refused(rows);
}

TEST(Envelope, PRO_1_UnknownMembersAreIgnoredUnknownCritNever) {
  const auto header = header_with("authorize-request", "later", Object{{"a", 1}});
  EXPECT_TRUE(parse_request(compact(header)));
  const auto crit = [](Array names) { return compact(header_with("authorize-request", "crit", names)); };
  expect_refused({
      {"unknown and present", compact([&] {
         auto value = json::parse(header).value();
         for (auto& [key, member] : *value.if_object()) {
           if (key == "crit") member.if_array()->emplace_back("later");
         }
         return json::to_text(value);
       }()),
       Code::LS_UNSUPPORTED_TYPE, "later"},
      {"b64", crit({"request_id", "sequence", "sent_at", "versions", "b64"}), Code::LS_UNSUPPORTED_TYPE, "b64"},
      {"missing", compact(header_with("authorize-request", "crit", nullptr)), Code::LS_MALFORMED, "crit"},
      {"empty", crit({}), Code::LS_MALFORMED, "crit"},
      {"no array", compact(header_with("authorize-request", "crit", "request_id")), Code::LS_MALFORMED, "crit"},
      {"numbers", crit({1}), Code::LS_MALFORMED, "crit"},
      {"not all that must be in it", crit({"request_id", "sequence", "sent_at"}), Code::LS_MALFORMED, "versions"},
      {"twice", crit({"request_id", "sequence", "sent_at", "versions", "sent_at"}), Code::LS_MALFORMED, "sent_at"},
      {"named but absent", compact(header_with("authorize-request", "sent_at", nullptr)), Code::LS_MALFORMED,
       "sent_at"},
      {"an answer's", crit({"request_id", "server_time", "incarnation", "trust_version", "version"}),
       Code::LS_UNSUPPORTED_TYPE, "server_time"},
  });
}

TEST(Envelope, PRO_1_DuplicateMembersAndNonFiniteNumbersAreRefused) {
  const auto header = load_vector("trust-request").header;
  const auto body = header.substr(0, header.size() - 1);
  expect_refused({
      {"twice the same", compact(body + R"(,"alg":"ES256"})"), Code::LS_MALFORMED, "alg"},
      {"twice, another spelling", compact(body + R"(,"\u0061lg":"ES256"})"), Code::LS_MALFORMED, "alg"},
      {"twice inside an unknown member", compact(body + R"(,"x":{"a":1,"a":2}})"), Code::LS_MALFORMED, "a"},
      {"infinite", compact(body + R"(,"x":1e400})"), Code::LS_MALFORMED, "header"},
      {"not a number", compact(body + R"(,"x":NaN})"), Code::LS_MALFORMED, "header"},
  });
}

TEST(Envelope, PRO_5_MembersOfTheWrongKindAreNamed) {
  const auto request = [](std::string_view key, const Value& value) {
    return compact(header_with("authorize-request", key, value));
  };
  expect_refused({
      {"id short", request("request_id", "abcd"), Code::LS_MALFORMED, "request_id"},
      {"id upper case", request("request_id", std::string(32, 'A')), Code::LS_MALFORMED, "request_id"},
      {"sequence negative", request("sequence", -1), Code::LS_MALFORMED, "sequence"},
      {"sequence a text", request("sequence", "1"), Code::LS_MALFORMED, "sequence"},
      {"sequence a fraction", request("sequence", 1.5), Code::LS_MALFORMED, "sequence"},
      {"sequence beyond 2^53", request("sequence", std::int64_t{1} << 53), Code::LS_MALFORMED, "sequence"},
      {"date beyond year 9999", request("sent_at", std::int64_t{253'402'300'800'000}), Code::LS_MALFORMED, "sent_at"},
      {"kid of two parts", request("kid", "6f1d2c3b-4a59-4e87-8d76-0f1e2d3c4b5a/1"), Code::LS_MALFORMED, "kid"},
      {"kid of four parts", request("kid", "6f1d2c3b-4a59-4e87-8d76-0f1e2d3c4b5a/1/2/3"), Code::LS_MALFORMED, "kid"},
      {"kid with a leading zero", request("kid", "6f1d2c3b-4a59-4e87-8d76-0f1e2d3c4b5a/01/2"), Code::LS_MALFORMED,
       "kid"},
      {"kid without a UUID", request("kid", "a/1/2"), Code::LS_MALFORMED, "kid"},
      {"id serial", request("id_serial", "41"), Code::LS_MALFORMED, "id_serial"},
      {"signing serial", request("signing_serial", 41), Code::LS_MALFORMED, "signing_serial"},
      {"thumbprint short", request("x5t#S256", "QUJD"), Code::LS_MALFORMED, "x5t#S256"},
      {"certificate base64url", request("x5c", Array{"-_-_"}), Code::LS_MALFORMED, "x5c"},
      {"certificates no array", request("x5c", "QUJD"), Code::LS_MALFORMED, "x5c"},
      {"certificates too many", request("x5c", Array(9, Value("QUJD"))), Code::LS_MALFORMED, "x5c"},
  });
}

TEST(Envelope, PRO_1_VersionsWithoutOverlapAreUnsupportedOthersSpoken) {
  const auto message = [](Array versions) { return compact(header_with("authorize-request", "versions", versions)); };
  expect_refused({
      {"later ones only", message({2, 3}), Code::LS_VERSION_UNSUPPORTED, "not supported"},
      {"one number", message({1}), Code::LS_MALFORMED, "versions"},
      {"three numbers", message({1, 1, 1}), Code::LS_MALFORMED, "versions"},
      {"turned round", message({2, 1}), Code::LS_MALFORMED, "versions"},
      {"zero", message({0, 1}), Code::LS_MALFORMED, "versions"},
      {"texts", message({"1", "1"}), Code::LS_MALFORMED, "versions"},
  });
  EXPECT_TRUE(parse_request(message({1, 7})));
}

TEST(Envelope, PRO_4_CertificateMembersMayBeMissingForTheServiceToNameThem) {
  for (const auto* member : {"id_serial", "x5t#S256", "x5c", "signing_serial"}) {
    const auto parsed = parse_request(compact(header_with("authorize-request", member, nullptr)));
    ASSERT_TRUE(parsed) << member << ": " << parsed.error().reason;
    const auto& identity = parsed->header.identity.value();
    EXPECT_EQ(identity.id_serial.has_value(), member != std::string_view("id_serial"));
    EXPECT_EQ(identity.certificate_digest.has_value(), member != std::string_view("x5t#S256"));
    EXPECT_EQ(identity.certificate.empty(), member == std::string_view("x5c"));
    EXPECT_EQ(identity.signing_serial.has_value(), member != std::string_view("signing_serial"));
  }
  const auto none = parse_request(compact(header_with("authorize-request", "kid", nullptr)));
  ASSERT_TRUE(none);
  EXPECT_FALSE(none->header.identity);
}

TEST(Envelope, PRO_1_AnAnswerLacksNoMember) {
  for (const auto* member :
       {"alg", "typ", "crit", "request_id", "server_time", "incarnation", "trust_version", "version", "x5c"}) {
    const auto parsed = parse_answer(compact(header_with("authorize-answer", member, nullptr)));
    ASSERT_FALSE(parsed) << member;
    EXPECT_NE(parsed.error().message.find(member), std::string::npos) << parsed.error().message;
  }
  EXPECT_FALSE(parse_answer(compact(header_with("authorize-answer", "version", 2)))) << "a version never offered";
  EXPECT_FALSE(parse_answer(load_vector("authorize-request").compact)) << "a request is no answer";
  EXPECT_FALSE(parse_request(load_vector("authorize-answer").compact)) << "an answer is no request";
}

// A key of one kind is not asked to verify under the other algorithm's name, whatever the header says.
TEST(Envelope, PRO_5_TheAlgorithmFollowsTheKey) {
  const auto port = crypto();
  auto parsed = parse_request(load_vector("authorize-request").compact).value();
  parsed.es256 = false;
  EXPECT_FALSE(verify(*port, parsed, public_key("device")));
  auto rsa = parse_request(load_vector("authorize-request-rs256").compact).value();
  rsa.es256 = true;
  EXPECT_FALSE(verify(*port, rsa, public_key("device_rsa")));
}

TEST(Envelope, PRO_5_SignaturesOfOddShapesDoNotVerify) {
  const auto port = crypto();
  const auto vector = load_vector("authorize-request");
  const auto good = parse_request(vector.compact).value();
  Bytes zeros(64, 0);
  auto longer = good.signature;
  longer.push_back(0);
  auto shorter = good.signature;
  shorter.pop_back();
  // s and n - s verify alike in ECDSA; r and s exchanged do not.
  Bytes exchanged(good.signature.begin() + 32, good.signature.end());
  exchanged.insert(exchanged.end(), good.signature.begin(), good.signature.begin() + 32);
  for (const auto& signature : {Bytes{}, zeros, Bytes(64, 0xff), longer, shorter, exchanged, Bytes(72, 0x30)}) {
    auto changed = good;
    changed.signature = signature;
    EXPECT_FALSE(verify(*port, changed, public_key("device"))) << to_hex(signature);
  }
}

TEST(Envelope, PRO_3_EachAttemptSignsTheSamePayloadWithAFreshDate) {
  const auto port = crypto();
  const auto key = port->generate_key(pki::KeyAlgorithm::EcP256).value();
  auto header = std::get<ExpectedRequest>(*expected("authorize-request")).header;
  const auto payload = load_vector("authorize-request").payload;
  const auto first = parse_request(sign_request(*port, *key, header, payload).value()).value();
  header.sent_at += hours(7);
  const auto second = parse_request(sign_request(*port, *key, header, payload).value()).value();
  EXPECT_EQ(first.payload, second.payload);
  EXPECT_EQ(first.header.request_id, second.header.request_id);
  EXPECT_EQ(second.header.sent_at - first.header.sent_at, hours(7));
  EXPECT_EQ(payload_digest(*port, MessageType::Authorize, first.payload),
            payload_digest(*port, MessageType::Authorize, second.payload));
}

TEST(Envelope, PRO_3_TheDigestIsOfTypeAndPayload) {
  const auto port = crypto();
  EXPECT_NE(payload_digest(*port, MessageType::Register, "{}"), payload_digest(*port, MessageType::Deregister, "{}"));
  EXPECT_NE(payload_digest(*port, MessageType::Register, "{}"), payload_digest(*port, MessageType::Register, "{ }"));
  EXPECT_EQ(payload_digest(*port, MessageType::Deregister, "{}"), port->sha256(as_bytes("deregister\n{}")));
}

// --- codes ----------------------------------------------------------------------------------------------------------
TEST(Codes, PRO_2_HaveTheirTextsAndClasses) {
  struct Wanted {
    Code code;
    std::string_view name;
    std::string_view text;
    CodeClass code_class;
  };
  const Wanted wanted[] = {
      {Code::LS_BUSY, "LS_BUSY", "Your request could not be processed right now. Please try again", CodeClass::Retry},
      {Code::LS_CLOCK_OFFSET, "LS_CLOCK_OFFSET", "", CodeClass::Retry},
      {Code::LS_PENDING, "LS_PENDING", "Waiting for reply", CodeClass::Retry},
      {Code::LS_ALREADY_REGISTERED, "LS_ALREADY_REGISTERED", "", CodeClass::Already},
      {Code::LS_TOKEN_UNKNOWN, "LS_TOKEN_UNKNOWN", "The registration token is not valid", CodeClass::Terminal},
      {Code::LS_TOKEN_EXPIRED, "LS_TOKEN_EXPIRED", "The registration token has expired", CodeClass::Terminal},
      {Code::LS_TOKEN_USED_UP, "LS_TOKEN_USED_UP", "The registration token has no uses left", CodeClass::Terminal},
      {Code::LS_TOKEN_REVOKED, "LS_TOKEN_REVOKED", "The registration token has been revoked", CodeClass::Terminal},
      {Code::LS_EXPORT_NOT_ALLOWED, "LS_EXPORT_NOT_ALLOWED",
       "Export-controlled functionality is not allowed for this account", CodeClass::Terminal},
      {Code::LS_VERSION_UNSUPPORTED, "LS_VERSION_UNSUPPORTED", "The protocol version is not supported",
       CodeClass::Terminal},
      {Code::LS_PRODUCT_UNKNOWN, "LS_PRODUCT_UNKNOWN", "The product is not in the catalog", CodeClass::Terminal},
      {Code::LS_INVALID_DATA, "LS_INVALID_DATA", "", CodeClass::Keep},
      {Code::LS_SEQUENCE_BEHIND, "LS_SEQUENCE_BEHIND", "", CodeClass::Keep},
      {Code::LS_REQUEST_REUSED, "LS_REQUEST_REUSED", "The request id was used with other content", CodeClass::Keep},
      {Code::LS_NOT_REGISTERED, "LS_NOT_REGISTERED", "The product instance is not registered",
       CodeClass::NotRegistered},
      {Code::LS_MALFORMED, "LS_MALFORMED", "", CodeClass::Keep},
      {Code::LS_TOO_LARGE, "LS_TOO_LARGE", "", CodeClass::Keep},
      {Code::LS_UNSUPPORTED_TYPE, "LS_UNSUPPORTED_TYPE", "", CodeClass::Keep},
  };
  ASSERT_EQ(code_table().size(), std::size(wanted));
  for (const auto& w : wanted) {
    EXPECT_EQ(to_string(w.code), w.name);
    EXPECT_EQ(row(w.code).text, w.text) << w.name;
    EXPECT_EQ(row(w.code).code_class, w.code_class) << w.name;
    EXPECT_EQ(parse_code(w.name).value(), w.code);
  }
  EXPECT_FALSE(parse_code("LS_BUSY "));
  EXPECT_FALSE(parse_code("ls_busy"));
}

TEST(Codes, PRO_4_TheTextsOfMissingMembers) {
  EXPECT_EQ(text::kMissingIdSerial, "Missing Id cert serial number field");
  EXPECT_EQ(text::kMissingSigningSerial, "Missing signing cert serial number field");
  EXPECT_EQ(text::kNothingToCheck, "Signed data and certificate does not match");
  EXPECT_EQ(text::kDataAndSignature, "Data and signature do not match");
}

TEST(Codes, TheTextsMadePerCase) {
  EXPECT_EQ(text::clock_offset(wall_from_ms(1'764'000'000'123)),
            R"({"timestamp":["The device date '1764000000123' is offset beyond the allowed tolerance limit."]})");
  EXPECT_EQ(text::sequence_behind(17), "The request is older than the last one processed (17)");
  EXPECT_EQ(text::already_registered_product("regid.X", "FCW2233A5ZV", "C9500-40X"),
            "The product regid.X and sudi containing udiSerialNumber:FCW2233A5ZV,udiPid:C9500-40X has already been "
            "registered.");
}

}  // namespace
}  // namespace lictor::protocol::test
