// PRO-2, PRO-3, GWY-2 from the agent's side: frozen requests, sequences, tickets, one outstanding at a time, anchors.
#include "unit/agent_core/story.hpp"

#include "licensing/protocol/codec.hpp"

namespace lictor::agent {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Exchanges : Story {
  Duration until_next() { return *device.view().next_communication - device.wall; }
};

TEST_F(Exchanges, PRO_3_PayloadAndIdAreFrozenAcrossAttemptsAndRestarts) {
  registered();
  server.lose_effect_answers = true;
  ASSERT_TRUE(device->renew_authorization(device.now()));
  device.settle();
  const auto first = server.requests.back();
  device.run(seconds(30));
  EXPECT_EQ(server.requests.back().header.request_id, first.header.request_id);
  EXPECT_EQ(server.requests.back().payload, first.payload);
  EXPECT_EQ(server.requests.back().header.sequence, first.header.sequence);
  EXPECT_GT(server.requests.back().header.sent_at, first.header.sent_at);
  device.power_cut();
  server.lose_effect_answers = false;
  device.boot_with_usage();
  device.run(hours(1));
  EXPECT_EQ(server.requests.back().header.request_id, first.header.request_id);
  EXPECT_EQ(server.requests.back().payload, first.payload);
  EXPECT_EQ(device.view().last_communication->result, Attempt::Result::Succeeded);
}

TEST_F(Exchanges, PRO_3_ALostRegistrationAnswerIsRepeatedNotDoneTwice) {
  device.boot_with_usage();
  server.lose_effect_answers = true;
  device.register_and_settle();
  EXPECT_EQ(device.view().registration, RegistrationState::Registering);
  server.lose_effect_answers = false;
  device.run(minutes(21));
  EXPECT_EQ(device.view().registration, RegistrationState::Registered);
  EXPECT_EQ(server.registrations, 1);
}

TEST_F(Exchanges, PRO_3_APowerCutWhileTheRequestIsOutSendsTheSameAgain) {
  device.boot_with_usage();
  device.link = Link::Held;
  device.register_and_settle();
  const auto first = protocol::parse_request(device.sent.back().body);
  device.power_cut();
  device.link = Link::Up;
  device.boot_with_usage();
  ASSERT_FALSE(server.requests.empty());
  EXPECT_EQ(server.requests.at(0).header.request_id, first->header.request_id);
  EXPECT_EQ(server.requests.at(0).payload, first->payload);
  EXPECT_EQ(device.view().registration, RegistrationState::Registered);
}

TEST_F(Exchanges, PRO_3_SequencesStartAtOnePerRegistrationAndADueAuthorizeOvertakes) {
  registered();
  EXPECT_EQ(server.requests.at(1).header.sequence, 1);
  server.refuse[MessageType::RenewId] = refusal(Code::LS_BUSY);
  ASSERT_TRUE(device->renew_id(device.now()));
  device.settle();
  ASSERT_TRUE(device->renew_authorization(device.now()));
  device.settle();
  EXPECT_EQ(device.view().last_communication->result, Attempt::Result::Succeeded);
  server.refuse.clear();
  device.run(minutes(22));
  EXPECT_EQ(device.count("ID_CERT_RENEW_SUCCESS"), 1);
  std::vector<std::int64_t> sequences;
  for (const auto& request : server.requests) sequences.push_back(request.header.sequence);
  EXPECT_THAT(sequences, ElementsAre(0, 1, 2, 3, 4)) << "the overtaken renewal takes a later number";
  device.register_and_settle(Agent::Force::Yes);
  EXPECT_EQ(server.requests.back().header.sequence, 1);
}

TEST_F(Exchanges, PRO_3_BehindTheServersSequenceItLogsAndGoesOnFromThere) {
  registered();
  server.instances.at(0).last_sequence = 41;
  ASSERT_TRUE(device->renew_authorization(device.now()));
  device.settle();
  EXPECT_EQ(device.view().last_communication->failure_reason, protocol::text::sequence_behind(41));
  EXPECT_THAT(device->event_log(), Contains(HasSubstr("SAEVT_SEQUENCE_BEHIND last=\"41\"")));
  device.run(seconds(30));
  EXPECT_EQ(device.view().last_communication->result, Attempt::Result::Succeeded);
  EXPECT_EQ(server.requests.back().header.sequence, 42);
}

TEST_F(Exchanges, PRO_3_AReusedIdIsFrozenAnew) {
  registered();
  server.refuse[MessageType::Authorize] = refusal(Code::LS_REQUEST_REUSED);
  ASSERT_TRUE(device->renew_authorization(device.now()));
  device.settle();
  const auto first = server.requests.back().header.request_id;
  server.refuse.clear();
  device.run(seconds(30));
  EXPECT_NE(server.requests.back().header.request_id, first);
  EXPECT_EQ(device.view().last_communication->result, Attempt::Result::Succeeded);
}

TEST_F(Exchanges, OnlyOneIsOutAtATime) {
  registered();
  device.link = Link::Held;
  const auto sent = device.sent.size();
  ASSERT_TRUE(device->renew_id(device.now()));
  ASSERT_TRUE(device->renew_authorization(device.now()));
  device.settle();
  EXPECT_EQ(device.sent.size(), sent + 1);
  EXPECT_FALSE(device->quiet());
}

TEST_F(Exchanges, GWY_2_ATicketIsFetchedAndSurvivesARestart) {
  registered();
  std::string kept;
  device.carrier = [&](const Transport::Message& message) {
    TransportReply reply;
    if (message.ticket.empty()) kept = message.body;
    reply.failure = TransportFailure::Pending;
    reply.ticket = "T-17";
    reply.retry_after = minutes(5);
    return std::optional(reply);
  };
  ASSERT_TRUE(device->renew_authorization(device.now()));
  device.settle();
  EXPECT_EQ(device.view().last_communication->result, Attempt::Result::Pending);
  EXPECT_EQ(until_next(), minutes(5));
  device.power_cut();
  device.boot_with_usage();
  device.carrier = [&](const Transport::Message& message) {
    TransportReply reply;
    EXPECT_EQ(message.ticket, "T-17");
    EXPECT_EQ(message.body, "");
    reply.body = server.handle(kept, device.wall);
    return std::optional(reply);
  };
  device.run(minutes(5));
  EXPECT_EQ(device.view().last_communication->result, Attempt::Result::Succeeded);
}

TEST_F(Exchanges, GWY_2_ResubmitSignsTheSamePayloadAnew) {
  registered();
  device.carrier = [&](const Transport::Message&) {
    TransportReply reply;
    reply.failure = TransportFailure::Pending;
    reply.ticket = "T";
    return std::optional(reply);
  };
  ASSERT_TRUE(device->renew_authorization(device.now()));
  device.settle();
  const auto first = protocol::parse_request(device.sent.back().body);
  device.carrier = [&](const Transport::Message& message) -> std::optional<TransportReply> {
    if (message.ticket.empty()) return std::nullopt;
    TransportReply reply;
    reply.failure = TransportFailure::Resubmit;
    return reply;
  };
  device.run(minutes(21));
  EXPECT_EQ(server.requests.back().header.request_id, first->header.request_id);
  EXPECT_EQ(device.view().last_communication->result, Attempt::Result::Succeeded);
}

TEST_F(Exchanges, AUTH_8_ResubmitWithoutATicketIsAFailureLikeAnyOther) {
  registered();
  device.carrier = [](const Transport::Message&) {
    TransportReply reply;
    reply.failure = TransportFailure::Resubmit;
    return std::optional(reply);
  };
  const auto sent = device.sent.size();
  ASSERT_TRUE(device->renew_authorization(device.now()));
  device.settle();
  EXPECT_EQ(device.sent.size(), sent + 1) << "whoever says so at once is not asked again at once";
  EXPECT_EQ(device.view().last_communication->failure_reason, "Fail to send out Call Home HTTP message.");
  EXPECT_EQ(until_next(), seconds(30));
}

TEST_F(Exchanges, AUTH_10_GWY_2_APollThatACarrierKeepsIsPolledAnewNotFetched) {
  registered();
  server.pending[MessageType::Authorize] = 1;
  ASSERT_TRUE(device->renew_authorization(device.now()));
  device.settle();
  device.carry_next([&](const std::string& body) { return server.handle(body, device.wall); });
  device.run(until_next());
  ASSERT_FALSE(device.kept.empty());
  EXPECT_EQ(device.sent.back().type, MessageType::Poll);
  EXPECT_EQ(device.view().last_communication->result, Attempt::Result::Pending);
  device.run(until_next());
  EXPECT_EQ(device.view().last_communication->result, Attempt::Result::Succeeded);
  EXPECT_EQ(device.count("AUTH_RENEW_FAILED"), 0) << "an answer to a poll is under the poll's own id";
}

TEST_F(Exchanges, GWY_2_AClockRefusalOfACarriedRequestIsSentOnceMoreBeforeItIsShown) {
  registered();
  // It lay too long: the server judged it late.
  device.carry_next([&](const std::string& body) { return server.handle(body, device.wall + hours(2)); });
  ASSERT_TRUE(device->renew_authorization(device.now()));
  device.settle();
  device.run(minutes(21));
  EXPECT_EQ(device.view().last_communication->result, Attempt::Result::Succeeded);
  EXPECT_EQ(device.count("AUTH_RENEW_FAILED"), 0);
}

TEST_F(Exchanges, PRO_2_NewerAnchorsAreFetchedVerifiedAndReplaced) {
  registered();
  const auto old_intermediate = server.authority.intermediate;
  server.authority.rotate_root(device.wall);
  server.authority.rotate_root(device.wall);  // two steps at once
  ASSERT_TRUE(device->renew_authorization(device.now()));
  device.settle();
  // The answer is under the new root already: it does not verify yet, but it names the newer version.
  EXPECT_EQ(device.view().last_communication->failure_reason, "Signature verification of the response failed");
  EXPECT_THAT(server.seen, Contains(MessageType::Trust));
  EXPECT_EQ(device.view().trust_version, 3);
  device.run(seconds(30));
  EXPECT_EQ(device.view().last_communication->result, Attempt::Result::Succeeded);
  // They stay after a restart.
  device.power_cut();
  device.boot_with_usage();
  ASSERT_TRUE(device->renew_authorization(device.now()));
  device.settle();
  EXPECT_EQ(device.view().last_communication->result, Attempt::Result::Succeeded);
}

TEST_F(Exchanges, PRO_2_ABundleThatThePreviousRootDidNotSignIsRefused) {
  registered();
  server.authority.rotate_root(device.wall);
  const auto good = server.authority.bundles.at(0);
  auto& bundle = server.authority.bundles.at(0);
  const auto try_it = [&] {
    ASSERT_TRUE(device->renew_authorization(device.now()));
    device.settle();
    EXPECT_EQ(device.view().trust_version, 1);
  };
  bundle.signed_by_previous = bundle.signed_by_new;
  try_it();
  bundle = good;
  bundle.signed_by_new = bundle.signed_by_previous;
  try_it();
  bundle = good;
  bundle.version = 3;
  try_it();
  bundle = good;
  bundle.anchors.push_back(server.authority.intermediate.der);
  try_it();
  EXPECT_EQ(device.view().registration, RegistrationState::Registered);
  bundle = good;
  ASSERT_TRUE(device->renew_authorization(device.now()));
  device.settle();
  EXPECT_EQ(device.view().trust_version, 2);
}

TEST_F(Exchanges, AnIdCertificateOfAnotherKeyOrInstanceIsRefused) {
  device.boot_with_usage();
  server.tamper = [&](protocol::AnswerHeader& header, std::string& payload) {
    if (header.type != MessageType::Register) return;
    auto answer = protocol::decode_answer(MessageType::Register, payload).value();
    auto& registered = std::get<protocol::RegisterAnswer>(answer);
    registered.instance = InstanceId{registered.instance.value + 1};
    payload = protocol::encode(answer);
  };
  device.register_and_settle();
  EXPECT_EQ(device.view().registration, RegistrationState::Registering);
  EXPECT_EQ(device.view().initial_registration->failure_reason, "Signature verification of the response failed");
}

TEST_F(Exchanges, AUTH_8_AWayThatIsBackHurriesEveryRetryAlsoThatOfARequestToBeFrozenAnew) {
  registered();
  device.link = Link::Held;
  ASSERT_TRUE(device->renew_authorization(device.now()));
  device.settle();
  ASSERT_TRUE(device->set_usage({licence("DNA")}, device.now()));
  device.run(seconds(5));
  device.link = Link::Down;
  TransportReply lost;
  lost.failure = TransportFailure::SendFailed;
  std::exchange(device.held, nullptr)(lost);
  device.settle();
  ASSERT_EQ(until_next(), seconds(30));
  device.link = Link::Up;
  device->transport_changed(device.now());
  device.settle();
  EXPECT_EQ(device.view().last_communication->result, Attempt::Result::Succeeded);
  EXPECT_EQ(device.view().usage.at(0).status, "AUTHORIZED");
}

struct Problems : Exchanges {
  void answer_with(std::string body) {
    device.carrier = [body = std::move(body)](const Transport::Message&) {
      TransportReply reply;
      reply.failure = TransportFailure::BadAnswer;
      reply.body = body;
      return std::optional(reply);
    };
  }
};

TEST_F(Problems, PRO_8_AnUnsignedProblemIsShownAndDecidesNothing) {
  registered();
  for (const std::string code : {"LS_INVALID_DATA", "LS_NOT_REGISTERED", "LS_TOKEN_REVOKED", "LS_MALFORMED"}) {
    answer_with(R"({"title":"x","status":400,"code":")" + code + R"(","detail":"Data and signature do not match"})");
    ASSERT_TRUE(device->renew_authorization(device.now()));
    device.settle();
    const auto view = device.view();
    EXPECT_EQ(view.registration, RegistrationState::Registered) << code;
    EXPECT_EQ(view.authorization, AuthorizationState::Authorized) << code;
    EXPECT_EQ(view.last_communication->failure_reason, "Data and signature do not match") << code;
    EXPECT_THAT(device.last_line("AUTH_RENEW_FAILED"),
                HasSubstr("Error received from Smart Software Manager: Data and signature do not match"));
  }
  EXPECT_EQ(device.count("COMM_FAILED"), 0);
}

TEST_F(Problems, PRO_8_AnUnsignedRefusalErasesNoToken) {
  device.boot_with_usage();
  answer_with(R"({"code":"LS_TOKEN_REVOKED","detail":"The registration token has been revoked"})");
  device.register_and_settle();
  EXPECT_EQ(device.view().registration, RegistrationState::Registering);
  device.carrier = nullptr;
  device.run(minutes(21));
  EXPECT_EQ(device.view().registration, RegistrationState::Registered);
}

TEST_F(Problems, NonsenseInAProblemIsNotShown) {
  registered();
  for (const std::string& body :
       {std::string("<html>"), std::string("{}"), std::string(R"({"code":"NO_SUCH","detail":"x"})"),
        std::string(R"({"code":"LS_BUSY","detail":"a\u0007b"})"), std::string(R"({"code":"LS_BUSY","detail":7})"),
        R"({"code":"LS_BUSY","detail":")" + std::string(300, 'x') + R"("})", std::string(100'000, '[')}) {
    answer_with(body);
    ASSERT_TRUE(device->renew_authorization(device.now()));
    device.settle();
    EXPECT_EQ(device.view().last_communication->failure_reason, "Communication message response error");
  }
}

TEST_F(Problems, SCN_6_TheThreeTextsAreLoggedMarkedUnverified) {
  registered();
  answer_with(R"({"code":"LS_INVALID_DATA","detail":"Missing Id cert serial number field; Missing signing cert serial )"
              R"(number field; Signed data and certificate does not match"})");
  ASSERT_TRUE(device->deregister(device.now()));
  device.settle();
  EXPECT_THAT(device->event_log(),
              Contains(HasSubstr("SAEVT_DEREGISTER_STATUS msgStatus=\"LS_INVALID_DATA\" error=\"Missing Id cert serial "
                                 "number field; Missing signing cert serial number field; Signed data and certificate "
                                 "does not match\" verified=\"no\"")));
  EXPECT_EQ(device.view().registration, RegistrationState::Unregistered);
  EXPECT_EQ(device.view().account_name, "Example Company");
}

TEST_F(Exchanges, LOG_7_EveryMessageStateChangeAndFailureIsInTheEventLog) {
  registered();
  device.link = Link::Down;
  ASSERT_TRUE(device->renew_authorization(device.now()));
  device.settle();
  const auto log = device->event_log();
  EXPECT_THAT(log, Contains(HasSubstr("SAEVT_MESSAGE_SENT message=\"register\"")));
  EXPECT_THAT(log, Contains(HasSubstr("SAEVT_STATE_CHANGE machine=\"registration\" from=\"Registering\" "
                                      "to=\"Registered\"")));
  EXPECT_THAT(log, Contains(HasSubstr("SAEVT_COMM_FAIL error=\"Fail to send out Call Home HTTP message.\"")));
  EXPECT_THAT(log, Contains(::testing::StartsWith("2026-01-01 00:00:00.000 UTC SAEVT_")));
  for (const auto& line : log) EXPECT_EQ(line.find("TOKEN"), std::string::npos) << line;
}

TEST_F(Exchanges, LOG_7_PollsAndTicketsAreMessagesToo) {
  registered();
  server.pending[MessageType::Authorize] = 1;
  ASSERT_TRUE(device->renew_authorization(device.now()));
  device.settle();
  device.run(minutes(21));
  ASSERT_EQ(device.view().last_communication->result, Attempt::Result::Succeeded);
  EXPECT_THAT(device->event_log(), Contains(HasSubstr("SAEVT_MESSAGE_SENT message=\"poll\"")));
  bool carried = false;
  device.carrier = [&](const Transport::Message& message) -> std::optional<TransportReply> {
    if (!message.ticket.empty()) carried = true;
    TransportReply reply;
    reply.failure = TransportFailure::Pending;
    reply.ticket = "T-1";
    return reply;
  };
  ASSERT_TRUE(device->renew_authorization(device.now()));
  device.settle();
  device.run(minutes(21));
  EXPECT_TRUE(carried);
  EXPECT_THAT(device->event_log(), Contains(HasSubstr("SAEVT_MESSAGE_SENT message=\"ticket\"")));
}

}  // namespace
}  // namespace lictor::agent
