#include "licensing/vocabulary/udi.hpp"

#include <gtest/gtest.h>

namespace lictor {
namespace {

TEST(Udi, IsPrintedAndReadBack) {
  const Udi udi{"C9500-40X", "FCW2233A5ZV"};
  EXPECT_EQ(to_string(udi), "PID:C9500-40X,SN:FCW2233A5ZV");
  EXPECT_EQ(parse_udi("PID:C9500-40X,SN:FCW2233A5ZV").value(), udi);
  EXPECT_EQ(parse_udi("PID:A/B_C+D.E=-,SN:x-y_z.9").value(), (Udi{"A/B_C+D.E=-", "x-y_z.9"}));
  EXPECT_EQ(parse_udi("PID:a,SN:b").value(), (Udi{"a", "b"}));
}

TEST(Udi, PartsHaveOneTo64Characters) {
  EXPECT_TRUE(make_udi(std::string(64, 'P'), std::string(64, 'S')));
  EXPECT_EQ(make_udi(std::string(65, 'P'), "S").error().message, "a product id has 1 to 64 characters");
  EXPECT_EQ(make_udi("P", std::string(65, 'S')).error().message, "a serial number has 1 to 64 characters");
  EXPECT_FALSE(make_udi("", "S"));
  EXPECT_FALSE(make_udi("P", ""));
}

struct Refusal {
  std::string pid;
  std::string sn;
  std::string_view message;
};
TEST(Udi, TheCharacterThatMayNotStandIsNamed) {
  const Refusal refusals[] = {
      {"C9500 40X", "S", "a product id may not hold the character 0x20"},
      {"C9500,40X", "S", "a product id may not hold \",\""},
      {"C9500:40X", "S", "a product id may not hold \":\""},
      {"P\n", "S", "a product id may not hold the character 0x0a"},
      {std::string("P\0", 2), "S", "a product id may not hold the character 0x00"},
      {"P\xc3\xbc", "S", "a product id may not hold the character 0xc3"},
      {"P", "S/1", "a serial number may not hold \"/\""},
      {"P", "S+1", "a serial number may not hold \"+\""},
      {"P", "S=1", "a serial number may not hold \"=\""},
      {"P", "S,1", "a serial number may not hold \",\""},
      {"P\"", "S", "a product id may not hold \"\"\""},
      {"P;", "S", "a product id may not hold \";\""},
  };
  for (const auto& [pid, sn, message] : refusals) {
    const auto made = make_udi(pid, sn);
    ASSERT_FALSE(made) << message;
    EXPECT_EQ(made.error().code, ErrorCode::InvalidArgument);
    EXPECT_EQ(made.error().message, message);
  }
}

TEST(Udi, OtherFormsAreRefused) {
  for (const auto* bad : {"", "C9500,FCW", "PID:C9500", "SN:FCW,PID:C9500", "pid:C9500,sn:FCW", "PID:,SN:FCW",
                          "PID:C9500,SN:", " PID:C9500,SN:FCW", "PID:C9500,SN:FCW ", "PID:C9500, SN:FCW",
                          "PID:C9500,SN:F,SN:G", "PID:C9500,VID:V01,SN:FCW"}) {
    EXPECT_FALSE(parse_udi(bad)) << bad;
  }
}

TEST(Udi, RolesHaveOneNameEach) {
  for (const auto role : {UdiRole::Active, UdiRole::Standby, UdiRole::Member}) {
    EXPECT_EQ(parse_udi_role(to_string(role)).value(), role);
  }
  for (const auto* bad : {"", "active", "Active ", "Master"})
    EXPECT_EQ(parse_udi_role(bad).error().code, ErrorCode::Malformed);
}

UdiEntry member(int n, UdiRole role) {
  return {{"C9500", "SN" + std::to_string(n)}, role};
}

TEST(Stack, HA_1_HasOneActiveAndAtMostOneStandby) {
  std::vector<UdiEntry> stack = {member(1, UdiRole::Member), member(2, UdiRole::Active), member(3, UdiRole::Standby)};
  EXPECT_TRUE(check_udis(stack));
  EXPECT_EQ(active_udi(stack).sn, "SN2");
  EXPECT_TRUE(check_udis({member(1, UdiRole::Active)}));
  EXPECT_EQ(check_udis({member(1, UdiRole::Member)}).error().message, "exactly one UDI is Active");
  EXPECT_EQ(check_udis({member(1, UdiRole::Active), member(2, UdiRole::Active)}).error().message,
            "exactly one UDI is Active");
  EXPECT_EQ(check_udis({member(1, UdiRole::Active), member(2, UdiRole::Standby), member(3, UdiRole::Standby)})
                .error()
                .message,
            "at most one UDI is Standby");
  EXPECT_EQ(check_udis({}).error().code, ErrorCode::InvalidArgument);
}

TEST(Stack, HA_1_HasNoUdiTwiceAndAtMost16) {
  std::vector<UdiEntry> stack = {member(0, UdiRole::Active)};
  for (int i = 1; i < 16; ++i) stack.push_back(member(i, UdiRole::Member));
  EXPECT_TRUE(check_udis(stack));
  auto larger = stack;
  larger.push_back(member(16, UdiRole::Member));
  EXPECT_EQ(check_udis(larger).error().message, "a product instance has 1 to 16 UDIs");
  stack.back().udi = stack.front().udi;
  EXPECT_EQ(check_udis(stack).error().message, "PID:C9500,SN:SN0 stands in the list twice");
}

}  // namespace
}  // namespace lictor
