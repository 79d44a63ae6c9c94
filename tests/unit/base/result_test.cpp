#include "foundation/base/result.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "foundation/base/document.hpp"
#include "foundation/base/messages.hpp"

namespace lictor {
namespace {

TEST(Error, EveryCodeHasANameOfItsOwn) {
  std::set<std::string_view> names;
  int count = 0;
  for (int code = 0; code <= static_cast<int>(ErrorCode::Internal); ++code, ++count) {
    names.insert(to_string(static_cast<ErrorCode>(code)));
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(count));
}

TEST(Error, GathersContextOnItsWayUp) {
  const Error low{ErrorCode::DiskFull, "cannot write /store/db: no space"};
  const auto high = low.with_context("saving the state").with_context("registering");
  EXPECT_EQ(high.code, ErrorCode::DiskFull);
  EXPECT_EQ(high.message, "registering: saving the state: cannot write /store/db: no space");
}

Result<int> half(int n) {
  if (n % 2 != 0) return Error{ErrorCode::InvalidArgument, "odd"};
  return n / 2;
}

TEST(Result, PassesValuesOnAndStopsAtTheFirstError) {
  EXPECT_EQ(half(8).and_then(half).and_then(half).value(), 1);
  const auto stopped = half(6).and_then(half).and_then(half);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error(), (Error{ErrorCode::InvalidArgument, "odd"}));
  const Result<int> kept = half(4);
  EXPECT_EQ(kept.and_then(half).value(), 1);
  EXPECT_EQ(kept.value(), 2);
}

TEST(Result, OfNothingIsSuccessOrAnError) {
  const Result<void> good;
  EXPECT_TRUE(good);
  const Result<void> bad = Error{ErrorCode::Io, "broken"};
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, ErrorCode::Io);
}

TEST(Document, MembersAreFoundByName) {
  Document root;
  root.kind = Document::Kind::Mapping;
  root.members.emplace_back("a", Document());
  root.members.back().second.scalar = "1";
  const Document copy = root;
  ASSERT_NE(copy.find("a"), nullptr);
  EXPECT_EQ(copy.find("a")->scalar, "1");
  EXPECT_EQ(copy.find("b"), nullptr);
}

TEST(Document, PlacesAreNamedAsCompilersDo) {
  EXPECT_EQ(to_string(SourcePosition{"a.yaml", 3, 7}), "a.yaml:3:7");
  EXPECT_EQ(to_string(SourcePosition{"a.yaml", 0, 0}), "a.yaml");
  EXPECT_EQ(error_at({"a.yaml", 3, 7}, "bad").message, "a.yaml:3:7: bad");
}

TEST(Messages, TheReferenceHasOneLineForEach) {
  const MessageRow rows[] = {{"STORE_OPENED", Severity::Info, "The store is open"},
                             {"STORE_FULL", Severity::Critical, "The disk is full", "Make room"}};
  EXPECT_EQ(message_reference(rows),
            "| message | severity | meaning | what to do |\n"
            "|---|---|---|---|\n"
            "| `STORE_OPENED` | info | The store is open | – |\n"
            "| `STORE_FULL` | critical | The disk is full | Make room |\n");
}

}  // namespace
}  // namespace lictor
