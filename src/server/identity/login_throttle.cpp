#include "server/identity/login_throttle.hpp"

#include <algorithm>
#include <array>

namespace lictor::identity {
namespace {

// A name can be long; what it is counted under is not.
std::string_view cut(std::string_view name) {
  return name.substr(0, 128);
}

struct Keys {
  std::string both, peer, name;
};
Keys keys_of(std::string_view name, std::string_view peer) {
  return {"b:" + std::string(peer) + " " + std::string(cut(name)), "p:" + std::string(peer),
          "n:" + std::string(cut(name))};
}

}  // namespace

std::optional<Duration> LoginThrottle::attempt(std::string_view name, std::string_view peer, SteadyTime now) {
  const std::lock_guard lock(mutex_);
  const auto keys = keys_of(name, peer);
  const std::array<std::pair<const std::string*, int>, 3> limits{{{&keys.both, settings_.failures_of_name_at_peer},
                                                                  {&keys.peer, settings_.failures_of_peer},
                                                                  {&keys.name, settings_.failures_of_name}}};
  Duration wait{0};
  for (const auto& [key, limit] : limits) {
    const auto at = entries_.find(*key);
    if (at == entries_.end() || at->second.expires <= now) continue;
    if (at->second.failures >= limit) wait = std::max(wait, at->second.expires - now);
  }
  if (wait > Duration{0}) return wait;
  for (const auto& [key, limit] : limits) entry(*key, now).failures += 1;
  return std::nullopt;
}

void LoginThrottle::succeeded(std::string_view name, std::string_view peer) {
  const std::lock_guard lock(mutex_);
  const auto keys = keys_of(name, peer);
  entries_.erase(keys.both);
  for (const auto* key : {&keys.peer, &keys.name}) take_back(*key);
}

void LoginThrottle::undecided(std::string_view name, std::string_view peer) {
  const std::lock_guard lock(mutex_);
  const auto keys = keys_of(name, peer);
  for (const auto* key : {&keys.both, &keys.peer, &keys.name}) take_back(*key);
}

void LoginThrottle::take_back(const std::string& key) {
  const auto at = entries_.find(key);
  if (at != entries_.end() && --at->second.failures <= 0) entries_.erase(at);
}

std::size_t LoginThrottle::entries() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

LoginThrottle::Entry& LoginThrottle::entry(const std::string& key, SteadyTime now) {
  const auto at = entries_.find(key);
  if (at == entries_.end()) make_room(now);
  auto& found = entries_[key];
  if (found.expires <= now) found = {0, now + settings_.window};
  return found;
}

void LoginThrottle::make_room(SteadyTime now) {
  if (entries_.size() < settings_.entries) return;
  std::erase_if(entries_, [&](const auto& pair) { return pair.second.expires <= now; });
  if (entries_.size() < settings_.entries) return;
  // A tenth at once, so that a flood of names does not pay for a search each: the fewest failures, then the oldest.
  std::vector<std::pair<int, SteadyTime>> ranks;
  ranks.reserve(entries_.size());
  for (const auto& [key, found] : entries_) ranks.emplace_back(found.failures, found.expires);
  const auto cut_at = ranks.begin() + static_cast<std::ptrdiff_t>(ranks.size() / 10);
  std::nth_element(ranks.begin(), cut_at, ranks.end());
  const auto bound = *cut_at;
  std::erase_if(entries_,
                [&](const auto& pair) { return std::pair(pair.second.failures, pair.second.expires) <= bound; });
}

}  // namespace lictor::identity
