// HTTPS server: one acceptor, N event loops, limits at every stage (PRO-5, PRO-6; DECISIONS 11, 19). HTTP/1.1 only.
// Beast and OpenSSL stay in at most three .cpp files of this room.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "foundation/base/bytes.hpp"
#include "foundation/base/log.hpp"
#include "foundation/base/metrics.hpp"
#include "foundation/base/secret.hpp"
#include "foundation/base/time.hpp"

namespace lictor::http {

struct ServerRequest {
  std::string method;
  std::string target;                                        // as sent
  std::string path;                                          // percent-decoded, without the query
  std::vector<std::pair<std::string, std::string>> query;    // decoded, in order
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  std::string peer;        // address without port
  std::string request_id;  // from X-Request-Id when well formed, else made; answered in the same header
  bool secure = true;
  // Runs a task on the loop that read the request, from any thread; after the server's end the task is dropped.
  std::function<void(std::function<void()>)> resume;
  [[nodiscard]] std::string_view header(std::string_view lower_case_name) const;  // "" = absent
  [[nodiscard]] std::string_view query_value(std::string_view name) const;        // "" = absent
};

struct ServerResponse {
  int status = 200;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

// RFC 9457 problem; `code` is ours ("LS_TOO_LARGE", "not-found").
ServerResponse problem(int status, std::string_view code, std::string_view title, std::string_view detail);

// Sends the answer. Callable once, from any thread; not calling it ends in 500 when the last copy goes.
using Respond = std::function<void(ServerResponse)>;
using Handler = std::function<void(ServerRequest, Respond)>;

// What is decided before a body is read (PRO-6): nullopt = read it; else this answer, and the connection closes if a
// body would follow.
struct RequestHead {
  std::string method;
  std::string path;
  std::string peer;
  std::vector<std::pair<std::string, std::string>> headers;
  std::size_t content_length = 0;
  // How long a request that arrives now waits unread, because its loop is busy with others; about what this one waited.
  Duration lateness{0};
};
using Admission = std::function<std::optional<ServerResponse>(const RequestHead&)>;

struct Route {
  std::string method;  // "GET", "POST", ...; a GET route is given HEAD too, and its body is not sent then
  std::string path;    // "/api/v1/accounts/{account}/tokens": {name} matches one segment
  std::size_t max_body = 1024 * 1024;
  Handler handler;
  std::string name;  // for metrics and the OpenAPI test: operation id
};
// Values of {name} segments travel as query pairs with the name "{name}" at the front of ServerRequest::query.

struct ServerSettings {
  std::string address = "127.0.0.1";
  int port = 0;                       // 0: any free one, see Server::port
  std::string certificate_chain_pem;  // empty: plain HTTP (gateway, tests)
  Secret private_key_pem;
  int loops = 2;
  std::size_t max_connections = 10'000;
  std::size_t max_header_bytes = 16 * 1024;
  Duration handshake_timeout = seconds(10);
  Duration header_timeout = seconds(15);
  Duration body_timeout = seconds(60);
  Duration idle_timeout = seconds(60);
  enum class Tickets { On, Off };
  Tickets tls_tickets = Tickets::On;  // off in a lab (DECISIONS 13)
  const Clock* clock = nullptr;       // for the Date header; nullptr: no Date header. Outlives the server
};

class Server {
 public:
  virtual ~Server() = default;
  [[nodiscard]] virtual int port() const = 0;
  // Takes the new certificate for connections from now on. Error: Crypto (key and chain do not fit).
  virtual Result<void> replace_certificate(const std::string& chain_pem, const Secret& key_pem) = 0;
  // No new connections; waits for running requests at most `grace`, then closes. Blocks; never call it from a handler.
  // The destructor is stop(0). A Respond may be called after it, to no effect.
  virtual void stop(Duration grace) = 0;
  // Requests read but not yet answered (lab clock).
  [[nodiscard]] virtual int outstanding() const = 0;
};

// Listens at once. A path that no route has: 404 problem; a method that it lacks: 405 with Allow. Handlers run on an
// event loop and must not block. Errors: Unavailable (address in use, names it), Crypto, InvalidArgument (routes).
// Metrics: lictor_http_requests_total{route,method,status}, lictor_http_request_seconds{route},
// lictor_http_connections, lictor_http_connections_refused_total. `admission` may be empty; it runs on the event loops,
// after routing (404, 405) and the route's body limit (413 by Content-Length; a chunked body is cut at the limit).
Result<std::unique_ptr<Server>> start_server(ServerSettings settings, std::vector<Route> routes, Admission admission,
                                             Log& log, Metrics& metrics);

// Prometheus registry behind the Metrics interface.
std::unique_ptr<Metrics> make_prometheus_metrics();

}  // namespace lictor::http
