#include "licensing/vocabulary/ids.hpp"

#include <fmt/format.h>

#include <charconv>

#include "foundation/base/utf8.hpp"

namespace lictor {

AuthorityId random_authority_id(Entropy& entropy) {
  std::array<std::uint8_t, 16> raw{};
  entropy.fill(raw);
  raw[6] = static_cast<std::uint8_t>((raw[6] & 0x0f) | 0x40);  // RFC 4122, version 4
  raw[8] = static_cast<std::uint8_t>((raw[8] & 0x3f) | 0x80);
  const auto hex = to_hex(raw);
  const std::string_view h = hex;
  return {
      fmt::format("{}-{}-{}-{}-{}", h.substr(0, 8), h.substr(8, 4), h.substr(12, 4), h.substr(16, 4), h.substr(20))};
}

Result<AuthorityId> parse_authority_id(std::string_view text) {
  const Error bad{ErrorCode::Malformed, "an authority is a UUID in lower case"};
  if (text.size() != 36) return bad;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return bad;
  }
  return AuthorityId{std::string(text)};
}

Result<std::int64_t> parse_decimal_id(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool canonical = !text.empty() && text[0] != '-' && text[0] != '+' && (text[0] != '0' || text.size() == 1);
  if (!canonical || error != std::errc{} || end != text.data() + text.size() || value >= (std::int64_t{1} << 53)) {
    return Error{ErrorCode::Malformed,
                 fmt::format("\"{}\" is no id: a decimal number is expected", utf8_prefix(text, 32))};
  }
  return value;
}

}  // namespace lictor
