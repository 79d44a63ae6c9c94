// What time brings in an account (CMP-3, CMP-4, REG-7, PRO-3), applied before any command on it.
#include <fmt/format.h>

#include <algorithm>

#include "server/device_service/device_service.hpp"
#include "server/row_operations/row_operations.hpp"

namespace lictor::device_service {
namespace {

using domain::DueKind;

class Effects final : public storage::DueEffects {
 public:
  Effects(const Settings& settings, std::function<std::shared_ptr<const catalog::Catalog>()> catalog,
          pki::Crypto& crypto)
      : settings_(settings),
        catalog_(std::move(catalog)),
        sha256_([&crypto](ByteView data) { return crypto.sha256(data); }) {}

  [[nodiscard]] storage::ReadKeys keys(const domain::Due& due) const override {
    storage::ReadKeys keys;
    keys.account = due.account;
    switch (due.kind) {
      case DueKind::LotStarts:
      case DueKind::LotEnds:
        if (const auto id = parse_decimal_id(due.id)) keys.lots.emplace_back(*id);
        keys.all_pools = true;
        break;
      case DueKind::SilenceReturn:
        if (const auto id = parse_decimal_id(due.id)) keys.instances.emplace_back(*id);
        break;
      case DueKind::CertificateEnds:
        if (const auto serial = Serial::parse(due.id)) keys.serials.push_back(*serial);
        break;
      case DueKind::AnswerEnds:
        if (const auto request = RequestId::parse(due.id)) keys.requests.push_back(*request);
        break;
    }
    return keys;
  }

  Result<void> apply(const domain::Due& due, storage::Rows& rows, WallTime now) override {
    const auto catalog = catalog_();
    const row_operations::Context context{now, "system", "", &catalog->hierarchy(), &sha256_};
    rows.dues.erase(storage::key_of(due));
    switch (due.kind) {
      case DueKind::LotStarts:
      case DueKind::LotEnds:
        return term(due, rows, context);
      case DueKind::SilenceReturn:
        return silence(due, rows, context);
      case DueKind::CertificateEnds:
        return certificate_end(due, rows, context);
      case DueKind::AnswerEnds:
        if (const auto request = RequestId::parse(due.id)) rows.answers.erase({due.account, *request});
        return {};
    }
    return Error{ErrorCode::Internal, "an unknown kind of due effect"};
  }

 private:
  // The row is put at registration, moved here alone, so that a renewal touches one instance row (DECISIONS 1), and put
  // again by the contact that ends a silence.
  Result<void> silence(const domain::Due& due, storage::Rows& rows, const row_operations::Context& context) {
    const auto id = parse_decimal_id(due.id);
    if (!id) return id.error();
    const auto* found = rows.instances.find({due.account, InstanceId{*id}});
    using Status = domain::InstanceStatus;
    if (found == nullptr || found->status == Status::Silent || found->status == Status::Removed) return {};
    // An answered authorize alone is a success (AUTH-12); a registration anew is none.
    const auto returns_at = found->last_authorized + settings_.authorization_validity;
    if (returns_at > context.now) {
      rows.dues.put({due.account, returns_at, DueKind::SilenceReturn, due.id});
      return {};
    }
    const domain::Instance instance = *found;
    // What a registration is completed from is kept so long (PRO-3); without it nobody ever will.
    const auto completable_until = instance.registered_at + settings_.answer_kept;
    if (instance.status == Status::Registering && completable_until <= context.now) {
      auto ok = row_operations::remove_instance(rows, context, due.account, instance.id,
                                                "its registration was never completed");
      if (ok)
        row_operations::audit(rows, context, due.account, "instance.never-completed",
                              fmt::format("instance:{}", instance.id.value));
      return ok;
    }
    const auto change = domain::return_usage(rows.usage_of(due.account, instance.id));
    if (auto ok = row_operations::apply_usage_change(rows, *context.hierarchy, instance, change); !ok) return ok;
    if (instance.status == Status::Registering) {
      // Half registered anew: it may still be completed, and what it holds then is looked at again.
      const auto again = std::min(completable_until, context.now + settings_.authorization_validity);
      rows.dues.put({due.account, again, DueKind::SilenceReturn, due.id});
      if (change.empty()) return {};
    } else {
      rows.instances.edit({due.account, instance.id}).status = Status::Silent;
    }
    row_operations::event(rows, context, due.account, instance.va, instance.id, "instance.silent",
                          fmt::format("{} has been silent for {} days: its licences return to the pool", instance.name,
                                      settings_.authorization_validity / days(1)));
    row_operations::audit(rows, context, due.account, "instance.silent", fmt::format("instance:{}", instance.id.value));
    return {};
  }

  Result<void> certificate_end(const domain::Due& due, storage::Rows& rows, const row_operations::Context& context) {
    const auto serial = Serial::parse(due.id);
    if (!serial) return serial.error();
    const auto* record = rows.certificates.find({due.account, *serial});
    if (record == nullptr) return {};
    const auto* instance = rows.instances.find({due.account, record->instance});
    const bool live = instance != nullptr && instance->status != domain::InstanceStatus::Removed;
    if (live && ends_with(*instance, *serial, rows)) {
      auto ok =
          row_operations::remove_instance(rows, context, due.account, record->instance, "its ID certificate ended");
      if (!ok) return ok;
      row_operations::audit(rows, context, due.account, "instance.certificate-ended",
                            fmt::format("instance:{}", record->instance.value));
    }
    auto& change = rows.certificates.edit({due.account, *serial});
    change.status = domain::CertificateStatus::Ended;
    return {};
  }

  // Is that certificate the last one that the instance holds?
  static bool ends_with(const domain::Instance& instance, const Serial& serial, const storage::Rows& rows) {
    if (instance.serial == serial) return true;
    if (instance.previous_serial != serial) return false;
    const auto* newest = rows.certificates.find({instance.account, instance.serial});
    return newest == nullptr || newest->status != domain::CertificateStatus::Issued;
  }

  Result<void> term(const domain::Due& due, storage::Rows& rows, const row_operations::Context& context) {
    const auto id = parse_decimal_id(due.id);
    if (!id) return id.error();
    const auto* lot = rows.lots.find({due.account, LotId{*id}});
    if (lot == nullptr) return {};
    const bool starts = due.kind == DueKind::LotStarts;
    const auto deltas = domain::term_effect(*lot, starts ? domain::TermEvent::Starts : domain::TermEvent::Ends,
                                            rows.balances_of(lot->account, lot->id));
    if (auto ok = row_operations::change_pools(rows, *context.hierarchy, lot->account, deltas); !ok) return ok;
    for (const auto& delta : deltas) {
      row_operations::event(
          rows, context, lot->account, delta.va, {}, starts ? "lot.started" : "lot.ended",
          fmt::format("The term of {} licences of {} {}", delta.owned < 0 ? -delta.owned : delta.owned, lot->tag.text,
                      starts ? "has begun" : "has ended"));
    }
    row_operations::audit(rows, context, lot->account, starts ? "lot.start" : "lot.end",
                          fmt::format("lot:{}", lot->id.value));
    return {};
  }

  Settings settings_;
  std::function<std::shared_ptr<const catalog::Catalog>()> catalog_;
  domain::HashFunction sha256_;
};

}  // namespace

std::unique_ptr<storage::DueEffects> make_due_effects(const Settings& settings,
                                                      std::function<std::shared_ptr<const catalog::Catalog>()> catalog,
                                                      pki::Crypto& crypto) {
  return std::make_unique<Effects>(settings, std::move(catalog), crypto);
}

}  // namespace lictor::device_service
