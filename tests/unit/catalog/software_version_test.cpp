#include <gtest/gtest.h>

#include "licensing/catalog/catalog.hpp"

namespace lictor::catalog {
namespace {

TEST(SoftwareVersion, CAT_1_VersionsCompareByNumberThenSuffix) {
  const char* const ascending[] = {"2",       "16.8.1a", "16.9",    "16.9.1",   "16.9.1a",  "16.10.1",  "16.11.1",
                                   "16.12.1", "16.12.2", "16.12.3", "16.12.3a", "16.12.3b", "16.12.10", "17.3.2"};
  for (std::size_t a = 0; a < std::size(ascending); ++a)
    for (std::size_t b = 0; b < std::size(ascending); ++b) {
      const auto left = parse_software_version(ascending[a]).value();
      const auto right = parse_software_version(ascending[b]).value();
      EXPECT_EQ(left < right, a < b) << ascending[a] << " " << ascending[b];
      EXPECT_EQ(left == right, a == b) << ascending[a] << " " << ascending[b];
    }
}

TEST(SoftwareVersion, CAT_1_LeadingZerosDoNotMatter) {
  EXPECT_EQ(parse_software_version("16.09.04").value(), parse_software_version("16.9.4").value());
  EXPECT_EQ(to_string(parse_software_version("17.03.02a").value()), "17.3.2a");
}

TEST(SoftwareVersion, CAT_1_AnythingElseIsNone) {
  for (const auto* text : {"", ".", "a", "16.", ".16", "16..9", "16.9.a", "16.9-1", "16.9.1 ", " 16.9.1", "16.9.1a.2",
                           "-1", "1.2.3.4.5.6.7", "1234567", "16.9.1abcdefghijklmnopq"}) {
    const auto parsed = parse_software_version(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::Malformed);
  }
}

}  // namespace
}  // namespace lictor::catalog
