#include "fleet/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

namespace lictor::fleet {
namespace {

constexpr int kMostMembers = 4;
constexpr std::size_t kMostFeatures = 6;  // of a model: their sets are counted out
constexpr std::int64_t kMostSteps = 100'000;

constexpr std::pair<Step, std::string_view> kSteps[] = {{Step::Register, "register"},
                                                        {Step::Authorize, "authorize"},
                                                        {Step::Renew, "renew"},
                                                        {Step::RenewId, "renew-id"},
                                                        {Step::Deregister, "deregister"}};

// Every usage of the model, each once.
std::vector<UsageMenu::Usage> all_usages(const catalog::Catalog& catalog, const catalog::Model& model,
                                         const catalog::SoftwareVersion& version) {
  std::vector<std::string> features;
  for (const auto& rule : model.features) {
    const auto* tag = catalog.find_tag(rule.tag);
    const bool listed = std::find(features.begin(), features.end(), rule.feature) != features.end();
    if (listed || !applies(rule, version) || tag == nullptr || tag->export_controlled) continue;
    if (features.size() < kMostFeatures) features.push_back(rule.feature);
  }
  std::vector<UsageMenu::Usage> found;
  for (std::size_t set = 1; set < std::size_t{1} << features.size(); ++set) {
    std::vector<std::string> chosen;
    for (std::size_t i = 0; i < features.size(); ++i)
      if ((set >> i & 1) != 0) chosen.push_back(features[i]);
    for (int members = 1; members <= kMostMembers; ++members) {
      auto usage = catalog.usage(model.pid, version, chosen, {members, 1, 1});
      if (!usage || usage->empty() || std::find(found.begin(), found.end(), *usage) != found.end()) continue;
      found.push_back(std::move(*usage));
    }
  }
  return found;
}

}  // namespace

std::string_view to_string(Step step) {
  for (const auto& [known, name] : kSteps)
    if (known == step) return name;
  return "unknown";
}

Result<std::vector<Step>> parse_steps(std::string_view text) {
  std::vector<Step> steps;
  while (!text.empty()) {
    const auto comma = text.find(',');
    auto word = text.substr(0, comma);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    std::int64_t times = 1;
    if (const auto star = word.find('*'); star != std::string_view::npos) {
      const auto number = word.substr(star + 1);
      const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), times);
      if (error != std::errc() || end != number.data() + number.size() || times < 0 || times > kMostSteps)
        return Error{ErrorCode::InvalidArgument, fmt::format("{}: {} is no number of times", word, number)};
      word = word.substr(0, star);
    }
    const auto* found =
        std::find_if(std::begin(kSteps), std::end(kSteps), [&](const auto& row) { return row.second == word; });
    if (found == std::end(kSteps))
      return Error{ErrorCode::InvalidArgument,
                   fmt::format("{} is no step; they are register, authorize, renew, renew-id, deregister", word)};
    steps.insert(steps.end(), static_cast<std::size_t>(times), found->first);
  }
  return steps;
}

Result<UsageMenu> UsageMenu::make(const catalog::Catalog& catalog, const std::string& pid, const std::string& version) {
  auto parsed = catalog::parse_software_version(version);
  if (!parsed) return parsed.error();
  for (const auto& model : catalog.models()) {
    if (!pid.empty() && model.pid != pid) continue;
    UsageMenu menu;
    menu.pid_ = model.pid;
    menu.usages_ = all_usages(catalog, model, *parsed);
    const auto* family = catalog.find_family(model.family);
    if (menu.size() < 2 || family == nullptr) continue;
    menu.product_tag_ = family->product_tag;
    return menu;
  }
  return Error{ErrorCode::InvalidArgument,
               fmt::format("the catalog has no model{} of version {} with two different usages",
                           pid.empty() ? "" : " " + pid, version)};
}

std::size_t UsageMenu::any(Entropy& chance) const {
  return static_cast<std::size_t>(chance.uniform(0, static_cast<std::int64_t>(size()) - 1));
}

std::size_t UsageMenu::other(std::size_t current, Entropy& chance) const {
  const auto drawn = static_cast<std::size_t>(chance.uniform(0, static_cast<std::int64_t>(size()) - 2));
  return drawn < current ? drawn : drawn + 1;
}

std::vector<std::pair<EntitlementTag, Count>> UsageMenu::most() const {
  std::map<EntitlementTag, Count> most;
  for (const auto& usage : usages_)
    for (const auto& item : usage) most[item.tag] = std::max(most[item.tag], item.count);
  return {most.begin(), most.end()};
}

}  // namespace lictor::fleet
