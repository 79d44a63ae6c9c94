#include "server/account_service/actor.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lictor::account_service {

bool sees(const Actor& actor, AccountId account) {
  return std::ranges::any_of(actor.grants, [&](const domain::Grant& grant) {
    return grant.role == domain::Role::VendorOperator || (account != kDirectoryAccount && grant.account == account);
  });
}

bool sees(const Actor& actor, AccountId account, VirtualAccountId va) {
  return std::ranges::any_of(actor.grants, [&](const domain::Grant& grant) {
    if (grant.role == domain::Role::VendorOperator) return true;
    if (account == kDirectoryAccount || grant.account != account) return false;
    return grant.va.value == 0 || grant.va == va;
  });
}

Error no_such(std::string_view what) {
  return {ErrorCode::NotFound, fmt::format("There is no {}", what)};
}

std::string what_is(std::string_view kind, std::int64_t id) {
  return fmt::format("{} {}", kind, id);
}

Result<void> permit(const Actor& actor, domain::Action action, AccountId account, VirtualAccountId va) {
  if (account != kDirectoryAccount && !sees(actor, account)) return no_such(what_is("account", account.value));
  return permit_object(actor, action, account, va, what_is("virtual account", va.value));
}

Result<void> permit_object(const Actor& actor, domain::Action action, AccountId account, VirtualAccountId va,
                           std::string_view what) {
  if (account != kDirectoryAccount && !sees(actor, account)) return no_such(what_is("account", account.value));
  if (va.value != 0 && !sees(actor, account, va)) return no_such(what);
  if (actor.standing == Actor::Standing::MustChangePassword) {
    return Error{ErrorCode::PermissionDenied, "The password must be changed first"};
  }
  if (domain::allowed(actor.grants, action, account, va)) return {};
  return Error{ErrorCode::PermissionDenied, va.value == 0 && account != kDirectoryAccount && !actor.grants.empty()
                                                ? "Not permitted here; perhaps for one virtual account alone"
                                                : "Not permitted"};
}

}  // namespace lictor::account_service
