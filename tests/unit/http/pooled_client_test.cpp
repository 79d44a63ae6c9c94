#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <thread>

#include "foundation/http_client/pooled_client.hpp"
#include "foundation/http_server/http_server.hpp"
#include "unit/http/certificates.hpp"
#include "unit/http/raw_client.hpp"
#include "unit/http/test_home.hpp"

namespace lictor {
namespace {

using http::Failure;
using http::PooledClient;
using http::Reply;
using http::Respond;
using http::ServerRequest;

// Handshakes ask it for the time, so it counts connections.
class CountingVerifier final : public http::TlsVerifier {
 public:
  [[nodiscard]] WallTime now() const override {
    ++handshakes;
    return from_civil({2026, 7, 1});
  }
  mutable std::atomic<int> handshakes{0};
};

class PooledHttp : public ::testing::Test {
 protected:
  void SetUp() override { start_server(0); }

  void start_server(int port) {
    http::ServerSettings settings;
    settings.port = port;
    settings.certificate_chain_pem = identity_.chain_pem;
    settings.private_key_pem = Secret::from_text(identity_.key_pem);
    std::vector<http::Route> routes;
    routes.push_back({"POST", "/echo", 100'000,
                      [this](ServerRequest request, Respond respond) {
                        ++served_;
                        respond({200, "text/plain", {}, request.body});
                      },
                      "echo"});
    routes.push_back({"GET", "/large", 0,
                      [](ServerRequest, Respond respond) {
                        respond({200, "text/plain", {}, std::string(100'000, 'x')});
                      },
                      "large"});
    routes.push_back({"GET", "/never", 0,
                      [this](ServerRequest, Respond respond) {
                        const std::lock_guard lock(mutex_);
                        kept_.push_back(std::move(respond));
                        arrived_.notify_all();
                      },
                      "never"});
    auto started = http::start_server(std::move(settings), std::move(routes), {}, log_, *metrics_);
    ASSERT_TRUE(started) << started.error().message;
    server_ = std::move(*started);
  }

  http::RequestSettings settings() {
    http::RequestSettings out;
    out.tls.trusted_roots = {authority_->root_der()};
    out.tls.verifier = &verifier_;
    out.static_hosts = {{"manager.example", "127.0.0.1"}, {"other.example", "127.0.0.1"}};
    out.total_timeout = seconds(20);
    return out;
  }
  std::unique_ptr<PooledClient> pool(int connections) {
    return http::make_pooled_client(home_, {settings(), connections});
  }
  std::string url(const std::string& path, const std::string& host = "manager.example") const {
    return "https://" + host + ":" + std::to_string(server_->port()) + path;
  }
  http::Request echo(const std::string& body) const { return {"POST", url("/echo"), {}, body}; }
  bool wait_for_hanging(std::size_t count) {
    std::unique_lock lock(mutex_);
    return arrived_.wait_for(lock, std::chrono::seconds(10), [&] { return kept_.size() >= count; });
  }
  // Runs what is posted until `done`; false where nothing comes for too long.
  bool run_until(const std::function<bool()>& done) {
    while (!done()) {
      if (!home_.run_one()) return false;
    }
    return true;
  }
  Reply fetch(PooledClient& client, http::Request request) {
    std::optional<Reply> got;
    client.start(std::move(request), [&](Reply reply) { got = std::move(reply); });
    EXPECT_TRUE(run_until([&] { return got.has_value(); }));
    return got.value_or(Reply{});
  }

  NoLog log_;
  std::unique_ptr<Metrics> metrics_ = http::make_prometheus_metrics();
  std::unique_ptr<test::Authority> authority_ = test::make_authority("Test TLS root");
  test::Identity identity_ =
      authority_->issue({{"manager.example"}, from_civil({2026, 1, 1}), from_civil({2027, 1, 1}), "", "serverAuth"});
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Respond> kept_;
  std::atomic<int> served_{0};
  CountingVerifier verifier_;
  test::TestHome home_;
  std::unique_ptr<http::Server> server_;
};

TEST_F(PooledHttp, ManyRequestsShareFewConnectionsAndEachGetsItsOwnAnswer) {
  constexpr int kRequests = 300;
  constexpr int kConnections = 4;
  const auto client = pool(kConnections);
  std::map<int, std::string> answers;
  int calls = 0;
  for (int i = 0; i < kRequests; ++i) {
    client->start(echo("request " + std::to_string(i)), [&, i, home = std::this_thread::get_id()](Reply reply) {
      EXPECT_EQ(std::this_thread::get_id(), home);
      EXPECT_FALSE(reply.failure) << reply.detail;
      answers[i] = reply.body;
      ++calls;
    });
  }
  EXPECT_EQ(client->outstanding(), kRequests);
  ASSERT_TRUE(run_until([&] { return calls == kRequests; }));
  EXPECT_EQ(client->outstanding(), 0U);
  for (int i = 0; i < kRequests; ++i) EXPECT_EQ(answers[i], "request " + std::to_string(i));
  EXPECT_EQ(served_, kRequests);
  EXPECT_LE(verifier_.handshakes, kConnections) << "connections are kept";
}

TEST_F(PooledHttp, NoMoreThanTheGivenNumberIsOnItsWay) {
  const auto client = pool(3);
  int answered = 0;
  for (int i = 0; i < 10; ++i) client->start({"GET", url("/never"), {}, ""}, [&](Reply) { ++answered; });
  ASSERT_TRUE(wait_for_hanging(3));
  // Three by three: the server never sees a fourth before one of them is answered.
  while (answered < 10) {
    std::vector<Respond> now;
    {
      const std::lock_guard lock(mutex_);
      EXPECT_LE(kept_.size(), 3U);
      now.swap(kept_);
    }
    for (auto& respond : now) respond({200, "text/plain", {}, ""});
    const int goal = answered + static_cast<int>(now.size());
    ASSERT_TRUE(run_until([&] { return answered >= goal; }));
    ASSERT_TRUE(wait_for_hanging(std::min<std::size_t>(3, static_cast<std::size_t>(10 - answered))));
  }
  EXPECT_LE(verifier_.handshakes, 3);
}

TEST_F(PooledHttp, WhatIsCancelledSaysNothing) {
  const auto client = pool(1);
  bool running_done = false;
  bool queued_done = false;
  const auto running = client->start({"GET", url("/never"), {}, ""}, [&](Reply) { running_done = true; });
  ASSERT_TRUE(wait_for_hanging(1));
  const auto queued = client->start(echo("queued"), [&](Reply) { queued_done = true; });
  std::optional<Reply> last;
  client->start(echo("last"), [&](Reply reply) { last = std::move(reply); });
  client->cancel(queued);
  client->cancel(running);
  client->cancel(12345);
  EXPECT_EQ(client->outstanding(), 1U);
  ASSERT_TRUE(run_until([&] { return last.has_value(); })) << "the place of what was cancelled is free";
  EXPECT_EQ(last->body, "last");
  EXPECT_FALSE(running_done || queued_done);
  EXPECT_EQ(served_, 1);
}

TEST_F(PooledHttp, ACancelAfterTheAnswerHasComeStillCounts) {
  const auto client = pool(2);
  bool called = false;
  const auto id = client->start(echo("first"), [&](Reply) { called = true; });
  ASSERT_TRUE(home_.wait_for_task()) << "the answer waits on the loop";
  client->cancel(id);
  EXPECT_EQ(fetch(*client, echo("second")).body, "second");
  EXPECT_FALSE(called);
}

TEST_F(PooledHttp, FailuresAreThoseOfTheBlockingClient) {
  int closed_port = 0;
  {
    test::RawListener listener;
    closed_port = listener.port();
  }
  auto with = settings();
  with.max_answer_bytes = 1000;
  const auto pooled = http::make_pooled_client(home_, {with, 2});
  const auto blocking = http::make_client();
  const struct {
    std::string url;
    Failure failure;
  } rows[] = {
      {"ftp://manager.example/", Failure::BadUrl},
      {"http://manager.example:" + std::to_string(server_->port()) + "/echo", Failure::HttpNotAllowed},
      {url("/echo", "other.example"), Failure::CertificateName},
      {"https://127.0.0.1:" + std::to_string(closed_port) + "/", Failure::Connect},
      {url("/large"), Failure::AnswerTooLarge},
  };
  for (const auto& row : rows) {
    const http::Request request{"GET", row.url, {}, ""};
    const auto reply = fetch(*pooled, request);
    const auto other = blocking->fetch(request, with);
    ASSERT_TRUE(reply.failure && other.failure) << row.url;
    EXPECT_EQ(*reply.failure, row.failure) << row.url << ": " << reply.detail;
    EXPECT_EQ(*other.failure, row.failure) << row.url << ": " << other.detail;
    EXPECT_EQ(reply.certificate_serial, other.certificate_serial);
  }
}

TEST_F(PooledHttp, OnlyTheGivenRootsAreTrustedWhateverOthersTrust) {
  const auto stranger = test::make_authority("Another root");
  auto with = settings();
  with.tls.trusted_roots = {stranger->root_der()};
  const auto distrustful = http::make_pooled_client(home_, {with, 2});
  for (int i = 0; i < 2; ++i) {
    const auto reply = fetch(*distrustful, echo("secret"));
    ASSERT_TRUE(reply.failure);
    EXPECT_EQ(*reply.failure, Failure::CertificateUntrusted);
  }
  EXPECT_EQ(served_, 0);
  with.tls.trusted_roots = {Bytes{1, 2, 3}};
  const auto broken = http::make_pooled_client(home_, {with, 2});
  const auto reply = fetch(*broken, echo("secret"));
  ASSERT_TRUE(reply.failure);
  EXPECT_EQ(*reply.failure, Failure::CertificateUntrusted);
  EXPECT_NE(reply.detail.find("a trusted root is no certificate"), std::string::npos) << reply.detail;
}

TEST_F(PooledHttp, ARestartedServerIsFoundAgain) {
  const auto client = pool(2);
  EXPECT_EQ(fetch(*client, echo("before")).body, "before");
  const int port = server_->port();
  server_.reset();
  const auto lost = fetch(*client, {"POST", "https://manager.example:" + std::to_string(port) + "/echo", {}, "x"});
  EXPECT_TRUE(lost.failure);
  start_server(port);
  EXPECT_EQ(fetch(*client, echo("after")).body, "after");
}

TEST_F(PooledHttp, EndsInTheMiddleOfEverything) {
  auto client = pool(2);
  bool called = false;
  for (int i = 0; i < 8; ++i) client->start({"GET", url("/never"), {}, ""}, [&](Reply) { called = true; });
  ASSERT_TRUE(wait_for_hanging(2));
  client.reset();  // returns, although the server never answers
  bool marked = false;
  home_.post([&] { marked = true; });
  ASSERT_TRUE(run_until([&] { return marked; }));
  EXPECT_FALSE(called);
}

}  // namespace
}  // namespace lictor
