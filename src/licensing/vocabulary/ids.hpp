// Identifiers of spec page 01 and DECISIONS 3: numeric ids are int64 below 2^53 per account.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "foundation/base/bytes.hpp"
#include "foundation/base/entropy.hpp"
#include "foundation/base/strong.hpp"

namespace lictor {

using AccountId = StrongInt<struct AccountIdTag>;
using VirtualAccountId = StrongInt<struct VirtualAccountIdTag>;
using InstanceId = StrongInt<struct InstanceIdTag>;
using LotId = StrongInt<struct LotIdTag>;
using PostingId = StrongInt<struct PostingIdTag>;
using TokenId = StrongInt<struct TokenIdTag>;
using UserId = StrongInt<struct UserIdTag>;

// Account 0: the operator's own directory (users, sessions, API clients). No customer has it.
inline constexpr AccountId kDirectoryAccount{0};

// N bytes of chance, with one text form (lower case hex).
template <class Tag, std::size_t N>
struct ByteId {
  std::array<std::uint8_t, N> bytes{};
  static ByteId random(Entropy& entropy) {
    ByteId id;
    entropy.fill(id.bytes);
    return id;
  }
  static Result<ByteId> from_view(ByteView view) {
    if (view.size() != N) return Error{ErrorCode::Malformed, "an identifier has the wrong length"};
    ByteId id;
    for (std::size_t i = 0; i < N; ++i) id.bytes[i] = view[i];
    return id;
  }
  static Result<ByteId> parse(std::string_view hex) {
    auto raw = from_hex(hex);
    if (!raw) return raw.error();
    return from_view(*raw);
  }
  [[nodiscard]] std::string text() const { return to_hex(bytes); }
  [[nodiscard]] bool is_zero() const { return bytes == std::array<std::uint8_t, N>{}; }
  friend auto operator<=>(const ByteId&, const ByteId&) = default;
};

using RequestId = ByteId<struct RequestIdTag, 16>;      // 128 random bits, persisted before the first attempt (PRO-3)
using Serial = ByteId<struct SerialTag, 16>;            // of a certificate (PKI-1); the first byte is 0x01-0x7f
using Digest = ByteId<struct DigestTag, 32>;            // SHA-256
using KeyedHash = ByteId<struct KeyedHashTag, 32>;      // HMAC-SHA-256 of a secret, to find it by
using Incarnation = ByteId<struct IncarnationTag, 16>;  // of a store; new after a restore (DECISIONS 10)
using CarrierKey = ByteId<struct CarrierKeyTag, 16>;    // header hint per registration (PRO-6)

// The UUID of an authority: a manager or one on-prem (PKI-1). Canonical lower-case text form.
struct AuthorityId {
  std::string uuid;
  friend auto operator<=>(const AuthorityId&, const AuthorityId&) = default;
};
AuthorityId random_authority_id(Entropy& entropy);
Result<AuthorityId> parse_authority_id(std::string_view text);

// Text ids at the public faces: decimal, no sign, no leading zero, below 2^53. Error: Malformed.
Result<std::int64_t> parse_decimal_id(std::string_view text);

}  // namespace lictor
