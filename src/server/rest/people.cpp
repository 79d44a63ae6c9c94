// Sessions and passwords (spec ACC-3). The bearer of a session goes into Authorization; there are no cookies, so no
// other site can act in somebody's name.
#include "server/rest/forms.hpp"
#include "server/rest/operation.hpp"

namespace lictor::rest {
namespace {

using account_service::Nothing;
using json::Object;

void login(CallPtr call) {
  auto name = call->members().string("name");
  auto password = call->members().string("password");
  if (!name) return call->fail(name.error());
  if (!password) return call->fail(password.error());
  call->accounts().login(*name, Secret::from_text(*password), call->caller(), call->now,
                         [call](Result<account_service::LoginOutcome> outcome) {
                           if (!outcome) return call->fail(outcome.error());
                           if (!outcome->session) {
                             auto refused = http::problem(429, "too-many-attempts", "Too many attempts",
                                                          "Too many attempts failed; try again later.");
                             refused.headers.emplace_back("Retry-After", std::to_string(std::max<std::int64_t>(
                                                                             1, outcome->retry_after / seconds(1))));
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
  call->accounts().logout(call->actor,
                          [call](Result<Nothing> done) { done ? call->answer_nothing() : call->fail(done.error()); });
}

void change_password(CallPtr call) {
  auto current = call->members().string("current_password");
  auto wanted = call->members().string("new_password");
  if (!current) return call->fail(current.error());
  if (!wanted) return call->fail(wanted.error());
  call->accounts().change_own_password(
      call->actor, Secret::from_text(*current), Secret::from_text(*wanted), call->now,
      [call](Result<Nothing> done) { done ? call->answer_nothing() : call->fail(done.error()); });
}

void whoami(CallPtr call) {
  call->answer(200, Object{{"name", call->actor.name},
                           {"grants", to_json(call->actor.grants)},
                           {"must_change_password",
                            call->actor.standing == account_service::Actor::Standing::MustChangePassword}});
}

}  // namespace

std::vector<Operation> people_operations() {
  using Access = Operation::Access;
  return {
      {"login",
       "POST",
       "/api/v1/login",
       "Sessions",
       "Open a session with a password",
       Access::Open,
       {},
       "Login",
       with_problems({{200, "The session's bearer", "Session"}}, {400, 401, 415, 422, 429, 503}),
       login},
      {"logout",
       "POST",
       "/api/v1/logout",
       "Sessions",
       "End this session",
       Access::Own,
       {},
       "",
       with_problems({{204, "Ended", ""}}, {401, 503}),
       logout},
      {"changePassword",
       "POST",
       "/api/v1/password",
       "Sessions",
       "Change one's own password",
       Access::Own,
       {},
       "PasswordChange",
       with_problems({{204, "Changed", ""}}, {429}),
       change_password},
      {"whoami",
       "GET",
       "/api/v1/whoami",
       "Sessions",
       "Who is logged in, with which roles",
       Access::Own,
       {},
       "",
       with_problems({{200, "The actor", "Whoami"}}, {401}),
       whoami},
  };
}

}  // namespace lictor::rest
