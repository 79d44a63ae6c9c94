// What device_service and account_service both do to rows, so that it stands once: accountability (DECISIONS 16),
// pools kept equal to usage (CMP-5, INV-7), and removing a product instance (REG-9, INV-2, CMP-3).
// Pure: rows, arguments and nothing else. Every account, instance and VA named must be loaded (see ReadKeys).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "licensing/domain/events.hpp"
#include "licensing/domain/hierarchy.hpp"
#include "licensing/domain/pools.hpp"
#include "server/storage/rows.hpp"

namespace lictor::row_operations {

// Who changes something, when, and with what the rules are computed.
struct Context {
  WallTime now{};
  std::string actor;       // "user:admin", "device:PID:..,SN:..", "system"
  std::string request_id;  // of the HTTP request or message
  const domain::Hierarchy* hierarchy = nullptr;
  const domain::HashFunction* sha256 = nullptr;
};

// One audit row, chained to the account's last one. `detail` is a JSON object.
void audit(storage::Rows& rows, const Context& context, AccountId account, std::string action, std::string object,
           std::string detail = "{}");

// One line of the event log that people read; va and instance may be 0.
void event(storage::Rows& rows, const Context& context, AccountId account, VirtualAccountId va, InstanceId instance,
           std::string kind, std::string text);

// Adds deltas to the pools of the VAs that they name and rebalances those (INV-7). Pools come into being and go with
// their counts. Every pool of those VAs must be loaded. Error: Internal when a quantity would become negative.
Result<void> change_pools(storage::Rows& rows, const domain::Hierarchy& hierarchy, AccountId account,
                          const std::vector<domain::PoolDelta>& deltas);

// Writes a usage change of one instance and moves the pools' in_use with it.
Result<void> apply_usage_change(storage::Rows& rows, const domain::Hierarchy& hierarchy,
                                const domain::Instance& instance, const domain::UsageChange& change);

// Moves an instance to another VA: its usage is taken from one VA's pools and put on the other's.
Result<void> move_instance(storage::Rows& rows, const Context& context, AccountId account, InstanceId instance,
                           VirtualAccountId to);

// Ends an instance: its licences return, its certificates are revoked, its UDIs are free, its row stays as a tombstone.
Result<void> remove_instance(storage::Rows& rows, const Context& context, AccountId account, InstanceId instance,
                             std::string_view why);

// Revokes the certificate on record; nothing when it is unknown or revoked already.
void revoke_certificate(storage::Rows& rows, AccountId account, const Serial& serial, WallTime now);

}  // namespace lictor::row_operations
