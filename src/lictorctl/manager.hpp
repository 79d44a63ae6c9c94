// One manager over HTTPS: requests with the session's bearer, problems (RFC 9457) as errors. Blocking.
#pragma once

#include <memory>
#include <string>

#include "foundation/http_client/http_client.hpp"
#include "foundation/json/json.hpp"
#include "lictorctl/contexts.hpp"

namespace lictor::lictorctl {

struct Answer {
  int status = 0;
  json::Value body;  // null when there was none
  std::string text;  // as it came
  std::string next;  // cursor of the next page, "" = none
};

class Manager {
 public:
  // Error: the CA file cannot be read.
  static Result<Manager> open(os::Files& files, const Context& context);
  // Any answer, whatever its status. Errors: Unavailable (no answer; says why).
  Result<Answer> send(std::string_view method, const std::string& path, const json::Value* body,
                      const std::string& idempotency_key = "");
  // The same, with statuses from 400 on as errors: Unauthenticated, PermissionDenied, NotFound, Conflict, ...
  Result<Answer> call(std::string_view method, const std::string& path, const json::Value* body = nullptr,
                      const std::string& idempotency_key = "");

 private:
  Manager(Context context, http::RequestSettings settings);
  Context context_;
  http::RequestSettings settings_;
  std::unique_ptr<http::Client> client_;
};

// Exit statuses (documented in --help): 0 ok, 1 failure, 2 usage, 4 not logged in or not allowed, 5 not found, 6
// conflict.
int exit_status(ErrorCode code);
std::string percent_encode(std::string_view text);

}  // namespace lictor::lictorctl
