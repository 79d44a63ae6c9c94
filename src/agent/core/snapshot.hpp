// What the agent knows of itself, as a value, for show output, the C ABI and tests. Times are wall times.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/core/traditional.hpp"
#include "foundation/base/time.hpp"
#include "licensing/vocabulary/entitlement.hpp"
#include "licensing/vocabulary/ids.hpp"
#include "licensing/vocabulary/states.hpp"
#include "licensing/vocabulary/udi.hpp"

namespace lictor::agent {

struct Attempt {  // of an exchange
  enum class Result { Succeeded, Failed, Pending };
  Result result = Result::Succeeded;
  WallTime at{};
  std::string failure_reason;  // Failed, Pending
  friend bool operator==(const Attempt&, const Attempt&) = default;
};

struct TagView {
  UsageItem item;
  // As shown: "AUTHORIZED", "OUT OF COMPLIANCE", "EVAL MODE", "EVAL EXPIRED", "AUTHORIZATION EXPIRED", "INVALID TAG",
  // "WAITING"; in traditional mode "IN USE".
  std::string status;
  friend bool operator==(const TagView&, const TagView&) = default;
};

struct Snapshot {
  std::vector<UdiEntry> udis;
  std::string software_version;
  std::string agent_version;

  LicensingMode mode = LicensingMode::Smart;
  std::vector<TraditionalLicense> traditional;  // as recorded in traditional mode
  Conversion conversion;

  // Registration block.
  RegistrationState registration = RegistrationState::Unregistered;
  bool registration_expired = false;  // "UNREGISTERED - REGISTRATION EXPIRED"
  std::string account_name;           // "" = not shown; stays after a local deregistration (REG-9)
  std::string virtual_account_name;
  bool export_allowed = false;
  std::optional<Attempt> initial_registration;
  std::optional<Attempt> last_renewal;   // absent: "None"
  std::optional<WallTime> next_renewal;  // registered
  std::optional<WallTime> next_registration_attempt;
  std::optional<WallTime> registration_expires;
  AccountId account;
  InstanceId instance;

  // Authorization block.
  AuthorizationState authorization = AuthorizationState::NoLicensesInUse;
  std::optional<WallTime> authorization_since;  // the date behind "on": AUTH-3 last success, AUTH-4 entry
  Duration evaluation_remaining{0};
  bool evaluation_running = false;
  std::optional<WallTime> evaluation_expired_at;
  std::optional<Attempt> last_communication;
  std::optional<WallTime> next_communication;
  std::optional<WallTime> communication_deadline;
  bool deadline_exceeded = false;

  std::vector<TagView> usage;     // sorted by tag
  bool unsaved_identity = false;  // STO-3: lost at reload
  bool store_damaged = false;
  std::int64_t store_generation = 0;
  int trust_version = 0;
  friend bool operator==(const Snapshot&, const Snapshot&) = default;
};

}  // namespace lictor::agent
