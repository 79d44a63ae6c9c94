// Smart accounts and virtual accounts (spec ACC-1, ACC-5).
#pragma once

#include "server/account_service/use_case.hpp"

namespace lictor::account_service {

struct NewAccount {
  std::string domain;  // "example.com"; unique over the manager, kept in lower case
  std::string name;
  bool export_allowed = false;
};
// With its default virtual account, "Default". Permission: ManageAccounts of the manager. Errors: InvalidArgument,
// AlreadyExists (the domain has an account).
std::unique_ptr<UseCaseOf<domain::SmartAccount>> create_account(std::shared_ptr<const Environment> environment,
                                                                Actor actor, NewAccount input);

struct AccountChange {
  AccountId account;
  std::optional<std::string> name;
  std::optional<bool> export_allowed;
  std::string expected;  // state_tag; "" = any
};
// Permission: ManageAccounts of the manager (who sees the account but may not: PermissionDenied). Errors: NotFound,
// Expired, InvalidArgument.
std::unique_ptr<UseCaseOf<domain::SmartAccount>> change_account(std::shared_ptr<const Environment> environment,
                                                                Actor actor, AccountChange input);

struct NewVirtualAccount {
  AccountId account;
  std::string name;  // unique in the account, capitals or not
  std::string description;
};
// Permission: ManageVirtualAccounts. Errors: NotFound (account), InvalidArgument, AlreadyExists.
std::unique_ptr<UseCaseOf<domain::VirtualAccount>> create_virtual_account(
    std::shared_ptr<const Environment> environment, Actor actor, NewVirtualAccount input);

struct VirtualAccountChange {
  AccountId account;
  VirtualAccountId va;
  std::optional<std::string> name;
  std::optional<std::string> description;
  std::string expected;  // state_tag; "" = any
};
// Errors: as create, and NotFound, Expired.
std::unique_ptr<UseCaseOf<domain::VirtualAccount>> change_virtual_account(
    std::shared_ptr<const Environment> environment, Actor actor, VirtualAccountChange input);

struct VirtualAccountRemoval {
  AccountId account;
  VirtualAccountId va;
  // Product instances and usable tokens that a reader saw in it: rows that no command loads by VA.
  bool holds_devices = false;
  std::int64_t seen_at = 0;  // the account's audit sequence before that; whatever brings one in adds to it
};
enum class RemovalOutcome {
  Removed,
  Stale,  // the account was changed after the reader looked: nothing was done
};
// Errors: NotFound, Conflict (the default one, or it holds licences, usage or devices).
std::unique_ptr<UseCaseOf<RemovalOutcome>> remove_virtual_account(std::shared_ptr<const Environment> environment,
                                                                  Actor actor, VirtualAccountRemoval input);

}  // namespace lictor::account_service
