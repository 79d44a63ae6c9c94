#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <mutex>
#include <semaphore>
#include <thread>

#include "foundation/http_server/http_server.hpp"
#include "unit/http/raw_client.hpp"

namespace lictor {
namespace {

using http::Admission;
using http::problem;
using http::RequestHead;
using http::Respond;
using http::Route;
using http::ServerRequest;
using http::ServerResponse;
using http::ServerSettings;
using test::RawClient;

ServerResponse text(std::string body) {
  return {200, "text/plain", {}, std::move(body)};
}

class FixedClock final : public Clock {
 public:
  [[nodiscard]] WallTime wall() const override { return from_civil({2026, 11, 24, 9, 5, 7}); }
  [[nodiscard]] SteadyTime steady() const override { return {}; }
};

// A plain HTTP server with the routes that the tests speak to; TLS is tested with the client.
class HttpServer : public ::testing::Test {
 protected:
  static ServerSettings quick_settings() {
    ServerSettings settings;
    settings.header_timeout = Duration(150);
    settings.body_timeout = Duration(150);
    settings.idle_timeout = Duration(2000);
    return settings;
  }

  std::vector<Route> routes() {
    std::vector<Route> out;
    out.push_back({"GET", "/hello", 1024, [](ServerRequest, Respond respond) { respond(text("hello")); }, "hello"});
    out.push_back({"POST", "/echo", 1000,
                   [this](ServerRequest request, Respond respond) {
                     bodies_read_ += 1;
                     respond(text(request.body));
                   },
                   "echo"});
    out.push_back({"GET", "/accounts/{account}/tokens/{token}", 0,
                   [](ServerRequest request, Respond respond) {
                     respond(text(std::string(request.query_value("{account}")) + "|" +
                                  std::string(request.query_value("{token}")) + "|" +
                                  std::string(request.query_value("q")) + "|" + request.path));
                   },
                   "token"});
    out.push_back({"GET", "/accounts/{account}/tokens/new", 0,
                   [](ServerRequest, Respond respond) { respond(text("new")); }, "newtoken"});
    out.push_back({"DELETE", "/accounts/{account}/tokens/{token}", 0,
                   [](ServerRequest, Respond respond) {
                     respond({204, "", {}, ""});
                   },
                   "delete"});
    out.push_back({"GET", "/later", 0,
                   [this](ServerRequest, Respond respond) {
                     const std::lock_guard lock(mutex_);
                     waiting_.push_back(std::move(respond));
                     arrived_.notify_all();
                   },
                   "later"});
    out.push_back({"GET", "/dropped", 0, [](ServerRequest, Respond) {}, "dropped"});
    out.push_back({"GET", "/throws", 0, [](ServerRequest, Respond) { throw std::runtime_error("broken"); }, "throws"});
    out.push_back({"GET", "/twice", 0,
                   [](ServerRequest, Respond respond) {
                     respond(text("first"));
                     respond(text("second"));
                   },
                   "twice"});
    out.push_back({"GET", "/header", 0,
                   [](ServerRequest, Respond respond) {
                     respond({200, "text/plain", {{"X-Name", "a\r\nInjected: yes"}, {"Bad Name", "x"}}, "x"});
                   },
                   "header"});
    return out;
  }

  void start(ServerSettings settings = quick_settings(), Admission admission = {}) {
    auto started = http::start_server(std::move(settings), routes(), std::move(admission), log_, *metrics_);
    ASSERT_TRUE(started) << started.error().message;
    server_ = std::move(*started);
  }
  std::optional<test::RawAnswer> once(const std::string& bytes) { return RawClient(server_->port()).exchange(bytes); }
  std::optional<test::RawAnswer> get(const std::string& target) {
    return once("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n");
  }
  Respond take_waiting() {
    std::unique_lock lock(mutex_);
    arrived_.wait_for(lock, std::chrono::seconds(5), [this] { return !waiting_.empty(); });
    if (waiting_.empty()) return {};
    Respond out = std::move(waiting_.back());
    waiting_.pop_back();
    return out;
  }

  NoLog log_;
  std::unique_ptr<Metrics> metrics_ = http::make_prometheus_metrics();
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Respond> waiting_;
  std::atomic<int> bodies_read_{0};
  std::unique_ptr<http::Server> server_;
};

TEST_F(HttpServer, TRA_1_AnswersWithItsHeaders) {
  FixedClock clock;
  auto settings = quick_settings();
  settings.clock = &clock;
  start(std::move(settings));
  const auto answer = get("/hello");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "hello");
  EXPECT_EQ(answer->header("Content-Type"), "text/plain");
  EXPECT_EQ(answer->header("Server"), "lictor") << "no version detail";
  EXPECT_EQ(answer->header("Date"), "Tue, 24 Nov 2026 09:05:07 GMT");
  EXPECT_EQ(answer->header("Connection"), "keep-alive");
  EXPECT_EQ(answer->header("Strict-Transport-Security"), "") << "of no meaning over plain HTTP";
  EXPECT_EQ(answer->header("X-Request-Id").size(), 32U);
}

TEST_F(HttpServer, WithoutAClockThereIsNoDate) {
  start();
  EXPECT_EQ(get("/hello")->header("Date"), "");
}

TEST_F(HttpServer, RequestIdIsTakenWhenWellFormed) {
  start();
  const auto with = [&](const std::string& id) {
    return once("GET /hello HTTP/1.1\r\nHost: a\r\nX-Request-Id: " + id + "\r\n\r\n")->header("X-Request-Id");
  };
  EXPECT_EQ(with("abc-123_x.y"), "abc-123_x.y");
  EXPECT_EQ(with("has blank").size(), 32U);
  EXPECT_EQ(with(std::string(65, 'a')).size(), 32U);
}

TEST_F(HttpServer, API_4_EveryAnswerIsALogRecordWithItsRequestId) {
  class Recorder final : public Log {
   public:
    void write(const MessageRow& message, std::initializer_list<LogField> fields) override {
      if (message.id != "HTTP_REQUEST") return;
      const std::lock_guard lock(mutex);
      std::string line;
      for (const auto& field : fields) {
        if (field.name != "ms") line += std::string(field.name) + "=" + field.value + " ";
      }
      lines.push_back(std::move(line));
      written.notify_all();
    }
    std::vector<std::string> wait_for(std::size_t count) {
      std::unique_lock lock(mutex);
      written.wait_for(lock, std::chrono::seconds(5), [&] { return lines.size() >= count; });
      return lines;
    }

   private:
    std::mutex mutex;
    std::condition_variable written;
    std::vector<std::string> lines;
  };
  Recorder recorder;
  auto started = http::start_server(quick_settings(), routes(), {}, recorder, *metrics_);
  ASSERT_TRUE(started);
  server_ = std::move(*started);
  once("GET /hello HTTP/1.1\r\nHost: a\r\nX-Request-Id: asked-for\r\n\r\n");
  const auto made = get("/nothing/secret-in-a-path")->header("X-Request-Id");
  const auto lines = recorder.wait_for(2);
  server_.reset();  // before the recorder goes
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].substr(0, lines[0].find(' ')), "request_id=asked-for");
  for (const auto& line : lines) EXPECT_NE(line.find("peer=127.0.0.1 "), std::string::npos) << line;
  EXPECT_NE(lines[0].find("method=GET route=hello status=200"), std::string::npos) << lines[0];
  EXPECT_NE(lines[1].find("request_id=" + made), std::string::npos) << lines[1];
  EXPECT_NE(lines[1].find("route=unmatched status=404"), std::string::npos) << lines[1];
  EXPECT_EQ(lines[1].find("secret"), std::string::npos) << lines[1];
}

TEST_F(HttpServer, UnknownPathsAndMethodsAreProblems) {
  start();
  struct Row {
    std::string method, target;
    int status;
    std::string allow, code;
  };
  const std::vector<Row> rows{
      {"GET", "/nothing", 404, "", "not-found"},
      {"GET", "/Hello", 404, "", "not-found"},   // case-sensitive
      {"GET", "/hello/", 404, "", "not-found"},  // another path
      {"GET", "//hello", 404, "", "not-found"},
      {"GET", "/accounts//tokens/1", 404, "", "not-found"},
      {"POST", "/hello", 405, "GET, HEAD", "method-not-allowed"},
      {"PUT", "/accounts/1/tokens/2", 405, "DELETE, GET, HEAD", "method-not-allowed"},
      {"GET", "/echo", 405, "POST", "method-not-allowed"},
      {"BREW", "/echo", 405, "POST", "method-not-allowed"},
      {"GET", "/bad%zz", 400, "", "bad-request"},
      {"GET", "/nul%00", 400, "", "bad-request"},
      {"OPTIONS", "*", 400, "", "bad-request"},
  };
  for (const auto& row : rows) {
    const auto answer = once(row.method + " " + row.target + " HTTP/1.1\r\nHost: a\r\n\r\n");
    ASSERT_TRUE(answer) << row.target;
    EXPECT_EQ(answer->status, row.status) << row.method << " " << row.target;
    EXPECT_EQ(answer->header("Allow"), row.allow) << row.target;
    EXPECT_EQ(answer->header("Content-Type"), "application/problem+json");
    EXPECT_NE(answer->body.find("\"code\":\"" + row.code + "\""), std::string::npos) << answer->body;
  }
}

TEST_F(HttpServer, SegmentsAndQueryArriveDecoded) {
  start();
  EXPECT_EQ(get("/accounts/12/tokens/a%2Fb?q=x+y%26z")->body, "12|a/b|x y&z|/accounts/12/tokens/a/b");
  EXPECT_EQ(get("/accounts/12/tokens/new")->body, "new") << "a literal segment comes before a parameter";
  EXPECT_EQ(get("http://other.example/accounts/1/tokens/2")->body, "1|2||/accounts/1/tokens/2");
  EXPECT_EQ(once("DELETE /accounts/1/tokens/new HTTP/1.1\r\nHost: a\r\n\r\n")->status, 204)
      << "the literal path lacks the method, the parameter has it";
}

TEST_F(HttpServer, HeadIsLikeGetWithoutABody) {
  start();
  RawClient client(server_->port());
  client.send("HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto head = client.receive(RawClient::Body::Absent);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->header("Content-Length"), "5");
  const auto next = client.exchange("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(next) << "no body bytes stand between";
  EXPECT_EQ(next->body, "hello");
}

TEST_F(HttpServer, KeepsAConnectionOverRequests) {
  start();
  RawClient client(server_->port());
  for (int i = 0; i < 5; ++i) {
    const std::string body(static_cast<std::size_t>(i) * 100, 'x');
    const auto answer = client.exchange(
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, body);
  }
  const auto last = client.exchange("GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  ASSERT_TRUE(last);
  EXPECT_EQ(last->header("Connection"), "close");
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpServer, HTTP10IsServedWithoutKeepAlive) {
  start();
  RawClient client(server_->port());
  const auto answer = client.exchange("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->header("Connection"), "close");
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpServer, RequestsSentTogetherAreAnsweredInOrder) {
  start();
  RawClient client(server_->port());
  client.send(
      "GET /hello HTTP/1.1\r\nHost: a\r\n\r\nPOST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET /nothing"
      " HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(client.receive()->body, "hello");
  EXPECT_EQ(client.receive()->body, "abc");
  EXPECT_EQ(client.receive()->status, 404);
}

TEST_F(HttpServer, PRO_5_MalformedMessagesAreRefused) {
  start();
  struct Row {
    std::string bytes;
    int status;
  };
  const std::vector<Row> rows{
      {"GARBAGE\r\n\r\n", 400},
      {"GET /hello HTTP/1.1\r\n\r\n", 400},  // no Host
      {"GET /hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"GET /hello HTTP/2.0\r\nHost: a\r\n\r\n", 505},
      {"GET /hello HTTP/1.1\r\nHost: a\r\nX: " + std::string(17000, 'y') + "\r\n\r\n", 431},
      {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400},
      {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
      {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400},
      {"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
      {"POST /echo HTTP/1.1\r\nHost: a\r\nExpect: a miracle\r\nContent-Length: 1\r\n\r\n", 417},
  };
  for (const auto& row : rows) {
    RawClient client(server_->port());
    const auto answer = client.exchange(row.bytes);
    ASSERT_TRUE(answer) << row.bytes.substr(0, 80);
    EXPECT_EQ(answer->status, row.status) << row.bytes.substr(0, 120) << answer->body;
  }
  EXPECT_EQ(bodies_read_, 0);
}

TEST_F(HttpServer, PRO_5_OversizeBodyIsRefusedBeforeItIsRead) {
  start();
  RawClient client(server_->port());
  const auto answer = client.exchange("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3145728\r\n\r\n");
  ASSERT_TRUE(answer) << "no byte of the body was sent";
  EXPECT_EQ(answer->status, 413);
  EXPECT_EQ(answer->header("Connection"), "close");
  EXPECT_EQ(bodies_read_, 0);
}

TEST_F(HttpServer, PRO_5_RefusalReachesAClientThatIsStillSending) {
  start();
  RawClient client(server_->port());
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n");
  client.send(std::string(3000000, 'x'));
  const auto answer = client.receive();
  ASSERT_TRUE(answer) << "a reset would have swallowed the answer";
  EXPECT_EQ(answer->status, 413);
}

TEST_F(HttpServer, PRO_5_ChunkedBodyIsCutAtTheLimit) {
  start();
  const std::string chunk = "1f4\r\n" + std::string(500, 'x') + "\r\n";
  const std::string head = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  const auto good = once(head + chunk + chunk + "0\r\n\r\n");
  ASSERT_TRUE(good);
  EXPECT_EQ(good->body.size(), 1000U);
  RawClient client(server_->port());
  const auto cut = client.exchange(head + chunk + chunk + chunk);
  ASSERT_TRUE(cut) << "the last chunk has not been sent";
  EXPECT_EQ(cut->status, 413);
  EXPECT_EQ(bodies_read_, 1);
}

TEST_F(HttpServer, Expect100ContinueIsAnsweredOnceTheBodyIsWanted) {
  start();
  RawClient client(server_->port());
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(client.exchange("abc")->body, "abc");
  const auto refused =
      client.exchange("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9999\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(refused->status, 413) << "and no 100 before it";
}

TEST_F(HttpServer, PRO_6_AdmissionAnswersBeforeTheBody) {
  std::atomic<int> asked{0};
  start(quick_settings(), [&](const RequestHead& head) -> std::optional<ServerResponse> {
    ++asked;
    if (head.path != "/echo") return std::nullopt;
    EXPECT_EQ(head.method, "POST");
    EXPECT_EQ(head.peer, "127.0.0.1");
    EXPECT_EQ(head.content_length, 900U);
    auto answer =
        problem(503, "busy", "Service Unavailable", "Your request could not be processed right now. Please try again");
    answer.headers.emplace_back("Retry-After", "30");
    return answer;
  });
  RawClient client(server_->port());
  const auto answer = client.exchange("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n");
  ASSERT_TRUE(answer) << "the body was never sent";
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(answer->header("Retry-After"), "30");
  EXPECT_TRUE(client.closed());
  EXPECT_EQ(get("/hello")->status, 200);
  EXPECT_EQ(get("/nothing")->status, 404);
  EXPECT_EQ(asked, 2) << "what has no route costs admission nothing";
  EXPECT_EQ(bodies_read_, 0);
}

TEST_F(HttpServer, SlowHeaderIsCut) {
  start();
  RawClient client(server_->port());
  client.send("GET /hel");
  const auto answer = client.receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 408);
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpServer, DrippingBytesDoNotProlongTheHeader) {
  start();
  RawClient client(server_->port());
  std::atomic<bool> done{false};
  std::thread drip([&] {  // never pauses: a byte whenever the last one is through
    for (int i = 0; i < 15000 && !done; ++i) {
      if (!client.send(i == 0 ? "G" : i == 1 ? "ET /x HTTP/1.1\r\nX: " : "y")) return;
      std::this_thread::yield();
    }
  });
  const auto answer = client.receive();
  done = true;
  drip.join();
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->status == 408 || answer->status == 431) << answer->status;
}

TEST_F(HttpServer, SlowBodyIsCut) {
  start();
  RawClient client(server_->port());
  const auto answer = client.exchange("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 408);
  EXPECT_EQ(bodies_read_, 0);
}

TEST_F(HttpServer, IdleConnectionIsClosedWithoutAWord) {
  auto settings = quick_settings();
  settings.idle_timeout = Duration(100);
  start(std::move(settings));
  RawClient silent(server_->port());
  EXPECT_FALSE(silent.receive());
  RawClient after_one(server_->port());
  EXPECT_EQ(after_one.exchange("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")->status, 200);
  EXPECT_TRUE(after_one.closed());
}

TEST_F(HttpServer, ConnectionsBeyondTheLimitAreClosedAtOnce) {
  auto settings = quick_settings();
  settings.max_connections = 1;
  start(std::move(settings));
  RawClient first(server_->port());
  EXPECT_EQ(first.exchange("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")->status, 200);
  RawClient second(server_->port());
  EXPECT_TRUE(second.closed());
  EXPECT_EQ(first.exchange("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")->status, 200);
  EXPECT_NE(metrics_->render().find("lictor_http_connections_refused_total 1"), std::string::npos);
}

// One loop that a handler holds up, twice; meanwhile another request arrives, and waits unread.
TEST_F(HttpServer, PRO_6_AdmissionLearnsHowLongRequestsWaitUnreadOnceItIsMoreThanAMoment) {
  std::counting_semaphore<> held(0);
  std::counting_semaphore<> go_on(0);
  std::mutex mutex;
  std::vector<Duration> seen;
  auto settings = quick_settings();
  settings.loops = 1;
  settings.header_timeout = settings.body_timeout = settings.idle_timeout = seconds(60);
  std::vector<Route> routes;
  routes.push_back({"GET", "/hello", 0, [](ServerRequest, Respond respond) { respond(text("hello")); }, "hello"});
  routes.push_back({"GET", "/hold", 0,
                    [&](ServerRequest, Respond respond) {
                      held.release();
                      go_on.acquire();
                      respond(text("held"));
                    },
                    "hold"});
  const auto note = [&](const RequestHead& head) -> std::optional<ServerResponse> {
    const std::lock_guard lock(mutex);
    seen.push_back(head.lateness);
    return std::nullopt;
  };
  server_ = http::start_server(std::move(settings), std::move(routes), note, log_, *metrics_).value();
  const auto pass = [](Duration time) {
    const auto began = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() - began < time) std::this_thread::yield();
  };
  RawClient first(server_->port());
  RawClient second(server_->port());
  EXPECT_EQ(second.exchange("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")->status, 200);
  for (int i = 0; i < 2; ++i) {
    pass(Duration(10));                                   // it looks again only after a while
    first.send("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");  // it looks, then the handler holds the loop
    held.acquire();
    second.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    pass(Duration(50));
    go_on.release();
    EXPECT_EQ(first.receive()->body, "held");
    EXPECT_EQ(second.receive()->body, "hello");
  }
  const std::lock_guard lock(mutex);
  ASSERT_EQ(seen.size(), 5U);
  EXPECT_EQ(seen[0], Duration(0));
  EXPECT_GE(seen[4], Duration(50)) << "it lay unread as long as the loop was held, and so did the one before";
}

TEST_F(HttpServer, RespondsFromAnotherThread) {
  start();
  RawClient client(server_->port());
  client.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
  Respond respond = take_waiting();
  ASSERT_TRUE(respond);
  EXPECT_EQ(server_->outstanding(), 1);
  std::thread([&] { respond(text("from afar")); }).join();
  EXPECT_EQ(client.receive()->body, "from afar");
  respond(text("again"));
  EXPECT_EQ(client.exchange("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")->body, "hello");
}

TEST_F(HttpServer, ARespondThatIsDroppedAnswers500) {
  start();
  EXPECT_EQ(get("/dropped")->status, 500);
  EXPECT_EQ(get("/throws")->status, 500);
  RawClient client(server_->port());
  client.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
  { const Respond gone = take_waiting(); }
  EXPECT_EQ(client.receive()->status, 500);
}

TEST_F(HttpServer, OnlyTheFirstAnswerCounts) {
  start();
  RawClient client(server_->port());
  EXPECT_EQ(client.exchange("GET /twice HTTP/1.1\r\nHost: a\r\n\r\n")->body, "first");
  EXPECT_EQ(client.exchange("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")->body, "hello");
}

TEST_F(HttpServer, HeaderValuesCannotEndALine) {
  start();
  const auto answer = get("/header");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->header("Injected"), "");
  EXPECT_EQ(answer->header("X-Name"), "aInjected: yes");
  EXPECT_EQ(answer->head.find("Bad Name"), std::string::npos);
}

TEST_F(HttpServer, StopWaitsForARunningRequest) {
  start();
  RawClient idle(server_->port());
  EXPECT_EQ(idle.exchange("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")->status, 200);
  RawClient client(server_->port());
  client.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
  Respond respond = take_waiting();
  ASSERT_TRUE(respond);
  const int port = server_->port();
  auto stopping = std::async(std::launch::async, [&] { server_->stop(seconds(5)); });
  EXPECT_TRUE(idle.closed()) << "an idle connection ends at once";
  respond(text("in time"));
  const auto answer = client.receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "in time");
  EXPECT_EQ(answer->header("Connection"), "close");
  stopping.get();
  EXPECT_LT(RawClient(port).descriptor(), 0) << "nobody listens any more";
}

TEST_F(HttpServer, StopGivesUpAfterItsGrace) {
  start();
  RawClient client(server_->port());
  client.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
  Respond respond = take_waiting();
  ASSERT_TRUE(respond);
  server_->stop(Duration(50));
  EXPECT_FALSE(client.receive());
  respond(text("too late"));  // to no effect
  server_.reset();
  respond(text("much too late"));
}

TEST_F(HttpServer, HundredClientsInParallel) {
  start();
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 100; ++i) {
    threads.emplace_back([&, i] {
      RawClient client(server_->port());
      for (int k = 0; k < 5; ++k) {
        const std::string body = "client " + std::to_string(i) + " request " + std::to_string(k);
        const auto answer = client.exchange(
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
        if (answer && answer->body == body) ++good;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 500);
}

TEST_F(HttpServer, ErrorsOfStarting) {
  start();
  ServerSettings taken;
  taken.port = server_->port();
  auto second = http::start_server(std::move(taken), routes(), {}, log_, *metrics_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::Unavailable);
  EXPECT_NE(second.error().message.find(std::to_string(server_->port())), std::string::npos) << second.error().message;
  ServerSettings bad_key;
  bad_key.certificate_chain_pem = "no PEM";
  auto third = http::start_server(std::move(bad_key), routes(), {}, log_, *metrics_);
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code, ErrorCode::Crypto);
  auto doubled = routes();
  doubled.push_back({"GET", "/hello", 0, [](ServerRequest, Respond) {}, ""});
  auto fourth = http::start_server({}, std::move(doubled), {}, log_, *metrics_);
  ASSERT_FALSE(fourth);
  EXPECT_EQ(fourth.error().code, ErrorCode::InvalidArgument);
}

TEST_F(HttpServer, API_4_MetricsCountRequestsByRoute) {
  start();
  get("/hello");
  get("/hello");
  get("/nothing");
  once("BREW /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  server_->stop(seconds(5));
  const std::string text = metrics_->render();
  for (const std::string line : {
           R"(lictor_http_requests_total{method="GET",route="hello",status="200"} 2)",
           R"(lictor_http_requests_total{method="GET",route="unmatched",status="404"} 1)",
           R"(lictor_http_requests_total{method="other",route="unmatched",status="405"} 1)",
           R"(lictor_http_request_seconds_count{route="hello"} 2)",
           R"(# TYPE lictor_http_request_seconds histogram)",
           R"(# TYPE lictor_http_requests_total counter)",
       }) {
    EXPECT_NE(text.find(line + "\n"), std::string::npos) << line << "\nin\n" << text;
  }
}

TEST(PrometheusMetrics, API_4_SameNameAndLabelsGiveTheSameHandle) {
  const auto metrics = http::make_prometheus_metrics();
  metrics->counter("lictor_things_total", "Things.", {{"kind", "a"}}).add(2);
  metrics->counter("lictor_things_total", "Things.", {{"kind", "a"}}).add(1);
  metrics->counter("lictor_things_total", "Things.", {{"kind", "b"}}).add(5);
  metrics->gauge("lictor_level", "Level.").set(7.5);
  metrics->histogram("lictor_wait_seconds", "Wait.", {0.1, 1}).observe(0.5);
  const std::string text = metrics->render();
  for (const std::string line :
       {R"(lictor_things_total{kind="a"} 3)", R"(lictor_things_total{kind="b"} 5)", R"(lictor_level 7.5)",
        R"(lictor_wait_seconds_bucket{le="0.1"} 0)", R"(lictor_wait_seconds_bucket{le="1"} 1)",
        R"(lictor_wait_seconds_bucket{le="+Inf"} 1)"}) {
    EXPECT_NE(text.find(line + "\n"), std::string::npos) << line << "\nin\n" << text;
  }
}

}  // namespace
}  // namespace lictor
