#include "foundation/http_server/exchange.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "foundation/http_server/response_head.hpp"

namespace lictor::http {
namespace {

// The one answer that a Respond's copies share.
class Answer {
 public:
  Answer(std::shared_ptr<LoopGate> gate, std::weak_ptr<Connection> connection)
      : gate_(std::move(gate)), connection_(std::move(connection)) {}
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;
  ~Answer() {
    if (sent_) return;
    send(problem(500, "internal", "Internal Server Error", "The request was given up without an answer."));
  }

  void send(ServerResponse response) {
    if (sent_.exchange(true)) return;
    if (gate_->on_loop()) {
      if (const auto connection = connection_.lock()) connection->answer(std::move(response));
      return;
    }
    gate_->post([weak = connection_, response = std::move(response)]() mutable {
      if (const auto connection = weak.lock()) connection->answer(std::move(response));
    });
  }

 private:
  std::atomic<bool> sent_{false};
  std::shared_ptr<LoopGate> gate_;
  std::weak_ptr<Connection> connection_;
};

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [&](char x, char y) { return lower(x) == lower(y); });
}

ServerResponse bad_request(std::string_view detail) {
  return problem(400, "bad-request", "Bad Request", detail);
}

// What a message must satisfy whatever its route (RFC 9112 §3.2, §6).
std::optional<ServerResponse> check_form(const ParsedHead& head, Exchange& exchange) {
  int hosts = 0;
  for (const auto& [name, value] : head.headers) {
    if (name == "host") ++hosts;
    if (name == "transfer-encoding" && !equal_ignoring_case(value, "chunked")) {
      return problem(501, "transfer-encoding", "Not Implemented", "No transfer coding but chunked is understood.");
    }
    if (name == "expect") {
      if (!equal_ignoring_case(value, "100-continue")) {
        return problem(417, "expectation", "Expectation Failed", "No expectation but 100-continue is understood.");
      }
      exchange.expects_continue = !head.http_1_0;
    }
  }
  if (hosts > 1 || (hosts == 0 && !head.http_1_0)) return bad_request("Exactly one Host header is needed.");
  return std::nullopt;
}

ServerResponse not_allowed(const std::string& allow, std::string_view method, std::string_view path) {
  auto answer = problem(405, "method-not-allowed", "Method Not Allowed",
                        fmt::format("{} is not possible on {}; possible: {}.", method, path, allow));
  answer.headers.emplace_back("Allow", allow);
  return answer;
}

// Methods that name a metric; a stranger's invention must not make a time series.
std::string_view metric_method(std::string_view method) {
  static constexpr std::array<std::string_view, 7> kKnown{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
  return std::find(kKnown.begin(), kKnown.end(), method) == kKnown.end() ? "other" : method;
}

const std::vector<double>& second_bounds() {
  static const std::vector<double> bounds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                          0.1,    0.25,  0.5,    1,     2.5,  5,     10};
  return bounds;
}

// The route, not the path: what people put into a path is not for a log.
constexpr MessageRow kRequest{"HTTP_REQUEST", Severity::Info, "A request was answered"};

}  // namespace

HttpMetrics::HttpMetrics(Metrics& metrics)
    : all(metrics),
      connections(metrics.gauge("lictor_http_connections", "Connections open now.")),
      refused(metrics.counter("lictor_http_connections_refused_total", "Connections closed at once: too many open.")) {}

Respond make_respond(std::shared_ptr<LoopGate> gate, std::weak_ptr<Connection> connection) {
  return [answer = std::make_shared<Answer>(std::move(gate), std::move(connection))](ServerResponse response) {
    answer->send(std::move(response));
  };
}

std::string new_request_id(Loop& loop) {
  return to_hex(loop.ids.bytes(16));
}

std::optional<ServerResponse> judge_head(ServerCore& core, Loop& loop, ParsedHead head, const std::string& peer,
                                         Exchange& exchange) {
  exchange.method = head.method;
  exchange.keep_alive = head.keep_alive;
  ServerRequest& request = exchange.request;
  request.peer = peer;
  request.secure = core.secure;
  request.resume = [gate = loop.gate](std::function<void()> task) { gate->post(std::move(task)); };
  const auto given = std::find_if(head.headers.begin(), head.headers.end(),
                                  [](const auto& header) { return header.first == "x-request-id"; });
  const bool usable = given != head.headers.end() && is_request_id(given->second);
  exchange.request_id = usable ? given->second : new_request_id(loop);
  request.request_id = exchange.request_id;
  if (auto refusal = check_form(head, exchange)) return refusal;

  auto target = parse_target(head.target);
  if (!target) return bad_request("The request target is malformed.");
  auto match = core.router.find(head.method, target->raw_path);
  if (match.route == nullptr) {
    if (!match.allow.empty()) return not_allowed(match.allow, head.method, target->path);
    return problem(404, "not-found", "Not Found", fmt::format("There is nothing at {}.", target->path));
  }
  exchange.route = match.route;
  if (head.content_length.value_or(0) > match.route->max_body) {
    return problem(413, "too-large", "Content Too Large",
                   fmt::format("The body may have at most {} bytes.", match.route->max_body));
  }
  if (core.admission) {
    RequestHead seen{head.method,         target->path, peer, std::move(head.headers), head.content_length.value_or(0),
                     loop.lateness.look()};
    auto refusal = core.admission(seen);
    if (refusal) return refusal;
    head.headers = std::move(seen.headers);
  }
  request.method = std::move(head.method);
  request.target = std::move(head.target);
  request.path = std::move(target->path);
  request.query = std::move(match.parameters);
  std::move(target->query.begin(), target->query.end(), std::back_inserter(request.query));
  request.headers = std::move(head.headers);
  return std::nullopt;
}

void record_request(ServerCore& core, Loop& loop, const Exchange& exchange, const std::string& peer, int status) {
  const std::string route = exchange.route == nullptr      ? "unmatched"
                            : exchange.route->name.empty() ? exchange.route->path
                                                           : exchange.route->name;
  const std::string_view method = metric_method(exchange.method);
  auto& counter = loop.request_counters[{exchange.route, fmt::format("{} {}", method, status)}];
  if (counter == nullptr) {
    counter = &core.metrics.all.counter(
        "lictor_http_requests_total", "Requests answered.",
        {{"route", route}, {"method", std::string(method)}, {"status", std::to_string(status)}});
  }
  counter->add(1);
  auto& histogram = loop.request_seconds[exchange.route];
  if (histogram == nullptr) {
    histogram = &core.metrics.all.histogram("lictor_http_request_seconds",
                                            "From a request's head being read to its answer being written.",
                                            second_bounds(), {{"route", route}});
  }
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - exchange.started;
  histogram->observe(taken.count());
  core.log.write(kRequest, {{"request_id", exchange.request_id},
                            {"peer", peer},
                            {"method", std::string(method)},
                            {"route", route},
                            {"status", std::to_string(status)},
                            {"ms", fmt::format("{:.1f}", taken.count() * 1000)}});
}

}  // namespace lictor::http
