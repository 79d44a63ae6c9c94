#include "lab/story.hpp"

#include <gtest/gtest.h>

#include "foundation/config/yaml.hpp"

namespace lictor::lab {
namespace {

constexpr std::string_view kHead = R"(story: 1
title: "A story"
catalogs: [one.yaml]
account: {domain: example.com, name: Example, virtual_account: Lab}
token: {description: token}
licenses:
  - {tag: Some Tag, quantity: 3}
devices:
  - {name: one, pid: P, sn: S1, software_version: '16.12.3'}
  - {name: two, pid: P, sn: S2, software_version: '16.12.3'}
steps:
)";

Result<Story> read(std::string_view steps, std::string text = std::string(kHead)) {
  text += steps;
  auto document = config::parse_yaml(text, "story.yaml");
  if (!document) return document.error();
  return read_story(*document);
}

TEST(Story, EveryStepIsReadWithItsDetails) {
  const auto story = read(R"(  - say: hello
  - register: {devices: all, syslog: full, authorization: OUT OF COMPLIANCE, within: 2h}
  - command: {device: one, lines: [write memory]}
  - show: {device: two, command: show clock}
  - members: {device: one, count: 1}
  - expect: {devices: one, command: show clock, contains: UTC}
  - log: {devices: [one, two], contains: SMART_LIC, within: 30d}
  - balances: {form: line, expect: [{tag: Some Tag, owned: 3, balance: -1}]}
  - advance: {to_day: 31}
  - link: {state: cut}
  - link: {state: restored}
)");
  ASSERT_TRUE(story.has_value()) << story.error().message;
  ASSERT_EQ(story->steps.size(), 11u);
  const auto& registered = std::get<Register>(story->steps[1].what);
  EXPECT_EQ(registered.devices, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(registered.syslog, Register::Syslog::Full);
  EXPECT_EQ(registered.authorization, "OUT OF COMPLIANCE");
  EXPECT_EQ(registered.within, hours(2));
  EXPECT_EQ(std::get<Membership>(story->steps[4].what).count, 1);
  EXPECT_EQ(std::get<Logged>(story->steps[6].what).within, days(30));
  const auto& row = std::get<Balances>(story->steps[7].what).expect.at(0);
  EXPECT_EQ(row.owned, 3);
  EXPECT_EQ(row.balance, -1);
  EXPECT_FALSE(row.in_use.has_value());
  EXPECT_EQ(std::get<Advance>(story->steps[8].what).to_day, 31);
  EXPECT_EQ(std::get<Link>(story->steps[10].what).state, Link::State::Restored);
}

struct Mistake {
  std::string_view step;
  std::string_view says;
};
class StoryMistakes : public testing::TestWithParam<Mistake> {};

// The first step stands in line 12 of the file.
TEST_P(StoryMistakes, AreToldAtTheirPlace) {
  const auto story = read(fmt::format("  - {}\n", GetParam().step));
  ASSERT_FALSE(story.has_value());
  EXPECT_EQ(story.error().code, ErrorCode::InvalidArgument);
  EXPECT_NE(story.error().message.find("story.yaml:12:"), std::string::npos) << story.error().message;
  EXPECT_NE(story.error().message.find(GetParam().says), std::string::npos) << story.error().message;
}
INSTANTIATE_TEST_SUITE_P(Each, StoryMistakes,
                         testing::Values(Mistake{"leap: {far: 1}", "\"leap\" is no step"},
                                         Mistake{"show: {device: three, command: x}", "there is no device \"three\""},
                                         Mistake{"show: {device: one}", "command"},
                                         Mistake{"show: {device: one, command: x, loud: true}", "loud"},
                                         Mistake{"register: {devices: one, within: soon}", "within"},
                                         Mistake{"members: {device: one, count: 0}", "count"},
                                         Mistake{"advance: {to_day: -1}", "to_day"},
                                         Mistake{"link: {}", "link needs \"state\""},
                                         Mistake{"link: {state: restored}", "in that state already"},
                                         Mistake{"just words", "a step is one word with its details"}));

TEST(Story, AllMistakesAreToldAtOnceAndTimeDoesNotGoBack) {
  const auto story = read("  - advance: {to_day: 9}\n  - advance: {to_day: 8}\n  - say: [a]\n");
  ASSERT_FALSE(story.has_value());
  EXPECT_NE(story.error().message.find("day 8 is over: the story is at day 9"), std::string::npos);
  EXPECT_NE(story.error().message.find("story.yaml:14:"), std::string::npos) << story.error().message;
}

TEST(Story, NamesOfDevicesAreWordsAndTheirOwn) {
  for (const auto* name : {"One", "-one", "a-name-of-more-than-20-characters", "all", "manager"}) {
    std::string head(kHead);
    head.replace(head.find("name: one"), 9, std::string("name: ") + name);
    const auto story = read("  - say: hello\n", head);
    ASSERT_FALSE(story.has_value()) << name;
    EXPECT_NE(story.error().message.find("story.yaml:9:"), std::string::npos) << story.error().message;
  }
  std::string twice(kHead);
  twice.replace(twice.find("name: two"), 9, "name: one");
  const auto story = read("  - say: hello\n", twice);
  ASSERT_FALSE(story.has_value());
  EXPECT_NE(story.error().message.find("a second device one"), std::string::npos);
}

TEST(Story, WhatTheCatalogDoesNotKnowIsToldAtItsPlace) {
  const auto story = read("  - balances: {expect: [{tag: Other Tag}]}\n");
  ASSERT_TRUE(story.has_value()) << story.error().message;
  const auto ok = check_story(*story, catalog::Catalog());
  ASSERT_FALSE(ok.has_value());
  for (const auto* text : {"story.yaml:7:", "no tag \"Some Tag\"", "story.yaml:9:", "no model \"P\"",
                           "story.yaml:12:", "no tag \"Other Tag\""}) {
    EXPECT_NE(ok.error().message.find(text), std::string::npos) << text << " in " << ok.error().message;
  }
}

}  // namespace
}  // namespace lictor::lab
