// Keys that live where the product wants them (lictor_keys): the agent's store holds a name and the public half.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "licensing/pki/crypto.hpp"
#include "lictor/agent.h"

namespace lictor::agent {

// What the product's port is asked for, and which keys of it there are. Any thread: make() comes on the worker's.
class ProductKeys {
 public:
  // `crypto` (hashes, verifies) must outlive it.
  ProductKeys(lictor_keys port, pki::Crypto& crypto) : port_(port), crypto_(crypto) {}
  ProductKeys(const ProductKeys&) = delete;
  ProductKeys& operator=(const ProductKeys&) = delete;

  // Blocks. Errors: the product's; Crypto (what it made is no key of that kind).
  Result<std::unique_ptr<pki::PrivateKey>> make(pki::KeyAlgorithm algorithm);
  // As the store holds it. From then on the key is the agent's, and forgotten when the agent uses it no more.
  Result<Secret> claim(const pki::PrivateKey& key);
  // Error: Malformed.
  Result<std::unique_ptr<pki::PrivateKey>> load(const Secret& stored);
  // Errors: the product's; Crypto (the signature is not of this key).
  Result<Bytes> sign(const pki::PrivateKey& key, ByteView data);
  // Tells the product of those that are claimed and not in use; nullopt: not known now, nobody is told.
  void forget_unused(const std::optional<std::vector<Secret>>& in_use);
  // Of those that nobody claimed: no more come.
  void forget_unclaimed();

  [[nodiscard]] static bool has(const Secret& stored);
  [[nodiscard]] static bool has(const pki::PrivateKey& key);

 private:
  struct Known {
    Secret stored;
    bool claimed = false;
  };
  void forget(const Secret& stored);

  lictor_keys port_;
  pki::Crypto& crypto_;
  std::mutex mutex_;  // of known_; not held while the product is asked
  std::vector<Known> known_;
};

// `inner` for all but the keys of `keys`; both must outlive it.
std::unique_ptr<pki::Crypto> make_product_crypto(ProductKeys& keys, pki::Crypto& inner);

}  // namespace lictor::agent

struct lictor_made_key {
  lictor::Bytes name;  // "" = not set
  lictor::Bytes public_key;
};
