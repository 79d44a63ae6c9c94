// UTF-8 (RFC 3629), checked where text comes in or goes out as bytes.
#pragma once

#include <cstddef>
#include <string_view>

namespace lictor {

// How many bytes the character at the front of `text` has; 0 when there is none or its bytes are not UTF-8 (too short,
// overlong, a surrogate, beyond U+10FFFF).
std::size_t utf8_length(std::string_view text);
bool is_utf8(std::string_view text);
// At most `most` bytes of valid UTF-8, cut between characters.
std::string_view utf8_prefix(std::string_view text, std::size_t most);

}  // namespace lictor
