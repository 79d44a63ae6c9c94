// Answers that are signed and say what no agent expects, and keys that do not sign: an attempt has failed then, and
// what the device holds stays.
#include "unit/agent_core/story.hpp"

#include "agent/core/store_codec.hpp"
#include "licensing/protocol/codec.hpp"

namespace lictor::agent {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

struct OddAnswers : Story {
  Duration until_next() { return *device.view().next_communication - device.wall; }
  // Every answer of that type says this instead.
  void say_instead(MessageType type, const protocol::Answer& answer) {
    server.tamper = [type, payload = protocol::encode(answer)](protocol::AnswerHeader& header, std::string& text) {
      if (header.type == type) text = payload;
    };
  }
  // A certificate of this authority with these names, for that key.
  Bytes certificate(pki::Purpose purpose, const pki::PublicKey& key, std::vector<std::string> uris) {
    pki::CertificateTemplate t;
    t.purpose = purpose;
    t.serial = pki::random_serial(server.authority.entropy);
    t.subject_common_name = "Odd";
    t.not_before = device.wall - days(1);
    t.not_after = device.wall + days(300);
    t.uris = std::move(uris);
    return crypto->issue_certificate(t, key, &server.authority.intermediate, *server.authority.intermediate_key)
        .value();
  }
  // What the store holds, with another key in it.
  void break_stored_key() {
    device.power_cut();
    auto state = decode_state(*device.store.contents).value();
    state.identity->key = Secret::from_text("no key");
    device.store.contents = encode_state(state, IdentityPart::Included, {});
    device.boot_with_usage();
  }
};

TEST_F(OddAnswers, AUTH_9_WhatIsNoMessageAtAllIsAFailedAttempt) {
  registered();
  device.carrier = [](const Transport::Message&) -> std::optional<TransportReply> {
    TransportReply reply;
    reply.body = "no message";
    return reply;
  };
  ASSERT_TRUE(device->renew_authorization(device.now()));
  device.settle();
  EXPECT_EQ(device.view().last_communication->result, Attempt::Result::Failed);
  EXPECT_EQ(device.view().authorization, AuthorizationState::Authorized);
  device.carrier = nullptr;
  device.run(until_next());
  EXPECT_EQ(device.view().last_communication->result, Attempt::Result::Succeeded);
}

TEST_F(OddAnswers, AUTH_10_ARefusedPollIsARefusalOfTheRequest) {
  registered();
  server.pending[MessageType::Authorize] = 1;
  ASSERT_TRUE(device->renew_authorization(device.now()));
  device.settle();
  ASSERT_EQ(device.view().last_communication->result, Attempt::Result::Pending);
  server.refuse[MessageType::Poll] = refusal(Code::LS_NOT_REGISTERED);
  device.run(until_next());
  EXPECT_EQ(server.seen.back(), MessageType::Poll);
  EXPECT_EQ(device.view().registration, RegistrationState::Unregistered);
}

TEST_F(OddAnswers, AUTH_10_APolledAnswerOfAnotherMessageIsNotTakenAndTheRequestGoesOutAgain) {
  registered();
  server.pending[MessageType::Authorize] = 1;
  ASSERT_TRUE(device->renew_authorization(device.now()));
  device.settle();
  const auto first = server.requests.back();
  say_instead(MessageType::Poll, protocol::PollAnswer{false, Duration{0}, MessageType::Deregister, "{}"});
  device.run(until_next());
  EXPECT_EQ(server.seen.back(), MessageType::Poll);
  EXPECT_EQ(device.view().last_communication->result, Attempt::Result::Failed);
  EXPECT_EQ(device.view().registration, RegistrationState::Registered);
  server.tamper = nullptr;
  device.run(until_next());
  EXPECT_EQ(server.seen.back(), MessageType::Authorize);
  EXPECT_EQ(server.requests.back().header.request_id, first.header.request_id);
  EXPECT_EQ(device.view().last_communication->result, Attempt::Result::Succeeded);
}

TEST_F(OddAnswers, AUTH_10_WhatBecameOutdatedWhilePendingIsAskedAnewNotPolledFor) {
  registered();
  device.link = Link::Held;
  ASSERT_TRUE(device->renew_authorization(device.now()));
  device.settle();
  ASSERT_TRUE(device->set_usage({licence("NETWORK_ADVANTAGE", 2)}, device.now()));
  device.run(seconds(5));
  server.pending[MessageType::Authorize] = 1;
  TransportReply reply;
  reply.body = server.handle(device.sent.back().body, device.wall);
  device.link = Link::Up;
  std::exchange(device.held, nullptr)(reply);
  device.settle();
  device.run(seconds(5));
  EXPECT_EQ(server.seen.back(), MessageType::Authorize);
  EXPECT_EQ(server.instances.front().usage.front().count, 2);
  EXPECT_EQ(device.view().last_communication->result, Attempt::Result::Succeeded);
}

TEST_F(OddAnswers, REG_7_ARenewedCertificateOfAnotherInstanceOrWithoutOneChangesNothing) {
  registered();
  const auto before = device.view();
  const auto& key = server.instances.front().key;
  const auto other = server.authority.issue_id(key, AccountId{5}, InstanceId{99}, device.wall, device.wall + days(365));
  const std::vector<Bytes> nameless = {certificate(pki::Purpose::IdCertificate, key, {}),
                                       server.authority.intermediate.der};
  int failed = 0;
  for (const auto& chain : {other, nameless, std::vector<Bytes>{}}) {
    say_instead(MessageType::RenewId, protocol::RenewIdAnswer{chain});
    ASSERT_TRUE(device->renew_id(device.now()));
    device.settle();
    EXPECT_EQ(device.count("ID_CERT_RENEW_FAILED"), ++failed);
    EXPECT_EQ(device.view().registration, RegistrationState::Registered);
    EXPECT_EQ(device.view().registration_expires, before.registration_expires);
    EXPECT_EQ(device.view().instance, before.instance);
  }
}

TEST_F(OddAnswers, AUTH_9_ASigningCertificateThatNamesNoAuthorityVouchesForNothing) {
  registered();
  server.owned = 0;
  server.authority.signing =
      crypto
          ->parse_certificate(
              certificate(pki::Purpose::AnswerSigning, server.authority.signing_key->public_key(), {"urn:other:thing"}))
          .value();
  ASSERT_TRUE(device->renew_authorization(device.now()));
  device.settle();
  EXPECT_EQ(device.view().last_communication->result, Attempt::Result::Failed);
  EXPECT_EQ(device.view().authorization, AuthorizationState::Authorized);
}

TEST_F(OddAnswers, PRO_2_ARefusedTrustRequestIsLoggedAndTheAnchorsStay) {
  registered();
  server.tamper = [](protocol::AnswerHeader& header, std::string&) { header.trust_version = 2; };
  server.refuse[MessageType::Trust] = refusal(Code::LS_UNSUPPORTED_TYPE);
  ASSERT_TRUE(device->renew_authorization(device.now()));
  device.settle();
  EXPECT_THAT(server.seen, Contains(MessageType::Trust));
  EXPECT_THAT(device->event_log(), Contains(HasSubstr("SAEVT_TRUST_FAILED")));
  EXPECT_EQ(device.view().trust_version, 1);
  EXPECT_EQ(device.view().registration, RegistrationState::Registered);
}

TEST_F(OddAnswers, PRO_2_REG_1_ATrustRequestOfAnUnknownInstanceIsAnsweredForGood) {
  registered();
  server.tamper = [](protocol::AnswerHeader& header, std::string&) { header.trust_version = 2; };
  server.refuse[MessageType::Trust] = refusal(Code::LS_NOT_REGISTERED);
  ASSERT_TRUE(device->renew_authorization(device.now()));
  device.settle();
  EXPECT_EQ(device.view().registration, RegistrationState::Unregistered);
}

TEST_F(OddAnswers, REG_10_TheExportFlagFollowsEachAuthorization) {
  registered();
  ASSERT_TRUE(device.view().export_allowed);
  device.notifications.clear();
  for (const bool allowed : {false, true}) {
    server.export_allowed = allowed;
    ASSERT_TRUE(device->renew_authorization(device.now()));
    device.settle();
    EXPECT_EQ(device.view().export_allowed, allowed);
    EXPECT_THAT(device.last_line("EXPORT_CONTROLLED"), HasSubstr(allowed ? "is allowed" : "is not allowed"));
  }
  EXPECT_THAT(device.notifications, Contains(NotificationKind::ExportFlagChanged).Times(2));
}

TEST_F(OddAnswers, AUTH_12_ATagThatTheServerDoesNotKnowReadsInvalid) {
  registered();
  protocol::AuthorizeAnswer answer;
  answer.tags = {{licence("NETWORK_ADVANTAGE").tag, TagStatus::InvalidTag, 1}};
  answer.in_compliance = false;
  answer.next_interval = days(1);
  answer.deadline = device.wall + days(90);
  answer.export_allowed = true;
  say_instead(MessageType::Authorize, answer);
  ASSERT_TRUE(device->renew_authorization(device.now()));
  device.settle();
  ASSERT_EQ(device.view().usage.size(), 1U);
  EXPECT_EQ(device.view().usage.front().status, "INVALID TAG");
  EXPECT_EQ(device.view().authorization, AuthorizationState::OutOfCompliance);
}

TEST_F(OddAnswers, STO_1_AStoredKeyThatDoesNotReadFailsEachAttemptAndSendsNothing) {
  registered();
  break_stored_key();
  device.settle();
  const auto sent = device.sent.size();
  const auto said_to_be_sent = [&] {
    const auto log = device->event_log();
    return std::count_if(log.begin(), log.end(),
                         [](const auto& line) { return line.find("SAEVT_MESSAGE_SENT") != std::string::npos; });
  };
  const auto before = said_to_be_sent();
  (void)device->renew_authorization(device.now());
  device.settle();
  EXPECT_EQ(device.view().last_communication->result, Attempt::Result::Failed);
  EXPECT_THAT(device->event_log(), Contains(HasSubstr("SAEVT_SEND_FAILED url=\"\" error=\"stored key: ")));
  (void)device->renew_id(device.now());
  device.settle();
  EXPECT_EQ(device.count("ID_CERT_RENEW_FAILED"), 1);
  EXPECT_EQ(device.sent.size(), sent);
  EXPECT_EQ(said_to_be_sent(), before) << "LOG-7";
  EXPECT_EQ(device.view().registration, RegistrationState::Registered);
}

}  // namespace
}  // namespace lictor::agent
