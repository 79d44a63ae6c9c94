// authorize: the full usage, counted; the status of each tag (PRO-2, AUTH-3, AUTH-4, CMP-1, CMP-3).
#include <fmt/format.h>

#include <algorithm>

#include "licensing/protocol/codec.hpp"
#include "server/device_service/device_command.hpp"

namespace lictor::device_service {
namespace {

class AuthorizeCommand final : public DeviceCommand {
 public:
  using DeviceCommand::DeviceCommand;

 protected:
  Result<void> decide(storage::Rows& rows, WallTime now) override {
    const auto* known = known_instance(rows, now);
    if (known == nullptr) return {};
    const auto& asked = std::get<protocol::AuthorizeRequest>(request_->request);
    const InstanceId id = known->id;
    const auto account = request_->account;
    update_udis(rows, *known, asked, now);
    note_generation(rows, *known, asked, now);
    auto& instance = touch(rows, id, now);
    instance.software_version = asked.software_version;
    instance.agent_version = asked.agent_version;
    instance.host_name = asked.host_name;
    // As reported, also where that went back: the next step back is noticed again, the way up again is not.
    instance.generation = asked.generation;
    instance.evaluation_used = asked.evaluation_used;
    instance.last_authorized = now;
    if (instance.status == domain::InstanceStatus::Silent) {
      instance.status = domain::InstanceStatus::Active;
      rows.dues.put({account, now + rules_->settings.authorization_validity, domain::DueKind::SilenceReturn,
                     std::to_string(id.value)});
      row_operations::event(rows, context(now), account, instance.va, id, "instance.returned",
                            fmt::format("The product instance {} is in contact again", instance.name));
    }
    if (auto ok = count_usage(rows, instance, asked, now); !ok) return ok;
    answer(rows, id, now);
    return {};
  }

 private:
  // REG-12: a serial that another live instance holds stays with it; an event on both says so.
  void update_udis(storage::Rows& rows, const domain::Instance& known, const protocol::AuthorizeRequest& asked,
                   WallTime now) {
    if (known.udis == asked.udis) return;
    const auto account = request_->account;
    const auto before = known.udis;
    auto& instance = rows.instances.edit({account, known.id});
    std::vector<UdiEntry> kept;
    for (const auto& entry : asked.udis) {
      const auto* holder = rows.instance_by_udi(account, entry.udi);
      if (holder != nullptr && holder->id != instance.id) {
        for (const auto* one : {holder, static_cast<const domain::Instance*>(&instance)}) {
          row_operations::event(
              rows, context(now), account, one->va, one->id, "instance.udi-conflict",
              fmt::format("{} is reported by {} but belongs to {}", to_string(entry.udi), instance.name, holder->name));
        }
        continue;
      }
      kept.push_back(entry);
    }
    if (kept.empty() || kept == before) return;  // nothing of its own is left, or nothing new: the record stays
    for (const auto& entry : before) {
      const bool stays = std::any_of(kept.begin(), kept.end(), [&](const UdiEntry& k) { return k.udi == entry.udi; });
      if (!stays) rows.udis.erase({account, entry.udi});
    }
    for (const auto& entry : kept) rows.udis.put({account, entry.udi, instance.id});
    instance.udis = std::move(kept);
    row_operations::event(
        rows, context(now), account, instance.va, instance.id, "instance.members",
        fmt::format("The product instance {} now has {} member(s)", instance.name, instance.udis.size()));
  }

  // STO-4: a store that went back in time is remembered, never silently believed.
  void note_generation(storage::Rows& rows, const domain::Instance& known, const protocol::AuthorizeRequest& asked,
                       WallTime now) {
    if (asked.generation >= known.generation && asked.evaluation_used >= known.evaluation_used) return;
    row_operations::event(
        rows, context(now), request_->account, known.va, known.id, "instance.store-went-back",
        fmt::format("The store of {} is older than the one seen before (generation {} after {}, {} hours of evaluation "
                    "used after {}): a restored copy?",
                    known.name, asked.generation, known.generation, asked.evaluation_used / hours(1),
                    known.evaluation_used / hours(1)));
  }

  Result<void> count_usage(storage::Rows& rows, const domain::Instance& instance,
                           const protocol::AuthorizeRequest& asked, WallTime now) {
    const auto change =
        domain::change_usage(request_->account, instance.id, rows.usage_of(request_->account, instance.id), asked.usage,
                             [this](const EntitlementTag& tag) { return rules_->catalog->find_tag(tag) != nullptr; });
    if (change.empty()) return {};
    if (auto ok = row_operations::apply_usage_change(rows, rules_->catalog->hierarchy(), instance, change); !ok) {
      return ok;
    }
    std::string list;
    for (const auto& item : asked.usage) {
      list += fmt::format("{}{}: {}", list.empty() ? "" : ", ", item.display_name, item.count);
    }
    row_operations::event(rows, context(now), request_->account, instance.va, instance.id, "instance.usage",
                          fmt::format("{} now uses {}", instance.name, list.empty() ? "no licences" : list));
    row_operations::audit(rows, context(now), request_->account, "usage.change",
                          fmt::format("instance:{}", instance.id.value));
    return {};
  }

  void answer(storage::Rows& rows, InstanceId id, WallTime now) {
    const auto account = request_->account;
    const auto& settings = rules_->settings;
    const domain::Instance before = *rows.instances.find({account, id});
    protocol::AuthorizeAnswer reply;
    for (const auto& tag : domain::compliance_of(rows.usage_of(account, id), rows.pools_of(account, before.va))) {
      reply.tags.push_back({tag.tag, tag.status, tag.count});
      if (tag.status != TagStatus::Authorized) reply.in_compliance = false;
    }
    reply.next_interval = reply.in_compliance ? settings.renewal_interval : settings.out_of_compliance_interval;
    reply.deadline = now + settings.authorization_validity;
    reply.virtual_account = before.va;
    reply.account_name = rows.accounts.find(account)->name;
    reply.virtual_account_name = rows.virtual_accounts.find({account, before.va})->name;
    reply.export_allowed = before.export_allowed;
    if (before.in_compliance != reply.in_compliance) {
      row_operations::event(rows, context(now), account, before.va, id,
                            reply.in_compliance ? "instance.in-compliance" : "instance.out-of-compliance",
                            fmt::format("The product instance {} is {}", before.name,
                                        reply.in_compliance ? "in compliance" : "out of compliance"));
    }
    auto& instance = rows.instances.edit({account, id});
    instance.in_compliance = reply.in_compliance;
    store_answer(rows, instance, protocol::encode(protocol::Answer{std::move(reply)}), now, std::nullopt);
  }
};

}  // namespace

std::unique_ptr<DeviceCommand> make_authorize_command(SharedRequest request, SharedRules rules) {
  return std::make_unique<AuthorizeCommand>(std::move(request), std::move(rules));
}

}  // namespace lictor::device_service
