#include "lictorctl/manager.hpp"

#include <fmt/format.h>

#include "licensing/pki/crypto.hpp"

namespace lictor::lictorctl {
namespace {

ErrorCode code_of(int status) {
  switch (status) {
    case 401:
      return ErrorCode::Unauthenticated;
    case 403:
      return ErrorCode::PermissionDenied;
    case 404:
      return ErrorCode::NotFound;
    case 409:
    case 412:
      return ErrorCode::Conflict;
    case 429:
    case 503:
      return ErrorCode::Busy;
    default:
      return ErrorCode::InvalidArgument;
  }
}

Error problem(const Answer& answer) {
  std::string what;
  for (const auto* member : {"title", "detail"}) {
    const auto* text = answer.body.find(member);
    if (text == nullptr || text->if_string() == nullptr || text->if_string()->empty()) continue;
    what += fmt::format("{}{}", what.empty() ? "" : ": ", *text->if_string());
  }
  if (what.empty()) what = fmt::format("the manager answered {}", answer.status);
  if (answer.status == 401) what += " (log in with: lictorctl login)";
  return {code_of(answer.status), what};
}

}  // namespace

int exit_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::Unauthenticated:
    case ErrorCode::PermissionDenied:
      return 4;
    case ErrorCode::NotFound:
      return 5;
    case ErrorCode::Conflict:
    case ErrorCode::AlreadyExists:
      return 6;
    default:
      return 1;
  }
}

std::string percent_encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
                       c == '_' || c == '.' || c == '~';
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

Manager::Manager(Context context, http::RequestSettings settings)
    : context_(std::move(context)), settings_(std::move(settings)), client_(http::make_client()) {}

Result<Manager> Manager::open(os::Files& files, const Context& context) {
  http::RequestSettings settings;
  if (context.ca_file.empty()) {
    settings.tls.use_system_roots = true;
  } else {
    auto text = files.read(context.ca_file, 1024 * 1024);
    if (!text) return text.error().with_context("the context's CA file");
    auto roots = pki::from_pem("CERTIFICATE", as_text(*text));
    if (!roots) return roots.error().with_context(context.ca_file);
    settings.tls.trusted_roots = std::move(*roots);
  }
  return Manager(context, std::move(settings));
}

Result<Answer> Manager::send(std::string_view method, const std::string& path, const json::Value* body,
                             const std::string& idempotency_key) {
  http::Request request;
  request.method = std::string(method);
  request.url = context_.url + path;
  request.headers.emplace_back("Accept", "application/json");
  if (!context_.bearer.empty()) request.headers.emplace_back("Authorization", "Bearer " + context_.bearer);
  if (!idempotency_key.empty()) request.headers.emplace_back("Idempotency-Key", idempotency_key);
  if (body != nullptr) {
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = json::to_text(*body);
  }
  const auto reply = client_->fetch(request, settings_);
  if (reply.failure) {
    return Error{ErrorCode::Unavailable, fmt::format("{} cannot be reached: {}", context_.url, reply.detail)};
  }
  Answer answer;
  answer.status = reply.status;
  answer.text = reply.body;
  if (!reply.body.empty() && reply.header("content-type").find("json") != std::string::npos) {
    auto value = json::parse(reply.body);
    if (!value) return value.error().with_context("the manager's answer");
    answer.body = std::move(*value);
  }
  if (const auto* next = answer.body.find("next"); next != nullptr && next->if_string() != nullptr) {
    answer.next = *next->if_string();
  }
  return answer;
}

Result<Answer> Manager::call(std::string_view method, const std::string& path, const json::Value* body,
                             const std::string& idempotency_key) {
  auto answer = send(method, path, body, idempotency_key);
  if (answer && answer->status >= 400) return problem(*answer);
  return answer;
}

}  // namespace lictor::lictorctl
