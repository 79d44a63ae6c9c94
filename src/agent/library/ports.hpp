// Ports of an embedded agent: those that a product brings (include/lictor/agent.h), and defaults that hold neither
// thread nor connection while nothing is to be done.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>

#include "agent/core/ports.hpp"
#include "agent/host/agent_host.hpp"
#include "agent/host/http_transport.hpp"
#include "agent/library/host_loop.hpp"
#include "lictor/agent.h"

namespace lictor::agent {

// While it lives a thread that is begun gets no signals: they are the product's, and a broken connection must not raise
// SIGPIPE in it.
class BlockedSignals {
 public:
  BlockedSignals();
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;
  ~BlockedSignals();

 private:
  struct Mask;
  std::unique_ptr<Mask> before_;
};

// The code that a product's port returned. `what` says which and doing what.
Result<void> told_by_product(int result, std::string_view what);

class ProductClock final : public Clock {
 public:
  explicit ProductClock(lictor_clock clock) : clock_(clock) {}
  [[nodiscard]] WallTime wall() const override;
  [[nodiscard]] SteadyTime steady() const override;

 private:
  lictor_clock clock_;
};

// Expands what the product gives: a step draws without failing, and whether the product gave is asked before it.
class ProductEntropy final : public Entropy {
 public:
  // `crypto` must outlive it. The turn's owner.
  ProductEntropy(lictor_entropy port, pki::Crypto& crypto) : port_(port), crypto_(crypto) {}
  ProductEntropy(const ProductEntropy&) = delete;
  ProductEntropy& operator=(const ProductEntropy&) = delete;
  ~ProductEntropy() override { wipe(key_); }

  // Adds 32 bytes of the product's. Error: the product's, nothing changed then. Once before the first fill().
  Result<void> renew();
  // fill() was called since.
  [[nodiscard]] bool drawn() const { return drawn_; }
  void fill(std::span<std::uint8_t> out) override;

 private:
  lictor_entropy port_;
  pki::Crypto& crypto_;
  std::array<std::uint8_t, 32> key_{};
  bool drawn_ = false;
};

class ProductTransport final : public Transport {
 public:
  // Exchanges keep the loop: they may end after the agent.
  ProductTransport(lictor_transport transport, std::shared_ptr<HostLoop> loop)
      : transport_(transport), loop_(std::move(loop)) {}
  void send(Message message, std::function<void(TransportReply)> done) override;
  void cancel() override;

 private:
  lictor_transport transport_;
  std::shared_ptr<HostLoop> loop_;
};

class ProductStore final : public StateStore {
 public:
  explicit ProductStore(lictor_store store) : store_(store) {}
  Result<Loaded> load() override;
  Result<void> save(const Bytes& contents, const std::vector<std::string>& new_event_lines) override;
  Result<void> set_aside() override;
  Result<std::vector<std::string>> event_lines() override;

 private:
  lictor_store store_;
};

// HttpTransport with its thread and connections only while it is in use: an agent speaks once in many days.
class RestingTransport final : public Transport {
 public:
  RestingTransport(Scheduler& home, const Clock& clock, std::function<std::optional<HttpWay>()> way)
      : home_(home), clock_(clock), way_(std::move(way)) {}
  ~RestingTransport() override;
  void send(Message message, std::function<void(TransportReply)> done) override;
  void cancel() override;

 private:
  void rest_soon();
  Scheduler& home_;
  const Clock& clock_;
  std::function<std::optional<HttpWay>()> way_;
  Scheduler::TimerId rest_ = 0;
  int outstanding_ = 0;  // one that was given up ends when the next may be under way
  std::unique_ptr<HttpTransport> awake_;
};

// A KeyMaker with its thread only while a key is being made.
class RestingKeyMaker final : public KeySource {
 public:
  RestingKeyMaker(Scheduler& home, pki::Crypto& crypto) : home_(home), crypto_(crypto) {}
  void generate(pki::KeyAlgorithm algorithm,
                std::function<void(Result<std::unique_ptr<pki::PrivateKey>>)> done) override;

 private:
  Scheduler& home_;
  pki::Crypto& crypto_;
  int outstanding_ = 0;
  std::unique_ptr<KeyMaker> awake_;
};

}  // namespace lictor::agent

struct lictor_exchange {
  std::shared_ptr<lictor::agent::HostLoop> loop;
  std::function<void(lictor::agent::TransportReply)> done;
};

struct lictor_contents {
  std::optional<lictor::Bytes> bytes;
};
