// The message table: log lines, events, reasons of failures, what differs by image; and the page that is printed of it.
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "agent/core/messages.hpp"
#include "unit/agent_core/story.hpp"

namespace lictor::agent {
namespace {

using ::testing::HasSubstr;

TEST(Messages, EachIdHasItsRowAtItsPlace) {
  for (int i = 0; i < kMessages; ++i) {
    const auto& row = message_table()[static_cast<std::size_t>(i)];
    EXPECT_EQ(static_cast<int>(row.id), i);
    EXPECT_FALSE(row.facility.empty() && row.event.empty()) << i << ": a row has a line, an event, or both";
    EXPECT_EQ(row.facility.empty(), row.mnemonic.empty()) << i;
    EXPECT_EQ(row.facility.empty(), row.text.empty()) << i;
    EXPECT_TRUE(row.event.empty() || row.event.starts_with("SAEVT_")) << row.event;
  }
  for (int i = 0; i < kReasons; ++i) EXPECT_EQ(static_cast<int>(reason_table()[static_cast<std::size_t>(i)].id), i);
}

TEST(Messages, EveryFailureOfATransportHasAReasonOfItsOwn) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(TransportFailure::Resubmit); ++i) {
    const auto failure = static_cast<TransportFailure>(i);
    EXPECT_TRUE(names.insert(to_string(failure)).second) << i;
    EXPECT_TRUE(reason(reason_of(failure)).communication) << to_string(failure);
  }
  EXPECT_EQ(to_string(TransportFailure::NotAvailable), "NOT_AVAILABLE");
  EXPECT_EQ(to_string(TransportFailure::Resubmit), "RESUBMIT");
}

TEST(Messages, TheOtherSideIsCalledWhatTheImageCallsIt) {
  const std::string before = "Smart Software Manager or satellite";
  const std::string after = "Smart Software Manager (CSSM)";
  for (const auto* version : {"16.9.4", "16.12.3a", "16.12.03s", "2.0.0", "", "rolling", "17", "17.0.9"})
    EXPECT_EQ(image_traits(version).peer, before) << version;
  for (const auto* version : {"17.1.1", "17.03.02", "17.12.4", "18.1", "18"})
    EXPECT_EQ(image_traits(version).peer, after) << version;
}

TEST_F(Story, LOG_4_TheLinesOfALaterImageNameItsPeer) {
  device.settings.image = image_traits("17.1.1");
  registered();
  EXPECT_THAT(device.last_line("AGENT_REG_SUCCESS"), HasSubstr("with the Smart Software Manager (CSSM) for udi PID:"));
  device.link = Link::Down;
  ASSERT_TRUE(device->renew_authorization(device.now()));
  device.settle();
  EXPECT_EQ(device.last_line("COMM_FAILED"),
            "%SMART_LIC-3-COMM_FAILED: Communications failure with the Smart Software Manager (CSSM) : Fail to send "
            "out Call Home HTTP message.");
}

// On a difference the page as it should be is left beside the test's results, ready to be copied over the old one.
TEST(Messages, LOG_7_ThePageIsPrintedFromTheTables) {
  std::ifstream file(LICTOR_SOURCE_DIR "/docs/agent-messages.md");
  std::stringstream text;
  text << file.rdbuf();
  const auto expected = LICTOR_BUILD_DIR "/agent-messages.md";
  if (text.str() != message_page()) std::ofstream(expected) << message_page();
  EXPECT_TRUE(text.str() == message_page()) << "docs/agent-messages.md is not what the tables say; see " << expected;
}

}  // namespace
}  // namespace lictor::agent
