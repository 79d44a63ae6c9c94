// Inputs of the targets that read protocol messages. The envelope is base64url, which hides its text from a fuzzer, so
// such an input is the protected header, a line end and the payload; a first byte of '!' says that the rest is the
// compact JWS itself.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "foundation/base/bytes.hpp"

namespace lictor::fuzz {

struct ClearMessage {
  std::string_view header;
  std::string_view payload;
};
inline std::optional<ClearMessage> clear_message(std::string_view text) {
  const auto end = text.find('\n');
  if (text.starts_with('!') || end == std::string_view::npos) return std::nullopt;
  return ClearMessage{text.substr(0, end), text.substr(end + 1)};
}
inline std::string signing_input_of(const ClearMessage& message) {
  return to_base64url(as_bytes(message.header)) + "." + to_base64url(as_bytes(message.payload));
}

}  // namespace lictor::fuzz
