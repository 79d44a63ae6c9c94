#include "licensing/catalog/catalog.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "foundation/base/utf8.hpp"

namespace lictor::catalog {

namespace {

constexpr std::size_t kPrintedWidth = 25;  // of the tag column, between its parentheses

Count count_by(CountingRule rule, const DeviceShape& shape) {
  switch (rule) {
    case CountingRule::PerDevice:
      return 1;
    case CountingRule::PerMember:
      return shape.members;
    case CountingRule::PerSupervisor:
      return shape.supervisors;
    case CountingRule::PerChassis:
      return shape.chassis;
  }
  return 1;
}

Error feature_unknown(const Model& model, const SoftwareVersion& version, std::string_view feature) {
  std::vector<std::string_view> has;
  for (const auto& rule : model.features)
    if (applies(rule, version)) has.push_back(rule.feature);
  return {ErrorCode::InvalidArgument,
          fmt::format("{} has no feature \"{}\" at version {}; it has {}", model.pid, feature, to_string(version),
                      has.empty() ? "none" : fmt::format("{}", fmt::join(has, ", ")))};
}

template <class Entry, class Index>
const Entry* look_up(const std::vector<Entry>& entries, const Index& index, std::string_view key) {
  const auto found = index.find(key);
  return found == index.end() ? nullptr : &entries[found->second];
}

}  // namespace

std::string_view to_string(CountingRule rule) {
  switch (rule) {
    case CountingRule::PerDevice:
      return "per-device";
    case CountingRule::PerMember:
      return "per-member";
    case CountingRule::PerSupervisor:
      return "per-supervisor";
    case CountingRule::PerChassis:
      return "per-chassis";
  }
  return "?";
}

bool applies(const FeatureRule& rule, const SoftwareVersion& version) {
  return (!rule.from || *rule.from <= version) && (!rule.until || version < *rule.until);
}

std::string printed_short_name(std::string_view short_name) {
  if (short_name.size() <= kPrintedWidth) return std::string(short_name);
  return fmt::format("{}...", utf8_prefix(short_name, kPrintedWidth - 3));
}

const TagEntry* Catalog::find_tag(const EntitlementTag& tag) const {
  return look_up(tags_, tag_index_, tag.text);
}
const TagEntry* Catalog::find_tag_by_short_name(std::string_view short_name) const {
  return look_up(tags_, short_name_index_, short_name);
}
const Model* Catalog::find_model(std::string_view pid) const {
  return look_up(models_, model_index_, pid);
}
const Family* Catalog::find_family(std::string_view name) const {
  return look_up(families_, family_index_, name);
}
const Family* Catalog::find_product(const ProductTag& tag) const {
  return look_up(families_, product_index_, tag.text);
}

Result<std::vector<UsageItem>> Catalog::usage(std::string_view pid, const SoftwareVersion& version,
                                              const std::vector<std::string>& features,
                                              const DeviceShape& shape) const {
  const auto* model = find_model(pid);
  if (model == nullptr) return Error{ErrorCode::NotFound, fmt::format("the catalog has no model {}", pid)};
  std::map<EntitlementTag, UsageItem> items;
  for (const auto& feature : features) {
    const auto rule = std::ranges::find_if(model->features, [&](const FeatureRule& candidate) {
      return candidate.feature == feature && applies(candidate, version);
    });
    if (rule == model->features.end()) return feature_unknown(*model, version, feature);
    const auto count = count_by(rule->counting, shape);
    if (count <= 0) continue;
    const auto& tag = *find_tag(rule->tag);
    auto& item = items
                     .try_emplace(rule->tag, UsageItem{tag.tag, 0, rule->feature, tag.display_name, tag.description,
                                                       tag.export_controlled})
                     .first->second;
    item.count += count;
  }
  std::vector<UsageItem> usage;
  for (auto& [tag, item] : items) usage.push_back(std::move(item));
  return usage;
}

}  // namespace lictor::catalog
