#include "foundation/os/syslog_sender.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
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

// Both keep what waits while the host is not known or not connected. When that fails they rest until the next message,
// which tries again.
class UdpSender final : public SyslogSender {
 public:
  UdpSender(EventLoop& loop, SyslogTarget target)
      : target_(std::move(target)), socket_(loop.native().context), resolver_(loop.native().context) {}
  void send(const SyslogMessage& message) override {
    waiting_.push_back(format_rfc5424(message));
    if (waiting_.size() > kMaxWaiting) waiting_.pop_front();
    if (state_ == State::Open) return flush();
    if (state_ == State::Closed) resolve();
  }

 private:
  enum class State { Closed, Resolving, Open };
  void resolve() {
    state_ = State::Resolving;
    resolver_.async_resolve(target_.host, std::to_string(target_.port),
                            [this, alive = std::weak_ptr<int>(alive_)](const error_code& ec, const auto& found) {
                              if (alive.expired()) return;
                              state_ = State::Closed;
                              if (!ec) open(found.begin()->endpoint());
                            });
  }
  void open(const asio::ip::udp::endpoint& peer) {
    error_code ec;
    socket_.open(peer.protocol(), ec);
    if (!ec) socket_.non_blocking(true, ec);
    if (ec) return drop();
    peer_ = peer;
    state_ = State::Open;
    flush();
  }
  void flush() {
    while (!waiting_.empty()) {
      error_code ec;
      socket_.send_to(asio::buffer(waiting_.front()), peer_, 0, ec);
      waiting_.pop_front();  // also when it did not go: datagrams may be lost
      // An earlier datagram that was refused shows here; the host may have moved.
      if (ec && ec != asio::error::would_block && ec != asio::error::message_size) return drop();
    }
  }
  void drop() {
    error_code ignored;
    socket_.close(ignored);
    state_ = State::Closed;
  }
  SyslogTarget target_;
  asio::ip::udp::socket socket_;
  asio::ip::udp::resolver resolver_;
  asio::ip::udp::endpoint peer_;
  State state_ = State::Closed;
  std::deque<std::string> waiting_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);  // handlers that come after the end of this see it gone
};

class TcpSender final : public SyslogSender {
 public:
  TcpSender(EventLoop& loop, SyslogTarget target)
      : loop_(loop), target_(std::move(target)), resolver_(loop.native().context) {}
  void send(const SyslogMessage& message) override {
    const auto text = format_rfc5424(message);
    waiting_.push_back(fmt::format("{} {}", text.size(), text));
    if (waiting_.size() > kMaxWaiting) waiting_.pop_front();
    if (!line_) return connect();
    if (line_->open) write();
  }

 private:
  // One connection. Its handlers hold it, so that what they write and read stays while the kernel may use it; they do
  // nothing once it is not the sender's any more.
  struct Line {
    explicit Line(EventLoop& loop) : socket(loop.native().context) {}
    asio::ip::tcp::socket socket;
    bool open = false;
    std::string writing;
    std::array<char, 256> read{};
  };
  using LinePtr = std::shared_ptr<Line>;

  // Calls `next` if `line` is still in use then and all went well; otherwise the line is given up.
  template <class Next>
  auto on(const LinePtr& line, Next next) {
    return [this, line, next, alive = std::weak_ptr<int>(alive_)](const error_code& ec, const auto& result) {
      if (alive.expired() || line_ != line) return;
      if (!ec) return next(result);
      error_code ignored;
      line->socket.close(ignored);
      if (!line->writing.empty()) waiting_.push_front(line->writing);  // perhaps twice rather than not at all
      line_.reset();
    };
  }
  void connect() {
    const auto line = line_ = std::make_shared<Line>(loop_);
    resolver_.async_resolve(target_.host, std::to_string(target_.port), on(line, [this, line](const auto& found) {
                              asio::async_connect(line->socket, found, on(line, [this, line](const auto&) {
                                                    line->open = true;
                                                    watch(line);
                                                    write();
                                                  }));
                            }));
  }
  // Collectors send nothing; reading tells when they close.
  void watch(const LinePtr& line) {
    line->socket.async_read_some(asio::buffer(line->read), on(line, [this, line](std::size_t) { watch(line); }));
  }
  void write() {
    const auto line = line_;
    if (!line->writing.empty() || waiting_.empty()) return;
    line->writing = std::move(waiting_.front());
    waiting_.pop_front();
    asio::async_write(line->socket, asio::buffer(line->writing), on(line, [this, line](std::size_t) {
                        line->writing.clear();
                        write();
                      }));
  }
  EventLoop& loop_;
  SyslogTarget target_;
  asio::ip::tcp::resolver resolver_;
  LinePtr line_;
  std::deque<std::string> waiting_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace

std::string format_rfc5424(const SyslogMessage& message) {
  auto rest = fmt::format("{} {}", message.structured_data.empty() ? "-" : message.structured_data, message.text);
  std::replace_if(
      rest.begin(), rest.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7f'; }, ' ');
  return fmt::format("<{}>1 {} {} {} - {} {}", message.facility * 8 + message.severity, to_rfc3339(message.at),
                     header_field(message.host_name, 255), header_field(message.application, 48),
                     header_field(message.message_id, 32), rest);
}

std::unique_ptr<SyslogSender> make_syslog_sender(EventLoop& loop, SyslogTarget target) {
  if (target.transport == SyslogTarget::Transport::Udp) return std::make_unique<UdpSender>(loop, std::move(target));
  return std::make_unique<TcpSender>(loop, std::move(target));
}

}  // namespace lictor::os
