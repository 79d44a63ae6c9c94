// OAuth2 client credentials (spec ACC-3, API-3; RFC 6749, 2.3.1, 4.4, 5).
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "server/rest/forms.hpp"
#include "server/rest/operation.hpp"

namespace lictor::rest {
namespace {

using json::Object;

void oauth_error(const CallPtr& call, int status, std::string_view error, std::string_view description,
                 Duration retry_after = Duration{0}) {
  http::ServerResponse response{status,
                                "application/json",
                                {{"Cache-Control", "no-store"}, {"Pragma", "no-cache"}},
                                json::to_text(Object{{"error", error}, {"error_description", description}})};
  if (status == 401) response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"lictor\"");
  if (retry_after.count() > 0) {
    response.headers.emplace_back("Retry-After", std::to_string(std::max<std::int64_t>(1, retry_after / seconds(1))));
  }
  call->finish(std::move(response));
}

// Where `c` stands first, or the length. (Not find(): g++ 12 sees an overread in it here.)
std::size_t position(std::string_view text, char c) {
  return static_cast<std::size_t>(std::find(text.begin(), text.end(), c) - text.begin());
}

// application/x-www-form-urlencoded. nullopt: does not read.
std::optional<std::string> decode_form(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      std::string digits(text.substr(i + 1, 2));
      std::ranges::transform(digits, digits.begin(),
                             [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
      const auto byte = from_hex(digits);
      if (!byte || byte->size() != 1) return std::nullopt;
      out += static_cast<char>(byte->front());
      i += 2;
    }
  }
  return out;
}

// Each parameter at most once (RFC 6749, 3.2).
std::optional<std::map<std::string, std::string>> form_of(std::string_view body) {
  std::map<std::string, std::string> form;
  while (!body.empty()) {
    const auto end = position(body, '&');
    const auto pair = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    if (pair.empty()) continue;
    const auto equals = position(pair, '=');
    const auto name = decode_form(pair.substr(0, equals));
    const auto value = decode_form(pair.substr(std::min(equals + 1, pair.size())));
    if (!name || !value || !form.emplace(*name, *value).second) return std::nullopt;
  }
  return form;
}

struct Credentials {
  std::string id;
  std::string secret;
};

// HTTP basic or in the form, not both. Error: Malformed.
Result<Credentials> credentials_of(const Call& call, const std::map<std::string, std::string>& form) {
  const auto value = [&](const char* name) {
    const auto at = form.find(name);
    return at == form.end() ? std::string() : at->second;
  };
  Credentials found{value("client_id"), value("client_secret")};
  const auto header = call.request.header("authorization");
  if (!header.empty()) {
    const Error unreadable{ErrorCode::Malformed, "the Authorization header does not read"};
    if (!header.starts_with("Basic ")) return unreadable;
    const auto raw = from_base64(header.substr(6));
    if (!raw) return unreadable;
    const auto pair = as_text(*raw);
    const auto colon = pair.find(':');
    if (colon == std::string_view::npos) return unreadable;
    const auto id = decode_form(pair.substr(0, colon));
    const auto secret = decode_form(pair.substr(colon + 1));
    if (!id || !secret) return unreadable;
    if (!found.secret.empty() || (!found.id.empty() && found.id != *id)) {
      return Error{ErrorCode::Malformed, "the client is named twice, in the header and in the form"};
    }
    found = {*id, *secret};
  }
  if (found.id.empty() || found.secret.empty()) {
    return Error{ErrorCode::Malformed, "client_id and client_secret are needed"};
  }
  return found;
}

// What a token is good for: the roles of its client.
std::string scope_of(const domain::ApiClient& client) {
  std::set<std::string> roles;
  for (const auto& grant : client.grants) roles.emplace(domain::to_string(grant.role));
  return fmt::format("{}", fmt::join(roles, " "));
}

void answer_token(const CallPtr& call, const std::string& wanted_scope,
                  Result<account_service::AccessOutcome> outcome) {
  if (!outcome && outcome.error().code == ErrorCode::Unauthenticated) {
    return oauth_error(call, 401, "invalid_client", outcome.error().message);
  }
  if (!outcome) return call->fail(outcome.error());
  if (!outcome->access) {
    return oauth_error(call, 429, "temporarily_unavailable", "Too many attempts failed; try again later",
                       outcome->retry_after);
  }
  const auto scope = scope_of(outcome->access->client);
  if (!wanted_scope.empty() && wanted_scope != scope) {
    return oauth_error(call, 400, "invalid_scope", "the client's scope is: " + scope);
  }
  call->answer(200, Object{{"access_token", outcome->access->bearer.reveal_text()},
                           {"token_type", "Bearer"},
                           {"expires_in", outcome->access->lifetime / seconds(1)},
                           {"scope", scope}});
}

void oauth_token(CallPtr call) {
  const auto type = call->request.header("content-type");
  if (!type.substr(0, type.find(';')).starts_with("application/x-www-form-urlencoded")) {
    return oauth_error(call, 400, "invalid_request", "Content-Type must be application/x-www-form-urlencoded");
  }
  const auto form = form_of(call->request.body);
  if (!form) return oauth_error(call, 400, "invalid_request", "the form does not read, or has a parameter twice");
  const auto grant = form->find("grant_type");
  if (grant == form->end()) return oauth_error(call, 400, "invalid_request", "grant_type is needed");
  if (grant->second != "client_credentials") {
    return oauth_error(call, 400, "unsupported_grant_type", "grant_type must be client_credentials");
  }
  const auto found = credentials_of(*call, *form);
  if (!found) return oauth_error(call, 400, "invalid_request", found.error().message);
  const auto scope = form->find("scope");
  call->accounts().client_token(found->id, Secret::from_text(found->secret), call->caller(), call->now,
                                [call, wanted = scope == form->end() ? "" : scope->second](auto outcome) {
                                  answer_token(call, wanted, std::move(outcome));
                                });
}

}  // namespace

std::vector<Operation> oauth_operations() {
  return {
      {"oauthToken",
       "POST",
       "/oauth2/token",
       "Sessions",
       "OAuth2 client credentials: a form with grant_type=client_credentials; the client by HTTP basic or in the form",
       Operation::Access::Open,
       {},
       "",
       with_problems({{200, "An access token", "AccessToken"},
                      {400, "Not as RFC 6749 wants it", "OauthError"},
                      {401, "Not a client", "OauthError"},
                      {429, "Too many attempts", "OauthError"}},
                     {503}),
       oauth_token},
  };
}

}  // namespace lictor::rest
