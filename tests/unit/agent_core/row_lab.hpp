// One row at a time: a state as it stands before, the event with what comes with it, and what can be seen to have
// changed, in words. It reads nothing of the product's tables.
#pragma once

#include <string>

#include "agent/core/machine.hpp"

namespace lictor::agent::lab {

struct RowResult {
  std::string next;
  std::string seen;  // "say AGENT_REG_FAILED, initial FAILED, +RegisterAttempt 15-21min"
};
RowResult run_row(Stage stage, RegistrationEvent event);
RowResult run_row(AuthorizationState state, AuthorizationEvent event);

}  // namespace lictor::agent::lab
