// Slows down guessing (spec ACC-3): attempts that failed are counted per name and peer, per peer, and per name, over a
// sliding window. Bounded; when full, the entries that matter least go first. In memory: one process's view.
// Thread: any.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "foundation/base/result.hpp"
#include "foundation/base/time.hpp"

namespace lictor::identity {

class LoginThrottle {
 public:
  struct Settings {
    int failures_of_name_at_peer = 5;
    int failures_of_peer = 50;
    int failures_of_name = 100;     // high: else anybody could lock a name out from elsewhere
    Duration window = minutes(15);  // a failure counts that long
    std::size_t entries = 10'000;
  };
  explicit LoginThrottle(Settings settings) : settings_(settings) {}

  // nullopt: try. Else how long to wait. Counts the attempt as failed until it `succeeded` or was `undecided`, so that
  // many attempts at once are not all let through. An attempt that is made to wait does not count.
  std::optional<Duration> attempt(std::string_view name, std::string_view peer, SteadyTime now);
  // Forgets the failures of that name at that peer, and takes the attempt back from the others.
  void succeeded(std::string_view name, std::string_view peer);
  // Takes an attempt back that nobody could judge: too many waited, or the store failed.
  void undecided(std::string_view name, std::string_view peer);

  [[nodiscard]] std::size_t entries() const;

 private:
  struct Entry {
    int failures = 0;
    SteadyTime expires{};
  };
  Entry& entry(const std::string& key, SteadyTime now);
  void take_back(const std::string& key);
  void make_room(SteadyTime now);
  Settings settings_;
  mutable std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace lictor::identity
