#include <gtest/gtest.h>

#include "licensing/protocol/endpoints.hpp"
#include "server/rest/admission.hpp"
#include "support/fake_clock.hpp"

namespace lictor::rest {
namespace {

http::RequestHead head(std::string method, std::string_view path, std::string hint = "",
                       std::string peer = "10.0.0.1") {
  http::RequestHead made;
  made.method = std::move(method);
  made.path = std::string(path);
  made.peer = std::move(peer);
  if (!hint.empty()) made.headers.emplace_back("lictor-message", std::move(hint));
  return made;
}

class Admission : public ::testing::Test {
 protected:
  bool lets_in(const http::RequestHead& request) { return !gate_.judge(request); }
  test::FakeClock clock_;
  std::size_t waiting_ = 0;
  Gate gate_{GateSettings{}, [this] { return waiting_; }, clock_};
};

TEST_F(Admission, PRO_6_RenewalsComeBeforeRegistrationsBeforeWritesBeforeLists) {
  const auto renewal = head("POST", protocol::kManagerPath, "authorize");
  const auto registration = head("POST", protocol::kSmartTransportPath, "register");
  const auto unhinted = head("POST", protocol::kManagerPath);
  const auto write = head("POST", "/api/v1/accounts");
  const auto list = head("GET", "/api/v1/accounts");
  const auto health = head("GET", "/healthz");
  struct Case {
    std::size_t waiting;
    bool renewal, registration, write, list;
  };
  for (const auto& c : std::vector<Case>{{0, true, true, true, true},
                                         {2999, true, true, true, true},
                                         {3000, true, true, true, false},
                                         {4000, true, true, false, false},
                                         {6000, true, false, false, false},
                                         {8000, false, false, false, false}}) {
    waiting_ = c.waiting;
    EXPECT_EQ(lets_in(renewal), c.renewal) << c.waiting;
    EXPECT_EQ(lets_in(registration), c.registration) << c.waiting;
    EXPECT_EQ(lets_in(unhinted), c.registration) << c.waiting;
    EXPECT_EQ(lets_in(write), c.write) << c.waiting;
    EXPECT_EQ(lets_in(list), c.list) << c.waiting;
    EXPECT_TRUE(lets_in(health)) << c.waiting;
  }
}

TEST_F(Admission, PRO_6_UnderPressureOnePeerDoesNotPushTheOthersOut) {
  waiting_ = 2048;
  const auto ask = [&](std::string peer) {
    return lets_in(head("POST", protocol::kManagerPath, "authorize", std::move(peer)));
  };
  int greedy = 0;
  for (int i = 0; i < 1000; ++i) greedy += ask("10.0.0.1") ? 1 : 0;
  EXPECT_GE(greedy, 16);
  for (int peer = 2; peer < 50; ++peer) EXPECT_TRUE(ask("10.0.0." + std::to_string(peer)));
  EXPECT_FALSE(ask("10.0.0.1"));
  clock_.advance(seconds(1));
  EXPECT_TRUE(ask("10.0.0.1"));
}

TEST_F(Admission, PRO_6_WithoutPressureNobodyIsCounted) {
  waiting_ = 2047;
  for (int i = 0; i < 10'000; ++i) ASSERT_TRUE(lets_in(head("POST", protocol::kManagerPath, "authorize")));
}

TEST_F(Admission, PRO_6_TheRefusalSaysWhenToComeAgain) {
  waiting_ = 100'000;
  const auto answer = gate_.judge(head("POST", protocol::kManagerPath, "authorize"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(answer->headers, (std::vector<std::pair<std::string, std::string>>{{"Retry-After", "30"}}));
  EXPECT_NE(answer->body.find("Your request could not be processed right now. Please try again"), std::string::npos);
}

}  // namespace
}  // namespace lictor::rest
