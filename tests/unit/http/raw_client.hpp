// A plain TCP client that sends exactly the bytes of the test, and a listener for small peers. Five seconds is the most
// that any call waits.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lictor::test {

struct RawAnswer {
  int status = 0;
  std::string head;  // with the status line, names as sent
  std::string body;
  [[nodiscard]] std::string header(std::string_view name) const;  // "" = absent
};

class RawClient {
 public:
  explicit RawClient(int port);
  explicit RawClient(int descriptor, std::string_view) : descriptor_(descriptor) {}
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  ~RawClient();
  [[nodiscard]] int descriptor() const { return descriptor_; }
  bool send(std::string_view bytes);
  // One answer by its Content-Length; `body_follows` false for the answer to HEAD. nullopt: the connection ended.
  enum class Body { Follows, Absent };
  std::optional<RawAnswer> receive(Body body = Body::Follows);
  std::optional<RawAnswer> exchange(std::string_view bytes);
  // Reads until the peer's end; true if that came.
  bool closed();
  std::string read_until(std::string_view end);

 private:
  bool read_more();
  int descriptor_ = -1;
  std::string pending_;
};

// Listens on 127.0.0.1, any port.
class RawListener {
 public:
  RawListener();
  RawListener(const RawListener&) = delete;
  RawListener& operator=(const RawListener&) = delete;
  ~RawListener();
  [[nodiscard]] int port() const { return port_; }
  int accept();  // a descriptor, or -1 after shut()
  void shut();

 private:
  int descriptor_ = -1;
  int port_ = 0;
};

}  // namespace lictor::test
