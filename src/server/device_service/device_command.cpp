#include "server/device_service/device_command.hpp"

#include <algorithm>

namespace lictor::device_service {

using protocol::Code;
using protocol::Refusal;

namespace {

Refusal mismatch() {
  return {Code::LS_INVALID_DATA, std::string(protocol::text::kDataAndSignature)};
}

bool is_current(const domain::Instance& instance, const Serial& serial) {
  return instance.serial == serial || instance.previous_serial == serial;
}

}  // namespace

storage::ReadKeys DeviceCommand::keys() const {
  storage::ReadKeys keys;
  keys.account = request_->account;
  keys.requests.push_back(request_->header.request_id);
  const auto& identity = request_->header.identity;
  const auto* asked = std::get_if<protocol::AuthorizeRequest>(&request_->request);
  if (asked != nullptr && identity && identity->id_serial && request_->udis.size() == asked->udis.size()) {
    keys.contact = storage::ReadKeys::Contact{identity->instance, *identity->id_serial, asked->udis};
    return keys;
  }
  keys.udis = request_->udis;
  if (identity) {
    keys.instances.push_back(identity->instance);
    if (identity->id_serial) keys.serials.push_back(*identity->id_serial);
  }
  return keys;
}

Result<void> DeviceCommand::apply(storage::Rows& rows, WallTime now) {
  outcome_ = {};
  if (answer_again(rows)) return {};
  return decide(rows, now);
}

// PRO-3: the same request gets the stored payload, before clock, token and sequence are looked at.
bool DeviceCommand::answer_again(storage::Rows& rows) {
  if (authorize_again(rows)) return true;
  const auto* stored = rows.answers.find({request_->account, request_->header.request_id});
  if (stored == nullptr) return false;
  if (stored->digest != request_->digest || stored->type != to_string(request_->header.type)) {
    (void)refuse(protocol::refuse(Code::LS_REQUEST_REUSED));
    return true;
  }
  if (stored->payload.empty()) {
    // Its certificate is still to be signed, so the command goes on from there: unless a later registration of the same
    // device has taken its place.
    const std::tuple key(request_->account, stored->instance);
    const auto* instance = rows.instances.is_loaded(key) ? rows.instances.find(key) : nullptr;
    if (instance == nullptr || instance->last_request == request_->header.request_id) return false;
    (void)refuse({Code::LS_ALREADY_REGISTERED, std::string(protocol::text::kAlreadyRegistered)});
    return true;
  }
  outcome_.payload = stored->payload;
  return true;
}

// The same for the answer that the sender's own row keeps. A registration has no sender yet, whatever it says.
bool DeviceCommand::authorize_again(storage::Rows& rows) {
  if (request_->header.type == protocol::MessageType::Register) return false;
  const auto& identity = request_->header.identity;
  const auto* instance = identity ? rows.instances.find({request_->account, identity->instance}) : nullptr;
  if (instance == nullptr || instance->authorize_answer.empty() ||
      instance->last_request != request_->header.request_id) {
    return false;
  }
  if (instance->authorize_digest != request_->digest || request_->header.type != protocol::MessageType::Authorize) {
    (void)refuse(protocol::refuse(Code::LS_REQUEST_REUSED));
    return true;
  }
  outcome_.payload = instance->authorize_answer;
  return true;
}

row_operations::Context DeviceCommand::context(WallTime now) const {
  return {now, actor_, request_->http_request_id, &rules_->catalog->hierarchy(), &rules_->sha256};
}

bool DeviceCommand::refuse_clock(WallTime now) {
  const auto offset = request_->header.sent_at - now;
  if (offset <= rules_->settings.clock_tolerance && -offset <= rules_->settings.clock_tolerance) return false;
  (void)refuse({Code::LS_CLOCK_OFFSET, protocol::text::clock_offset(request_->header.sent_at)});
  return true;
}

const domain::Instance* DeviceCommand::known_instance(storage::Rows& rows, WallTime now) {
  const auto& identity = *request_->header.identity;
  const auto* instance = rows.instances.find({request_->account, identity.instance});
  const Serial serial = identity.id_serial.value_or(Serial{});
  const bool live = instance != nullptr && instance->status != domain::InstanceStatus::Removed;
  if (live && is_current(*instance, serial)) {
    actor_ = "device:" + to_string(active_udi(instance->udis));
    if (refuse_clock(now)) return nullptr;
    if (request_->header.sequence <= instance->last_sequence) {
      Refusal behind{Code::LS_SEQUENCE_BEHIND, protocol::text::sequence_behind(instance->last_sequence)};
      behind.last_sequence = instance->last_sequence;
      (void)refuse(std::move(behind));
      return nullptr;
    }
    return instance;
  }
  // (4): its UDI lives on under another key or serial: a clone, a second force, a restored store.
  const bool udi_lives_elsewhere =
      live || std::any_of(request_->udis.begin(), request_->udis.end(),
                          [&](const Udi& udi) { return rows.instance_by_udi(request_->account, udi) != nullptr; });
  if (udi_lives_elsewhere) {
    (void)refuse(mismatch());
    return nullptr;
  }
  // (5): known, but no more.
  if (instance != nullptr || rows.certificates.find({request_->account, serial}) != nullptr) {
    (void)refuse(protocol::refuse(Code::LS_NOT_REGISTERED));
    return nullptr;
  }
  (void)refuse(mismatch());  // (7)
  return nullptr;
}

domain::Instance& DeviceCommand::touch(storage::Rows& rows, InstanceId id, WallTime now) {
  auto& instance = rows.instances.edit({request_->account, id});
  instance.last_contact = now;
  instance.last_sequence = request_->header.sequence;
  // After a renewal the previous certificate counts until the new one is first used (PRO-7).
  if (instance.previous_serial && request_->header.identity->id_serial == instance.serial) {
    row_operations::revoke_certificate(rows, request_->account, *instance.previous_serial, now);
    instance.previous_serial.reset();
  }
  return instance;
}

// A sequence refuses what comes again; a registration has none. Its answer stays for as long as the clock would let the
// recorded request pass, or whoever recorded it could register the device once more after its deregistration (PRO-1).
void DeviceCommand::retire_answer(storage::Rows& rows, const domain::Instance& instance, WallTime now) {
  const auto& request = instance.last_request;
  const auto* answer = rows.answers.find({request_->account, request});
  if (answer == nullptr || answer->instance != instance.id) return;
  if (answer->type == to_string(protocol::MessageType::Register)) {
    // An attempt until now may have been sent by a clock that is ahead by all of the tolerance.
    const auto until = now + 2 * rules_->settings.clock_tolerance + Duration{1};
    rows.answers.edit({request_->account, request}).keep_until = until;
    rows.dues.put({request_->account, until, domain::DueKind::AnswerEnds, request.text()});
    return;
  }
  rows.answers.erase({request_->account, request});  // its AnswerEnds, if any, will find nothing
}

void DeviceCommand::store_answer(storage::Rows& rows, domain::Instance& instance, std::string payload, WallTime now,
                                 std::optional<WallTime> keep_until) {
  const auto& request = request_->header.request_id;
  if (!instance.last_request.is_zero() && instance.last_request != request && instance.authorize_answer.empty()) {
    retire_answer(rows, instance, now);
  }
  instance.last_request = request;
  if (request_->header.type == protocol::MessageType::Authorize) {
    instance.authorize_answer = payload;
    instance.authorize_digest = request_->digest;
    outcome_.payload = std::move(payload);
    return;
  }
  instance.authorize_answer.clear();
  instance.authorize_digest = {};
  domain::StoredAnswer answer;
  answer.account = request_->account;
  answer.request = request;
  answer.instance = instance.id;
  answer.type = to_string(request_->header.type);
  answer.digest = request_->digest;
  answer.payload = payload;
  answer.at = now;
  answer.keep_until = keep_until;
  rows.answers.put(std::move(answer));
  if (keep_until) rows.dues.put({request_->account, *keep_until, domain::DueKind::AnswerEnds, request.text()});
  outcome_.payload = std::move(payload);
}

}  // namespace lictor::device_service
