// The manager's store against what devices and people were told: every row, from time to time and at rest.
#pragma once

#include <map>
#include <vector>

#include "simulation/world/device.hpp"

namespace lictor::simulation {

class Checker {
 public:
  Checker(Judge& judge, const Truth& truth, Manager& manager, const Operators& operators,
          const std::vector<std::unique_ptr<Device>>& devices)
      : judge_(judge), truth_(truth), manager_(manager), operators_(operators), devices_(devices) {}

  // Between two steps, while the manager is up.
  void check(WallTime now);
  // Once faults have stopped for longer than any retry takes: all is as it should be.
  void check_at_rest(WallTime now);

 private:
  struct Contents;
  [[nodiscard]] bool load(Contents& all);
  void check_ledger(const Contents& all);
  void check_pools(const Contents& all);
  void check_cover(const Contents& all);
  void check_instances(const Contents& all);
  void check_tokens(const Contents& all);
  void check_events(const Contents& all);
  void check_audit(const Contents& all);
  void check_devices(const Contents& all, WallTime now);

  Judge& judge_;
  const Truth& truth_;
  Manager& manager_;
  const Operators& operators_;
  const std::vector<std::unique_ptr<Device>>& devices_;
  std::int64_t events_read_ = 0;
  std::map<InstanceId, int> told_back_;  // events that a store went back
  std::int64_t audit_checked_ = 0;
  Digest audit_hash_;
  int audit_restores_ = 0;
};

}  // namespace lictor::simulation
