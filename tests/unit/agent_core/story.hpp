// A server and a device, ready for a story.
#pragma once

#include <gtest/gtest.h>

#include <gmock/gmock.h>

#include "unit/agent_core/lab.hpp"

namespace lictor::agent {

using lab::Device;
using lab::kStart;
using lab::licence;
using lab::Link;
using lab::Server;
using protocol::Code;
using protocol::MessageType;

struct Story : ::testing::Test {
  SeededEntropy keys{42};
  std::unique_ptr<pki::Crypto> crypto = lab::make_crypto(keys);
  Server server{*crypto, wall_from_ms(kStart)};
  Device device{server, *crypto};

  void registered() {
    device.boot_with_usage();
    device.register_and_settle();
    ASSERT_EQ(device.view().registration, RegistrationState::Registered);
    ASSERT_EQ(device.view().authorization, AuthorizationState::Authorized);
  }
  // Runs until the next attempt of that kind has been made or `longest` is over.
  void run_to_next_message(Duration longest) {
    const auto before = device.sent.size();
    for (Duration t{0}; t < longest && device.sent.size() == before; t += minutes(1)) device.run(minutes(1));
  }
  protocol::Refusal refusal(Code code, std::string reason = "") {
    auto r = reason.empty() ? protocol::refuse(code) : protocol::Refusal{code, reason, 0, Duration{0}};
    return r;
  }
};

}  // namespace lictor::agent
