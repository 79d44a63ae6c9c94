// Versions and names of numbers: the functions of lictor/agent.h that need no handle.
#include <array>
#include <cstddef>

#include "agent/library/failure.hpp"
#include "lictor/agent.h"

namespace {

template <std::size_t N>
const char* name(const std::array<const char*, N>& names, int number, const char* unknown) {
  return number < 0 || static_cast<std::size_t>(number) >= N ? unknown : names[static_cast<std::size_t>(number)];
}

}  // namespace

const char* lictor_version(void) {
  return LICTOR_AGENT_VERSION;
}

int lictor_abi(void) {
  return LICTOR_AGENT_ABI;
}

const char* lictor_last_error(void) {
  return lictor::agent::last_failure();
}

int lictor_last_result(void) {
  return lictor::agent::last_failure_code();
}

const char* lictor_result_name(int result) {
  static constexpr std::array kNames = {
      "LICTOR_OK",          "LICTOR_BAD_ARGUMENT", "LICTOR_TOO_LONG", "LICTOR_NOT_FOUND",   "LICTOR_CONFLICT",
      "LICTOR_NOT_ALLOWED", "LICTOR_WRONG_CALL",   "LICTOR_IN_USE",   "LICTOR_UNSUPPORTED", "LICTOR_IO",
      "LICTOR_DISK_FULL",   "LICTOR_DAMAGED",      "LICTOR_CRYPTO",   "LICTOR_NO_MEMORY",   "LICTOR_INTERNAL"};
  static_assert(kNames.size() == LICTOR_INTERNAL + 1);
  return name(kNames, result, "LICTOR_UNKNOWN");
}

const char* lictor_registration_name(int state) {
  static constexpr std::array kNames = {"UNREGISTERED", "REGISTERING - REGISTRATION IN PROGRESS", "REGISTERED",
                                        "UNREGISTERED - REGISTRATION FAILED"};
  static_assert(kNames.size() == LICTOR_REGISTRATION_FAILED + 1);
  return name(kNames, state, "UNKNOWN");
}

const char* lictor_authorization_name(int state) {
  static constexpr std::array kNames = {"No Licenses in Use", "EVAL MODE",         "EVAL EXPIRED",
                                        "AUTHORIZED",         "OUT OF COMPLIANCE", "AUTHORIZATION EXPIRED"};
  static_assert(kNames.size() == LICTOR_AUTHORIZATION_EXPIRED + 1);
  return name(kNames, state, "UNKNOWN");
}

const char* lictor_tag_state_name(int state) {
  static constexpr std::array kNames = {"WAITING",   "AUTHORIZED",   "OUT OF COMPLIANCE",     "INVALID TAG",
                                        "EVAL MODE", "EVAL EXPIRED", "AUTHORIZATION EXPIRED", "IN USE"};
  static_assert(kNames.size() == LICTOR_TAG_IN_USE + 1);
  return name(kNames, state, "UNKNOWN");
}

const char* lictor_notification_name(int kind) {
  static constexpr std::array kNames = {"REGISTRATION_CHANGED", "AUTHORIZATION_CHANGED", "TAG_SHORT",
                                        "CERTIFICATE_RENEWED",  "CLOCK_CHANGED",         "TRANSPORT_FAILED",
                                        "TRANSPORT_RESTORED",   "EXPORT_CHANGED",        "EVALUATION_ENDED",
                                        "STORE_DAMAGED",        "IDENTITY_UNSAVED",      "TAG_CHANGED"};
  static_assert(kNames.size() == LICTOR_TAG_CHANGED + 1);
  return name(kNames, kind, "UNKNOWN");
}
