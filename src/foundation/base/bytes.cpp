#include "foundation/base/bytes.hpp"

#include <array>

namespace lictor {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kStandard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrl = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t kNone = 0xff;

constexpr std::array<std::uint8_t, 256> invert(std::string_view alphabet) {
  std::array<std::uint8_t, 256> table{};
  for (auto& entry : table) entry = kNone;
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return table;
}
constexpr auto kStandardValues = invert(kStandard);
constexpr auto kUrlValues = invert(kUrl);

std::string encode64(ByteView bytes, std::string_view alphabet, bool padded) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  std::size_t i = 0;
  for (; i + 2 < bytes.size(); i += 3) {
    const unsigned group = unsigned{bytes[i]} << 16 | unsigned{bytes[i + 1]} << 8 | unsigned{bytes[i + 2]};
    text += alphabet[group >> 18];
    text += alphabet[group >> 12 & 63];
    text += alphabet[group >> 6 & 63];
    text += alphabet[group & 63];
  }
  const std::size_t left = bytes.size() - i;
  if (left == 1) {
    text += alphabet[unsigned{bytes[i]} >> 2];
    text += alphabet[(unsigned{bytes[i]} & 3) << 4];
    if (padded) text += "==";
  } else if (left == 2) {
    text += alphabet[unsigned{bytes[i]} >> 2];
    text += alphabet[(unsigned{bytes[i]} & 3) << 4 | unsigned{bytes[i + 1]} >> 4];
    text += alphabet[(unsigned{bytes[i + 1]} & 15) << 2];
    if (padded) text += "=";
  }
  return text;
}

// `text` without padding.
Result<Bytes> decode64(std::string_view text, const std::array<std::uint8_t, 256>& values) {
  const Error bad{ErrorCode::Malformed, "the text is not base64 in its canonical form"};
  if (text.size() % 4 == 1) return bad;
  Bytes bytes;
  bytes.reserve(text.size() * 3 / 4);
  unsigned held = 0;
  int bits = 0;
  for (const char c : text) {
    const auto value = values[static_cast<unsigned char>(c)];
    if (value == kNone) return bad;
    held = held << 6 | value;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes.push_back(static_cast<std::uint8_t>(held >> bits & 0xff));
    }
  }
  if ((held & ((1U << bits) - 1)) != 0) return bad;
  return bytes;
}

}  // namespace

std::string to_hex(ByteView bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const auto byte : bytes) {
    text += kHex[byte >> 4];
    text += kHex[byte & 15];
  }
  return text;
}

Result<Bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return Error{ErrorCode::Malformed, "hexadecimal text has an odd length"};
  Bytes bytes;
  bytes.reserve(text.size() / 2);
  const auto value = [](char c) -> int {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = value(text[i]);
    const int low = value(text[i + 1]);
    if (high < 0 || low < 0) return Error{ErrorCode::Malformed, "hexadecimal text has a foreign character"};
    bytes.push_back(static_cast<std::uint8_t>(high << 4 | low));
  }
  return bytes;
}

std::string to_base64(ByteView bytes) {
  return encode64(bytes, kStandard, true);
}
std::string to_base64url(ByteView bytes) {
  return encode64(bytes, kUrl, false);
}

Result<Bytes> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return Error{ErrorCode::Malformed, "base64 text lacks its padding"};
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  return decode64(text, kStandardValues);
}

Result<Bytes> from_base64url(std::string_view text) {
  return decode64(text, kUrlValues);
}

bool equal_constant_time(ByteView a, ByteView b) {
  if (a.size() != b.size()) return false;
  volatile std::uint8_t difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference = static_cast<std::uint8_t>(difference | (a[i] ^ b[i]));
  return difference == 0;
}

}  // namespace lictor
