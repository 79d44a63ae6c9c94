#include "server/row_operations/row_operations.hpp"

#include <fmt/format.h>

#include <set>

namespace lictor::row_operations {

void audit(storage::Rows& rows, const Context& context, AccountId account, std::string action, std::string object,
           std::string detail) {
  domain::AuditRow row;
  row.account = account;
  row.at = context.now;
  row.actor = context.actor;
  row.action = std::move(action);
  row.object = std::move(object);
  row.detail = std::move(detail);
  row.request_id = context.request_id;
  domain::chain_audit(row, rows.heads.edit(account), *context.sha256);
  rows.audit.append(std::move(row));
}

void event(storage::Rows& rows, const Context& context, AccountId account, VirtualAccountId va, InstanceId instance,
           std::string kind, std::string text) {
  domain::Event row;
  row.account = account;
  row.sequence = ++rows.heads.edit(account).event_sequence;
  row.at = context.now;
  row.va = va;
  row.instance = instance;
  row.kind = std::move(kind);
  row.text = std::move(text);
  row.actor = context.actor;
  rows.events.append(std::move(row));
}

Result<void> change_pools(storage::Rows& rows, const domain::Hierarchy& hierarchy, AccountId account,
                          const std::vector<domain::PoolDelta>& deltas) {
  std::set<VirtualAccountId> vas;
  for (const auto& delta : deltas) vas.insert(delta.va);
  for (const auto va : vas) {
    const auto before = rows.pools_of(account, va);
    auto pools = before;
    if (auto ok = domain::apply_to_pools(account, va, deltas, pools); !ok) return ok;
    domain::rebalance(hierarchy, pools);
    for (std::size_t i = 0; i < pools.size(); ++i) {
      if (domain::is_empty(pools[i])) {
        rows.pools.erase(storage::key_of(pools[i]));
      } else if (i >= before.size() || pools[i] != before[i]) {
        rows.pools.put(pools[i]);
      }
    }
  }
  return {};
}

Result<void> apply_usage_change(storage::Rows& rows, const domain::Hierarchy& hierarchy,
                                const domain::Instance& instance, const domain::UsageChange& change) {
  for (const auto& usage : change.upserts) rows.usage.put(usage);
  for (const auto& tag : change.erases) rows.usage.erase({instance.account, instance.id, tag});
  return change_pools(rows, hierarchy, instance.account, domain::pool_deltas(instance.va, change));
}

Result<void> move_instance(storage::Rows& rows, const Context& context, AccountId account, InstanceId id,
                           VirtualAccountId to) {
  const auto from = rows.instances.find({account, id})->va;
  if (from == to) return {};
  const auto deltas = domain::pool_deltas_of_move(from, to, rows.usage_of(account, id));
  if (auto ok = change_pools(rows, *context.hierarchy, account, deltas); !ok) return ok;
  rows.instances.edit({account, id}).va = to;
  return {};
}

void revoke_certificate(storage::Rows& rows, AccountId account, const Serial& serial, WallTime now) {
  if (serial.is_zero()) return;
  const auto* record = rows.certificates.find({account, serial});
  if (record == nullptr || record->status == domain::CertificateStatus::Revoked) return;
  auto& change = rows.certificates.edit({account, serial});
  change.status = domain::CertificateStatus::Revoked;
  change.to_be_signed.clear();
  change.revoked_at = now;
}

Result<void> remove_instance(storage::Rows& rows, const Context& context, AccountId account, InstanceId id,
                             std::string_view why) {
  const auto* found = rows.instances.find({account, id});
  if (found == nullptr || found->status == domain::InstanceStatus::Removed) return {};
  const domain::Instance instance = *found;
  const auto gone = domain::erase_usage(rows.usage_of(account, id));
  if (auto ok = apply_usage_change(rows, *context.hierarchy, instance, gone); !ok) return ok;
  for (const auto& entry : instance.udis) {
    const auto* held = rows.udis.find({account, entry.udi});
    if (held != nullptr && held->instance == id) rows.udis.erase({account, entry.udi});
  }
  revoke_certificate(rows, account, instance.serial, context.now);
  if (instance.previous_serial) revoke_certificate(rows, account, *instance.previous_serial, context.now);
  rows.dues.erase({account, domain::DueKind::SilenceReturn, std::to_string(id.value)});

  auto& change = rows.instances.edit({account, id});
  change.status = domain::InstanceStatus::Removed;
  change.removed_at = context.now;
  event(rows, context, account, instance.va, id, "instance.removed",
        fmt::format("The product instance {} was removed: {}", instance.name, why));
  return {};
}

}  // namespace lictor::row_operations
