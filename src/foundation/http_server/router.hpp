// From a request target to a route. Paths are case sensitive; "//" and a trailing slash make another path.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "foundation/base/result.hpp"
#include "foundation/http_server/http_server.hpp"

namespace lictor::http {

struct Target {
  std::string raw_path;                                    // as sent, still percent-encoded
  std::string path;                                        // decoded
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in order; "+" is a blank
};

// Origin form and absolute form (RFC 9112 §3.2). nullopt: bad percent-encoding, an encoded NUL, or another form.
std::optional<Target> parse_target(std::string_view target);

struct RouteMatch {
  const Route* route = nullptr;  // nullptr: no route, or `allow` tells which methods the path has
  std::vector<std::pair<std::string, std::string>> parameters;  // ("{name}", decoded segment)
  std::string allow;                                            // for 405: "GET, HEAD, POST"; "" = the path is unknown
};

class Router {
 public:
  // Error: InvalidArgument (two routes of one method and path, an empty handler, a path that does not start with '/').
  static Result<Router> create(std::vector<Route> routes);

  // A literal segment is preferred to a {name} one, from left to right. HEAD finds the route of GET.
  // An encoded slash never separates segments. The pointer lives as long as the Router.
  [[nodiscard]] RouteMatch find(std::string_view method, std::string_view raw_path) const;
  [[nodiscard]] const std::vector<Route>& routes() const { return routes_; }

 private:
  struct Pattern {
    std::vector<std::string> segments;  // "{name}" or literal text
    std::vector<std::size_t> routes;    // indexes, one per method
  };
  explicit Router(std::vector<Route> routes) : routes_(std::move(routes)) {}
  Result<void> index();
  [[nodiscard]] std::optional<std::size_t> choose(const Pattern& pattern, std::string_view method) const;

  std::vector<Route> routes_;
  std::unordered_map<std::string, Pattern> literal_;  // by path, for those without {name}
  std::vector<Pattern> patterns_;                     // with {name}, the most literal first
};

}  // namespace lictor::http
