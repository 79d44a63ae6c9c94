#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "server/rest/operation.hpp"

namespace lictor::rest {

namespace {

bool has_parameter(const Operation& operation, std::string_view in, std::string_view name = "") {
  return std::ranges::any_of(operation.parameters, [&](const Parameter& parameter) {
    return parameter.in == in && (name.empty() || parameter.name == name);
  });
}

// What the way to a controller answers, whatever the controller is.
void add_common_responses(Operation& operation) {
  std::vector<int> statuses;
  if (operation.access != Operation::Access::Open) statuses.insert(statuses.end(), {400, 401, 503});
  if (operation.access == Operation::Access::Bearer) statuses.push_back(403);
  if (has_parameter(operation, "path")) statuses.push_back(404);
  if (has_parameter(operation, "header", "If-Match")) statuses.push_back(412);
  if (has_parameter(operation, "header", "Idempotency-Key")) statuses.push_back(422);
  if (!operation.request.empty()) statuses.insert(statuses.end(), {400, 413, 415, 422, 503});
  for (const int status : statuses) {
    const auto known = std::ranges::find(operation.responses, status, &Response::status);
    if (known == operation.responses.end())
      operation.responses = with_problems(std::move(operation.responses), {status});
  }
  std::ranges::stable_sort(operation.responses, {}, &Response::status);
}

}  // namespace

std::vector<Operation> all_operations() {
  std::vector<Operation> all;
  for (auto part : {people_operations, oauth_operations, directory_operations, account_operations, license_operations,
                    token_operations, instance_operations, catalog_operations, service_operations}) {
    auto rows = part();
    all.insert(all.end(), std::make_move_iterator(rows.begin()), std::make_move_iterator(rows.end()));
  }
  for (auto& operation : all) add_common_responses(operation);
  return all;
}

Parameter account_parameter() {
  return {"account", "path", "The smart account's id", true};
}
Parameter id_parameter(std::string_view what) {
  return {"id", "path", fmt::format("The {}'s id", what), true};
}
std::vector<Parameter> page_parameters() {
  return {{"after", "query", "`next` of the page before", false},
          {"limit", "query", "Items in a page, at most 500", false}};
}
std::vector<Parameter> whole_list_parameters(std::vector<Parameter> more) {
  for (auto& parameter : page_parameters()) more.push_back(std::move(parameter));
  return more;
}
Parameter va_parameter() {
  return {"virtual_account", "query", "Only what is in this virtual account", false};
}
Parameter idempotency_parameter() {
  return {"Idempotency-Key", "header", "The same key with the same content is done once and answered again", false};
}
Parameter if_match_parameter() {
  return {"If-Match", "header", "The ETag that the change is meant for", false};
}

std::vector<Response> with_problems(std::vector<Response> responses, std::initializer_list<int> statuses) {
  for (const int status : statuses) {
    const auto text = [status] {
      switch (status) {
        case 400:
          return "Not readable";
        case 401:
          return "Not logged in, or not any more";
        case 403:
          return "Seen, but not allowed";
        case 404:
          return "Not there, or not to be seen";
        case 409:
          return "There already, or not in this state";
        case 413:
          return "The body is too large";
        case 412:
          return "Changed by somebody else meanwhile";
        case 415:
          return "The content type is not JSON";
        case 422:
          return "Readable, but not allowed as it is";
        case 429:
          return "Too many attempts";
        default:
          return "Beyond what can be done now";
      }
    };
    responses.push_back({status, text(), "Problem"});
  }
  return responses;
}

}  // namespace lictor::rest
