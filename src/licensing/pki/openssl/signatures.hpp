// ES256 and RS256 (RFC 7518, 3.3 and 3.4). What OpenSSL prepares for a P-256 signature is kept and used again: setting
// it up anew each time costs a quarter of the signature. Any thread.
#pragma once

#include <mutex>
#include <vector>

#include "licensing/pki/openssl/handles.hpp"

namespace lictor::pki {

// Objects that one thread at a time uses; there are as many as threads that ever used one at once.
template <class T>
class Spares {
 public:
  // nullptr: none is idle.
  std::unique_ptr<T> borrow() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return nullptr;
    auto spare = std::move(idle_.back());
    idle_.pop_back();
    return spare;
  }
  void give_back(std::unique_ptr<T> spare) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(spare));
  }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<T>> idle_;
};

// A P-256 key whose point is set anew for each signature, and its context.
struct P256Verifier {
  PkeyPtr key;
  PkeyCtxPtr context;
};

class OpensslKey final : public PrivateKey {
 public:
  OpensslKey(PkeyPtr key, PublicKey public_key) : key_(std::move(key)), public_key_(std::move(public_key)) {}
  [[nodiscard]] const PublicKey& public_key() const override { return public_key_; }
  [[nodiscard]] EVP_PKEY* get() const { return key_.get(); }
  // P-256: contexts that are ready to sign.
  struct Context {
    PkeyCtxPtr handle;
  };
  [[nodiscard]] Spares<Context>& contexts() const { return contexts_; }

 private:
  PkeyPtr key_;
  PublicKey public_key_;
  mutable Spares<Context> contexts_;  // after the key that they use
};

// The handle inside; requires a key that this adapter made. The adapter must outlive its keys.
inline EVP_PKEY* handle_of(const PrivateKey& key) {
  return static_cast<const OpensslKey&>(key).get();
}

class Signatures {
 public:
  // `library` must outlive it.
  explicit Signatures(const Library& library) : library_(library) {}
  // ES256: r || s. Error: Crypto.
  Result<Bytes> sign(const OpensslKey& key, ByteView data);
  // Error: Crypto, also for a key that does not read.
  Result<void> verify(const PublicKey& key, ByteView data, ByteView signature);
  // The same with a point (p256_point) and a signature in DER.
  Result<void> verify_p256(ByteView point, ByteView data, ByteView der);

 private:
  Result<Bytes> sign_p256(const OpensslKey& key, ByteView data);
  std::unique_ptr<P256Verifier> borrow_verifier();

  const Library& library_;
  Spares<P256Verifier> verifiers_;
};

}  // namespace lictor::pki
