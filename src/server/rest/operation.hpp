// One operation of REST v1 as a row: what it is called, where it is, what goes in and out. Routes, OpenAPI and the
// tests read the same rows.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "server/rest/call.hpp"

namespace lictor::rest {

struct Parameter {
  std::string name;
  std::string in;  // "path", "query", "header"
  std::string description;
  bool required = false;
};

// A member of a JSON object: its schema as JSON text.
struct Member {
  std::string name;
  std::string schema;
  bool required = true;
};
struct Schema {
  std::string name;  // "Token"
  std::vector<Member> members;
};

struct Response {
  int status = 200;
  std::string description;
  std::string schema;  // name, "" = no body, "List:Token" = a page of them, "text/plain" = of that type, no schema
};

struct Operation {
  std::string id;  // "createToken"
  std::string method;
  std::string path;
  std::string subject;  // OpenAPI tag
  std::string summary;
  enum class Access {
    Open,
    Own,  // a bearer's own affairs: also before a one-time password is changed
    Bearer,
  };
  Access access = Access::Bearer;
  std::vector<Parameter> parameters;
  std::string request;  // schema's name, "" = no body
  std::vector<Response> responses;
  std::function<void(CallPtr)> handle;
};

// Every operation, subject by subject, with the responses that its kind brings: a row of the parts need only name those
// that are its own (403 and 409 of its use case, 429 of a throttle).
std::vector<Operation> all_operations();
std::vector<Operation> directory_operations();
std::vector<Operation> catalog_operations();
std::vector<Operation> oauth_operations();
std::vector<Operation> people_operations();
std::vector<Operation> account_operations();
std::vector<Operation> license_operations();
std::vector<Operation> token_operations();
std::vector<Operation> instance_operations();
std::vector<Operation> service_operations();
// Every schema that they name.
std::vector<Schema> all_schemas();

// Parameters that many rows share.
Parameter account_parameter();
Parameter id_parameter(std::string_view what);
std::vector<Parameter> page_parameters();
// Of lists that come whole in one page; there to be asked like all others.
std::vector<Parameter> whole_list_parameters(std::vector<Parameter> more = {});
Parameter va_parameter();
Parameter idempotency_parameter();
Parameter if_match_parameter();
// Responses that every operation of its kind may give: 400, 401, 403, 404, 409 and so on, by status.
std::vector<Response> with_problems(std::vector<Response> responses, std::initializer_list<int> statuses);

}  // namespace lictor::rest
