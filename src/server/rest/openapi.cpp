// The OpenAPI 3.1 document, from the same rows as the routes.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "server/rest/operation.hpp"

namespace lictor::rest {
namespace {

using json::Array;
using json::Object;
using json::Value;

Value reference(const std::string& name) {
  return Object{{"$ref", "#/components/schemas/" + name}};
}

Value schema_value(const std::string& name) {
  if (!name.starts_with("List:")) return reference(name);
  return Object{
      {"type", "object"},
      {"required", Array{"items", "next"}},
      {"additionalProperties", false},
      {"properties", Object{{"items", Object{{"type", "array"}, {"items", reference(name.substr(5))}}},
                            {"next", Object{{"type", Array{"string", "null"}},
                                            {"description", "`after` of the next page; null: the last one"}}}}}};
}

Value component(const Schema& schema) {
  Array required;
  Object properties;
  for (const auto& member : schema.members) {
    if (member.required) required.emplace_back(member.name);
    properties.emplace_back(member.name, json::parse(member.schema).value());
  }
  return Object{{"type", "object"},
                {"required", std::move(required)},
                {"additionalProperties", false},
                {"properties", std::move(properties)}};
}

Value response(const Response& row) {
  Object out{{"description", row.description}};
  if (row.schema.find('/') != std::string::npos) {
    out.emplace_back("content", Object{{row.schema, Object{}}});
  } else if (!row.schema.empty()) {
    const auto type = row.schema == "Problem" ? "application/problem+json" : "application/json";
    out.emplace_back("content", Object{{type, Object{{"schema", schema_value(row.schema)}}}});
  }
  return out;
}

Value operation_value(const Operation& row) {
  Object out{{"operationId", row.id}, {"tags", Array{row.subject}}, {"summary", row.summary}};
  Array parameters;
  for (const auto& parameter : row.parameters) {
    parameters.emplace_back(Object{{"name", parameter.name},
                                   {"in", parameter.in},
                                   {"required", parameter.required},
                                   {"description", parameter.description},
                                   {"schema", Object{{"type", "string"}}}});
  }
  if (!parameters.empty()) out.emplace_back("parameters", std::move(parameters));
  if (!row.request.empty()) {
    out.emplace_back("requestBody",
                     Object{{"required", true},
                            {"content", Object{{"application/json", Object{{"schema", reference(row.request)}}}}}});
  }
  Object responses;
  for (const auto& entry : row.responses) responses.emplace_back(std::to_string(entry.status), response(entry));
  out.emplace_back("responses", std::move(responses));
  out.emplace_back("security", row.access == Operation::Access::Bearer ? Array{Object{{"bearer", Array{}}}} : Array{});
  return out;
}

}  // namespace

std::string openapi_document() {
  std::vector<std::pair<std::string, Object>> paths;
  for (const auto& row : all_operations()) {
    auto at = std::find_if(paths.begin(), paths.end(), [&](const auto& path) { return path.first == row.path; });
    if (at == paths.end()) at = paths.emplace(paths.end(), row.path, Object{});
    std::string method = row.method;
    for (auto& c : method) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    at->second.emplace_back(method, operation_value(row));
  }
  Object all_paths;
  for (auto& [path, value] : paths) all_paths.emplace_back(path, std::move(value));
  Object schemas;
  for (const auto& schema : all_schemas()) schemas.emplace_back(schema.name, component(schema));
  return json::to_pretty_text(Object{
      {"openapi", "3.1.0"},
      {"info", Object{{"title", "Lictor manager"},
                      {"version", LICTOR_VERSION},
                      {"license", Object{{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}}}}},
      {"paths", std::move(all_paths)},
      {"components", Object{{"schemas", std::move(schemas)},
                            {"securitySchemes", Object{{"bearer", Object{{"type", "http"}, {"scheme", "bearer"}}}}}}},
  });
}

}  // namespace lictor::rest
