#include "licensing/pki/signing_request.hpp"

#include <fmt/format.h>

#include <array>
#include <initializer_list>

namespace lictor::pki {
namespace {

// X.690, 8.1: tags that requests have.
constexpr std::uint8_t kInteger = 0x02;
constexpr std::uint8_t kBitString = 0x03;
constexpr std::uint8_t kUtf8String = 0x0c;
constexpr std::uint8_t kSequence = 0x30;
constexpr std::uint8_t kSet = 0x31;
constexpr std::uint8_t kAttributes = 0xa0;  // [0], constructed

constexpr std::size_t kP256Half = 32;

constexpr std::array<std::uint8_t, 5> kCommonName = {0x06, 0x03, 0x55, 0x04, 0x03};
constexpr std::array<std::uint8_t, 10> kEcdsaWithSha256 = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02};
// With its NULL (RFC 4055, 5).
constexpr std::array<std::uint8_t, 13> kRsaWithSha256 = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7,
                                                         0x0d, 0x01, 0x01, 0x0b, 0x05, 0x00};

Bytes element(std::uint8_t tag, std::initializer_list<ByteView> parts) {
  std::size_t length = 0;
  for (const auto part : parts) length += part.size();
  Bytes out = {tag};
  if (length < 0x80) {
    out.push_back(static_cast<std::uint8_t>(length));
  } else {
    int bytes = 1;
    while (bytes < 4 && (length >> (8 * bytes)) != 0) ++bytes;
    out.push_back(static_cast<std::uint8_t>(0x80 | bytes));
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(length >> shift));
  }
  for (const auto part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

// Positive, without leading zeros (X.690, 8.3).
Bytes integer(ByteView big_endian) {
  while (big_endian.size() > 1 && big_endian.front() == 0) big_endian = big_endian.subspan(1);
  const Bytes zero = {0};
  const bool looks_negative = (big_endian.front() & 0x80) != 0;
  return element(kInteger, {looks_negative ? ByteView(zero) : ByteView(), big_endian});
}

}  // namespace

Bytes signing_request_info(const PublicKey& key, std::string_view common_name) {
  const auto name = element(kUtf8String, {as_bytes(fit_name(common_name))});
  const auto one = element(kSequence, {kCommonName, name});
  const auto set = element(kSet, {one});
  const auto subject = element(kSequence, {set});
  const Bytes version_1 = {kInteger, 1, 0};
  return element(kSequence, {version_1, subject, key.spki, element(kAttributes, {})});
}

Result<Bytes> signing_request(ByteView info, KeyAlgorithm algorithm, ByteView signature) {
  const bool ec = algorithm == KeyAlgorithm::EcP256;
  const std::size_t wanted = ec ? 2 * kP256Half : algorithm == KeyAlgorithm::Rsa2048 ? 256 : 384;
  if (signature.size() != wanted)
    return Error{ErrorCode::Malformed, fmt::format("a signature by {} has {} bytes, this one {}", to_string(algorithm),
                                                   wanted, signature.size())};
  Bytes value(signature.begin(), signature.end());
  if (ec)  // RFC 3279, 2.2.3: DER instead of r || s
    value = element(kSequence, {integer(signature.first(kP256Half)), integer(signature.subspan(kP256Half))});
  const Bytes no_unused_bits = {0};
  return element(kSequence, {info, element(kSequence, {ec ? ByteView(kEcdsaWithSha256) : ByteView(kRsaWithSha256)}),
                             element(kBitString, {no_unused_bits, value})});
}

}  // namespace lictor::pki
