// REG-1 ... REG-12 from outside: what a device shows, says and sends.
#include "unit/agent_core/story.hpp"

#include "agent/core/store_codec.hpp"
#include "licensing/protocol/codec.hpp"

namespace lictor::agent {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsSupersetOf;
using ::testing::Not;

struct Registration : Story {
  Duration until_next_attempt() { return *device.view().next_registration_attempt - device.wall; }
};

TEST_F(Registration, REG_1_UnregisteredDeviceEvaluatesAndSendsNothing) {
  device.boot_with_usage();
  device.run(days(40));
  EXPECT_EQ(device.view().registration, RegistrationState::Unregistered);
  EXPECT_EQ(device.view().authorization, AuthorizationState::Evaluation);
  EXPECT_TRUE(device.sent.empty());
  EXPECT_FALSE(device->renew_authorization(device.now()));
  EXPECT_FALSE(device->renew_id(device.now()));
  EXPECT_FALSE(device->deregister(device.now()));
  EXPECT_TRUE(device.sent.empty());
}

TEST_F(Registration, REG_1_SignedNotRegisteredSendsTheDeviceToUnregistered) {
  registered();
  server.instances.clear();
  ASSERT_TRUE(device->renew_authorization(device.now()));
  device.settle();
  const auto view = device.view();
  EXPECT_EQ(view.registration, RegistrationState::Unregistered);
  EXPECT_EQ(view.authorization, AuthorizationState::Evaluation);
  EXPECT_FALSE(view.registration_expired);
  const auto sent = device.sent.size();
  device.run(days(3));
  EXPECT_EQ(device.sent.size(), sent);
}

TEST_F(Registration, REG_2_ShowsTheRequestUnderWayAndDeregisterCancelsIt) {
  device.boot_with_usage();
  device.link = Link::Held;
  device.register_and_settle();
  EXPECT_EQ(device.view().registration, RegistrationState::Registering);
  EXPECT_EQ(device.sent.size(), 1u);
  ASSERT_TRUE(device->deregister(device.now()));
  device.settle();
  EXPECT_EQ(device.view().registration, RegistrationState::Unregistered);
  EXPECT_EQ(device.sent.size(), 1u) << "a local cancellation tells nobody";
}

TEST_F(Registration, REG_2_ANewRegisterGivesThePendingRequestUp) {
  device.boot_with_usage();
  device.link = Link::Held;
  device.register_and_settle();
  auto late = std::exchange(device.held, nullptr);
  device.link = Link::Up;
  device.register_and_settle();
  EXPECT_EQ(server.registrations, 1);
  // The answer to the first comes after all: it changes nothing.
  const auto before = device.view();
  TransportReply reply;
  reply.failure = TransportFailure::SendFailed;
  late(reply);
  device.settle();
  EXPECT_EQ(device.view(), before);
}

TEST_F(Registration, REG_3_RegisteredErasesTheTokenAndAuthorizesAtOnce) {
  registered();
  EXPECT_THAT(server.seen, ElementsAre(MessageType::Register, MessageType::Authorize));
  EXPECT_EQ(as_text(*device.store.contents).find("TOKEN"), std::string_view::npos) << "the token is erased";
  const auto view = device.view();
  EXPECT_EQ(view.registration_expires, device.wall + days(365));
  EXPECT_EQ(view.initial_registration->result, Attempt::Result::Succeeded);
  EXPECT_FALSE(view.last_renewal.has_value());
}

TEST_F(Registration, REG_4_ARefusalShowsItsReasonAndNoNextAttempt) {
  const std::pair<Code, std::string> kTerminal[] = {
      {Code::LS_TOKEN_UNKNOWN, "The registration token is not valid"},
      {Code::LS_TOKEN_EXPIRED, "The registration token has expired"},
      {Code::LS_TOKEN_USED_UP, "The registration token has no uses left"},
      {Code::LS_TOKEN_REVOKED, "The registration token has been revoked"},
      {Code::LS_EXPORT_NOT_ALLOWED, "Export-controlled functionality is not allowed for this account"},
      {Code::LS_VERSION_UNSUPPORTED, "The protocol version is not supported"},
      {Code::LS_PRODUCT_UNKNOWN, "The product is not in the catalog"},
  };
  device.boot_with_usage();
  for (const auto& [code, reason] : kTerminal) {
    server.refuse[MessageType::Register] = refusal(code, reason);
    device.register_and_settle();
    const auto view = device.view();
    EXPECT_EQ(view.registration, RegistrationState::RegistrationFailed) << reason;
    EXPECT_EQ(view.initial_registration->failure_reason, reason);
    EXPECT_FALSE(view.next_registration_attempt.has_value()) << reason;
    EXPECT_EQ(as_text(*device.store.contents).find("TOKEN"), std::string_view::npos) << "the token is erased";
    const auto sent = device.sent.size();
    device.run(hours(2));
    EXPECT_EQ(device.sent.size(), sent) << reason;
  }
  server.refuse.clear();
  device.register_and_settle();
  EXPECT_EQ(device.view().registration, RegistrationState::Registered) << "a new register starts over";
}

TEST_F(Registration, REG_4_SCN_4_WithoutTransportItFailsForGoodAndSaysBothLines) {
  device.boot_with_usage();
  device.link = Link::NotConfigured;
  device.register_and_settle();
  EXPECT_EQ(device.view().registration, RegistrationState::RegistrationFailed);
  EXPECT_EQ(device.view().initial_registration->failure_reason, "Communication transport not available.");
  EXPECT_FALSE(device.view().next_registration_attempt.has_value());
  EXPECT_EQ(device.last_line("AGENT_REG_FAILED"),
            "%SMART_LIC-3-AGENT_REG_FAILED: Smart Agent for Licensing Registration with the Smart Software Manager or "
            "satellite failed: Communication transport not available.");
  EXPECT_EQ(device.last_line("COMM_FAILED"),
            "%SMART_LIC-3-COMM_FAILED: Communications failure with the Smart Software Manager or satellite : "
            "Communication transport not available.");
}

TEST_F(Registration, REG_5_AKeyIsMadeBeforeTheRequestAndThePrivateHalfNeverLeaves) {
  device.boot_with_usage();
  ASSERT_TRUE(device->register_token("TOKEN", Agent::Force::No, device.now()));
  EXPECT_TRUE(device.sent.empty()) << "nothing goes out before the key is there";
  device.settle();
  EXPECT_EQ(device.count("KEY_ADDITION"), 1);
  const auto request = protocol::decode_request(MessageType::Register, server.requests.at(0).payload).value();
  const auto csr = crypto->parse_request(std::get<protocol::RegisterRequest>(request).csr);
  ASSERT_TRUE(csr);
  EXPECT_EQ(csr->public_key, server.instances.at(0).key);
  const auto stored = decode_state(*device.store.contents).value();
  const std::string key(stored.identity->key.reveal_text());
  ASSERT_FALSE(key.empty());
  const auto& csr_bytes = std::get<protocol::RegisterRequest>(request).csr;
  EXPECT_EQ(as_text(csr_bytes).find(key), std::string_view::npos);
  for (const auto& sent : server.requests) {
    EXPECT_EQ(sent.payload.find(key), std::string::npos);
    EXPECT_EQ(sent.payload.find(to_base64(as_bytes(key))), std::string::npos);
  }
}

TEST_F(Registration, REG_5_AKeyThatCannotBeMadeFailsTheRegistration) {
  device.boot_with_usage();
  device.keys_fail = true;
  device.register_and_settle();
  EXPECT_EQ(device.view().registration, RegistrationState::RegistrationFailed);
  EXPECT_TRUE(device.sent.empty());
}

TEST_F(Registration, REG_6_ATransientFailureIsRetriedAfter15To21Minutes) {
  device.boot_with_usage();
  const std::pair<Link, std::string> kCauses[] = {
      {Link::Down, "Fail to send out Call Home HTTP message."},
      {Link::Busy, "Your request could not be processed right now. Please try again"},
  };
  for (const auto& [link, reason] : kCauses) {
    device.link = link;
    device.register_and_settle();
    const auto view = device.view();
    EXPECT_EQ(view.registration, RegistrationState::Registering) << reason;
    EXPECT_EQ(view.initial_registration->result, Attempt::Result::Failed);
    EXPECT_EQ(view.initial_registration->failure_reason, reason);
    EXPECT_GE(until_next_attempt(), minutes(15));
    EXPECT_LE(until_next_attempt(), minutes(21));
    EXPECT_THAT(device.mnemonics(), IsSupersetOf({"AGENT_REG_FAILED", "COMM_FAILED"}));
  }
  const auto sent = device.sent.size();
  device.run(minutes(15) - seconds(1));
  EXPECT_EQ(device.sent.size(), sent);
  device.link = Link::Up;
  device.run(minutes(6) + seconds(1));
  EXPECT_EQ(device.view().registration, RegistrationState::Registered);
}

TEST_F(Registration, REG_6_TheDelaysSpreadOverTheWholeRange) {
  device.boot_with_usage();
  device.link = Link::Down;
  device.register_and_settle();
  Duration shortest = hours(9), longest{0};
  for (int i = 0; i < 60; ++i) {
    shortest = std::min(shortest, until_next_attempt());
    longest = std::max(longest, until_next_attempt());
    device.run(until_next_attempt());
  }
  EXPECT_LT(shortest, minutes(16));
  EXPECT_GT(longest, minutes(20));
}

TEST_F(Registration, REG_6_RetryAfterCountsWhereItIsLonger) {
  device.boot_with_usage();
  device.carrier = [](const Transport::Message&) {
    TransportReply reply;
    reply.failure = TransportFailure::Busy;
    reply.retry_after = minutes(50);
    return std::optional(reply);
  };
  device.register_and_settle();
  EXPECT_EQ(until_next_attempt(), minutes(50));
}

TEST_F(Registration, REG_6_AlreadyRegisteredFailsButIsRetriedWithTheTokenKept) {
  const std::string kReasons[] = {
      std::string(protocol::text::kAlreadyRegistered),
      protocol::text::already_registered_product("regid.x", "FCW2233A5ZV", "C9500-40X"),
      std::string(protocol::text::kAlreadyWithConsumption),
  };
  device.boot_with_usage();
  for (const auto& reason : kReasons) {
    server.refuse[MessageType::Register] = refusal(Code::LS_ALREADY_REGISTERED, reason);
    device.register_and_settle();
    EXPECT_EQ(device.view().registration, RegistrationState::RegistrationFailed);
    EXPECT_EQ(device.view().initial_registration->failure_reason, reason);
    EXPECT_GE(until_next_attempt(), minutes(15));
    EXPECT_LE(until_next_attempt(), minutes(21));
  }
  EXPECT_EQ(device.count("COMM_FAILED"), 0) << "a signed refusal is no failure of communication";
  const auto first = server.requests.back();
  server.refuse.clear();
  device.run(minutes(21));
  EXPECT_EQ(device.view().registration, RegistrationState::Registered);
  // The retry is the last request but the authorization that followed.
  const auto& retry = server.requests.at(server.requests.size() - 2);
  EXPECT_EQ(retry.header.request_id, first.header.request_id) << "PRO-3: frozen";
  EXPECT_EQ(retry.payload, first.payload);
  EXPECT_GT(retry.header.sent_at, first.header.sent_at) << "signed anew";
}

TEST_F(Registration, REG_6_ForceTakesTheInstanceThatTheServerKnows) {
  registered();
  const auto old_key = server.instances.at(0).key;
  device.power_cut();
  device.store.contents.reset();  // the registration was lost
  device.boot_with_usage();
  device.register_and_settle();
  EXPECT_EQ(device.view().registration, RegistrationState::RegistrationFailed);
  device.register_and_settle(Agent::Force::Yes);
  EXPECT_EQ(device.view().registration, RegistrationState::Registered);
  EXPECT_EQ(server.instances.size(), 1u);
  EXPECT_NE(server.instances.at(0).key, old_key);
}

TEST_F(Registration, REG_7_RenewsFromDay180AndKeepsTheKey) {
  registered();
  const auto expires = device.view().registration_expires;
  device.run(days(180) - minutes(1));
  EXPECT_THAT(server.seen, Not(Contains(MessageType::RenewId)));
  device.run(minutes(2));
  EXPECT_THAT(server.seen, Contains(MessageType::RenewId));
  EXPECT_EQ(device.count("ID_CERT_RENEW_SUCCESS"), 1);
  const auto view = device.view();
  EXPECT_EQ(view.last_renewal->result, Attempt::Result::Succeeded);
  EXPECT_GT(*view.registration_expires, *expires + days(179));
  EXPECT_THAT(device.notifications, Contains(NotificationKind::CertificateRenewed));
  device.run(days(40));  // works under the new certificate
  EXPECT_EQ(device.view().authorization, AuthorizationState::Authorized);
}

TEST_F(Registration, REG_7_AFailedRenewalIsRetriedDoublingUpToOnceADay) {
  registered();
  device.run(days(179));
  server.refuse[MessageType::RenewId] = refusal(Code::LS_INVALID_DATA, "no");
  device.run(days(1));
  std::vector<Duration> delays;
  for (int i = 0; i < 12; ++i) {
    const auto delay = *device.view().next_renewal - device.wall;
    delays.push_back(delay);
    device.run(delay);
  }
  EXPECT_GE(device.count("ID_CERT_RENEW_FAILED"), 12);
  EXPECT_EQ(device.view().last_renewal->failure_reason, "no");
  for (std::size_t i = 1; i < delays.size(); ++i) {
    const int doubled = 1 << std::min<std::size_t>(i, 10);
    const auto high = std::min(minutes(21) * doubled, days(1));
    EXPECT_LE(delays[i], high) << i;
    EXPECT_GE(delays[i], std::min(minutes(15) * (1 << std::min<std::size_t>(i - 1, 9)), days(1))) << i;
  }
  EXPECT_EQ(delays.back(), days(1));
  EXPECT_EQ(device.view().registration, RegistrationState::Registered);
}

TEST_F(Registration, REG_7_RetryAfterCountsForARenewalWhereItIsLonger) {
  registered();
  device.carrier = [](const Transport::Message&) {
    TransportReply reply;
    reply.failure = TransportFailure::Busy;
    reply.retry_after = hours(2);
    return std::optional(reply);
  };
  ASSERT_TRUE(device->renew_id(device.now()));
  device.settle();
  EXPECT_EQ(*device.view().next_renewal - device.wall, hours(2));
}

TEST_F(Registration, REG_7_WhenTheCertificateEndsUnrenewedEvaluationResumesWhereItWasLeft) {
  device.boot_with_usage();
  device.run(days(25));
  device.register_and_settle();
  device.run(days(179));
  device.link = Link::Down;
  device.run(days(185));
  EXPECT_EQ(device.view().registration, RegistrationState::Registered);
  EXPECT_EQ(device.count("ID_CERT_EXPIRED_WARNING"), 30) << "daily in the last 30 days";
  device.run(days(2));
  const auto view = device.view();
  EXPECT_EQ(view.registration, RegistrationState::Unregistered);
  EXPECT_TRUE(view.registration_expired) << "shown as UNREGISTERED - REGISTRATION EXPIRED";
  EXPECT_EQ(view.authorization, AuthorizationState::Evaluation);
  EXPECT_EQ(device.count("ID_CERT_EXPIRED"), 1);
  EXPECT_EQ(view.account_name, "Example Company") << "SCN-6: shown as after a local deregistration";
  EXPECT_EQ(view.virtual_account_name, "");
  EXPECT_TRUE(view.export_allowed);
  EXPECT_GT(view.evaluation_remaining, days(63));
  EXPECT_LT(view.evaluation_remaining, days(65));
}

TEST_F(Registration, REG_7_WithNoEvaluationLeftTheEndIsEvalExpiredAtOnce) {
  device.boot_with_usage();
  device.run(days(91));
  device.register_and_settle();
  ASSERT_EQ(device.view().authorization, AuthorizationState::Authorized);
  device.link = Link::Down;
  device.run(days(366));
  EXPECT_EQ(device.view().authorization, AuthorizationState::EvaluationExpired);
}

TEST_F(Registration, REG_8_RenewIdAndRenewAuthDoEitherAtOnce) {
  registered();
  server.seen.clear();
  ASSERT_TRUE(device->renew_id(device.now()));
  device.settle();
  ASSERT_TRUE(device->renew_authorization(device.now()));
  device.settle();
  EXPECT_THAT(server.seen, ElementsAre(MessageType::RenewId, MessageType::Authorize));
}

TEST_F(Registration, REG_9_DeregisterTellsTheServerAndErasesEverything) {
  registered();
  ASSERT_TRUE(device->deregister(device.now()));
  device.settle();
  EXPECT_TRUE(server.instances.empty());
  const auto view = device.view();
  EXPECT_EQ(view.registration, RegistrationState::Unregistered);
  EXPECT_EQ(view.account_name, "");
  EXPECT_FALSE(view.export_allowed);
  EXPECT_EQ(view.authorization, AuthorizationState::Evaluation);
  EXPECT_EQ(device.last_line("AGENT_DEREG_SUCCESS"),
            "%SMART_LIC-6-AGENT_DEREG_SUCCESS: Smart Agent for Licensing De-registration with the Smart Software "
            "Manager or satellite was successful");
}

TEST_F(Registration, REG_9_OfflineItDeregistersLocallyAfterOneAttemptAndSaysSo) {
  registered();
  device.link = Link::Down;
  const auto sent = device.sent.size();
  ASSERT_TRUE(device->deregister(device.now()));
  device.settle();
  device.run(days(1));
  EXPECT_EQ(device.sent.size(), sent + 1);
  const auto view = device.view();
  EXPECT_EQ(view.registration, RegistrationState::Unregistered);
  EXPECT_EQ(view.account_name, "Example Company") << "stays in the display";
  EXPECT_EQ(view.virtual_account_name, "");
  EXPECT_TRUE(view.export_allowed);
  EXPECT_EQ(device.count("AGENT_DEREG_FAILED"), 1);
  // The server still knows it: a later register meets SCN-1.
  device.link = Link::Up;
  device.register_and_settle();
  EXPECT_EQ(device.view().initial_registration->failure_reason, "Product Already Registered");
}

TEST_F(Registration, REG_9_ACarriersTicketCountsAsFailedAndACrashFinishesLocally) {
  registered();
  device.carrier = [](const Transport::Message&) {
    TransportReply reply;
    reply.failure = TransportFailure::Pending;
    reply.ticket = "T1";
    return std::optional(reply);
  };
  ASSERT_TRUE(device->deregister(device.now()));
  device.settle();
  EXPECT_EQ(device.view().registration, RegistrationState::Unregistered);

  device.carrier = nullptr;
  device.register_and_settle(Agent::Force::Yes);
  ASSERT_EQ(device.view().registration, RegistrationState::Registered);
  device.link = Link::Held;
  ASSERT_TRUE(device->deregister(device.now()));
  device.settle();
  device.power_cut();
  device.boot();
  EXPECT_EQ(device.view().registration, RegistrationState::Unregistered);
}

TEST_F(Registration, REG_9_WhileItIsOutNothingElseIsAccepted) {
  registered();
  device.link = Link::Held;
  ASSERT_TRUE(device->deregister(device.now()));
  EXPECT_EQ(device.view().registration, RegistrationState::Registered);
  EXPECT_EQ(device->register_token("TOKEN", Agent::Force::Yes, device.now()).error().code, ErrorCode::Conflict);
  EXPECT_EQ(device->deregister(device.now()).error().code, ErrorCode::Conflict);
  EXPECT_EQ(device->renew_id(device.now()).error().code, ErrorCode::Conflict);
}

TEST_F(Registration, SCN_6_AnUnverifiableDeregistrationAnswerIsLoggedAndNotBelieved) {
  registered();
  server.sign_with_foreign_key = true;
  server.refuse[MessageType::Deregister] =
      refusal(Code::LS_INVALID_DATA,
              "Missing Id cert serial number field; Missing signing cert serial number field; Signed data and "
              "certificate does not match");
  ASSERT_TRUE(device->deregister(device.now()));
  device.settle();
  EXPECT_THAT(device->event_log(),
              Contains(::testing::HasSubstr(
                  "SAEVT_DEREGISTER_STATUS msgStatus=\"LS_INVALID_DATA\" error=\"Missing Id cert serial number field; "
                  "Missing signing cert serial number field; Signed data and certificate does not match\"")));
  const auto view = device.view();
  EXPECT_EQ(view.registration, RegistrationState::Unregistered);
  EXPECT_EQ(view.account_name, "Example Company");
  EXPECT_EQ(view.virtual_account_name, "");
  EXPECT_TRUE(view.export_allowed);
  EXPECT_EQ(view.authorization, AuthorizationState::Evaluation);
}

TEST_F(Registration, REG_10_ExportControlledFeaturesFollowTheTokensFlag) {
  server.export_allowed = false;
  registered();
  EXPECT_EQ(device.last_line("EXPORT_CONTROLLED"),
            "%SMART_LIC-6-EXPORT_CONTROLLED: Usage of export controlled features is not allowed");
  const auto refused = device->set_usage({licence("HSEC", 1, true)}, device.now());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::PermissionDenied);
  EXPECT_THAT(refused.error().message, ::testing::HasSubstr("HSEC"));
  EXPECT_EQ(device.view().usage.at(0).item.feature_name, "NETWORK_ADVANTAGE") << "nothing changed";
  server.export_allowed = true;
  ASSERT_TRUE(device->renew_authorization(device.now()));
  device.settle();
  EXPECT_TRUE(device.view().export_allowed);
  EXPECT_TRUE(device->set_usage({licence("HSEC", 1, true)}, device.now()));
}

TEST_F(Registration, REG_10_WhatRunsAlreadyRunsOnAndNoMoreThanThat) {
  registered();
  ASSERT_TRUE(device->set_usage({licence("HSEC", 2, true)}, device.now()));
  device.run(seconds(5));
  ASSERT_TRUE(device->deregister(device.now()));
  device.settle();
  ASSERT_FALSE(device.view().export_allowed);
  EXPECT_TRUE(device->set_usage({licence("HSEC", 2, true), licence("DNA")}, device.now())) << "it runs already";
  EXPECT_EQ(device->set_usage({licence("HSEC", 3, true)}, device.now()).error().code, ErrorCode::PermissionDenied);
  device.power_cut();
  device.boot();
  EXPECT_EQ(device->set_usage({licence("HSEC", 1, true)}, device.now()).error().code, ErrorCode::PermissionDenied)
      << "after a start nothing runs yet";
}

TEST_F(Registration, REG_11_RegisterWithoutForceIsRefusedLocally) {
  registered();
  const auto sent = device.sent.size();
  const auto refused = device->register_token("TOKEN", Agent::Force::No, device.now());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::Conflict);
  device.settle();
  EXPECT_EQ(device.sent.size(), sent);
}

TEST_F(Registration, REG_11_ForceStaysRegisteredUntilTheAnswerAndARefusalLosesNothing) {
  registered();
  const auto before = device.view();
  device.link = Link::Held;
  device.register_and_settle(Agent::Force::Yes);
  EXPECT_EQ(device.view().registration, RegistrationState::Registered);
  auto done = std::exchange(device.held, nullptr);
  server.tokens.clear();
  TransportReply reply;
  reply.body = server.handle(device.sent.back().body, device.wall);
  done(reply);
  device.link = Link::Up;
  device.settle();
  auto after = device.view();
  after.store_generation = before.store_generation;
  EXPECT_EQ(after, before);
  EXPECT_EQ(device.count("AGENT_REG_FAILED"), 1);
  ASSERT_TRUE(device->renew_authorization(device.now()));
  device.settle();
  EXPECT_EQ(device.view().last_communication->result, Attempt::Result::Succeeded) << "the old identity still works";
}

TEST_F(Registration, REG_11_ARefusalOfAnotherAuthorityLeavesNothingInTheOldIdentity) {
  registered();
  const auto signing_serial = [&] {
    EXPECT_TRUE(device->renew_authorization(device.now()));
    device.settle();
    return server.requests.back().header.identity->signing_serial;
  };
  const auto before = signing_serial();
  ASSERT_TRUE(before);
  const auto own = server.authority.id;
  const auto own_signing = server.authority.signing;
  auto own_key = std::move(server.authority.signing_key);
  server.authority.id = random_authority_id(device.entropy);
  server.authority.issue_signing(device.wall - days(1), device.wall + days(100));
  server.refuse[MessageType::Register] = refusal(Code::LS_TOKEN_REVOKED);
  device.register_and_settle(Agent::Force::Yes);
  ASSERT_EQ(device.count("AGENT_REG_FAILED"), 1);
  server.authority.id = own;
  server.authority.signing = own_signing;
  server.authority.signing_key = std::move(own_key);
  EXPECT_EQ(signing_serial(), before) << "the last one accepted of its own authority (PRO-1)";
}

TEST_F(Registration, REG_11_AcceptedForceReplacesTheIdentityAndAuthorizesAtOnce) {
  registered();
  const auto old_key = server.instances.at(0).key;
  server.seen.clear();
  device.register_and_settle(Agent::Force::Yes);
  EXPECT_THAT(server.seen, ElementsAre(MessageType::Register, MessageType::Authorize));
  EXPECT_NE(server.instances.at(0).key, old_key);
  EXPECT_EQ(server.instances.size(), 1u);
  EXPECT_EQ(device.count("IN_COMPLIANCE"), 1) << "AUTH-11: it was authorized all the time";
}

TEST_F(Registration, REG_12_AStackIsOneInstanceWithAllMembersUdis) {
  device.settings.udis = {{Udi{"C9300-24P", "FCW1"}, UdiRole::Active},
                          {Udi{"C9300-24P", "FCW2"}, UdiRole::Standby},
                          {Udi{"C9300-24P", "FCW3"}, UdiRole::Member}};
  registered();
  ASSERT_EQ(server.instances.size(), 1u);
  EXPECT_EQ(server.instances.at(0).udis, device.settings.udis);
}

TEST_F(Registration, TokensAreCheckedBeforeAnythingHappens) {
  device.boot_with_usage();
  for (const auto& bad : {std::string(), std::string("with blank"), std::string("what?"), std::string("a|b"),
                          std::string(256, 'x'), std::string("tab\there")})
    EXPECT_EQ(device->register_token(bad, Agent::Force::No, device.now()).error().code, ErrorCode::InvalidArgument);
  EXPECT_TRUE(device->register_token("AbC%0A%3D", Agent::Force::No, device.now()));
}

TEST_F(Registration, SCN_3a_AClockOffsetIsShownAndRetried) {
  device.jump_wall(hours(3));
  device.boot_with_usage();
  device.clock_error = hours(3);
  device.register_and_settle();
  const auto view = device.view();
  EXPECT_EQ(view.registration, RegistrationState::Registering);
  EXPECT_EQ(view.initial_registration->failure_reason, protocol::text::clock_offset(device.wall));
  EXPECT_EQ(device.count("COMM_FAILED"), 0);
  device.jump_wall(-hours(3));
  device.run(minutes(22));
  EXPECT_EQ(device.view().registration, RegistrationState::Registered);
}

// CLK-4: without a server's time there is no floor under the wall, and the retry is not a day away.
TEST_F(Registration, REG_6_ARetryComesInTimeThoughTheClockWentBackOverARestart) {
  device.boot_with_usage();
  device.link = Link::Down;
  device.register_and_settle();
  device.power_cut();
  device.jump_wall(-days(300));
  device.link = Link::Up;
  device.clock_error = -days(300);
  server.tolerance = days(400);
  device.boot_with_usage();
  device.run(minutes(21) + seconds(1));
  EXPECT_EQ(server.registrations, 1);
}

}  // namespace
}  // namespace lictor::agent
