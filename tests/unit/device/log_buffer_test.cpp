#include <gtest/gtest.h>

#include "device/syslog/log_buffer.hpp"
#include "unit/device/sample_views.hpp"

namespace lictor::device::test {
namespace {

const agent::LogLine kLine{"SMART_LIC", 6, "AGENT_REG_SUCCESS", "Smart Agent for Licensing Registration with the peer"};

TEST(LogBuffer, LOG_3_ConsoleLineHasTheIosForm) {
  EXPECT_EQ(
      console_line(kLine, at("2021-11-08T10:45:23.029Z"), {}, ClockTrust::NotAuthoritative),
      "*Nov  8 10:45:23.029: %SMART_LIC-6-AGENT_REG_SUCCESS: Smart Agent for Licensing Registration with the peer");
  EXPECT_EQ(
      console_line(kLine, at("2021-11-18T10:45:23.029Z"), {"CET", 60}, ClockTrust::Authoritative),
      "Nov 18 11:45:23.029: %SMART_LIC-6-AGENT_REG_SUCCESS: Smart Agent for Licensing Registration with the peer");
}

TEST(LogBuffer, LOG_3_MessageToHostsCarriesTheMnemonic) {
  const os::SyslogMessage m = syslog_message(kLine, at("2021-11-08T10:45:23Z"), "C9500");
  EXPECT_EQ(m.severity, 6);
  EXPECT_EQ(m.facility, 23);
  EXPECT_EQ(m.host_name, "C9500");
  EXPECT_EQ(m.application, "SMART_LIC");
  EXPECT_EQ(m.message_id, "AGENT_REG_SUCCESS");
  EXPECT_EQ(m.text, "%SMART_LIC-6-AGENT_REG_SUCCESS: Smart Agent for Licensing Registration with the peer");
  EXPECT_EQ(syslog_message({"PKI", 3, "CRL_FETCH_FAIL", "a\nb"}, at("2021-11-08T10:45:23Z"), "").text,
            "%PKI-3-CRL_FETCH_FAIL: a b");
}

TEST(LogBuffer, LOG_7_BufferKeepsTheNewestWithinItsBytes) {
  LogBuffer buffer;
  buffer.set_limit(20);
  for (const char* line : {"aaaaaaaaa", "bbbbbbbbb", "ccccccccc"}) buffer.append(line);
  EXPECT_EQ(std::vector<std::string>(buffer.lines().begin(), buffer.lines().end()),
            (std::vector<std::string>{"bbbbbbbbb", "ccccccccc"}));
  EXPECT_EQ(buffer.total(), 3);
}

}  // namespace
}  // namespace lictor::device::test
