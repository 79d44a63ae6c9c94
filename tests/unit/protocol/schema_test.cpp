// Codecs and published schemas say the same: of each golden payload, and of what becomes of it when one thing is wrong.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "foundation/json/json.hpp"
#include "licensing/protocol/codec.hpp"
#include "licensing/protocol/schemas.hpp"
#include "support/command.hpp"
#include "support/temp_dir.hpp"
#include "unit/protocol/vectors.hpp"

namespace lictor::protocol::test {
namespace {

using json::Array;
using json::Object;
using json::Value;

// Payloads whose texts the peer judges in one run.
struct Case {
  std::string what;
  std::string schema;
  MessageType message = MessageType::Register;
  bool is_request = true;
  std::string payload;
  bool good = true;
};

std::string schema_of(const Vector& vector) {
  if (vector.name.find("refusal") != std::string::npos) return "refusal";
  return std::string(to_string(vector.message)) + (vector.is_request ? "-request" : "-answer");
}

bool codec_accepts(const Case& c) {
  return c.is_request ? decode_request(c.message, c.payload).has_value()
                      : decode_answer(c.message, c.payload).has_value();
}

std::vector<std::string> judge(const std::vector<Case>& cases) {
  const lictor::test::TempDir folder;
  Object schemas;
  for (const auto& schema : published_schemas()) {
    schemas.emplace_back(std::string(schema.name), json::parse(schema.text).value());
  }
  Array list;
  for (const auto& c : cases) list.emplace_back(Array{c.schema, c.payload});
  const auto outcome = lictor::test::run_command({"/usr/bin/python3", LICTOR_SOURCE_DIR "/tests/unit/protocol/judge.py",
                                                  folder.write("schemas.json", json::to_text(schemas)),
                                                  folder.write("cases.json", json::to_text(list))});
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < outcome.output.size();) {
    const auto end = outcome.output.find('\n', at);
    lines.push_back(outcome.output.substr(at, end - at));
    at = end == std::string::npos ? outcome.output.size() : end + 1;
  }
  lines.resize(cases.size());
  return lines;
}

void expect_alike(const std::vector<Case>& cases) {
  const auto verdicts = judge(cases);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const auto& c = cases[i];
    EXPECT_EQ(verdicts[i].substr(0, verdicts[i].find(' ')), c.good ? "good" : "bad")
        << "schema " << c.schema << ", " << c.what << ": " << verdicts[i] << "\n"
        << c.payload.substr(0, 400);
    EXPECT_EQ(codec_accepts(c), c.good) << "codec " << c.schema << ", " << c.what << "\n" << c.payload.substr(0, 400);
  }
}

// A step into a value: a member's name, or an index written as "[0]".
Value* step_into(Value& value, const std::string& step) {
  if (step.starts_with("[")) {
    auto* array = value.if_array();
    const auto index = static_cast<std::size_t>(std::stoi(step.substr(1)));
    return array != nullptr && index < array->size() ? &(*array)[index] : nullptr;
  }
  if (auto* object = value.if_object()) {
    for (auto& [key, member] : *object) {
      if (key == step) return &member;
    }
  }
  return nullptr;
}

Value with(const Value& root, const std::vector<std::string>& path, const Value& replacement) {
  auto out = root;
  auto* at = &out;
  for (const auto& step : path) {
    at = step_into(*at, step);
    if (at == nullptr) throw std::runtime_error("no " + step);
  }
  *at = replacement;
  return out;
}

Value without(const Value& root, const std::vector<std::string>& path) {
  auto out = root;
  auto* at = &out;
  for (std::size_t i = 0; i + 1 < path.size(); ++i) at = step_into(*at, path[i]);
  std::erase_if(*at->if_object(), [&](const auto& member) { return member.first == path.back(); });
  return out;
}

// Every place in a value where something can be wrong.
void walk(const Value& value, std::vector<std::string>& path, std::vector<std::vector<std::string>>& out) {
  if (!path.empty()) out.push_back(path);
  const auto deeper = [&](std::string step, const Value& inner) {
    path.push_back(std::move(step));
    walk(inner, path, out);
    path.pop_back();
  };
  if (const auto* object = value.if_object()) {
    for (const auto& [key, member] : *object) deeper(key, member);
  }
  if (const auto* array = value.if_array()) {
    for (std::size_t i = 0; i < array->size(); ++i) deeper("[" + std::to_string(i) + "]", (*array)[i]);
  }
}

std::string text_of(const std::vector<std::string>& path) {
  std::string out;
  for (const auto& step : path) out += (out.empty() || step.starts_with("[") ? "" : ".") + step;
  return out;
}

bool is_optional(const std::vector<std::string>& path) {
  const auto& last = path.back();
  return last == "host_name" || last == "incarnation_seen" || last == "reason" || last == "last_sequence" ||
         last == "retry_after";
}

TEST(Schemas, PRO_2_AreOnePerPayloadAndNamedAlike) {
  std::vector<std::string> names;
  for (const auto& schema : published_schemas()) names.emplace_back(schema.name);
  EXPECT_EQ(names,
            (std::vector<std::string>{"register-request", "register-answer", "authorize-request", "authorize-answer",
                                      "renew-id-request", "renew-id-answer", "deregister-request", "deregister-answer",
                                      "poll-request", "poll-answer", "trust-request", "trust-answer", "refusal"}));
}

TEST(Schemas, PRO_1_AcceptTheGoldenPayloadsAndUnknownMembersBesideThem) {
  std::vector<Case> cases;
  for (const auto& name : vector_names()) {
    const auto vector = load_vector(name);
    Case c{"as it is", schema_of(vector), vector.message, vector.is_request, vector.payload, true};
    cases.push_back(c);
    auto value = json::parse(vector.payload).value();
    value.if_object()->emplace_back("of_a_later_version", Object{{"deep", Array{1, 2.5, nullptr}}});
    c.what = "with an unknown member";
    c.payload = json::to_text(value);
    cases.push_back(c);
  }
  expect_alike(cases);
}

TEST(Schemas, PRO_5_RefuseWhatTheCodecRefusesMissingMembersAndWrongTypes) {
  const std::vector<std::pair<std::string, Value>> foreign = {{"null", nullptr},
                                                              {"true", true},
                                                              {"a number", 4711},
                                                              {"a fraction", 1.25},
                                                              {"a text", "\x7f"},
                                                              {"an array", Array{7}},
                                                              {"an object", Object{{"z", 1}}}};
  std::vector<Case> cases;
  for (const auto& name : vector_names()) {
    const auto vector = load_vector(name);
    const auto value = json::parse(vector.payload).value();
    std::vector<std::string> path;
    std::vector<std::vector<std::string>> places;
    walk(value, path, places);
    for (const auto& place : places) {
      Case c{"", schema_of(vector), vector.message, vector.is_request, "", false};
      const auto* at = &value;
      for (const auto& step : place) at = step_into(const_cast<Value&>(*at), step);
      const bool whole_refusal = c.schema == "refusal" && place.size() == 1;  // without "error" it is no refusal
      if (!place.back().starts_with("[") && !whole_refusal) {
        c.what = text_of(place) + " missing";
        c.good = is_optional(place) && !(c.schema == "refusal" && place.back() == "reason");
        c.payload = json::to_text(without(value, place));
        cases.push_back(c);
      }
      for (const auto& [what, other] : foreign) {
        if (other.type_name() == at->type_name()) continue;
        if (other.is_null() && whole_refusal) continue;
        c.what = text_of(place) + " is " + what;
        c.good = other.is_null() && is_optional(place) && !(c.schema == "refusal" && place.back() == "reason");
        c.payload = json::to_text(with(value, place, other));
        cases.push_back(c);
      }
    }
  }
  EXPECT_GT(cases.size(), 500U);
  expect_alike(cases);
}

struct Change {
  const char* vector;
  std::vector<std::string> path;
  Value value;
  bool good;
  const char* what;
};

std::vector<Change> changes() {
  const std::string tag = "regid.2026-01.org.example.X,1.0_00000000-0000-4000-8000-000000000001";
  const std::string long_name(1024, 'x');
  const std::string umlauts = [] {
    std::string out;
    for (int i = 0; i < 1024; ++i) out += "\u00fc";
    return out;
  }();
  const std::int64_t past_ids = std::int64_t{1} << 53;
  return {
      {"register-request", {"token"}, "", false, "empty"},
      {"register-request", {"token"}, std::string(255, 't'), true, "longest"},
      {"register-request", {"token"}, std::string(256, 't'), false, "too long"},
      {"register-request", {"csr"}, "QUJD", true, "base64"},
      {"register-request", {"csr"}, "QUI=", true, "base64 with padding"},
      {"register-request", {"csr"}, "QUI", false, "padding missing"},
      {"register-request", {"csr"}, "QUJ=", false, "trailing bits"},
      {"register-request", {"csr"}, "Q-_D", false, "the other alphabet"},
      {"register-request", {"csr"}, "QU JD", false, "a blank"},
      {"register-request", {"csr"}, std::string(87'384, 'A'), true, "longest"},
      {"register-request", {"csr"}, std::string(87'388, 'A'), false, "too long"},
      {"register-request", {"product_tag"}, tag, true, "a tag"},
      {"register-request",
       {"product_tag"},
       "regid.2026-13.org.example.X,1.0_00000000-0000-4000-8000-000000000001",
       false,
       "month"},
      {"register-request",
       {"product_tag"},
       "regid.2026-01.org.example.X,1.0_00000000-0000-4000-8000-00000000000A",
       false,
       "UUID"},
      {"register-request",
       {"product_tag"},
       "regid.2026-01.X,1.0_00000000-0000-4000-8000-000000000001",
       false,
       "no domain"},
      {"register-request",
       {"product_tag"},
       "regid.2026-01.org.example.X 1,1.0_00000000-0000-4000-8000-000000000001",
       false,
       "a blank"},
      {"register-request", {"udis"}, Array{}, false, "none"},
      {"register-request", {"udis", "[0]", "role"}, "active", false, "lower case"},
      {"register-request", {"udis", "[0]", "role"}, "Member", false, "no Active"},
      {"register-request", {"udis", "[1]", "role"}, "Active", false, "two Active"},
      {"register-request", {"udis", "[1]", "role"}, "Member", true, "a member"},
      {"register-request", {"udis", "[0]", "pid"}, "", false, "empty"},
      {"register-request", {"udis", "[0]", "pid"}, std::string(64, 'P'), true, "longest"},
      {"register-request", {"udis", "[0]", "pid"}, std::string(65, 'P'), false, "too long"},
      {"register-request", {"udis", "[0]", "pid"}, "A/B_C+D.E=F-", true, "all punctuation"},
      {"register-request", {"udis", "[0]", "sn"}, "A/B", false, "a slash"},
      {"register-request", {"udis", "[0]", "sn"}, "S\u00fc", false, "an umlaut"},
      {"register-request", {"software_version"}, long_name, true, "longest"},
      {"register-request", {"software_version"}, long_name + "x", false, "too long"},
      {"register-request", {"host_name"}, umlauts, true, "characters count, not bytes"},
      {"register-request", {"host_name"}, umlauts + "\u00fc", false, "too long"},
      {"authorize-request", {"usage"}, Array{}, true, "nothing in use (AUTH-12)"},
      {"authorize-request", {"usage", "[0]", "count"}, 0, false, "zero"},
      {"authorize-request", {"usage", "[0]", "count"}, -1, false, "negative"},
      {"authorize-request", {"usage", "[0]", "count"}, std::int64_t{1'000'000'000}, true, "most"},
      {"authorize-request", {"usage", "[0]", "count"}, std::int64_t{1'000'000'001}, false, "too many"},
      {"authorize-request", {"usage", "[0]", "tag"}, "advantage", false, "no tag"},
      {"authorize-request", {"virtual_account"}, -1, false, "negative"},
      {"authorize-request", {"virtual_account"}, past_ids - 1, true, "highest id"},
      {"authorize-request", {"virtual_account"}, past_ids, false, "beyond ids"},
      {"authorize-request", {"generation"}, past_ids, false, "beyond ids"},
      {"authorize-request", {"evaluation_used"}, std::int64_t{12'649'600'000}, false, "longer than 400 years"},
      {"authorize-request", {"trust_version"}, 1'000'001, false, "beyond versions"},
      {"authorize-request", {"incarnation_seen"}, std::string(31, 'a'), false, "short"},
      {"authorize-request", {"incarnation_seen"}, std::string(32, 'A'), false, "upper case"},
      {"register-answer", {"chain", "[0]"}, "A", false, "no base64"},
      {"register-answer", {"chain"}, Array(9, Value("QUJD")), false, "too long a chain"},
      {"register-answer", {"first_authorization_due"}, std::int64_t{253'402'300'799'999}, true, "end of year 9999"},
      {"register-answer", {"first_authorization_due"}, std::int64_t{253'402'300'800'000}, false, "year 10000"},
      {"register-answer", {"first_authorization_due"}, -1, false, "before 1970"},
      {"authorize-answer", {"tags", "[0]", "status"}, "Authorized", false, "upper case"},
      {"authorize-answer", {"tags", "[0]", "status"}, "invalid-tag", true, "invalid tag"},
      {"authorize-answer", {"tags", "[0]", "count"}, 0, true, "zero"},
      {"authorize-answer", {"tags", "[0]", "count"}, std::int64_t{1'000'000'001}, false, "too many"},
      {"authorize-answer", {"status"}, "fine", false, "no status"},
      {"authorize-answer", {"next_interval"}, -1, false, "negative"},
      {"deregister-request", {"reason"}, "", true, "empty"},
      {"deregister-request", {"reason"}, long_name + "x", false, "too long"},
      {"poll-request", {"asked_for"}, "1234", false, "short"},
      {"poll-answer", {"type"}, "poll", false, "a read"},
      {"poll-answer", {"type"}, "renew-id", true, "another message"},
      {"poll-answer", {"pending"}, true, false, "pending without an interval"},
      {"poll-answer-pending", {"pending"}, false, false, "not pending without a payload"},
      {"trust-request", {"version_held"}, 0, true, "none held"},
      {"trust-request", {"version_held"}, -1, false, "negative"},
      {"trust-answer", {"bundles"}, Array{}, true, "nothing newer"},
      {"trust-answer", {"bundles", "[0]", "version"}, 0, false, "no version"},
      {"trust-answer", {"bundles", "[0]", "anchors"}, Array(17, Value("QUJD")), false, "too many anchors"},
      {"trust-answer", {"bundles", "[0]", "signed_by_new"}, std::string(65'537, 'x'), false, "too long"},
      {"register-refusal", {"error", "code"}, "LS_TOKEN_GONE", false, "no code"},
      {"register-refusal", {"error", "reason"}, std::string(4096, 'x'), true, "longest"},
      {"register-refusal", {"error", "reason"}, std::string(4097, 'x'), false, "too long"},
      {"authorize-refusal", {"error", "last_sequence"}, past_ids, false, "beyond sequences"},
      {"renew-id-refusal", {"error", "retry_after"}, -1, false, "negative"},
  };
}

TEST(Schemas, PRO_5_AgreeWithTheCodecOnTheBoundsOfEachMember) {
  std::vector<Case> cases;
  for (const auto& change : changes()) {
    const auto vector = load_vector(change.vector);
    cases.push_back({text_of(change.path) + " " + change.what, schema_of(vector), vector.message, vector.is_request,
                     json::to_text(with(json::parse(vector.payload).value(), change.path, change.value)), change.good});
  }
  expect_alike(cases);
}

TEST(Schemas, NameEachCodeOfTheTable) {
  for (const auto& row : code_table()) {
    const Refusal refusal{row.code, "why", row.code == Code::LS_SEQUENCE_BEHIND ? 3 : 0, Duration{0}};
    const auto read = decode_answer(MessageType::Authorize, encode(Answer{refusal}));
    ASSERT_TRUE(read) << row.name;
    EXPECT_EQ(std::get<Refusal>(*read), refusal);
  }
  std::vector<Case> cases;
  for (const auto& row : code_table()) {
    cases.push_back({std::string(row.name), "refusal", MessageType::Authorize, false,
                     encode(Answer{Refusal{row.code, "why"}}), true});
  }
  expect_alike(cases);
}

// What no schema can say, the codec refuses all the same, and names the place.
TEST(Codec, PRO_5_RefusesWhatASchemaCannotSay) {
  const auto request = [](const char* name, const std::vector<std::string>& path, const Value& value) {
    return json::to_text(with(json::parse(load_vector(name).payload).value(), path, value));
  };
  const auto usage = json::parse(load_vector("authorize-request").payload).value().find("usage")->if_array()->front();
  struct Row {
    MessageType message;
    std::string payload;
    std::string_view named;
  };
  const Row rows[] = {
      {MessageType::Register, request("register-request", {"udis", "[1]", "sn"}, "FCW2233A5ZV"), "udis: "},
      {MessageType::Authorize, request("authorize-request", {"usage"}, Array{usage, usage}), "usage: "},
      {MessageType::Authorize, request("authorize-request", {"usage"}, Array(257, usage)), "usage: "},
      {MessageType::Trust, R"({"version_held":1.0})", "version_held: "},
      {MessageType::Trust, R"({"version_held":1,"version_held":1})", "twice"},
      {MessageType::Trust, R"({"version_held":1} x)", "column 20"},
      {MessageType::Trust, R"({"version_held":1,"a":1e400})", "payload: "},
      {MessageType::Trust, "", "payload: "},
      {MessageType::Trust, "[]", "object"},
      {MessageType::Trust, "{\"version_held\":1,\"a\":\"\xff\"}", "payload: "},
      {MessageType::Trust, R"({"version_held":1,"a":)" + std::string(32, '[') + std::string(32, ']') + "}",
       "payload: "},
      {MessageType::Poll, R"({"asked_for":"zz777777777777777777777777777777"})", "asked_for: "},
  };
  for (const auto& row : rows) {
    const auto read = decode_request(row.message, row.payload);
    ASSERT_FALSE(read) << row.payload.substr(0, 200);
    EXPECT_NE(read.error().message.find(row.named), std::string::npos) << read.error().message;
  }
}

TEST(Codec, PRO_3_TheLastSequenceBelongsToOneRefusalAlone) {
  for (const auto* code : {"LS_PRODUCT_UNKNOWN", "LS_SEQUENCE_BEHIND"}) {
    const auto read = decode_answer(
        MessageType::Authorize, fmt::format(R"({{"error":{{"code":"{}","reason":"why","last_sequence":7}}}})", code));
    ASSERT_TRUE(read) << read.error().message;
    const auto again = decode_answer(MessageType::Authorize, encode(*read));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(std::get<Refusal>(*again), std::get<Refusal>(*read)) << code;
  }
}

TEST(Codec, PRO_5_SaysTooLargeForWhatIsTooLarge) {
  const std::string huge = R"({"version_held":1,"a":")" + std::string(kMaxMessageBytes, 'x') + "\"}";
  EXPECT_EQ(decode_request(MessageType::Trust, huge).error().code, ErrorCode::TooLarge);
  EXPECT_EQ(decode_answer(MessageType::Trust, huge).error().code, ErrorCode::TooLarge);
}

TEST(Codec, UsageIsReadInOneOrderWhateverOrderItCameIn) {
  auto value = json::parse(load_vector("authorize-request").payload).value();
  auto turned = *value.find("usage")->if_array();
  std::reverse(turned.begin(), turned.end());
  const auto read = decode_request(MessageType::Authorize, json::to_text(with(value, {"usage"}, turned)));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, decode_request(MessageType::Authorize, load_vector("authorize-request").payload).value());
}

}  // namespace
}  // namespace lictor::protocol::test
