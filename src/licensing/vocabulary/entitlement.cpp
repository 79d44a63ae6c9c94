#include "licensing/vocabulary/entitlement.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "foundation/base/utf8.hpp"
#include "licensing/vocabulary/ids.hpp"

namespace lictor {
namespace {

constexpr std::size_t kMaxTag = 255;

bool is_word(std::string_view text, std::string_view punctuation) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           punctuation.find(c) != std::string_view::npos;
  });
}

bool is_month(std::string_view text) {
  return text.size() == 7 && text[4] == '-' && is_word(text.substr(0, 4), "") && is_word(text.substr(5), "") &&
         std::all_of(text.begin(), text.end(), [](char c) { return c == '-' || (c >= '0' && c <= '9'); }) &&
         text.substr(5) >= "01" && text.substr(5) <= "12";
}

// Takes the tag apart; the error says which part is wrong.
Result<EntitlementTagParts> take_apart(std::string_view text) {
  const auto bad = [&](std::string_view what) {
    return Error{ErrorCode::Malformed,
                 fmt::format("\"{}\" is no tag of the form regid.YYYY-MM.<reverse-domain>.<name>,<version>_<uuid>: {}",
                             utf8_prefix(text, 100), what)};
  };
  if (text.size() > kMaxTag) return bad(fmt::format("it is longer than {} characters", kMaxTag));
  if (!text.starts_with("regid.")) return bad("it must begin with \"regid.\"");
  const auto comma = text.find(',');
  if (comma == std::string_view::npos) return bad("the comma before the version is missing");
  const auto left = text.substr(0, comma);
  const auto right = text.substr(comma + 1);
  if (left.size() < 14 || !is_month(left.substr(6, 7)) || left[13] != '.') return bad("the month YYYY-MM is missing");
  const auto dot = left.rfind('.');
  if (dot <= 13) return bad("the reverse domain or the name is missing");
  const auto domain = left.substr(14, dot - 14);
  if (!is_word(domain, ".-")) return bad("the reverse domain holds a foreign character");
  if (!is_word(left.substr(dot + 1), "_-+/")) return bad("the name is empty or holds a foreign character");
  const auto underscore = right.find('_');
  if (underscore == std::string_view::npos) return bad("the underscore before the UUID is missing");
  if (!is_word(right.substr(0, underscore), ".")) return bad("the version is empty or holds a foreign character");
  if (!parse_authority_id(right.substr(underscore + 1))) return bad("the UUID is not one in lower case");
  return EntitlementTagParts{std::string(left.substr(0, dot)), std::string(left.substr(dot + 1)),
                             std::string(right.substr(0, underscore)), std::string(right.substr(underscore + 1))};
}

}  // namespace

Result<EntitlementTag> parse_entitlement_tag(std::string_view text) {
  if (auto ok = take_apart(text); !ok) return ok.error();
  return EntitlementTag{std::string(text)};
}

EntitlementTagParts parts(const EntitlementTag& tag) {
  return take_apart(tag.text).value();
}

Result<ProductTag> parse_product_tag(std::string_view text) {
  if (auto ok = take_apart(text); !ok) return ok.error();
  return ProductTag{std::string(text)};
}

Result<void> check_usage(std::vector<UsageItem>& usage) {
  if (usage.size() > kMaxUsageItems) {
    return Error{ErrorCode::InvalidArgument, fmt::format("at most {} tags may be in use at once", kMaxUsageItems)};
  }
  for (const auto& item : usage) {
    if (item.count < 1 || item.count > kMaxCount) {
      return Error{ErrorCode::InvalidArgument,
                   fmt::format("{}: the count {} is not between 1 and {}", item.tag.text, item.count, kMaxCount)};
    }
  }
  std::sort(usage.begin(), usage.end());
  const auto twice = std::adjacent_find(usage.begin(), usage.end(),
                                        [](const UsageItem& a, const UsageItem& b) { return a.tag == b.tag; });
  if (twice != usage.end()) {
    return Error{ErrorCode::InvalidArgument, fmt::format("{} stands in the usage twice", twice->tag.text)};
  }
  return {};
}

}  // namespace lictor
