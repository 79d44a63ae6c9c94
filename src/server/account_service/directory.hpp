// The manager's directory: first start, users, sessions, API clients, access tokens (spec ACC-2, ACC-3).
#pragma once

#include "server/account_service/use_case.hpp"

namespace lictor::account_service {

// Names of the store's own facts (domain::StoreSetting) that the first start writes.
namespace store_setting {
inline constexpr std::string_view kAuthority = "authority";                 // UUID of this manager (PKI-1)
inline constexpr std::string_view kIncarnation = "incarnation";             // hex
inline constexpr std::string_view kIncarnationBegan = "incarnation_began";  // int64 ms UTC, decimal
}  // namespace store_setting

// What the first start puts into an empty store.
struct FirstStart {
  AuthorityId authority;
  Incarnation incarnation;
  std::string admin_name = "admin";
  std::string admin_password_hash;
  bool admin_must_change_password = true;  // a generated one-time password; false: one that a file gave
};
struct StoreFacts {
  AuthorityId authority;
  Incarnation incarnation;
  WallTime incarnation_began{};
  bool created = false;  // by this call; false: the store had them already and nothing was changed
};
// By the program itself, as "system"; harmless when repeated. Error: Corrupt (a fact cannot be read).
std::unique_ptr<UseCaseOf<StoreFacts>> first_start(std::shared_ptr<const Environment> environment, FirstStart input);
// The same facts from a reader; nullopt: the store is empty and wants its first start.
Result<std::optional<StoreFacts>> read_store_facts(
    const std::function<Result<std::optional<std::string>>(std::string_view)>& setting);

// --- sessions -------------------------------------------------------------------------------------------------------
struct NewSession {
  std::string user;
  std::string password_hash;  // as it was when the password was checked; another one since: Unauthenticated
  std::string rehashed;       // "" = keep
  KeyedHash hash;
  Duration lifetime{0};
};
struct StartedSession {
  domain::User user;
  WallTime expires_at{};
};
std::unique_ptr<UseCaseOf<StartedSession>> start_session(std::shared_ptr<const Environment> environment, Actor actor,
                                                         NewSession input);
// Of the actor's own session or access token; nothing when it has gone already.
std::unique_ptr<UseCaseOf<Nothing>> end_session(std::shared_ptr<const Environment> environment, Actor actor);

struct PasswordChange {
  std::string user;
  std::string password_hash;  // as it was when the old password was checked
  std::string new_hash;
};
// Of the actor's own password. Errors: Unauthenticated (changed meanwhile).
std::unique_ptr<UseCaseOf<Nothing>> change_password(std::shared_ptr<const Environment> environment, Actor actor,
                                                    PasswordChange input);

// --- users ----------------------------------------------------------------------------------------------------------
struct NewUser {
  std::string name;  // 1 to 64 of A-Z a-z 0-9 . _ @ -
  std::string password_hash;
  std::vector<domain::Grant> grants;
};
// Starts with a password to be changed at the first login. Permission: ManageUsers wherever a grant reaches. Errors:
// InvalidArgument, AlreadyExists.
std::unique_ptr<UseCaseOf<domain::User>> create_user(std::shared_ptr<const Environment> environment, Actor actor,
                                                     NewUser input);

// --- API clients ----------------------------------------------------------------------------------------------------
struct NewApiClient {
  std::string id;
  KeyedHash secret_hash;
  std::string description;
  std::vector<domain::Grant> grants;  // all of one account, or all the manager's
};
// Permission: ManageApiClients wherever a grant reaches. Errors: NotFound (VA), InvalidArgument.
std::unique_ptr<UseCaseOf<domain::ApiClient>> create_api_client(std::shared_ptr<const Environment> environment,
                                                                Actor actor, NewApiClient input);
// Its access tokens end with it. Errors: NotFound.
std::unique_ptr<UseCaseOf<Nothing>> remove_api_client(std::shared_ptr<const Environment> environment, Actor actor,
                                                      std::string id, AccountId account);
// Where a client belongs: the account of its grants, 0 for the manager's.
AccountId home_of(const domain::ApiClient& client);

struct NewAccessToken {
  std::string client_id;
  KeyedHash secret_hash;  // as it was when the secret was checked
  KeyedHash hash;
  Duration lifetime{0};
};
std::unique_ptr<UseCaseOf<domain::AccessToken>> issue_access_token(std::shared_ptr<const Environment> environment,
                                                                   Actor actor, NewAccessToken input);

// Grants that make sense together: at least one, at most 64, each with what its role needs. Error: InvalidArgument.
Result<void> check_grants(const std::vector<domain::Grant>& grants);

}  // namespace lictor::account_service
