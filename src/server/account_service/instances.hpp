// Product instances as people change them (spec INV-2).
#pragma once

#include "server/account_service/use_case.hpp"

namespace lictor::account_service {

struct InstanceChange {
  AccountId account;
  InstanceId instance;
  std::optional<std::string> name;
  std::optional<VirtualAccountId> va;  // moves it with its usage; ManageInstances is needed in both
  std::string expected;                // state_tag; "" = any
};
// Permission: ManageInstances. Errors: NotFound (also a removed one), InvalidArgument, Expired.
std::unique_ptr<UseCaseOf<domain::Instance>> change_instance(std::shared_ptr<const Environment> environment,
                                                             Actor actor, InstanceChange input);
// Its licences return at once, its certificates are revoked; the device learns it at its next contact. Permission:
// ManageInstances. Errors: NotFound (also when it is removed already), Expired.
std::unique_ptr<UseCaseOf<Nothing>> remove_instance(std::shared_ptr<const Environment> environment, Actor actor,
                                                    AccountId account, InstanceId instance, std::string expected);

}  // namespace lictor::account_service
