// Registration tokens (spec TOK-1, ACC-5).
#pragma once

#include "server/account_service/use_case.hpp"

namespace lictor::account_service {

inline constexpr int kDefaultTokenDays = 30;
inline constexpr int kMaxTokenDays = 365;

struct NewToken {
  AccountId account;
  VirtualAccountId va;  // 0: the default one
  std::string description;
  int expires_after_days = kDefaultTokenDays;  // 1 to kMaxTokenDays
  std::optional<std::int64_t> max_uses;        // at least 1
  bool export_allowed = false;                 // refused where the account may not (ACC-5)
};
// The text was made, hashed and sealed beforehand, so that the command needs neither chance nor keys.
struct PreparedToken {
  KeyedHash hash;
  identity::Sealed sealed;
};
// What a token's text is sealed about.
std::string token_seal_subject(AccountId account, const KeyedHash& hash);

// Permission: ManageTokens. Errors: NotFound (account, VA), InvalidArgument, PermissionDenied (export).
std::unique_ptr<UseCaseOf<domain::Token>> create_token(std::shared_ptr<const Environment> environment, Actor actor,
                                                       NewToken input, PreparedToken prepared);
// Once revoked it stays so. Permission: ManageTokens. Error: NotFound.
std::unique_ptr<UseCaseOf<domain::Token>> revoke_token(std::shared_ptr<const Environment> environment, Actor actor,
                                                       AccountId account, TokenId token);

enum class TokenStatus { Usable, Expired, UsedUp, Revoked };
std::string_view to_string(TokenStatus status);  // "usable", "expired", "used-up", "revoked"
TokenStatus status_of(const domain::Token& token, WallTime now);

}  // namespace lictor::account_service
