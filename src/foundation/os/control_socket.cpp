#include "foundation/os/control_socket.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <cstring>
#include <deque>
#include <set>

#include "foundation/os/files.hpp"
#include "foundation/os/native_loop.hpp"

namespace lictor::os {
namespace {

namespace asio = boost::asio;
using Socket = asio::local::stream_protocol::socket;
using boost::system::error_code;

constexpr std::size_t kMaxQueued = 64 * 1024 * 1024;
constexpr std::size_t kMaxConnections = 64;
constexpr auto kAcceptPause = std::chrono::milliseconds(100);  // after a failed accept: descriptors may have run out

std::array<std::uint8_t, 4> length_prefix(std::size_t size) {
  return {static_cast<std::uint8_t>(size >> 24), static_cast<std::uint8_t>(size >> 16),
          static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)};
}
std::size_t read_prefix(const std::array<std::uint8_t, 4>& raw) {
  return std::size_t{raw[0]} << 24 | std::size_t{raw[1]} << 16 | std::size_t{raw[2]} << 8 | std::size_t{raw[3]};
}
std::string with_prefix(std::string_view frame) {
  const auto prefix = length_prefix(frame.size());
  std::string out(prefix.begin(), prefix.end());
  return out.append(frame);
}

class Connection final : public ControlConnection, public std::enable_shared_from_this<Connection> {
 public:
  Connection(Socket socket, std::shared_ptr<ControlHandlers> handlers)
      : socket_(std::move(socket)), handlers_(std::move(handlers)) {
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (::getsockopt(socket_.native_handle(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0) {
      peer_ = {credentials.pid, static_cast<int>(credentials.uid), static_cast<int>(credentials.gid)};
    }
  }

  void start() {
    if (handlers_->opened) handlers_->opened(shared_from_this());
    read();
  }
  [[nodiscard]] PeerCredentials peer() const override { return peer_; }

  void send(std::string frame) override {
    if (!socket_.is_open() || closing_) return;
    if (frame.size() > kMaxControlFrame) return end();  // the peer would refuse it
    out_.push_back(with_prefix(frame));
    queued_ += out_.back().size();
    if (queued_ > kMaxQueued) return end();
    if (out_.size() == 1) write();
  }

  void close() override {
    closing_ = true;
    if (out_.empty()) end();
  }

  void end() {
    if (!socket_.is_open()) return;
    error_code ignored;
    socket_.close(ignored);
    if (handlers_->closed) handlers_->closed(shared_from_this());
  }

 private:
  void read() {
    asio::async_read(socket_, asio::buffer(prefix_), [self = shared_from_this()](const error_code& ec, std::size_t) {
      if (ec) return self->end();
      const auto size = read_prefix(self->prefix_);
      if (size > kMaxControlFrame) return self->end();
      self->frame_.resize(size);
      asio::async_read(self->socket_, asio::buffer(self->frame_), [self](const error_code& error, std::size_t) {
        if (error) return self->end();
        if (self->handlers_->frame) self->handlers_->frame(self, std::move(self->frame_));
        self->frame_.clear();
        if (self->socket_.is_open()) self->read();
      });
    });
  }
  void write() {
    asio::async_write(socket_, asio::buffer(out_.front()),
                      [self = shared_from_this()](const error_code& ec, std::size_t n) {
                        if (ec) return self->end();
                        self->queued_ -= n;
                        self->out_.pop_front();
                        if (!self->out_.empty()) return self->write();
                        if (self->closing_) self->end();
                      });
  }

  Socket socket_;
  std::shared_ptr<ControlHandlers> handlers_;
  PeerCredentials peer_;
  std::array<std::uint8_t, 4> prefix_{};
  std::string frame_;
  std::deque<std::string> out_;
  std::size_t queued_ = 0;
  bool closing_ = false;
};

class Server final : public ControlServer {
 public:
  Server(EventLoop& loop, std::string path, ControlHandlers handlers)
      : path_(std::move(path)), acceptor_(loop.native().context), pause_(loop.native().context) {
    auto close = std::move(handlers.closed);
    handlers.closed = [this, close = std::move(close)](const std::shared_ptr<ControlConnection>& connection) {
      connections_.erase(connection);
      if (close) close(connection);
    };
    handlers_ = std::make_shared<ControlHandlers>(std::move(handlers));
  }
  ~Server() override {
    handlers_->opened = nullptr;
    handlers_->frame = nullptr;
    handlers_->closed = nullptr;
    for (const auto& connection : connections_) static_cast<Connection&>(*connection).end();
    ::unlink(path_.c_str());
  }

  Result<void> listen(int mode) {
    const asio::local::stream_protocol::endpoint endpoint(path_);
    error_code ec;
    acceptor_.open(endpoint.protocol(), ec);
    // The socket's mode becomes the file's, less the umask: never more than `mode`, from its first moment.
    if (!ec && ::fchmod(acceptor_.native_handle(), static_cast<mode_t>(mode)) != 0) ec.assign(errno, ec.category());
    if (!ec) acceptor_.bind(endpoint, ec);
    if (!ec && ::chmod(path_.c_str(), static_cast<mode_t>(mode)) != 0) ec.assign(errno, ec.category());
    if (!ec) acceptor_.listen(asio::socket_base::max_listen_connections, ec);
    if (ec) return system_error(ec.value(), "cannot listen on", path_);
    accept();
    return {};
  }

 private:
  void accept() {
    acceptor_.async_accept([this, alive = std::weak_ptr<int>(alive_)](const error_code& ec, Socket socket) {
      if (alive.expired() || ec == asio::error::operation_aborted) return;
      if (ec) return accept_later();
      if (connections_.size() < kMaxConnections) {
        auto connection = std::make_shared<Connection>(std::move(socket), handlers_);
        connections_.insert(connection);
        connection->start();
      }
      accept();
    });
  }
  void accept_later() {
    pause_.expires_after(kAcceptPause);
    pause_.async_wait([this, alive = std::weak_ptr<int>(alive_)](const error_code& ec) {
      if (!ec && !alive.expired()) accept();
    });
  }

  std::string path_;
  asio::local::stream_protocol::acceptor acceptor_;
  asio::steady_timer pause_;
  std::shared_ptr<ControlHandlers> handlers_;
  std::set<std::shared_ptr<ControlConnection>> connections_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);  // handlers that come after the end of this see it gone
};

Result<int> connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return Error{ErrorCode::InvalidArgument,
                 fmt::format("the socket path {} is longer than {} bytes", path, sizeof address.sun_path - 1)};
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return system_error(errno, "cannot open a socket for", path);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const int error = errno;
    ::close(fd);
    char buffer[128] = {};
    return Error{ErrorCode::Unavailable,
                 fmt::format("nothing answers on {}: {}", path, strerror_r(error, buffer, sizeof buffer))};
  }
  return fd;
}

// Until `data` is full. Timeout counts from each wait.
Result<void> receive_all(int fd, std::span<char> data, Duration timeout) {
  while (!data.empty()) {
    pollfd waiting{fd, POLLIN, 0};
    const int ready = ::poll(&waiting, 1, static_cast<int>(timeout.count()));
    if (ready < 0 && errno == EINTR) continue;
    if (ready == 0) return Error{ErrorCode::Timeout, "no answer in time"};
    const auto got = ::recv(fd, data.data(), data.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Error{ErrorCode::Unavailable, "the other side closed the connection"};
    data = data.subspan(static_cast<std::size_t>(got));
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<ControlServer>> listen_control(EventLoop& loop, const std::string& path, int mode,
                                                      ControlHandlers handlers) {
  if (path.size() >= sizeof sockaddr_un{}.sun_path) {
    return Error{ErrorCode::InvalidArgument, fmt::format("the socket path {} is too long", path)};
  }
  if (auto other = connect_to(path)) {
    ::close(*other);
    return Error{ErrorCode::Conflict, fmt::format("another process listens on {}", path)};
  }
  // What a dead process left is replaced; anything else is not ours to remove.
  struct stat there {};
  if (::lstat(path.c_str(), &there) == 0) {
    if (!S_ISSOCK(there.st_mode)) return Error{ErrorCode::Conflict, fmt::format("{} is there and no socket", path)};
    ::unlink(path.c_str());
  }
  auto server = std::make_unique<Server>(loop, path, std::move(handlers));
  if (auto ok = server->listen(mode); !ok) return ok.error();
  return std::unique_ptr<ControlServer>(std::move(server));
}

Result<ControlClient> ControlClient::connect(const std::string& path) {
  const auto fd = connect_to(path);
  if (!fd) return fd.error();
  return ControlClient(*fd);
}

ControlClient::ControlClient(ControlClient&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
ControlClient::~ControlClient() {
  if (fd_ >= 0) ::close(fd_);
}

Result<void> ControlClient::send(std::string_view frame) {
  if (frame.size() > kMaxControlFrame) return Error{ErrorCode::TooLarge, "a control frame is too large"};
  const auto out = with_prefix(frame);
  std::string_view rest = out;
  while (!rest.empty()) {
    const auto sent = ::send(fd_, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return Error{ErrorCode::Unavailable, "the other side closed the connection"};
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

Result<std::string> ControlClient::receive(Duration timeout) {
  std::array<std::uint8_t, 4> prefix{};
  auto ok = receive_all(fd_, {reinterpret_cast<char*>(prefix.data()), prefix.size()}, timeout);
  if (!ok) return ok.error();
  const auto size = read_prefix(prefix);
  if (size > kMaxControlFrame) return Error{ErrorCode::TooLarge, "a control frame is too large"};
  std::string frame(size, '\0');
  if (ok = receive_all(fd_, frame, timeout); !ok) return ok.error();
  return frame;
}

}  // namespace lictor::os
