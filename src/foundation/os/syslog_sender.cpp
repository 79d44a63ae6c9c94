#include "foundation/os/syslog_sender.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/write.hpp>
#include <deque>

#include "foundation/os/native_loop.hpp"

namespace lictor::os {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t kMaxWaiting = 1000;

// RFC 5424, 6: printable US-ASCII header fields, "-" for none.
std::string header_field(std::string_view text, std::size_t most) {
  std::string out;
  for (const char c : text.substr(0, most)) out += c > ' ' && c < '\x7f' ? c : '_';
  return out.empty() ? "-" : out;
}

class UdpSender final : public SyslogSender {
 public:
  UdpSender(EventLoop& loop, const SyslogTarget& target) : socket_(loop.native().context), resolver_(loop.native().context) {
    resolver_.async_resolve(target.host, std::to_string(target.port), [this](const error_code& ec, const auto& found) {
      if (ec) return;
      peer_ = found.begin()->endpoint();
      error_code opened;
      socket_.open(peer_.protocol(), opened);
      known_ = !opened;
      flush();
    });
  }
  void send(const SyslogMessage& message) override {
    waiting_.push_back(format_rfc5424(message));
    if (waiting_.size() > kMaxWaiting) waiting_.pop_front();
    flush();
  }

 private:
  void flush() {
    while (known_ && !waiting_.empty()) {
      error_code ignored;
      socket_.send_to(asio::buffer(waiting_.front()), peer_, 0, ignored);
      waiting_.pop_front();
    }
  }
  asio::ip::udp::socket socket_;
  asio::ip::udp::resolver resolver_;
  asio::ip::udp::endpoint peer_;
  bool known_ = false;
  std::deque<std::string> waiting_;
};

class TcpSender final : public SyslogSender {
 public:
  TcpSender(EventLoop& loop, SyslogTarget target)
      : target_(std::move(target)), socket_(loop.native().context), resolver_(loop.native().context) {}
  void send(const SyslogMessage& message) override {
    const auto text = format_rfc5424(message);
    waiting_.push_back(fmt::format("{} {}", text.size(), text));
    if (waiting_.size() > kMaxWaiting) waiting_.erase(waiting_.begin() + (writing_ ? 1 : 0));
    if (state_ == State::Closed) connect();
    if (state_ == State::Open && !writing_) write();
  }

 private:
  enum class State { Closed, Connecting, Open };
  void connect() {
    state_ = State::Connecting;
    resolver_.async_resolve(target_.host, std::to_string(target_.port), [this](const error_code& ec, const auto& found) {
      if (ec) return drop();
      asio::async_connect(socket_, found, [this](const error_code& error, const auto&) {
        if (error) return drop();
        state_ = State::Open;
        if (!waiting_.empty()) write();
      });
    });
  }
  void write() {
    writing_ = true;
    asio::async_write(socket_, asio::buffer(waiting_.front()), [this](const error_code& ec, std::size_t) {
      writing_ = false;
      if (ec) return drop();
      waiting_.pop_front();
      if (!waiting_.empty()) write();
    });
  }
  // The next message tries again.
  void drop() {
    error_code ignored;
    socket_.close(ignored);
    state_ = State::Closed;
  }
  SyslogTarget target_;
  asio::ip::tcp::socket socket_;
  asio::ip::tcp::resolver resolver_;
  State state_ = State::Closed;
  bool writing_ = false;
  std::deque<std::string> waiting_;
};

}  // namespace

std::string format_rfc5424(const SyslogMessage& message) {
  auto text = message.text;
  std::replace_if(text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return fmt::format("<{}>1 {} {} {} - {} {} {}", message.facility * 8 + message.severity, to_rfc3339(message.at),
                     header_field(message.host_name, 255), header_field(message.application, 48),
                     header_field(message.message_id, 32), message.structured_data.empty() ? "-" : message.structured_data,
                     text);
}

std::unique_ptr<SyslogSender> make_syslog_sender(EventLoop& loop, SyslogTarget target) {
  if (target.transport == SyslogTarget::Transport::Udp) return std::make_unique<UdpSender>(loop, target);
  return std::make_unique<TcpSender>(loop, std::move(target));
}

}  // namespace lictor::os
