// Bytes and their text forms (RFC 4648). Decoders accept the canonical form only: no blanks, no foreign characters,
// padding exactly as the alphabet's variant demands, trailing bits zero. Errors: Malformed.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/result.hpp"

namespace lictor {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Bytes to_bytes(std::string_view text) {
  return {as_bytes(text).begin(), as_bytes(text).end()};
}

std::string to_hex(ByteView bytes);  // lower case
Result<Bytes> from_hex(std::string_view text);

std::string to_base64(ByteView bytes);  // with padding
Result<Bytes> from_base64(std::string_view text);

std::string to_base64url(ByteView bytes);  // without padding (RFC 7515, appendix C)
Result<Bytes> from_base64url(std::string_view text);

// Does not stop at the first difference; the lengths are not secret.
bool equal_constant_time(ByteView a, ByteView b);

}  // namespace lictor
