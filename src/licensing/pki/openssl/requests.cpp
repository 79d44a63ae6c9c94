// Certificate signing requests (PKCS#10, RFC 2986) and revocation lists (RFC 5280, 5).
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "licensing/pki/openssl/signatures.hpp"

namespace lictor::pki {
namespace {

using EnumeratedPtr = std::unique_ptr<ASN1_ENUMERATED, Freed<ASN1_ENUMERATED_free>>;

Result<X509CrlPtr> load_crl(const Library& library, ByteView der) {
  X509_CRL* raw = X509_CRL_new_ex(library.context.get(), nullptr);
  const unsigned char* at = der.data();
  if (raw == nullptr || d2i_X509_CRL(&raw, &at, static_cast<long>(der.size())) == nullptr) {
    return Error{ErrorCode::Malformed, openssl_error("the revocation list does not read").message};
  }
  X509CrlPtr crl(raw);
  if (at != der.data() + der.size()) return Error{ErrorCode::Malformed, "there is more after the revocation list"};
  return crl;
}

int reason_of(const X509_REVOKED* entry) {
  const EnumeratedPtr reason(
      static_cast<ASN1_ENUMERATED*>(X509_REVOKED_get_ext_d2i(entry, NID_crl_reason, nullptr, nullptr)));
  return reason ? static_cast<int>(ASN1_ENUMERATED_get(reason.get())) : 0;
}

// One line of the list. RFC 5280, 5.3.1: "unspecified" is said by saying nothing.
Result<X509RevokedPtr> revoked_entry(const RevokedEntry& entry) {
  X509RevokedPtr revoked(X509_REVOKED_new());
  const auto serial = to_asn1(entry.serial);
  auto when = to_asn1(entry.revoked_at);
  if (!when) return when.error();
  if (!revoked || !serial || X509_REVOKED_set_serialNumber(revoked.get(), serial.get()) != 1 ||
      X509_REVOKED_set_revocationDate(revoked.get(), when->get()) != 1) {
    return openssl_error("the revocation list cannot be written");
  }
  if (entry.reason == 0) return revoked;
  const EnumeratedPtr reason(ASN1_ENUMERATED_new());
  if (!reason || ASN1_ENUMERATED_set(reason.get(), entry.reason) != 1 ||
      X509_REVOKED_add1_ext_i2d(revoked.get(), NID_crl_reason, reason.get(), 0, X509V3_ADD_DEFAULT) != 1) {
    return openssl_error("the revocation list cannot be written");
  }
  return revoked;
}

std::string common_name(const X509_NAME* name) {
  const int index = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  if (index < 0) return {};
  const auto* text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index));
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

Error not_its_own() {
  ERR_clear_error();
  return Error{ErrorCode::Crypto, "the signing request is not signed by its own key"};
}

// --- the usual request: P-256, ecdsa-with-SHA256, no attributes. OpenSSL 3's reader decodes the key at four times the
// cost of the signature, so its parts are told apart here. Whatever is not of just this form is left to OpenSSL.
// One DER element that `rest` begins with: the whole of it, and its contents.
struct Element {
  ByteView whole;
  ByteView contents;
};
std::optional<Element> take(ByteView& rest, int wanted_tag, int wanted_class) {
  const bool holds_others = wanted_tag == V_ASN1_SEQUENCE || wanted_class != V_ASN1_UNIVERSAL;
  const unsigned char* at = rest.data();
  long length = 0;
  int tag = 0;
  int tag_class = 0;
  const int flags = ASN1_get_object(&at, &length, &tag, &tag_class, static_cast<long>(rest.size()));
  // 0x80: an error; 1: of indefinite length.
  if ((flags & 0x81) != 0 || tag != wanted_tag || tag_class != wanted_class ||
      ((flags & V_ASN1_CONSTRUCTED) != 0) != holds_others) {
    ERR_clear_error();
    return std::nullopt;
  }
  const auto head = static_cast<std::size_t>(at - rest.data());
  const auto size = head + static_cast<std::size_t>(length);
  const Element out{rest.first(size), rest.subspan(head, size - head)};
  rest = rest.subspan(size);
  return out;
}

struct UsualRequest {
  ByteView to_be_signed;
  ByteView subject;
  PublicKey key;
  ByteView signature;  // DER
};
std::optional<UsualRequest> as_usual_request(ByteView der) {
  static constexpr std::array<std::uint8_t, 3> kVersion{0x02, 0x01, 0x00};
  static constexpr std::array<std::uint8_t, 2> kNoAttributes{0xa0, 0x00};
  static constexpr std::array<std::uint8_t, 12> kEcdsaWithSha256{0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86,
                                                                 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02};
  const auto is = [](const Element& element, ByteView bytes) {
    return std::equal(element.whole.begin(), element.whole.end(), bytes.begin(), bytes.end());
  };
  ByteView rest = der;
  const auto outer = take(rest, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL);
  if (!outer || !rest.empty()) return std::nullopt;
  rest = outer->contents;
  const auto info = take(rest, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL);
  const auto algorithm = info ? take(rest, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL) : std::nullopt;
  const auto signature = algorithm ? take(rest, V_ASN1_BIT_STRING, V_ASN1_UNIVERSAL) : std::nullopt;
  if (!signature || !rest.empty() || !is(*algorithm, kEcdsaWithSha256) || signature->contents.empty() ||
      signature->contents.front() != 0) {
    return std::nullopt;
  }
  rest = info->contents;
  const auto version = take(rest, V_ASN1_INTEGER, V_ASN1_UNIVERSAL);
  const auto subject = version ? take(rest, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL) : std::nullopt;
  const auto key = subject ? take(rest, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL) : std::nullopt;
  const auto attributes = key ? take(rest, 0, V_ASN1_CONTEXT_SPECIFIC) : std::nullopt;
  if (!attributes || !rest.empty() || !is(*version, kVersion) || !is(*attributes, kNoAttributes)) return std::nullopt;
  UsualRequest out{info->whole,
                   subject->whole,
                   {KeyAlgorithm::EcP256, Bytes(key->whole.begin(), key->whole.end())},
                   signature->contents.subspan(1)};
  if (p256_point(out.key).empty()) return std::nullopt;
  return out;
}

Result<CertificateRequest> read_usual(Signatures& signatures, UsualRequest request) {
  const unsigned char* at = request.subject.data();
  const X509NamePtr name(d2i_X509_NAME(nullptr, &at, static_cast<long>(request.subject.size())));
  if (!name) return Error{ErrorCode::Malformed, openssl_error("the request's subject does not read").message};
  if (!signatures.verify_p256(p256_point(request.key), request.to_be_signed, request.signature)) return not_its_own();
  return CertificateRequest{common_name(name.get()), std::move(request.key)};
}

}  // namespace

Result<CertificateRequest> parse_request(const Library& library, Signatures& signatures, ByteView der) {
  if (auto usual = as_usual_request(der)) return read_usual(signatures, std::move(*usual));
  X509_REQ* raw = X509_REQ_new_ex(library.context.get(), nullptr);
  const unsigned char* at = der.data();
  if (raw == nullptr || d2i_X509_REQ(&raw, &at, static_cast<long>(der.size())) == nullptr) {
    return Error{ErrorCode::Malformed, openssl_error("the signing request does not read").message};
  }
  const X509ReqPtr request(raw);
  if (at != der.data() + der.size()) return Error{ErrorCode::Malformed, "there is more after the signing request"};
  EVP_PKEY* key = X509_REQ_get0_pubkey(request.get());
  if (key == nullptr) return Error{ErrorCode::Malformed, openssl_error("the request's key does not read").message};
  auto public_key = public_key_of(key);
  if (!public_key) return public_key.error();
  if (X509_REQ_verify_ex(request.get(), key, library.context.get(), nullptr) != 1) return not_its_own();
  return CertificateRequest{common_name(X509_REQ_get_subject_name(request.get())), std::move(*public_key)};
}

Result<Bytes> make_request(const Library& library, const PrivateKey& key, std::string_view common_name) {
  const X509ReqPtr request(X509_REQ_new_ex(library.context.get(), nullptr));
  auto name = make_name(common_name, "");
  if (!name) return name.error();
  if (!request || X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) != 1 ||
      X509_REQ_set_subject_name(request.get(), name->get()) != 1 ||
      X509_REQ_set_pubkey(request.get(), handle_of(key)) != 1 ||
      X509_REQ_sign(request.get(), handle_of(key), library.sha256.get()) <= 0) {
    return openssl_error("the signing request cannot be written");
  }
  return to_der(request.get(), i2d_X509_REQ, "the signing request cannot be written");
}

Result<RevocationList> parse_crl(const Library& library, ByteView der) {
  auto crl = load_crl(library, der);
  if (!crl) return crl.error();
  RevocationList out;
  out.der = Bytes(der.begin(), der.end());
  auto issuer = to_der(X509_CRL_get_issuer(crl->get()), i2d_X509_NAME, "the issuer does not read");
  if (!issuer) return issuer.error();
  out.issuer_der = std::move(*issuer);
  auto this_update = to_wall(X509_CRL_get0_lastUpdate(crl->get()));
  if (!this_update) return this_update.error();
  out.this_update = *this_update;
  if (const auto* next = X509_CRL_get0_nextUpdate(crl->get())) {
    auto next_update = to_wall(next);
    if (!next_update) return next_update.error();
    out.next_update = *next_update;
  }
  const Asn1IntegerPtr number(
      static_cast<ASN1_INTEGER*>(X509_CRL_get_ext_d2i(crl->get(), NID_crl_number, nullptr, nullptr)));
  if (number) out.number = ASN1_INTEGER_get(number.get());
  STACK_OF(X509_REVOKED)* revoked = X509_CRL_get_REVOKED(crl->get());
  for (int i = 0; i < sk_X509_REVOKED_num(revoked); ++i) {
    const X509_REVOKED* entry = sk_X509_REVOKED_value(revoked, i);
    RevokedEntry item;
    item.serial = to_serial(X509_REVOKED_get0_serialNumber(entry), nullptr);
    auto at = to_wall(X509_REVOKED_get0_revocationDate(entry));
    if (!at) return at.error();
    item.revoked_at = *at;
    item.reason = reason_of(entry);
    out.entries.push_back(item);
  }
  return out;
}

Result<Bytes> issue_crl(const Library& library, const Certificate& issuer, const PrivateKey& issuer_key,
                        std::int64_t number, WallTime this_update, WallTime next_update,
                        const std::vector<RevokedEntry>& entries) {
  auto loaded = load_certificate(library, issuer.der);
  if (!loaded) return loaded.error();
  X509* const issuer_x509 = loaded->get();
  const X509CrlPtr crl(X509_CRL_new_ex(library.context.get(), nullptr));
  auto last = to_asn1(this_update);
  auto next = to_asn1(next_update);
  if (!last) return last.error();
  if (!next) return next.error();
  if (!crl || X509_CRL_set_version(crl.get(), X509_CRL_VERSION_2) != 1 ||
      X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(issuer_x509)) != 1 ||
      X509_CRL_set1_lastUpdate(crl.get(), last->get()) != 1 || X509_CRL_set1_nextUpdate(crl.get(), next->get()) != 1) {
    return openssl_error("the revocation list cannot be written");
  }
  for (const auto& entry : entries) {
    auto revoked = revoked_entry(entry);
    if (!revoked) return revoked.error();
    if (X509_CRL_add0_revoked(crl.get(), revoked->get()) != 1) {
      return openssl_error("the revocation list cannot be written");
    }
    (void)revoked->release();
  }
  const Asn1IntegerPtr crl_number(ASN1_INTEGER_new());
  auto key_id = make_extension(NID_authority_key_identifier, "keyid:always", issuer_x509, issuer_x509);
  if (!key_id) return key_id.error();
  if (ASN1_INTEGER_set_int64(crl_number.get(), number) != 1 ||
      X509_CRL_add1_ext_i2d(crl.get(), NID_crl_number, crl_number.get(), 0, 0) != 1 ||
      X509_CRL_add_ext(crl.get(), key_id->get(), -1) != 1 || X509_CRL_sort(crl.get()) != 1 ||
      X509_CRL_sign(crl.get(), handle_of(issuer_key), library.sha256.get()) <= 0) {
    return openssl_error("the revocation list cannot be signed");
  }
  return to_der(crl.get(), i2d_X509_CRL, "the revocation list cannot be written");
}

Result<void> verify_crl(const Library& library, const RevocationList& crl, const PublicKey& issuer_key) {
  auto loaded = load_crl(library, crl.der);
  if (!loaded) return loaded.error();
  auto key = load_public_key(library, issuer_key);
  if (!key) return key.error();
  if (X509_CRL_verify(loaded->get(), key->get()) != 1) {
    ERR_clear_error();
    return Error{ErrorCode::Crypto, "the revocation list is not signed by its issuer"};
  }
  return {};
}

}  // namespace lictor::pki
