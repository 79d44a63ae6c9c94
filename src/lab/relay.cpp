#include "lab/relay.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "foundation/os/files.hpp"

namespace lictor::lab {
namespace {

constexpr std::size_t kBufferBytes = 64 * 1024;
constexpr std::size_t kMaxPairs = 1024;

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

// A bound socket. SO_REUSEPORT: one that never listens keeps the port for us while the link is cut, since connections
// to it are refused; another on the same port listens while the link is there.
Result<Descriptor> bind_loopback(int port) {
  Descriptor fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  const auto address = loopback(port);
  if (!fd || ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0 ||
      ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return os::system_error(errno, "cannot take a port of", "127.0.0.1");
  }
  return fd;
}

// One direction of a pair: read from one side, written to the other.
struct Flow {
  std::array<char, kBufferBytes> bytes;
  std::size_t begin = 0;
  std::size_t end = 0;
  bool source_ended = false;
  bool ended = false;  // the end was passed on

  [[nodiscard]] bool wants_read() const { return !source_ended && begin == end; }
  [[nodiscard]] bool wants_write() const { return begin != end || (source_ended && !ended); }
};

struct Pair {
  Descriptor device;
  Descriptor manager;
  bool connecting = true;
  Flow up;    // device to manager
  Flow down;  // manager to device
};

// What could be read is read, what could be written is written. False: the pair is broken.
bool pump(Flow& flow, int from, int to) {
  if (flow.wants_read()) {
    const auto n = ::recv(from, flow.bytes.data(), flow.bytes.size(), 0);
    if (n < 0 && errno != EAGAIN && errno != EINTR) return false;
    flow.source_ended = n == 0;
    flow.begin = 0;
    flow.end = n > 0 ? static_cast<std::size_t>(n) : 0;
  }
  if (flow.begin != flow.end) {
    const auto n = ::send(to, flow.bytes.data() + flow.begin, flow.end - flow.begin, MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN && errno != EINTR) return false;
    if (n > 0) flow.begin += static_cast<std::size_t>(n);
  }
  if (flow.begin == flow.end && flow.source_ended && !flow.ended) {
    ::shutdown(to, SHUT_WR);
    flow.ended = true;
  }
  return true;
}

class ThreadedRelay final : public Relay {
 public:
  ThreadedRelay(Descriptor keeper, Descriptor wake, int port)
      : keeper_(std::move(keeper)), wake_(std::move(wake)), port_(port), thread_([this] { run(); }) {}
  ~ThreadedRelay() override {
    order([this] { stopping_ = true; });
    thread_.join();
  }

  [[nodiscard]] int port() const override { return port_; }

  Result<void> restore(int target_port) override {
    auto listener = bind_loopback(port_);
    if (!listener) return listener.error();
    if (::listen(listener->get(), 128) != 0) return os::system_error(errno, "cannot listen on", "127.0.0.1");
    order([&] {
      ordered_listener_ = std::move(*listener);
      ordered_target_ = target_port;
    });
    return {};
  }
  void cut() override {
    order([this] { ordered_listener_ = Descriptor(); });
  }

 private:
  // Changes what is wanted and waits until the thread has done it.
  template <class Change>
  void order(Change change) {
    std::unique_lock lock(mutex_);
    change();
    const auto mine = ++ordered_;
    const std::uint64_t one = 1;
    if (::write(wake_.get(), &one, sizeof one) < 0) {
      // The counter is full only if the thread was woken already.
    }
    obeyed_changed_.wait(lock, [&] { return obeyed_ >= mine; });
  }

  // False: to end. A new order breaks what is open: a link that comes back has lost its connections.
  bool obey() {
    std::uint64_t drained = 0;
    if (::read(wake_.get(), &drained, sizeof drained) < 0) {
      // Nothing was ordered.
    }
    const std::lock_guard lock(mutex_);
    if (obeyed_ == ordered_) return true;
    pairs_.clear();
    listener_ = std::move(ordered_listener_);
    ordered_listener_ = Descriptor();
    target_port_ = ordered_target_;
    obeyed_ = ordered_;
    const bool goes_on = !stopping_;
    if (!goes_on) listener_ = Descriptor();
    obeyed_changed_.notify_all();
    return goes_on;
  }

  void run() {
    while (obey()) {
      std::vector<pollfd> waiting{{wake_.get(), POLLIN, 0},
                                  {listener_ && pairs_.size() < kMaxPairs ? listener_.get() : -1, POLLIN, 0}};
      for (const auto& pair : pairs_) {
        const auto up = pair.connecting ? POLLOUT : (pair.up.wants_write() ? POLLOUT : 0);
        waiting.push_back(
            {pair.device.get(),
             static_cast<short>((pair.up.wants_read() ? POLLIN : 0) | (pair.down.wants_write() ? POLLOUT : 0)), 0});
        waiting.push_back({pair.manager.get(), static_cast<short>((pair.down.wants_read() ? POLLIN : 0) | up), 0});
      }
      if (::poll(waiting.data(), waiting.size(), -1) < 0) continue;
      auto at = waiting.begin() + 2;
      for (auto pair = pairs_.begin(); pair != pairs_.end(); at += 2) {
        const int events = at[0].revents | at[1].revents;
        const bool broken = (events & POLLERR) != 0 || (events != 0 && !move(*pair, at[1].revents));
        pair = broken ? pairs_.erase(pair) : std::next(pair);
      }
      if (waiting[1].revents != 0) accept();
    }
  }

  static bool move(Pair& pair, short manager_events) {
    if (pair.connecting) {
      if ((manager_events & (POLLOUT | POLLERR | POLLHUP)) == 0) return true;
      int error = 0;
      socklen_t size = sizeof error;
      ::getsockopt(pair.manager.get(), SOL_SOCKET, SO_ERROR, &error, &size);
      if (error != 0) return false;
      pair.connecting = false;
    }
    return pump(pair.up, pair.device.get(), pair.manager.get()) &&
           pump(pair.down, pair.manager.get(), pair.device.get()) && !(pair.up.ended && pair.down.ended);
  }

  void accept() {
    Descriptor device(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!device) return;
    Descriptor manager(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const auto address = loopback(target_port_);
    if (!manager || (::connect(manager.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
                     errno != EINPROGRESS)) {
      return;  // nobody there: the device sees its connection closed
    }
    const int on = 1;  // nothing waits here to become a fuller packet
    ::setsockopt(device.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(manager.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    auto& pair = pairs_.emplace_back();
    pair.device = std::move(device);
    pair.manager = std::move(manager);
  }

  const Descriptor keeper_;
  const Descriptor wake_;
  const int port_;

  std::mutex mutex_;  // of what is ordered
  std::condition_variable obeyed_changed_;
  Descriptor ordered_listener_;
  int ordered_target_ = 0;
  bool stopping_ = false;
  std::uint64_t ordered_ = 0;
  std::uint64_t obeyed_ = 0;

  Descriptor listener_;  // these three: the thread's own
  int target_port_ = 0;
  std::list<Pair> pairs_;
  std::thread thread_;  // last
};

}  // namespace

Result<std::unique_ptr<Relay>> make_relay() {
  auto keeper = bind_loopback(0);
  if (!keeper) return keeper.error();
  sockaddr_in bound{};
  socklen_t size = sizeof bound;
  if (::getsockname(keeper->get(), reinterpret_cast<sockaddr*>(&bound), &size) != 0) {
    return os::system_error(errno, "cannot learn the port of", "127.0.0.1");
  }
  Descriptor wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake) return os::system_error(errno, "cannot make an event for", "the relay");
  return std::unique_ptr<Relay>(
      std::make_unique<ThreadedRelay>(std::move(*keeper), std::move(wake), ntohs(bound.sin_port)));
}

}  // namespace lictor::lab
