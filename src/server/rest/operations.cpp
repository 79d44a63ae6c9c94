#include <fmt/format.h>

#include <iterator>

#include "server/rest/operation.hpp"

namespace lictor::rest {

std::vector<Operation> all_operations() {
  std::vector<Operation> all;
  for (auto part : {people_operations, account_operations, license_operations, token_operations, instance_operations, service_operations}) {
    auto rows = part();
    all.insert(all.end(), std::make_move_iterator(rows.begin()), std::make_move_iterator(rows.end()));
  }
  return all;
}

Parameter account_parameter() { return {"account", "path", "The smart account's id", true}; }
Parameter id_parameter(std::string_view what) { return {"id", "path", fmt::format("The {}'s id", what), true}; }
std::vector<Parameter> page_parameters() {
  return {{"after", "query", "`next` of the page before", false}, {"limit", "query", "Items in a page, at most 500", false}};
}
Parameter va_parameter() { return {"virtual_account", "query", "Only what is in this virtual account", false}; }
Parameter idempotency_parameter() {
  return {"Idempotency-Key", "header", "The same key with the same content is done once and answered again", false};
}
Parameter if_match_parameter() { return {"If-Match", "header", "The ETag that the change is meant for", false}; }

std::vector<Response> with_problems(std::vector<Response> responses, std::initializer_list<int> statuses) {
  for (const int status : statuses) {
    const auto text = [status] {
      switch (status) {
        case 400: return "Not readable";
        case 401: return "Not logged in, or not any more";
        case 403: return "Seen, but not allowed";
        case 404: return "Not there, or not to be seen";
        case 409: return "There already, or not in this state";
        case 412: return "Changed by somebody else meanwhile";
        case 415: return "The content type is not JSON";
        case 422: return "Readable, but not allowed as it is";
        case 429: return "Too many attempts";
        default: return "Beyond what can be done now";
      }
    };
    responses.push_back({status, text(), "Problem"});
  }
  return responses;
}

}  // namespace lictor::rest
