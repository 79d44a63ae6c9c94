// Chance, injected. Two streams: Entropy for keys, ids and nonces (operating system in production), and the same
// interface seeded for jitter and simulation.
#pragma once

#include <cstdint>
#include <span>

#include "foundation/base/bytes.hpp"

namespace lictor {

class Entropy {
 public:
  virtual ~Entropy() = default;
  // Fills the whole span. A source that cannot is not constructed.
  virtual void fill(std::span<std::uint8_t> out) = 0;

  std::uint64_t next_u64();
  // Uniform in [low, high], both included. Requires low <= high.
  std::int64_t uniform(std::int64_t low, std::int64_t high);
  Bytes bytes(std::size_t n);
};

// Deterministic from its seed (splitmix64); for tests, simulation and jitter, never for keys.
class SeededEntropy final : public Entropy {
 public:
  explicit SeededEntropy(std::uint64_t seed) : state_(seed) {}
  void fill(std::span<std::uint8_t> out) override;

 private:
  std::uint64_t state_;
};

}  // namespace lictor
