// register: the first of its two transactions. The effect, the serial and what is to be signed go on record; the answer
// follows when the certificate is signed (REG-6, REG-10 to REG-12, SCN-1; DECISIONS 7).
#include <fmt/format.h>

#include <algorithm>

#include "licensing/domain/registration.hpp"
#include "server/device_service/certificate_rows.hpp"

namespace lictor::device_service {
namespace {

using protocol::Code;

class RegisterCommand final : public DeviceCommand {
 public:
  RegisterCommand(SharedRequest request, SharedRules rules, KeyedHash token_hash, Serial serial)
      : DeviceCommand(std::move(request), std::move(rules)), token_hash_(token_hash), serial_(serial) {}

  [[nodiscard]] storage::ReadKeys keys() const override {
    auto keys = DeviceCommand::keys();
    keys.token_hashes.push_back(token_hash_);
    return keys;
  }

 protected:
  Result<void> decide(storage::Rows& rows, WallTime now) override {
    const auto account = request_->account;
    const auto& asked = std::get<protocol::RegisterRequest>(request_->request);
    actor_ = "device:" + to_string(active_udi(asked.udis));
    const auto* same = rows.instance_by_udi(account, active_udi(asked.udis));
    outcome_.issue = resume_issue(rows, *request_, same);
    if (outcome_.issue || refuse_clock(now)) return {};
    const auto* token = usable_token(rows, now);
    if (token == nullptr) return {};
    if (token->export_allowed && !rows.accounts.find(account)->export_allowed) {
      return refuse(protocol::refuse(Code::LS_EXPORT_NOT_ALLOWED));
    }
    if (rules_->catalog->find_product(asked.product_tag) == nullptr) {
      return refuse(protocol::refuse(Code::LS_PRODUCT_UNKNOWN));
    }
    const auto decision = domain::decide_registration(asked.udis, asked.product_tag, asked.force, holders(rows));
    if (decision.refusal) return refuse(already(*decision.refusal));
    for (const auto gone : decision.removed) {
      auto ok = row_operations::remove_instance(rows, context(now), account, gone, "its device was registered anew");
      if (!ok) return ok;
    }
    for (const auto& reduced : decision.reduced) reduce(rows, reduced, now);
    return enter(rows, asked, *token, decision.same, now);
  }

 private:
  const domain::Token* usable_token(storage::Rows& rows, WallTime now) {
    const auto* token =
        rows.accounts.find(request_->account) == nullptr ? nullptr : rows.token_by_hash(request_->account, token_hash_);
    const auto say = [this](Code code) {
      (void)refuse(protocol::refuse(code));
      return nullptr;
    };
    if (token == nullptr) return say(Code::LS_TOKEN_UNKNOWN);
    if (token->revoked_at) return say(Code::LS_TOKEN_REVOKED);
    if (token->expires_at <= now) return say(Code::LS_TOKEN_EXPIRED);
    if (token->max_uses && token->uses >= *token->max_uses) return say(Code::LS_TOKEN_USED_UP);
    return token;
  }

  // Live instances that hold one of the UDIs. One whose certificate never got signed holds nothing.
  std::vector<domain::UdiHolder> holders(const storage::Rows& rows) const {
    std::vector<domain::UdiHolder> found;
    for (const auto& udi : request_->udis) {
      const auto* instance = rows.instance_by_udi(request_->account, udi);
      if (instance == nullptr) continue;
      const bool listed = std::any_of(found.begin(), found.end(),
                                      [&](const domain::UdiHolder& h) { return h.instance.id == instance->id; });
      if (!listed) found.push_back({*instance, rows.usage_of(request_->account, instance->id)});
    }
    return found;
  }

  // A member moved from one stack to another: the former keeps its other UDIs (REG-12).
  void reduce(storage::Rows& rows, const domain::RegistrationDecision::Reduced& reduced, WallTime now) {
    const auto account = request_->account;
    auto& instance = rows.instances.edit({account, reduced.instance});
    instance.udis = reduced.left;
    for (const auto& udi : reduced.lost) {
      rows.udis.erase({account, udi});
      row_operations::event(rows, context(now), account, instance.va, reduced.instance, "instance.members",
                            fmt::format("{} left the product instance {}", to_string(udi), instance.name));
    }
  }

  static protocol::Refusal already(const domain::AlreadyRegistered& why) {
    switch (why.wording) {
      case domain::AlreadyRegistered::Wording::OtherProduct:
        return {Code::LS_ALREADY_REGISTERED,
                protocol::text::already_registered_product(why.product_tag.text, why.udi.sn, why.udi.pid)};
      case domain::AlreadyRegistered::Wording::WithConsumption:
        return {Code::LS_ALREADY_REGISTERED, std::string(protocol::text::kAlreadyWithConsumption)};
      case domain::AlreadyRegistered::Wording::Plain:
        break;
    }
    return {Code::LS_ALREADY_REGISTERED, std::string(protocol::text::kAlreadyRegistered)};
  }

  // A new instance, or the same one again under a new key (force): no second instance, no doubled usage (REG-6).
  Result<void> enter(storage::Rows& rows, const protocol::RegisterRequest& asked, const domain::Token& found,
                     std::optional<InstanceId> same, WallTime now) {
    const auto account = request_->account;
    const domain::Token token = found;
    ++rows.tokens.edit({account, token.id}).uses;
    domain::Instance instance;
    if (same) {
      if (auto ok = row_operations::move_instance(rows, context(now), account, *same, token.va); !ok) return ok;
      instance = *rows.instances.find({account, *same});
      row_operations::revoke_certificate(rows, account, instance.serial, now);
      if (instance.previous_serial) row_operations::revoke_certificate(rows, account, *instance.previous_serial, now);
      instance.previous_serial.reset();
      for (const auto& entry : instance.udis) rows.udis.erase({account, entry.udi});
    } else {
      instance.account = account;
      instance.id = InstanceId{rows.take_id(account)};
      instance.va = token.va;
      instance.name = to_string(active_udi(asked.udis));
    }
    // A registration anew is no success (AUTH-12): while licences are counted, their 90 days run on.
    if (!same || instance.status == domain::InstanceStatus::Silent) instance.last_authorized = now;
    instance.status = domain::InstanceStatus::Registering;
    instance.product_tag = asked.product_tag;
    instance.host_name = asked.host_name;
    instance.software_version = asked.software_version;
    instance.agent_version = asked.agent_version;
    instance.udis = asked.udis;
    instance.export_allowed = token.export_allowed;
    instance.registered_at = now;
    instance.last_contact = now;
    instance.public_key = request_->key.spki;
    instance.key_algorithm = static_cast<int>(request_->key.algorithm);
    instance.serial = serial_;
    instance.last_sequence = 0;  // from 1 per registration (PRO-3)

    IssuePlan plan = plan_certificate(rules_->settings, instance, serial_, request_->key, now);
    plan.type = protocol::MessageType::Register;
    plan.first_authorization_due = now;
    instance.certificate_ends = plan.certificate.not_after;
    record_intent(rows, account, instance.id, plan);
    for (const auto& entry : instance.udis) rows.udis.put({account, entry.udi, instance.id});
    rows.dues.put({account, instance.last_authorized + rules_->settings.authorization_validity,
                   domain::DueKind::SilenceReturn, std::to_string(instance.id.value)});
    row_operations::audit(
        rows, context(now), account, "instance.register", fmt::format("instance:{}", instance.id.value),
        fmt::format(R"({{"token":{},"serial":"{}","force":{}}})", token.id.value, serial_.text(), asked.force));
    store_answer(rows, instance, "", now, now + rules_->settings.answer_kept);
    rows.instances.put(std::move(instance));
    outcome_.issue = std::move(plan);
    return {};
  }

  KeyedHash token_hash_;
  Serial serial_;
};

}  // namespace

std::unique_ptr<DeviceCommand> make_register_command(SharedRequest request, SharedRules rules, KeyedHash token_hash,
                                                     Serial serial) {
  return std::make_unique<RegisterCommand>(std::move(request), std::move(rules), token_hash, serial);
}

}  // namespace lictor::device_service
