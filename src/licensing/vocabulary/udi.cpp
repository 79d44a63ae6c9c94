#include "licensing/vocabulary/udi.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "foundation/base/utf8.hpp"

namespace lictor {
namespace {

constexpr std::size_t kMaxPart = 64;

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

Result<void> check_part(std::string_view what, std::string_view text, std::string_view punctuation) {
  if (text.empty() || text.size() > kMaxPart) {
    return Error{ErrorCode::InvalidArgument, fmt::format("a {} has 1 to {} characters", what, kMaxPart)};
  }
  for (const char c : text) {
    if (is_alphanumeric(c) || punctuation.find(c) != std::string_view::npos) continue;
    const bool printable = c > ' ' && c < '\x7f';
    return Error{ErrorCode::InvalidArgument, printable ? fmt::format("a {} may not hold \"{}\"", what, c)
                                                       : fmt::format("a {} may not hold the character 0x{:02x}", what,
                                                                     static_cast<unsigned char>(c))};
  }
  return {};
}

}  // namespace

std::string to_string(const Udi& udi) {
  return fmt::format("PID:{},SN:{}", udi.pid, udi.sn);
}

Result<Udi> make_udi(std::string pid, std::string sn) {
  if (auto ok = check_part("product id", pid, "-/_+.="); !ok) return ok.error();
  if (auto ok = check_part("serial number", sn, "-_."); !ok) return ok.error();
  return Udi{std::move(pid), std::move(sn)};
}

Result<Udi> parse_udi(std::string_view text) {
  const auto comma = text.find(",SN:");
  if (!text.starts_with("PID:") || comma == std::string_view::npos) {
    return Error{ErrorCode::Malformed,
                 fmt::format("\"{}\" is no UDI of the form PID:<pid>,SN:<sn>", utf8_prefix(text, 150))};
  }
  return make_udi(std::string(text.substr(4, comma - 4)), std::string(text.substr(comma + 4)));
}

std::string_view to_string(UdiRole role) {
  switch (role) {
    case UdiRole::Active:
      return "Active";
    case UdiRole::Standby:
      return "Standby";
    case UdiRole::Member:
      return "Member";
  }
  return "Member";
}

Result<UdiRole> parse_udi_role(std::string_view text) {
  for (const auto role : {UdiRole::Active, UdiRole::Standby, UdiRole::Member}) {
    if (text == to_string(role)) return role;
  }
  return Error{ErrorCode::Malformed, fmt::format("\"{}\" is none of Active, Standby, Member", utf8_prefix(text, 32))};
}

Result<void> check_udis(const std::vector<UdiEntry>& udis) {
  if (udis.empty() || udis.size() > kMaxStackMembers) {
    return Error{ErrorCode::InvalidArgument, fmt::format("a product instance has 1 to {} UDIs", kMaxStackMembers)};
  }
  const auto count = [&](UdiRole role) {
    return std::count_if(udis.begin(), udis.end(), [role](const UdiEntry& e) { return e.role == role; });
  };
  if (count(UdiRole::Active) != 1) return Error{ErrorCode::InvalidArgument, "exactly one UDI is Active"};
  if (count(UdiRole::Standby) > 1) return Error{ErrorCode::InvalidArgument, "at most one UDI is Standby"};
  for (auto a = udis.begin(); a != udis.end(); ++a) {
    if (std::any_of(udis.begin(), a, [&](const UdiEntry& b) { return b.udi == a->udi; })) {
      return Error{ErrorCode::InvalidArgument, fmt::format("{} stands in the list twice", to_string(a->udi))};
    }
  }
  return {};
}

const Udi& active_udi(const std::vector<UdiEntry>& udis) {
  const auto active =
      std::find_if(udis.begin(), udis.end(), [](const UdiEntry& e) { return e.role == UdiRole::Active; });
  return active == udis.end() ? udis.front().udi : active->udi;
}

}  // namespace lictor
