#include "foundation/http_server/router.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace lictor::http {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Where `c` stands first, or the length. (Not find(): g++ 12 sees an overread in it here.)
std::size_t position(std::string_view text, char c) {
  return static_cast<std::size_t>(std::find(text.begin(), text.end(), c) - text.begin());
}

enum class Plus { Literal, Blank };

std::optional<std::string> decode(std::string_view text, Plus plus) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus == Plus::Blank) {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_digit(text[i + 1]);
      const int low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0 || (high == 0 && low == 0)) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return out;
}

bool is_parameter(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

// "/a//b/" is "a", "", "b", "".
std::vector<std::string> split_path(std::string_view path) {
  std::vector<std::string> segments;
  std::size_t from = 1;
  for (;;) {
    const auto to = path.find('/', from);
    if (to == std::string_view::npos) {
      segments.emplace_back(path.substr(from));
      return segments;
    }
    segments.emplace_back(path.substr(from, to - from));
    from = to + 1;
  }
}

std::vector<std::pair<std::string, std::string>> match_segments(const std::vector<std::string>& pattern,
                                                                const std::vector<std::string>& decoded, bool& ok) {
  std::vector<std::pair<std::string, std::string>> parameters;
  ok = pattern.size() == decoded.size();
  for (std::size_t i = 0; ok && i < pattern.size(); ++i) {
    if (!is_parameter(pattern[i])) {
      ok = pattern[i] == decoded[i];
    } else if (decoded[i].empty()) {
      ok = false;
    } else {
      parameters.emplace_back(pattern[i], decoded[i]);
    }
  }
  return parameters;
}

bool more_literal(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (is_parameter(a[i]) != is_parameter(b[i])) return is_parameter(b[i]);
  }
  return a.size() < b.size();
}

}  // namespace

std::optional<Target> parse_target(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (target.starts_with(scheme)) {
      target.remove_prefix(scheme.size());
      target.remove_prefix(std::min(target.find_first_of("/?"), target.size()));
      if (target.empty()) target = "/";
      break;
    }
  }
  if (!target.starts_with('/')) return std::nullopt;
  Target out;
  const auto mark = position(target, '?');
  out.raw_path = target.substr(0, mark);
  auto path = decode(out.raw_path, Plus::Literal);
  if (!path) return std::nullopt;
  out.path = std::move(*path);
  if (mark == target.size()) return out;
  std::string_view rest = target.substr(mark + 1);
  while (!rest.empty()) {
    const auto end = position(rest, '&');
    const std::string_view pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (pair.empty()) continue;
    const auto equals = position(pair, '=');
    auto name = decode(pair.substr(0, equals), Plus::Blank);
    auto value = decode(pair.substr(std::min(equals + 1, pair.size())), Plus::Blank);
    if (!name || !value) return std::nullopt;
    out.query.emplace_back(std::move(*name), std::move(*value));
  }
  return out;
}

Result<Router> Router::create(std::vector<Route> routes) {
  Router router(std::move(routes));
  if (auto indexed = router.index(); !indexed) return indexed.error();
  return router;
}

Result<void> Router::index() {
  std::set<std::pair<std::string, std::string>> seen;
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    const Route& route = routes_[i];
    if (!route.path.starts_with('/')) {
      return Error{ErrorCode::InvalidArgument, fmt::format("route path '{}' does not start with '/'", route.path)};
    }
    if (!route.handler) {
      return Error{ErrorCode::InvalidArgument, fmt::format("route {} {} has no handler", route.method, route.path)};
    }
    auto segments = split_path(route.path);
    // Two patterns that differ in their parameters' names alone are the same path.
    std::string shape;
    for (const auto& segment : segments) shape += is_parameter(segment) ? "/{}" : "/" + segment;
    if (!seen.emplace(route.method, shape).second) {
      return Error{ErrorCode::InvalidArgument, fmt::format("route {} {} stands twice", route.method, route.path)};
    }
    if (std::none_of(segments.begin(), segments.end(), is_parameter)) {
      literal_[route.path].routes.push_back(i);
      continue;
    }
    auto known =
        std::find_if(patterns_.begin(), patterns_.end(), [&](const Pattern& p) { return p.segments == segments; });
    if (known == patterns_.end()) known = patterns_.insert(known, Pattern{std::move(segments), {}});
    known->routes.push_back(i);
  }
  std::stable_sort(patterns_.begin(), patterns_.end(),
                   [](const Pattern& a, const Pattern& b) { return more_literal(a.segments, b.segments); });
  return {};
}

std::optional<std::size_t> Router::choose(const Pattern& pattern, std::string_view method) const {
  for (const auto index : pattern.routes) {
    if (routes_[index].method == method) return index;
  }
  if (method == "HEAD") return choose(pattern, "GET");
  return std::nullopt;
}

RouteMatch Router::find(std::string_view method, std::string_view raw_path) const {
  RouteMatch match;
  std::set<std::string> allowed;
  const auto consider = [&](const Pattern& pattern) {
    if (const auto index = choose(pattern, method)) {
      match.route = &routes_[*index];
      return true;
    }
    for (const auto index : pattern.routes) {
      allowed.insert(routes_[index].method);
      if (routes_[index].method == "GET") allowed.insert("HEAD");
    }
    return false;
  };
  std::vector<std::string> segments;
  std::string key = "";
  if (raw_path.find('%') == std::string_view::npos) {
    key = raw_path;
  } else {
    bool slash_inside = false;
    for (auto& segment : split_path(raw_path)) {
      auto decoded = decode(segment, Plus::Literal);
      if (!decoded) return match;
      slash_inside = slash_inside || decoded->find('/') != std::string::npos;
      key += "/" + *decoded;
      segments.push_back(std::move(*decoded));
    }
    if (slash_inside) key.clear();  // no literal path has a slash inside a segment
  }
  if (const auto literal = literal_.find(key); literal != literal_.end() && consider(literal->second)) return match;
  if (segments.empty()) segments = split_path(raw_path);
  for (const auto& pattern : patterns_) {
    bool ok = false;
    auto parameters = match_segments(pattern.segments, segments, ok);
    if (!ok || !consider(pattern)) continue;
    match.parameters = std::move(parameters);
    return match;
  }
  for (const auto& name : allowed) match.allow += (match.allow.empty() ? "" : ", ") + name;
  return match;
}

}  // namespace lictor::http
