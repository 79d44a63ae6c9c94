// The parts of lictorctl that need no manager: its table, its contexts, what it prints, its exit statuses.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <set>

#include "lictorctl/contexts.hpp"
#include "lictorctl/manager.hpp"
#include "lictorctl/operations.hpp"
#include "lictorctl/render.hpp"
#include "support/temp_dir.hpp"

namespace lictor::lictorctl {
namespace {

const std::vector<ColumnRow> kColumns{{"NAME", "name"}, {"COUNT", "count"}, {"CITY", "place.city"}};
const json::Array kItems{json::Object{{"name", "short"}, {"count", 5}, {"place", json::Object{{"city", "Kraków"}}}},
                         json::Object{{"name", "a longer name"}, {"count", 1200}, {"place", nullptr}}};

TEST(Render, TablesAreAlignedNumbersToTheRightAndNothingIsBlank) {
  EXPECT_EQ(render(Output::Table, {}, kItems, kColumns),
            "NAME           COUNT  CITY\n"
            "short              5  Kraków\n"
            "a longer name   1200  -\n");
  EXPECT_EQ(render(Output::Table, {}, {}, kColumns), "No records\n");
}

TEST(Render, CsvQuotesAndDisarmsFormulas) {
  const json::Array items{json::Object{{"name", "=1+1"}, {"count", -3}, {"place", json::Object{{"city", "a, \"b\""}}}}};
  EXPECT_EQ(render(Output::Csv, {}, items, kColumns), "NAME,COUNT,CITY\r\n'=1+1,-3,\"a, \"\"b\"\"\"\r\n");
}

TEST(Render, NamesAndJsonAreForPrograms) {
  EXPECT_EQ(render(Output::Name, {}, kItems, kColumns), "short\na longer name\n");
  const json::Value whole(json::Object{{"items", kItems}});
  EXPECT_EQ(json::parse(render(Output::Json, whole, kItems, kColumns)).value(), whole);
  EXPECT_FALSE(parse_output("yaml").has_value());
}

TEST(Contexts, AreKeptForTheirOwnerAloneAndReadBack) {
  const test::TempDir folder;
  const auto path = folder.path("deep/contexts.json");
  os::PosixFiles files;
  EXPECT_TRUE(load_contexts(files, path)->by_name.empty());
  Contexts contexts;
  contexts.current = "lab";
  contexts.by_name["lab"] = {"https://localhost:8443", "/ca.pem", "example.com", "ls_secret"};
  ASSERT_TRUE(save_contexts(files, path, contexts).has_value());
  EXPECT_EQ(load_contexts(files, path).value(), contexts);
  struct stat facts {};
  ASSERT_EQ(::stat(path.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600U);
}

TEST(Contexts, DamageIsNamedWithItsPlace) {
  const test::TempDir folder;
  os::PosixFiles files;
  struct Row {
    const char* text;
    const char* says;
  };
  for (const auto& row : {Row{"{", "line 1"}, Row{R"({"current":1,"contexts":{}})", "current: must be a string"},
                          Row{R"({"current":"a","contexts":[]})", "contexts: must be an object"},
                          Row{R"({"current":"a","contexts":{"a":{"url":"u"}}})", "contexts.a.ca_file: is missing"}}) {
    const auto loaded = load_contexts(files, folder.write("contexts.json", row.text));
    ASSERT_FALSE(loaded.has_value()) << row.text;
    EXPECT_NE(loaded.error().message.find(row.says), std::string::npos) << loaded.error().message;
    EXPECT_NE(loaded.error().message.find("contexts.json"), std::string::npos) << loaded.error().message;
  }
}

TEST(ExitStatus, IsAsHelpSays) {
  EXPECT_EQ(exit_status(ErrorCode::Unauthenticated), 4);
  EXPECT_EQ(exit_status(ErrorCode::PermissionDenied), 4);
  EXPECT_EQ(exit_status(ErrorCode::NotFound), 5);
  EXPECT_EQ(exit_status(ErrorCode::Conflict), 6);
  EXPECT_EQ(exit_status(ErrorCode::AlreadyExists), 6);
  EXPECT_EQ(exit_status(ErrorCode::Unavailable), 1);
}

TEST(Operations, AreWholeAndTheirPathsFitTheirArguments) {
  std::set<std::pair<std::string_view, std::string_view>> seen;
  std::set<std::string_view> nouns;
  for (const auto& row : operations()) {
    SCOPED_TRACE(std::string(row.noun) + " " + std::string(row.verb));
    EXPECT_TRUE(seen.insert({row.noun, row.verb}).second);
    nouns.insert(row.noun);
    EXPECT_FALSE(row.help.empty());
    EXPECT_EQ(row.path.find("{account}") != std::string_view::npos, row.in_account);
    EXPECT_EQ(row.path.find("{id}") != std::string_view::npos, row.subject != Subject::None);
    EXPECT_EQ(row.dangerous, row.method == "DELETE" || row.verb == "revoke");
    if (row.example.empty()) continue;
    EXPECT_NE(row.example.find(std::string(row.noun) + " " + std::string(row.verb)), std::string_view::npos);
  }
  for (const auto noun : {"account", "va", "license", "token", "instance", "balance"})
    EXPECT_EQ(nouns.count(noun), 1U) << noun;
}

TEST(Encoding, PathsKeepWhatNamesMayHold) {
  EXPECT_EQ(percent_encode("Krakow LAN-SW & co/1~"), "Krakow%20LAN-SW%20%26%20co%2F1~");
}

}  // namespace
}  // namespace lictor::lictorctl
