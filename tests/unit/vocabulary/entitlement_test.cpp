#include "licensing/vocabulary/entitlement.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

namespace lictor {
namespace {

constexpr std::string_view kUuid = "fd7897d1-9f26-5294-81b5-767ece40fde8";
std::string tag(std::string_view before_uuid) {
  return std::string(before_uuid) + std::string(kUuid);
}

TEST(EntitlementTag, USE_1_IsTakenApart) {
  const auto read = parse_entitlement_tag(tag("regid.2017-05.com.example.C9500_NW_A+,1.0_"));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->text, tag("regid.2017-05.com.example.C9500_NW_A+,1.0_"));
  const auto taken = parts(*read);
  EXPECT_EQ(taken.regid, "regid.2017-05.com.example");
  EXPECT_EQ(taken.name, "C9500_NW_A+");
  EXPECT_EQ(taken.version, "1.0");
  EXPECT_EQ(taken.uuid, kUuid);
}

TEST(EntitlementTag, USE_1_ProductTagsHaveTheSameForm) {
  EXPECT_TRUE(parse_product_tag(tag("regid.2026-01.org.example.CAT9K,1.0_")));
  EXPECT_FALSE(parse_product_tag(tag("regid.2026-01.org.example.CAT9K_")));
}

struct Refusal {
  std::string text;
  std::string_view part;
};
TEST(EntitlementTag, USE_1_TheWrongPartIsNamed) {
  const Refusal refusals[] = {
      {"", "it must begin with \"regid.\""},
      {tag("2026-01.org.example.A,1.0_"), "it must begin with \"regid.\""},
      {tag("REGID.2026-01.org.example.A,1.0_"), "it must begin with \"regid.\""},
      {tag("regid.2026-01.org.example.A_"), "the comma before the version is missing"},
      {tag("regid.org.example.A,1.0_"), "the month YYYY-MM is missing"},
      {tag("regid.2026-1.org.example.A,1.0_"), "the month YYYY-MM is missing"},
      {tag("regid.2026-00.org.example.A,1.0_"), "the month YYYY-MM is missing"},
      {tag("regid.2026-13.org.example.A,1.0_"), "the month YYYY-MM is missing"},
      {tag("regid.20a6-01.org.example.A,1.0_"), "the month YYYY-MM is missing"},
      {tag("regid.2026-01.A,1.0_"), "the reverse domain or the name is missing"},
      {tag("regid.2026-01..A,1.0_"), "the reverse domain holds a foreign character"},
      {tag("regid.2026-01.org exa.A,1.0_"), "the reverse domain holds a foreign character"},
      {tag("regid.2026-01.org.,1.0_"), "the name is empty or holds a foreign character"},
      {tag("regid.2026-01.org.example.A B,1.0_"), "the name is empty or holds a foreign character"},
      {tag("regid.2026-01.org.example.A,1.0"), "the underscore before the UUID is missing"},
      {tag("regid.2026-01.org.example.A,_"), "the version is empty or holds a foreign character"},
      {tag("regid.2026-01.org.example.A,1,0_"), "the version is empty or holds a foreign character"},
      {"regid.2026-01.org.example.A,1.0_", "the UUID is not one in lower case"},
      {"regid.2026-01.org.example.A,1.0_FD7897D1-9F26-5294-81B5-767ECE40FDE8", "the UUID is not one in lower case"},
      {tag("regid.2026-01.org.example.A,1.0_") + "0", "the UUID is not one in lower case"},
      {tag("regid.2026-01.org.example.A,1.0_") + "\n", "the UUID is not one in lower case"},
      {tag("regid.2026-01.org.example." + std::string(200, 'A') + ",1.0_"), "it is longer than 255 characters"},
  };
  for (const auto& [text, part] : refusals) {
    const auto read = parse_entitlement_tag(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, ErrorCode::Malformed);
    EXPECT_TRUE(read.error().message.ends_with(part)) << text << ": " << read.error().message;
  }
}

TEST(EntitlementTag, USE_1_255CharactersAreNotTooMany) {
  const auto rest = tag("regid.2026-01.org.example.,1.0_").size();
  const auto name = std::string(255 - rest, 'A');
  EXPECT_TRUE(parse_entitlement_tag(tag("regid.2026-01.org.example." + name + ",1.0_")));
  EXPECT_FALSE(parse_entitlement_tag(tag("regid.2026-01.org.example.A" + name + ",1.0_")));
}

UsageItem use(std::string_view name, Count count) {
  UsageItem item;
  item.tag = parse_entitlement_tag(tag("regid.2026-01.org.example." + std::string(name) + ",1.0_")).value();
  item.count = count;
  return item;
}

TEST(Usage, USE_1_CountsAreBounded) {
  for (const Count good : {Count{1}, kMaxCount}) {
    std::vector<UsageItem> usage = {use("A", good)};
    EXPECT_TRUE(check_usage(usage)) << good;
  }
  for (const Count bad : {Count{0}, Count{-1}, kMaxCount + 1, INT64_MIN, INT64_MAX}) {
    std::vector<UsageItem> usage = {use("A", bad)};
    const auto checked = check_usage(usage);
    ASSERT_FALSE(checked) << bad;
    EXPECT_EQ(checked.error().code, ErrorCode::InvalidArgument);
  }
}

TEST(Usage, USE_1_NoTagStandsTwiceWhateverItsCount) {
  std::vector<UsageItem> usage = {use("A", 1), use("B", 1), use("A", 2)};
  const auto checked = check_usage(usage);
  ASSERT_FALSE(checked);
  EXPECT_TRUE(checked.error().message.ends_with("stands in the usage twice"));
}

TEST(Usage, USE_1_IsSortedAndNoMoreThan256) {
  std::vector<UsageItem> usage;
  for (int i = 255; i >= 0; --i) usage.push_back(use("T" + std::to_string(i), 1));
  ASSERT_TRUE(check_usage(usage));
  EXPECT_TRUE(std::is_sorted(usage.begin(), usage.end(), [](const auto& a, const auto& b) { return a.tag < b.tag; }));
  usage.push_back(use("T256", 1));
  EXPECT_FALSE(check_usage(usage));
  std::vector<UsageItem> none;
  EXPECT_TRUE(check_usage(none));
}

TEST(EntitlementTag, USE_1_AnyTextIsReadOrRefusedAndPartsGiveItBack) {
  EXPECT_TRUE(rc::check("parts of what is accepted make the tag again", [] {
    // Near misses: a good tag with one character changed, left out or put in.
    auto text = tag("regid.2026-01.org.example.C9500_NW_A,1.0_");
    const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
    const auto c = static_cast<char>(*rc::gen::inRange(1, 256));
    switch (*rc::gen::inRange(0, 3)) {
      case 0:
        text[at] = c;
        break;
      case 1:
        text.erase(at, 1);
        break;
      default:
        text.insert(at, 1, c);
    }
    const auto read = parse_entitlement_tag(text);
    if (!read) return;
    RC_ASSERT(read->text == text);
    const auto taken = parts(*read);
    RC_ASSERT(taken.regid + "." + taken.name + "," + taken.version + "_" + taken.uuid == text);
  }));
}

}  // namespace
}  // namespace lictor
