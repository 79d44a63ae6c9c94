// Licences come into an account as lots (spec INV-1, INV-7).
#pragma once

#include "server/account_service/use_case.hpp"

namespace lictor::account_service {

struct LicenseDeposit {
  AccountId account;
  VirtualAccountId va;                // 0: the default one
  EntitlementTag tag;                 // in the active catalog
  Count quantity = 0;                 // 1 to kMaxCount
  std::optional<WallTime> first_day;  // 00:00 UTC of the day on which the term begins; absent: at once
  std::optional<WallTime> last_day;   // 00:00 UTC of the last day of the term; it ends a day later. Absent: perpetual
  domain::Billing billing = domain::Billing::Prepaid;
  domain::LotSource source = domain::LotSource::Order;
  std::string subscription_id;
  std::string order_number;  // with order_line: the source that is deposited at most once
  std::string order_line;    // "": the tag tells the lines of an order apart
  std::string request_key;   // the source when there is no order number: an idempotency key, or a fresh id
};
struct DepositedLot {
  domain::Lot lot;
  VirtualAccountId va;
  Count quantity = 0;
  PostingId posting;
};
// Permission: DepositLicenses. Errors: NotFound (account, VA), InvalidArgument, AlreadyExists (the order's line).
std::unique_ptr<UseCaseOf<DepositedLot>> deposit_licenses(std::shared_ptr<const Environment> environment, Actor actor,
                                                          LicenseDeposit input);

}  // namespace lictor::account_service
