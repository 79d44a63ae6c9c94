#include "server/account_service/tokens.hpp"

#include <fmt/format.h>

namespace lictor::account_service {
namespace {

using domain::Action;

constexpr std::size_t kMaxDescription = 200;

class CreateToken final : public UseCaseOf<domain::Token> {
 public:
  CreateToken(std::shared_ptr<const Environment> environment, Actor actor, NewToken input, PreparedToken prepared)
      : UseCaseOf(std::move(environment), std::move(actor)), input_(std::move(input)), prepared_(std::move(prepared)) {}

 private:
  [[nodiscard]] storage::ReadKeys reads() const override {
    storage::ReadKeys keys;
    keys.account = input_.account;
    return keys;
  }
  Result<void> execute(storage::Rows& rows, WallTime now) override {
    const auto* account = sees(actor(), input_.account) ? rows.accounts.find(input_.account) : nullptr;
    if (account == nullptr) return no_such(what_is("account", input_.account.value));
    // An actor with rights in some VAs only hears the same of the default VA as of any other.
    const auto va = find_va(rows, input_.account, input_.va);
    if (!va) return va.error();
    if (auto ok = permit(actor(), Action::ManageTokens, input_.account, va->id); !ok) return ok;
    if (auto ok = check(); !ok) return ok;
    if (input_.export_allowed && !account->export_allowed) {
      return Error{ErrorCode::PermissionDenied, "Export-controlled functionality is not allowed for this account"};
    }
    output_ = {};
    output_.account = input_.account;
    output_.id = TokenId{rows.take_id(input_.account)};
    output_.va = va->id;
    output_.hash = prepared_.hash;
    output_.sealed = prepared_.sealed.bytes;
    output_.key_id = prepared_.sealed.key_id;
    output_.description = input_.description;
    output_.export_allowed = input_.export_allowed;
    output_.created_at = now;
    output_.expires_at = now + days(input_.expires_after_days);
    output_.created_by = actor().name;
    output_.max_uses = input_.max_uses;
    rows.tokens.put(output_);
    audit(rows, now, input_.account, "token.create", fmt::format("token:{}", output_.id.value),
          {{"virtual_account", va->id.value},
           {"expires_at", to_rfc3339(output_.expires_at)},
           {"export_allowed", output_.export_allowed}});
    row_operations::event(
        rows, context(now), input_.account, va->id, {}, "token.created",
        fmt::format("A registration token was created, to expire in {} days", input_.expires_after_days));
    return {};
  }
  [[nodiscard]] Result<void> check() const {
    if (auto ok = check_text("description", input_.description, kMaxDescription, Empty::Allowed); !ok) return ok;
    if (input_.expires_after_days < 1 || input_.expires_after_days > kMaxTokenDays) {
      return Error{ErrorCode::InvalidArgument, fmt::format("expires_after_days: 1 to {} are wanted", kMaxTokenDays)};
    }
    if (input_.max_uses && (*input_.max_uses < 1 || *input_.max_uses > kMaxCount)) {
      return Error{ErrorCode::InvalidArgument, fmt::format("max_uses: 1 to {} are wanted", kMaxCount)};
    }
    return {};
  }
  NewToken input_;
  PreparedToken prepared_;
};

class RevokeToken final : public UseCaseOf<domain::Token> {
 public:
  RevokeToken(std::shared_ptr<const Environment> environment, Actor actor, AccountId account, TokenId token)
      : UseCaseOf(std::move(environment), std::move(actor)), account_(account), token_(token) {}

 private:
  [[nodiscard]] storage::ReadKeys reads() const override {
    storage::ReadKeys keys;
    keys.account = account_;
    keys.tokens.push_back(token_);
    return keys;
  }
  Result<void> execute(storage::Rows& rows, WallTime now) override {
    if (!sees(actor(), account_)) return no_such(what_is("account", account_.value));
    const auto* found = rows.tokens.find({account_, token_});
    if (found == nullptr) return no_such(what_is("token", token_.value));
    auto ok = permit_object(actor(), Action::ManageTokens, account_, found->va, what_is("token", token_.value));
    if (!ok) return ok;
    output_ = *found;
    if (output_.revoked_at) return {};
    output_.revoked_at = now;
    rows.tokens.put(output_);
    audit(rows, now, account_, "token.revoke", fmt::format("token:{}", token_.value));
    row_operations::event(rows, context(now), account_, output_.va, {}, "token.revoked",
                          fmt::format("Registration token {} was revoked", token_.value));
    return {};
  }
  AccountId account_;
  TokenId token_;
};

}  // namespace

std::string token_seal_subject(AccountId account, const KeyedHash& hash) {
  return fmt::format("token:{}:{}", account.value, hash.text());
}

std::unique_ptr<UseCaseOf<domain::Token>> create_token(std::shared_ptr<const Environment> environment, Actor actor,
                                                       NewToken input, PreparedToken prepared) {
  return std::make_unique<CreateToken>(std::move(environment), std::move(actor), std::move(input), std::move(prepared));
}
std::unique_ptr<UseCaseOf<domain::Token>> revoke_token(std::shared_ptr<const Environment> environment, Actor actor,
                                                       AccountId account, TokenId token) {
  return std::make_unique<RevokeToken>(std::move(environment), std::move(actor), account, token);
}

std::string_view to_string(TokenStatus status) {
  switch (status) {
    case TokenStatus::Usable:
      return "usable";
    case TokenStatus::Expired:
      return "expired";
    case TokenStatus::UsedUp:
      return "used-up";
    case TokenStatus::Revoked:
      return "revoked";
  }
  return "?";
}

TokenStatus status_of(const domain::Token& token, WallTime now) {
  if (token.revoked_at) return TokenStatus::Revoked;
  if (token.expires_at <= now) return TokenStatus::Expired;
  if (token.max_uses && token.uses >= *token.max_uses) return TokenStatus::UsedUp;
  return TokenStatus::Usable;
}

}  // namespace lictor::account_service
