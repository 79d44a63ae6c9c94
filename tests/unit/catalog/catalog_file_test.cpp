#include <gtest/gtest.h>

#include "licensing/catalog/catalog.hpp"

namespace lictor::catalog {
namespace {

TEST(CatalogFile, CAT_1_WhatIsPackedUnpacksToTheSame) {
  const std::vector<CatalogFile> files = {
      {"catalyst.yaml", "catalog: 1\nvendor: x\n"}, {"empty.yaml", ""}, {"b", "file b 3\nabc\n"}};
  const auto contents = pack(files);
  ASSERT_TRUE(contents.has_value());
  const auto unpacked = unpack(*contents);
  ASSERT_TRUE(unpacked.has_value());
  EXPECT_EQ(*unpacked, files);
  EXPECT_EQ(pack({{"a", "x"}}).value(), "file a 1\nx\n") << "the stored form: its digest must not change";
}

TEST(CatalogFile, CAT_1_NamesArePlainAndUnique) {
  const std::vector<std::vector<CatalogFile>> wrong = {{},
                                                       {{"", "x"}},
                                                       {{"a b", "x"}},
                                                       {{"../a", "x"}},
                                                       {{"a\n", "x"}},
                                                       {{std::string(65, 'a'), "x"}},
                                                       {{"a", "x"}, {"a", "y"}}};
  for (const auto& files : wrong) {
    const auto contents = pack(files);
    ASSERT_FALSE(contents.has_value());
    EXPECT_EQ(contents.error().code, ErrorCode::InvalidArgument);
  }
}

TEST(CatalogFile, CAT_1_ADamagedTextIsNoticed) {
  const auto whole = pack({{"a", "first"}, {"b", "second"}}).value();
  EXPECT_TRUE(unpack(whole).has_value());
  std::vector<std::string> damaged = {"",
                                      "x",
                                      "file a 5\n",
                                      "file a\nfirst\n",
                                      "file a 4\nfirst\n",
                                      "file a -1\n\n",
                                      "file a 99999999999999999999\nx\n",
                                      "file a/ 1\nx\n",
                                      whole + "x"};
  for (std::size_t length = 1; length < whole.size(); ++length)
    if (length != 15) damaged.push_back(whole.substr(0, length));  // 15: the first file alone is whole
  for (const auto& text : damaged) {
    const auto files = unpack(text);
    ASSERT_FALSE(files.has_value()) << text;
    EXPECT_EQ(files.error().code, ErrorCode::Corrupt);
  }
}

}  // namespace
}  // namespace lictor::catalog
