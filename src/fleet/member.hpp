// One agent of a fleet: its steps one after another, its retries, and what was acknowledged to it. One owner thread:
// the scheduler's.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/host/agent_host.hpp"
#include "fleet/journal.hpp"
#include "fleet/plan.hpp"
#include "fleet/recovery.hpp"
#include "fleet/statistics.hpp"
#include "fleet/stores.hpp"
#include "foundation/http_client/pooled_client.hpp"
#include "foundation/os/files.hpp"

namespace lictor::fleet {

// What all members of a fleet use together; all must outlive them.
struct Shared {
  Scheduler& scheduler;
  const Clock& clock;
  http::PooledClient& http;
  pki::Crypto& crypto;
  Entropy& entropy;
  Entropy& jitter;  // the agents' delays
  Entropy& chance;  // the fleet's own choices
  agent::KeySource& keys;
  const UsageMenu& menu;
  Statistics& statistics;
  Journal* journal = nullptr;  // null: none is kept
  std::string url;             // of the manager's device endpoint
  std::string token;
  // A lost or refused request is tried again after half of this to all of it; 0: when the agent itself would.
  Duration retry{0};
  // What people do who lost an answer: a device that the manager still knows is registered by force, one whose
  // deregistration came to nothing goes on (REG-6, REG-9). Without it either ends the member.
  bool persistent = false;
  bool link_up = true;          // false: nothing that is sent leaves the fleet
  std::function<void()> quiet;  // no request is on its way any more; may be empty
};

class Member final : private agent::Transport {
 public:
  struct Settings {
    int number = 0;
    agent::AgentSettings agent;
    std::unique_ptr<agent::StateStore> store;
    std::vector<Step> steps;
    // How many of the steps are done is kept in this file, and read from it: a member goes on where it was. "": no.
    std::string progress_file;
    os::Files* files = nullptr;  // for it; must outlive the member
    // Called on the scheduler, never inside a call to the member: a step has ended, or the member has.
    std::function<void()> idle;
  };
  // Errors: as AgentHost::open.
  static Result<std::unique_ptr<Member>> open(Settings settings, Shared& shared);
  ~Member() override;
  Member(const Member&) = delete;
  Member& operator=(const Member&) = delete;

  // Begins the next step. Requires has_next().
  void begin();
  [[nodiscard]] bool has_next() const { return !failure_ && next_ < settings_.steps.size(); }
  // More to do when the present steps are done. Requires !has_next().
  void add_steps(const std::vector<Step>& steps);
  // A renewal falls due while the network is gone; it fails until the network is back, and by AUTH-8 from then on.
  // Requires registered() and no step under way.
  void lose_link();
  void regain_link();
  // Why it ended before its last step.
  [[nodiscard]] const std::optional<std::string>& failure() const { return failure_; }
  // What keeps it from being as its steps wanted it: registered and authorized, or deregistered; nullopt: nothing.
  [[nodiscard]] std::optional<std::string> complaint(bool out_of_compliance_is_fine) const;
  [[nodiscard]] bool registered() const { return registered_; }
  [[nodiscard]] const std::string& udi() const { return udi_; }
  // What was saved is durable afterwards; nothing is sent any more.
  Result<void> shut_down();

 private:
  Member(Settings settings, Shared& shared);
  void send(Message message, std::function<void(agent::TransportReply)> done) override;
  void cancel() override;
  void no_longer_on_its_way();
  void arrived(agent::TransportReply reply);

  void on_log(const agent::LogLine& line);
  void acknowledged(protocol::MessageType type);
  [[nodiscard]] bool says_current_usage() const;
  void refused(protocol::MessageType type, const std::string& line);
  Result<void> ask(Step step, Now now);
  Result<void> read_progress();
  void write_progress();
  void tell_opened();
  void failed_exchange(Duration retry_after);
  // Whether that refusal is nothing that ends a persistent member's step.
  bool go_on_all_the_same(protocol::MessageType type, RegistrationState state);
  void answer_later(std::string why);
  void finish_step();
  void fail(std::string why);
  void nudge_later();
  void nudge();
  void note(Happening what, std::string detail = "");
  [[nodiscard]] Now now() const { return read(shared_.clock); }

  Settings settings_;
  Shared& shared_;
  std::string udi_;
  WatchedStore store_;
  std::unique_ptr<agent::AgentHost> host_;

  std::size_t next_ = 0;  // step
  std::optional<Step> step_;
  bool forced_ = false;                           // the present registration
  std::optional<protocol::MessageType> awaited_;  // the answer that moves the step on
  SteadyTime step_began_{};
  std::size_t usage_ = 0;  // on the menu
  bool registered_ = false;
  std::optional<std::string> failure_;

  http::PooledClient::Id request_ = 0;  // outstanding
  std::function<void(agent::TransportReply)> done_;
  SteadyTime sent_at_{};
  protocol::MessageType sent_type_ = protocol::MessageType::Register;
  std::optional<SentRequest> sent_;
  bool lost_ = false;                 // the failure that the agent is about to tell was counted already
  int failures_in_a_row_ = 0;         // exchanges of any kind
  std::optional<Recovery> recovery_;  // since the network came back
  Scheduler::TimerId nudge_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace lictor::fleet
