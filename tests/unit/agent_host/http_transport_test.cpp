// What each HTTP outcome means to an agent, and what its requests look like.
#include <gtest/gtest.h>

#include <gmock/gmock.h>

#include <deque>

#include "agent/host/http_transport.hpp"

namespace lictor::agent {
namespace {

using ::testing::Contains;
using ::testing::Pair;

constexpr auto kUrl = "https://manager.example/SmartTransport";

http::Reply status(int code, std::string body = "", std::vector<http::Header> headers = {}) {
  http::Reply reply;
  reply.status = code;
  reply.body = std::move(body);
  reply.headers = std::move(headers);
  return reply;
}
http::Reply failed(http::Failure failure, std::string detail = "detail") {
  http::Reply reply;
  reply.failure = failure;
  reply.detail = std::move(detail);
  return reply;
}
const std::vector<http::Header> kJose = {{"content-type", "application/jose"}};

TEST(HttpOutcomes, OnlyAJoseBodyWith200CanBeAnAnswer) {
  const auto good = to_transport_reply(status(200, "a.b.c", kJose), kUrl, Asked::Message);
  EXPECT_FALSE(good.failure);
  EXPECT_EQ(good.body, "a.b.c");
  EXPECT_FALSE(
      to_transport_reply(status(200, "a.b.c", {{"content-type", "application/jose; x=y"}}), kUrl, Asked::Message)
          .failure);
  for (const auto& bad : {status(200, "", kJose), status(200, "<html>", {{"content-type", "text/html"}}),
                          status(200, "a.b.c"), status(200, "a.b.c", {{"content-type", "application/josef"}}),
                          status(204), status(302, "", {{"location", "https://elsewhere"}}), status(400, "{}"),
                          status(403), status(404), status(410), status(413), status(415), status(500, "oops")}) {
    const auto reply = to_transport_reply(bad, kUrl, Asked::Message);
    EXPECT_EQ(reply.failure, TransportFailure::BadAnswer) << bad.status;
    EXPECT_EQ(reply.body, "") << bad.status;
  }
}

TEST(HttpOutcomes, PRO_8_AProblemDocumentIsHandedOnAsWhatItIs) {
  const auto reply = to_transport_reply(
      status(400, R"({"code":"LS_MALFORMED"})", {{"content-type", "application/problem+json"}}), kUrl, Asked::Message);
  EXPECT_EQ(reply.failure, TransportFailure::BadAnswer);
  EXPECT_EQ(reply.body, R"({"code":"LS_MALFORMED"})");
}

TEST(HttpOutcomes, AUTH_8_BusyCarriesItsRetryAfter) {
  for (const int code : {429, 503, 507}) {
    const auto reply = to_transport_reply(status(code, "", {{"retry-after", "120"}}), kUrl, Asked::Message);
    EXPECT_EQ(reply.failure, TransportFailure::Busy);
    EXPECT_EQ(reply.retry_after, seconds(120));
  }
  for (const auto& odd : {"", "-5", "1e9", "Wed, 21 Oct 2026 07:28:00 GMT", "99999999999999999999"})
    EXPECT_EQ(to_transport_reply(status(503, "", {{"retry-after", odd}}), kUrl, Asked::Message).retry_after,
              Duration{0})
        << odd;
}

TEST(HttpOutcomes, GWY_2_ATicketIsPendingAndGoneMeansResubmit) {
  const auto pending =
      to_transport_reply(status(202, "", {{"lictor-ticket", "T-1"}, {"retry-after", "60"}}), kUrl, Asked::Message);
  EXPECT_EQ(pending.failure, TransportFailure::Pending);
  EXPECT_EQ(pending.ticket, "T-1");
  EXPECT_EQ(pending.retry_after, seconds(60));
  EXPECT_EQ(to_transport_reply(status(410), kUrl, Asked::Ticket).failure, TransportFailure::Resubmit);
}

TEST(HttpOutcomes, SCN_5_WhatNeverArrivedIsSendFailedWithItsErrNumber) {
  for (const auto failure :
       {http::Failure::Resolve, http::Failure::Connect, http::Failure::TlsHandshake,
        http::Failure::CertificateUntrusted, http::Failure::CertificateName, http::Failure::CertificateRevoked,
        http::Failure::ProxyRefused, http::Failure::Broken, http::Failure::BadUrl, http::Failure::HttpNotAllowed}) {
    const auto reply = to_transport_reply(failed(failure), kUrl, Asked::Message);
    EXPECT_EQ(reply.failure, TransportFailure::SendFailed) << http::to_string(failure);
    EXPECT_EQ(reply.carrier_error, "ERR 205 : Request Aborted");
    EXPECT_EQ(reply.url, kUrl);
  }
  const auto late = to_transport_reply(failed(http::Failure::Timeout), kUrl, Asked::Message);
  EXPECT_EQ(late.failure, TransportFailure::SendFailed);
  EXPECT_EQ(late.carrier_error, "ERR 207 : Connection time out");
  for (const int code : {407, 502, 504})
    EXPECT_EQ(to_transport_reply(status(code), kUrl, Asked::Message).failure, TransportFailure::SendFailed) << code;
}

TEST(HttpOutcomes, SCN_3b_SCN_3c_CertificateDatesNameTheCertificate) {
  auto early = failed(http::Failure::CertificateNotYetValid);
  early.certificate_serial = "0a1b";
  early.certificate_date = wall_from_ms(1000);
  const auto reply = to_transport_reply(early, kUrl, Asked::Message);
  EXPECT_EQ(reply.failure, TransportFailure::CertificateNotYetValid);
  EXPECT_EQ(reply.certificate_serial, "0A1B");
  EXPECT_EQ(reply.certificate_date, wall_from_ms(1000));
  EXPECT_EQ(to_transport_reply(failed(http::Failure::CertificateExpired), kUrl, Asked::Message).failure,
            TransportFailure::CertificateExpired);
}

TEST(HttpOutcomes, SCN_7_AMissingRevocationListSaysWhy) {
  const auto late =
      to_transport_reply(failed(http::Failure::RevocationUnknown, "x: Timed out after 5000 ms"), kUrl, Asked::Message);
  EXPECT_EQ(late.failure, TransportFailure::RevocationUnknown);
  EXPECT_EQ(late.detail, "Reason : Failed to select socket. Timeout : 5 (Connection timed out)");
  EXPECT_EQ(to_transport_reply(failed(http::Failure::RevocationUnknown, "refused"), kUrl, Asked::Message).detail,
            "Reason : refused");
}

TEST(HttpRequests, PRO_6_CarryTheHintsAndATicketHasNoBody) {
  Transport::Message message;
  message.type = protocol::MessageType::RenewId;
  message.carrier_key = "abc";
  message.body = "x.y.z";
  const auto request = to_http_request(message, kUrl);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, kUrl);
  EXPECT_EQ(request.body, "x.y.z");
  EXPECT_THAT(request.headers, Contains(Pair("Content-Type", "application/jose")));
  EXPECT_THAT(request.headers, Contains(Pair("Lictor-Message", "renew-id")));
  EXPECT_THAT(request.headers, Contains(Pair("Lictor-Carrier-Key", "abc")));
  EXPECT_EQ(request.headers.size(), 3u);
  message.ticket = "T";
  message.body.clear();
  EXPECT_THAT(to_http_request(message, kUrl).headers, Contains(Pair("Lictor-Ticket", "T")));
}

// --- the object around it -------------------------------------------------------------------------------------------
class ManualScheduler final : public Scheduler {
 public:
  std::deque<std::function<void()>> posted;
  void post(std::function<void()> task) override { posted.push_back(std::move(task)); }
  TimerId call_at(SteadyTime, std::function<void()>) override { return 1; }
  void cancel(TimerId) override {}
  void run() {
    while (!posted.empty()) {
      auto task = std::move(posted.front());
      posted.pop_front();
      task();
    }
  }
};

struct FakeWorker final : http::HttpWorker {
  std::vector<http::Request> requests;
  std::function<void(http::Reply)> pending;
  void start(http::Request request, http::RequestSettings, std::function<void(http::Reply)> done) override {
    requests.push_back(std::move(request));
    pending = std::move(done);
  }
  void cancel() override { pending = nullptr; }
  bool busy() const override { return pending != nullptr; }
};

struct TransportObject : ::testing::Test {
  ManualScheduler home;
  FakeWorker* worker = new FakeWorker;  // owned by the transport
  std::optional<HttpWay> way = HttpWay{kUrl, {}};
  HttpTransport transport{home, std::unique_ptr<http::HttpWorker>(worker), [this] { return way; }};
  std::vector<TransportReply> replies;
  void send() {
    transport.send({}, [this](TransportReply reply) { replies.push_back(std::move(reply)); });
  }
};

TEST_F(TransportObject, PassesTheReplyOn) {
  send();
  ASSERT_EQ(worker->requests.size(), 1u);
  std::exchange(worker->pending, nullptr)(status(200, "a.b.c", kJose));
  ASSERT_EQ(replies.size(), 1u);
  EXPECT_EQ(replies.at(0).body, "a.b.c");
}

TEST_F(TransportObject, WithoutAWayItIsNotAvailableAndNeverInsideTheCall) {
  way.reset();
  send();
  EXPECT_TRUE(replies.empty());
  home.run();
  ASSERT_EQ(replies.size(), 1u);
  EXPECT_EQ(replies.at(0).failure, TransportFailure::NotAvailable);
  EXPECT_TRUE(worker->requests.empty());
}

TEST_F(TransportObject, ACancelledOneIsAnsweredOnceAndTheNextIsNot) {
  send();
  transport.cancel();
  EXPECT_TRUE(replies.empty());
  home.run();
  ASSERT_EQ(replies.size(), 1u);
  EXPECT_EQ(replies.at(0).failure, TransportFailure::SendFailed);
  send();
  std::exchange(worker->pending, nullptr)(status(200, "a.b.c", kJose));
  EXPECT_EQ(replies.size(), 2u);
}

}  // namespace
}  // namespace lictor::agent
