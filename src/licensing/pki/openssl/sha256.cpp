// The low-level functions: the newer ones look an algorithm up at each call, which takes longer than to hash a message.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "licensing/pki/openssl/sha256.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <array>

namespace lictor::pki {
namespace {

class Hasher {
 public:
  Hasher() { SHA256_Init(&context_); }
  void add(ByteView data) { SHA256_Update(&context_, data.data(), data.size()); }
  std::array<std::uint8_t, SHA256_DIGEST_LENGTH> finish() {
    std::array<std::uint8_t, SHA256_DIGEST_LENGTH> out{};
    SHA256_Final(out.data(), &context_);
    return out;
  }

 private:
  SHA256_CTX context_{};
};

}  // namespace

Digest plain_sha256(ByteView data) {
  Hasher hasher;
  hasher.add(data);
  return Digest{hasher.finish()};
}

KeyedHash plain_hmac_sha256(ByteView key, ByteView data) {
  std::array<std::uint8_t, SHA256_CBLOCK> padded{};
  if (key.size() > padded.size()) {
    const auto digest = plain_sha256(key);
    std::copy(digest.bytes.begin(), digest.bytes.end(), padded.begin());
  } else {
    std::copy(key.begin(), key.end(), padded.begin());
  }
  auto inner_key = padded;
  auto outer_key = padded;
  for (auto& byte : inner_key) byte ^= 0x36;
  for (auto& byte : outer_key) byte ^= 0x5c;
  Hasher inner;
  inner.add(inner_key);
  inner.add(data);
  const auto inner_digest = inner.finish();
  Hasher outer;
  outer.add(outer_key);
  outer.add(inner_digest);
  return KeyedHash{outer.finish()};
}

}  // namespace lictor::pki
