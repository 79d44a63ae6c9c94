#include "device/daemon/shell_server.hpp"

#include <fmt/format.h>

namespace lictor::device {

namespace {
constexpr std::size_t kMaxWaiting = 1000;  // questions sent ahead by one peer
}  // namespace

Result<std::unique_ptr<ShellServer>> ShellServer::listen(os::EventLoop& loop, const Grammar& grammar,
                                                         DeviceControl& device, Settings settings) {
  std::unique_ptr<ShellServer> shell(new ShellServer(grammar, device, std::move(settings)));
  ShellServer* self = shell.get();
  os::ControlHandlers handlers;
  handlers.opened = [self](const ConnectionPtr& c) { self->opened(c); };
  handlers.frame = [self](const ConnectionPtr& c, std::string text) { self->frame(c, text); };
  handlers.closed = [self](const ConnectionPtr& c) { self->peers_.erase(c.get()); };
  auto server = os::listen_control(loop, self->settings_.socket_path, self->settings_.mode, std::move(handlers));
  if (!server) return server.error().with_context("control socket");
  shell->server_ = std::move(*server);
  return shell;
}

void ShellServer::opened(const ConnectionPtr& connection) {
  const os::PeerCredentials peer = connection->peer();
  SessionSettings s;
  s.user = fmt::format("uid {}", peer.uid);
  s.may_enable = peer.uid == 0 || peer.uid == settings_.own_uid;
  s.start_privileged = settings_.start_privileged;
  s.lab = settings_.lab;
  auto entry = std::make_shared<Peer>();
  entry->connection = connection;
  entry->session = std::make_unique<Session>(grammar_, device_, std::move(s));
  peers_[connection.get()] = std::move(entry);
}

void ShellServer::frame(const ConnectionPtr& connection, const std::string& text) {
  const auto it = peers_.find(connection.get());
  if (it == peers_.end()) return;
  const PeerPtr peer = it->second;
  auto question = wire::decode_question(text);
  if (!question || peer->waiting.size() >= kMaxWaiting) return connection->close();
  peer->waiting.push_back(std::move(*question));
  next(peer);
}

void ShellServer::next(const PeerPtr& peer) {
  while (!peer->busy && !peer->waiting.empty()) {
    const wire::Question question = std::move(peer->waiting.front());
    peer->waiting.pop_front();
    answer(peer, question);
  }
}

void ShellServer::answer(const PeerPtr& peer, const wire::Question& q) {
  wire::Answer a;
  switch (q.ask) {
    case wire::Ask::Hello: {
      Reply hello;
      hello.prompt = peer->session->prompt();
      return reply(peer, std::move(hello));
    }
    case wire::Ask::Help:
      a.kind = wire::Kind::Help;
      a.reply.output = peer->session->help(q.text);
      return peer->connection->send(wire::encode(a));
    case wire::Ask::Complete:
      a.kind = wire::Kind::Completion;
      a.completion = peer->session->complete(q.text);
      return peer->connection->send(wire::encode(a));
    case wire::Ask::Interrupt:
      return reply(peer, peer->session->interrupt());
    case wire::Ask::Line:
      break;
  }
  peer->busy = true;
  peer->executing = true;
  peer->session->execute(q.text, q.echo_width, [this, weak = std::weak_ptr<Peer>(peer)](Reply r) {
    const PeerPtr still = weak.lock();
    if (!still) return;
    still->busy = false;
    reply(still, std::move(r));
    if (!still->executing) next(still);
  });
  peer->executing = false;
}

void ShellServer::reply(const PeerPtr& peer, Reply r) {
  wire::Answer a;
  const bool closed = r.closed;
  a.reply = std::move(r);
  a.length = peer->session->length();
  peer->connection->send(wire::encode(a));
  if (closed) {
    peer->waiting.clear();
    peer->connection->close();
  }
}

void ShellServer::log(const std::string& line) {
  for (const auto& [key, peer] : peers_) {
    if (!peer->session->monitoring()) continue;
    wire::Answer a;
    a.kind = wire::Kind::Log;
    a.reply.output = line + "\n";
    peer->connection->send(wire::encode(a));
  }
}

void ShellServer::close_all() {
  const auto peers = peers_;  // close() may come back as closed()
  for (const auto& [key, peer] : peers) peer->connection->close();
}

bool ShellServer::quiet() const {
  for (const auto& [key, peer] : peers_) {
    if (peer->busy) return false;
  }
  return true;
}

}  // namespace lictor::device
