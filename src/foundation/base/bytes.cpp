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
  const std::size_t left = bytes.size() % 3;
  std::string text(bytes.size() / 3 * 4 + (left == 0 ? 0 : padded ? 4 : left + 1), '=');
  char* out = text.data();
  const std::uint8_t* in = bytes.data();
  const char* digits = alphabet.data();
  const auto put = [&](unsigned group, int characters) {
    for (int shift = 18; characters > 0; shift -= 6, --characters) *out++ = digits[group >> shift & 63];
  };
  for (const auto* end = in + (bytes.size() - left); in != end; in += 3, out += 4) {
    const auto group = unsigned{in[0]} << 16 | unsigned{in[1]} << 8 | unsigned{in[2]};
    out[0] = digits[group >> 18];
    out[1] = digits[group >> 12 & 63];
    out[2] = digits[group >> 6 & 63];
    out[3] = digits[group & 63];
  }
  if (left == 1) put(unsigned{in[0]} << 16, 2);
  if (left == 2) put(unsigned{in[0]} << 16 | unsigned{in[1]} << 8, 3);
  return text;
}

// `text` without padding.
Result<Bytes> decode64(std::string_view text, const std::array<std::uint8_t, 256>& values) {
  const auto bad = [] { return Error{ErrorCode::Malformed, "the text is not base64 in its canonical form"}; };
  const std::size_t left = text.size() % 4;
  if (left == 1) return bad();
  Bytes bytes(text.size() / 4 * 3 + (left == 0 ? 0 : left - 1));
  std::uint8_t* out = bytes.data();
  const char* in = text.data();
  const std::uint8_t* digit = values.data();
  const auto value = [&](std::size_t at) -> unsigned { return digit[static_cast<unsigned char>(in[at])]; };
  unsigned foreign = 0;  // has the bits of every value; kNone's stand above those of a digit
  std::size_t i = 0;
  for (; i + 4 <= text.size(); i += 4) {
    const unsigned a = value(i);
    const unsigned b = value(i + 1);
    const unsigned c = value(i + 2);
    const unsigned d = value(i + 3);
    foreign |= a | b | c | d;
    *out++ = static_cast<std::uint8_t>(a << 2 | b >> 4);
    *out++ = static_cast<std::uint8_t>(b << 4 | c >> 2);
    *out++ = static_cast<std::uint8_t>(c << 6 | d);
  }
  if (left > 0) {
    const unsigned a = value(i);
    const unsigned b = value(i + 1);
    const unsigned c = left == 3 ? value(i + 2) : 0;
    foreign |= a | b | c;
    *out++ = static_cast<std::uint8_t>(a << 2 | b >> 4);
    if (left == 3) *out++ = static_cast<std::uint8_t>(b << 4 | c >> 2);
    if (((left == 3 ? c << 6 : b << 4) & 0xff) != 0) return bad();  // bits beyond the last byte
  }
  if (foreign > 63) return bad();
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
