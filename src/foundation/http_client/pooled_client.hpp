// Many requests at once over few connections, by one thread: for programs that speak for thousands (fleet, gateways).
// The same requests, settings and failures as the blocking client; one client is one way of connecting.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "foundation/base/scheduler.hpp"
#include "foundation/http_client/http_client.hpp"

namespace lictor::http {

struct PooledSettings {
  // Holds for every request. total_timeout counts from when a request gets a connection's turn, not while it waits.
  // Name servers and revocation lists are asked on the client's one thread: the other transfers wait meanwhile.
  RequestSettings request;
  int max_connections = 64;  // at the same time, kept alive between requests; at least 1
};

class PooledClient {
 public:
  using Id = std::uint64_t;  // 0 is no request
  // What is outstanding is given up; no `done` runs any more.
  virtual ~PooledClient() = default;
  // All from home's thread. Any number may be outstanding; they get their turn in order. `done` is posted to home.
  virtual Id start(Request request, std::function<void(Reply)> done) = 0;
  // `done` does not run then. No effect if it ran already.
  virtual void cancel(Id id) = 0;
  [[nodiscard]] virtual std::size_t outstanding() const = 0;
};
// `home` must outlive it.
std::unique_ptr<PooledClient> make_pooled_client(Scheduler& home, PooledSettings settings);

}  // namespace lictor::http
