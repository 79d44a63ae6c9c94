#include "licensing/domain/token_text.hpp"

#include <array>
#include <span>

namespace lictor::domain {

namespace {
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kAccountBytes = 7;
constexpr std::size_t kSecretBytes = 24;
constexpr std::size_t kTokenBytes = 1 + kAccountBytes + kSecretBytes;
constexpr std::size_t kTextLength = 43;
constexpr std::int64_t kIdBound = std::int64_t{1} << 53;
}  // namespace

Secret make_token_text(AccountId account, Entropy& entropy) {
  std::array<std::uint8_t, kTokenBytes> raw{};
  raw[0] = kVersion;
  auto rest = static_cast<std::uint64_t>(account.value);
  for (std::size_t i = kAccountBytes; i >= 1; --i) {
    raw[i] = static_cast<std::uint8_t>(rest & 0xff);
    rest >>= 8;
  }
  entropy.fill(std::span(raw).subspan(1 + kAccountBytes));
  auto text = to_base64url(raw);
  auto secret = Secret::from_text(text);
  wipe(raw);
  wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  return secret;
}

Result<AccountId> account_of_token(std::string_view text) {
  const Error refused{ErrorCode::Malformed, "the text is not a registration token"};
  if (text.size() != kTextLength) return refused;
  auto raw = from_base64url(text);
  if (!raw) return refused;
  std::int64_t account = 0;
  for (std::size_t i = 1; i <= kAccountBytes; ++i) account = account * 256 + (*raw)[i];
  const bool whole = raw->size() == kTokenBytes && (*raw)[0] == kVersion && account > 0 && account < kIdBound;
  wipe(*raw);
  if (!whole) return refused;
  return AccountId{account};
}

}  // namespace lictor::domain
