// The sessions of the daemon, one a connection of the control socket. Rights follow the peer: root and the daemon's own
// user may enter privileged EXEC, others stay in user EXEC. On the loop's thread.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>

#include "device/session/session.hpp"
#include "device/shell/wire.hpp"
#include "foundation/os/control_socket.hpp"

namespace lictor::device {

class ShellServer {
 public:
  struct Settings {
    std::string socket_path;
    int mode = 0600;
    int own_uid = 0;  // of the daemon
    bool start_privileged = true;
    bool lab = false;
  };
  static Result<std::unique_ptr<ShellServer>> listen(os::EventLoop& loop, const Grammar& grammar, DeviceControl& device,
                                                     Settings settings);

  // To the sessions that said `terminal monitor`.
  void log(const std::string& line);
  // The device restarted: every session ends.
  void close_all();
  [[nodiscard]] bool quiet() const;  // no command is being executed

 private:
  using ConnectionPtr = std::shared_ptr<os::ControlConnection>;
  struct Peer {
    ConnectionPtr connection;
    std::unique_ptr<Session> session;
    std::deque<wire::Question> waiting;
    bool busy = false;       // a command is on its way: the next questions wait
    bool executing = false;  // inside Session::execute
  };
  using PeerPtr = std::shared_ptr<Peer>;

  ShellServer(const Grammar& grammar, DeviceControl& device, Settings settings)
      : grammar_(grammar), device_(device), settings_(std::move(settings)) {}
  void opened(const ConnectionPtr& connection);
  void frame(const ConnectionPtr& connection, const std::string& text);
  void next(const PeerPtr& peer);
  void answer(const PeerPtr& peer, const wire::Question& question);
  void reply(const PeerPtr& peer, Reply reply);

  const Grammar& grammar_;
  DeviceControl& device_;
  Settings settings_;
  std::map<os::ControlConnection*, PeerPtr> peers_;
  std::unique_ptr<os::ControlServer> server_;  // last: closes its connections while the rest is there
};

}  // namespace lictor::device
