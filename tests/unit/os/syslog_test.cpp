#include "foundation/os/syslog_sender.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit/os/loop_thread.hpp"

namespace lictor::os {
namespace {

SyslogMessage message(std::string text) {
  SyslogMessage m;
  m.at = parse_rfc3339("2026-11-24T09:05:00.250Z").value();
  m.host_name = "switch-1";
  m.application = "SMART_LIC";
  m.message_id = "AUTH_RENEW_SUCCESS";
  m.text = std::move(text);
  return m;
}

TEST(Syslog, HasTheFormOfRfc5424) {
  auto m = message("Authorization renewed");
  EXPECT_EQ(format_rfc5424(m),
            "<190>1 2026-11-24T09:05:00.250Z switch-1 SMART_LIC - AUTH_RENEW_SUCCESS - Authorization renewed");
  m.severity = 0;
  m.facility = 0;
  m.structured_data = "[x@1 a=\"b\"]";
  EXPECT_EQ(
      format_rfc5424(m),
      "<0>1 2026-11-24T09:05:00.250Z switch-1 SMART_LIC - AUTH_RENEW_SUCCESS [x@1 a=\"b\"] Authorization renewed");
}

TEST(Syslog, HeaderFieldsHoldPrintableCharactersOnlyAndTheTextNoControls) {
  auto m = message("");
  m.text = std::string("two\r\nlines\0and\x1b more\t\x7f", 22);
  m.host_name = "my switch\n\xc3\xbc";
  m.application = "";
  m.message_id = std::string(40, 'M');
  EXPECT_EQ(format_rfc5424(m),
            "<190>1 2026-11-24T09:05:00.250Z my_switch___ - - " + std::string(32, 'M') + " - two  lines and  more  ");
}

// A socket of 127.0.0.1 on a port that the system chose.
class Collector {
 public:
  explicit Collector(int type) : fd_(::socket(AF_INET, type | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    socklen_t size = sizeof address;
    EXPECT_EQ(::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    if (type == SOCK_STREAM) {
      EXPECT_EQ(::listen(fd_, 8), 0);
    }
  }
  ~Collector() { ::close(fd_); }
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;
  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] int accept() const { return ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC); }
  [[nodiscard]] std::string datagram() const {
    char buffer[2048];
    const auto got = ::recv(fd_, buffer, sizeof buffer, 0);
    return got < 0 ? "" : std::string(buffer, static_cast<std::size_t>(got));
  }

 private:
  int fd_;
  int port_ = 0;
};

// The next message of a stream by octet counting (RFC 6587); "" at its end.
std::string next_message(int fd) {
  std::size_t length = 0;
  char c = 0;
  while (::recv(fd, &c, 1, MSG_WAITALL) == 1 && c != ' ') length = length * 10 + static_cast<std::size_t>(c - '0');
  std::string text(length, '\0');
  if (length > 0 && ::recv(fd, text.data(), length, MSG_WAITALL) != static_cast<ssize_t>(length)) return "";
  return text;
}

class SyslogSenderTest : public testing::Test {
 protected:
  ~SyslogSenderTest() override {
    thread_.run([this] { sender_.reset(); });
  }
  void start(int port, SyslogTarget::Transport transport) {
    thread_.run([&, this] { sender_ = make_syslog_sender(thread_.loop(), {"127.0.0.1", port, transport}); });
  }
  void send(const std::string& text) {
    thread_.run([&, this] { sender_->send(message(text)); });
  }
  LoopThread thread_;
  std::unique_ptr<SyslogSender> sender_;
};

TEST_F(SyslogSenderTest, UdpCarriesOneMessageInADatagram) {
  const Collector collector(SOCK_DGRAM);
  start(collector.port(), SyslogTarget::Transport::Udp);
  for (const auto* text : {"one", "two", "three"}) {
    send(text);
    EXPECT_EQ(collector.datagram(), format_rfc5424(message(text)));
  }
}

TEST_F(SyslogSenderTest, TcpCountsOctetsAndKeepsTheOrder) {
  const Collector collector(SOCK_STREAM);
  start(collector.port(), SyslogTarget::Transport::Tcp);
  for (int i = 0; i < 20; ++i) send("message " + std::to_string(i));
  const int fd = collector.accept();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(next_message(fd), format_rfc5424(message("message " + std::to_string(i))));
  ::close(fd);
}

TEST_F(SyslogSenderTest, OnlyTheLastThousandWait) {
  const Collector collector(SOCK_STREAM);
  start(collector.port(), SyslogTarget::Transport::Tcp);
  thread_.run([this] {  // the loop has no turn to connect in between
    for (int i = 0; i < 1500; ++i) sender_->send(message(std::to_string(i)));
  });
  const int fd = collector.accept();
  for (int i = 500; i < 1500; ++i) ASSERT_EQ(next_message(fd), format_rfc5424(message(std::to_string(i))));
  ::close(fd);
}

TEST_F(SyslogSenderTest, ACollectorThatComesBackIsFoundByALaterMessage) {
  const Collector collector(SOCK_STREAM);
  start(collector.port(), SyslogTarget::Transport::Tcp);
  send("before");
  const int first = collector.accept();
  EXPECT_EQ(next_message(first), format_rfc5424(message("before")));
  ::close(first);
  // The loop has heard of the end when it connects anew.
  std::atomic<bool> connected{false};
  int second = -1;
  std::thread acceptor([&] {
    second = collector.accept();
    connected = true;
  });
  int sent = 0;
  while (!connected) send("after " + std::to_string(sent++));
  acceptor.join();
  EXPECT_TRUE(next_message(second).find("after ") != std::string::npos);
  ::close(second);
}

TEST_F(SyslogSenderTest, WithoutACollectorNothingHappens) {
  int port = 0;
  {
    const Collector gone(SOCK_STREAM);
    port = gone.port();
  }
  start(port, SyslogTarget::Transport::Tcp);
  for (int i = 0; i < 100; ++i) send("lost");
}

}  // namespace
}  // namespace lictor::os
