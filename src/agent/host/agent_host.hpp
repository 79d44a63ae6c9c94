// An agent on an event loop: its timers on a scheduler, its keys made on a worker, its lines handed to callbacks.
#pragma once

#include <functional>
#include <memory>

#include "agent/core/agent.hpp"
#include "foundation/base/scheduler.hpp"
#include "foundation/os/worker.hpp"

namespace lictor::agent {

// Where agents get their keys. From home's thread; `done` comes there, never inside the call.
class KeySource {
 public:
  virtual ~KeySource() = default;
  virtual void generate(pki::KeyAlgorithm algorithm,
                        std::function<void(Result<std::unique_ptr<pki::PrivateKey>>)> done) = 0;
};

// Makes keys on a thread of its own; RSA takes a while.
class KeyMaker final : public KeySource {
 public:
  KeyMaker(Scheduler& home, pki::Crypto& crypto) : home_(home), crypto_(crypto) {}
  ~KeyMaker() override { *alive_ = false; }
  KeyMaker(const KeyMaker&) = delete;
  KeyMaker& operator=(const KeyMaker&) = delete;
  void generate(pki::KeyAlgorithm algorithm,
                std::function<void(Result<std::unique_ptr<pki::PrivateKey>>)> done) override;

 private:
  Scheduler& home_;
  pki::Crypto& crypto_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // read and written on home's thread only
  os::Worker worker_;                                           // last: ends before what it uses
};

struct AgentHostCallbacks {
  std::function<void(const LogLine&)> log;
  std::function<void(NotificationKind)> notify;
};

// Owns the agent. One owner thread: the scheduler's.
class AgentHost final : private Host {
 public:
  // `scheduler`, `clock`, the ports and `keys` must outlive it; ports.host is filled here. `keys` may serve many
  // agents; nullptr: a worker of this agent's own. Errors: as Agent::open.
  static Result<std::unique_ptr<AgentHost>> open(AgentSettings settings, Ports ports, Scheduler& scheduler,
                                                 const Clock& clock, AgentHostCallbacks callbacks,
                                                 KeySource* keys = nullptr);
  ~AgentHost() override;

  [[nodiscard]] Agent& agent() { return *agent_; }
  [[nodiscard]] Now now() const { return read(clock_); }
  // No request is out, no key is being made, nothing is to be done at this instant.
  [[nodiscard]] bool quiet() const;

 private:
  AgentHost(Scheduler& scheduler, const Clock& clock, pki::Crypto& crypto, AgentHostCallbacks callbacks,
            KeySource* keys);
  void log(const LogLine& line) override;
  void notify(NotificationKind kind) override;
  void wake_at(std::optional<SteadyTime> when) override;
  void generate_key(pki::KeyAlgorithm algorithm,
                    std::function<void(Result<std::unique_ptr<pki::PrivateKey>>)> done) override;

  Scheduler& scheduler_;
  const Clock& clock_;
  AgentHostCallbacks callbacks_;
  Scheduler::TimerId timer_ = 0;
  std::unique_ptr<Agent> agent_;
  std::unique_ptr<KeySource> own_keys_;  // null: shared ones
  KeySource& keys_;
};

}  // namespace lictor::agent
