// PRO-7 (6), DECISIONS 10: after a restore, a device whose registration the backup did not have yet. Its certificate is
// ours and older than this incarnation, so the instance comes back, with an alert. Only an authorize can do it: it
// alone names the UDIs; renew-id and deregister of such a device are judged by (7) until then.
#include <fmt/format.h>

#include "server/device_service/device_command.hpp"

namespace lictor::device_service {
namespace {

class ReadoptCommand final : public storage::Command {
 public:
  ReadoptCommand(SharedRequest request, SharedRules rules, pki::Certificate certificate)
      : request_(std::move(request)), rules_(std::move(rules)), certificate_(std::move(certificate)) {}

  [[nodiscard]] storage::ReadKeys keys() const override {
    storage::ReadKeys keys;
    keys.account = request_->account;
    keys.instances.push_back(request_->header.identity->instance);
    keys.serials.push_back(certificate_.serial);
    keys.udis = request_->udis;
    keys.all_pools = true;  // it comes into a VA that nobody named: what follows in the batch counts there
    return keys;
  }

  Result<void> apply(storage::Rows& rows, WallTime now) override {
    const auto account = request_->account;
    const auto id = request_->header.identity->instance;
    const auto* asked = std::get_if<protocol::AuthorizeRequest>(&request_->request);
    if (asked == nullptr || rows.accounts.find(account) == nullptr || rows.instances.find({account, id}) != nullptr ||
        rows.certificates.find({account, certificate_.serial}) != nullptr) {
      return {};  // the message itself will be judged
    }
    for (const auto& udi : request_->udis) {
      if (rows.instance_by_udi(account, udi) != nullptr) return {};  // (4) goes first
    }
    put_instance(rows, *asked, now);
    return {};
  }

 private:
  [[nodiscard]] VirtualAccountId wanted_va() const {
    const auto* asked = std::get_if<protocol::AuthorizeRequest>(&request_->request);
    return asked == nullptr ? VirtualAccountId{} : asked->virtual_account;
  }

  [[nodiscard]] VirtualAccountId choose_va(const storage::Rows& rows) const {
    VirtualAccountId chosen;
    rows.virtual_accounts.for_each([&](const domain::VirtualAccount& va) {
      if (va.account != request_->account) return;
      if (va.id == wanted_va() || (va.is_default && chosen.value == 0)) chosen = va.id;
    });
    return chosen;
  }

  void put_instance(storage::Rows& rows, const protocol::AuthorizeRequest& asked, WallTime now) {
    const auto account = request_->account;
    const auto id = request_->header.identity->instance;
    domain::Instance instance;
    instance.account = account;
    instance.id = id;
    instance.va = choose_va(rows);
    instance.status = domain::InstanceStatus::Active;
    instance.udis = asked.udis;
    instance.name = to_string(active_udi(asked.udis));
    instance.export_allowed = rows.accounts.find(account)->export_allowed;
    instance.registered_at = certificate_.not_before;
    instance.last_contact = now;
    instance.last_authorized = now;
    instance.public_key = certificate_.public_key.spki;
    instance.key_algorithm = static_cast<int>(certificate_.public_key.algorithm);
    instance.serial = certificate_.serial;
    instance.certificate_ends = certificate_.not_after;
    instance.last_sequence = request_->header.sequence - 1;

    domain::CertificateRecord record;
    record.account = account;
    record.serial = certificate_.serial;
    record.instance = id;
    record.status = domain::CertificateStatus::Issued;
    record.der = certificate_.der;
    record.not_before = certificate_.not_before;
    record.not_after = certificate_.not_after;
    rows.certificates.put(std::move(record));
    for (const auto& udi : request_->udis) rows.udis.put({account, udi, id});
    rows.dues.put({account, certificate_.not_after, domain::DueKind::CertificateEnds, certificate_.serial.text()});
    rows.dues.put({account, now + rules_->settings.authorization_validity, domain::DueKind::SilenceReturn,
                   std::to_string(id.value)});
    auto& head = rows.heads.edit(account);
    head.next_id = std::max(head.next_id, id.value + 1);

    const row_operations::Context context{now, "device:" + instance.name, request_->http_request_id,
                                          &rules_->catalog->hierarchy(), &rules_->sha256};
    row_operations::event(rows, context, account, instance.va, id, "instance.readopted",
                          fmt::format("{} was registered after the backup that this server was restored from; it is "
                                      "known again",
                                      instance.name));
    row_operations::audit(rows, context, account, "instance.readopt", fmt::format("instance:{}", id.value));
    rows.instances.put(std::move(instance));
  }

  SharedRequest request_;
  SharedRules rules_;
  pki::Certificate certificate_;
};

}  // namespace

std::unique_ptr<storage::Command> make_readopt_command(SharedRequest request, SharedRules rules,
                                                       pki::Certificate certificate) {
  return std::make_unique<ReadoptCommand>(std::move(request), std::move(rules), std::move(certificate));
}

}  // namespace lictor::device_service
