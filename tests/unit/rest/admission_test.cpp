#include <gtest/gtest.h>

#include <map>

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

KeyedHash token(int number) {
  KeyedHash hash;
  hash.bytes[0] = static_cast<std::uint8_t>(number);
  return hash;
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

TEST_F(Admission, PRO_6_WhatWaitsTooLongUnreadIsRefusedInTheSameOrder) {
  const auto after = [&](std::int64_t ms, http::RequestHead request) {
    request.lateness = Duration{ms};
    return lets_in(request);
  };
  struct Case {
    std::int64_t ms;
    bool renewal, registration, write, list;
  };
  for (const auto& c : std::vector<Case>{{0, true, true, true, true},
                                         {1124, true, true, true, true},
                                         {1125, true, true, true, false},
                                         {1500, true, true, false, false},
                                         {2250, true, false, false, false},
                                         {2999, true, false, false, false},
                                         {3000, false, false, false, false}}) {
    EXPECT_EQ(after(c.ms, head("POST", protocol::kManagerPath, "authorize")), c.renewal) << c.ms;
    EXPECT_EQ(after(c.ms, head("POST", protocol::kManagerPath, "register")), c.registration) << c.ms;
    EXPECT_EQ(after(c.ms, head("POST", "/api/v1/accounts")), c.write) << c.ms;
    EXPECT_EQ(after(c.ms, head("GET", "/api/v1/accounts")), c.list) << c.ms;
    EXPECT_TRUE(after(c.ms, head("GET", "/readyz"))) << c.ms;
  }
}

TEST_F(Admission, PRO_6_TheSettingsKeepTheProportionsOfTheDefaults) {
  const GateSettings defaults;
  const auto same = make_gate_settings(8192, seconds(3), 500);
  EXPECT_EQ(same.limits, defaults.limits);
  EXPECT_EQ(same.latest, defaults.latest);
  EXPECT_EQ(same.pressure, defaults.pressure);
  const auto small = make_gate_settings(64, Duration{100}, 7);
  EXPECT_EQ(small.limits, (std::array<std::size_t, 4>{62, 46, 31, 23}));
  EXPECT_EQ(small.latest, (std::array{Duration{100}, Duration{75}, Duration{50}, Duration{37}}));
  EXPECT_EQ(small.pressure, 16U);
  EXPECT_EQ(small.returning, 7U);
  const auto least = make_gate_settings(1, Duration{1}, 1);
  EXPECT_EQ(least.limits, (std::array<std::size_t, 4>{1, 1, 1, 1}));
}

TEST_F(Admission, PRO_6_ThoseWhoAreRefusedAreToldToComeBackOneAfterAnother) {
  waiting_ = 100'000;
  const auto told = [&] {
    return std::stoll(gate_.judge(head("POST", protocol::kManagerPath, "authorize"))->headers.front().second);
  };
  std::map<long long, int> returning;  // second: how many
  for (int i = 0; i < 20'000; ++i) {
    if (i % 10 == 0) clock_.advance(Duration{1});  // 20,000 of them in two seconds
    ++returning[to_ms(clock_.steady()) / 1000 + told()];
  }
  for (const auto& [second, count] : returning) EXPECT_LE(count, 1000) << second;
  EXPECT_GE(returning.size(), 38U);
  EXPECT_LE(returning.rbegin()->first - returning.begin()->first, 42);
  clock_.advance(minutes(5));
  EXPECT_EQ(told(), 30) << "the storm is over";
  GateSettings settings;
  settings.longest_return = seconds(2);
  Gate short_gate(
      settings, [] { return 100'000U; }, clock_);
  std::optional<http::ServerResponse> last;
  for (int i = 0; i < 3000; ++i) last = short_gate.judge(head("POST", protocol::kManagerPath, "authorize"));
  EXPECT_EQ(last->headers.front().second, "32") << "nobody is sent away for longer";
}

TEST_F(Admission, PRO_6_ATokenHasABurstAndThenARate) {
  GateSettings settings;
  settings.token_burst = 20;
  settings.token_rate = 4;
  Gate gate(
      settings, [] { return 0U; }, clock_);
  const auto let_in = [&](int number, int tries) {
    int count = 0;
    for (int i = 0; i < tries; ++i) count += gate.admits(token(number)) ? 1 : 0;
    return count;
  };
  EXPECT_EQ(let_in(1, 100), 20);
  EXPECT_EQ(let_in(2, 100), 20) << "each token by itself";
  clock_.advance(Duration{249});
  EXPECT_EQ(let_in(1, 10), 0);
  clock_.advance(Duration{1});
  EXPECT_EQ(let_in(1, 10), 1) << "four a second; those who were refused cost nothing";
  clock_.advance(seconds(2));
  EXPECT_EQ(let_in(1, 100), 8);
  clock_.advance(days(1000));
  EXPECT_EQ(let_in(1, 100), 20) << "no more than the burst is ever saved up";
}

TEST_F(Admission, PRO_6_TokensThatAreAtRestMakeRoomForOthers) {
  GateSettings settings;
  settings.token_burst = 1;
  settings.token_rate = 1;
  settings.tokens = 3;
  Gate gate(
      settings, [] { return 0U; }, clock_);
  for (const int number : {1, 2, 3}) EXPECT_TRUE(gate.admits(token(number)));
  EXPECT_TRUE(gate.admits(token(4)));
  EXPECT_TRUE(gate.admits(token(4))) << "no room to count it, so it is not refused";
  EXPECT_FALSE(gate.admits(token(1)));
  clock_.advance(seconds(1));
  EXPECT_TRUE(gate.admits(token(4)));
  EXPECT_FALSE(gate.admits(token(4))) << "the others are at rest: it is counted now";
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
