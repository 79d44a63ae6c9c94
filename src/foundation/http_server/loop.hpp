// One event loop of the server, and what its connections share. Internal to the room.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "foundation/base/entropy.hpp"
#include "foundation/http_server/http_server.hpp"
#include "foundation/http_server/router.hpp"

namespace lictor::http {

// The way into a loop from other threads; shut before the loop's context goes, after that a task is dropped.
// Shared by every Respond still alive, which may outlive the server.
class LoopGate {
 public:
  explicit LoopGate(boost::asio::io_context& context) : context_(&context) {}
  void post(std::function<void()> task) {
    const std::lock_guard lock(mutex_);
    if (context_ != nullptr) boost::asio::post(*context_, std::move(task));
  }
  void shut() {
    const std::lock_guard lock(mutex_);
    context_ = nullptr;
  }
  void adopt_thread() { thread_ = std::this_thread::get_id(); }
  [[nodiscard]] bool on_loop() const { return thread_ == std::this_thread::get_id(); }

 private:
  std::mutex mutex_;
  boost::asio::io_context* context_;
  std::atomic<std::thread::id> thread_{};
};

// What a loop needs to know of a connection. All methods on the loop's thread.
class Connection {
 public:
  virtual ~Connection() = default;
  virtual void answer(ServerResponse response) = 0;
  virtual void close_if_idle() = 0;  // a request being served goes on; its answer says "Connection: close"
  virtual void close() = 0;
};

// The request counters of one server, with handles looked up once per loop and label set.
struct HttpMetrics {
  explicit HttpMetrics(Metrics& metrics);
  Metrics& all;
  MetricGauge& connections;
  MetricCounter& refused;
};

struct ServerCore {
  ServerCore(ServerSettings s, Router r, Admission a, Log& l, Metrics& m)
      : secure(!s.certificate_chain_pem.empty()),
        settings(std::move(s)),
        router(std::move(r)),
        admission(std::move(a)),
        log(l),
        metrics(m) {}
  // Counts a request that has been read, and wakes stop() when the last one is through.
  void request_begins() { outstanding.fetch_add(1); }
  void request_ends() {
    if (outstanding.fetch_sub(1) != 1) return;
    const std::lock_guard lock(quiet_mutex);
    quiet.notify_all();
  }

  const bool secure;  // TLS; the certificate in settings is replaced under the server's lock
  ServerSettings settings;
  Router router;
  Admission admission;
  Log& log;
  HttpMetrics metrics;
  std::atomic<std::size_t> connections{0};
  std::atomic<int> outstanding{0};
  std::atomic<bool> stopping{false};
  std::mutex quiet_mutex;
  std::condition_variable quiet;
};

// How late a loop comes to what has arrived. Requests wait for a busy loop in their sockets, where nobody counts them;
// a signal that goes through the same poll waits as long as they do, and tells. All methods on the loop's thread. Costs
// nothing while there are no requests.
class Lateness {
 public:
  // Where the machine has no file left for it, the loop counts as never late.
  explicit Lateness(boost::asio::io_context& context);
  // What a request waits that arrives now, as far as is known: the smaller of the two latest measures, since a machine
  // may stand still for a moment with nobody waiting. Sends the next signal if none is on its way.
  Duration look();

 private:
  using Steady = std::chrono::steady_clock;
  void send();
  boost::asio::posix::stream_descriptor signal_;
  bool under_way_ = false;
  Steady::time_point sent_at_{};
  Steady::time_point arrived_at_{};
  Steady::duration last_{0};
  Steady::duration before_{0};  // the one before last_
};

struct Loop {
  explicit Loop(std::uint64_t seed) : ids(seed) {}

  boost::asio::io_context context{1};
  std::shared_ptr<LoopGate> gate = std::make_shared<LoopGate>(context);
  std::thread thread;
  // The rest belongs to the loop's thread.
  std::set<Connection*> connections;
  Lateness lateness{context};
  SeededEntropy ids;  // request ids are for finding log lines, not secrets
  std::map<std::pair<const Route*, std::string>, MetricCounter*> request_counters;  // by route, "method status"
  std::map<const Route*, MetricHistogram*> request_seconds;
};

// Serves one accepted connection until it ends; `tls` may be null: plain HTTP. Any thread.
void serve_connection(ServerCore& core, Loop& loop, boost::asio::ip::tcp::socket socket,
                      std::shared_ptr<boost::asio::ssl::context> tls);

}  // namespace lictor::http
