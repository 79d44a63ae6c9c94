#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "foundation/http_client/http_client.hpp"
#include "foundation/http_server/http_server.hpp"
#include "unit/http/certificates.hpp"
#include "unit/http/raw_client.hpp"
#include "unit/http/small_peers.hpp"
#include "unit/http/test_home.hpp"
#include "unit/http/tls_probe.hpp"

namespace lictor {
namespace {

using http::Failure;
using http::Reply;
using http::RequestSettings;
using http::Respond;
using http::RevocationCheck;
using http::ServerRequest;
using http::ServerSettings;
using http::TlsSettings;

const WallTime kBegin = from_civil({2026, 1, 1});
const WallTime kMiddle = from_civil({2026, 7, 1});
const WallTime kEnd = from_civil({2027, 1, 1});

// The clock that handshakes ask; it counts them by the way.
class TestVerifier final : public http::TlsVerifier {
 public:
  [[nodiscard]] WallTime now() const override {
    ++handshakes;
    return time;
  }
  WallTime time = kMiddle;
  mutable std::atomic<int> handshakes{0};
};

// A TLS server for "manager.example" and the settings of a client that trusts its authority.
class HttpClient : public ::testing::Test {
 protected:
  void SetUp() override { start({}); }

  std::vector<http::Route> routes() {
    std::vector<http::Route> out;
    out.push_back({"GET", "/hello", 0,
                   [](ServerRequest request, Respond respond) {
                     respond({200, "text/plain", {{"X-Seen", std::string(request.header("x-mine"))}}, "hello"});
                   },
                   "hello"});
    out.push_back({"POST", "/echo", 3145728,
                   [](ServerRequest request, Respond respond) {
                     respond({200, std::string(request.header("content-type")), {}, request.body});
                   },
                   "echo"});
    out.push_back({"PUT", "/echo", 100,
                   [](ServerRequest request, Respond respond) {
                     respond({200, "text/plain", {}, request.method + request.body});
                   },
                   "put"});
    out.push_back({"GET", "/moved", 0,
                   [](ServerRequest, Respond respond) {
                     respond({302, "text/plain", {{"Location", "/hello"}}, ""});
                   },
                   "moved"});
    out.push_back({"GET", "/large", 0,
                   [](ServerRequest, Respond respond) {
                     respond({200, "text/plain", {}, std::string(100'000, 'x')});
                   },
                   "large"});
    out.push_back({"GET", "/never", 0,
                   [this](ServerRequest, Respond respond) {
                     const std::lock_guard lock(mutex_);
                     kept_.push_back(std::move(respond));
                     arrived_.notify_all();
                   },
                   "never"});
    out.push_back({"GET", "/crl", 0,
                   [this](ServerRequest, Respond respond) {
                     const std::lock_guard lock(mutex_);
                     ++crl_fetches_;
                     respond({crl_.empty() ? 404 : 200, "application/pkix-crl", {}, std::string(as_text(crl_))});
                   },
                   "crl"});
    return out;
  }

  test::LeafSettings leaf() const { return {{"manager.example"}, kBegin, kEnd, crl_url_, "serverAuth"}; }

  void start(ServerSettings settings, std::optional<test::LeafSettings> with = {}) {
    server_.reset();
    identity_ = authority_->issue(with.value_or(leaf()));
    settings.certificate_chain_pem = identity_.chain_pem;
    settings.private_key_pem = Secret::from_text(identity_.key_pem);
    auto started = http::start_server(std::move(settings), routes(), {}, log_, *metrics_);
    ASSERT_TRUE(started) << started.error().message;
    server_ = std::move(*started);
  }
  // A plain server for the CRL; the TLS server's certificate then names it.
  void start_with_crl() {
    auto started = http::start_server({}, routes(), {}, log_, *metrics_);
    ASSERT_TRUE(started);
    crl_server_ = std::move(*started);
    crl_url_ = "http://127.0.0.1:" + std::to_string(crl_server_->port()) + "/crl";
    start({});
  }

  RequestSettings settings() {
    RequestSettings out;
    out.tls.trusted_roots = {authority_->root_der()};
    out.tls.verifier = &verifier_;
    out.static_hosts = {{"Manager.Example", "127.0.0.1"}, {"other.example", "127.0.0.1"}};
    out.total_timeout = seconds(5);
    return out;
  }
  RequestSettings with_revocation(RevocationCheck check) {
    auto out = settings();
    out.tls.revocation = check;
    return out;
  }
  std::string url(const std::string& path, const std::string& host = "manager.example") const {
    return "https://" + host + ":" + std::to_string(server_->port()) + path;
  }
  Reply get(const RequestSettings& with, const std::string& path = "/hello",
            const std::string& host = "manager.example") {
    return client_->fetch({"GET", url(path, host), {}, ""}, with);
  }

  NoLog log_;
  std::unique_ptr<Metrics> metrics_ = http::make_prometheus_metrics();
  std::unique_ptr<test::Authority> authority_ = test::make_authority("Test TLS root");
  test::Identity identity_;
  std::string crl_url_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Respond> kept_;
  Bytes crl_;
  int crl_fetches_ = 0;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<http::Server> crl_server_;
  TestVerifier verifier_;
  std::unique_ptr<http::Client> client_ = http::make_client();
};

void expect_good(const Reply& reply) {
  EXPECT_FALSE(reply.failure) << to_string(*reply.failure) << ": " << reply.detail;
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, "hello");
}

void expect_failure(const Reply& reply, Failure failure) {
  ASSERT_TRUE(reply.failure) << reply.status << " " << reply.body;
  EXPECT_EQ(to_string(*reply.failure), to_string(failure)) << reply.detail;
  EXPECT_FALSE(reply.detail.empty());
}

TEST_F(HttpClient, TRA_1_DirectHttpsWithTheGivenRoot) {
  const auto reply = client_->fetch({"GET", url("/hello"), {{"X-Mine", "yes"}}, ""}, settings());
  expect_good(reply);
  EXPECT_EQ(reply.header("x-seen"), "yes");
  EXPECT_EQ(reply.header("strict-transport-security"), "max-age=31536000; includeSubDomains");
  EXPECT_EQ(reply.header("content-type"), "text/plain");
}

TEST_F(HttpClient, PRO_1_BodiesTravelUnchanged) {
  std::string body(3'000'000, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 7 % 251);
  const auto reply = client_->fetch({"POST", url("/echo"), {{"Content-Type", "application/jose"}}, body}, settings());
  ASSERT_FALSE(reply.failure) << reply.detail;
  EXPECT_EQ(reply.status, 200);
  EXPECT_TRUE(reply.body == body);
  EXPECT_EQ(reply.header("content-type"), "application/jose");
  EXPECT_EQ(client_->fetch({"POST", url("/echo"), {}, ""}, settings()).status, 200);
  EXPECT_EQ(client_->fetch({"PUT", url("/echo"), {}, "abc"}, settings()).body, "PUTabc");
  const auto head = client_->fetch({"HEAD", url("/hello"), {}, ""}, settings());
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.body, "");
}

TEST_F(HttpClient, PRO_5_TooLargeABodyGetsTheServersAnswer) {
  const auto reply = client_->fetch({"POST", url("/echo"), {}, std::string(3145729, 'x')}, settings());
  ASSERT_FALSE(reply.failure) << reply.detail;
  EXPECT_EQ(reply.status, 413);
}

TEST_F(HttpClient, SCN_6b_AWrongNameIsRefusedUnlessTheCheckIsOff) {
  auto with = settings();
  const auto refused = get(with, "/hello", "other.example");
  expect_failure(refused, Failure::CertificateName);
  EXPECT_EQ(refused.certificate_serial, identity_.serial_hex);
  expect_failure(get(with, "/hello", "127.0.0.1"), Failure::CertificateName);
  with.tls.name_check = TlsSettings::NameCheck::Off;
  expect_good(get(with, "/hello", "other.example"));
  expect_good(get(with, "/hello", "127.0.0.1"));
}

TEST_F(HttpClient, ACertificateMayCarryAnAddress) {
  start({}, test::LeafSettings{{"127.0.0.1"}, kBegin, kEnd, "", "serverAuth"});
  expect_good(get(settings(), "/hello", "127.0.0.1"));
}

TEST_F(HttpClient, TRA_5_AnUntrustedRootIsRefused) {
  auto with = settings();
  with.tls.trusted_roots = {test::make_authority("Test TLS root")->root_der()};  // the same name, another key
  expect_failure(get(with), Failure::CertificateUntrusted);
  with.tls.trusted_roots.clear();
  expect_failure(get(with), Failure::CertificateUntrusted);
  with.tls.use_system_roots = true;
  expect_failure(get(with), Failure::CertificateUntrusted);
  with.tls.trusted_roots = {Bytes{1, 2, 3}};
  expect_failure(get(with), Failure::CertificateUntrusted);
}

TEST_F(HttpClient, ACertificateForClientsIsRefused) {
  start({}, test::LeafSettings{{"manager.example"}, kBegin, kEnd, "", "clientAuth"});
  expect_failure(get(settings()), Failure::CertificateUntrusted);
}

TEST_F(HttpClient, SCN_3b_BeforeTheCertificatesStartByTheVerifiersClock) {
  verifier_.time = kBegin - seconds(1);
  const auto reply = get(settings());
  expect_failure(reply, Failure::CertificateNotYetValid);
  EXPECT_EQ(reply.certificate_serial, identity_.serial_hex);
  ASSERT_TRUE(reply.certificate_date);
  EXPECT_EQ(to_rfc3339(*reply.certificate_date), "2026-01-01T00:00:00Z");
  verifier_.time = kBegin + seconds(1);
  expect_good(get(settings()));
}

TEST_F(HttpClient, SCN_3c_AfterTheCertificatesEndByTheVerifiersClock) {
  verifier_.time = kEnd + seconds(1);
  const auto reply = get(settings());
  expect_failure(reply, Failure::CertificateExpired);
  EXPECT_EQ(reply.certificate_serial, identity_.serial_hex);
  ASSERT_TRUE(reply.certificate_date);
  EXPECT_EQ(to_rfc3339(*reply.certificate_date), "2027-01-01T00:00:00Z");
  verifier_.time = kEnd - seconds(1);
  expect_good(get(settings()));
}

TEST_F(HttpClient, PKI_2_ARevokedCertificateIsRefused) {
  start_with_crl();
  crl_ = authority_->crl({identity_.serial_hex}, kBegin, kEnd);
  for (const auto check : {RevocationCheck::Crl, RevocationCheck::CrlIfAvailable}) {
    const auto reply = get(with_revocation(check));
    expect_failure(reply, Failure::CertificateRevoked);
    EXPECT_EQ(reply.certificate_serial, identity_.serial_hex);
  }
  expect_good(get(with_revocation(RevocationCheck::None)));
}

TEST_F(HttpClient, PKI_2_AListIsKeptUntilItsNextUpdate) {
  start_with_crl();
  crl_ = authority_->crl({"0102"}, kBegin, kMiddle + hours(1));
  auto with = with_revocation(RevocationCheck::Crl);
  with.tls.resumption = TlsSettings::Resumption::Off;  // a handshake for each
  expect_good(get(with));
  expect_good(get(with));
  EXPECT_EQ(crl_fetches_, 1);
  verifier_.time = kMiddle + hours(2);
  expect_failure(get(with), Failure::RevocationUnknown);  // the server still has the old one
  EXPECT_EQ(crl_fetches_, 2);
  crl_ = authority_->crl({"0102"}, kMiddle, kMiddle + hours(9));
  expect_good(get(with));
  EXPECT_EQ(crl_fetches_, 3);
}

TEST_F(HttpClient, SCN_7_AListThatCannotBeFetchedOrUsed) {
  start_with_crl();
  const auto expect_unknown = [&](const std::string& what) {
    auto other = http::make_client();
    std::swap(client_, other);
    const auto strict = get(with_revocation(RevocationCheck::Crl));
    expect_failure(strict, Failure::RevocationUnknown);
    EXPECT_NE(strict.detail.find(what), std::string::npos) << strict.detail;
    expect_good(get(with_revocation(RevocationCheck::CrlIfAvailable)));
  };
  expect_unknown("answers 404");
  crl_ = to_bytes("no list");
  expect_unknown("no revocation list");
  crl_ = test::make_authority("Test TLS root")->crl({}, kBegin, kEnd);
  expect_unknown("not signed");
  crl_server_->stop(Duration::zero());
  expect_unknown("cannot be fetched");
  crl_url_.clear();
  start({});
  expect_unknown("names no list");
}

TEST_F(HttpClient, TRA_2_ProxyByConnect) {
  test::ConnectProxy proxy("", "");
  auto with = settings();
  with.static_hosts.clear();  // the proxy resolves
  with.proxy_host = "127.0.0.1";
  with.proxy_port = proxy.port();
  const auto reply = client_->fetch({"GET", url("/hello"), {{"X-Mine", "secret"}}, ""}, with);
  expect_good(reply);
  ASSERT_EQ(proxy.requests().size(), 1U);
  EXPECT_TRUE(proxy.requests()[0].starts_with("CONNECT manager.example:" + std::to_string(server_->port()) + " "));
  EXPECT_EQ(proxy.requests()[0].find("X-Mine"), std::string::npos) << "our headers are not the proxy's";
  client_.reset();  // ends the connection, so that the proxy ends
}

TEST_F(HttpClient, TRA_2_ProxyWithBasicAuthentication) {
  test::ConnectProxy proxy("", "dXNlcjpwYXNzd29yZA==");
  auto with = settings();
  with.proxy_host = "127.0.0.1";
  with.proxy_port = proxy.port();
  expect_failure(get(with), Failure::ProxyRefused);
  with.proxy_user = "user";
  with.proxy_password = "password";
  expect_good(get(with));
  client_.reset();
}

TEST_F(HttpClient, TRA_2_ProxyFailures) {
  test::ConnectProxy proxy("HTTP/1.1 403 Forbidden\r\n", "");
  auto with = settings();
  with.proxy_host = "127.0.0.1";
  with.proxy_port = proxy.port();
  const auto refused = get(with);
  expect_failure(refused, Failure::ProxyRefused);
  EXPECT_NE(refused.detail.find("403"), std::string::npos) << refused.detail;
  EXPECT_NE(refused.detail.find("proxy"), std::string::npos) << refused.detail;
  with.proxy_host = "no.such.name.invalid";
  with.name_servers = {"127.0.0.1:1"};
  with.connect_timeout = Duration(200);
  expect_failure(get(with), Failure::Resolve);
}

TEST_F(HttpClient, AmbientProxySettingsHaveNoEffect) {
  ::setenv("https_proxy", "http://127.0.0.1:1", 1);
  ::setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
  expect_good(get(settings()));
  ::unsetenv("https_proxy");
  ::unsetenv("ALL_PROXY");
}

TEST_F(HttpClient, TRA_6_NameServersAreAskedUnlessAStaticHostKnows) {
  test::NameServer names("manager.example", "127.0.0.1");
  auto with = settings();
  with.name_servers = {"127.0.0.1:" + std::to_string(names.port())};
  expect_good(get(with));
  EXPECT_EQ(names.queries(), 0);
  with.static_hosts.clear();
  expect_good(get(with));
  EXPECT_GT(names.queries(), 0);
  const auto unknown = get(with, "/hello", "unknown.example");
  expect_failure(unknown, Failure::Resolve);
  EXPECT_NE(unknown.detail.find("unknown.example"), std::string::npos);
  with.name_servers = {"not an address"};
  expect_failure(get(with), Failure::Resolve);
}

TEST_F(HttpClient, NamesOfTheHostsFileAreKnownWithoutTheSystemsResolver) {
  auto with = settings();
  with.static_hosts.clear();
  with.names = RequestSettings::Names::Own;
  with.tls.name_check = TlsSettings::NameCheck::Off;
  expect_good(get(with, "/hello", "localhost"));
}

TEST_F(HttpClient, TRA_6_SourceInterface) {
  auto with = settings();
  with.source_interface = "127.0.0.1";
  expect_good(get(with));
  with.source_interface = "if!nosuch0";
  expect_failure(get(with), Failure::Connect);
  with.source_interface = "192.0.2.77";  // not an address of this machine
  expect_failure(get(with), Failure::Connect);
}

TEST_F(HttpClient, TRA_7_PlainHttpOnlyWhereAllowed) {
  auto plain = http::start_server({}, routes(), {}, log_, *metrics_);
  ASSERT_TRUE(plain);
  const std::string address = "http://127.0.0.1:" + std::to_string((*plain)->port()) + "/hello";
  auto with = settings();
  expect_failure(client_->fetch({"GET", address, {}, ""}, with), Failure::HttpNotAllowed);
  with.plain_http = RequestSettings::PlainHttp::Allowed;
  expect_good(client_->fetch({"GET", address, {}, ""}, with));
}

TEST_F(HttpClient, BadUrls) {
  for (const std::string bad : {"", "manager.example", "ftp://manager.example/", "https://user:word@manager.example/",
                                "https:///x", "https://manager.example:99999/", "file:///etc/passwd"}) {
    expect_failure(client_->fetch({"GET", bad, {}, ""}, settings()), Failure::BadUrl);
  }
}

TEST_F(HttpClient, RedirectsAreNotFollowed) {
  const auto reply = get(settings(), "/moved");
  EXPECT_EQ(reply.status, 302);
  EXPECT_EQ(reply.header("location"), "/hello");
}

TEST_F(HttpClient, LimitsHold) {
  auto with = settings();
  with.max_answer_bytes = 99'999;
  expect_failure(get(with, "/large"), Failure::AnswerTooLarge);
  with.max_answer_bytes = 100'000;
  EXPECT_EQ(get(with, "/large").body.size(), 100'000U);
  with.total_timeout = Duration(150);
  expect_failure(get(with, "/never"), Failure::Timeout);
}

TEST_F(HttpClient, SCN_5_NobodyListensOrNobodyAnswers) {
  int closed_port = 0;
  { closed_port = test::RawListener().port(); }
  const auto refused =
      client_->fetch({"GET", "https://127.0.0.1:" + std::to_string(closed_port) + "/", {}, ""}, settings());
  expect_failure(refused, Failure::Connect);
  EXPECT_NE(refused.detail.find(std::to_string(closed_port)), std::string::npos) << refused.detail;
  const test::RawListener silent;  // connects, but never speaks
  auto with = settings();
  with.total_timeout = Duration(150);
  expect_failure(client_->fetch({"GET", "https://127.0.0.1:" + std::to_string(silent.port()) + "/", {}, ""}, with),
                 Failure::Timeout);
}

TEST_F(HttpClient, AServerWithoutTlsIsAHandshakeFailure) {
  auto plain = http::start_server({}, routes(), {}, log_, *metrics_);
  ASSERT_TRUE(plain);
  expect_failure(
      client_->fetch({"GET", "https://127.0.0.1:" + std::to_string((*plain)->port()) + "/", {}, ""}, settings()),
      Failure::TlsHandshake);
}

TEST_F(HttpClient, ConnectionsAreReusedUnlessResumptionIsOff) {
  for (int i = 0; i < 4; ++i) expect_good(get(settings()));
  EXPECT_EQ(verifier_.handshakes, 1);
  auto fresh = settings();
  fresh.tls.resumption = TlsSettings::Resumption::Off;
  for (int i = 0; i < 4; ++i) expect_good(get(fresh));
  EXPECT_EQ(verifier_.handshakes, 5);
  verifier_.time = kEnd + seconds(1);
  expect_failure(get(fresh), Failure::CertificateExpired);  // DECISIONS 13: no old connection hides the date
}

TEST_F(HttpClient, AConnectionIsNotReusedUnderOtherSettings) {
  expect_good(get(settings()));
  auto distrusting = settings();
  distrusting.tls.trusted_roots.clear();
  expect_failure(get(distrusting), Failure::CertificateUntrusted);
}

TEST_F(HttpClient, ARestartedServerIsReachedAgain) {
  ServerSettings again;
  again.port = server_->port();
  expect_good(get(settings()));
  start(std::move(again));
  expect_good(get(settings()));
}

TEST_F(HttpClient, HundredRequestsInParallel) {
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 100; ++i) {
    threads.emplace_back([&, i] {
      const std::string body = "client " + std::to_string(i);
      const auto reply = client_->fetch({"POST", url("/echo"), {{"Content-Type", "text/plain"}}, body}, settings());
      if (!reply.failure && reply.body == body) ++good;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 100);
}

TEST_F(HttpClient, ReplacedCertificateServesNewConnections) {
  auto fresh = settings();
  fresh.tls.resumption = TlsSettings::Resumption::Off;
  expect_good(get(fresh));
  const auto other = authority_->issue({{"other.example"}, kBegin, kEnd, "", "serverAuth"});
  EXPECT_FALSE(server_->replace_certificate(other.chain_pem, Secret::from_text(identity_.key_pem)));
  expect_good(get(fresh));
  ASSERT_TRUE(server_->replace_certificate(other.chain_pem, Secret::from_text(other.key_pem)));
  expect_good(get(fresh, "/hello", "other.example"));
  expect_failure(get(fresh), Failure::CertificateName);
}

// --- the server's TLS policy (RFC 9325), seen by a client that offers what it likes

TEST_F(HttpClient, TlsPolicyOfTheServer) {
  const int port = server_->port();
  EXPECT_EQ(test::probe_tls(port, {}).version, "TLSv1.3");
  const auto old = test::probe_tls(port, {TLS1_2_VERSION, "", ""});
  EXPECT_TRUE(old.ok);
  EXPECT_EQ(old.cipher, "ECDHE-ECDSA-AES128-GCM-SHA256");
  EXPECT_FALSE(test::probe_tls(port, {TLS1_1_VERSION, "", ""}).ok);
  EXPECT_FALSE(test::probe_tls(port, {TLS1_VERSION, "", ""}).ok);
  for (const std::string weak : {"ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES128-CCM",
                                 "AES128-GCM-SHA256", "DHE-RSA-AES128-GCM-SHA256", "AECDH-NULL-SHA"}) {
    EXPECT_FALSE(test::probe_tls(port, {TLS1_2_VERSION, weak + ":@SECLEVEL=0", ""}).ok) << weak;
  }
  EXPECT_EQ(test::probe_tls(port, {0, "", "\x02h2\x08http/1.1"}).protocol, "http/1.1");
  EXPECT_FALSE(test::probe_tls(port, {0, "", "\x02h2"}).ok) << "ALPN is strict";
}

TEST_F(HttpClient, TicketsCanBeSwitchedOff) {
  EXPECT_GT(test::probe_tls(server_->port(), {}).tickets, 0);
  ServerSettings off;
  off.tls_tickets = ServerSettings::Tickets::Off;
  start(std::move(off));
  EXPECT_EQ(test::probe_tls(server_->port(), {}).tickets, 0);
  EXPECT_EQ(test::probe_tls(server_->port(), {TLS1_2_VERSION, "", ""}).tickets, 0);
}

TEST_F(HttpClient, AHandshakeThatStallsIsCut) {
  ServerSettings quick;
  quick.handshake_timeout = Duration(100);
  start(std::move(quick));
  test::RawClient client(server_->port());
  client.send("\x16\x03\x01");
  EXPECT_TRUE(client.closed());
}

// --- the worker

TEST_F(HttpClient, WorkerPostsTheReplyHome) {
  test::TestHome home;
  const auto worker = http::make_http_worker(home);
  EXPECT_FALSE(worker->busy());
  for (int i = 0; i < 3; ++i) {
    std::optional<Reply> got;
    std::thread::id where;
    worker->start({"GET", url("/hello"), {}, ""}, settings(), [&](Reply reply) {
      got = std::move(reply);
      where = std::this_thread::get_id();
      EXPECT_FALSE(worker->busy()) << "the next may be started from here";
    });
    EXPECT_TRUE(worker->busy());
    ASSERT_TRUE(home.run_one());
    ASSERT_TRUE(got);
    expect_good(*got);
    EXPECT_EQ(where, std::this_thread::get_id());
  }
}

TEST_F(HttpClient, WorkerGivesUpAtOnceAndSaysNothing) {
  test::TestHome home;
  auto worker = http::make_http_worker(home);
  bool called = false;
  const auto start_hanging = [&] {
    worker->start({"GET", url("/never"), {}, ""}, settings(), [&](Reply) { called = true; });
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(arrived_.wait_for(lock, std::chrono::seconds(5), [this] { return !kept_.empty(); }));
  };
  start_hanging();
  worker->cancel();
  EXPECT_FALSE(worker->busy());
  std::optional<Reply> next;
  worker->start({"GET", url("/hello"), {}, ""}, settings(), [&](Reply reply) { next = std::move(reply); });
  while (!next && home.run_one()) {
  }
  ASSERT_TRUE(next);
  expect_good(*next);
  EXPECT_FALSE(called);

  // Destroyed in the middle of a transfer: promptly, although the server never answers.
  kept_.clear();
  start_hanging();
  const auto before = std::chrono::steady_clock::now();
  worker.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(4));
  EXPECT_FALSE(called);
}

}  // namespace
}  // namespace lictor
