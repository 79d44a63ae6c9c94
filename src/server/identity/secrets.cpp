#include "server/identity/secrets.hpp"

#include <array>
#include <cassert>

namespace lictor::identity {
namespace {

constexpr std::size_t kBearerBytes = 32;
constexpr std::size_t kBearerChars = 43;

std::string_view word(Purpose purpose) {
  switch (purpose) {
    case Purpose::Session:
      return "session";
    case Purpose::AccessToken:
      return "access-token";
    case Purpose::ClientSecret:
      return "client-secret";
    case Purpose::RegistrationToken:
      return "registration-token";
  }
  return "";
}

std::string_view prefix(Purpose purpose) {
  switch (purpose) {
    case Purpose::Session:
      return "ls_";
    case Purpose::AccessToken:
      return "la_";
    case Purpose::ClientSecret:
      return "lk_";
    case Purpose::RegistrationToken:
      break;
  }
  return "";
}

}  // namespace

Secret make_bearer(Purpose purpose, Entropy& entropy) {
  assert(purpose != Purpose::RegistrationToken);
  std::array<std::uint8_t, kBearerBytes> random{};
  entropy.fill(random);
  std::string text = std::string(prefix(purpose)) + to_base64url(random);
  wipe(random);
  auto secret = Secret::from_text(text);
  wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  return secret;
}

std::optional<Purpose> purpose_of_bearer(std::string_view text) {
  for (const auto purpose : {Purpose::Session, Purpose::AccessToken}) {
    if (text.starts_with(prefix(purpose)) && text.size() == prefix(purpose).size() + kBearerChars) return purpose;
  }
  return std::nullopt;
}

KeyedHash SecretHasher::hash(Purpose purpose, std::string_view text) const {
  std::string data(word(purpose));
  data += ':';
  data += text;
  const auto hash = crypto_.hmac_sha256(key_.reveal(), as_bytes(data));
  wipe({reinterpret_cast<std::uint8_t*>(data.data()), data.size()});
  return hash;
}

Secret make_one_time_password(Entropy& entropy) {
  constexpr std::string_view kAlphabet = "abcdefghjkmnpqrstuvwxyz23456789";  // without i, l, o, 0, 1
  constexpr int kGroups = 5;
  constexpr int kGroupSize = 5;
  Bytes text;
  text.reserve(kGroups * (kGroupSize + 1));
  for (int group = 0; group < kGroups; ++group) {
    if (group > 0) text.push_back('-');
    for (int i = 0; i < kGroupSize; ++i) {
      const auto at = entropy.uniform(0, static_cast<std::int64_t>(kAlphabet.size()) - 1);
      text.push_back(static_cast<std::uint8_t>(kAlphabet[static_cast<std::size_t>(at)]));
    }
  }
  return Secret(std::move(text));
}

std::string make_client_id(Entropy& entropy) {
  return "ci-" + to_hex(entropy.bytes(8));
}

}  // namespace lictor::identity
