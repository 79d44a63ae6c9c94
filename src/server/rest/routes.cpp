// From the table to routes: who asks, what the body holds, then the controller.
#include <fmt/format.h>

#include <algorithm>

#include "server/rest/operation.hpp"

namespace lictor::rest {
namespace {

constexpr std::size_t kMaxBody = 256 * 1024;
constexpr std::size_t kMaxCatalog = 4 * 1024 * 1024;
constexpr std::size_t kMaxBodyDepth = 16;

// A filter that is mistyped must not show everything.
Result<void> check_query(const Call& call, const Operation& operation) {
  for (const auto& [name, value] : call.request.query) {
    if (name.starts_with('{')) continue;
    const bool known = std::ranges::any_of(operation.parameters, [&](const Parameter& parameter) {
      return parameter.in == "query" && parameter.name == name;
    });
    if (!known)
      return Error{ErrorCode::Malformed, fmt::format("the query has a parameter that is not known here: {}", name)};
  }
  const auto key = call.request.header("idempotency-key");
  const auto visible = [](char c) { return c > 0x20 && c < 0x7f; };
  if (key.size() > 255 || !std::ranges::all_of(key, visible)) {
    return Error{ErrorCode::Malformed, "Idempotency-Key: 1 to 255 visible ASCII characters are wanted"};
  }
  return {};
}

// A body that is absent or null has no members; what is required is missed by its name.
Result<void> read_body(Call& call, const Schema& schema) {
  if (call.request.body.empty()) {
    call.body = json::Object{};
    return {};
  }
  auto value = json::parse(call.request.body, {kMaxCatalog, kMaxBodyDepth});
  if (value && value->is_null()) value = json::Value(json::Object{});
  if (!value) return value.error().with_context("the body");
  if (value->if_object() == nullptr) return Error{ErrorCode::Malformed, "the body must be a JSON object"};
  std::vector<std::string_view> known;
  for (const auto& member : schema.members) known.push_back(member.name);
  const auto unknown = json::ObjectReader(*value, "").unknown(known);
  if (!unknown.empty()) {
    return Error{ErrorCode::InvalidArgument,
                 fmt::format("the body has members that are not known here: {}", fmt::join(unknown, ", "))};
  }
  call.body = std::move(*value);
  return {};
}

bool is_json(std::string_view type) {
  type = type.substr(0, type.find(';'));
  while (!type.empty() && type.back() == ' ') type.remove_suffix(1);
  return type == "application/json";
}

bool is_bearer(std::string_view header) {
  constexpr std::string_view kScheme = "bearer ";
  return header.size() > kScheme.size() &&
         std::equal(kScheme.begin(), kScheme.end(), header.begin(),
                    [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b + 32) : b); });
}

Result<account_service::Actor> who_asks(const Call& call) {
  const auto header = call.request.header("authorization");
  if (!is_bearer(header))
    return Error{ErrorCode::Unauthenticated, "A bearer is needed: log in, or use an access token"};
  return call.accounts().authenticate(header.substr(7), call.caller(), call.now.wall);
}

void serve(const Operation& operation, const std::optional<Schema>& schema, const CallPtr& call) {
  using Access = Operation::Access;
  if (operation.access != Access::Open) {
    auto actor = who_asks(*call);
    if (!actor) return call->fail(actor.error());
    call->actor = std::move(*actor);
    if (operation.access == Access::Bearer &&
        call->actor.standing == account_service::Actor::Standing::MustChangePassword) {
      return call->fail(
          {ErrorCode::PermissionDenied, "The one-time password must be changed first: POST /api/v1/password"});
    }
    if (auto ok = check_query(*call, operation); !ok) return call->fail(ok.error());
  }
  if (schema) {
    if (!call->request.body.empty() && !is_json(call->request.header("content-type"))) {
      return call->finish(http::problem(415, "unsupported-type", "Not JSON", "Content-Type must be application/json."));
    }
    if (auto ok = read_body(*call, *schema); !ok) return call->fail(ok.error());
  }
  operation.handle(call);
}

std::optional<Schema> schema_of(const std::string& name) {
  if (name.empty()) return std::nullopt;
  const auto all = all_schemas();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Schema& schema) { return schema.name == name; });
  return found == all.end() ? std::nullopt : std::optional(*found);
}

}  // namespace

std::vector<http::Route> make_routes(const Services& services) {
  std::vector<http::Route> routes;
  const auto held = std::make_shared<const Services>(services);
  for (auto& operation : all_operations()) {
    http::Route route;
    route.method = operation.method;
    route.path = operation.path;
    route.max_body = operation.id == "importCatalog" ? kMaxCatalog : kMaxBody;
    route.name = operation.id;
    route.handler = [held, operation, schema = schema_of(operation.request)](http::ServerRequest request,
                                                                             http::Respond respond) {
      serve(operation, schema, std::make_shared<Call>(held, std::move(request), std::move(respond)));
    };
    routes.push_back(std::move(route));
  }
  return routes;
}

}  // namespace lictor::rest
