#include "unit/http/raw_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace lictor::test {
namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

}  // namespace

std::string RawAnswer::header(std::string_view name) const {
  const std::string wanted = "\r\n" + lower(name) + ": ";
  const auto at = lower(head).find(wanted);
  if (at == std::string::npos) return "";
  const auto from = at + wanted.size();
  return head.substr(from, head.find("\r\n", from) - from);
}

RawClient::RawClient(int port) : descriptor_(::socket(AF_INET, SOCK_STREAM, 0)) {
  const timeval limit{5, 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  const sockaddr_in address = loopback(port);
  if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(descriptor_);
    descriptor_ = -1;
  }
}

RawClient::~RawClient() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool RawClient::read_more() {
  std::array<char, 16384> buffer;
  const auto got = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
  if (got <= 0) return false;
  pending_.append(buffer.data(), static_cast<std::size_t>(got));
  return true;
}

std::string RawClient::read_until(std::string_view end) {
  auto at = pending_.find(end);
  while (at == std::string::npos) {
    if (!read_more()) return "";
    at = pending_.find(end);
  }
  std::string out = pending_.substr(0, at + end.size());
  pending_.erase(0, at + end.size());
  return out;
}

std::optional<RawAnswer> RawClient::receive(Body body) {
  RawAnswer answer;
  answer.head = read_until("\r\n\r\n");
  if (answer.head.size() < 12) return std::nullopt;
  answer.status = std::atoi(answer.head.c_str() + 9);
  const std::string length = answer.header("Content-Length");
  const auto wanted = body == Body::Absent || length.empty() ? 0U : static_cast<std::size_t>(std::stoul(length));
  while (pending_.size() < wanted) {
    if (!read_more()) return std::nullopt;
  }
  answer.body = pending_.substr(0, wanted);
  pending_.erase(0, wanted);
  return answer;
}

std::optional<RawAnswer> RawClient::exchange(std::string_view bytes) {
  if (!send(bytes)) return std::nullopt;
  return receive();
}

bool RawClient::closed() {
  std::array<char, 4096> buffer;
  for (;;) {
    const auto got = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
    if (got > 0) continue;
    return got == 0 || errno == ECONNRESET;
  }
}

RawListener::RawListener() : descriptor_(::socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;
  ::bind(descriptor_, reinterpret_cast<sockaddr*>(&address), length);
  ::listen(descriptor_, 16);
  ::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address), &length);
  port_ = ntohs(address.sin_port);
}

RawListener::~RawListener() {
  ::close(descriptor_);
}

int RawListener::accept() {
  return ::accept(descriptor_, nullptr, nullptr);
}

void RawListener::shut() {
  ::shutdown(descriptor_, SHUT_RDWR);
}

}  // namespace lictor::test
