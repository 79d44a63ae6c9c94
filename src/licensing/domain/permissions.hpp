// The one permission table (ACC-2).
#pragma once

#include <span>
#include <vector>

#include "licensing/domain/entities.hpp"

namespace lictor::domain {

enum class Action {
  ManageAccounts,  // create smart accounts
  DepositLicenses,
  ManageCatalog,
  ManageUsers,
  ManageApiClients,
  ReadAccount,
  ManageVirtualAccounts,
  ReadVirtualAccount,  // inventory, instances, balances, events
  ManageTokens,        // create, revoke, show whole
  ReadTokens,          // list without the text
  ManageInstances,     // rename, move, remove
  TransferLicenses,
};

// May someone with these grants do that to this account (0 = the manager itself) and VA (0 = the account as a whole)?
// A vendor operator reaches every account; a smart account role its account and all VAs in it; a VA role that VA only,
// never the account as a whole (so lists of VAs are filtered by ReadVirtualAccount of each).
bool allowed(std::span<const Grant> grants, Action action, AccountId account, VirtualAccountId va);

// The table, for the docs and its own test.
struct PermissionRow {
  Role role;
  std::vector<Action> actions;
};
std::span<const PermissionRow> permission_table();

}  // namespace lictor::domain
