#include "agent/library/product_keys.hpp"

#include <algorithm>
#include <array>

#include "agent/library/failure.hpp"
#include "agent/library/ports.hpp"
#include "licensing/pki/forwarding_crypto.hpp"
#include "licensing/pki/signing_request.hpp"

namespace lictor::agent {
namespace {

// Stored: magic, kind, length of the public half (2 bytes), public half, name. A PKCS#8 key begins with another byte.
constexpr std::string_view kMagic = "LICTORPK";
constexpr std::size_t kHeaderBytes = 8 + 1 + 2;
constexpr std::size_t kMostPublicKey = 1024;  // an RSA 3072 has 422

struct Kind {
  pki::KeyAlgorithm algorithm;
  lictor_key key;  // also the stored byte
};
constexpr std::array kKinds = {Kind{pki::KeyAlgorithm::Rsa2048, LICTOR_RSA_2048},
                               Kind{pki::KeyAlgorithm::EcP256, LICTOR_EC_P256},
                               Kind{pki::KeyAlgorithm::Rsa3072, LICTOR_RSA_3072}};

lictor_key to_c(pki::KeyAlgorithm algorithm) {
  return std::find_if(kKinds.begin(), kKinds.end(), [&](const Kind& k) { return k.algorithm == algorithm; })->key;
}

class ProductKey final : public pki::PrivateKey {
 public:
  ProductKey(pki::PublicKey public_key, Bytes name) : public_key_(std::move(public_key)), name_(std::move(name)) {}
  [[nodiscard]] const pki::PublicKey& public_key() const override { return public_key_; }
  [[nodiscard]] const Bytes& name() const { return name_; }

 private:
  pki::PublicKey public_key_;
  Bytes name_;
};

Secret stored_form(const ProductKey& key) {
  const auto& spki = key.public_key().spki;
  Bytes out = to_bytes(kMagic);
  out.push_back(static_cast<std::uint8_t>(to_c(key.public_key().algorithm)));
  out.push_back(static_cast<std::uint8_t>(spki.size() >> 8));
  out.push_back(static_cast<std::uint8_t>(spki.size()));
  out.insert(out.end(), spki.begin(), spki.end());
  out.insert(out.end(), key.name().begin(), key.name().end());
  return Secret(std::move(out));
}

Result<std::unique_ptr<ProductKey>> parse(const Secret& stored) {
  const auto bytes = stored.reveal();
  const Error malformed{ErrorCode::Malformed, "this is no name of a key of the product's"};
  if (!ProductKeys::has(stored) || bytes.size() < kHeaderBytes) return malformed;
  const auto kind = std::find_if(kKinds.begin(), kKinds.end(), [&](const Kind& k) { return k.key == bytes[8]; });
  const auto length = static_cast<std::size_t>(bytes[9] << 8 | bytes[10]);
  if (kind == kKinds.end() || bytes.size() <= kHeaderBytes + length) return malformed;
  const auto spki = bytes.subspan(kHeaderBytes, length);
  const auto name = bytes.subspan(kHeaderBytes + length);
  return std::make_unique<ProductKey>(pki::PublicKey{kind->algorithm, Bytes(spki.begin(), spki.end())},
                                      Bytes(name.begin(), name.end()));
}

bool equal(const Secret& one, const Secret& other) {
  return std::ranges::equal(one.reveal(), other.reveal());
}
bool holds(const std::vector<Secret>& keys, const Secret& key) {
  return std::any_of(keys.begin(), keys.end(), [&](const Secret& one) { return equal(one, key); });
}

}  // namespace

bool ProductKeys::has(const Secret& stored) {
  return stored.reveal_text().starts_with(kMagic);
}
bool ProductKeys::has(const pki::PrivateKey& key) {
  return dynamic_cast<const ProductKey*>(&key) != nullptr;
}

Result<std::unique_ptr<pki::PrivateKey>> ProductKeys::make(pki::KeyAlgorithm algorithm) {
  lictor_made_key made;
  if (auto ok = told_by_product(port_.make(port_.context, to_c(algorithm), &made), "the product's keys, making one");
      !ok)
    return ok.error();
  if (made.name.empty())
    return Error{ErrorCode::Crypto, "the product's keys, making one: lictor_made_key_set was not called"};
  auto key = std::make_unique<ProductKey>(pki::PublicKey{algorithm, std::move(made.public_key)}, std::move(made.name));
  const std::lock_guard lock(mutex_);
  known_.push_back({stored_form(*key), false});
  return std::unique_ptr<pki::PrivateKey>(std::move(key));
}

Result<Secret> ProductKeys::claim(const pki::PrivateKey& key) {
  auto stored = stored_form(dynamic_cast<const ProductKey&>(key));
  const std::lock_guard lock(mutex_);
  for (auto& known : known_)
    if (equal(known.stored, stored)) known.claimed = true;
  return stored;
}

Result<std::unique_ptr<pki::PrivateKey>> ProductKeys::load(const Secret& stored) {
  auto key = parse(stored);
  if (!key) return key.error();
  return std::unique_ptr<pki::PrivateKey>(std::move(*key));
}

Result<Bytes> ProductKeys::sign(const pki::PrivateKey& key, ByteView data) {
  const auto& own = dynamic_cast<const ProductKey&>(key);
  const auto digest = crypto_.sha256(data);
  lictor_to_sign what;
  LICTOR_INIT(what);
  what.key = to_c(own.public_key().algorithm);
  what.name = own.name().data();
  what.name_size = own.name().size();
  what.message = data.data();
  what.message_size = data.size();
  what.digest = digest.bytes.data();
  Bytes signature(LICTOR_MOST_SIGNATURE);
  auto size = signature.size();
  if (auto ok =
          told_by_product(port_.sign(port_.context, &what, signature.data(), &size), "the product's keys, signing");
      !ok)
    return ok.error();
  if (size > signature.size())
    return Error{ErrorCode::Crypto, "the product's keys, signing: more than there is room for"};
  signature.resize(size);
  if (auto ok = crypto_.verify(own.public_key(), data, signature); !ok)
    return Error{ErrorCode::Crypto, "the product's keys, signing: the signature is not of this key"};
  return signature;
}

void ProductKeys::forget(const Secret& stored) {
  const auto key = parse(stored);
  if (key) port_.forget(port_.context, (*key)->name().data(), (*key)->name().size());
}

void ProductKeys::forget_unused(const std::optional<std::vector<Secret>>& in_use) {
  if (!in_use) return;
  std::vector<Secret> gone;
  {
    const std::lock_guard lock(mutex_);
    for (auto& known : known_)
      if (known.claimed && !holds(*in_use, known.stored)) gone.push_back(std::move(known.stored));
    std::erase_if(known_, [](const Known& known) { return known.stored.empty(); });
    for (const auto& key : *in_use)  // of runs before
      if (has(key) && std::none_of(known_.begin(), known_.end(), [&](const Known& k) { return equal(k.stored, key); }))
        known_.push_back({key.duplicate(), true});
  }
  for (const auto& key : gone) forget(key);
}

void ProductKeys::forget_unclaimed() {
  std::vector<Known> left;
  {
    const std::lock_guard lock(mutex_);
    left.swap(known_);
  }
  for (const auto& known : left)
    if (!known.claimed) forget(known.stored);
}

// --- the agent's cryptography ---------------------------------------------------------------------------------------
namespace {

class ProductCrypto final : public pki::ForwardingCrypto {
 public:
  ProductCrypto(ProductKeys& keys, pki::Crypto& inner) : ForwardingCrypto(inner), keys_(keys) {}

  Result<std::unique_ptr<pki::PrivateKey>> generate_key(pki::KeyAlgorithm algorithm) override {
    return keys_.make(algorithm);
  }
  Result<std::unique_ptr<pki::PrivateKey>> load_key(const Secret& stored) override {
    return ProductKeys::has(stored) ? keys_.load(stored) : inner().load_key(stored);
  }
  Result<Secret> export_key(const pki::PrivateKey& key) override {
    return ProductKeys::has(key) ? keys_.claim(key) : inner().export_key(key);
  }
  Result<Bytes> sign(const pki::PrivateKey& key, ByteView data) override {
    return ProductKeys::has(key) ? keys_.sign(key, data) : inner().sign(key, data);
  }
  Result<Bytes> make_request(const pki::PrivateKey& key, std::string_view common_name) override {
    if (!ProductKeys::has(key)) return inner().make_request(key, common_name);
    const auto info = pki::signing_request_info(key.public_key(), common_name);
    auto signature = keys_.sign(key, info);
    if (!signature) return signature.error();
    return pki::signing_request(info, key.public_key().algorithm, *signature);
  }

  Result<Bytes> issue_certificate(const pki::CertificateTemplate& what, const pki::PublicKey& subject,
                                  const pki::Certificate* issuer, const pki::PrivateKey& issuer_key) override {
    if (ProductKeys::has(issuer_key)) return no_issuer();
    return inner().issue_certificate(what, subject, issuer, issuer_key);
  }
  Result<Bytes> issue_crl(const pki::Certificate& issuer, const pki::PrivateKey& issuer_key, std::int64_t number,
                          WallTime this_update, WallTime next_update,
                          const std::vector<pki::RevokedEntry>& entries) override {
    if (ProductKeys::has(issuer_key)) return no_issuer();
    return inner().issue_crl(issuer, issuer_key, number, this_update, next_update, entries);
  }

 private:
  static Error no_issuer() { return {ErrorCode::Unsupported, "a device's key issues no certificates and lists"}; }

  ProductKeys& keys_;
};

}  // namespace

std::unique_ptr<pki::Crypto> make_product_crypto(ProductKeys& keys, pki::Crypto& inner) {
  return std::make_unique<ProductCrypto>(keys, inner);
}

}  // namespace lictor::agent

using namespace lictor;

int lictor_made_key_set(lictor_made_key* made, const void* name, size_t name_size, const void* public_key,
                        size_t public_key_size) {
  return agent::guarded([&] {
    if (made == nullptr || name == nullptr || public_key == nullptr)
      return agent::fail(LICTOR_BAD_ARGUMENT, "the key, its name or its public half is null");
    if (name_size == 0 || public_key_size == 0)
      return agent::fail(LICTOR_BAD_ARGUMENT, "the key's name or its public half is empty");
    if (name_size > LICTOR_MOST_KEY_NAME || public_key_size > agent::kMostPublicKey)
      return agent::fail(LICTOR_TOO_LONG, "the key's name or its public half has more than 1024 bytes");
    const auto* name_bytes = static_cast<const std::uint8_t*>(name);
    const auto* public_bytes = static_cast<const std::uint8_t*>(public_key);
    made->name.assign(name_bytes, name_bytes + name_size);
    made->public_key.assign(public_bytes, public_bytes + public_key_size);
    return static_cast<int>(LICTOR_OK);
  });
}
