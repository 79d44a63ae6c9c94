// Health, metrics, the OpenAPI document, the protocol's schemas (spec API-1, API-4).
#include "licensing/protocol/schemas.hpp"
#include "server/rest/operation.hpp"

namespace lictor::rest {
namespace {

void health(CallPtr call) {
  call->answer(200, json::Object{{"status", "ok"}});
}

// Ready: the store can be read, and the writer has not ended.
void ready(CallPtr call) {
  const bool good = !call->services.writer->ended() && call->services.readers->borrow().has_value();
  call->answer(good ? 200 : 503, json::Object{{"status", good ? "ok" : "failing"}});
}

void metrics(CallPtr call) {
  if (!call->services.metrics_open) {
    const auto header = call->request.header("authorization");
    const auto actor = call->accounts().authenticate(header.substr(std::min<std::size_t>(7, header.size())),
                                                     call->caller(), call->now.wall);
    if (!actor) return call->fail(actor.error());
    const auto allowed = account_service::permit(*actor, domain::Action::ManageAccounts, kDirectoryAccount);
    if (!allowed) return call->fail(allowed.error());
  }
  call->answer_text(200, "text/plain; version=0.0.4", call->services.metrics->render());
}

void openapi(CallPtr call) {
  call->answer_text(200, "application/json", openapi_document());
}

void schema(CallPtr call) {
  auto name = std::string(call->request.query_value("{name}"));
  if (name.ends_with(".json")) name.resize(name.size() - 5);
  for (const auto& published : protocol::published_schemas()) {
    if (published.name == name) return call->answer_text(200, "application/schema+json", std::string(published.text));
  }
  call->fail({ErrorCode::NotFound, "There is no schema of that name."});
}

}  // namespace

std::vector<Operation> service_operations() {
  using Access = Operation::Access;
  return {
      {"health",
       "GET",
       "/healthz",
       "Service",
       "Is the process alive",
       Access::Open,
       {},
       "",
       {{200, "Alive", "Health"}},
       health},
      {"ready",
       "GET",
       "/readyz",
       "Service",
       "Can it do its work",
       Access::Open,
       {},
       "",
       {{200, "Ready", "Health"}, {503, "Not ready", "Health"}},
       ready},
      {"metrics",
       "GET",
       "/metrics",
       "Service",
       "Prometheus metrics; for vendor operators alone when they are closed",
       Access::Open,
       {},
       "",
       with_problems({{200, "Text format 0.0.4", "text/plain"}}, {401, 403}),
       metrics},
      {"openapi",
       "GET",
       "/api/openapi.json",
       "Service",
       "This document",
       Access::Open,
       {},
       "",
       with_problems({{200, "OpenAPI 3.1", "application/json"}}, {503}),
       openapi},
      {"messageSchema",
       "GET",
       "/schemas/{name}",
       "Service",
       "JSON Schema of a device message",
       Access::Open,
       {{"name", "path", "Such as register-request.json", true}},
       "",
       with_problems({{200, "The schema", "application/schema+json"}}, {404, 503}),
       schema},
  };
}

}  // namespace lictor::rest
