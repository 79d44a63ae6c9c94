#include "foundation/json/json.hpp"

#include <gtest/gtest.h>

namespace lictor::json {
namespace {

TEST(JsonText, IsCompactAndKeepsTheOrderOfMembers) {
  const Value value(Object{{"z", 1}, {"a", Array{true, nullptr, -0.5, "x"}}, {"m", Object{}}, {"e", Array{}}});
  EXPECT_EQ(to_text(value), R"({"z":1,"a":[true,null,-0.5,"x"],"m":{},"e":[]})");
  EXPECT_EQ(
      to_pretty_text(value),
      "{\n  \"z\": 1,\n  \"a\": [\n    true,\n    null,\n    -0.5,\n    \"x\"\n  ],\n  \"m\": {},\n  \"e\": []\n}\n");
}

TEST(JsonText, EscapesWhatMustBeAndLeavesTheRest) {
  EXPECT_EQ(to_text(std::string("\"\\/\b\n\r\t\x1f\x7f\xc3\xbc\0", 12)),
            "\"\\\"\\\\/\\u0008\\n\\r\\t\\u001f\x7f\xc3\xbc\\u0000\"");
}

TEST(JsonText, OfWhateverWasReadIsReadAsTheSame) {
  for (const auto* text : {"null", "true", "-9223372036854775808", "9223372036854775807", "0.1", "1e300", "5e-324",
                           "1.0", "-0.0", "1e3", "9223372036854775808", "\"\"", "[]", "{}",
                           R"([[1,2],[{"a":"\u0000"}]])", R"({"b":{"c":[null]},"a":"\ud83d\ude00"})"}) {
    const auto value = parse(text);
    ASSERT_TRUE(value) << text;
    const auto again = parse(to_text(*value));
    ASSERT_TRUE(again) << text;
    EXPECT_EQ(*again, *value) << text;
    EXPECT_EQ(*parse(to_pretty_text(*value)), *value) << text;
  }
}

TEST(JsonReader, ReadsMembersByType) {
  const auto value = parse(R"({"s":"x","i":5,"b":true,"a":[1],"o":{"p":{"q":7}},"n":null})");
  const ObjectReader reader(*value, "");
  EXPECT_TRUE(reader.is_object());
  EXPECT_EQ(reader.string("s").value(), "x");
  EXPECT_EQ(reader.integer("i").value(), 5);
  EXPECT_EQ(reader.integer("i", 5, 5).value(), 5);
  EXPECT_TRUE(reader.boolean("b").value());
  EXPECT_EQ(reader.array("a").value()->size(), 1U);
  EXPECT_EQ(reader.object("o")->object("p")->integer("q").value(), 7);
  EXPECT_TRUE(reader.has("s"));
  EXPECT_FALSE(reader.has("n"));
  EXPECT_FALSE(reader.has("missing"));
}

TEST(JsonReader, SaysWhatIsWrongAndWhere) {
  const auto value = parse(R"({"s":5,"i":"5","d":1.5,"n":null,"o":{"p":[]}})");
  const ObjectReader reader(*value, "udis[2]");
  const auto message = [](const auto& result) {
    EXPECT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::Malformed);
    return result.error().message;
  };
  EXPECT_EQ(message(reader.string("pid")), "udis[2].pid: is missing");
  EXPECT_EQ(message(reader.string("s")), "udis[2].s: must be a string, not integer");
  EXPECT_EQ(message(reader.string("n")), "udis[2].n: must be a string, not null");
  EXPECT_EQ(message(reader.integer("i")), "udis[2].i: must be an integer, not string");
  EXPECT_EQ(message(reader.integer("d")), "udis[2].d: must be an integer, not number");
  EXPECT_EQ(message(reader.integer("s", 6, 9)), "udis[2].s: 5 is not between 6 and 9");
  EXPECT_EQ(message(reader.integer("s", 1, 4)), "udis[2].s: 5 is not between 1 and 4");
  EXPECT_EQ(message(reader.boolean("s")), "udis[2].s: must be true or false, not integer");
  EXPECT_EQ(message(reader.array("o")), "udis[2].o: must be an array, not object");
  EXPECT_EQ(message(reader.object("s")), "udis[2].s: must be an object, not integer");
  EXPECT_EQ(message(reader.object("o")->object("p")), "udis[2].o.p: must be an object, not array");
  EXPECT_EQ(ObjectReader(*value, "").string("x").error().message, "x: is missing");
}

TEST(JsonReader, NamesTheMembersThatNobodyKnows) {
  const auto value = parse(R"({"a":1,"b":2,"c":3})");
  EXPECT_EQ(ObjectReader(*value, "x").unknown({"b"}), (std::vector<std::string>{"x.a", "x.c"}));
  EXPECT_TRUE(ObjectReader(*value, "").unknown({"a", "b", "c", "d"}).empty());
  EXPECT_TRUE(ObjectReader(Value(5), "").unknown({}).empty());
  EXPECT_FALSE(ObjectReader(Value(5), "").is_object());
}

}  // namespace
}  // namespace lictor::json
