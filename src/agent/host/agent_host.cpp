#include "agent/host/agent_host.hpp"

namespace lictor::agent {

void KeyMaker::generate(pki::KeyAlgorithm algorithm,
                        std::function<void(Result<std::unique_ptr<pki::PrivateKey>>)> done) {
  worker_.run([this, alive = alive_, algorithm, done = std::move(done)] {
    // std::function wants copies, a key has one owner: the two meet in a shared box that is emptied once.
    auto key = std::make_shared<Result<std::unique_ptr<pki::PrivateKey>>>(crypto_.generate_key(algorithm));
    home_.post([alive, key, done] {
      if (!*alive) return;
      done(std::move(*key));
    });
  });
}

Result<std::unique_ptr<AgentHost>> AgentHost::open(AgentSettings settings, Ports ports, Scheduler& scheduler,
                                                   const Clock& clock, AgentHostCallbacks callbacks, KeySource* keys) {
  std::unique_ptr<AgentHost> host(new AgentHost(scheduler, clock, *ports.crypto, std::move(callbacks), keys));
  ports.host = host.get();
  auto agent = Agent::open(std::move(settings), ports, host->now());
  if (!agent) return agent.error();
  host->agent_ = std::move(*agent);
  return host;
}

AgentHost::AgentHost(Scheduler& scheduler, const Clock& clock, pki::Crypto& crypto, AgentHostCallbacks callbacks,
                     KeySource* keys)
    : scheduler_(scheduler),
      clock_(clock),
      callbacks_(std::move(callbacks)),
      own_keys_(keys == nullptr ? std::make_unique<KeyMaker>(scheduler, crypto) : nullptr),
      keys_(keys == nullptr ? *own_keys_ : *keys) {}

AgentHost::~AgentHost() {
  if (timer_ != 0) scheduler_.cancel(timer_);
}

void AgentHost::log(const LogLine& line) {
  if (callbacks_.log) callbacks_.log(line);
}

void AgentHost::notify(NotificationKind kind) {
  if (callbacks_.notify) callbacks_.notify(kind);
}

void AgentHost::wake_at(std::optional<SteadyTime> when) {
  if (timer_ != 0) scheduler_.cancel(timer_);
  timer_ = 0;
  if (!when) return;
  timer_ = scheduler_.call_at(*when, [this] {
    timer_ = 0;
    if (agent_) agent_->tick(now());
  });
}

void AgentHost::generate_key(pki::KeyAlgorithm algorithm,
                             std::function<void(Result<std::unique_ptr<pki::PrivateKey>>)> done) {
  keys_.generate(algorithm, std::move(done));
}

bool AgentHost::quiet() const {
  return agent_->quiet();  // a key that is being made counts there
}

}  // namespace lictor::agent
