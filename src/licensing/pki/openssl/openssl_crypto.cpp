#include "licensing/pki/openssl/openssl_crypto.hpp"

#include <openssl/rand.h>

#include <cstdlib>

#include "licensing/pki/openssl/signatures.hpp"

namespace lictor::pki {
namespace {

constexpr std::size_t kNonce = 12;
constexpr std::size_t kTag = 16;
constexpr std::size_t kAesKey = 32;

// Empties the thread's error queue at the end: bytes from outside leave reasons there even when they are read, and TLS
// on the same thread would take them for its own (SSL_get_error(3)).
struct ErrorsForgotten {
  ErrorsForgotten() = default;
  ErrorsForgotten(const ErrorsForgotten&) = delete;
  ErrorsForgotten& operator=(const ErrorsForgotten&) = delete;
  ~ErrorsForgotten() { ERR_clear_error(); }
};

class OpensslCrypto final : public Crypto {
 public:
  explicit OpensslCrypto(Library library) : library_(std::move(library)) {}

  Result<std::unique_ptr<PrivateKey>> generate_key(KeyAlgorithm algorithm) override {
    const char* type = algorithm == KeyAlgorithm::EcP256 ? "EC" : "RSA";
    PkeyPtr key;
    if (algorithm == KeyAlgorithm::EcP256) {
      key.reset(EVP_PKEY_Q_keygen(library_.context.get(), nullptr, type, SN_X9_62_prime256v1));
    } else {
      const std::size_t bits = algorithm == KeyAlgorithm::Rsa2048 ? 2048 : 3072;
      key.reset(EVP_PKEY_Q_keygen(library_.context.get(), nullptr, type, bits));
    }
    if (!key) return openssl_error("a key cannot be generated");
    return wrap(std::move(key));
  }

  Result<std::unique_ptr<PrivateKey>> load_key(const Secret& pkcs8) override {
    const ErrorsForgotten forgotten;
    const auto der = pkcs8.reveal();
    const unsigned char* at = der.data();
    const Pkcs8Ptr info(d2i_PKCS8_PRIV_KEY_INFO(nullptr, &at, static_cast<long>(der.size())));
    PkeyPtr key(info ? EVP_PKCS82PKEY_ex(info.get(), library_.context.get(), nullptr) : nullptr);
    if (!key) return Error{ErrorCode::Malformed, openssl_error("the private key does not read").message};
    if (at != der.data() + der.size()) return Error{ErrorCode::Malformed, "there is more after the private key"};
    return wrap(std::move(key));
  }

  Result<Secret> export_key(const PrivateKey& key) override {
    const Pkcs8Ptr info(EVP_PKEY2PKCS8(handle_of(key)));
    if (!info) return openssl_error("the private key cannot be written");
    auto der = to_der(info.get(), i2d_PKCS8_PRIV_KEY_INFO, "the private key cannot be written");
    if (!der) return der.error();
    return Secret(std::move(*der));
  }

  Result<Bytes> sign(const PrivateKey& key, ByteView data) override {
    return signatures_.sign(static_cast<const OpensslKey&>(key), data);
  }
  Result<void> verify(const PublicKey& key, ByteView data, ByteView signature) override {
    return signatures_.verify(key, data, signature);
  }
  Digest sha256(ByteView data) override { return sha256_of(library_, data); }

  KeyedHash hmac_sha256(ByteView key, ByteView data) override {
    KeyedHash hash;
    std::size_t size = 0;
    // OpenSSL takes a null pointer for no key at all, and an empty view has one.
    static constexpr std::uint8_t kNothing = 0;
    const auto* key_data = key.empty() ? &kNothing : key.data();
    const auto* done = EVP_Q_mac(library_.context.get(), "HMAC", nullptr, "SHA256", nullptr, key_data, key.size(),
                                 data.data(), data.size(), hash.bytes.data(), hash.bytes.size(), &size);
    // Zeros instead of a hash would let every secret match every other: better no process than that one.
    if (done == nullptr || size != hash.bytes.size()) std::abort();
    return hash;
  }

  Bytes fingerprint(Fingerprint kind, ByteView data) override {
    Bytes out(EVP_MAX_MD_SIZE);
    std::size_t size = 0;
    const char* name = kind == Fingerprint::Md5 ? "MD5" : "SHA1";
    if (EVP_Q_digest(library_.context.get(), name, nullptr, data.data(), data.size(), out.data(), &size) != 1) {
      ERR_clear_error();  // a library that has given it up: nothing is shown
      size = 0;
    }
    out.resize(size);
    return out;
  }

  Result<Bytes> seal(const Secret& key, ByteView plain, ByteView associated_data) override {
    if (key.reveal().size() != kAesKey) return Error{ErrorCode::Crypto, "a sealing key has 32 bytes"};
    Bytes sealed(kNonce + plain.size() + kTag);
    const CipherCtxPtr context(EVP_CIPHER_CTX_new());
    int size = 0;
    int last = 0;
    if (!context || RAND_nonce(sealed) != 1 ||
        EVP_EncryptInit_ex2(context.get(), library_.aes_gcm.get(), key.reveal().data(), sealed.data(), nullptr) != 1 ||
        EVP_EncryptUpdate(context.get(), nullptr, &size, associated_data.data(),
                          static_cast<int>(associated_data.size())) != 1 ||
        EVP_EncryptUpdate(context.get(), sealed.data() + kNonce, &size, plain.data(), static_cast<int>(plain.size())) !=
            1 ||
        EVP_EncryptFinal_ex(context.get(), sealed.data() + kNonce + size, &last) != 1 ||
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kTag, sealed.data() + kNonce + plain.size()) != 1) {
      return openssl_error("the secret cannot be sealed");
    }
    return sealed;
  }

  Result<Secret> open(const Secret& key, ByteView sealed, ByteView associated_data) override {
    if (key.reveal().size() != kAesKey || sealed.size() < kNonce + kTag) {
      return Error{ErrorCode::Crypto, "a sealed secret is damaged"};
    }
    const std::size_t length = sealed.size() - kNonce - kTag;
    Bytes plain(length);
    Bytes tag(sealed.end() - kTag, sealed.end());
    const CipherCtxPtr context(EVP_CIPHER_CTX_new());
    int size = 0;
    if (!context ||
        EVP_DecryptInit_ex2(context.get(), library_.aes_gcm.get(), key.reveal().data(), sealed.data(), nullptr) != 1 ||
        EVP_DecryptUpdate(context.get(), nullptr, &size, associated_data.data(),
                          static_cast<int>(associated_data.size())) != 1 ||
        EVP_DecryptUpdate(context.get(), plain.data(), &size, sealed.data() + kNonce, static_cast<int>(length)) != 1 ||
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kTag, tag.data()) != 1 ||
        EVP_DecryptFinal_ex(context.get(), plain.data() + size, &size) != 1) {
      wipe(plain);
      ERR_clear_error();
      return Error{ErrorCode::Crypto, "a sealed secret does not open under this key"};
    }
    return Secret(std::move(plain));
  }

  Result<Certificate> parse_certificate(ByteView der) override {
    const ErrorsForgotten forgotten;
    return pki::parse_certificate(library_, der);
  }
  Result<CertificateRequest> parse_request(ByteView der) override {
    const ErrorsForgotten forgotten;
    return pki::parse_request(library_, signatures_, der);
  }
  Result<RevocationList> parse_crl(ByteView der) override {
    const ErrorsForgotten forgotten;
    return pki::parse_crl(library_, der);
  }
  Result<Bytes> make_request(const PrivateKey& key, std::string_view common_name) override {
    return pki::make_request(library_, key, common_name);
  }
  Result<Bytes> issue_certificate(const CertificateTemplate& what, const PublicKey& subject, const Certificate* issuer,
                                  const PrivateKey& issuer_key) override {
    return pki::issue_certificate(library_, what, subject, issuer, issuer_key);
  }
  Result<Bytes> issue_crl(const Certificate& issuer, const PrivateKey& issuer_key, std::int64_t number,
                          WallTime this_update, WallTime next_update,
                          const std::vector<RevokedEntry>& entries) override {
    return pki::issue_crl(library_, issuer, issuer_key, number, this_update, next_update, entries);
  }
  Result<void> verify_certificate(const Certificate& certificate, const PublicKey& issuer_key) override {
    return pki::verify_certificate(library_, certificate, issuer_key);
  }
  Result<void> verify_crl(const RevocationList& crl, const PublicKey& issuer_key) override {
    return pki::verify_crl(library_, crl, issuer_key);
  }

 private:
  int RAND_nonce(Bytes& sealed) { return RAND_bytes_ex(library_.context.get(), sealed.data(), kNonce, 0); }

  static Result<std::unique_ptr<PrivateKey>> wrap(PkeyPtr key) {
    auto public_key = public_key_of(key.get());
    if (!public_key) return public_key.error();
    return std::unique_ptr<PrivateKey>(std::make_unique<OpensslKey>(std::move(key), std::move(*public_key)));
  }

  Library library_;
  Signatures signatures_{library_};  // after what it uses
};

}  // namespace

Result<std::unique_ptr<Crypto>> make_openssl_crypto() {
  Library library;
  library.context.reset(OSSL_LIB_CTX_new());
  if (library.context) library.provider.reset(OSSL_PROVIDER_load(library.context.get(), "default"));
  if (!library.provider) return openssl_error("OpenSSL's default provider cannot be loaded");
  library.sha256.reset(EVP_MD_fetch(library.context.get(), "SHA2-256", nullptr));
  library.aes_gcm.reset(EVP_CIPHER_fetch(library.context.get(), "AES-256-GCM", nullptr));
  if (!library.sha256 || !library.aes_gcm) return openssl_error("OpenSSL lacks SHA-256 or AES-256-GCM");
  auto p256 = make_p256_parameters(library);
  if (!p256) return p256.error();
  library.p256 = std::move(*p256);
  return std::unique_ptr<Crypto>(std::make_unique<OpensslCrypto>(std::move(library)));
}

}  // namespace lictor::pki
