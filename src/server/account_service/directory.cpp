#include "server/account_service/directory.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lictor::account_service {
namespace {

using domain::Action;
using domain::Role;

constexpr std::size_t kMaxGrants = 64;
constexpr std::size_t kMaxDescription = 200;

bool is_va_role(Role role) {
  return role == Role::VirtualAccountAdministrator || role == Role::VirtualAccountUser ||
         role == Role::VirtualAccountViewer;
}

// Nobody gives rights in an account where they may not manage those who have them.
Result<void> permit_grants(const Actor& actor, Action action, const std::vector<domain::Grant>& grants) {
  for (const auto& grant : grants) {
    if (auto ok = permit(actor, action, grant.account); !ok) return ok;
  }
  return {};
}

json::Array grants_of(const std::vector<domain::Grant>& grants) {
  json::Array out;
  for (const auto& grant : grants) {
    out.emplace_back(json::Object{{"role", domain::to_string(grant.role)},
                                  {"account", grant.account.value},
                                  {"virtual_account", grant.va.value}});
  }
  return out;
}

storage::ReadKeys directory_keys() {
  storage::ReadKeys keys;
  keys.account = kDirectoryAccount;
  return keys;
}

Error not_right() {
  return {ErrorCode::Unauthenticated, "The name or the password is not right"};
}

class StartFirst final : public UseCaseOf<StoreFacts> {
 public:
  StartFirst(std::shared_ptr<const Environment> environment, FirstStart input)
      : UseCaseOf(std::move(environment), Actor{"system", {}, "", "", Actor::Standing::Full, {}}),
        input_(std::move(input)) {}

 private:
  [[nodiscard]] storage::ReadKeys reads() const override {
    auto keys = directory_keys();
    keys.users.push_back(input_.admin_name);
    for (const auto name : {store_setting::kAuthority, store_setting::kIncarnation, store_setting::kIncarnationBegan}) {
      keys.settings.emplace_back(name);
    }
    return keys;
  }
  Result<void> execute(storage::Rows& rows, WallTime now) override {
    const auto known = read_store_facts([&](std::string_view name) -> Result<std::optional<std::string>> {
      const auto* row = rows.settings.find(std::string(name));
      return row == nullptr ? std::optional<std::string>() : std::optional<std::string>(row->value);
    });
    if (!known) return known.error();
    if (*known) {
      output_ = **known;
      return {};
    }
    domain::AccountHead head;
    head.account = kDirectoryAccount;
    rows.heads.put(head);
    rows.settings.put({std::string(store_setting::kAuthority), input_.authority.uuid});
    rows.settings.put({std::string(store_setting::kIncarnation), input_.incarnation.text()});
    rows.settings.put({std::string(store_setting::kIncarnationBegan), std::to_string(to_ms(now))});
    domain::User admin;
    admin.id = UserId{rows.take_id(kDirectoryAccount)};
    admin.name = input_.admin_name;
    admin.password_hash = input_.admin_password_hash;
    admin.must_change_password = input_.admin_must_change_password;
    admin.grants = {{Role::VendorOperator, kDirectoryAccount, {}}};
    admin.created_at = now;
    rows.users.put(admin);
    output_ = {input_.authority, input_.incarnation, now, true};
    audit(rows, now, kDirectoryAccount, "store.create", "store", {{"authority", input_.authority.uuid}});
    audit(rows, now, kDirectoryAccount, "user.create", fmt::format("user:{}", admin.id.value), {{"name", admin.name}});
    return {};
  }
  FirstStart input_;
};

class StartSession final : public UseCaseOf<StartedSession> {
 public:
  StartSession(std::shared_ptr<const Environment> environment, Actor actor, NewSession input)
      : UseCaseOf(std::move(environment), std::move(actor)), input_(std::move(input)) {}

 private:
  [[nodiscard]] storage::ReadKeys reads() const override {
    auto keys = directory_keys();
    keys.users.push_back(input_.user);
    keys.sessions.push_back(input_.hash);
    return keys;
  }
  Result<void> execute(storage::Rows& rows, WallTime now) override {
    const auto* user = rows.users.find(input_.user);
    if (user == nullptr || user->disabled || user->password_hash != input_.password_hash) return not_right();
    output_ = {*user, now + input_.lifetime};
    if (!input_.rehashed.empty()) rows.users.edit(input_.user).password_hash = input_.rehashed;
    rows.sessions.put({input_.hash, output_.user.id, now, output_.expires_at});
    audit(rows, now, kDirectoryAccount, "session.start", fmt::format("user:{}", output_.user.id.value));
    return {};
  }
  NewSession input_;
};

class EndSession final : public UseCaseOf<Nothing> {
 public:
  using UseCaseOf::UseCaseOf;

 private:
  [[nodiscard]] storage::ReadKeys reads() const override {
    auto keys = directory_keys();
    keys.sessions.push_back(actor().bearer);
    keys.access_tokens.push_back(actor().bearer);
    return keys;
  }
  Result<void> execute(storage::Rows& rows, WallTime now) override {
    if (rows.sessions.find(actor().bearer) == nullptr && rows.access_tokens.find(actor().bearer) == nullptr) return {};
    rows.sessions.erase(actor().bearer);
    rows.access_tokens.erase(actor().bearer);
    audit(rows, now, kDirectoryAccount, "session.end", actor().name);
    return {};
  }
};

class ChangePassword final : public UseCaseOf<Nothing> {
 public:
  ChangePassword(std::shared_ptr<const Environment> environment, Actor actor, PasswordChange input)
      : UseCaseOf(std::move(environment), std::move(actor)), input_(std::move(input)) {}

 private:
  [[nodiscard]] storage::ReadKeys reads() const override {
    auto keys = directory_keys();
    keys.users.push_back(input_.user);
    return keys;
  }
  Result<void> execute(storage::Rows& rows, WallTime now) override {
    const auto* user = rows.users.find(input_.user);
    if (user == nullptr || user->disabled || user->password_hash != input_.password_hash) return not_right();
    auto& change = rows.users.edit(input_.user);
    change.password_hash = input_.new_hash;
    change.must_change_password = false;
    audit(rows, now, kDirectoryAccount, "user.change-password", fmt::format("user:{}", change.id.value));
    return {};
  }
  PasswordChange input_;
};

class CreateUser final : public UseCaseOf<domain::User> {
 public:
  CreateUser(std::shared_ptr<const Environment> environment, Actor actor, NewUser input)
      : UseCaseOf(std::move(environment), std::move(actor)), input_(std::move(input)) {}

 private:
  [[nodiscard]] storage::ReadKeys reads() const override {
    auto keys = directory_keys();
    keys.users.push_back(input_.name);
    return keys;
  }
  Result<void> execute(storage::Rows& rows, WallTime now) override {
    if (auto ok = check_grants(input_.grants); !ok) return ok;
    if (auto ok = permit_grants(actor(), Action::ManageUsers, input_.grants); !ok) return ok;
    const auto fits = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
             c == '@' || c == '-';
    };
    if (input_.name.empty() || input_.name.size() > 64 || !std::ranges::all_of(input_.name, fits)) {
      return Error{ErrorCode::InvalidArgument, "name: 1 to 64 of A-Z a-z 0-9 . _ @ - are wanted"};
    }
    if (rows.users.find(input_.name) != nullptr) {
      return Error{ErrorCode::AlreadyExists, fmt::format("A user of the name {} exists", input_.name)};
    }
    output_ = {};
    output_.id = UserId{rows.take_id(kDirectoryAccount)};
    output_.name = input_.name;
    output_.password_hash = input_.password_hash;
    output_.must_change_password = true;
    output_.grants = input_.grants;
    output_.created_at = now;
    rows.users.put(output_);
    audit(rows, now, kDirectoryAccount, "user.create", fmt::format("user:{}", output_.id.value),
          {{"name", output_.name}, {"grants", grants_of(output_.grants)}});
    return {};
  }
  NewUser input_;
};

class CreateApiClient final : public UseCaseOf<domain::ApiClient> {
 public:
  CreateApiClient(std::shared_ptr<const Environment> environment, Actor actor, NewApiClient input)
      : UseCaseOf(std::move(environment), std::move(actor)), input_(std::move(input)) {}

 private:
  [[nodiscard]] AccountId home() const { return input_.grants.empty() ? kDirectoryAccount : input_.grants[0].account; }

  [[nodiscard]] storage::ReadKeys reads() const override {
    storage::ReadKeys keys;
    keys.account = home();
    keys.api_clients.push_back(input_.id);
    return keys;
  }
  Result<void> execute(storage::Rows& rows, WallTime now) override {
    if (auto ok = check_grants(input_.grants); !ok) return ok;
    for (const auto& grant : input_.grants) {
      if (grant.account != home()) {
        return Error{ErrorCode::InvalidArgument, "grants: all of one account, or all the manager's"};
      }
    }
    if (auto ok = permit_grants(actor(), Action::ManageApiClients, input_.grants); !ok) return ok;
    if (home() != kDirectoryAccount && rows.accounts.find(home()) == nullptr) {
      return no_such(what_is("account", home().value));
    }
    for (const auto& grant : input_.grants) {
      if (grant.va.value != 0 && rows.virtual_accounts.find({home(), grant.va}) == nullptr) {
        return no_such(what_is("virtual account", grant.va.value));
      }
    }
    if (auto ok = check_text("description", input_.description, kMaxDescription, Empty::Allowed); !ok) return ok;
    if (rows.api_clients.find(input_.id) != nullptr) {
      return Error{ErrorCode::AlreadyExists, "The client id is taken; try again"};
    }
    output_ = {input_.id, input_.secret_hash, input_.description, input_.grants, false, now};
    rows.api_clients.put(output_);
    audit(rows, now, home(), "api-client.create", "api-client:" + input_.id,
          {{"description", input_.description}, {"grants", grants_of(input_.grants)}});
    return {};
  }
  NewApiClient input_;
};

class RemoveApiClient final : public UseCaseOf<Nothing> {
 public:
  RemoveApiClient(std::shared_ptr<const Environment> environment, Actor actor, std::string id, AccountId account)
      : UseCaseOf(std::move(environment), std::move(actor)), id_(std::move(id)), account_(account) {}

 private:
  [[nodiscard]] storage::ReadKeys reads() const override {
    storage::ReadKeys keys;
    keys.account = account_;
    keys.api_clients.push_back(id_);
    return keys;
  }
  Result<void> execute(storage::Rows& rows, WallTime now) override {
    const auto* found = rows.api_clients.find(id_);
    const auto what = "API client " + id_;
    if (found == nullptr || home_of(*found) != account_ || !sees(actor(), account_)) return no_such(what);
    if (auto ok = permit(actor(), Action::ManageApiClients, account_); !ok) return ok;
    rows.api_clients.erase(id_);
    audit(rows, now, account_, "api-client.remove", "api-client:" + id_);
    return {};
  }
  std::string id_;
  AccountId account_;
};

class IssueAccessToken final : public UseCaseOf<domain::AccessToken> {
 public:
  IssueAccessToken(std::shared_ptr<const Environment> environment, Actor actor, NewAccessToken input)
      : UseCaseOf(std::move(environment), std::move(actor)), input_(std::move(input)) {}

 private:
  [[nodiscard]] storage::ReadKeys reads() const override {
    auto keys = directory_keys();
    keys.api_clients.push_back(input_.client_id);
    keys.access_tokens.push_back(input_.hash);
    return keys;
  }
  Result<void> execute(storage::Rows& rows, WallTime now) override {
    const auto* client = rows.api_clients.find(input_.client_id);
    if (client == nullptr || client->disabled || client->secret_hash != input_.secret_hash) {
      return Error{ErrorCode::Unauthenticated, "The client is not known, or its secret is not right"};
    }
    output_ = {input_.hash, input_.client_id, now + input_.lifetime};
    rows.access_tokens.put(output_);
    audit(rows, now, kDirectoryAccount, "access-token.issue", "api-client:" + input_.client_id);
    return {};
  }
  NewAccessToken input_;
};

}  // namespace

AccountId home_of(const domain::ApiClient& client) {
  return client.grants.empty() ? kDirectoryAccount : client.grants.front().account;
}

Result<void> check_grants(const std::vector<domain::Grant>& grants) {
  const auto wrong = [](std::string_view message) { return Error{ErrorCode::InvalidArgument, std::string(message)}; };
  if (grants.empty() || grants.size() > kMaxGrants) return wrong(fmt::format("grants: 1 to {} are wanted", kMaxGrants));
  for (const auto& grant : grants) {
    const bool of_manager = grant.role == Role::VendorOperator;
    if (of_manager != (grant.account == kDirectoryAccount)) {
      return wrong("grants: every role but vendor-operator is for an account");
    }
    if (is_va_role(grant.role) != (grant.va.value != 0)) {
      return wrong("grants: the roles of virtual accounts, and only those, are for a virtual_account");
    }
  }
  return {};
}

Result<std::optional<StoreFacts>> read_store_facts(
    const std::function<Result<std::optional<std::string>>(std::string_view)>& setting) {
  const auto authority = setting(store_setting::kAuthority);
  if (!authority) return authority.error();
  if (!*authority) return std::optional<StoreFacts>();
  const auto incarnation = setting(store_setting::kIncarnation);
  if (!incarnation) return incarnation.error();
  const auto began = setting(store_setting::kIncarnationBegan);
  if (!began) return began.error();
  const Error corrupt{ErrorCode::Corrupt, "the store's own settings cannot be read"};
  if (!*incarnation || !*began) return corrupt;
  const auto uuid = parse_authority_id(**authority);
  const auto id = Incarnation::parse(**incarnation);
  const auto at = parse_decimal_id(**began);
  if (!uuid || !id || !at) return corrupt;
  return std::optional<StoreFacts>(StoreFacts{*uuid, *id, wall_from_ms(*at), false});
}

std::unique_ptr<UseCaseOf<StoreFacts>> first_start(std::shared_ptr<const Environment> environment, FirstStart input) {
  return std::make_unique<StartFirst>(std::move(environment), std::move(input));
}
std::unique_ptr<UseCaseOf<StartedSession>> start_session(std::shared_ptr<const Environment> environment, Actor actor,
                                                         NewSession input) {
  return std::make_unique<StartSession>(std::move(environment), std::move(actor), std::move(input));
}
std::unique_ptr<UseCaseOf<Nothing>> end_session(std::shared_ptr<const Environment> environment, Actor actor) {
  return std::make_unique<EndSession>(std::move(environment), std::move(actor));
}
std::unique_ptr<UseCaseOf<Nothing>> change_password(std::shared_ptr<const Environment> environment, Actor actor,
                                                    PasswordChange input) {
  return std::make_unique<ChangePassword>(std::move(environment), std::move(actor), std::move(input));
}
std::unique_ptr<UseCaseOf<domain::User>> create_user(std::shared_ptr<const Environment> environment, Actor actor,
                                                     NewUser input) {
  return std::make_unique<CreateUser>(std::move(environment), std::move(actor), std::move(input));
}
std::unique_ptr<UseCaseOf<domain::ApiClient>> create_api_client(std::shared_ptr<const Environment> environment,
                                                                Actor actor, NewApiClient input) {
  return std::make_unique<CreateApiClient>(std::move(environment), std::move(actor), std::move(input));
}
std::unique_ptr<UseCaseOf<Nothing>> remove_api_client(std::shared_ptr<const Environment> environment, Actor actor,
                                                      std::string id, AccountId account) {
  return std::make_unique<RemoveApiClient>(std::move(environment), std::move(actor), std::move(id), account);
}
std::unique_ptr<UseCaseOf<domain::AccessToken>> issue_access_token(std::shared_ptr<const Environment> environment,
                                                                   Actor actor, NewAccessToken input) {
  return std::make_unique<IssueAccessToken>(std::move(environment), std::move(actor), std::move(input));
}

}  // namespace lictor::account_service
