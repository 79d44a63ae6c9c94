#include "licensing/domain/permissions.hpp"

#include <algorithm>

namespace lictor::domain {

namespace {

enum class Scope { Manager, SmartAccount, VirtualAccount };

Scope scope_of(Role role) {
  switch (role) {
    case Role::VendorOperator:
      return Scope::Manager;
    case Role::SmartAccountAdministrator:
    case Role::SmartAccountUser:
    case Role::SmartAccountViewer:
    case Role::SmartAccountApprover:
      return Scope::SmartAccount;
    case Role::VirtualAccountAdministrator:
    case Role::VirtualAccountUser:
    case Role::VirtualAccountViewer:
      return Scope::VirtualAccount;
  }
  return Scope::VirtualAccount;
}

// Does the grant reach this account and VA at all? What it may do there is the table's matter.
bool reaches(const Grant& grant, AccountId account, VirtualAccountId va) {
  switch (scope_of(grant.role)) {
    case Scope::Manager:
      return true;
    case Scope::SmartAccount:
      return account != kDirectoryAccount && grant.account == account;
    case Scope::VirtualAccount:
      return account != kDirectoryAccount && grant.account == account && va.value != 0 && grant.va == va;
  }
  return false;
}

}  // namespace

std::span<const PermissionRow> permission_table() {
  using enum Action;
  static const std::vector<PermissionRow> kTable = {
      {Role::VendorOperator,
       {ManageAccounts, DepositLicenses, ManageCatalog, ManageUsers, ManageApiClients, ReadAccount,
        ManageVirtualAccounts, ReadVirtualAccount, ManageTokens, ReadTokens, ManageInstances, TransferLicenses}},
      {Role::SmartAccountAdministrator,
       {ManageUsers, ManageApiClients, ReadAccount, ManageVirtualAccounts, ReadVirtualAccount, ManageTokens, ReadTokens,
        ManageInstances, TransferLicenses}},
      {Role::SmartAccountUser,
       {ReadAccount, ReadVirtualAccount, ManageTokens, ReadTokens, ManageInstances, TransferLicenses}},
      {Role::SmartAccountViewer, {ReadAccount, ReadVirtualAccount, ReadTokens}},
      {Role::SmartAccountApprover, {ReadAccount}},
      {Role::VirtualAccountAdministrator,
       {ReadVirtualAccount, ManageTokens, ReadTokens, ManageInstances, TransferLicenses}},
      {Role::VirtualAccountUser, {ReadVirtualAccount, ManageTokens, ReadTokens, ManageInstances}},
      {Role::VirtualAccountViewer, {ReadVirtualAccount, ReadTokens}},
  };
  return kTable;
}

bool allowed(std::span<const Grant> grants, Action action, AccountId account, VirtualAccountId va) {
  return std::ranges::any_of(grants, [&](const Grant& grant) {
    if (!reaches(grant, account, va)) return false;
    const auto table = permission_table();
    const auto row = std::ranges::find(table, grant.role, &PermissionRow::role);
    return row != table.end() && std::ranges::find(row->actions, action) != row->actions.end();
  });
}

}  // namespace lictor::domain
