// AUTH-1 ... AUTH-12 from outside.
#include "unit/agent_core/story.hpp"

#include "licensing/protocol/codec.hpp"

namespace lictor::agent {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Authorization : Story {
  Duration until_next() { return *device.view().next_communication - device.wall; }
  protocol::AuthorizeRequest last_authorize() {
    for (auto it = server.requests.rbegin(); it != server.requests.rend(); ++it)
      if (it->header.type == MessageType::Authorize)
        return std::get<protocol::AuthorizeRequest>(
            protocol::decode_request(MessageType::Authorize, it->payload).value());
    ADD_FAILURE() << "no authorize was sent";
    return {};
  }
};

TEST_F(Authorization, AUTH_1_EvaluationIs90DaysOfUseForTheWholeDevice) {
  device.boot_with_usage();
  EXPECT_EQ(device.view().authorization, AuthorizationState::Evaluation);
  EXPECT_EQ(device.view().usage.at(0).status, "EVAL MODE");
  device.run(days(30));
  // Another licence does not start another period.
  ASSERT_TRUE(device->set_usage({licence("NETWORK_ADVANTAGE"), licence("DNA")}, device.now()));
  device.run(days(10));
  EXPECT_EQ(device.view().evaluation_remaining, days(50));
  // Nothing in use: time does not count.
  ASSERT_TRUE(device->set_usage({}, device.now()));
  device.run(days(20));
  EXPECT_EQ(device.view().evaluation_remaining, days(50));
  EXPECT_EQ(device.view().authorization, AuthorizationState::NoLicensesInUse);
}

TEST_F(Authorization, AUTH_1_RegisterAndDeregisterDoNotResetIt) {
  device.boot_with_usage();
  device.run(days(30));
  device.register_and_settle();
  device.run(days(20));
  ASSERT_TRUE(device->deregister(device.now()));
  device.settle();
  EXPECT_EQ(device.view().evaluation_remaining, days(60));
  EXPECT_TRUE(device.view().evaluation_running);
}

TEST_F(Authorization, AUTH_1_RegisteredButNotYetAuthorizedStillEvaluates) {
  device.boot_with_usage();
  server.refuse[MessageType::Authorize] = refusal(Code::LS_BUSY);
  device.register_and_settle();
  EXPECT_EQ(device.view().registration, RegistrationState::Registered);
  EXPECT_EQ(device.view().authorization, AuthorizationState::Evaluation);
  EXPECT_TRUE(device.view().evaluation_running);
}

TEST_F(Authorization, AUTH_2_EvaluationEndsWithItsWarningsAndHasNoFunctionalEffect) {
  device.boot_with_usage();
  device.run(days(90) + hours(5));
  EXPECT_EQ(device.view().authorization, AuthorizationState::EvaluationExpired);
  EXPECT_EQ(device.view().usage.at(0).status, "EVAL EXPIRED");
  EXPECT_EQ(device.view().evaluation_remaining, Duration{0});
  // 60, 30, 21, 14, 7 days, then 6 ... 1 days, then 23 ... 1 hours.
  EXPECT_EQ(device.count("EVAL_WILL_EXPIRE_WARNING"), 5 + 6 + 23);
  EXPECT_EQ(device.count("EVAL_EXPIRED"), 1);
  EXPECT_EQ(device.count("EVAL_EXPIRED_WARNING"), 5) << "hourly";
  EXPECT_THAT(device.log_lines, Contains("%SMART_LIC-4-EVAL_WILL_EXPIRE_WARNING: Evaluation period will expire in 60 "
                                         "days, 0 hours, 0 minutes, 0 seconds"));
  EXPECT_TRUE(device->set_usage({licence("NETWORK_ADVANTAGE"), licence("DNA")}, device.now()));
}

TEST_F(Authorization, AUTH_2_SurvivesAReload) {
  device.boot_with_usage();
  device.run(days(91));
  device.power_cut();
  device.boot_with_usage();
  EXPECT_EQ(device.view().authorization, AuthorizationState::EvaluationExpired);
  ASSERT_TRUE(device.view().evaluation_expired_at.has_value());
  EXPECT_EQ(*device.view().evaluation_expired_at, wall_from_ms(kStart) + days(90));
}

TEST_F(Authorization, AUTH_3_RenewsEvery30DaysAndShowsTheLastSuccess) {
  registered();
  EXPECT_EQ(until_next(), days(30));
  device.run(days(30));
  const auto view = device.view();
  EXPECT_EQ(view.authorization_since, device.wall);
  EXPECT_EQ(view.last_communication->at, device.wall);
  EXPECT_EQ(view.communication_deadline, device.wall + days(90));
  EXPECT_EQ(device.count("AUTH_RENEW_SUCCESS"), 2);
}

TEST_F(Authorization, AUTH_4_OutOfComplianceRenewsEveryDayAndShowsTheEntry) {
  server.owned = 0;
  device.boot_with_usage();
  device.register_and_settle();
  const auto entry = device.wall;
  EXPECT_EQ(device.view().authorization, AuthorizationState::OutOfCompliance);
  EXPECT_EQ(device.view().usage.at(0).status, "OUT OF COMPLIANCE");
  EXPECT_EQ(until_next(), days(1));
  EXPECT_THAT(device.last_line("AUTH_RENEW_SUCCESS"), HasSubstr("State=OOC for udi PID:C9500-40X,SN:FCW2233A5ZV"));
  EXPECT_THAT(device.notifications, Contains(NotificationKind::TagOutOfCompliance));
  device.run(days(5));
  EXPECT_EQ(device.view().authorization_since, entry);
  EXPECT_EQ(device.count("AUTH_RENEW_SUCCESS"), 6);
  server.owned = 10;
  device.run(days(1));
  EXPECT_EQ(device.view().authorization, AuthorizationState::Authorized) << "SCN-8: back within a day";
  EXPECT_EQ(device.view().authorization_since, device.wall);
}

TEST_F(Authorization, AUTH_5_AfterNinetyDaysWithoutSuccessItExpiresAndRetriesHourlyUntilContact) {
  registered();
  device.link = Link::Down;
  device.run(days(90) - minutes(1));
  EXPECT_EQ(device.view().authorization, AuthorizationState::Authorized);
  EXPECT_FALSE(device.view().deadline_exceeded);
  device.run(minutes(2));
  EXPECT_EQ(device.view().authorization, AuthorizationState::AuthorizationExpired);
  EXPECT_TRUE(device.view().deadline_exceeded);
  EXPECT_EQ(device.view().usage.at(0).status, "AUTHORIZATION EXPIRED");
  EXPECT_EQ(device.count("AUTHORIZATION_EXPIRED"), 1);
  const auto sent = device.sent.size();
  device.run(days(1));
  EXPECT_GE(device.sent.size() - sent, 24u);
  EXPECT_LE(device.sent.size() - sent, 31u);
  device.link = Link::Up;
  device.run(hours(1));
  EXPECT_EQ(device.view().authorization, AuthorizationState::Authorized);
  EXPECT_EQ(device.count("COMM_RESTORED"), 1);
  EXPECT_FALSE(device.view().deadline_exceeded);
}

TEST_F(Authorization, AUTH_5_OnContactTheAnswerMayBeOutOfCompliance) {
  registered();
  device.link = Link::Down;
  device.run(days(91));
  server.owned = 0;
  device.link = Link::Up;
  device.run(hours(1));
  EXPECT_EQ(device.view().authorization, AuthorizationState::OutOfCompliance);
  EXPECT_EQ(device.count("OUT_OF_COMPLIANCE"), 1);
}

// The answer got lost; the device comes back after `later` with the same request and hears the stored answer.
struct Repeated : Authorization {
  void hear_again_after(Duration later) {
    registered();
    server.lose_effect_answers = true;
    ASSERT_TRUE(device->renew_authorization(device.now()));
    device.settle();
    device.power_cut();
    device.wall += later;
    server.lose_effect_answers = false;
    device.boot_with_usage();
  }
};

TEST_F(Repeated, AUTH_3_ARepeatedAnswerGivesNoFreshDaysAndIsRenewedBeforeItsDeadline) {
  hear_again_after(days(70));
  const auto view = device.view();
  EXPECT_EQ(view.last_communication->result, Attempt::Result::Succeeded);
  EXPECT_EQ(view.communication_deadline, wall_from_ms(kStart) + days(90)) << "90 days from the success, as it was then";
  EXPECT_EQ(until_next(), days(10)) << "half of what is left, not a renewal interval beyond it";
}

TEST_F(Repeated, AUTH_5_ARepeatedAnswerOlderThanItsValidityIsNoSuccess) {
  hear_again_after(days(90));
  EXPECT_EQ(device.view().authorization, AuthorizationState::AuthorizationExpired);
  EXPECT_EQ(device.view().last_communication->result, Attempt::Result::Failed);
  EXPECT_EQ(device.view().last_communication->failure_reason, "The response is older than its validity");
  EXPECT_TRUE(device.view().deadline_exceeded);
  const auto repeated = server.requests.back();
  device.run(minutes(1));
  EXPECT_EQ(device.view().authorization, AuthorizationState::Authorized) << "asked anew, it counts anew";
  EXPECT_NE(server.requests.back().header.request_id, repeated.header.request_id);
  EXPECT_EQ(server.requests.back().header.sequence, repeated.header.sequence + 1);
  EXPECT_EQ(device.view().communication_deadline, device.sent_at.back() + days(90));
}

TEST_F(Authorization, AUTH_6_NothingInUseReadsAuthorizedWhenRegistered) {
  device.boot();
  device->ready(device.now());
  device.settle();
  EXPECT_EQ(device.view().authorization, AuthorizationState::NoLicensesInUse);
  device.register_and_settle();
  EXPECT_EQ(device.view().authorization, AuthorizationState::Authorized);
  EXPECT_TRUE(device.view().usage.empty());
  EXPECT_TRUE(last_authorize().usage.empty()) << "AUTH-12: sent empty";
}

TEST_F(Authorization, AUTH_6_ReadsAuthorizedBeforeTheFirstAnswerToo) {
  device.boot();
  device->ready(device.now());
  server.refuse[MessageType::Authorize] = refusal(Code::LS_BUSY);
  device.register_and_settle();
  EXPECT_EQ(device.view().authorization, AuthorizationState::Authorized);
}

TEST_F(Authorization, AUTH_7_AChangeOfUsageSendsOnceWithinAFewSeconds) {
  registered();
  const auto sent = device.sent.size();
  ASSERT_TRUE(device->set_usage({licence("NETWORK_ADVANTAGE"), licence("DNA")}, device.now()));
  device.run(seconds(1));
  ASSERT_TRUE(device->set_usage({licence("NETWORK_ADVANTAGE"), licence("DNA", 3)}, device.now()));
  device.run(seconds(5));
  EXPECT_EQ(device.sent.size(), sent + 1);
  ASSERT_EQ(last_authorize().usage.size(), 2u);
  EXPECT_EQ(last_authorize().usage.at(0).count, 3);
  // The same set again is no change.
  ASSERT_TRUE(device->set_usage({licence("DNA", 3), licence("NETWORK_ADVANTAGE")}, device.now()));
  device.run(minutes(5));
  EXPECT_EQ(device.sent.size(), sent + 1);
}

TEST_F(Authorization, AUTH_7_ChangesWithoutEndDoNotKeepTheRequestBack) {
  registered();
  const auto sent = device.sent.size();
  for (int i = 1; i <= 20; ++i) {  // one a second
    ASSERT_TRUE(device->set_usage({licence("DNA", i)}, device.now()));
    device.run(seconds(1));
  }
  EXPECT_GE(device.sent.size(), sent + 5);
  EXPECT_LE(device.sent.size(), sent + 10);
  device.run(seconds(5));
  EXPECT_EQ(last_authorize().usage.at(0).count, 20);
}

TEST_F(Authorization, AUTH_7_AChangeWhileARequestIsOutFollowsItsAnswer) {
  registered();
  device.link = Link::Held;
  ASSERT_TRUE(device->renew_authorization(device.now()));
  device.settle();
  ASSERT_TRUE(device->set_usage({licence("DNA")}, device.now()));
  device.run(seconds(5));
  EXPECT_EQ(device.view().usage.at(0).status, "WAITING");
  auto done = std::exchange(device.held, nullptr);
  device.link = Link::Up;
  TransportReply reply;
  reply.body = server.handle(device.sent.back().body, device.wall);
  done(reply);
  device.settle();
  EXPECT_EQ(last_authorize().usage.at(0).feature_name, "DNA");
  EXPECT_EQ(device.view().usage.at(0).status, "AUTHORIZED");
}

TEST_F(Authorization, AUTH_7_AChangeThatFollowsAnAnswerIsNotLostWithThePowerWhileItIsOut) {
  registered();
  device.link = Link::Held;
  ASSERT_TRUE(device->renew_authorization(device.now()));
  device.settle();
  ASSERT_TRUE(device->set_usage({licence("DNA")}, device.now()));
  device.run(seconds(5));
  TransportReply reply;
  reply.body = server.handle(device.sent.back().body, device.wall);
  std::exchange(device.held, nullptr)(reply);
  device.settle();
  const auto follows = protocol::parse_request(device.sent.back().body).value();
  ASSERT_EQ(follows.header.type, MessageType::Authorize);
  device.power_cut();
  device.link = Link::Up;
  device.boot();
  ASSERT_TRUE(device->set_usage({licence("DNA")}, device.now()));
  device->ready(device.now());
  device.settle();
  EXPECT_EQ(server.requests.back().header.request_id, follows.header.request_id) << "PRO-3: the same again, at once";
  EXPECT_EQ(last_authorize().usage.at(0).feature_name, "DNA");
  EXPECT_EQ(device.view().usage.at(0).status, "AUTHORIZED");
}

TEST_F(Authorization, AUTH_8_AFailedExchangeIsRetriedAfterExactly30SecondsThenBacksOff) {
  registered();
  device.link = Link::Down;
  ASSERT_TRUE(device->renew_authorization(device.now()));
  device.settle();
  EXPECT_EQ(until_next(), seconds(30));
  EXPECT_EQ(device.view().last_communication->failure_reason, "Fail to send out Call Home HTTP message.");
  EXPECT_TRUE(device.view().communication_deadline.has_value());
  for (int n = 1; n <= 12; ++n) {
    device.run(until_next());
    const auto high = std::min(seconds(30) * (1 << std::min(n, 8)), hours(1));
    EXPECT_LE(until_next(), high) << n;
    EXPECT_GE(until_next(), high * 8 / 10) << n;
  }
  device.link = Link::Up;
  device.run(until_next());
  device.link = Link::Down;
  device.run(days(30));
  EXPECT_EQ(device.view().last_communication->result, Attempt::Result::Failed);
}

TEST_F(Authorization, AUTH_8_IntervalsNamedByACarrierAreClipped) {
  registered();
  const std::pair<Duration, Duration> kNamed[] = {
      {seconds(1), seconds(30)}, {minutes(10), minutes(10)}, {days(9), hours(1)}};
  for (const auto& [named, used] : kNamed) {
    device.carrier = [named = named](const Transport::Message&) {
      TransportReply reply;
      reply.failure = TransportFailure::Busy;
      reply.retry_after = named;
      return std::optional(reply);
    };
    ASSERT_TRUE(device->renew_authorization(device.now()));
    device.settle();
    EXPECT_EQ(until_next(), used);
  }
}

TEST_F(Authorization, AUTH_8_NoUnsignedWordChangesRegistrationOrAuthorization) {
  registered();
  for (const auto failure :
       {TransportFailure::NotAvailable, TransportFailure::SendFailed, TransportFailure::CertificateExpired,
        TransportFailure::CertificateNotYetValid, TransportFailure::RevocationUnknown, TransportFailure::Busy,
        TransportFailure::Pending, TransportFailure::BadAnswer}) {
    device.carrier = [failure](const Transport::Message&) {
      TransportReply reply;
      reply.failure = failure;
      reply.ticket = failure == TransportFailure::Pending ? "T" : "";
      return std::optional(reply);
    };
    ASSERT_TRUE(device->renew_authorization(device.now()));
    device.settle();
    EXPECT_EQ(device.view().registration, RegistrationState::Registered) << to_string(failure);
    EXPECT_EQ(device.view().authorization, AuthorizationState::Authorized) << to_string(failure);
    EXPECT_TRUE(device.view().next_communication.has_value()) << to_string(failure);
    EXPECT_EQ(device.view().account_name, "Example Company");
  }
}

TEST_F(Authorization, AUTH_8_SCN_5_TheLinesOfAFailedSend) {
  registered();
  device.link = Link::Down;
  device.log_lines.clear();
  ASSERT_TRUE(device->renew_authorization(device.now()));
  device.settle();
  EXPECT_THAT(device.log_lines,
              ElementsAre("%CALL_HOME-5-SL_MESSAGE_FAILED: Fail to send out Smart Licensing message to: "
                          "https://manager.example/SmartTransport (ERR 205 : Request Aborted)",
                          "%SMART_LIC-3-COMM_FAILED: Communications failure with the Smart Software Manager or "
                          "satellite : Fail to send out Call Home HTTP message.",
                          "%SMART_LIC-3-AUTH_RENEW_FAILED: Authorization renewal with the Smart Software Manager or "
                          "satellite : Communication message send error for udi PID:C9500-40X,SN:FCW2233A5ZV"));
}

TEST_F(Authorization, AUTH_9_AnAnswerThatDoesNotVerifyChangesNothing) {
  registered();
  const auto before = device.view();
  const auto expect_refused = [&](std::string_view what) {
    ASSERT_TRUE(device->renew_authorization(device.now()));
    device.settle();
    const auto view = device.view();
    EXPECT_EQ(view.last_communication->result, Attempt::Result::Failed) << what;
    EXPECT_EQ(view.last_communication->failure_reason, "Signature verification of the response failed") << what;
    EXPECT_EQ(view.authorization, AuthorizationState::Authorized) << what;
    EXPECT_EQ(view.authorization_since, before.authorization_since) << what;
    EXPECT_EQ(until_next() > Duration{0}, true) << what;
  };
  server.owned = 0;
  server.sign_with_foreign_key = true;
  expect_refused("foreign key");
  server.sign_with_foreign_key = false;
  server.tamper = [](protocol::AnswerHeader& header, std::string&) { header.request_id.bytes[0] ^= 1; };
  expect_refused("another request");
  server.tamper = [](protocol::AnswerHeader& header, std::string&) { header.type = MessageType::RenewId; };
  expect_refused("another message");
  server.tamper = nullptr;
  // Everything is right, but it is another authority under the same anchors.
  const auto own = server.authority.id;
  server.authority.id = random_authority_id(device.entropy);
  server.authority.issue_signing(device.wall - days(1), device.wall + days(100));
  expect_refused("another authority");
  server.authority.id = own;
  server.authority.issue_signing(device.wall - days(100), device.wall - days(1));
  expect_refused("an ended signing certificate");
  server.authority.issue_signing(device.wall - days(1), device.wall + days(100));
  device.run(until_next());
  EXPECT_EQ(device.view().authorization, AuthorizationState::OutOfCompliance);
}

TEST_F(Authorization, AUTH_9_SCN_9_TheServersRefusalOfTheSignatureKeepsTheState) {
  registered();
  server.instances.at(0).key = server.authority.root_key->public_key();  // another key is on record
  ASSERT_TRUE(device->renew_authorization(device.now()));
  device.settle();
  const auto view = device.view();
  EXPECT_EQ(view.authorization, AuthorizationState::Authorized);
  EXPECT_EQ(view.last_communication->failure_reason, "Data and signature do not match");
  EXPECT_EQ(until_next(), seconds(30));
  EXPECT_EQ(
      device.last_line("AUTH_RENEW_FAILED"),
      "%SMART_LIC-3-AUTH_RENEW_FAILED: Authorization renewal with the Smart Software Manager or satellite : Error "
      "received from Smart Software Manager: Data and signature do not match for udi "
      "PID:C9500-40X,SN:FCW2233A5ZV");
}

TEST_F(Authorization, AUTH_10_PendingIsShownAndPolledFor) {
  registered();
  server.pending[MessageType::Authorize] = 2;
  ASSERT_TRUE(device->renew_authorization(device.now()));
  device.settle();
  auto view = device.view();
  EXPECT_EQ(view.last_communication->result, Attempt::Result::Pending);
  EXPECT_EQ(view.last_communication->failure_reason, "Waiting for reply");
  EXPECT_GE(until_next(), minutes(15));
  EXPECT_LE(until_next(), minutes(21));
  server.pending_interval = minutes(3);
  device.run(until_next());
  EXPECT_EQ(server.seen.back(), MessageType::Poll);
  EXPECT_EQ(until_next(), minutes(3)) << "the interval named";
  device.run(until_next());
  EXPECT_EQ(device.view().last_communication->result, Attempt::Result::Succeeded);
}

TEST_F(Authorization, AUTH_10_SCN_7_ARevocationListThatCannotBeFetchedCountsAsPending) {
  registered();
  device.link = Link::RevocationUnknown;
  ASSERT_TRUE(device->renew_authorization(device.now()));
  device.settle();
  EXPECT_EQ(device.view().last_communication->result, Attempt::Result::Pending);
  EXPECT_EQ(device.view().last_communication->failure_reason, "Waiting for reply");
  EXPECT_GE(until_next(), minutes(15));
  EXPECT_EQ(device.last_line("CRL_FETCH_FAIL"),
            "%PKI-3-CRL_FETCH_FAIL: CRL fetch for trustpoint SLA-TrustPoint failed\nReason : Failed to select socket. "
            "Timeout : 5 (Connection timed out)");
}

TEST_F(Authorization, AUTH_10_PendingRegistrationAsksAgainWithTheSameRequest) {
  device.boot_with_usage();
  server.pending[MessageType::Register] = 1;
  device.register_and_settle();
  EXPECT_EQ(device.view().registration, RegistrationState::Registering);
  EXPECT_EQ(device.view().initial_registration->result, Attempt::Result::Pending);
  device.run(minutes(21));
  EXPECT_EQ(device.view().registration, RegistrationState::Registered);
  EXPECT_EQ(server.requests.at(0).header.request_id, server.requests.at(1).header.request_id);
}

TEST_F(Authorization, AUTH_11_CompliantAndShortAreLoggedOnEntryOnly) {
  registered();
  device.run(days(61));
  EXPECT_EQ(device.count("IN_COMPLIANCE"), 1);
  server.owned = 0;
  device.run(days(33));
  EXPECT_EQ(device.count("OUT_OF_COMPLIANCE"), 1);
  server.owned = 9;
  device.run(days(1));
  EXPECT_EQ(device.count("IN_COMPLIANCE"), 2);
}

TEST_F(Authorization, AUTH_12_StatusPerTag) {
  server.owned = 2;
  device.boot();
  ASSERT_TRUE(device->set_usage({licence("A", 1), licence("B", 5)}, device.now()));
  device->ready(device.now());
  device.register_and_settle();
  const auto view = device.view();
  EXPECT_EQ(view.authorization, AuthorizationState::OutOfCompliance);
  EXPECT_EQ(view.usage.at(0).status, "AUTHORIZED");
  EXPECT_EQ(view.usage.at(1).status, "OUT OF COMPLIANCE");
}

TEST_F(Authorization, AUTH_12_ARenewedCertificateIsNoSuccessOfTheAuthorization) {
  registered();
  const auto before = device.view();
  device.run(days(10));
  ASSERT_TRUE(device->renew_id(device.now()));
  device.settle();
  const auto after = device.view();
  ASSERT_EQ(after.last_renewal->result, Attempt::Result::Succeeded);
  EXPECT_EQ(after.communication_deadline, before.communication_deadline);
  EXPECT_EQ(after.authorization_since, before.authorization_since);
  EXPECT_EQ(after.last_communication, before.last_communication);
  device.link = Link::Down;
  device.run(days(80) + minutes(1));
  EXPECT_EQ(device.view().authorization, AuthorizationState::AuthorizationExpired) << "90 days after the authorization";
}

TEST_F(Authorization, USE_1_TheBootSetIsCompleteAtReadyAndOnlyADifferenceSends) {
  registered();
  device.power_cut();
  const auto sent = device.sent.size();
  device.boot();
  ASSERT_TRUE(device->set_usage({}, device.now()));
  ASSERT_TRUE(device->set_usage({licence("NETWORK_ADVANTAGE")}, device.now()));
  device->ready(device.now());
  device.run(minutes(10));
  EXPECT_EQ(device.sent.size(), sent) << "the same as stored";
  device.power_cut();
  device.boot();
  ASSERT_TRUE(device->set_usage({licence("DNA")}, device.now()));
  device.run(seconds(9));
  EXPECT_EQ(device.sent.size(), sent);
  device.run(seconds(5));
  EXPECT_EQ(device.sent.size(), sent + 1) << "after 10 s the set is taken as complete";
  EXPECT_EQ(last_authorize().usage.at(0).feature_name, "DNA");
  EXPECT_EQ(last_authorize().usage.at(0).display_name, "DNA") << "by value";
}

TEST_F(Authorization, USE_1_WhatABootDoesNotDeclareIsInUseNoMore) {
  registered();
  device.power_cut();
  device.boot();
  device.run(seconds(9));
  EXPECT_EQ(device.view().usage.size(), 1u);
  const auto sent = device.sent.size();
  device.run(seconds(5));
  EXPECT_TRUE(device.view().usage.empty());
  EXPECT_EQ(device.sent.size(), sent + 1);
  EXPECT_TRUE(last_authorize().usage.empty()) << "AUTH-12: sent empty";
}

TEST_F(Authorization, HA_1_AMemberAddedSendsAtOnceAndASwitchoverCarriesOn) {
  device.settings.udis = {{Udi{"C9300", "A"}, UdiRole::Active}, {Udi{"C9300", "B"}, UdiRole::Standby}};
  registered();
  const auto sent = device.sent.size();
  auto three = device.settings.udis;
  three.push_back({Udi{"C9300", "C"}, UdiRole::Member});
  ASSERT_TRUE(device->set_udis(three, device.now()));
  device.settle();
  EXPECT_EQ(device.sent.size(), sent + 1);
  EXPECT_EQ(last_authorize().udis, three);
  EXPECT_EQ(device.count("HA_ROLE_CHANGED"), 0);
  // Switchover: the standby is active now and opens the mirrored contents.
  device.power_cut();
  device.settings.udis = {{Udi{"C9300", "B"}, UdiRole::Active}, {Udi{"C9300", "C"}, UdiRole::Member}};
  device.boot_with_usage();
  EXPECT_EQ(device.last_line("HA_ROLE_CHANGED"),
            "%SMART_LIC-6-HA_ROLE_CHANGED: Smart Agent HA role changed to Active.");
  EXPECT_EQ(device.view().registration, RegistrationState::Registered);
  EXPECT_EQ(last_authorize().udis, device.settings.udis);
  EXPECT_EQ(server.registrations, 1) << "the same instance, no new token";
}

TEST_F(Authorization, TheHostNameGoesWithTheNextRequest) {
  registered();
  const auto sent = device.sent.size();
  device->set_host_name("edge-1", device.now());
  device.run(minutes(1));
  EXPECT_EQ(device.sent.size(), sent);
  ASSERT_TRUE(device->renew_authorization(device.now()));
  device.settle();
  EXPECT_EQ(last_authorize().host_name, "edge-1");
}

}  // namespace
}  // namespace lictor::agent
