// Users and API clients (spec ACC-2, ACC-3). A secret or one-time password is shown in the answer that made it, once.
#include "server/rest/forms.hpp"
#include "server/rest/operation.hpp"

namespace lictor::rest {
namespace {

using account_service::ClientWithSecret;
using account_service::Nothing;
using account_service::Outcome;
using account_service::UserWithPassword;

void create_user(CallPtr call) {
  auto name = call->members().string("name");
  auto items = call->members().array("grants");
  if (!name) return call->fail(name.error());
  if (!items) return call->fail(items.error());
  auto grants = read_grants(**items);
  if (!grants) return call->fail(grants.error());
  const std::function<json::Value(const UserWithPassword&)> render = [](const UserWithPassword& made) {
    return to_json(made.user, made.password.get());
  };
  call->accounts().create_user(call->actor, *name, *grants, call->replay<UserWithPassword>(200, render),
                               [call, render](Result<Outcome<UserWithPassword>> outcome) {
                                 if (!outcome) return call->fail(outcome.error());
                                 if (outcome->replayed) return call->replayed(*outcome->replayed);
                                 call->answer(200, render(outcome->output));
                               });
}

void list_users(CallPtr call) {
  auto page = call->page();
  if (!page) return call->fail(page.error());
  auto found =
      call->accounts().query(call->actor, [&](account_service::Queries& queries) { return queries.users(*page); });
  if (!found) return call->fail(found.error());
  call->answer(200, page_to_json(*found, [](const domain::User& user) { return to_json(user, nullptr); }));
}

void create_client(CallPtr call) {
  auto description = call->members().string("description");
  if (!description) return call->fail(description.error());
  auto grant = read_grant(call->body, "");
  if (!grant) return call->fail(grant.error());
  const std::function<json::Value(const ClientWithSecret&)> render = [](const ClientWithSecret& made) {
    return to_json(made.client, made.secret.get());
  };
  call->accounts().create_api_client(call->actor, *description, {*grant}, call->replay<ClientWithSecret>(200, render),
                                     [call, render](Result<Outcome<ClientWithSecret>> outcome) {
                                       if (!outcome) return call->fail(outcome.error());
                                       if (outcome->replayed) return call->replayed(*outcome->replayed);
                                       call->answer(200, render(outcome->output));
                                     });
}

void get_client(CallPtr call) {
  const auto id = call->request.query_value("{id}");
  auto found =
      call->accounts().query(call->actor, [&](account_service::Queries& queries) { return queries.api_client(id); });
  if (!found) return call->fail(found.error());
  call->answer(200, to_json(*found, nullptr));
}

void remove_client(CallPtr call) {
  call->accounts().remove_api_client(
      call->actor, std::string(call->request.query_value("{id}")),
      [call](Result<Nothing> done) { done ? call->answer_nothing() : call->fail(done.error()); });
}

}  // namespace

std::vector<Operation> directory_operations() {
  using Access = Operation::Access;
  const std::string clients = "/api/v1/api-clients";
  return {
      {"listUsers",
       "GET",
       "/api/v1/users",
       "Users and API clients",
       "All users",
       Access::Bearer,
       page_parameters(),
       "",
       {{200, "A page", "List:User"}},
       list_users},
      {"createUser",
       "POST",
       "/api/v1/users",
       "Users and API clients",
       "Make a user with a one-time password, which is shown this once",
       Access::Bearer,
       {idempotency_parameter()},
       "NewUser",
       with_problems({{200, "The user with the password", "User"}}, {404, 409}),
       create_user},
      {"createApiClient",
       "POST",
       clients,
       "Users and API clients",
       "Make an API client; its secret is shown this once",
       Access::Bearer,
       {idempotency_parameter()},
       "NewApiClient",
       with_problems({{200, "The client with its secret", "ApiClient"}}, {404}),
       create_client},
      {"getApiClient",
       "GET",
       clients + "/{id}",
       "Users and API clients",
       "One API client, without its secret",
       Access::Bearer,
       {id_parameter("client")},
       "",
       {{200, "The client", "ApiClient"}},
       get_client},
      {"removeApiClient",
       "DELETE",
       clients + "/{id}",
       "Users and API clients",
       "End an API client and its access tokens",
       Access::Bearer,
       {id_parameter("client")},
       "",
       {{204, "Ended", ""}},
       remove_client},
  };
}

}  // namespace lictor::rest
