#include "licensing/domain/hierarchy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <queue>

namespace lictor::domain {

namespace {

// Direct edges by catalog position: below[g] are the tags that g stands over.
using Below = std::vector<std::vector<std::size_t>>;

// A tag that can be reached from itself, with the way round; empty: none.
std::vector<std::size_t> find_cycle(const Below& below) {
  enum class Mark { Untouched, OnPath, Done };
  std::vector<Mark> marks(below.size(), Mark::Untouched);
  struct Step {
    std::size_t tag;
    std::size_t next_child;
  };
  for (std::size_t start = 0; start < below.size(); ++start) {
    if (marks[start] != Mark::Untouched) continue;
    std::vector<Step> path{{start, 0}};
    marks[start] = Mark::OnPath;
    while (!path.empty()) {
      auto& [tag, next_child] = path.back();
      if (next_child == below[tag].size()) {
        marks[tag] = Mark::Done;
        path.pop_back();
        continue;
      }
      const auto child = below[tag][next_child++];
      if (marks[child] == Mark::OnPath) {
        std::vector<std::size_t> cycle;
        auto step = std::ranges::find(path, child, &Step::tag);
        for (; step != path.end(); ++step) cycle.push_back(step->tag);
        cycle.push_back(child);
        return cycle;
      }
      if (marks[child] == Mark::Untouched) {
        marks[child] = Mark::OnPath;
        path.push_back({child, 0});
      }
    }
  }
  return {};
}

// Number of edges from `start` down to every tag under it; -1: not under it.
std::vector<int> distances_from(const Below& below, std::size_t start) {
  std::vector<int> distance(below.size(), -1);
  distance[start] = 0;
  std::queue<std::size_t> waiting;
  waiting.push(start);
  while (!waiting.empty()) {
    const auto tag = waiting.front();
    waiting.pop();
    for (const auto child : below[tag]) {
      if (distance[child] >= 0) continue;
      distance[child] = distance[tag] + 1;
      waiting.push(child);
    }
  }
  return distance;
}

}  // namespace

Result<Hierarchy> Hierarchy::create(std::vector<EntitlementTag> tags, const std::vector<HierarchyEdge>& edges) {
  Hierarchy made;
  for (std::size_t i = 0; i < tags.size(); ++i)
    if (!made.order_.emplace(tags[i], i).second)
      return Error{ErrorCode::InvalidArgument, fmt::format("the tag {} is listed twice", tags[i].text)};

  Below below(tags.size());
  for (const auto& edge : edges) {
    for (const auto* tag : {&edge.general, &edge.specific})
      if (!made.order_.contains(*tag))
        return Error{ErrorCode::InvalidArgument, fmt::format("the hierarchy names the unknown tag {}", tag->text)};
    if (edge.general == edge.specific)
      return Error{ErrorCode::InvalidArgument, fmt::format("the tag {} cannot stand in for itself", edge.general.text)};
    below[made.order_.at(edge.general)].push_back(made.order_.at(edge.specific));
  }
  if (const auto cycle = find_cycle(below); !cycle.empty()) {
    std::vector<std::string_view> names;
    for (const auto tag : cycle) names.push_back(tags[tag].text);
    return Error{ErrorCode::InvalidArgument, fmt::format("the hierarchy goes round: {}", fmt::join(names, " over "))};
  }

  for (std::size_t general = 0; general < tags.size(); ++general) {
    if (below[general].empty()) continue;
    const auto distance = distances_from(below, general);
    for (std::size_t specific = 0; specific < tags.size(); ++specific)
      if (distance[specific] > 0) made.lenders_[tags[specific]].push_back({tags[general], distance[specific]});
  }
  // Lenders were added in catalog order; a stable sort keeps it among equally near ones.
  for (auto& [tag, lenders] : made.lenders_) std::ranges::stable_sort(lenders, {}, &Lender::distance);
  return made;
}

const std::vector<Hierarchy::Lender>& Hierarchy::lenders(const EntitlementTag& tag) const {
  static const std::vector<Lender> kNone;
  const auto found = lenders_.find(tag);
  return found == lenders_.end() ? kNone : found->second;
}

std::size_t Hierarchy::order(const EntitlementTag& tag) const {
  const auto found = order_.find(tag);
  return found == order_.end() ? order_.size() : found->second;
}

}  // namespace lictor::domain
