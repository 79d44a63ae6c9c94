#include "foundation/config/yaml.hpp"

#include <gtest/gtest.h>

#include "foundation/base/entropy.hpp"
#include "foundation/base/settings.hpp"
#include "support/temp_dir.hpp"

namespace lictor::config {
namespace {

using Kind = Document::Kind;

TEST(Yaml, BecomesATreeThatKnowsItsPlaces) {
  const auto root = parse_yaml(
      "# a comment\nname: one\nlist:\n  - a\n  - 'b c'\nmap: {x: 1, y: [2, 3]}\nempty:\ntilde: ~\n"
      "quoted: \"null\"\ntext: |\n  two\n  lines\n",
      "f.yaml");
  ASSERT_TRUE(root) << root.error().message;
  ASSERT_EQ(root->kind, Kind::Mapping);
  ASSERT_EQ(root->members.size(), 7U);
  EXPECT_EQ(root->members[0].first, "name");
  EXPECT_EQ(root->find("name")->scalar, "one");
  EXPECT_FALSE(root->find("name")->quoted);
  EXPECT_EQ(to_string(root->find("name")->at), "f.yaml:2:7");
  const auto* list = root->find("list");
  ASSERT_EQ(list->kind, Kind::Sequence);
  ASSERT_EQ(list->items.size(), 2U);
  EXPECT_EQ(list->items[1].scalar, "b c");
  EXPECT_TRUE(list->items[1].quoted);
  EXPECT_EQ(to_string(list->items[1].at), "f.yaml:5:5");
  EXPECT_EQ(root->find("map")->find("y")->items[1].scalar, "3");
  EXPECT_EQ(root->find("empty")->kind, Kind::Null);
  EXPECT_EQ(root->find("tilde")->kind, Kind::Null);
  EXPECT_EQ(root->find("quoted")->kind, Kind::Scalar);
  EXPECT_EQ(root->find("text")->scalar, "two\nlines\n");
}

TEST(Yaml, AnEmptyFileIsNull) {
  for (const auto* text : {"", "\n\n", "# only a comment\n", "---\n", "---\n...\n"}) {
    const auto root = parse_yaml(text, "f.yaml");
    ASSERT_TRUE(root) << text << root.error().message;
    EXPECT_EQ(root->kind, Kind::Null) << text;
    EXPECT_EQ(root->at.file, "f.yaml");
  }
}

struct Refusal {
  std::string text;
  std::string_view message;  // the beginning
};

TEST(Yaml, WhatIsNotPlainDataIsRefusedWithItsPlace) {
  const Refusal refusals[] = {
      {"a: 1\nb: 2\na: 3\n", "f.yaml:3:1: \"a\" stands here again; it stood first at f.yaml:1:4"},
      {"x:\n  a: 1\n  'a': 2\n", "f.yaml:3:3: \"a\" stands here again"},
      {"{a: 1, a: 2}", "f.yaml:1:8: \"a\" stands here again"},
      {"a: &x 1\nb: *x\n", "f.yaml:1:4: anchors are not used in these files"},
      {"a: &x [1]\n", "f.yaml:1:4: anchors are not used in these files"},
      {"&x a: 1\n", "f.yaml:1:1: anchors are not used in these files"},
      {"a: *x\n", "f.yaml:1:4: "},
      {"a: !!int 5\n", "f.yaml:1:4: the tag tag:yaml.org,2002:int is not used in these files"},
      {"a: !mine {}\n", "f.yaml:1:4: the tag !mine is not used in these files"},
      {"? [a, b]\n: 1\n", "f.yaml:1:3: a key must be a plain text"},
      {"~: 1\n", "f.yaml:1:1: a key must be a plain text"},
      {"a: 1\n---\nb: 2\n", "f.yaml"},
      {"a: [1, 2\n", "f.yaml:"},
      {"a: 1\n b: 2\n", "f.yaml:2:"},
      {"a: \"x\n", "f.yaml:"},
      {"a:\n\t- b\n", "f.yaml:2:"},
      {"a: b: c\n", "f.yaml:1:5: "},
      {"a: 1\nb: \xff\xfe\n", "f.yaml:2:4: the text is not UTF-8"},
      {std::string("\xfe\xff\0a\0:\0 \0"
                   "1",
                   9),
       "f.yaml:1:1: the text is not UTF-8"},
      {"\xed\xa0\x80: 1", "f.yaml:1:1: the text is not UTF-8"},
      {"\"\\\xc3\xa4\": 1", "f.yaml:1:4: unknown escape character: ?"},
      {"a: \"x\\_y\"\n", "f.yaml:1:4: the escapes \\N and \\_ are not used in these files"},
      {"a: \"\\N\"\n", "f.yaml:1:4: the escapes \\N and \\_ are not used in these files"},
      {"a: 1\nb: \x04\n", "f.yaml:2:4: control characters are not allowed in these files"},
      {"a: x\x7f\n", "f.yaml:1:5: control characters are not allowed in these files"},
      {std::string("a: x\0_y\n", 8), "f.yaml:1:5: control characters are not allowed in these files"},
  };
  for (const auto& [text, message] : refusals) {
    const auto root = parse_yaml(text, "f.yaml");
    ASSERT_FALSE(root) << text;
    EXPECT_EQ(root.error().code, ErrorCode::InvalidArgument) << text;
    EXPECT_TRUE(root.error().message.starts_with(message)) << text << "\n" << root.error().message;
  }
}

TEST(Yaml, SizeIsLimited) {
  const std::string comment(1024 * 1024 - 5, '#');
  EXPECT_TRUE(parse_yaml("a: 1\n" + comment, "f.yaml"));
  const auto root = parse_yaml("a: 1\n" + comment + "#", "f.yaml");
  ASSERT_FALSE(root);
  EXPECT_EQ(root.error().code, ErrorCode::TooLarge);
}

TEST(Yaml, DepthIsLimitedHoweverItIsWritten) {
  EXPECT_TRUE(parse_yaml(std::string(32, '[') + std::string(32, ']'), "f.yaml"));
  for (const char* one : {"[", "{a: ", "- ", "? ", "{", "[{a: "}) {
    for (const int depth : {33, 2000, 20'000}) {
      std::string text;
      for (int i = 0; i < depth; ++i) text += one;
      const auto root = parse_yaml(text, "f.yaml");
      ASSERT_FALSE(root) << one << depth;
      EXPECT_EQ(root.error().code, ErrorCode::InvalidArgument);
    }
  }
}

TEST(Yaml, FilesThatCannotBeReadAreToldApart) {
  const test::TempDir dir;
  EXPECT_EQ(read_yaml_file(dir.write("a.yaml", "a: 1\n"))->find("a")->scalar, "1");
  EXPECT_EQ(read_yaml_file(dir.path("none.yaml")).error().code, ErrorCode::NotFound);
  EXPECT_EQ(read_yaml_file(dir.path()).error().code, ErrorCode::Io);
  const auto bad = read_yaml_file(dir.write("b.yaml", "a: 1\na: 2\n"));
  ASSERT_FALSE(bad);
  EXPECT_TRUE(bad.error().message.starts_with(dir.path("b.yaml") + ":2:1: ")) << bad.error().message;
  EXPECT_EQ(read_yaml_file(dir.write("c.yaml", std::string(1024 * 1024 + 1, '#'))).error().code, ErrorCode::TooLarge);
}

constexpr SettingRow kRows[] = {
    {.name = "text", .type = SettingType::Text, .default_text = "t"},
    {.name = "group.number", .type = SettingType::Integer, .default_text = "5"},
    {.name = "group.flag", .type = SettingType::Boolean, .default_text = "true"},
    {.name = "group.inner.wait", .type = SettingType::Duration, .default_text = "90d"},
    {.name = "group.inner.choice", .type = SettingType::Choice, .default_text = "null", .choices = "null|true|off|~"},
    {.name = "group.names", .type = SettingType::List, .default_text = ""},
    {.name = "secret", .type = SettingType::Text, .default_text = "", .secret = true},
};

TEST(Settings, WhatIsDumpedIsReadBackAsTheSame) {
  const SettingTable table({kRows});
  SeededEntropy chance(11);
  // Texts that YAML would take for something else, or fold, or strip.
  const std::vector<std::string> hard = {"",
                                         " ",
                                         "null",
                                         "~",
                                         "true",
                                         "5",
                                         "a: b",
                                         "# no comment",
                                         "- x",
                                         "'",
                                         "\"",
                                         "\\",
                                         "\\n",
                                         "a\nb",
                                         "a\r\nb",
                                         "\t",
                                         "&x *y",
                                         "!!int 5",
                                         "{a}",
                                         "[",
                                         "a ",
                                         " a",
                                         "%",
                                         "@",
                                         "`",
                                         "\x7f",
                                         "\x1b[",
                                         "gr\xc3\xbc\xc3\x9f",
                                         "\xe2\x80\xa8",
                                         "a\n\n\nb",
                                         "---",
                                         "..."};
  const auto any_text = [&] {
    return hard[static_cast<std::size_t>(chance.uniform(0, static_cast<std::int64_t>(hard.size()) - 1))];
  };
  for (int round = 0; round < 500; ++round) {
    auto settings = table.defaults();
    if (round > 0) {
      ASSERT_TRUE(table.set(settings, "text", any_text() + any_text()));
      ASSERT_TRUE(table.set(settings, "secret", any_text()));
      ASSERT_TRUE(table.set(settings, "group.number", std::to_string(chance.uniform(INT64_MIN, INT64_MAX))));
      ASSERT_TRUE(table.set(settings, "group.flag", chance.uniform(0, 1) == 1 ? "true" : "false"));
      ASSERT_TRUE(table.set(settings, "group.inner.wait", format_duration(Duration{chance.uniform(0, 1'000'000'000)})));
      std::string names;
      for (auto n = chance.uniform(0, 4); n > 0; --n) names += any_text() + (chance.uniform(0, 1) == 1 ? "," : "");
      ASSERT_TRUE(table.set(settings, "group.names", names));
    }
    const auto text = table.dump(settings, SettingTable::Secrets::Show);
    const auto document = parse_yaml(text, "dump.yaml");
    ASSERT_TRUE(document) << text << document.error().message;
    const auto again = table.parse(*document);
    ASSERT_TRUE(again) << text << again.error().message;
    ASSERT_EQ(*again, settings) << text;
  }
}

TEST(Settings, AFilesUnknownKeysAreToldWithTheirLines) {
  const SettingTable table({kRows});
  const auto document = parse_yaml("text: x\ngruop:\n  number: 7\ngroup:\n  nunber: 7\n  flag: maybe\n", "/etc/l.yaml");
  ASSERT_TRUE(document);
  const auto settings = table.parse(*document);
  ASSERT_FALSE(settings);
  EXPECT_EQ(settings.error().message,
            "/etc/l.yaml:3:11: there is no setting \"gruop.number\"\n"
            "/etc/l.yaml:5:11: there is no setting \"group.nunber\"\n"
            "/etc/l.yaml:6:9: group.flag: \"maybe\" is neither true nor false");
}

}  // namespace
}  // namespace lictor::config
