// Sessions, passwords, API clients, OAuth2 client credentials (spec ACC-3, API-3).
#include <fmt/format.h>

#include "server/rest/forms.hpp"
#include "server/rest/operation.hpp"

namespace lictor::rest {
namespace {

using account_service::Nothing;
using json::Object;

Object grants_of(const std::vector<domain::Grant>& grants) {
  domain::ApiClient client;
  client.grants = grants;
  const auto value = to_json(client, nullptr);
  return {{"grants", *value.find("grants")}};
}

void login(CallPtr call) {
  auto name = call->members().string("name");
  auto password = call->members().string("password");
  if (!name) return call->fail(name.error());
  if (!password) return call->fail(password.error());
  call->accounts().login(*name, Secret::from_text(*password), call->caller(), call->now, [call](Result<account_service::LoginOutcome> outcome) {
    if (!outcome) return call->fail(outcome.error());
    if (!outcome->session) {
      auto refused = http::problem(429, "too-many-attempts", "Too many attempts", "Too many attempts failed; try again later.");
      refused.headers.emplace_back("Retry-After", std::to_string(std::max<std::int64_t>(1, outcome->retry_after / seconds(1))));
      return call->finish(std::move(refused));
    }
    const auto& session = *outcome->session;
    call->answer(200, Object{{"access_token", session.bearer.reveal_text()},
                             {"token_type", "Bearer"},
                             {"expires_at", to_rfc3339(session.expires_at)},
                             {"must_change_password", session.user.must_change_password}});
  });
}

void logout(CallPtr call) {
  call->accounts().logout(call->actor, [call](Result<Nothing> done) { done ? call->answer_nothing() : call->fail(done.error()); });
}

void change_password(CallPtr call) {
  auto current = call->members().string("current_password");
  auto wanted = call->members().string("new_password");
  if (!current) return call->fail(current.error());
  if (!wanted) return call->fail(wanted.error());
  call->accounts().change_own_password(call->actor, Secret::from_text(*current), Secret::from_text(*wanted), call->now,
                                       [call](Result<Nothing> done) { done ? call->answer_nothing() : call->fail(done.error()); });
}

void whoami(CallPtr call) {
  Object out{{"name", call->actor.name}};
  auto grants = grants_of(call->actor.grants);
  out.insert(out.end(), grants.begin(), grants.end());
  out.emplace_back("must_change_password", call->actor.standing == account_service::Actor::Standing::MustChangePassword);
  call->answer(200, std::move(out));
}

// --- OAuth2 (RFC 6749, 4.4) -----------------------------------------------------------------------------------------
void oauth_error(const CallPtr& call, int status, std::string_view error, std::string_view description) {
  http::ServerResponse response{status, "application/json", {{"Cache-Control", "no-store"}}, json::to_text(Object{{"error", error}, {"error_description", description}})};
  if (status == 401) response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"lictor\"");
  call->finish(std::move(response));
}

std::string decode_form(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out += ' ';
    } else if (text[i] == '%' && i + 2 < text.size()) {
      auto byte = from_hex(text.substr(i + 1, 2));
      out += byte ? static_cast<char>(byte->front()) : '%';
      if (byte) i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::map<std::string, std::string> form_of(std::string_view body) {
  std::map<std::string, std::string> form;
  while (!body.empty()) {
    const auto end = body.find('&');
    const auto pair = body.substr(0, end);
    const auto equals = pair.find('=');
    form[decode_form(pair.substr(0, equals))] = equals == std::string_view::npos ? "" : decode_form(pair.substr(equals + 1));
    if (end == std::string_view::npos) break;
    body.remove_prefix(end + 1);
  }
  return form;
}

void oauth_token(CallPtr call) {
  auto form = form_of(call->request.body);
  if (form["grant_type"] != "client_credentials") {
    return oauth_error(call, 400, "unsupported_grant_type", "grant_type must be client_credentials");
  }
  const auto header = call->request.header("authorization");
  if (header.starts_with("Basic ")) {
    auto raw = from_base64(header.substr(6));
    const std::string pair = raw ? std::string(as_text(*raw)) : std::string();
    const auto colon = pair.find(':');
    if (colon == std::string::npos) return oauth_error(call, 400, "invalid_request", "the Authorization header does not read");
    form["client_id"] = decode_form(pair.substr(0, colon));
    form["client_secret"] = decode_form(pair.substr(colon + 1));
  }
  if (form["client_id"].empty() || form["client_secret"].empty()) {
    return oauth_error(call, 400, "invalid_request", "client_id and client_secret are needed");
  }
  call->accounts().client_token(form["client_id"], Secret::from_text(form["client_secret"]), call->caller(), call->now, [call](Result<account_service::AccessOutcome> outcome) {
    if (!outcome && outcome.error().code == ErrorCode::Unauthenticated) return oauth_error(call, 401, "invalid_client", "the client is not known, or its secret is another");
    if (!outcome) return call->fail(outcome.error());
    if (!outcome->access) return oauth_error(call, 401, "invalid_client", "too many attempts failed; try again later");
    call->answer(200, Object{{"access_token", outcome->access->bearer.reveal_text()}, {"token_type", "Bearer"}, {"expires_in", outcome->access->lifetime / seconds(1)}});
  });
}

void create_client(CallPtr call) {
  auto description = call->members().string("description");
  auto role_text = call->members().string("role");
  if (!description) return call->fail(description.error());
  if (!role_text) return call->fail(role_text.error());
  auto role = domain::parse_role(*role_text);
  if (!role) return call->fail(role.error());
  domain::Grant grant;
  grant.role = *role;
  auto account = call->text("account");
  if (!account) return call->fail(account.error());
  if (*account) {
    auto id = parse_decimal_id(**account);
    if (!id) return call->fail(id.error().with_context("account"));
    grant.account = AccountId{*id};
  }
  auto va = call->va_member();
  if (!va) return call->fail(va.error());
  grant.va = *va;
  using account_service::ClientWithSecret;
  const std::function<json::Value(const ClientWithSecret&)> render = [](const ClientWithSecret& made) { return to_json(made.client, made.secret.get()); };
  call->accounts().create_api_client(call->actor, *description, {grant}, call->replay<ClientWithSecret>(200, render), [call, render](Result<account_service::Outcome<ClientWithSecret>> outcome) {
    if (!outcome) return call->fail(outcome.error());
    if (outcome->replayed) return call->replayed(*outcome->replayed);
    call->answer(200, render(outcome->output));
  });
}

void remove_client(CallPtr call) {
  call->accounts().remove_api_client(call->actor, std::string(call->request.query_value("{id}")), [call](Result<Nothing> done) { done ? call->answer_nothing() : call->fail(done.error()); });
}

}  // namespace

std::vector<Operation> people_operations() {
  using Access = Operation::Access;
  return {
      {"login", "POST", "/api/v1/login", "Sessions", "Open a session with a password", Access::Open, {}, "Login",
       with_problems({{200, "The session's bearer", "Session"}}, {400, 401, 415, 422, 429, 503}), login},
      {"logout", "POST", "/api/v1/logout", "Sessions", "End this session", Access::Bearer, {}, "", with_problems({{204, "Ended", ""}}, {401, 503}), logout},
      {"changePassword", "POST", "/api/v1/password", "Sessions", "Change one's own password", Access::Bearer, {}, "PasswordChange",
       with_problems({{204, "Changed", ""}}, {400, 401, 415, 422, 503}), change_password},
      {"whoami", "GET", "/api/v1/whoami", "Sessions", "Who is logged in, with which roles", Access::Bearer, {}, "", with_problems({{200, "The actor", "Whoami"}}, {401}), whoami},
      {"oauthToken", "POST", "/oauth2/token", "Sessions", "OAuth2 client credentials", Access::Open, {}, "",
       with_problems({{200, "An access token", "AccessToken"}, {400, "Not as RFC 6749 wants it", "OauthError"}, {401, "Not a client", "OauthError"}}, {503}), oauth_token},
      {"createApiClient", "POST", "/api/v1/api-clients", "Sessions", "Make an API client; its secret is shown this once", Access::Bearer, {idempotency_parameter()}, "NewApiClient",
       with_problems({{200, "The client with its secret", "ApiClient"}}, {400, 401, 403, 404, 415, 422, 503}), create_client},
      {"removeApiClient", "DELETE", "/api/v1/api-clients/{id}", "Sessions", "End an API client and its access tokens", Access::Bearer, {id_parameter("client")}, "",
       with_problems({{204, "Ended", ""}}, {401, 403, 404, 503}), remove_client},
  };
}

}  // namespace lictor::rest
