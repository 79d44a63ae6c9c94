// deregister: the instance goes, its licences return at once; its answer outlives it (REG-9, PRO-3).
#include <fmt/format.h>

#include "licensing/protocol/codec.hpp"
#include "server/device_service/device_command.hpp"

namespace lictor::device_service {
namespace {

class DeregisterCommand final : public DeviceCommand {
 public:
  using DeviceCommand::DeviceCommand;

 protected:
  Result<void> decide(storage::Rows& rows, WallTime now) override {
    const auto* known = known_instance(rows, now);
    if (known == nullptr) return {};
    const auto& asked = std::get<protocol::DeregisterRequest>(request_->request);
    const auto id = known->id;
    touch(rows, id, now);
    const auto why = asked.reason.empty() ? std::string("deregistered") : asked.reason;
    if (auto ok = row_operations::remove_instance(rows, context(now), request_->account, id, why); !ok) return ok;
    row_operations::audit(rows, context(now), request_->account, "instance.deregister",
                          fmt::format("instance:{}", id.value));
    store_answer(rows, rows.instances.edit({request_->account, id}),
                 protocol::encode(protocol::Answer{protocol::DeregisterAnswer{}}), now,
                 now + rules_->settings.answer_kept);
    return {};
  }
};

}  // namespace

std::unique_ptr<DeviceCommand> make_deregister_command(SharedRequest request, SharedRules rules) {
  return std::make_unique<DeregisterCommand>(std::move(request), std::move(rules));
}

}  // namespace lictor::device_service
