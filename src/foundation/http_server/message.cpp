#include <fmt/format.h>

#include "foundation/http_server/http_server.hpp"

namespace lictor::http {
namespace {

// This room knows no JSON library: four members of text need none.
std::string json_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\u{:04x}", byte);
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string_view value_of(const std::vector<std::pair<std::string, std::string>>& pairs, std::string_view name) {
  for (const auto& [key, value] : pairs) {
    if (key == name) return value;
  }
  return {};
}

}  // namespace

std::string_view ServerRequest::header(std::string_view lower_case_name) const {
  return value_of(headers, lower_case_name);
}

std::string_view ServerRequest::query_value(std::string_view name) const {
  return value_of(query, name);
}

ServerResponse problem(int status, std::string_view code, std::string_view title, std::string_view detail) {
  ServerResponse response;
  response.status = status;
  response.content_type = "application/problem+json";
  response.body = fmt::format(R"({{"type":"about:blank","title":{},"status":{},"code":{},"detail":{}}})",
                              json_text(title), status, json_text(code), json_text(detail));
  return response;
}

}  // namespace lictor::http
