// docs/protocol.md says what the code does: its example is a vector, its tables are ours.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "foundation/json/json.hpp"
#include "licensing/protocol/endpoints.hpp"
#include "licensing/protocol/schemas.hpp"
#include "support/command.hpp"
#include "support/temp_dir.hpp"
#include "unit/protocol/vectors.hpp"

namespace lictor::protocol::test {
namespace {

const std::string& page() {
  static const std::string text = read_file("docs/protocol.md");
  return text;
}

// The fenced block whose first line is ```<info>; "" when there is none.
std::string block(const std::string& info) {
  const auto head = "```" + info + "\n";
  const auto at = page().find(head);
  if (at == std::string::npos) return "";
  const auto begin = at + head.size();
  return page().substr(begin, page().find("```", begin) - begin);
}

std::string compact_json(const std::string& text) {
  const auto value = json::parse(text);
  return value ? json::to_text(*value) : "not JSON: " + value.error().message;
}

TEST(Document, TheExampleIsTheVector) {
  const auto request = load_vector("authorize-request");
  EXPECT_EQ(compact_json(block("json authorize-request header")), request.header);
  EXPECT_EQ(compact_json(block("json authorize-request payload")), request.payload);
  auto compact = block("text authorize-request compact");
  std::erase(compact, '\n');
  EXPECT_EQ(compact, request.compact);
  EXPECT_EQ(compact_json(block("json authorize-refusal payload")), load_vector("authorize-refusal").payload);
}

TEST(Document, TheRecipeRuns) {
  const lictor::test::TempDir folder;
  const auto outcome = lictor::test::run_command(
      {"/usr/bin/env", "-C", LICTOR_SOURCE_DIR, "/usr/bin/python3", folder.write("recipe.py", block("python"))});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.output, "17\n");
}

TEST(Document, EachCodeStandsThereWithItsTextAndClass) {
  constexpr std::string_view kClasses[] = {"retry", "already", "terminal", "keep", "not-registered"};
  for (const auto& row : code_table()) {
    const auto at = page().find(fmt::format("| `{}` | ", row.name));
    ASSERT_NE(at, std::string::npos) << row.name;
    const auto line = page().substr(at, page().find('\n', at) - at);
    EXPECT_NE(line.find(row.text), std::string::npos) << line;
    EXPECT_TRUE(line.ends_with(fmt::format("| {} |", kClasses[static_cast<int>(row.code_class)]))) << line;
  }
}

TEST(Document, NamesPathsHeadersAndLimits) {
  const auto number = fmt::format("{}", kMaxMessageBytes);
  for (const auto name : {kManagerPath, kOnPremPath, kSmartTransportPath, kContentType, kMessageHint, kCarrierKeyHint,
                          kTicketHeader, std::string_view(number), text::kMissingIdSerial, text::kMissingSigningSerial,
                          text::kNothingToCheck, text::kDataAndSignature, pki::eku_oid(pki::Purpose::IdCertificate),
                          pki::eku_oid(pki::Purpose::AnswerSigning)}) {
    EXPECT_NE(page().find(name), std::string::npos) << name;
  }
}

// Each member of each schema is explained.
TEST(Document, NamesEachMemberOfEachMessage) {
  const auto expect_named = [](const json::Value& schema, auto&& again) -> void {
    if (const auto* members = schema.find("properties")) {
      for (const auto& [name, inner] : *members->if_object()) {
        EXPECT_NE(page().find("`" + name + "`"), std::string::npos) << name;
        again(inner, again);
      }
    }
    if (const auto* items = schema.find("items")) again(*items, again);
    if (const auto* choices = schema.find("oneOf")) {
      for (const auto& choice : *choices->if_array()) again(choice, again);
    }
  };
  for (const auto& schema : published_schemas()) expect_named(json::parse(schema.text).value(), expect_named);
}

TEST(Document, NamesEachMemberOfTheHeaders) {
  for (const auto* name : {"authorize-request", "authorize-answer"}) {
    const auto header = json::parse(load_vector(name).header).value();
    for (const auto& [member, value] : *header.if_object()) {
      EXPECT_NE(page().find("`" + member + "`"), std::string::npos) << member;
    }
  }
}

}  // namespace
}  // namespace lictor::protocol::test
