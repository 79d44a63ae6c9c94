#include "server/rest/call.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "foundation/base/utf8.hpp"
#include "licensing/protocol/codes.hpp"

namespace lictor::rest {
namespace {

struct Mapping {
  ErrorCode code;
  int status;
  std::string_view title;
};
constexpr Mapping kMappings[] = {
    {ErrorCode::InvalidArgument, 422, "Not allowed as it is"},
    {ErrorCode::Malformed, 400, "Not readable"},
    {ErrorCode::TooLarge, 413, "Too large"},
    {ErrorCode::NotFound, 404, "Not there"},
    {ErrorCode::AlreadyExists, 409, "There already"},
    {ErrorCode::Conflict, 409, "Not in this state"},
    {ErrorCode::PermissionDenied, 403, "Not allowed"},
    {ErrorCode::Unauthenticated, 401, "Not logged in"},
    {ErrorCode::Unsupported, 422, "Not supported"},
    {ErrorCode::Expired, 412, "Changed by somebody else"},
    {ErrorCode::Exhausted, 429, "Too many attempts"},
    {ErrorCode::Busy, 503, "Busy"},
    {ErrorCode::Unavailable, 503, "Not available"},
    {ErrorCode::Timeout, 503, "Not available"},
    {ErrorCode::Cancelled, 503, "Not available"},
    {ErrorCode::DiskFull, 507, "No space"},
    {ErrorCode::Io, 500, "Internal error"},
    {ErrorCode::Corrupt, 500, "Internal error"},
    {ErrorCode::Crypto, 500, "Internal error"},
    {ErrorCode::Internal, 500, "Internal error"},
};

Result<std::int64_t> to_id(const std::string& text, std::string_view what) {
  auto id = parse_decimal_id(text);
  if (!id) return Error{ErrorCode::NotFound, fmt::format("There is no {} {}.", what, utf8_prefix(text, 32))};
  return *id;
}

Error wrong_type(std::string_view member, std::string_view wanted) {
  return {ErrorCode::Malformed, fmt::format("{}: must be {}", member, wanted)};
}

// The trace of whoever asked goes on through us (W3C Trace Context): 00-<32 hex>-<16 hex>-<2 hex>.
bool is_traceparent(std::string_view text) {
  if (text.size() != 55 || !text.starts_with("00-") || text[35] != '-' || text[52] != '-') return false;
  for (const auto& [from, size] : {std::pair<std::size_t, std::size_t>{3, 32}, {36, 16}, {53, 2}}) {
    const auto part = text.substr(from, size);
    if (part.find_first_not_of("0123456789abcdef") != std::string_view::npos) return false;
    if (size != 2 && part.find_first_not_of('0') == std::string_view::npos) return false;
  }
  return true;
}

}  // namespace

http::ServerResponse to_problem(const Error& error) {
  for (const auto& mapping : kMappings) {
    if (mapping.code != error.code) continue;
    // What went wrong inside is for the log, not for the caller.
    const bool inside = mapping.status == 500;
    auto response =
        http::problem(mapping.status, to_string(error.code), mapping.title,
                      inside ? "The request could not be processed; the operator's log says why." : error.message);
    if (mapping.status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"lictor\"");
    if (mapping.status == 503) response.headers.emplace_back("Retry-After", "5");
    if (mapping.status == 429) response.headers.emplace_back("Retry-After", "60");
    return response;
  }
  return http::problem(500, "internal", "Internal error", "");
}

std::string Call::path_value(std::string_view name) const {
  return std::string(request.query_value(fmt::format("{{{}}}", name)));
}

Result<AccountId> Call::account() const {
  auto id = to_id(path_value("account"), "smart account");
  if (!id) return id.error();
  return AccountId{*id};
}

Result<std::int64_t> Call::id(std::string_view what) const {
  return to_id(path_value("id"), what);
}

Result<VirtualAccountId> Call::va() const {
  const auto text = request.query_value("virtual_account");
  if (text.empty()) return VirtualAccountId{};
  auto id = to_id(std::string(text), "virtual account");
  if (!id) return id.error();
  return VirtualAccountId{*id};
}

Result<account_service::PageRequest> Call::page() const {
  account_service::PageRequest page;
  if (const auto after = request.query_value("after"); !after.empty()) {
    auto id = parse_decimal_id(after);
    if (!id) return Error{ErrorCode::Malformed, "after: must be the `next` of the page before"};
    page.after = *id;
  }
  if (const auto limit = request.query_value("limit"); !limit.empty()) {
    int value = 0;
    const auto [end, error] = std::from_chars(limit.data(), limit.data() + limit.size(), value);
    if (error != std::errc{} || end != limit.data() + limit.size() || value < 1) {
      return Error{ErrorCode::Malformed,
                   fmt::format("limit: must be a number from 1 to {}", account_service::kMaxPage)};
    }
    page.limit = std::min(value, account_service::kMaxPage);
  }
  return page;
}

Result<std::optional<std::string>> Call::text(std::string_view member) const {
  const auto* value = body.find(member);
  if (value == nullptr || value->is_null()) return std::optional<std::string>();
  if (const auto* text = value->if_string()) return std::optional(*text);
  return wrong_type(member, "a string");
}

Result<std::optional<std::int64_t>> Call::integer(std::string_view member) const {
  const auto* value = body.find(member);
  if (value == nullptr || value->is_null()) return std::optional<std::int64_t>();
  if (const auto* number = value->if_int()) return std::optional(*number);
  if (const auto* text = value->if_string()) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (error == std::errc{} && end == text->data() + text->size()) return std::optional(number);
  }
  return wrong_type(member, "an integer");
}

Result<std::int64_t> Call::required_integer(std::string_view member) const {
  auto given = integer(member);
  if (!given) return given.error();
  if (!*given) return wrong_type(member, "an integer");
  return **given;
}

Result<std::optional<bool>> Call::flag(std::string_view member) const {
  const auto* value = body.find(member);
  if (value == nullptr || value->is_null()) return std::optional<bool>();
  if (const auto* flag = value->if_bool()) return std::optional(*flag);
  return wrong_type(member, "true or false");
}

Result<VirtualAccountId> Call::va_member() const {
  auto given = text("virtual_account");
  if (!given) return given.error();
  if (!*given) return VirtualAccountId{};
  auto id = to_id(**given, "virtual account");
  if (!id) return id.error();
  return VirtualAccountId{*id};
}

Result<std::optional<WallTime>> Call::day(std::string_view member) const {
  auto given = text(member);
  if (!given) return given.error();
  if (!*given) return std::optional<WallTime>();
  auto time = parse_rfc3339(**given + "T00:00:00Z");
  if (!time) return wrong_type(member, "a date such as 2026-11-24");
  return std::optional(*time);
}

std::string Call::expected() const {
  auto text = std::string(request.header("if-match"));
  if (text.empty() || text == "*") return "";
  const bool one = text.size() > 2 && text.front() == '"' && text.find('"', 1) == text.size() - 1;
  return one ? text.substr(1, text.size() - 2) : "no state has this tag";
}

std::optional<account_service::Replay> Call::replay_key() const {
  const auto key = request.header("idempotency-key");
  if (key.empty()) return std::nullopt;
  account_service::Replay replay;
  replay.scope = fmt::format("{} {} {}", actor.name, request.method, request.path);
  replay.key = std::string(key);
  replay.digest = services.crypto->sha256(as_bytes(request.target + "\n" + request.body));
  return replay;
}

std::string Call::next_target(std::string_view after) const {
  const std::string_view target = request.target;
  const auto mark = std::min(target.find('?'), target.size());
  std::string query;
  for (auto rest = target.substr(std::min(mark + 1, target.size())); !rest.empty();) {
    const auto end = std::min(rest.find('&'), rest.size());
    const auto pair = rest.substr(0, end);
    if (!pair.starts_with("after=")) query += std::string(pair) + "&";
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return fmt::format("{}?{}after={}", target.substr(0, mark), query, after);
}

void Call::finish(http::ServerResponse response) {
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  if (const auto trace = request.header("traceparent"); is_traceparent(trace)) {
    response.headers.emplace_back("traceparent", std::string(trace));
  }
  respond_(std::move(response));
}

void Call::answer(int status, const json::Value& value, std::string etag) {
  http::ServerResponse response{status, "application/json", {}, json::to_text(value)};
  if (!etag.empty()) response.headers.emplace_back("ETag", "\"" + etag + "\"");
  response.headers.emplace_back("Cache-Control", "no-store");
  if (const auto* next = value.find("next"); next != nullptr && next->if_string() != nullptr) {
    response.headers.emplace_back("Link", fmt::format("<{}>; rel=\"next\"", next_target(*next->if_string())));
  }
  finish(std::move(response));
}

void Call::answer_text(int status, std::string content_type, std::string text) {
  finish({status, std::move(content_type), {}, std::move(text)});
}

void Call::replayed(const account_service::Reply& reply) {
  finish({reply.status,
          "application/json",
          {{"Idempotency-Replayed", "true"}, {"Cache-Control", "no-store"}},
          reply.body});
}

void Call::fail(const Error& error) {
  finish(to_problem(error));
}

}  // namespace lictor::rest
