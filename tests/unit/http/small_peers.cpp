#include "unit/http/small_peers.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace lictor::test {
namespace {

// Until one side ends.
void relay(int a, int b) {
  std::array<pollfd, 2> both{{{a, POLLIN, 0}, {b, POLLIN, 0}}};
  std::array<char, 16384> buffer;
  for (;;) {
    if (::poll(both.data(), both.size(), 5000) <= 0) return;
    for (std::size_t i = 0; i < 2; ++i) {
      if (both[i].revents == 0) continue;
      const auto got = ::recv(both[i].fd, buffer.data(), buffer.size(), 0);
      if (got <= 0) return;
      if (::send(both[1 - i].fd, buffer.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL) != got) return;
    }
  }
}

}  // namespace

ConnectProxy::ConnectProxy(std::string refusal, std::string credentials)
    : refusal_(std::move(refusal)), credentials_(std::move(credentials)), thread_([this] {
        for (int descriptor = listener_.accept(); descriptor >= 0; descriptor = listener_.accept()) serve(descriptor);
      }) {}

ConnectProxy::~ConnectProxy() {
  listener_.shut();
  thread_.join();
}

std::vector<std::string> ConnectProxy::requests() {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void ConnectProxy::serve(int descriptor) {
  RawClient client(descriptor, "accepted");
  const std::string head = client.read_until("\r\n\r\n");
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(head);
  }
  if (!credentials_.empty() && head.find("Proxy-Authorization: Basic " + credentials_ + "\r\n") == std::string::npos) {
    client.send(
        "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"test\"\r\n"
        "Content-Length: 0\r\nConnection: close\r\n\r\n");
    return;
  }
  if (!refusal_.empty()) {
    client.send(refusal_ + "Content-Length: 0\r\nConnection: close\r\n\r\n");
    return;
  }
  const auto colon = head.find(':');
  const RawClient upstream(std::atoi(head.c_str() + colon + 1));
  client.send("HTTP/1.1 200 Connection established\r\n\r\n");
  relay(descriptor, upstream.descriptor());
}

NameServer::NameServer(std::string name, std::string address)
    : name_(std::move(name)), address_(std::move(address)), descriptor_(::socket(AF_INET, SOCK_DGRAM, 0)) {
  sockaddr_in own{};
  own.sin_family = AF_INET;
  own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof own;
  ::bind(descriptor_, reinterpret_cast<sockaddr*>(&own), length);
  ::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&own), &length);
  port_ = ntohs(own.sin_port);
  thread_ = std::thread([this] { serve(); });
}

NameServer::~NameServer() {
  ending_ = true;
  ::shutdown(descriptor_, SHUT_RDWR);
  thread_.join();
  ::close(descriptor_);
}

void NameServer::serve() {
  std::array<char, 512> query;
  while (!ending_) {
    pollfd polled{descriptor_, POLLIN, 0};
    if (::poll(&polled, 1, 50) <= 0) continue;
    sockaddr_in peer{};
    socklen_t length = sizeof peer;
    const auto got =
        ::recvfrom(descriptor_, query.data(), query.size(), 0, reinterpret_cast<sockaddr*>(&peer), &length);
    if (got < 17) continue;
    ++queries_;
    std::string asked;
    std::size_t at = 12;
    while (at < static_cast<std::size_t>(got) && query[at] != 0) {
      const auto size = static_cast<std::size_t>(query[at]);
      asked += (asked.empty() ? "" : ".") + std::string(query.data() + at + 1, size);
      at += size + 1;
    }
    const bool known = asked == name_;
    const bool wants_a = query[at + 2] == 1;
    std::string answer(query.data(), at + 5);  // the header and the question
    answer[2] = static_cast<char>(0x81);
    answer[3] = static_cast<char>(known ? 0x80 : 0x83);  // NXDOMAIN
    answer[7] = static_cast<char>(known && wants_a ? 1 : 0);
    answer[8] = answer[9] = answer[10] = answer[11] = 0;
    if (known && wants_a) {
      in_addr address{};
      ::inet_pton(AF_INET, address_.c_str(), &address);
      answer += std::string("\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04", 12);
      answer.append(reinterpret_cast<const char*>(&address.s_addr), 4);
    }
    ::sendto(descriptor_, answer.data(), answer.size(), 0, reinterpret_cast<const sockaddr*>(&peer), length);
  }
}

}  // namespace lictor::test
