// Unique device identifier: product id + serial number (spec page 01). Printed "PID:<pid>,SN:<sn>".
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/result.hpp"

namespace lictor {

struct Udi {
  std::string pid;  // 1-64 of A-Z a-z 0-9 - / _ + . =
  std::string sn;   // 1-64 of A-Z a-z 0-9 - _ .
  friend auto operator<=>(const Udi&, const Udi&) = default;
};
std::string to_string(const Udi& udi);                  // "PID:C9500-40X,SN:FCW2233A5ZV"
Result<Udi> make_udi(std::string pid, std::string sn);  // Error: InvalidArgument, names the bad character
Result<Udi> parse_udi(std::string_view text);

// The place of a device in its stack (HA-1). A device alone is Active.
enum class UdiRole { Active, Standby, Member };
std::string_view to_string(UdiRole role);  // "Active", "Standby", "Member"
Result<UdiRole> parse_udi_role(std::string_view text);

struct UdiEntry {
  Udi udi;
  UdiRole role = UdiRole::Active;
  friend auto operator<=>(const UdiEntry&, const UdiEntry&) = default;
};
// One Active, at most one Standby, no UDI twice, 1 to kMaxStackMembers. Error: InvalidArgument.
inline constexpr std::size_t kMaxStackMembers = 16;
Result<void> check_udis(const std::vector<UdiEntry>& udis);
// The Active's UDI. Requires check_udis.
const Udi& active_udi(const std::vector<UdiEntry>& udis);

}  // namespace lictor
