// An answer's status line and headers as bytes (RFC 9112).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "foundation/base/time.hpp"
#include "foundation/http_server/http_server.hpp"

namespace lictor::http {

struct HeadSettings {
  std::string_view request_id;   // "" = none
  std::optional<WallTime> date;  // a server without a clock sends no Date (RFC 9110 §6.6.1)
  bool secure = true;            // adds Strict-Transport-Security
  bool keep_alive = true;
};

// Header values are stripped of control characters, so that no value can end a line.
std::string response_head(const ServerResponse& response, const HeadSettings& settings);

// 1xx, 204 and 304 have no body.
bool has_body(int status);

// 1-64 letters, digits, '.', '_', '-'.
bool is_request_id(std::string_view text);

}  // namespace lictor::http
