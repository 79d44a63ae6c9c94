// The states of spec page 02 as both sides name them.
#pragma once

#include <string_view>

#include "foundation/base/result.hpp"

namespace lictor {

enum class RegistrationState {  // REG-1 ... REG-4
  Unregistered,
  Registering,
  Registered,
  RegistrationFailed,
};
std::string_view to_string(RegistrationState state);  // "Unregistered", ...

enum class AuthorizationState {  // AUTH-1 ... AUTH-6
  NoLicensesInUse,               // unregistered, nothing in use
  Evaluation,
  EvaluationExpired,
  Authorized,  // registered; with usage or without (AUTH-6)
  OutOfCompliance,
  AuthorizationExpired,
};
std::string_view to_string(AuthorizationState state);

// Per tag in an authorize answer (AUTH-12).
enum class TagStatus { Authorized, OutOfCompliance, InvalidTag };
std::string_view to_string(TagStatus status);  // "authorized", "out-of-compliance", "invalid-tag": the wire's words
Result<TagStatus> parse_tag_status(std::string_view text);

}  // namespace lictor
