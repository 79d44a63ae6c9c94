#include "foundation/json/json.hpp"

#include <algorithm>

#include "fuzz/property.hpp"
#include "fuzz/targets.hpp"

namespace lictor::fuzz {
namespace {

std::size_t depth_of(const lictor::json::Value& value) {
  std::size_t deepest = 0;
  if (const auto* items = value.if_array()) {
    for (const auto& item : *items) deepest = std::max(deepest, depth_of(item));
    return deepest + 1;
  }
  if (const auto* members = value.if_object()) {
    for (const auto& member : *members) deepest = std::max(deepest, depth_of(member.second));
    return deepest + 1;
  }
  return 0;
}

void require_unique_keys(const lictor::json::Value& value) {
  if (const auto* items = value.if_array()) {
    for (const auto& item : *items) require_unique_keys(item);
  }
  if (const auto* members = value.if_object()) {
    for (auto one = members->begin(); one != members->end(); ++one) {
      for (auto other = one + 1; other != members->end(); ++other) {
        require(one->first != other->first, "a key stands twice");
      }
      require_unique_keys(one->second);
    }
  }
}

void require_limits(std::string_view text, const lictor::json::Limits& limits,
                    const Result<lictor::json::Value>& whole) {
  const auto bounded = lictor::json::parse(text, limits);
  if (!bounded) return require_sentence(bounded.error());
  require(text.size() <= limits.max_bytes, "a text beyond the limit of bytes is accepted");
  require(depth_of(*bounded) <= limits.max_depth, "a text beyond the limit of depth is accepted");
  require(whole.has_value() && *whole == *bounded, "the limits change what is read");
}

}  // namespace

bool json(ByteView input) {
  const auto text = as_text(input);
  const auto value = lictor::json::parse(text);
  require_limits(text, {48, 3}, value);
  if (!value) {
    require_sentence(value.error());
    return false;
  }
  require(depth_of(*value) <= lictor::json::Limits{}.max_depth, "deeper than the limit");
  require_unique_keys(*value);
  const auto written = lictor::json::to_text(*value);
  const auto again = lictor::json::parse(written);
  require(again.has_value(), "what was written does not read: " + written);
  require(*again == *value, "what was written reads as something else: " + written);
  require(lictor::json::to_text(*again) == written, "writing is not stable: " + written);
  const auto pretty = lictor::json::parse(lictor::json::to_pretty_text(*value));
  require(pretty.has_value() && *pretty == *value, "the text for people reads as something else");
  return true;
}

}  // namespace lictor::fuzz
