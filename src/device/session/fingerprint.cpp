#include "device/session/fingerprint.hpp"

#include <array>
#include <bit>
#include <cmath>

namespace lictor::device {
namespace {

// Data, one bit, zeros, and the length in bits: the padding of both digests, which differ in byte order.
Bytes padded(ByteView data, bool big_endian) {
  Bytes out(data.begin(), data.end());
  const std::uint64_t bits = std::uint64_t{data.size()} * 8;
  out.push_back(0x80);
  while (out.size() % 64 != 56) out.push_back(0);
  for (int i = 0; i < 8; ++i) out.push_back(static_cast<std::uint8_t>(bits >> (8 * (big_endian ? 7 - i : i))));
  return out;
}

std::uint32_t word(const Bytes& block, std::size_t at, bool big_endian) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    value |= std::uint32_t{block[at + i]} << (8 * (big_endian ? 3 - i : i));
  }
  return value;
}

template <std::size_t N>
Bytes joined(const std::array<std::uint32_t, N>& state, bool big_endian) {
  Bytes out;
  for (const std::uint32_t value : state) {
    for (int i = 0; i < 4; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * (big_endian ? 3 - i : i))));
  }
  return out;
}

}  // namespace

Bytes md5_for_display(ByteView data) {
  static constexpr int kShift[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
  std::array<std::uint32_t, 4> state{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  const Bytes bytes = padded(data, false);
  for (std::size_t at = 0; at < bytes.size(); at += 64) {
    auto [a, b, c, d] = state;
    for (std::uint32_t i = 0; i < 64; ++i) {
      const std::uint32_t round = i / 16;
      const std::uint32_t mixed = round == 0   ? (b & c) | (~b & d)
                                  : round == 1 ? (d & b) | (~d & c)
                                  : round == 2 ? b ^ c ^ d
                                               : c ^ (b | ~d);
      const std::uint32_t index = round == 0   ? i
                                  : round == 1 ? (5 * i + 1) % 16
                                  : round == 2 ? (3 * i + 5) % 16
                                               : 7 * i % 16;
      // RFC 1321: T[i] is the integer part of 2^32 * |sin(i)|.
      const auto constant = static_cast<std::uint32_t>(std::floor(4294967296.0 * std::fabs(std::sin(i + 1.0))));
      const std::uint32_t sum = a + mixed + constant + word(bytes, at + index * 4, false);
      a = d;
      d = c;
      c = b;
      b += std::rotl(sum, kShift[round][i % 4]);
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
  }
  return joined(state, false);
}

Bytes sha1_for_display(ByteView data) {
  static constexpr std::uint32_t kConstant[4] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
  std::array<std::uint32_t, 5> state{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  const Bytes bytes = padded(data, true);
  for (std::size_t at = 0; at < bytes.size(); at += 64) {
    std::array<std::uint32_t, 80> w{};
    for (std::size_t i = 0; i < 16; ++i) w[i] = word(bytes, at + i * 4, true);
    for (std::size_t i = 16; i < 80; ++i) w[i] = std::rotl(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    auto [a, b, c, d, e] = state;
    for (std::size_t i = 0; i < 80; ++i) {
      const std::size_t round = i / 20;
      const std::uint32_t mixed = round == 0   ? (b & c) | (~b & d)
                                  : round == 2 ? (b & c) | (b & d) | (c & d)
                                               : b ^ c ^ d;
      const std::uint32_t next = std::rotl(a, 5) + mixed + e + kConstant[round] + w[i];
      e = d;
      d = c;
      c = std::rotl(b, 30);
      b = a;
      a = next;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
  }
  return joined(state, true);
}

std::string grouped_hex(ByteView digest) {
  const std::string hex = to_hex(digest);
  std::string out;
  for (std::size_t i = 0; i < hex.size(); ++i) {
    if (i != 0 && i % 8 == 0) out += ' ';
    out += hex[i] >= 'a' ? static_cast<char>(hex[i] - 32) : hex[i];
  }
  return out;
}

}  // namespace lictor::device
