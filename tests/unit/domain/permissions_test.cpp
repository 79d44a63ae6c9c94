#include "licensing/domain/permissions.hpp"

#include <gtest/gtest.h>

#include <set>

namespace lictor::domain {
namespace {

using enum Action;
using enum Role;

constexpr Action kActions[] = {ManageAccounts,   DepositLicenses, ManageCatalog,         ManageUsers,
                               ManageApiClients, ReadAccount,     ManageVirtualAccounts, ReadVirtualAccount,
                               ManageTokens,     ReadTokens,      ManageInstances,       TransferLicenses};
constexpr AccountId kOurs{1};
constexpr AccountId kTheirs{2};
constexpr VirtualAccountId kWhole{0};
constexpr VirtualAccountId kMine{10};
constexpr VirtualAccountId kOther{11};

// The expectation, written out once more: role by role, what it may do where it reaches.
struct Expected {
  Role role;
  std::set<Action> actions;
};
const Expected kExpected[] = {
    {VendorOperator, {std::begin(kActions), std::end(kActions)}},
    {SmartAccountAdministrator,
     {ManageUsers, ManageApiClients, ReadAccount, ManageVirtualAccounts, ReadVirtualAccount, ManageTokens, ReadTokens,
      ManageInstances, TransferLicenses}},
    {SmartAccountUser, {ReadAccount, ReadVirtualAccount, ManageTokens, ReadTokens, ManageInstances, TransferLicenses}},
    {SmartAccountViewer, {ReadAccount, ReadVirtualAccount, ReadTokens}},
    {SmartAccountApprover, {ReadAccount}},
    {VirtualAccountAdministrator, {ReadVirtualAccount, ManageTokens, ReadTokens, ManageInstances, TransferLicenses}},
    {VirtualAccountUser, {ReadVirtualAccount, ManageTokens, ReadTokens, ManageInstances}},
    {VirtualAccountViewer, {ReadVirtualAccount, ReadTokens}},
};

Grant grant(Role role) {
  if (role == VendorOperator) return {role, kDirectoryAccount, kWhole};
  const bool of_va = role == VirtualAccountAdministrator || role == VirtualAccountUser || role == VirtualAccountViewer;
  return {role, kOurs, of_va ? kMine : kWhole};
}

TEST(Permissions, ACC_2_EachRoleMayDoItsActionsInItsReachAndNothingElse) {
  ASSERT_EQ(permission_table().size(), std::size(kExpected));
  for (const auto& [role, actions] : kExpected) {
    const Grant grants[] = {grant(role)};
    const bool everywhere = role == VendorOperator;
    const bool of_va = grants[0].va != kWhole;
    for (const auto action : kActions) {
      const bool may = actions.contains(action);
      const auto where = std::string(to_string(role)) + " action " + std::to_string(static_cast<int>(action));
      EXPECT_EQ(allowed(grants, action, kOurs, kMine), may) << where << " on its VA";
      EXPECT_EQ(allowed(grants, action, kOurs, kWhole), may && !of_va) << where << " on the whole account";
      EXPECT_EQ(allowed(grants, action, kOurs, kOther), may && !of_va) << where << " on another VA";
      EXPECT_EQ(allowed(grants, action, kTheirs, kMine), may && everywhere) << where << " on another account's VA";
      EXPECT_EQ(allowed(grants, action, kTheirs, kWhole), may && everywhere) << where << " on another account";
      EXPECT_EQ(allowed(grants, action, kDirectoryAccount, kWhole), may && everywhere) << where << " on the manager";
    }
  }
}

TEST(Permissions, ACC_2_NoGrantNoRight) {
  for (const auto action : kActions) EXPECT_FALSE(allowed({}, action, kOurs, kMine));
}

TEST(Permissions, ACC_2_GrantsAddUp) {
  const Grant grants[] = {{VirtualAccountViewer, kOurs, kMine}, {SmartAccountApprover, kTheirs, kWhole}};
  EXPECT_TRUE(allowed(grants, ReadTokens, kOurs, kMine));
  EXPECT_TRUE(allowed(grants, ReadAccount, kTheirs, kWhole));
  EXPECT_FALSE(allowed(grants, ReadAccount, kOurs, kWhole));
  EXPECT_FALSE(allowed(grants, ReadTokens, kTheirs, kMine));
}

TEST(Permissions, ACC_2_ARoleWithTheDirectoryAsAccountReachesNothing) {
  const Grant grants[] = {{SmartAccountAdministrator, kDirectoryAccount, kWhole},
                          {VirtualAccountAdministrator, kDirectoryAccount, kWhole},
                          {VirtualAccountAdministrator, kOurs, kWhole}};
  for (const auto action : kActions)
    for (const auto account : {kDirectoryAccount, kOurs})
      for (const auto va : {kWhole, kMine}) EXPECT_FALSE(allowed(grants, action, account, va));
}

}  // namespace
}  // namespace lictor::domain
