// Names by given servers, through c-ares: Debian's libcurl refuses its own server options, and its look-ups cannot be
// given up. Internal to the room.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "foundation/base/result.hpp"
#include "foundation/base/time.hpp"

namespace lictor::http {

struct ResolveSettings {
  std::vector<std::string> name_servers;  // empty: the hosts file, then the servers of resolv.conf
  std::string source_interface;
  Duration timeout = seconds(5);
};

// IPv4 and IPv6 addresses, IPv6 without brackets. Blocks. Errors: NotFound (the servers say so), Timeout, Unavailable,
// InvalidArgument (a server that is no address), Cancelled.
Result<std::vector<std::string>> resolve(const std::string& name, const ResolveSettings& settings,
                                         const std::function<bool()>& cancelled);

}  // namespace lictor::http
