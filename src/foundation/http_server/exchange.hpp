// One request between its head and its answer: what is decided about it without touching a socket. Internal to the
// room.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "foundation/http_server/loop.hpp"

namespace lictor::http {

// Everything but the body, taken from the parser.
struct ParsedHead {
  std::string method;
  std::string target;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  bool http_1_0 = false;
  bool keep_alive = true;
};

struct Exchange {
  std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();
  const Route* route = nullptr;
  std::string method;  // as sent
  std::string request_id;
  bool keep_alive = false;
  bool expects_continue = false;
  ServerRequest request;  // without its body
};

// The order: well-formed, known path, method, body within the route's limit, admission (PRO-6). An answer here means
// that the body is not read. Fills `exchange` as far as it comes.
std::optional<ServerResponse> judge_head(ServerCore& core, Loop& loop, ParsedHead head, const std::string& peer,
                                         Exchange& exchange);

// The function given to the handler. Dropping every copy of it answers 500.
Respond make_respond(std::shared_ptr<LoopGate> gate, std::weak_ptr<Connection> connection);

// Counts the request under its route, method and status, and its seconds under its route; logs it. The handler has
// taken exchange.request by then.
void record_request(ServerCore& core, Loop& loop, const Exchange& exchange, const std::string& peer, int status);

std::string new_request_id(Loop& loop);

}  // namespace lictor::http
