#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/steady_timer.hpp>
#include <random>

#include <fmt/format.h>

#include "foundation/http_server/loop.hpp"
#include "foundation/http_server/tls_context.hpp"

namespace lictor::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using TlsContext = std::shared_ptr<asio::ssl::context>;
using WorkGuard = asio::executor_work_guard<asio::io_context::executor_type>;

// The keys of session tickets live as long as the context (RFC 9325 §4.5 asks for a week at most).
constexpr std::chrono::hours kTicketKeyLife{24};
constexpr Duration kAcceptPause = Duration(50);  // after an accept that failed: too many open files

constexpr MessageRow kListening{"HTTP_LISTENING", Severity::Info, "Listening"};
constexpr MessageRow kAcceptFailed{"HTTP_ACCEPT_FAILED", Severity::Warning, "A connection could not be accepted",
                                   "Raise the limit of open files if this goes on."};
constexpr MessageRow kCertificateReplaced{"HTTP_CERTIFICATE_REPLACED", Severity::Notice,
                                          "New connections get the new TLS certificate"};
constexpr MessageRow kStopped{"HTTP_STOPPED", Severity::Info, "The listener has stopped"};

Result<TlsContext> make_context(const std::string& chain, const Secret& key, ServerSettings::Tickets tickets) {
  auto context = make_tls_context(chain, key, tickets);
  if (!context) return context.error();
  return std::make_shared<asio::ssl::context>(context->release());  // takes ownership
}

class BeastServer final : public Server {
 public:
  BeastServer(ServerSettings settings, Router router, Admission admission, Log& log, Metrics& metrics)
      : core_(std::move(settings), std::move(router), std::move(admission), log, metrics) {
    std::random_device chance;
    const int count = std::max(core_.settings.loops, 1);
    for (int i = 0; i < count; ++i) {
      loops_.push_back(std::make_unique<Loop>((static_cast<std::uint64_t>(chance()) << 32) ^ chance()));
    }
    acceptor_ = std::make_unique<tcp::acceptor>(loops_.front()->context);
    pause_ = std::make_unique<asio::steady_timer>(loops_.front()->context);
  }
  ~BeastServer() override { stop(Duration::zero()); }

  Result<void> start() {
    if (!core_.settings.certificate_chain_pem.empty()) {
      auto context = make_context(core_.settings.certificate_chain_pem, core_.settings.private_key_pem,
                                  core_.settings.tls_tickets);
      if (!context) return context.error();
      tls_ = std::move(*context);
      tls_made_ = std::chrono::steady_clock::now();
    }
    if (auto listening = listen(); !listening) return listening;
    for (auto& loop : loops_) {
      guards_.emplace_back(asio::make_work_guard(loop->context));
      loop->thread = std::thread([&loop = *loop] {
        loop.gate->adopt_thread();
        loop.context.run();
      });
    }
    loops_.front()->gate->post([this] { accept_next(); });
    core_.log.write(kListening, {{"address", core_.settings.address}, {"port", std::to_string(port_)}});
    return {};
  }

  [[nodiscard]] int port() const override { return port_; }
  [[nodiscard]] int outstanding() const override { return core_.outstanding; }

  Result<void> replace_certificate(const std::string& chain_pem, const Secret& key_pem) override {
    auto context = make_context(chain_pem, key_pem, core_.settings.tls_tickets);
    if (!context) return context.error();
    {
      const std::lock_guard lock(tls_mutex_);
      if (!tls_) return Error{ErrorCode::InvalidArgument, "A listener of plain HTTP has no certificate"};
      tls_ = std::move(*context);
      tls_made_ = std::chrono::steady_clock::now();
      core_.settings.certificate_chain_pem = chain_pem;
      core_.settings.private_key_pem = key_pem.duplicate();
    }
    core_.log.write(kCertificateReplaced);
    return {};
  }

  void stop(Duration grace) override {
    if (stopped_) return;
    stopped_ = true;
    core_.stopping = true;
    on_loop(*loops_.front(), [this] {
      error_code ignored;
      acceptor_->close(ignored);
      pause_->cancel();
    });
    for (auto& loop : loops_) {
      on_loop(*loop, [&loop = *loop] {
        for (auto* connection : loop.connections) connection->close_if_idle();
      });
    }
    {
      std::unique_lock lock(core_.quiet_mutex);
      core_.quiet.wait_for(lock, grace, [this] { return core_.outstanding == 0; });
    }
    // Connections end by themselves once their sockets are closed, then the loops run out of work.
    for (auto& loop : loops_) {
      on_loop(*loop, [&loop = *loop] {
        for (auto* connection : loop.connections) connection->close();
      });
    }
    guards_.clear();
    for (auto& loop : loops_) {
      if (loop->thread.joinable()) loop->thread.join();
      loop->gate->shut();
    }
    core_.log.write(kStopped, {{"port", std::to_string(port_)}});
  }

 private:
  static void on_loop(Loop& loop, std::function<void()> task) {
    if (loop.thread.joinable()) loop.gate->post(std::move(task));
  }

  Result<void> listen() {
    const auto& settings = core_.settings;
    const auto failed = [&](const error_code& error) {
      return Error{ErrorCode::Unavailable,
                   fmt::format("Cannot listen on {} port {}: {}", settings.address, settings.port, error.message())};
    };
    error_code error;
    const auto address = asio::ip::make_address(settings.address, error);
    if (error) return failed(error);
    const tcp::endpoint endpoint(address, static_cast<std::uint16_t>(settings.port));
    acceptor_->open(endpoint.protocol(), error);
    if (error) return failed(error);
    acceptor_->set_option(tcp::acceptor::reuse_address(true), error);
    acceptor_->bind(endpoint, error);
    if (error) return failed(error);
    acceptor_->listen(asio::socket_base::max_listen_connections, error);
    if (error) return failed(error);
    port_ = acceptor_->local_endpoint(error).port();
    return {};
  }

  // Runs on the first loop; connections go round all of them.
  void accept_next() {
    if (core_.stopping) return;
    Loop& loop = *loops_[next_loop_++ % loops_.size()];
    acceptor_->async_accept(loop.context, [this, &loop](const error_code& error, tcp::socket socket) {
      if (core_.stopping) return;
      if (error) {
        core_.log.write(kAcceptFailed, {{"reason", error.message()}});
        pause_->expires_after(kAcceptPause);
        pause_->async_wait([this](const error_code& cancelled) {
          if (!cancelled) accept_next();
        });
        return;
      }
      if (core_.connections >= core_.settings.max_connections) {
        core_.metrics.refused.add(1);
        error_code ignored;
        socket.close(ignored);
      } else {
        serve_connection(core_, loop, std::move(socket), current_tls());
      }
      accept_next();
    });
  }

  TlsContext current_tls() {
    const std::lock_guard lock(tls_mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (tls_ && now - tls_made_ > kTicketKeyLife) {
      // The same certificate with new ticket keys; it was accepted once, so a failure can only be want of memory.
      auto fresh = make_context(core_.settings.certificate_chain_pem, core_.settings.private_key_pem,
                                core_.settings.tls_tickets);
      if (fresh) tls_ = std::move(*fresh);
      tls_made_ = now;
    }
    return tls_;
  }

  ServerCore core_;
  std::vector<std::unique_ptr<Loop>> loops_;
  std::vector<WorkGuard> guards_;
  std::unique_ptr<tcp::acceptor> acceptor_;
  std::unique_ptr<asio::steady_timer> pause_;
  std::size_t next_loop_ = 0;
  int port_ = 0;
  bool stopped_ = false;
  std::mutex tls_mutex_;  // guards what replace_certificate changes
  TlsContext tls_;
  std::chrono::steady_clock::time_point tls_made_;
};

}  // namespace

Result<std::unique_ptr<Server>> start_server(ServerSettings settings, std::vector<Route> routes, Admission admission,
                                             Log& log, Metrics& metrics) {
  auto router = Router::create(std::move(routes));
  if (!router) return router.error();
  auto server =
      std::make_unique<BeastServer>(std::move(settings), std::move(*router), std::move(admission), log, metrics);
  if (auto started = server->start(); !started) return started.error();
  return server;
}

}  // namespace lictor::http
