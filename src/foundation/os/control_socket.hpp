// A local control socket: frames of text over a unix stream socket (4 bytes length big endian, then the text). The
// server lives on an event loop; the client blocks. Rights: the socket file's mode, and the peer's credentials.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "foundation/base/result.hpp"
#include "foundation/base/time.hpp"
#include "foundation/os/event_loop.hpp"

namespace lictor::os {

inline constexpr std::size_t kMaxControlFrame = 4 * 1024 * 1024;

struct PeerCredentials {
  int pid = 0;
  int uid = -1;
  int gid = -1;
};

class ControlConnection {
 public:
  virtual ~ControlConnection() = default;
  [[nodiscard]] virtual PeerCredentials peer() const = 0;
  // Queued, in order. A peer that does not read is cut at 64 MiB; one that is sent more than kMaxControlFrame at once,
  // too.
  virtual void send(std::string frame) = 0;
  // After everything queued has gone out.
  virtual void close() = 0;
};

struct ControlHandlers {  // all on the loop's thread
  std::function<void(const std::shared_ptr<ControlConnection>&)> opened;
  std::function<void(const std::shared_ptr<ControlConnection>&, std::string frame)> frame;
  std::function<void(const std::shared_ptr<ControlConnection>&)> closed;
};

class ControlServer {
 public:
  virtual ~ControlServer() = default;  // closes everything and removes the socket file
};
// A stale socket file is replaced; a live one, and a file that is no socket, is refused: Conflict. `mode`: 0600 or
// 0660. At most 64 peers at a time; more are closed at once.
Result<std::unique_ptr<ControlServer>> listen_control(EventLoop& loop, const std::string& path, int mode,
                                                      ControlHandlers handlers);

class ControlClient {
 public:
  // Errors: Unavailable (no such socket, nobody listens).
  static Result<ControlClient> connect(const std::string& path);
  ControlClient(ControlClient&& other) noexcept;
  ControlClient& operator=(ControlClient&&) = delete;
  ~ControlClient();
  // Errors: TooLarge, beyond kMaxControlFrame; Unavailable when the other side closed.
  Result<void> send(std::string_view frame);
  // Errors: Timeout; Unavailable when the other side closed. A timeout in the middle of a frame loses the connection.
  Result<std::string> receive(Duration timeout);
  [[nodiscard]] int descriptor() const { return fd_; }  // for poll(2)

 private:
  explicit ControlClient(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace lictor::os
