#include <openssl/err.h>
#include <openssl/x509.h>

#include "fuzz/property.hpp"
#include "fuzz/targets.hpp"
#include "licensing/pki/chain.hpp"
#include "licensing/pki/keyed_hash_crypto.hpp"
#include "licensing/pki/openssl/openssl_crypto.hpp"

namespace lictor::fuzz {
namespace {

// RFC 5280 dates have years of four digits.
void require_date(WallTime time) {
  const auto text = to_rfc3339(time);
  const auto read = parse_rfc3339(text);
  require(read.has_value() && *read == time, "a date that cannot be written: " + text);
}

void require_key(pki::Crypto& crypto, const pki::PublicKey& key) {
  require(!key.spki.empty(), "a key without bytes");
  const auto verified = crypto.verify(key, as_bytes("nobody signed this"), Bytes(64, 1));
  require(!verified.has_value(), "a signature of nothing verifies");
  require_sentence(verified.error());
}

bool one_certificate(pki::Crypto& crypto, ByteView der) {
  const auto read = crypto.parse_certificate(der);
  if (!read) return require_sentence(read.error()), false;
  require(std::equal(der.begin(), der.end(), read->der.begin(), read->der.end()), "other bytes are kept");
  require_date(read->not_before);
  require_date(read->not_after);
  require_key(crypto, read->public_key);
  if (auto ok = crypto.verify_certificate(*read, read->public_key); !ok) require_sentence(ok.error());
  // Judged as what arrives from outside: a leaf beside others that claim to be its issuers.
  pki::ChainRequest request;
  request.leaf = &*read;
  request.intermediates = {&*read};
  request.anchors = {&*read};
  request.at_time = read->not_before;
  for (const auto purpose : {pki::Purpose::IdCertificate, pki::Purpose::AnswerSigning, pki::Purpose::Authority}) {
    request.purpose = purpose;
    if (auto path = pki::verify_chain(crypto, request); !path) require_sentence(path.error());
  }
  return true;
}

struct RequestFree {
  void operator()(X509_REQ* request) const { X509_REQ_free(request); }
};

// What is accepted, OpenSSL accepts, too, with the same key: some requests are read by hand.
void require_openssl_agrees(const pki::CertificateRequest& accepted, ByteView der) {
  const unsigned char* at = der.data();
  const std::unique_ptr<X509_REQ, RequestFree> request(d2i_X509_REQ(nullptr, &at, static_cast<long>(der.size())));
  require(request && at == der.data() + der.size(), "OpenSSL does not read this request");
  EVP_PKEY* key = X509_REQ_get0_pubkey(request.get());
  require(key != nullptr && X509_REQ_verify(request.get(), key) == 1,
          "OpenSSL does not accept this request's signature");
  unsigned char* spki = nullptr;
  const int size = i2d_PUBKEY(key, &spki);
  const bool same =
      size > 0 && std::equal(spki, spki + size, accepted.public_key.spki.begin(), accepted.public_key.spki.end());
  OPENSSL_free(spki);
  require(same, "OpenSSL reads another key");
}

bool one_request(pki::Crypto& crypto, ByteView der, bool by_openssl) {
  const auto read = crypto.parse_request(der);
  if (!read) return require_sentence(read.error()), false;
  require_key(crypto, read->public_key);
  if (by_openssl) require_openssl_agrees(*read, der);
  return true;
}

bool one_list(pki::Crypto& crypto, ByteView der, const pki::PublicKey& key) {
  const auto read = crypto.parse_crl(der);
  if (!read) return require_sentence(read.error()), false;
  require(std::equal(der.begin(), der.end(), read->der.begin(), read->der.end()), "other bytes are kept");
  require_date(read->this_update);
  require_date(read->next_update);
  for (const auto& entry : read->entries) require_date(entry.revoked_at);
  if (auto ok = crypto.verify_crl(*read, key); !ok) require_sentence(ok.error());
  return true;
}

bool one_key(pki::Crypto& crypto, ByteView encoded) {
  const auto key = crypto.load_key(Secret(Bytes(encoded.begin(), encoded.end())));
  if (!key) return require_sentence(key.error()), false;
  const auto data = as_bytes("data");
  const auto signature = crypto.sign(**key, data);
  if (!signature) return require_sentence(signature.error()), false;
  return crypto.export_key(**key).has_value();
}

bool pem(std::string_view text) {
  const auto blocks = pki::from_pem("CERTIFICATE", text);
  if (!blocks) return require_sentence(blocks.error()), false;
  std::string written;
  for (const auto& block : *blocks) written += pki::to_pem("CERTIFICATE", block);
  if (blocks->empty()) return false;
  const auto again = pki::from_pem("CERTIFICATE", written);
  require(again.has_value() && *again == *blocks, "what was written reads as something else: " + written);
  return true;
}

}  // namespace

bool certificate(ByteView input) {
  static const auto real = pki::make_openssl_crypto().value();
  static SeededEntropy entropy(5);
  static const auto hashed = pki::make_keyed_hash_crypto(entropy);
  static const auto real_key = real->generate_key(pki::KeyAlgorithm::EcP256).value();
  static const auto hashed_key = hashed->generate_key(pki::KeyAlgorithm::EcP256).value();
  if (input.empty()) return false;
  const auto rest = input.subspan(1);
  bool accepted = false;
  switch (input.front()) {
    case 'c':
      accepted = one_certificate(*real, rest);
      break;
    case 'C':
      return one_certificate(*hashed, rest);
    case 'r':
      accepted = one_request(*real, rest, true);
      break;
    case 'R':
      return one_request(*hashed, rest, false);
    case 'l':
      accepted = one_list(*real, rest, real_key->public_key());
      break;
    case 'L':
      return one_list(*hashed, rest, hashed_key->public_key());
    case 'k':
      accepted = one_key(*real, rest);
      break;
    case 'K':
      return one_key(*hashed, rest);
    case 'p':
      return pem(as_text(rest));
    default:
      return false;
  }
  require(ERR_peek_error() == 0, "an error is left in OpenSSL's queue");
  return accepted;
}

}  // namespace lictor::fuzz
