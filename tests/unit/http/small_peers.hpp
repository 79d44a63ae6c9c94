// A CONNECT proxy and a name server, just large enough for the tests; each on a thread of its own, on any free port.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "unit/http/raw_client.hpp"

namespace lictor::test {

class ConnectProxy {
 public:
  // Answers `refusal` (a status line with its end) to every CONNECT if it is not empty. `credentials`: the base64 that
  // Proxy-Authorization must carry; "" = anybody may. Whatever name is asked for, it connects to 127.0.0.1.
  ConnectProxy(std::string refusal, std::string credentials);
  ConnectProxy(const ConnectProxy&) = delete;
  ConnectProxy& operator=(const ConnectProxy&) = delete;
  ~ConnectProxy();
  [[nodiscard]] int port() const { return listener_.port(); }
  std::vector<std::string> requests();  // the heads received

 private:
  void serve(int descriptor);
  const std::string refusal_;
  const std::string credentials_;
  RawListener listener_;
  std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

// Knows one name, with A and no AAAA record; every other one does not exist.
class NameServer {
 public:
  NameServer(std::string name, std::string address);
  NameServer(const NameServer&) = delete;
  NameServer& operator=(const NameServer&) = delete;
  ~NameServer();
  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] int queries() const { return queries_; }

 private:
  void serve();
  std::string name_;
  std::string address_;
  int descriptor_ = -1;
  int port_ = 0;
  std::atomic<int> queries_{0};
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

}  // namespace lictor::test
