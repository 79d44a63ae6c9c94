#include "foundation/base/bytes.hpp"

#include <gtest/gtest.h>

#include "foundation/base/entropy.hpp"
#include "foundation/base/utf8.hpp"

namespace lictor {
namespace {

// RFC 4648, 10, and the two characters that tell the alphabets apart.
struct Form {
  std::string bytes;
  std::string_view hex;
  std::string_view base64;
  std::string_view base64url;
};
const Form kForms[] = {
    {"", "", "", ""},
    {"f", "66", "Zg==", "Zg"},
    {"fo", "666f", "Zm8=", "Zm8"},
    {"foo", "666f6f", "Zm9v", "Zm9v"},
    {"foob", "666f6f62", "Zm9vYg==", "Zm9vYg"},
    {"fooba", "666f6f6261", "Zm9vYmE=", "Zm9vYmE"},
    {"foobar", "666f6f626172", "Zm9vYmFy", "Zm9vYmFy"},
    {"\xfb\xff\xbf", "fbffbf", "+/+/", "-_-_"},
    {std::string(1, '\0'), "00", "AA==", "AA"},
};

TEST(Bytes, HaveTheTextFormsOfRfc4648) {
  for (const auto& form : kForms) {
    const auto bytes = to_bytes(form.bytes);
    EXPECT_EQ(to_hex(bytes), form.hex);
    EXPECT_EQ(to_base64(bytes), form.base64);
    EXPECT_EQ(to_base64url(bytes), form.base64url);
    EXPECT_EQ(from_hex(form.hex).value(), bytes);
    EXPECT_EQ(from_base64(form.base64).value(), bytes);
    EXPECT_EQ(from_base64url(form.base64url).value(), bytes);
  }
}

TEST(Bytes, HexIsReadInBothCases) {
  EXPECT_EQ(from_hex("fBaA").value(), (Bytes{0xfb, 0xaa}));
  for (const auto* bad : {"f", "0", "0g", "0x", " 00", "00 ", "0\n"}) {
    const auto read = from_hex(bad);
    ASSERT_FALSE(read) << bad;
    EXPECT_EQ(read.error().code, ErrorCode::Malformed);
  }
}

TEST(Bytes, Base64IsReadInItsCanonicalFormOnly) {
  for (const auto* bad : {"Zg", "Zg=", "Zg===", "Zg==Zg==", "Z===", "====", "=", "==", "Zh==", "Zm9=", "Zm9vYg=\n",
                          "Zm9v\n", " Zm9v", "Zm 9v", "-_-_", "Zm9v====", "Z=m9", "Zg=g"}) {
    const auto read = from_base64(bad);
    ASSERT_FALSE(read) << bad;
    EXPECT_EQ(read.error().code, ErrorCode::Malformed) << bad;
  }
}

TEST(Bytes, Base64UrlIsReadWithoutPaddingOnly) {
  for (const auto* bad : {"Zg==", "Zh", "Zm9", "Z", "Zm9vY", "+/+/", "Zm9v=", "Zm9v\n", "Zm 9"}) {
    const auto read = from_base64url(bad);
    ASSERT_FALSE(read) << bad;
    EXPECT_EQ(read.error().code, ErrorCode::Malformed) << bad;
  }
}

TEST(Bytes, EveryTextFormIsReadBackAndIsTheOnlyOne) {
  SeededEntropy chance(1);
  for (std::size_t length = 0; length < 70; ++length) {
    const auto bytes = chance.bytes(length);
    EXPECT_EQ(from_hex(to_hex(bytes)).value(), bytes);
    EXPECT_EQ(from_base64(to_base64(bytes)).value(), bytes);
    EXPECT_EQ(from_base64url(to_base64url(bytes)).value(), bytes);
    // Any other last character is another value or is refused: no two texts mean the same bytes.
    auto text = to_base64url(bytes);
    if (text.empty()) continue;
    for (const char c : std::string("AQgwBZaz09-_")) {
      if (c == text.back()) continue;
      auto other = text;
      other.back() = c;
      const auto read = from_base64url(other);
      EXPECT_TRUE(!read || *read != bytes) << text << " and " << other;
    }
  }
}

TEST(Bytes, AreComparedByLengthAndContents) {
  EXPECT_TRUE(equal_constant_time({}, {}));
  EXPECT_TRUE(equal_constant_time(as_bytes("secret"), as_bytes("secret")));
  EXPECT_FALSE(equal_constant_time(as_bytes("secret"), as_bytes("secreT")));
  EXPECT_FALSE(equal_constant_time(as_bytes("secret"), as_bytes("Secret")));
  EXPECT_FALSE(equal_constant_time(as_bytes("secret"), as_bytes("secre")));
  EXPECT_FALSE(equal_constant_time(as_bytes("secret"), {}));
}

TEST(Utf8, IsWhatRfc3629Allows) {
  const std::string_view good[] = {"",
                                   "a",
                                   "\x7f",
                                   "\xc2\x80",
                                   "\xdf\xbf",
                                   "\xe0\xa0\x80",
                                   "\xed\x9f\xbf",
                                   "\xee\x80\x80",
                                   "\xef\xbf\xbf",
                                   "\xf0\x90\x80\x80",
                                   "\xf4\x8f\xbf\xbf",
                                   "gr\xc3\xbc\xc3\x9f"};
  for (const auto text : good) EXPECT_TRUE(is_utf8(text)) << text;
  const std::string_view bad[] = {"\x80",
                                  "\xc0\x80",
                                  "\xc1\xbf",
                                  "\xc2",
                                  "\xc2g",
                                  "\xe0\x9f\xbf",
                                  "\xe0\xa0",
                                  "\xed\xa0\x80",
                                  "\xed\xbf\xbf",
                                  "\xf0\x8f\xbf\xbf",
                                  "\xf4\x90\x80\x80",
                                  "\xf5\x80\x80\x80",
                                  "\xff",
                                  "\xf0\x90\x80",
                                  "a\xfe",
                                  "\xe2\x82\x28",
                                  "\xf0\x9f\x92\x28"};
  for (const auto text : bad) EXPECT_FALSE(is_utf8(text)) << text;
}

TEST(Utf8, IsCutBetweenCharacters) {
  EXPECT_EQ(utf8_prefix("gr\xc3\xbc\xc3\x9f", 3), "gr");
  EXPECT_EQ(utf8_prefix("gr\xc3\xbc\xc3\x9f", 4), "gr\xc3\xbc");
  EXPECT_EQ(utf8_prefix("abc", 64), "abc");
  EXPECT_EQ(utf8_prefix("ab\xff"
                        "c",
                        64),
            "ab");
  EXPECT_EQ(utf8_prefix("abc", 0), "");
}

}  // namespace
}  // namespace lictor
