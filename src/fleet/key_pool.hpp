// Keys made beforehand, so that a run with slow ones (RSA) measures the manager and not this machine's key generation.
#pragma once

#include <memory>
#include <vector>

#include "agent/host/agent_host.hpp"

namespace lictor::fleet {

// Hands its keys out in turn, over and over: members share keys then, which no product does.
class KeyPool final : public agent::KeySource {
 public:
  // Makes `count` keys, blocking. `home` and `crypto` must outlive it. Error: Crypto.
  static Result<std::unique_ptr<KeyPool>> make(Scheduler& home, pki::Crypto& crypto, pki::KeyAlgorithm algorithm,
                                               int count);
  // Error: InvalidArgument for another algorithm than the pool's.
  void generate(pki::KeyAlgorithm algorithm,
                std::function<void(Result<std::unique_ptr<pki::PrivateKey>>)> done) override;

 private:
  KeyPool(Scheduler& home, pki::Crypto& crypto, pki::KeyAlgorithm algorithm)
      : home_(home), crypto_(crypto), algorithm_(algorithm) {}
  Scheduler& home_;
  pki::Crypto& crypto_;
  pki::KeyAlgorithm algorithm_;
  std::vector<Secret> keys_;
  std::size_t next_ = 0;
};

}  // namespace lictor::fleet
