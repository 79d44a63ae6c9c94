#include "fleet/key_pool.hpp"

namespace lictor::fleet {

Result<std::unique_ptr<KeyPool>> KeyPool::make(Scheduler& home, pki::Crypto& crypto, pki::KeyAlgorithm algorithm,
                                               int count) {
  std::unique_ptr<KeyPool> pool(new KeyPool(home, crypto, algorithm));
  for (int i = 0; i < count; ++i) {
    auto key = crypto.generate_key(algorithm);
    if (!key) return key.error();
    auto exported = crypto.export_key(**key);
    if (!exported) return exported.error();
    pool->keys_.push_back(std::move(*exported));
  }
  return pool;
}

void KeyPool::generate(pki::KeyAlgorithm algorithm,
                       std::function<void(Result<std::unique_ptr<pki::PrivateKey>>)> done) {
  const bool fits = algorithm == algorithm_ && !keys_.empty();
  // std::function wants copies, a key has one owner: the two meet in a shared box that is emptied once.
  auto key = std::make_shared<Result<std::unique_ptr<pki::PrivateKey>>>(
      fits ? crypto_.load_key(keys_[next_++ % keys_.size()])
           : Result<std::unique_ptr<pki::PrivateKey>>(
                 Error{ErrorCode::InvalidArgument, "the key pool holds keys of another algorithm"}));
  home_.post([key, done = std::move(done)] { done(std::move(*key)); });
}

}  // namespace lictor::fleet
