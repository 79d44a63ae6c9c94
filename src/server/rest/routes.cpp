// From the table to routes: who asks, what the body holds, then the controller.
#include <fmt/format.h>

#include <algorithm>

#include "licensing/protocol/codes.hpp"
#include "licensing/protocol/endpoints.hpp"
#include "server/rest/operation.hpp"

namespace lictor::rest {
namespace {

constexpr std::size_t kMaxBody = 256 * 1024;
constexpr std::size_t kMaxBodyDepth = 16;

Result<void> read_body(Call& call, const Schema& schema) {
  auto value = json::parse(call.request.body, {kMaxBody, kMaxBodyDepth});
  if (!value) return value.error().with_context("the body");
  if (value->if_object() == nullptr) return Error{ErrorCode::Malformed, "the body must be a JSON object"};
  std::vector<std::string_view> known;
  for (const auto& member : schema.members) known.push_back(member.name);
  const auto unknown = json::ObjectReader(*value, "").unknown(known);
  if (!unknown.empty()) {
    return Error{ErrorCode::InvalidArgument, fmt::format("the body has members that are not known here: {}", fmt::join(unknown, ", "))};
  }
  call.body = std::move(*value);
  return {};
}

bool is_json(std::string_view type) {
  type = type.substr(0, type.find(';'));
  while (!type.empty() && type.back() == ' ') type.remove_suffix(1);
  return type == "application/json";
}

void serve(const Operation& operation, const std::optional<Schema>& schema, const CallPtr& call) {
  if (operation.access == Operation::Access::Bearer) {
    const auto header = call->request.header("authorization");
    if (!header.starts_with("Bearer ")) return call->fail({ErrorCode::Unauthenticated, "A bearer is needed: log in, or use an access token."});
    auto actor = call->accounts().authenticate(header.substr(7), call->caller(), call->now.wall);
    if (!actor) return call->fail(actor.error());
    call->actor = std::move(*actor);
  }
  if (schema) {
    if (!is_json(call->request.header("content-type"))) {
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
  for (auto& operation : all_operations()) {
    http::Route route;
    route.method = operation.method;
    route.path = operation.path;
    route.max_body = kMaxBody;
    route.name = operation.id;
    route.handler = [services, operation, schema = schema_of(operation.request)](http::ServerRequest request, http::Respond respond) {
      serve(operation, schema, std::make_shared<Call>(services, std::move(request), std::move(respond)));
    };
    routes.push_back(std::move(route));
  }
  return routes;
}

http::Admission make_admission(const Services& services) {
  // Shares of the writer's queue at which a class is refused, best class last.
  constexpr std::size_t kLists = 4096;
  constexpr std::size_t kWrites = 5000;
  constexpr std::size_t kRegistrations = 6500;
  constexpr std::size_t kRenewals = 8000;
  return [writer = services.writer](const http::RequestHead& head) -> std::optional<http::ServerResponse> {
    const auto waiting = writer->waiting();
    if (waiting < kLists) return std::nullopt;
    std::size_t limit = head.method == "GET" ? kLists : kWrites;
    if (head.path == protocol::kManagerPath || head.path == protocol::kSmartTransportPath) {
      limit = kRenewals;
      for (const auto& [name, value] : head.headers) {
        if (name == "lictor-message" && value == "register") limit = kRegistrations;
      }
    }
    if (waiting < limit) return std::nullopt;
    const auto& row = protocol::row(protocol::Code::LS_BUSY);
    auto response = http::problem(503, row.name, "Busy", row.text);
    response.headers.emplace_back("Retry-After", "30");
    return response;
  };
}

}  // namespace lictor::rest
