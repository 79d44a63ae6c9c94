#include "foundation/http_client/resolver.hpp"

#include <ares.h>
#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <memory>

#include <fmt/format.h>

namespace lictor::http {
namespace {

constexpr int kSliceMs = 200;  // how long a cancellation may go unseen

struct ChannelDeleter {
  void operator()(ares_channeldata* channel) const { ares_destroy(channel); }
};
using Channel = std::unique_ptr<ares_channeldata, ChannelDeleter>;

struct Lookup {
  bool done = false;
  int status = ARES_SUCCESS;
  std::vector<std::string> addresses;
};

void on_addresses(void* argument, int status, int, ares_addrinfo* info) {
  auto& lookup = *static_cast<Lookup*>(argument);
  lookup.done = true;
  lookup.status = status;
  for (auto* node = info == nullptr ? nullptr : info->nodes; node != nullptr; node = node->ai_next) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const void* address = nullptr;
    if (node->ai_family == AF_INET) {
      address = &reinterpret_cast<const sockaddr_in*>(node->ai_addr)->sin_addr;
    } else if (node->ai_family == AF_INET6) {
      address = &reinterpret_cast<const sockaddr_in6*>(node->ai_addr)->sin6_addr;
    }
    if (address != nullptr && ::inet_ntop(node->ai_family, address, text.data(), text.size()) != nullptr) {
      lookup.addresses.emplace_back(text.data());
    }
  }
  if (info != nullptr) ares_freeaddrinfo(info);
}

Result<Channel> open_channel(const ResolveSettings& settings) {
  ares_options options{};
  const bool given = !settings.name_servers.empty();
  std::array<char, 3> lookups{given ? 'b' : 'f', given ? '\0' : 'b',
                              '\0'};  // given servers alone, without the hosts file
  options.lookups = lookups.data();
  options.timeout = static_cast<int>(std::clamp<std::int64_t>(settings.timeout.count() / 3, 100, 2000));
  options.tries = 2;
  ares_channel raw = nullptr;
  if (ares_init_options(&raw, &options, ARES_OPT_LOOKUPS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES) != ARES_SUCCESS) {
    return Error{ErrorCode::Internal, "The resolver cannot start"};
  }
  Channel channel(raw);
  std::string servers;
  for (const auto& server : settings.name_servers) servers += (servers.empty() ? "" : ",") + server;
  if (given && ares_set_servers_ports_csv(raw, servers.c_str()) != ARES_SUCCESS) {
    return Error{ErrorCode::InvalidArgument, fmt::format("A name server is no address: {}", servers)};
  }
  const std::string& source = settings.source_interface;
  in_addr address4{};
  std::array<unsigned char, sizeof(in6_addr)> address6{};
  if (::inet_pton(AF_INET, source.c_str(), &address4) == 1) {
    ares_set_local_ip4(raw, ntohl(address4.s_addr));
  } else if (::inet_pton(AF_INET6, source.c_str(), address6.data()) == 1) {
    ares_set_local_ip6(raw, address6.data());
  } else if (!source.empty()) {
    if (::if_nametoindex(source.c_str()) == 0) {
      return Error{ErrorCode::Unavailable, fmt::format("There is no interface {}", source)};
    }
    ares_set_local_dev(raw, source.c_str());
  }
  return channel;
}

void wait_once(ares_channel channel, std::chrono::milliseconds left) {
  std::array<ares_socket_t, ARES_GETSOCK_MAXNUM> sockets{};
  const int bits = ares_getsock(channel, sockets.data(), ARES_GETSOCK_MAXNUM);
  std::vector<pollfd> polled;
  for (unsigned i = 0; i < sockets.size(); ++i) {
    short events = 0;
    if (ARES_GETSOCK_READABLE(bits, i)) events = static_cast<short>(events | POLLIN);
    if (ARES_GETSOCK_WRITABLE(bits, i)) events = static_cast<short>(events | POLLOUT);
    if (events != 0) polled.push_back({sockets[i], events, 0});
  }
  timeval slice{};
  slice.tv_usec = static_cast<decltype(slice.tv_usec)>(std::min<std::int64_t>(left.count(), kSliceMs) * 1000);
  timeval chosen{};
  const timeval* wait = ares_timeout(channel, &slice, &chosen);
  ::poll(polled.data(), polled.size(), static_cast<int>(wait->tv_sec * 1000 + wait->tv_usec / 1000 + 1));
  if (polled.empty()) ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
  for (const auto& entry : polled) {
    ares_process_fd(channel, (entry.revents & (POLLIN | POLLERR | POLLHUP)) != 0 ? entry.fd : ARES_SOCKET_BAD,
                    (entry.revents & POLLOUT) != 0 ? entry.fd : ARES_SOCKET_BAD);
  }
}

Error lookup_error(const std::string& name, int status) {
  const bool absent = status == ARES_ENOTFOUND || status == ARES_ENODATA;
  const bool late = status == ARES_ETIMEOUT;
  const ErrorCode code = absent ? ErrorCode::NotFound : late ? ErrorCode::Timeout : ErrorCode::Unavailable;
  return {code, fmt::format("The name {} cannot be resolved: {}", name, ares_strerror(status))};
}

}  // namespace

Result<std::vector<std::string>> resolve(const std::string& name, const ResolveSettings& settings,
                                         const std::function<bool()>& cancelled) {
  using Steady = std::chrono::steady_clock;
  auto channel = open_channel(settings);
  if (!channel) return channel.error();
  Lookup lookup;  // outlives every callback: the channel is destroyed, or done, before it goes
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = ARES_AI_NOSORT;
  ares_getaddrinfo(channel->get(), name.c_str(), nullptr, &hints, on_addresses, &lookup);
  const auto deadline = Steady::now() + settings.timeout;
  while (!lookup.done) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Steady::now());
    const bool given_up = cancelled && cancelled();
    if (left.count() <= 0 || given_up) {
      channel->reset();
      return given_up ? Error{ErrorCode::Cancelled, "The look-up was given up"} : lookup_error(name, ARES_ETIMEOUT);
    }
    wait_once(channel->get(), left);
  }
  channel->reset();
  if (lookup.status != ARES_SUCCESS || lookup.addresses.empty()) {
    return lookup_error(name, lookup.status == ARES_SUCCESS ? ARES_ENODATA : lookup.status);
  }
  return std::move(lookup.addresses);
}

}  // namespace lictor::http
