#include <gtest/gtest.h>

#include "device/show/device.hpp"
#include "device/show/output_filter.hpp"
#include "unit/device/golden.hpp"
#include "unit/device/sample_views.hpp"

namespace lictor::device::test {
namespace {

TEST(ShowDevice, CLI_5_EveryShowPrintsItsGoldenText) {
  const View busy = busy_view();
  expect_golden("version", show_version(busy));
  expect_golden("version_stack", show_version(stack_view()));
  expect_golden("inventory", show_inventory(busy));
  expect_golden("inventory_stack", show_inventory(stack_view()));
  expect_golden("switch_stack", show_switch(stack_view()));
  expect_golden("clock", show_clock(busy));
  expect_golden("clock_not_authoritative", show_clock(factory_view()));
  expect_golden("logging", show_logging(busy));
  expect_golden("running_config", print_running_configuration(busy.running, busy.facts, Defaults::Hide));
  expect_golden("running_config_all", print_running_configuration(busy.running, busy.facts, Defaults::Show));
  expect_golden("running_config_factory",
                print_running_configuration(factory_view().running, busy.facts, Defaults::Hide));
  expect_golden("startup_config", show_startup_config(busy));
}

TEST(ShowDevice, CLI_4_CallHomeProfilesPrintTheirGoldenText) {
  const View busy = busy_view();
  expect_golden("call_home_profile_all", show_call_home_profiles(busy));
  expect_golden("call_home_smart_licensing", show_call_home_smart_licensing(busy));
  EXPECT_EQ(*show_call_home_profile(factory_view(), kDefaultProfile), show_call_home_profiles(factory_view()));
  EXPECT_EQ(show_call_home_profile(busy, "nobody").error().code, ErrorCode::NotFound);
}

TEST(ShowDevice, FMT_RULE_9_AddressLabelFollowsTheVersion) {
  View v = factory_view();
  EXPECT_NE(show_call_home_profiles(v).find("    HTTP address(es): https://"), std::string::npos);
  v.image = image_of("17.1.1");
  EXPECT_NE(show_call_home_profiles(v).find("    HTTP  address: https://"), std::string::npos);
  EXPECT_NE(show_call_home_smart_licensing(v).find(" Destination  URL(s):  https://"), std::string::npos);
}

TEST(ShowDevice, CLI_7_PrivilegeReadsAsAnsibleExpects) {
  EXPECT_EQ(show_privilege(15), "Current privilege level is 15\n");
}

TEST(ShowDevice, CFG_9_UntrustedClockCarriesAStar) {
  EXPECT_EQ(clock_time(at("2021-11-18T10:45:23.029Z"), {}, ClockTrust::NotAuthoritative),
            "*10:45:23.029 UTC Thu Nov 18 2021");
  EXPECT_EQ(clock_time(at("2021-11-18T10:45:23.029Z"), {"CET", 60}, ClockTrust::Authoritative),
            "11:45:23.029 CET Thu Nov 18 2021");
}

TEST(ShowDevice, CLI_5_UptimeReadsInWords) {
  EXPECT_EQ(uptime(seconds(30)), "0 minutes");
  EXPECT_EQ(uptime(days(8) + hours(1) + minutes(2)), "1 week, 1 day, 1 hour, 2 minutes");
}

TEST(ShowDevice, AUTH_1_EvaluationPeriodReadsAsTheGuides) {
  EXPECT_EQ(long_duration(days(65) + hours(18) + minutes(43)), "65 days, 18 hours, 43 minutes, 0 seconds");
  EXPECT_EQ(long_duration(seconds(-5)), "0 days, 0 hours, 0 minutes, 0 seconds");
}

TEST(ShowDevice, CLI_7_ClockSetReadsTheLocalZone) {
  const TimeZone est{"EST", -300};
  EXPECT_EQ(*from_local("16:24:32", 26, "May", 2019, est), at("2019-05-26T21:24:32Z"));
  EXPECT_EQ(from_local("16:24:32", 30, "February", 2019, est).error().code, ErrorCode::InvalidArgument);
}

struct FilterCase {
  const char* filter;
  const char* expected;
};

TEST(OutputFilter, CLI_3_FiltersChooseLinesByExtendedExpressions) {
  const std::string text = "call-home\n profile a\n  active\n profile b\nend\n\nlast\n";
  const FilterCase cases[] = {
      {"include profile", " profile a\n profile b\n"},
      {"i profile (a|c)", " profile a\n"},
      {"exclude profile|^ *$", "call-home\n  active\nend\nlast\n"},
      {"begin end", "end\n\nlast\n"},
      {"section profile", " profile a\n  active\n profile b\n"},
      {"sec call-home", "call-home\n profile a\n  active\n profile b\n"},
      {"count profile", "Number of lines which match regexp = 2\n"},
  };
  for (const FilterCase& c : cases) {
    const auto filter = parse_filter(c.filter);
    ASSERT_TRUE(filter) << c.filter;
    EXPECT_EQ(*apply_filter(*filter, text), c.expected) << c.filter;
  }
}

TEST(OutputFilter, CLI_3_BadFiltersAreNamed) {
  EXPECT_EQ(parse_filter("").error().code, ErrorCode::Malformed);
  EXPECT_EQ(parse_filter("include").error().code, ErrorCode::Malformed);
  EXPECT_EQ(parse_filter("frobnicate x").error().code, ErrorCode::InvalidArgument);
  EXPECT_EQ(apply_filter(*parse_filter("include a(b"), "x\n").error().code, ErrorCode::InvalidArgument);
}

}  // namespace
}  // namespace lictor::device::test
