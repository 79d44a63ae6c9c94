// renew-id, and the second transaction of everything that issues a certificate (REG-7, PRO-7, DECISIONS 7).
#include <fmt/format.h>

#include "licensing/protocol/codec.hpp"
#include "server/device_service/certificate_rows.hpp"
#include "server/device_service/device_command.hpp"

namespace lictor::device_service {
namespace {

class RenewIdCommand final : public DeviceCommand {
 public:
  RenewIdCommand(SharedRequest request, SharedRules rules, Serial serial)
      : DeviceCommand(std::move(request), std::move(rules)), serial_(serial) {}

 protected:
  Result<void> decide(storage::Rows& rows, WallTime now) override {
    const auto account = request_->account;
    outcome_.issue = resume_issue(rows, *request_, rows.instances.find({account, request_->header.identity->instance}));
    if (outcome_.issue) return {};
    const auto* known = known_instance(rows, now);
    if (known == nullptr) return {};
    // A renewal keeps the key (PRO-7): the request is signed under the key on record, and its CSR must name it too.
    if (known->public_key != request_->key.spki) {
      return refuse({protocol::Code::LS_INVALID_DATA, std::string(protocol::text::kDataAndSignature)});
    }
    auto& instance = touch(rows, known->id, now);
    IssuePlan plan = plan_certificate(rules_->settings, instance, serial_, request_->key, now);
    plan.type = protocol::MessageType::RenewId;
    record_intent(rows, account, instance.id, plan);
    // The new serial is current from here; the old one counts until the new one is first used. An intent that was never
    // completed just gives way.
    const auto* newest = rows.certificates.find({account, instance.serial});
    if (newest != nullptr && newest->status == domain::CertificateStatus::Intended) {
      row_operations::revoke_certificate(rows, account, instance.serial, now);
    } else {
      instance.previous_serial = instance.serial;
    }
    instance.serial = serial_;
    row_operations::audit(rows, context(now), account, "certificate.renew",
                          fmt::format("instance:{}", instance.id.value),
                          fmt::format(R"({{"serial":"{}"}})", serial_.text()));
    store_answer(rows, instance, "", now, now + rules_->settings.answer_kept);
    outcome_.issue = std::move(plan);
    return {};
  }

 private:
  Serial serial_;
};

class CompleteIssueCommand final : public DeviceCommand {
 public:
  CompleteIssueCommand(SharedRequest request, SharedRules rules, IssuePlan plan, std::vector<Bytes> chain)
      : DeviceCommand(std::move(request), std::move(rules)), plan_(std::move(plan)), chain_(std::move(chain)) {}

  [[nodiscard]] storage::ReadKeys keys() const override {
    storage::ReadKeys keys;
    keys.account = request_->account;
    keys.requests.push_back(request_->header.request_id);
    keys.serials.push_back(plan_.certificate.serial);  // brings its instance along
    if (request_->header.identity) keys.instances.push_back(request_->header.identity->instance);
    return keys;
  }

 protected:
  // Reached only while the stored answer is incomplete: a concurrent retry that was faster has been answered already.
  Result<void> decide(storage::Rows& rows, WallTime now) override {
    const auto account = request_->account;
    const auto* intent = rows.certificates.find({account, plan_.certificate.serial});
    const auto* answer = rows.answers.find({account, request_->header.request_id});
    if (intent == nullptr || answer == nullptr || intent->status != domain::CertificateStatus::Intended) {
      return refuse(protocol::refuse(protocol::Code::LS_BUSY));  // replaced meanwhile: judged anew at the next attempt
    }
    const auto id = intent->instance;
    auto& record = rows.certificates.edit({account, plan_.certificate.serial});
    record.status = domain::CertificateStatus::Issued;
    record.der = chain_.front();
    record.to_be_signed.clear();
    rows.dues.put({account, record.not_after, domain::DueKind::CertificateEnds, record.serial.text()});
    auto& instance = rows.instances.edit({account, id});
    actor_ = "device:" + to_string(active_udi(instance.udis));
    instance.certificate_ends = record.not_after;
    if (plan_.type == protocol::MessageType::Register) {
      instance.status = domain::InstanceStatus::Active;
      row_operations::event(rows, context(now), account, instance.va, id, "instance.registered",
                            fmt::format("The product instance {} was registered", instance.name));
    }
    complete(rows, instance);
    return {};
  }

 private:
  void complete(storage::Rows& rows, const domain::Instance& instance) {
    const auto account = request_->account;
    protocol::Answer reply;
    if (plan_.type == protocol::MessageType::RenewId) {
      reply = protocol::RenewIdAnswer{chain_};
    } else {
      protocol::RegisterAnswer registered;
      registered.chain = chain_;
      registered.account = account;
      registered.instance = instance.id;
      registered.virtual_account = instance.va;
      registered.account_name = rows.accounts.find(account)->name;
      registered.virtual_account_name = rows.virtual_accounts.find({account, instance.va})->name;
      registered.export_allowed = instance.export_allowed;
      registered.first_authorization_due = plan_.first_authorization_due;
      reply = std::move(registered);
    }
    auto& answer = rows.answers.edit({account, request_->header.request_id});
    answer.payload = protocol::encode(reply);
    outcome_.payload = answer.payload;
  }

  IssuePlan plan_;
  std::vector<Bytes> chain_;
};

}  // namespace

std::unique_ptr<DeviceCommand> make_renew_id_command(SharedRequest request, SharedRules rules, Serial serial) {
  return std::make_unique<RenewIdCommand>(std::move(request), std::move(rules), serial);
}

std::unique_ptr<DeviceCommand> make_complete_issue_command(SharedRequest request, SharedRules rules, IssuePlan plan,
                                                           std::vector<Bytes> chain) {
  return std::make_unique<CompleteIssueCommand>(std::move(request), std::move(rules), std::move(plan),
                                                std::move(chain));
}

}  // namespace lictor::device_service
