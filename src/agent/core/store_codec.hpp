// The store's contents as bytes (STO-1): a format version, the always-part, and, where it is there, the identity-part
// (STO-3). Every version ever written is read for ever. Integers are big-endian, lists and texts carry their length.
#pragma once

#include "agent/core/state.hpp"
#include "foundation/base/bytes.hpp"

namespace lictor::agent {

inline constexpr std::uint8_t kStoreFormat = 2;
inline constexpr std::int64_t kMostStoreFormat = 255;  // that a newer program may have; beyond it there is no format

// With or without the identity-part. `now` gives the floor as it stands.
enum class IdentityPart { Included, Left };
// Holds the private key: wipe it. Nothing else of it is left in memory.
Bytes encode_state(const State& state, IdentityPart identity, Now now);
// Errors: Corrupt (what and where; also a format that no program will have), Unsupported (a format of a newer program).
Result<State> decode_state(ByteView contents);

}  // namespace lictor::agent
