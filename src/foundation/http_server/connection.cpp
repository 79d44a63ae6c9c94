// One connection as a coroutine on its loop: handshake, then request after request, then a lingering close. Beast
// parses; the socket work is plain Asio, so that a deadline and a limit stand at every stage.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <type_traits>

#include <fmt/format.h>

#include "foundation/http_server/exchange.hpp"
#include "foundation/http_server/response_head.hpp"

namespace lictor::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;
using SteadyPoint = std::chrono::steady_clock::time_point;
using Parser = beast::http::request_parser<beast::http::string_body>;
using TlsStream = asio::ssl::stream<tcp::socket>;

constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kHeadChunk = 8 * 1024;
constexpr std::size_t kBodyChunk = 64 * 1024;
constexpr std::size_t kSlowestBytesPerSecond = 64 * 1024;  // an answer's deadline grows with its size
constexpr std::size_t kBodyBesideHead = 8 * 1024;
constexpr std::size_t kMaxDrained = 8 * 1024 * 1024;
constexpr Duration kLinger = seconds(2);
constexpr Duration kSecondCancel = Duration(500);

constexpr MessageRow kHandlerThrew{"HTTP_HANDLER_THREW", Severity::Error, "A request handler failed unexpectedly",
                                   "Report this with the request id."};

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

ParsedHead take_head(const Parser& parser) {
  const auto& message = parser.get();
  ParsedHead head;
  head.method = std::string_view(message.method_string().data(), message.method_string().size());
  head.target = std::string_view(message.target().data(), message.target().size());
  for (const auto& field : message) {
    head.headers.emplace_back(lower_case({field.name_string().data(), field.name_string().size()}),
                              std::string(field.value().data(), field.value().size()));
  }
  if (const auto length = parser.content_length()) head.content_length = *length;
  head.chunked = parser.chunked();
  head.http_1_0 = message.version() < 11;
  head.keep_alive = parser.keep_alive() && !head.http_1_0;
  return head;
}

ServerResponse parse_problem(const error_code& error, std::size_t body_limit) {
  using Kind = beast::http::error;
  if (error == Kind::header_limit) {
    return problem(431, "header-too-large", "Request Header Fields Too Large", "The request head is too large.");
  }
  if (error == Kind::body_limit) {
    return problem(413, "too-large", "Content Too Large",
                   fmt::format("The body may have at most {} bytes.", body_limit));
  }
  if (error == Kind::bad_version) {
    return problem(505, "http-version", "HTTP Version Not Supported", "HTTP/1.1 is spoken here.");
  }
  return problem(400, "bad-request", "Bad Request", fmt::format("The request is malformed: {}.", error.message()));
}

template <class Stream>
class StreamConnection final : public Connection, public std::enable_shared_from_this<StreamConnection<Stream>> {
  static constexpr bool kTls = std::is_same_v<Stream, TlsStream>;

 public:
  StreamConnection(ServerCore& core, Loop& loop, Stream stream)
      : core_(core), loop_(loop), stream_(std::move(stream)), timer_(loop.context), answer_ready_(loop.context) {
    error_code ignored;
    const auto peer = socket().remote_endpoint(ignored);
    if (!ignored) peer_ = peer.address().to_string();
    socket().set_option(tcp::no_delay(true), ignored);
  }

  // `self` keeps the connection alive as long as its coroutine.
  asio::awaitable<void> run([[maybe_unused]] std::shared_ptr<StreamConnection> self) {
    const Registration registration(core_, loop_, this);
    if (core_.stopping) closing_ = true;
    if (!closing_ && co_await handshake()) {
      while (co_await serve_one()) {
      }
      co_await finish();
    }
    timer_.cancel();
    error_code ignored;
    socket().close(ignored);
  }

  void answer(ServerResponse response) override {
    answer_ = std::move(response);
    answer_ready_.cancel();
  }
  void close_if_idle() override {
    if (!idle_) return;
    closing_ = true;
    error_code ignored;
    socket().cancel(ignored);
  }
  void close() override {
    closing_ = true;
    gone_ = true;
    error_code ignored;
    socket().close(ignored);
    timer_.cancel();
    answer_ready_.cancel();
  }

 private:
  // Known to the loop and counted as long as it runs.
  struct Registration {
    Registration(ServerCore& c, Loop& l, Connection* which) : core(c), loop(l), connection(which) {
      loop.connections.insert(connection);
      core.metrics.connections.set(static_cast<double>(core.connections));
    }
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;
    ~Registration() {
      loop.connections.erase(connection);
      core.metrics.connections.set(static_cast<double>(core.connections.fetch_sub(1) - 1));
    }
    ServerCore& core;
    Loop& loop;
    Connection* connection;
  };
  struct Outstanding {
    explicit Outstanding(ServerCore& c) : core(c) { core.request_begins(); }
    Outstanding(const Outstanding&) = delete;
    Outstanding& operator=(const Outstanding&) = delete;
    ~Outstanding() { core.request_ends(); }
    ServerCore& core;
  };

  tcp::socket& socket() {
    if constexpr (kTls) {
      return stream_.next_layer();
    } else {
      return stream_;
    }
  }

  // --- deadlines. One timer per connection; it is moved only when it would fire too late, so a busy keep-alive
  // connection pays for it once per idle time-out, not per request.
  void set_deadline(Duration from_now) {
    timed_out_ = false;
    deadline_ = std::chrono::steady_clock::now() + from_now;
    if (!armed_ || deadline_ < armed_until_) arm();
  }
  void no_deadline() {
    timed_out_ = false;
    deadline_ = SteadyPoint::max();
  }
  void arm() {
    armed_ = true;
    armed_until_ = deadline_;
    timer_.expires_at(armed_until_);
    timer_.async_wait([self = this->shared_from_this()](const error_code& error) {
      if (!error) self->on_timer();
    });
  }
  void on_timer() {
    armed_ = false;
    if (deadline_ == SteadyPoint::max()) return;
    if (std::chrono::steady_clock::now() < deadline_) return arm();
    // A cancel can fall between two steps of a composed TLS operation and be lost: the second time the socket goes.
    error_code ignored;
    if (timed_out_) {
      gone_ = true;
      socket().close(ignored);
      return;
    }
    timed_out_ = true;
    socket().cancel(ignored);
    deadline_ = std::chrono::steady_clock::now() + kSecondCancel;
    arm();
  }
  [[nodiscard]] bool over() const { return timed_out_ || closing_ || gone_; }

  asio::awaitable<bool> handshake() {
    if constexpr (kTls) {
      set_deadline(core_.settings.handshake_timeout);
      auto [error] = co_await stream_.async_handshake(asio::ssl::stream_base::server, kNoThrow);
      co_return !error && !over();
    } else {
      co_return true;
    }
  }

  // Reads what is there. False: the deadline, the peer's end, or ours.
  asio::awaitable<bool> fill(std::size_t chunk) {
    if (over()) co_return false;
    auto [error, count] = co_await stream_.async_read_some(buffer_.prepare(chunk), kNoThrow);
    buffer_.commit(count);
    if (error && !timed_out_ && !closing_) gone_ = true;
    co_return !error;
  }

  // Parses until `done`; reads more as needed. A refusal: what to answer before closing; gone: nothing to say.
  enum class Read { Complete, Refused, Gone };
  template <class Done>
  asio::awaitable<Read> parse(Parser& parser, std::size_t chunk, std::size_t body_limit, Done done) {
    while (!done()) {
      error_code error;
      std::size_t used = 0;
      if (buffer_.size() > 0) {
        used = parser.put(buffer_.data(), error);
        buffer_.consume(used);
        if (error && error != beast::http::error::need_more) {
          refusal_ = parse_problem(error, body_limit);
          co_return Read::Refused;
        }
        if (!error && (used > 0 || done())) continue;
      }
      if (buffer_.size() > core_.settings.max_header_bytes + kBodyChunk) {  // a chunk's head without end
        refusal_ = problem(400, "bad-request", "Bad Request", "The request is malformed.");
        co_return Read::Refused;
      }
      if (co_await fill(chunk)) {
        on_bytes();
        continue;
      }
      if (!timed_out_ || idle_) co_return Read::Gone;
      refusal_ = problem(408, "timeout", "Request Timeout", "The request did not arrive in time.");
      co_return Read::Refused;
    }
    co_return Read::Complete;
  }
  // The first byte of a request ends the idle time and starts the head's.
  void on_bytes() {
    if (!idle_) return;
    idle_ = false;
    set_deadline(core_.settings.header_timeout);
  }

  asio::awaitable<Read> read_head(Parser& parser) {
    parser.header_limit(static_cast<std::uint32_t>(core_.settings.max_header_bytes));
    parser.body_limit(boost::none);  // judged by ourselves once the route is known
    idle_ = buffer_.size() == 0;
    if (idle_ && buffer_.capacity() > 2 * kHeadChunk) buffer_.shrink_to_fit();
    set_deadline(idle_ ? core_.settings.idle_timeout : core_.settings.header_timeout);
    const Read read = co_await parse(parser, kHeadChunk, 0, [&] { return parser.is_header_done(); });
    idle_ = false;
    co_return read;
  }

  asio::awaitable<Read> read_body(Parser& parser, const Exchange& exchange) {
    if (parser.is_done()) co_return Read::Complete;
    parser.body_limit(exchange.route->max_body);
    parser.eager(true);
    set_deadline(core_.settings.body_timeout);
    if (exchange.expects_continue && buffer_.size() == 0) {
      static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      auto [error, count] = co_await asio::async_write(stream_, asio::buffer(kContinue), kNoThrow);
      if (error) co_return Read::Gone;
    }
    co_return co_await parse(parser, kBodyChunk, exchange.route->max_body, [&] { return parser.is_done(); });
  }

  // True: another request may follow.
  asio::awaitable<bool> serve_one() {
    Parser parser;
    Exchange exchange;
    const Read head = co_await read_head(parser);
    if (head == Read::Gone) co_return false;
    const Outstanding outstanding(core_);
    exchange.started = std::chrono::steady_clock::now();
    if (head == Read::Refused) {
      exchange.request_id = new_request_id(loop_);
      unread_ = true;
      co_return co_await send(std::move(*refusal_), exchange);
    }
    if (auto refusal = judge_head(core_, loop_, take_head(parser), peer_, exchange)) {
      unread_ = !parser.is_done();
      if (unread_) exchange.keep_alive = false;
      co_return co_await send(std::move(*refusal), exchange);
    }
    switch (co_await read_body(parser, exchange)) {
      case Read::Gone:
        co_return false;
      case Read::Refused:
        unread_ = true;
        exchange.keep_alive = false;
        co_return co_await send(std::move(*refusal_), exchange);
      case Read::Complete:
        break;
    }
    exchange.request.body = std::move(parser.get().body());
    co_return co_await handle(exchange);
  }

  asio::awaitable<bool> handle(Exchange& exchange) {
    no_deadline();  // the handler's own time-outs hold from here
    answer_.reset();
    call_handler(exchange);
    while (!answer_ && !closing_) {
      answer_ready_.expires_at(SteadyPoint::max());
      co_await answer_ready_.async_wait(kNoThrow);
    }
    if (!answer_) co_return false;
    ServerResponse response = std::move(*answer_);
    answer_.reset();
    co_return co_await send(std::move(response), exchange);
  }

  void call_handler(Exchange& exchange) {
    // A Respond that goes with the exception answers 500 by itself.
    try {
      exchange.route->handler(std::move(exchange.request), make_respond(loop_.gate, this->weak_from_this()));
    } catch (const std::exception& error) {
      core_.log.write(kHandlerThrew, {{"request_id", exchange.request_id}, {"what", error.what()}});
    }
  }

  asio::awaitable<bool> send(ServerResponse response, Exchange& exchange) {
    if (core_.stopping) exchange.keep_alive = false;
    HeadSettings head{exchange.request_id, std::nullopt, kTls, exchange.keep_alive};
    if (core_.settings.clock != nullptr) head.date = core_.settings.clock->wall();
    std::string text = response_head(response, head);
    if (exchange.method == "HEAD" || !has_body(response.status)) response.body.clear();
    // A small body goes out with its head: one TLS record, one packet.
    if (response.body.size() <= kBodyBesideHead) text += std::exchange(response.body, {});
    set_deadline(core_.settings.body_timeout +
                 seconds(static_cast<std::int64_t>(response.body.size() / kSlowestBytesPerSecond)));
    const std::array<asio::const_buffer, 2> parts{asio::buffer(text), asio::buffer(response.body)};
    auto [error, count] = co_await asio::async_write(stream_, parts, kNoThrow);
    record_request(core_, loop_, exchange, peer_, response.status);
    if (error) gone_ = true;
    co_return !error && exchange.keep_alive && !closing_;
  }

  // Says goodbye in both layers. A peer that is still sending what we refused to read would lose our answer to a reset
  // if the socket closed at once, so its bytes are thrown away for a moment.
  asio::awaitable<void> finish() {
    if (gone_) co_return;
    closing_ = false;
    set_deadline(kLinger);
    if constexpr (kTls) co_await stream_.async_shutdown(kNoThrow);
    error_code ignored;
    socket().shutdown(tcp::socket::shutdown_send, ignored);
    if (!unread_) co_return;
    std::vector<char> scratch(kBodyChunk);
    for (std::size_t total = 0; total < kMaxDrained && !over();) {
      auto [error, count] = co_await socket().async_read_some(asio::buffer(scratch), kNoThrow);
      if (error) break;
      total += count;
    }
  }

  ServerCore& core_;
  Loop& loop_;
  Stream stream_;
  asio::steady_timer timer_;
  asio::steady_timer answer_ready_;
  beast::flat_buffer buffer_;
  std::string peer_;
  std::optional<ServerResponse> answer_;
  std::optional<ServerResponse> refusal_;
  SteadyPoint deadline_ = SteadyPoint::max();
  SteadyPoint armed_until_ = SteadyPoint::max();
  bool armed_ = false;
  bool idle_ = false;       // no byte of a request has arrived
  bool timed_out_ = false;  // the deadline of the present stage has passed
  bool closing_ = false;    // the server ends
  bool gone_ = false;       // nothing more can be said to the peer
  bool unread_ = false;     // a request's rest was left on the wire
};

template <class Stream>
void spawn(ServerCore& core, Loop& loop, Stream stream) {
  auto connection = std::make_shared<StreamConnection<Stream>>(core, loop, std::move(stream));
  asio::co_spawn(loop.context, connection->run(connection), asio::detached);
}

}  // namespace

void serve_connection(ServerCore& core, Loop& loop, tcp::socket socket, std::shared_ptr<asio::ssl::context> tls) {
  core.connections.fetch_add(1);
  if (tls) {
    spawn(core, loop, TlsStream(std::move(socket), *tls));
  } else {
    spawn(core, loop, std::move(socket));
  }
}

}  // namespace lictor::http
