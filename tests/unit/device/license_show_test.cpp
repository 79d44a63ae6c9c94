#include <gtest/gtest.h>

#include <regex>
#include <sstream>

#include "device/show/license.hpp"
#include "unit/device/golden.hpp"
#include "unit/device/sample_views.hpp"

namespace lictor::device::test {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string every_show(const View& v) {
  return show_license_all(v) + show_license_status(v) + show_license_summary(v) + show_license_usage(v) +
         show_license_udi(v) + show_license_eventlog(v, std::nullopt);
}

TEST(ShowLicense, CLI_3_EveryStatePrintsItsGoldenText) {
  for (const NamedView& s : state_views()) {
    SCOPED_TRACE(s.name);
    expect_golden("license_" + s.name + ".all", show_license_all(s.view));
    expect_golden("license_" + s.name + ".status", show_license_status(s.view));
    expect_golden("license_" + s.name + ".summary", show_license_summary(s.view));
    expect_golden("license_" + s.name + ".usage", show_license_usage(s.view));
  }
  expect_golden("license_stack.udi", show_license_udi(stack_view()));
  expect_golden("license_authorized.udi", show_license_udi(authorized_view()));
  expect_golden("license_busy.eventlog", show_license_eventlog(busy_view(), std::nullopt));
}

// The guide's section 4.1, word for word but for the account's name, which is another of the same length.
TEST(ShowLicense, CLI_3_SummaryIsLaidOutAsTheGuidePrintsIt) {
  const std::string guide =
      "Smart Licensing is ENABLED\n"
      "\n"
      "Registration:\n"
      "  Status: REGISTERED\n"
      "  Smart Account: TAC Cisco Systems, Inc.\n"
      "  Virtual Account: Krakow LAN-SW\n"
      "  Export-Controlled Functionality: ALLOWED\n"
      "  Last Renewal Attempt: None\n"
      "  Next Renewal Attempt: Nov 22 21:24:32 2019 UTC\n"
      "\n"
      "License Authorization: \n"
      "  Status: AUTHORIZED\n"
      "  Last Communication Attempt: SUCCEEDED\n"
      "  Next Communication Attempt: Jun 25 21:24:37 2019 UTC\n"
      "\n"
      "License Usage:\n"
      "  License                 Entitlement tag               Count Status\n"
      "  -----------------------------------------------------------------------------\n"
      "  C9500 Network Advantage (C9500 Network Advantage)         1 AUTHORIZED\n"
      "  C9500-DNA-40X-A         (C9500-40X DNA Advantage)         1 AUTHORIZED\n";
  View v = authorized_view();
  v.agent.account_name = "TAC Cisco Systems, Inc.";
  EXPECT_EQ(show_license_summary(v), guide);
}

TEST(ShowLicense, CLI_3_TableColumnsStandWhereParsersExpectThem) {
  const std::string table = license_table({{"n", "t", "", "f", 65535, "OUT OF COMPLIANCE", false}});
  const auto lines = lines_of(table);
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0].find("License"), 2u);
  EXPECT_EQ(lines[0].find("Entitlement tag"), 26u);
  EXPECT_EQ(lines[0].find("Count"), 56u);
  EXPECT_EQ(lines[0].find("Status"), 62u);
  EXPECT_EQ(lines[1], "  " + std::string(77, '-'));
  EXPECT_EQ(lines[2].find("65535"), 56u);
  EXPECT_EQ(lines[2].find("OUT OF COMPLIANCE"), 62u);
}

TEST(ShowLicense, CLI_3_LongNamesAreShortened) {
  const std::string table =
      license_table({{"C9200L Network Essentials", "C9200L-24 Network Essentials", "", "f", 1, "x", false}});
  EXPECT_NE(table.find("  C9200L Network Essen... (C9200L-24 Network Esse...)"), std::string::npos) << table;
}

TEST(ShowLicense, FMT_RULE_1_ExportAuthorizationKeyStandsBeforeUtility) {
  for (const NamedView& s : state_views()) {
    const std::string all = show_license_all(s.view);
    const auto key = all.find("Export Authorization Key:\n  Features Authorized:\n    <none>\n");
    ASSERT_NE(key, std::string::npos) << s.name;
    EXPECT_LT(key, all.find("Utility:")) << s.name;
  }
}

TEST(ShowLicense, FMT_RULE_2_OnlyLicenceBlocksHaveAParenthesisBeforeAColon) {
  View v = state_views()[5].view;
  v.agent.account_name = "Acme (Europe): North";
  v.agent.initial_registration->failure_reason = "Error received from Smart Software Manager (SSM): try later";
  for (const std::string& line : lines_of(show_license_all(v))) {
    const auto open = line.find('(');
    if (open == std::string::npos || line.find(':', open) == std::string::npos) continue;
    EXPECT_TRUE(line.ends_with("):")) << line;
    EXPECT_NE(line.front(), ' ') << line;
  }
}

TEST(ShowLicense, FMT_RULE_3_EveryUsageBlockHasNineLines) {
  const std::vector<std::string> labels = {
      "Description",      "Count",       "Version", "Status", "Export status", "Feature Name", "Feature Description",
      "Enforcement type", "License type"};
  const auto lines = lines_of(show_license_usage(authorized_view()));
  int blocks = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!lines[i].ends_with("):")) continue;
    ++blocks;
    for (std::size_t n = 0; n < labels.size(); ++n) {
      ASSERT_LT(i + n + 1, lines.size());
      EXPECT_TRUE(lines[i + n + 1].starts_with("  " + labels[n] + ": ")) << lines[i + n + 1];
    }
  }
  EXPECT_EQ(blocks, 2);
}

TEST(ShowLicense, FMT_RULE_4_LicenseColumnIsFilledInEvaluation) {
  for (const NamedView& s : state_views()) {
    for (const std::string& line : lines_of(license_table(s.view.licenses))) {
      if (line.find('(') != std::string::npos) {
        EXPECT_NE(line[2], ' ') << s.name;
      }
    }
  }
}

TEST(ShowLicense, FMT_RULE_5_TagsStayApartWhenShortened) {
  const std::string table = license_table({{"a", "C9300-24 Network Advantage", "", "f", 1, "x", false},
                                           {"b", "C9300-24 Network Advantage Plus", "", "f", 1, "x", false},
                                           {"c", "C9300-24 Network Advantage Max", "", "f", 1, "x", false}});
  std::set<std::string> tags;
  for (const std::string& line : lines_of(table)) {
    const auto open = line.find('(');
    if (open == std::string::npos) continue;
    const auto close = line.find(')');
    ASSERT_NE(close, std::string::npos);
    EXPECT_LE(close - open - 1, 25u);
    tags.insert(line.substr(open, close - open));
  }
  EXPECT_EQ(tags.size(), 3u) << table;
}

TEST(ShowLicense, FMT_RULE_6_EventLogHasItsHeadingOrSaysThatThereIsNone) {
  EXPECT_TRUE(show_license_eventlog(busy_view(), std::nullopt).starts_with("**** Event Log ****\n\n"));
  EXPECT_EQ(show_license_eventlog(factory_view(), std::nullopt), " No EventLog Found.\n");
}

TEST(ShowLicense, FMT_RULE_7_EventLinesKeepTheirFormAndDaysChooseTheNewest) {
  const std::regex form(R"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} [A-Za-z]+ SAEVT_\w+( \w+="[^"]*")*)");
  const auto lines = lines_of(show_license_eventlog(busy_view(), 2));
  ASSERT_EQ(lines.size(), 4u);  // heading, blank, and the two of the last two days
  for (std::size_t i = 2; i < lines.size(); ++i) EXPECT_TRUE(std::regex_match(lines[i], form)) << lines[i];
}

TEST(ShowLicense, FMT_RULE_8_HaListHasNoBlankAndGoesActiveStandbyMember) {
  View v = stack_view();
  std::swap(v.agent.udis[0], v.agent.udis[2]);
  EXPECT_NE(show_license_udi(v).find("HA UDI List:\n"
                                     "    Active:PID:C9300-24UX,SN:FOC2201L0A1\n"
                                     "    Standby:PID:C9300-24UX,SN:FOC2201L0A2\n"
                                     "    Member:PID:C9300-24UX,SN:FOC2201L0A3\n"),
            std::string::npos);
}

TEST(ShowLicense, FMT_RULE_10_StatusHasSectionsWithIndentedLines) {
  for (const NamedView& s : state_views()) {
    for (const std::string& line : lines_of(show_license_status(s.view))) {
      if (line.empty() || line == "Smart Licensing is ENABLED") continue;
      const bool heading = line.find_first_not_of(' ') == 0;
      if (heading) {
        EXPECT_TRUE(line.ends_with(":") || line.ends_with(": ")) << s.name << ": " << line;
      }
    }
  }
  EXPECT_NE(show_license_status(authorized_view()).find("  Status: AUTHORIZED on May 26 21:24:37 2019 UTC\n"),
            std::string::npos);
}

TEST(ShowLicense, FMT_RULE_11_RegisteredIsOneWord) {
  EXPECT_NE(show_license_status(authorized_view()).find("  Status: REGISTERED\n"), std::string::npos);
}

TEST(ShowLicense, FMT_RULE_13_DatedAuthorizationStatusIsLongEnough) {
  for (const NamedView& s : state_views()) {
    const auto lines = lines_of(show_license_status(s.view));
    for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
      if (lines[i] != "License Authorization: ") continue;
      const bool dated = lines[i + 1].find(" on ") != std::string::npos;
      if (dated) {
        EXPECT_GE(lines[i + 1].size(), std::string("  Status: ").size() + 20) << s.name;
      }
    }
  }
}

TEST(ShowLicense, REG_10_ExportWordsFollowTheImage) {
  View v = authorized_view();
  EXPECT_NE(show_license_all(v).find("Export-Controlled Functionality: ALLOWED\n"), std::string::npos);
  v.image = image_of("16.9.4");
  EXPECT_NE(show_license_all(v).find("Export-Controlled Functionality: Allowed\n"), std::string::npos);
  v.agent.export_allowed = false;
  EXPECT_NE(show_license_all(v).find("Export-Controlled Functionality: Not Allowed\n"), std::string::npos);
}

TEST(ShowLicense, CLI_3_DatesFollowTheConfiguredZone) {
  View v = authorized_view();
  v.running.zone = {"EST", -300};
  EXPECT_NE(show_license_all(v).find("Initial Registration: SUCCEEDED on May 26 16:24:32 2019 EST\n"),
            std::string::npos);
}

// Words by which ansible's cisco.ios recognises a failed command (ux-facts 2.2).
TEST(ShowLicense, CLI_3_NoShowHoldsTheWordsOfAFailedCommand) {
  const std::regex bad(
      "% ?Error|ERROR:|% ?Invalid|invalid input|incomplete command|ambiguous command|connection timed out|not "
      "found|Bad mask",
      std::regex::icase);
  std::vector<NamedView> views = state_views();
  views.push_back({"hostile", state_views()[4].view});
  views.back().view.agent.initial_registration->failure_reason = "Error: host not found, connection timed out";
  for (const NamedView& s : views) EXPECT_FALSE(std::regex_search(every_show(s.view), bad)) << s.name;
}

TEST(ShowLicense, CLI_3_JsonHasTheSameValues) {
  const json::Value value = license_json(authorized_view());
  EXPECT_EQ(*value.find("registration")->find("status")->if_string(), "REGISTERED");
  EXPECT_EQ(*value.find("registration")->find("next_renewal")->if_string(), "2019-11-22T21:24:32Z");
  EXPECT_EQ(*value.find("authorization")->find("status")->if_string(), "AUTHORIZED");
  ASSERT_EQ(value.find("licenses")->if_array()->size(), 2u);
  EXPECT_EQ(*value.find("licenses")->if_array()->at(1).find("count")->if_int(), 1);
}

TEST(ShowLicense, STO_2_DamagedStoreIsSaid) {
  View v = factory_view();
  v.agent.store_damaged = true;
  EXPECT_NE(show_license_all(v).find("STORE DAMAGED"), std::string::npos);
}

}  // namespace
}  // namespace lictor::device::test
