// A fleet of agents on one event loop. It keeps a given number of members at work, each at its next step, until all
// have done their steps, at a pace where one is set; with a retry set, members try again what was lost until they are
// told. One owner thread: the scheduler's.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "fleet/member.hpp"
#include "foundation/os/files.hpp"

namespace lictor::fleet {

struct FleetSettings {
  int agents = 1;
  int first = 1;  // number of the first member: serial numbers follow it
  std::string serial_prefix = "FLT";
  int outstanding = 64;  // members at work at the same time
  std::vector<Step> steps;
  std::string token;
  std::string url;
  // For each member; UDI and jitter differ. Its coalescing time (AUTH-7) is the agent's own setting.
  agent::AgentSettings agent;
  std::string store_folder;    // a folder per member below it; "": in memory
  bool keep_progress = false;  // a member that is opened again on its store goes on where it was
  Duration retry{0};           // Shared::retry
  bool persistent = false;     // Shared::persistent
  bool out_of_compliance_is_fine = false;
};

struct FleetPorts {  // all must outlive the fleet
  Scheduler* scheduler = nullptr;
  const Clock* clock = nullptr;
  http::PooledClient* http = nullptr;
  pki::Crypto* crypto = nullptr;
  Entropy* entropy = nullptr;
  Entropy* chance = nullptr;  // choices and delays, from the seed
  agent::KeySource* keys = nullptr;
  os::Files* files = nullptr;
  const UsageMenu* menu = nullptr;
  Journal* journal = nullptr;   // may be null
  std::function<void()> quiet;  // Shared::quiet
};

struct Complaint {
  std::string udi;
  std::string what;
};

struct Progress {
  int agents = 0;
  int registered = 0;
  int ended = 0;  // no step left, or failed
};

class Fleet {
 public:
  // `ended` of what is under way does not run any more.
  ~Fleet();
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;
  // Opens every member's store. Errors: as Agent::open, with the member's name.
  static Result<std::unique_ptr<Fleet>> open(FleetSettings settings, FleetPorts ports);
  // `ended` runs on the scheduler once every member has ended.
  void start(std::function<void()> ended);
  // What `start`, or this, has ended: each member that has not failed gets more steps. `per_second` steps begin in a
  // second, evenly; 0: as many as may be at work.
  void go_on(const std::vector<Step>& steps, double per_second, std::function<void()> ended);
  // The same, as an outage: a renewal falls due for each registered member while the network is gone; after `outage` it
  // is back for all of them at once. From then on each goes by its own back-off (AUTH-8), whatever
  // settings.retry says. Where nobody is registered there is no outage, and it ends at once; else never before the
  // network is back.
  void storm(Duration outage, std::function<void()> ended);
  [[nodiscard]] Progress progress() const;
  [[nodiscard]] const Statistics& statistics() const { return statistics_; }
  // Every member that is not as its steps wanted it.
  [[nodiscard]] std::vector<Complaint> complaints() const;
  // Members' stores are durable afterwards. Error: the first one's.
  Result<void> shut_down();

 private:
  Fleet(FleetSettings settings, FleetPorts ports);
  Result<void> open_member(int number);
  void idle(std::size_t index);
  void pump();
  void pump_later();
  void begin_next();
  bool wait_for_pace();
  void restart(std::function<void()> ended);

  FleetSettings settings_;
  FleetPorts ports_;
  Statistics statistics_;
  Shared shared_;
  std::vector<std::unique_ptr<Member>> members_;
  std::vector<std::size_t> waiting_;  // members with a next step, first come first served
  std::size_t first_waiting_ = 0;
  int working_ = 0;
  int ended_ = 0;
  double per_second_ = 0;
  SteadyTime paced_from_{};
  std::int64_t paced_ = 0;  // begun since
  Scheduler::TimerId pace_timer_ = 0;
  Scheduler::TimerId outage_timer_ = 0;  // its end
  std::function<void()> on_end_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace lictor::fleet
