#include "agent/library/view.hpp"

#include <algorithm>
#include <cstring>

namespace lictor::agent {
namespace {

lictor_registration to_c(RegistrationState state) {
  switch (state) {
    case RegistrationState::Unregistered:
      return LICTOR_UNREGISTERED;
    case RegistrationState::Registering:
      return LICTOR_REGISTERING;
    case RegistrationState::Registered:
      return LICTOR_REGISTERED;
    case RegistrationState::RegistrationFailed:
      return LICTOR_REGISTRATION_FAILED;
  }
  return LICTOR_UNREGISTERED;
}

lictor_authorization to_c(AuthorizationState state) {
  switch (state) {
    case AuthorizationState::NoLicensesInUse:
      return LICTOR_NO_LICENSES_IN_USE;
    case AuthorizationState::Evaluation:
      return LICTOR_EVALUATION;
    case AuthorizationState::EvaluationExpired:
      return LICTOR_EVALUATION_EXPIRED;
    case AuthorizationState::Authorized:
      return LICTOR_AUTHORIZED;
    case AuthorizationState::OutOfCompliance:
      return LICTOR_OUT_OF_COMPLIANCE;
    case AuthorizationState::AuthorizationExpired:
      return LICTOR_AUTHORIZATION_EXPIRED;
  }
  return LICTOR_NO_LICENSES_IN_USE;
}

lictor_tag_state to_c(std::string_view shown) {
  for (int state = LICTOR_TAG_WAITING; state <= LICTOR_TAG_IN_USE; ++state)
    if (shown == lictor_tag_state_name(state)) return static_cast<lictor_tag_state>(state);
  return LICTOR_TAG_WAITING;
}

std::int64_t to_c(const std::optional<WallTime>& time) {
  return time ? to_ms(*time) : 0;
}

struct AttemptFields {
  int& result;
  std::int64_t& at_ms;
  std::string& reason;
};
void put(const std::optional<Attempt>& attempt, AttemptFields out) {
  if (!attempt) return;
  out.result = attempt->result == Attempt::Result::Succeeded ? LICTOR_ATTEMPT_SUCCEEDED
               : attempt->result == Attempt::Result::Failed  ? LICTOR_ATTEMPT_FAILED
                                                             : LICTOR_ATTEMPT_PENDING;
  out.at_ms = to_ms(attempt->at);
  out.reason = attempt->failure_reason;
}

}  // namespace

const TagRow* View::find(std::string_view tag) const {
  const auto row =
      std::lower_bound(tags.begin(), tags.end(), tag, [](const TagRow& r, std::string_view t) { return r.tag < t; });
  return row == tags.end() || row->tag != tag ? nullptr : &*row;
}

bool same(const View& one, const View& other) {
  // Bytes: padding is cleared where a view is made; a difference there would only publish the same once more.
  return std::memcmp(&one.status, &other.status, sizeof one.status) == 0 && one.tags == other.tags &&
         one.texts == other.texts;
}

View make_view(const Snapshot& s, const std::vector<UsageItem>& requested) {
  View v;
  auto& out = v.status;
  std::memset(&out, 0, sizeof out);
  out.size = sizeof out;
  out.registration = to_c(s.registration);
  out.registration_expired = s.registration_expired ? 1 : 0;
  out.authorization = to_c(s.authorization);
  out.export_allowed = s.export_allowed ? 1 : 0;
  out.store_damaged = s.store_damaged ? 1 : 0;
  out.tags_in_use = static_cast<int>(requested.size());
  out.instance = s.instance.value;
  out.registration_expires_at_ms = to_c(s.registration_expires);
  out.next_id_renewal_at_ms = to_c(s.next_renewal);
  out.next_registration_attempt_at_ms = to_c(s.next_registration_attempt);
  out.authorization_since_at_ms = to_c(s.authorization_since);
  out.next_authorization_at_ms = to_c(s.next_communication);
  out.deadline_at_ms = to_c(s.communication_deadline);
  out.evaluation_running = s.evaluation_running ? 1 : 0;
  out.evaluation_left_ms = s.evaluation_remaining.count();
  out.store_generation = s.store_generation;
  out.mode = s.mode == LicensingMode::Smart ? LICTOR_SMART : LICTOR_TRADITIONAL;
  out.identity_unsaved = s.unsaved_identity ? 1 : 0;
  put(s.initial_registration,
      {out.last_registration_attempt, out.last_registration_attempt_at_ms, v.texts[LICTOR_REGISTRATION_REASON]});
  put(s.last_renewal, {out.last_id_renewal, out.last_id_renewal_at_ms, v.texts[LICTOR_ID_RENEWAL_REASON]});
  put(s.last_communication,
      {out.last_authorization_attempt, out.last_authorization_attempt_at_ms, v.texts[LICTOR_AUTHORIZATION_REASON]});
  v.texts[LICTOR_ACCOUNT_NAME] = s.account_name;
  v.texts[LICTOR_VIRTUAL_ACCOUNT_NAME] = s.virtual_account_name;
  v.texts[LICTOR_UDI] = to_string(active_udi(s.udis));

  v.tags.reserve(requested.size());
  for (const auto& item : requested) {
    const auto seen =
        std::find_if(s.usage.begin(), s.usage.end(), [&](const TagView& view) { return view.item.tag == item.tag; });
    v.tags.push_back(
        {item.tag.text, seen == s.usage.end() ? LICTOR_TAG_WAITING : to_c(std::string_view(seen->status)), item.count});
  }
  return v;
}

}  // namespace lictor::agent
