// Entitlement tags, product tags and usage (spec page 01, USE-1).
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/result.hpp"

namespace lictor {

// The machine name of a licence: regid.YYYY-MM.<reverse-domain>.<name>,<version>_<uuid>. At most 255 bytes.
struct EntitlementTag {
  std::string text;
  friend auto operator<=>(const EntitlementTag&, const EntitlementTag&) = default;
};
Result<EntitlementTag> parse_entitlement_tag(std::string_view text);  // Error: Malformed, says which part
struct EntitlementTagParts {
  std::string regid;    // "regid.2026-01.org.example"
  std::string name;     // "C9500_NETWORK_ADVANTAGE"
  std::string version;  // "1.0"
  std::string uuid;
};
EntitlementTagParts parts(const EntitlementTag& tag);  // requires a tag that parse_entitlement_tag made

// The machine name of a product line in the catalog; the same form.
struct ProductTag {
  std::string text;
  friend auto operator<=>(const ProductTag&, const ProductTag&) = default;
};
Result<ProductTag> parse_product_tag(std::string_view text);

// A quantity of licences; never negative in a claim. At most kMaxCount.
using Count = std::int64_t;
inline constexpr Count kMaxCount = 1'000'000'000;

// What a device says that it uses: the full set, not a difference (PRO-2). Name and description by value (USE-1).
struct UsageItem {
  EntitlementTag tag;
  Count count = 0;           // >= 1
  std::string feature_name;  // "network-advantage"
  std::string display_name;  // "C9500 Network Advantage"
  std::string description;
  bool export_controlled = false;
  friend auto operator<=>(const UsageItem&, const UsageItem&) = default;
};
inline constexpr std::size_t kMaxUsageItems = 256;
// No tag twice, counts within bounds, sorted by tag afterwards. Error: InvalidArgument.
Result<void> check_usage(std::vector<UsageItem>& usage);

}  // namespace lictor
