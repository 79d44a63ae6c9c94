#include <gtest/gtest.h>

#include "foundation/os/log_backend.hpp"
#include "support/fake_clock.hpp"
#include "support/temp_dir.hpp"

namespace lictor::os {
namespace {

constexpr MessageRow kOpened{"STORE_OPENED", Severity::Info, "The store is open"};
constexpr MessageRow kLost{"LINK_LOST", Severity::Warning, "The \"link\" {} is lost", "Look after it"};
constexpr MessageRow kDetail{"DETAIL", Severity::Debug, "Something small"};

class LogTest : public testing::Test {
 protected:
  std::unique_ptr<Log> make(LogSettings::Form form, Severity least = Severity::Info) {
    LogSettings settings;
    settings.form = form;
    settings.least = least;
    settings.file = dir_.path("log");
    return std::move(make_log(settings, clock_).value());
  }
  [[nodiscard]] std::string written() const { return dir_.read("log"); }
  test::TempDir dir_;
  test::FakeClock clock_{parse_rfc3339("2026-11-24T09:05:00.250Z").value()};
};

TEST_F(LogTest, ATextLineHasTimeSeverityIdTextAndFields) {
  make(LogSettings::Form::Text)->write(kOpened, {{"path", "/var/lib/x.db"}, {"by", "me and you"}, {"none", ""}});
  EXPECT_EQ(written(),
            "2026-11-24T09:05:00.250Z info     STORE_OPENED The store is open path=/var/lib/x.db by=\"me and you\" "
            "none=\"\"\n");
}

TEST_F(LogTest, AJsonLineHasTheSame) {
  make(LogSettings::Form::Json)->write(kLost, {{"peer", "[::1]:443"}});
  EXPECT_EQ(written(),
            "{\"time\":\"2026-11-24T09:05:00.250Z\",\"severity\":\"warning\",\"id\":\"LINK_LOST\","
            "\"text\":\"The \\\"link\\\" {} is lost\",\"peer\":\"[::1]:443\"}\n");
}

struct Value {
  std::string value;
  std::string_view escaped;  // between quotes
};
const Value kValues[] = {
    {"a\nb\r\nc", "a\\u000ab\\u000d\\u000ac"},
    {"2026-11-24T09:05:00Z critical FORGED\n", "2026-11-24T09:05:00Z critical FORGED\\u000a"},
    {"say \"x\" \\ y", "say \\\"x\\\" \\\\ y"},
    {std::string("nul\0 ", 5), "nul\\u0000 "},
    {"\x1b[31m red\x7f", "\\u001b[31m red\\u007f"},
    {"c1 \xc2\x9b"
     "1m",
     "c1 \\u009b1m"},
    {"line \xe2\x80\xa8 paragraph \xe2\x80\xa9", "line \\u2028 paragraph \\u2029"},
    {"gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80", "gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80"},
    {"bad \xff\xc3 x", "bad \\ufffd\\ufffd x"},
    {"a=b", "a=b"},
    {"{} {0} %s", "{} {0} %s"},
};

TEST_F(LogTest, NoValueBeginsALineOfItsOwnOrEndsItsQuotes) {
  const auto text = make(LogSettings::Form::Text);
  for (const auto& [value, escaped] : kValues) text->write(kOpened, {{"v", value}});
  std::string expected;
  for (const auto& [value, escaped] : kValues) {
    expected += "2026-11-24T09:05:00.250Z info     STORE_OPENED The store is open v=\"" + std::string(escaped) + "\"\n";
  }
  EXPECT_EQ(written(), expected);
}

TEST_F(LogTest, JsonValuesAreEscapedTheSame) {
  const auto json = make(LogSettings::Form::Json);
  for (const auto& [value, escaped] : kValues) json->write(kOpened, {{"v", value}});
  std::string expected;
  for (const auto& [value, escaped] : kValues) {
    expected +=
        "{\"time\":\"2026-11-24T09:05:00.250Z\",\"severity\":\"info\",\"id\":\"STORE_OPENED\",\"text\":\"The store is "
        "open\",\"v\":\"" +
        std::string(escaped) + "\"}\n";
  }
  EXPECT_EQ(written(), expected);
}

TEST_F(LogTest, WhatIsLessThanTheThresholdIsLeftOut) {
  const auto log = make(LogSettings::Form::Text, Severity::Warning);
  log->write(kDetail);
  log->write(kOpened);
  EXPECT_EQ(written(), "");
  log->write(kLost);
  EXPECT_NE(written().find("LINK_LOST"), std::string::npos);
}

TEST_F(LogTest, AFileIsContinued) {
  make(LogSettings::Form::Text)->write(kOpened);
  make(LogSettings::Form::Text)->write(kLost);
  EXPECT_NE(written().find("STORE_OPENED"), std::string::npos);
  EXPECT_NE(written().find("LINK_LOST"), std::string::npos);
}

TEST_F(LogTest, AFileThatCannotBeOpenedIsAnError) {
  LogSettings settings;
  settings.file = dir_.path();
  const auto log = make_log(settings, clock_);
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().code, ErrorCode::Io);
  EXPECT_NE(log.error().message.find(dir_.path()), std::string::npos);
}

TEST_F(LogTest, WithoutAFileItGoesToStandardError) {
  testing::internal::CaptureStderr();
  make_log({}, clock_).value()->write(kOpened);
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "2026-11-24T09:05:00.250Z info     STORE_OPENED The store is open\n");
}

}  // namespace
}  // namespace lictor::os
