#include "foundation/base/entropy.hpp"

#include <array>
#include <cassert>

namespace lictor {

std::uint64_t Entropy::next_u64() {
  std::array<std::uint8_t, 8> raw{};
  fill(raw);
  std::uint64_t value = 0;
  for (const auto byte : raw) value = value << 8 | byte;
  return value;
}

std::int64_t Entropy::uniform(std::int64_t low, std::int64_t high) {
  assert(low <= high);
  const auto range = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
  if (range == UINT64_MAX) return static_cast<std::int64_t>(next_u64());
  const std::uint64_t count = range + 1;
  const std::uint64_t limit = UINT64_MAX - UINT64_MAX % count;  // values at or above it would favour the low ones
  std::uint64_t value = next_u64();
  while (value >= limit) value = next_u64();
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + value % count);
}

Bytes Entropy::bytes(std::size_t n) {
  Bytes out(n);
  fill(out);
  return out;
}

void SeededEntropy::fill(std::span<std::uint8_t> out) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (i % 8 == 0) {  // splitmix64
      state_ += 0x9e3779b97f4a7c15;
      word = state_;
      word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9;
      word = (word ^ (word >> 27)) * 0x94d049bb133111eb;
      word ^= word >> 31;
    }
    out[i] = static_cast<std::uint8_t>(word >> (i % 8 * 8));
  }
}

}  // namespace lictor
