// The one file that knows argon2.
#include <argon2.h>
#include <fmt/format.h>

#include "server/identity/passwords.hpp"

namespace lictor::identity {
namespace {

constexpr std::size_t kHashBytes = 32;
constexpr std::size_t kMaxEncoded = 512;

// "$argon2id$v=19$m=19456,t=2,p=1$": how an encoded form of that cost begins.
std::string prefix_of(const PasswordCost& cost) {
  return fmt::format("$argon2id$v=19$m={},t={},p={}$", cost.memory_kib, cost.iterations, cost.lanes);
}

}  // namespace

Result<std::string> hash_password(std::string_view password, const PasswordCost& cost, ByteView salt) {
  std::string encoded(kMaxEncoded, '\0');
  const int status =
      argon2id_hash_encoded(cost.iterations, cost.memory_kib, cost.lanes, password.data(), password.size(), salt.data(),
                            salt.size(), kHashBytes, encoded.data(), encoded.size());
  if (status != ARGON2_OK) {
    return Error{ErrorCode::Internal,
                 fmt::format("the password could not be hashed: {}", argon2_error_message(status))};
  }
  encoded.resize(std::char_traits<char>::length(encoded.c_str()));
  return encoded;
}

bool verify_password(std::string_view password, const std::string& encoded) {
  return argon2id_verify(encoded.c_str(), password.data(), password.size()) == ARGON2_OK;
}

bool needs_rehash(std::string_view encoded, const PasswordCost& cost) {
  return !encoded.starts_with(prefix_of(cost));
}

}  // namespace lictor::identity
