#include "licensing/vocabulary/states.hpp"

#include <fmt/format.h>

#include "foundation/base/utf8.hpp"

namespace lictor {

std::string_view to_string(RegistrationState state) {
  switch (state) {
    case RegistrationState::Unregistered:
      return "Unregistered";
    case RegistrationState::Registering:
      return "Registering";
    case RegistrationState::Registered:
      return "Registered";
    case RegistrationState::RegistrationFailed:
      return "RegistrationFailed";
  }
  return "Unregistered";
}

std::string_view to_string(AuthorizationState state) {
  switch (state) {
    case AuthorizationState::NoLicensesInUse:
      return "NoLicensesInUse";
    case AuthorizationState::Evaluation:
      return "Evaluation";
    case AuthorizationState::EvaluationExpired:
      return "EvaluationExpired";
    case AuthorizationState::Authorized:
      return "Authorized";
    case AuthorizationState::OutOfCompliance:
      return "OutOfCompliance";
    case AuthorizationState::AuthorizationExpired:
      return "AuthorizationExpired";
  }
  return "NoLicensesInUse";
}

std::string_view to_string(TagStatus status) {
  switch (status) {
    case TagStatus::Authorized:
      return "authorized";
    case TagStatus::OutOfCompliance:
      return "out-of-compliance";
    case TagStatus::InvalidTag:
      return "invalid-tag";
  }
  return "invalid-tag";
}

Result<TagStatus> parse_tag_status(std::string_view text) {
  for (const auto status : {TagStatus::Authorized, TagStatus::OutOfCompliance, TagStatus::InvalidTag}) {
    if (text == to_string(status)) return status;
  }
  return Error{ErrorCode::Malformed, fmt::format("\"{}\" is no status of a tag", utf8_prefix(text, 32))};
}

}  // namespace lictor
