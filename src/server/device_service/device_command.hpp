// What every message with an effect has in common: its keys, the checks in the order of PRO-7 and PRO-3, its outcome.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "server/device_service/device_service.hpp"
#include "server/device_service/issue_plan.hpp"
#include "server/row_operations/row_operations.hpp"

namespace lictor::device_service {

// A message whose signature verified, as its command sees it.
struct VerifiedRequest {
  protocol::RequestHeader header;
  protocol::Request request;
  Digest digest;       // of the frozen payload (PRO-3)
  pki::PublicKey key;  // that the signature verified under
  std::string http_request_id;
  AccountId account;
  std::vector<Udi> udis;  // to look at beside the instance's own
};

// The rules and numbers that commands apply; shared by all commands of a service.
struct Rules {
  Settings settings;
  std::shared_ptr<const catalog::Catalog> catalog;
  domain::HashFunction sha256;
};

struct Outcome {
  std::optional<protocol::Refusal> refusal;  // not stored: the same request is judged anew
  std::string payload;                       // an answer to sign
  std::optional<IssuePlan> issue;            // a certificate to sign first, then CompleteIssueCommand
};

class DeviceCommand : public storage::Command {
 public:
  DeviceCommand(std::shared_ptr<const VerifiedRequest> request, std::shared_ptr<const Rules> rules)
      : request_(std::move(request)), rules_(std::move(rules)) {}
  [[nodiscard]] storage::ReadKeys keys() const override;
  [[nodiscard]] AccountId account() const final { return request_->account; }
  [[nodiscard]] const Outcome& outcome() const { return outcome_; }
  // Stored answer first, then what the message itself does.
  Result<void> apply(storage::Rows& rows, WallTime now) final;

 protected:
  // The effect; fills outcome_. A refusal must change nothing. An error (of ours) undoes the command.
  virtual Result<void> decide(storage::Rows& rows, WallTime now) = 0;

  [[nodiscard]] row_operations::Context context(WallTime now) const;
  [[nodiscard]] const std::string& actor() const { return actor_; }
  Result<void> refuse(protocol::Refusal refusal) {
    outcome_.refusal = std::move(refusal);
    return {};
  }
  // CLK-2; true: refused.
  bool refuse_clock(WallTime now);
  // PRO-7 (4) to (7), the clock and the sequence, for messages under an ID certificate. nullptr: refused.
  const domain::Instance* known_instance(storage::Rows& rows, WallTime now);
  // The instance's contact: last_contact, sequence, silence ended, the new certificate's first use (PRO-7).
  domain::Instance& touch(storage::Rows& rows, InstanceId id, WallTime now);
  // Stores the answer under the request id and retires the instance's one before (PRO-3).
  void store_answer(storage::Rows& rows, domain::Instance& instance, std::string payload, WallTime now,
                    std::optional<WallTime> keep_until);

  std::shared_ptr<const VerifiedRequest> request_;
  std::shared_ptr<const Rules> rules_;
  std::string actor_;
  Outcome outcome_;

 private:
  bool answer_again(storage::Rows& rows);
  bool authorize_again(storage::Rows& rows);
  void retire_answer(storage::Rows& rows, const domain::Instance& instance, WallTime now);
};

using SharedRequest = std::shared_ptr<const VerifiedRequest>;
using SharedRules = std::shared_ptr<const Rules>;

// `token_hash` of the token's text; `serial` for the certificate to be.
std::unique_ptr<DeviceCommand> make_register_command(SharedRequest request, SharedRules rules, KeyedHash token_hash,
                                                     Serial serial);
std::unique_ptr<DeviceCommand> make_authorize_command(SharedRequest request, SharedRules rules);
std::unique_ptr<DeviceCommand> make_renew_id_command(SharedRequest request, SharedRules rules, Serial serial);
std::unique_ptr<DeviceCommand> make_deregister_command(SharedRequest request, SharedRules rules);
// The second transaction: the certificate is on record, the answer complete. `chain` is what the answer carries.
std::unique_ptr<DeviceCommand> make_complete_issue_command(SharedRequest request, SharedRules rules, IssuePlan plan,
                                                           std::vector<Bytes> chain);
// PRO-7 (6): a certificate that the record lost comes back with its instance, before its message is judged.
std::unique_ptr<storage::Command> make_readopt_command(SharedRequest request, SharedRules rules,
                                                       pki::Certificate certificate);

}  // namespace lictor::device_service
