#include <fmt/format.h>

#include <algorithm>

#include "foundation/base/utf8.hpp"

#include "licensing/catalog/catalog.hpp"

namespace lictor::catalog {

namespace {
constexpr std::size_t kMaxNumbers = 6;
constexpr std::size_t kMaxDigits = 6;
constexpr std::size_t kMaxSuffix = 16;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
}  // namespace

std::strong_ordering operator<=>(const SoftwareVersion& a, const SoftwareVersion& b) {
  if (const auto numbers = a.numbers <=> b.numbers; numbers != std::strong_ordering::equal) return numbers;
  return a.suffix <=> b.suffix;
}

Result<SoftwareVersion> parse_software_version(std::string_view text) {
  const Error wrong{ErrorCode::Malformed,
                    fmt::format("\"{}\" is not a software version like 16.12.3a", utf8_prefix(text, 40))};
  SoftwareVersion version;
  std::size_t at = 0;
  while (true) {
    const auto start = at;
    int number = 0;
    while (at < text.size() && is_digit(text[at]) && at - start < kMaxDigits) number = number * 10 + (text[at++] - '0');
    if (at == start || version.numbers.size() == kMaxNumbers) return wrong;
    version.numbers.push_back(number);
    if (at == text.size() || text[at] != '.') break;
    ++at;
  }
  version.suffix = text.substr(at);
  const bool suffix_fits = version.suffix.size() <= kMaxSuffix &&
                           std::ranges::all_of(version.suffix, [](char c) { return is_letter(c) || is_digit(c); });
  if (!suffix_fits || (!version.suffix.empty() && !is_letter(version.suffix.front()))) return wrong;
  return version;
}

std::string to_string(const SoftwareVersion& version) {
  return fmt::format("{}{}", fmt::join(version.numbers, "."), version.suffix);
}

}  // namespace lictor::catalog
