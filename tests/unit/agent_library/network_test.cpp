// The library's own transport: it has a thread and connections while an exchange is under way, and not else.
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "agent/library/ports.hpp"
#include "support/fake_clock.hpp"
#include "unit/agent_library/product.hpp"

namespace lictor::agent::product_test {
namespace {

using ::testing::HasSubstr;

// Listens on a port of its own; connections are made and never answered.
class Silence {
 public:
  Silence() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof any;
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&any), size), 0);
    EXPECT_EQ(::listen(socket_, 8), 0);
    EXPECT_EQ(::getsockname(socket_, reinterpret_cast<sockaddr*>(&any), &size), 0);
    port_ = ntohs(any.sin_port);
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;
  ~Silence() { ::close(socket_); }
  [[nodiscard]] int socket() const { return socket_; }
  [[nodiscard]] std::string url(const std::string& host) const {
    return "https://" + host + ":" + std::to_string(port_);
  }

 private:
  int socket_;
  int port_ = 0;
};

std::size_t threads() {
  const std::filesystem::directory_iterator all("/proc/self/task");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

struct Network : ::testing::Test {
  Product product{Product::Way::Https};
  void begin(const std::string& url) {
    ASSERT_EQ(lictor_settings_set_manager_url(product.settings, url.c_str()), LICTOR_OK);
    product.open();
    ASSERT_EQ(lictor_agent_ready(product.agent), LICTOR_OK);
    ASSERT_EQ(lictor_agent_register(product.agent, "TOKEN", LICTOR_WITHOUT_FORCE), LICTOR_OK);
  }
};

TEST_F(Network, AServerThatSaysNothingDoesNotHoldUpTheEnd) {
  const Silence silence;
  begin(silence.url("localhost"));
  pollfd wait[2] = {{lictor_agent_poll_fd(product.agent), POLLIN, 0}, {silence.socket(), POLLIN, 0}};
  while ((wait[1].revents & POLLIN) == 0) {
    ASSERT_EQ(lictor_agent_run_due(product.agent), LICTOR_OK);
    ASSERT_GE(::poll(wait, 2, 60'000), 1) << "no connection was made";
  }
  EXPECT_EQ(product.status().registration, LICTOR_REGISTERING);
  product.close();  // or this test would last as long as the exchange may
}

TEST_F(Network, NoThreadIsLeftWhileNothingIsToBeDone) {
  product.open();
  product.close();
  const auto before = threads();
  std::string url;
  { url = Silence().url("127.0.0.1"); }  // nobody listens there any more
  begin(url);
  product.until([&] { return product.status().last_registration_attempt == LICTOR_ATTEMPT_FAILED; });
  EXPECT_NE(product.text(LICTOR_REGISTRATION_REASON), "");
  EXPECT_GT(threads(), before) << "kept for a moment: more may follow at once";
  product.pass(seconds(30));
  // A joined thread may be listed for a moment still; one that lives on lets this test never end.
  while (threads() != before) std::this_thread::yield();
  EXPECT_EQ(lictor_agent_transport_changed(product.agent), LICTOR_OK);
  product.until([&] { return threads() > before; });  // and it wakes again
}

TEST(Resting, AnExchangeThatFollowsOneThatWasGivenUpIsNotForgotten) {
  const Silence silence;
  test::FakeClock clock;
  HostLoop loop(clock);
  RestingTransport transport(loop, clock, [&]() -> std::optional<HttpWay> {
    HttpWay way;
    way.url = silence.url("127.0.0.1");
    return way;
  });
  int given_up = 0;
  transport.send({}, [&](TransportReply) { ++given_up; });
  transport.cancel();  // as a deregistration does with what is out
  transport.send({}, [](TransportReply) {});
  while (given_up == 0) loop.run_due();
  const auto working = threads();
  clock.advance(seconds(31));
  loop.run_due();
  EXPECT_EQ(threads(), working) << "the exchange is still out";
}

TEST_F(Network, SCN_4_WithoutAUrlThereIsNoTransport) {
  product.open();
  ASSERT_EQ(lictor_agent_ready(product.agent), LICTOR_OK);
  ASSERT_EQ(lictor_agent_register(product.agent, "TOKEN", LICTOR_WITHOUT_FORCE), LICTOR_OK);
  product.until([&] { return product.status().registration == LICTOR_REGISTRATION_FAILED; });
  EXPECT_THAT(product.text(LICTOR_REGISTRATION_REASON), HasSubstr("ransport not available"));
}

}  // namespace
}  // namespace lictor::agent::product_test
