#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "foundation/json/json.hpp"

namespace lictor::json {
namespace {

TEST(Json, PRO_1_ValuesAreReadAsTheyAre) {
  const auto value =
      parse(R"( {"n":null,"t":true,"f":false,"i":-7,"d":0.5,"s":"a\u00fc\n","a":[1,[],{}],"o":{"x":""}} )");
  ASSERT_TRUE(value) << value.error().message;
  EXPECT_EQ(*value, Value(Object{{"n", nullptr},
                                 {"t", true},
                                 {"f", false},
                                 {"i", -7},
                                 {"d", 0.5},
                                 {"s", "a\xc3\xbc\n"},
                                 {"a", Array{1, Array{}, Object{}}},
                                 {"o", Object{{"x", ""}}}}));
}

TEST(Json, PRO_1_IntegersThatFitStayExact) {
  EXPECT_EQ(*parse("9007199254740993")->if_int(), 9007199254740993);
  EXPECT_EQ(*parse("9223372036854775807")->if_int(), INT64_MAX);
  EXPECT_EQ(*parse("-9223372036854775808")->if_int(), INT64_MIN);
  EXPECT_EQ(parse("9223372036854775808")->if_int(), nullptr);
  EXPECT_EQ(*parse("9223372036854775808")->if_double(), 9223372036854775808.0);
  EXPECT_EQ(*parse("18446744073709551616")->if_double(), 18446744073709551616.0);
  EXPECT_EQ(parse("1.0")->if_int(), nullptr);
}

TEST(Json, NumbersAreTheNearestDoubles) {
  struct Number {
    const char* text;
    double value;
  };
  const Number numbers[] = {{"0.1", 0.1},
                            {"1e22", 1e22},
                            {"1.7976931348623157e308", 1.7976931348623157e308},
                            {"5e-324", 5e-324},
                            {"2.2250738585072011e-308", 2.2250738585072011e-308},
                            {"0.1e1", 1.0},
                            {"123456789012345678901234567890", 123456789012345678901234567890.0},
                            {"9007199254740993.0", 9007199254740992.0},
                            {"-1.5E+2", -150.0},
                            {"1e-400", 0.0},
                            {"7.038531e-26", 7.038531e-26},
                            {"6.02214076e23", 6.02214076e23}};
  for (const auto& [text, value] : numbers) {
    const auto read = parse(text);
    ASSERT_TRUE(read) << text << ": " << read.error().message;
    ASSERT_NE(read->if_double(), nullptr) << text;
    EXPECT_EQ(*read->if_double(), value) << text;
  }
}

TEST(Json, EveryDoubleIsReadBackAsItWasWritten) {
  std::uint64_t state = 88172645463325252ULL;
  for (int i = 0; i < 20'000; ++i) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    double value = 0;
    static_assert(sizeof value == sizeof state);
    std::memcpy(&value, &state, sizeof value);
    if (!std::isfinite(value) || value == std::trunc(value)) continue;
    const auto text = to_text(value);
    const auto read = parse(text);
    ASSERT_TRUE(read) << text;
    ASSERT_NE(read->if_double(), nullptr) << text;
    ASSERT_EQ(*read->if_double(), value) << text;
  }
}

struct Refusal {
  std::string text;
  ErrorCode code;
  std::string_view message;  // the beginning of it
};

TEST(Json, PRO_5_WhatIsNotStrictIsRefusedWithItsPlace) {
  const Refusal refusals[] = {
      // Not JSON at all, or not all of it.
      {"", ErrorCode::Malformed, "line 1, column 1: "},
      {"   ", ErrorCode::Malformed, "line 1, column 4: "},
      {"{", ErrorCode::Malformed, "line 1, column 2: "},
      {"{\"a\":1", ErrorCode::Malformed, "line 1, column 7: "},
      {"[1,2", ErrorCode::Malformed, "line 1, column 5: "},
      {"\"abc", ErrorCode::Malformed, "line 1, column 5: "},
      {"tru", ErrorCode::Malformed, "line 1, column 4: "},
      {"-", ErrorCode::Malformed, "line 1, column 2: "},
      // Trailing bytes.
      {"{} x", ErrorCode::Malformed, "line 1, column 4: there is more after the end of the value"},
      {"1 2", ErrorCode::Malformed, "line 1, column 3: "},
      {"{}{}", ErrorCode::Malformed, "line 1, column 3: "},
      {std::string("{}\0", 3), ErrorCode::Malformed, "line 1, column 3: "},
      // Forms that other readers tolerate.
      {"{\"a\":1,}", ErrorCode::Malformed, "line 1, column 8: "},
      {"[1,]", ErrorCode::Malformed, "line 1, column 4: "},
      {"[,1]", ErrorCode::Malformed, "line 1, column 2: "},
      {"{'a':1}", ErrorCode::Malformed, "line 1, column 2: "},
      {"{a:1}", ErrorCode::Malformed, "line 1, column 2: "},
      {"// c\n1", ErrorCode::Malformed, "line 1, column 1: "},
      {"/* c */1", ErrorCode::Malformed, "line 1, column 1: "},
      {"\xef\xbb\xbf{}", ErrorCode::Malformed, "line 1, column 1: "},
      {"True", ErrorCode::Malformed, "line 1, column 1: "},
      {"nan", ErrorCode::Malformed, "line 1, column "},
      {"NaN", ErrorCode::Malformed, "line 1, column 1: "},
      {"Infinity", ErrorCode::Malformed, "line 1, column 1: "},
      {"-Infinity", ErrorCode::Malformed, "line 1, column 2: "},
      // Numbers.
      {"01", ErrorCode::Malformed, "line 1, column 2: "},
      {"-01", ErrorCode::Malformed, "line 1, column 3: "},
      {"+1", ErrorCode::Malformed, "line 1, column 1: "},
      {".5", ErrorCode::Malformed, "line 1, column 1: "},
      {"5.", ErrorCode::Malformed, "line 1, column 3: "},
      {"1e", ErrorCode::Malformed, "line 1, column 3: "},
      {"0x10", ErrorCode::Malformed, "line 1, column 2: "},
      {"1e400", ErrorCode::Malformed, "line 1, column "},
      {"[-1e400]", ErrorCode::Malformed, "line 1, column "},
      {"1e99999999999", ErrorCode::Malformed, "line 1, column "},
      {std::string(400, '9'), ErrorCode::Malformed, "line 1, column "},
      {"1" + std::string(400, '0') + "e-10", ErrorCode::Malformed, "line 1, column "},
      // Members twice, escaped or not, at any depth.
      {"{\"a\":1,\"a\":1}", ErrorCode::Malformed, "line 1, column 10: the member \"a\" stands twice"},
      {"{\"a\":1,\"\\u0061\":2}", ErrorCode::Malformed, "line 1, column 15: the member \"a\" stands twice"},
      {"{\"\":1,\"\":2}", ErrorCode::Malformed, "line 1, column 8: the member \"\" stands twice"},
      {"[{\"b\":{\"c\":[{\"d\":1,\n\"d\":2}]}}]", ErrorCode::Malformed,
       "line 2, column 3: the member \"d\" stands twice"},
      // Strings.
      {"\"a\nb\"", ErrorCode::Malformed, "line 1, column 3: "},
      {"\"a\tb\"", ErrorCode::Malformed, "line 1, column 3: "},
      {std::string("\"a\0b\"", 5), ErrorCode::Malformed, "line 1, column 3: "},
      {"\"\\x41\"", ErrorCode::Malformed, "line 1, column 3: "},
      {"\"\\u12g4\"", ErrorCode::Malformed, "line 1, column "},
      {"\"\\ud800\"", ErrorCode::Malformed, "line 1, column "},
      {"\"\\udc00\"", ErrorCode::Malformed, "line 1, column "},
      {"\"\\ud800\\u0041\"", ErrorCode::Malformed, "line 1, column "},
      {"\"\xff\"", ErrorCode::Malformed, "line 1, column "},
      {"\"\xc0\x80\"", ErrorCode::Malformed, "line 1, column "},
      {"\"\xed\xa0\x80\"", ErrorCode::Malformed, "line 1, column "},
      {"\"\xf4\x90\x80\x80\"", ErrorCode::Malformed, "line 1, column "},
      {"\"\xe2\x82\"", ErrorCode::Malformed, "line 1, column "},
      {"{\"\xff\":1}", ErrorCode::Malformed, "line 1, column "},
  };
  for (const auto& [text, code, message] : refusals) {
    const auto value = parse(text);
    ASSERT_FALSE(value) << text;
    EXPECT_EQ(value.error().code, code) << text << ": " << value.error().message;
    EXPECT_TRUE(value.error().message.starts_with(message)) << text << ": " << value.error().message;
  }
}

TEST(Json, MembersTwiceAreFoundInLargeObjectsToo) {
  for (const int first : {0, 14, 15, 16, 17, 499}) {
    std::string text = "{";
    for (int i = 0; i < 500; ++i) text += "\"k" + std::to_string(i) + "\":1,";
    const auto good = parse(text + "\"k500\":1}");
    ASSERT_TRUE(good) << good.error().message;
    EXPECT_EQ(good->if_object()->size(), 501U);
    const auto bad = parse(text + "\"k" + std::to_string(first) + "\":1}");
    ASSERT_FALSE(bad) << first;
    EXPECT_NE(bad.error().message.find("\"k" + std::to_string(first) + "\" stands twice"), std::string::npos);
  }
}

TEST(Json, TheSameMemberInDifferentObjectsIsFine) {
  EXPECT_TRUE(parse(R"({"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]})"));
}

TEST(Json, PRO_5_DepthIsLimited) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(parse(nested(32)));
  for (const auto& text : {nested(33), nested(100'000), std::string(100'000, '[')}) {
    const auto value = parse(text);
    ASSERT_FALSE(value);
    EXPECT_EQ(value.error().code, ErrorCode::TooLarge);
    EXPECT_NE(value.error().message.find("nested more than 32 levels deep"), std::string::npos)
        << value.error().message;
  }
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  EXPECT_EQ(parse(objects).error().code, ErrorCode::TooLarge);
  EXPECT_TRUE(parse(nested(2), {.max_depth = 2}));
  EXPECT_FALSE(parse(nested(3), {.max_depth = 2}));
}

TEST(Json, PRO_5_SizeIsLimited) {
  const std::string text = "\"" + std::string(98, 'x') + "\"";
  EXPECT_TRUE(parse(text, {.max_bytes = 100}));
  const auto value = parse(text + " ", {.max_bytes = 100});
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().code, ErrorCode::TooLarge);
  EXPECT_EQ(value.error().message, "101 bytes; at most 100 are accepted");
}

TEST(Json, EscapesAndPairsOfSurrogatesAreDecoded) {
  EXPECT_EQ(*parse(R"("\"\\\/\b\f\n\r\t\u0041\ud83d\ude00\u0000")")->if_string(),
            std::string("\"\\/\b\f\n\r\tA\xf0\x9f\x98\x80\0", 14));
}

TEST(Json, ErrorsDoNotCarryHalfCharacters) {
  std::string key;
  for (int i = 0; i < 40; ++i) key += "\xc3\xbc";
  const auto value = parse("{\"x" + key + "\":1,\"x" + key + "\":2}");
  ASSERT_FALSE(value);
  EXPECT_TRUE(parse(to_text(value.error().message)));
}

}  // namespace
}  // namespace lictor::json
