// Reading a whole file and dump() are tested with YAML in unit/config; here are the rows and their rules.
#include "foundation/base/settings.hpp"

#include <gtest/gtest.h>

#include "foundation/base/utf8.hpp"

namespace lictor {
namespace {

constexpr SettingRow kServer[] = {
    {.name = "name", .type = SettingType::Text, .default_text = "one", .sentence = "What it is called"},
    {.name = "listen.port",
     .type = SettingType::Integer,
     .default_text = "443",
     .minimum = 1,
     .maximum = 65535,
     .sentence = "TCP port"},
    {.name = "listen.proxy", .type = SettingType::Boolean, .default_text = "false", .sentence = "Behind a proxy"},
    {.name = "listen.idle",
     .type = SettingType::Duration,
     .default_text = "30s",
     .minimum = 1000,
     .maximum = 3'600'000,
     .sentence = "Idle connections are closed after it"},
};
constexpr SettingRow kStore[] = {
    {.name = "store.kind",
     .type = SettingType::Choice,
     .default_text = "sqlite",
     .choices = "memory|sqlite|postgresql",
     .sentence = "Where data is kept"},
    {.name = "store.password",
     .type = SettingType::Text,
     .default_text = "",
     .secret = true,
     .sentence = "Of the database"},
    {.name = "store.hosts", .type = SettingType::List, .default_text = "a,b", .sentence = "Servers"},
};
const SettingTable& table() {
  static const SettingTable made({kServer, kStore});
  return made;
}

Document scalar(std::string text, int line) {
  Document node;
  node.kind = Document::Kind::Scalar;
  node.scalar = std::move(text);
  node.at = {"f.yaml", line, 3};
  return node;
}
Document mapping(std::vector<std::pair<std::string, Document>> members, int line = 1) {
  Document node;
  node.kind = Document::Kind::Mapping;
  node.members = std::move(members);
  node.at = {"f.yaml", line, 1};
  return node;
}
Document sequence(std::vector<std::string> items, int line) {
  Document node;
  node.kind = Document::Kind::Sequence;
  for (auto& item : items) node.items.push_back(scalar(std::move(item), line));
  node.at = {"f.yaml", line, 3};
  return node;
}
Document null(int line) {
  Document node;
  node.at = {"f.yaml", line, 3};
  return node;
}

TEST(Settings, DefaultsAreThoseOfTheRows) {
  const auto settings = table().defaults();
  EXPECT_EQ(settings.text("name"), "one");
  EXPECT_EQ(settings.integer("listen.port"), 443);
  EXPECT_FALSE(settings.boolean("listen.proxy"));
  EXPECT_EQ(settings.duration("listen.idle"), seconds(30));
  EXPECT_EQ(settings.text("store.kind"), "sqlite");
  EXPECT_EQ(settings.text("store.password"), "");
  EXPECT_EQ(settings.list("store.hosts"), (std::vector<std::string>{"a", "b"}));
  EXPECT_FALSE(settings.given_at("name"));
}

TEST(Settings, AFileGivesValuesAndTheirPlaces) {
  const auto settings =
      table().parse(mapping({{"listen", mapping({{"port", scalar("8443", 2)}, {"proxy", scalar("true", 3)}})},
                             {"store", mapping({{"hosts", sequence({"x,y", ""}, 5)}})}}));
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->integer("listen.port"), 8443);
  EXPECT_TRUE(settings->boolean("listen.proxy"));
  EXPECT_EQ(settings->list("store.hosts"), (std::vector<std::string>{"x,y", ""}));
  EXPECT_EQ(settings->given_at("listen.port")->line, 2);
  EXPECT_FALSE(settings->given_at("name"));
}

TEST(Settings, AnEmptyFileAndEmptyGroupsAreTheDefaults) {
  for (const auto& file : {null(1), mapping({}), mapping({{"listen", null(1)}, {"store", mapping({})}})}) {
    const auto settings = table().parse(file);
    ASSERT_TRUE(settings) << settings.error().message;
    EXPECT_EQ(*settings, table().defaults());
  }
}

struct Refusal {
  Document file;
  std::string_view message;
};

TEST(Settings, WhatIsWrongIsToldWithFileAndLine) {
  const Refusal refusals[] = {
      {mapping({{"nam", scalar("x", 2)}}), "f.yaml:2:3: there is no setting \"nam\""},
      {mapping({{"listen", mapping({{"prot", scalar("1", 3)}})}}), "f.yaml:3:3: there is no setting \"listen.prot\""},
      {mapping({{"lisen", mapping({}, 4)}}), "f.yaml:4:1: there is no setting \"lisen\""},
      {mapping({{"lisen", null(4)}}), "f.yaml:4:3: there is no setting \"lisen\""},
      {mapping({{"listen", scalar("443", 2)}}), "f.yaml:2:3: there is no setting \"listen\""},
      {mapping({{"name", mapping({{"x", scalar("y", 2)}})}}), "f.yaml:2:3: there is no setting \"name.x\""},
      {mapping({{"name", mapping({}, 2)}}), "f.yaml:2:1: name: one value, not a group"},
      {mapping({{"name", sequence({"x"}, 2)}}), "f.yaml:2:3: name: one value, not a list"},
      {mapping({{"name", null(2)}}), "f.yaml:2:3: name: has no value; leave the line out for the default"},
      {mapping({{"listen", mapping({{"port", scalar("0", 2)}})}}),
       "f.yaml:2:3: listen.port: 0 is out of bounds: 1 to 65535"},
      {mapping({{"listen", mapping({{"port", scalar("70000", 2)}})}}),
       "f.yaml:2:3: listen.port: 70000 is out of bounds: 1 to 65535"},
      {mapping({{"listen", mapping({{"port", scalar("0x10", 2)}})}}),
       "f.yaml:2:3: listen.port: \"0x10\" is no whole number"},
      {mapping({{"listen", mapping({{"port", scalar("4.5", 2)}})}}),
       "f.yaml:2:3: listen.port: \"4.5\" is no whole number"},
      {mapping({{"listen", mapping({{"port", scalar("99999999999999999999", 2)}})}}),
       "f.yaml:2:3: listen.port: \"99999999999999999999\" is no whole number"},
      {mapping({{"listen", mapping({{"proxy", scalar("yes", 2)}})}}),
       "f.yaml:2:3: listen.proxy: \"yes\" is neither true nor false"},
      {mapping({{"listen", mapping({{"idle", scalar("2h", 2)}})}}),
       "f.yaml:2:3: listen.idle: 2h is out of bounds: 1s to 1h"},
      {mapping({{"store", mapping({{"kind", scalar("mysql", 2)}})}}),
       "f.yaml:2:3: store.kind: \"mysql\" is none of memory, sqlite, postgresql"},
      {mapping({{"store", mapping({{"hosts", scalar("a,b", 2)}})}}),
       "f.yaml:2:3: store.hosts: write a list, one item a line"},
      {mapping({{"listen", mapping({{"port", scalar("1", 2)}})}, {"listen.port", scalar("2", 5)}}),
       "f.yaml:5:3: listen.port: given before, at f.yaml:2:3"},
      {sequence({"x"}, 1), "f.yaml:1:3: a configuration file is a mapping of setting names to values"},
  };
  for (const auto& [file, message] : refusals) {
    const auto settings = table().parse(file);
    ASSERT_FALSE(settings) << message;
    EXPECT_EQ(settings.error().code, ErrorCode::InvalidArgument);
    EXPECT_EQ(settings.error().message, message);
  }
}

TEST(Settings, AllMistakesAreToldAtOnce) {
  const auto settings =
      table().parse(mapping({{"nam", scalar("x", 1)},
                             {"listen", mapping({{"port", scalar("none", 3)}, {"proxy", scalar("true", 4)}})},
                             {"other", scalar("y", 9)}}));
  ASSERT_FALSE(settings);
  EXPECT_EQ(settings.error().message,
            "f.yaml:1:3: there is no setting \"nam\"\n"
            "f.yaml:3:3: listen.port: \"none\" is no whole number\n"
            "f.yaml:9:3: there is no setting \"other\"");
}

TEST(Settings, OneIsOverriddenByNameAndText) {
  auto settings = table().defaults();
  ASSERT_TRUE(table().set(settings, "listen.port", "1"));
  ASSERT_TRUE(table().set(settings, "store.hosts", "p,q,r"));
  EXPECT_EQ(settings.integer("listen.port"), 1);
  EXPECT_EQ(settings.list("store.hosts").size(), 3U);
  ASSERT_TRUE(table().set(settings, "store.hosts", ""));
  EXPECT_TRUE(settings.list("store.hosts").empty());
  const auto unknown = table().set(settings, "listen.prot", "1");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().message, "there is no setting \"listen.prot\"");
  EXPECT_FALSE(table().set(settings, "listen.port", "65536"));
  EXPECT_EQ(settings.integer("listen.port"), 1);
}

TEST(Settings, ADumpGroupsHidesSecretsAndQuotesTexts) {
  auto settings = table().defaults();
  ASSERT_TRUE(table().set(settings, "store.password", "s3cret"));
  ASSERT_TRUE(table().set(settings, "name", "a \"b\"\\\tc\r\n"));
  const auto hidden = table().dump(settings, SettingTable::Secrets::Hide);
  EXPECT_EQ(hidden,
            "name: \"a \\\"b\\\"\\\\\\x09c\\x0d\\x0a\"\n"
            "listen:\n"
            "  port: 443\n"
            "  proxy: false\n"
            "  idle: 30s\n"
            "store:\n"
            "  kind: sqlite\n"
            "  password: \"<hidden>\"\n"
            "  hosts:\n"
            "    - \"a\"\n"
            "    - \"b\"\n");
  EXPECT_NE(table().dump(settings, SettingTable::Secrets::Show).find("password: \"s3cret\""), std::string::npos);
}

TEST(Settings, TheReferenceSaysWhatIsAllowed) {
  const auto text = table().reference();
  EXPECT_NE(text.find("| `listen.port` | `443` | 1 to 65535 | TCP port |\n"), std::string::npos) << text;
  EXPECT_NE(text.find("| `listen.idle` | `30s` | 1s to 1h | Idle connections are closed after it |\n"),
            std::string::npos);
  EXPECT_NE(text.find("| `store.kind` | `sqlite` | memory sqlite postgresql | Where data is kept |\n"),
            std::string::npos);
  EXPECT_NE(text.find("| `store.password` | – |  | Of the database (secret) |\n"), std::string::npos);
}

TEST(SettingsDeathTest, TwoRowsOfOneNameAndAWrongGetterAreBugs) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
#ifndef NDEBUG
  constexpr static SettingRow kTwice[] = {{.name = "name", .default_text = ""}, {.name = "name", .default_text = ""}};
  EXPECT_DEATH(SettingTable({kTwice}), "declared twice");
  constexpr static SettingRow kBad[] = {{.name = "n", .type = SettingType::Integer, .default_text = "x"}};
  EXPECT_DEATH(SettingTable({kBad}), "default");
  EXPECT_DEATH((void)table().defaults().integer("name"), "another type");
  EXPECT_DEATH((void)table().defaults().integer("listen.prot"), "no table declares");
#endif
}

struct DurationForm {
  std::string_view text;
  std::int64_t ms;
  std::string_view printed;
};
TEST(Durations, AreNumbersWithOneUnit) {
  const DurationForm forms[] = {{"500ms", 500, "500ms"},    {"30s", 30'000, "30s"},        {"15m", 900'000, "15m"},
                                {"12h", 43'200'000, "12h"}, {"90d", 7'776'000'000, "90d"}, {"0d", 0, "0s"},
                                {"24h", 86'400'000, "1d"},  {"1500ms", 1500, "1500ms"},    {"090s", 90'000, "90s"}};
  for (const auto& [text, ms, printed] : forms) {
    const auto read = parse_duration(text);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(read->count(), ms);
    EXPECT_EQ(format_duration(*read), printed);
  }
  for (const auto* bad : {"", "s", "30", "30 s", "-30s", "+30s", "1.5h", "30sec", "1h30m", "30S",
                          "9223372036854775807s", "99999999999999999999ms"}) {
    const auto read = parse_duration(bad);
    ASSERT_FALSE(read) << bad;
    EXPECT_EQ(read.error().code, ErrorCode::Malformed);
  }
}

TEST(Settings, WhatIsQuotedOfABadDurationIsShortAndUtf8) {
  for (std::size_t before = 55; before < 70; ++before) {
    const auto bad = parse_duration(std::string(before, 'x') + "\xe5\x8c\x97" + std::string(1000, 'y'));
    ASSERT_FALSE(bad);
    EXPECT_TRUE(is_utf8(bad.error().message)) << bad.error().message;
    EXPECT_LT(bad.error().message.size(), 200U);
  }
}

}  // namespace
}  // namespace lictor
