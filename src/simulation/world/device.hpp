// A product as a simulated machine: the production agent over flash, clocks and a link that fail, and the people who
// stand in front of it. After each step of the agent its promises are judged (spec page 02).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/host/agent_host.hpp"
#include "simulation/world/device_store.hpp"
#include "simulation/world/link.hpp"
#include "simulation/world/operators.hpp"

namespace lictor::simulation {

class Device {
 public:
  struct Surroundings {  // all must outlive it
    Timeline* timeline = nullptr;
    Judge* judge = nullptr;
    Truth* truth = nullptr;
    Tally* tally = nullptr;
    agent::RowObserver* rows = nullptr;
    Manager* manager = nullptr;
    Operators* operators = nullptr;
    pki::Crypto* crypto = nullptr;
  };
  Device(int number, const Options& options, Surroundings around);
  ~Device();
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  void begin();  // power on, and life takes its course
  // --- faults
  // ---------------------------------------------------------------------------------------------------------
  void suffer(FaultKind kind);
  // From now on nothing fails, clocks are right, the power is on, and people want it registered.
  void heal();

  // --- for checks
  // -----------------------------------------------------------------------------------------------------
  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] bool on() const { return host_ != nullptr; }
  [[nodiscard]] agent::Snapshot snapshot() const { return host_->agent().snapshot(host_->now()); }
  [[nodiscard]] std::string name() const { return to_string(active_udi(settings_.udis)); }
  [[nodiscard]] bool quiet() const { return host_->quiet(); }
  // The instance that its store holds for sure, since no copy was put back and nobody was to end it.
  [[nodiscard]] std::optional<InstanceId> must_be() const { return must_be_; }
  [[nodiscard]] int must_be_since() const { return must_be_restores_; }
  [[nodiscard]] WallTime certificate_ends() const { return certificate_ends_; }

 private:
  struct Model {
    std::string pid;
    ProductTag product;
    std::vector<std::vector<UsageItem>> usages;  // at 1, 2, 3 members, one after another
  };
  void choose_model();
  void power_on();
  void power_off(Fault::Unsynced unsynced);
  void power_back_after(Duration delay);
  void reload();
  void around(const std::function<void()>& task);
  void step(const std::function<void(agent::Agent&, Now)>& what);  // people's or the machine's own
  void after_step();
  // --- how it is kept (device_lives.cpp)
  void choose_lives();
  [[nodiscard]] bool has(Life life) const { return lives_.test(static_cast<std::size_t>(life)); }
  void live_so();
  void lie_switched_off();
  void later(Duration in, std::function<void()> what);  // if it is on then, and nothing is healed
  void cut_off();
  // Of the impatient.
  void fidget(int of);  // one time in so many, something else is asked for, soon or later
  void disturb_leaving();
  void disturb_registering();
  void do_something_else();
  void have_clock_far_off();
  void pull_the_plug();
  void register_while_the_disk_fails();
  // --- people (device_people.cpp)
  void live();
  void often(std::uint64_t purpose, double a_month, std::function<void()> what);
  void look_after();
  void deregister();
  void change_usage();
  void use(std::vector<UsageItem> usage);
  void change_members();
  void register_again(agent::Agent::Force force);
  void settle();  // after heal()
  // --- promises (device_promises.cpp)
  void watch_send(protocol::MessageType type, const std::optional<Truth::Sent>& sent);
  void watch_line(const agent::LogLine& line);
  void judge_boot();
  void judge_evaluation(const agent::Snapshot& now);
  void judge_states(const agent::Snapshot& now);
  void judge_timer(const agent::Snapshot& now);
  void judge_renewal(const agent::Snapshot& now);
  void judge_usage(const agent::Snapshot& now);
  void judge_loss(const agent::Snapshot& now);
  void judge_stored(const Truth::Sent& sent);
  template <class Line>
  void trace(Line&& line) const {
    around_.judge->trace([&] { return "device " + std::to_string(number_) + ": " + line(); });
  }
  void violated(std::string_view invariant, const std::string& what);
  [[nodiscard]] std::vector<UdiEntry> make_udis(int members, int active) const;

  int number_;
  const Options& options_;
  Surroundings around_;
  SeededEntropy entropy_;
  SeededEntropy jitter_;
  SeededEntropy chance_;  // of the machine
  SeededEntropy people_;
  SeededEntropy lives_chance_;
  MachineClock clock_;
  Link link_;
  std::unique_ptr<Flash> flash_;
  agent::AgentSettings settings_;
  Model model_;
  LifeSet lives_;
  int members_ = 1;
  int active_ = 0;
  std::vector<UsageItem> usage_;
  bool healing_ = false;
  int renewals_wanted_ = 3;

  // A run.
  class Keys;
  std::unique_ptr<agent::StateStore> store_;
  std::unique_ptr<WatchedStore> watched_;
  std::unique_ptr<MachineScheduler> scheduler_;
  std::unique_ptr<Keys> keys_;
  std::unique_ptr<agent::AgentHost> host_;
  int run_ = 0;
  bool going_down_ = false;

  // What is known for sure.
  std::optional<agent::Snapshot> last_;   // after the last step that the store took
  std::optional<agent::Snapshot> maybe_;  // after a step whose save failed: it may have come through
  Duration used_for_sure_{0};             // evaluation, by the world's time
  std::optional<WallTime> evaluation_ran_since_;
  std::optional<InstanceId> must_be_;
  int must_be_restores_ = 0;
  int registered_restores_ = 0;  // of the manager, when the registration left that made what it is
  bool deregistering_ = false;   // asked for, and not heard that it is over
  bool copy_put_back_ = false;   // since the last registration
  WallTime certificate_ends_{};
  WallTime certificate_got_{};           // by the world's time
  std::optional<RequestId> authorized_;  // the last one whose answer the agent took
  WallTime last_success_{};
  bool clock_was_wrong_ = false;  // since the last success
  struct LastSend {
    protocol::MessageType type{};
    RequestId id;
    bool stimulated = false;  // something else happened since, that may be a reason to send
    bool by_ticket = false;
  };
  std::optional<LastSend> last_send_;
  std::map<protocol::MessageType, int> sent_restores_;  // of the manager, when the last one left
  // Changes of usage or members: all; those that the authorization knew that left last; those of the one that was
  // answered last.
  int changes_ = 0;
  int changes_sent_ = 0;
  int changes_answered_ = 0;
};

}  // namespace lictor::simulation
