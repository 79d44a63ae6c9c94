// Certificates: parsed into values, issued from templates (RFC 5280; PKI-1, PKI-3).
#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>

#include "licensing/pki/openssl/signatures.hpp"

namespace lictor::pki {
namespace {

using GeneralNamesPtr = std::unique_ptr<GENERAL_NAMES, Freed<GENERAL_NAMES_free>>;
using EkuPtr = std::unique_ptr<EXTENDED_KEY_USAGE, Freed<EXTENDED_KEY_USAGE_free>>;
using CrlPointsPtr = std::unique_ptr<CRL_DIST_POINTS, Freed<CRL_DIST_POINTS_free>>;
using GeneralNamePtr = std::unique_ptr<GENERAL_NAME, Freed<GENERAL_NAME_free>>;
using KeyIdPtr = std::unique_ptr<AUTHORITY_KEYID, Freed<AUTHORITY_KEYID_free>>;
using OctetsPtr = std::unique_ptr<ASN1_OCTET_STRING, Freed<ASN1_OCTET_STRING_free>>;
using DistributionPointPtr = std::unique_ptr<DIST_POINT, Freed<DIST_POINT_free>>;

std::string text_of(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<std::size_t>(ASN1_STRING_length(string))};
}

Bytes bytes_of(const ASN1_OCTET_STRING* string) {
  if (string == nullptr) return {};
  const auto* data = ASN1_STRING_get0_data(string);
  return {data, data + ASN1_STRING_length(string)};
}

std::string rfc4514(const X509_NAME* name) {
  const std::unique_ptr<BIO, Freed<BIO_free_all>> out(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253);
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string common_name(const X509_NAME* name) {
  const int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  if (at < 0) return {};
  return text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
}

std::string address_text(const ASN1_OCTET_STRING* address) {
  const auto raw = bytes_of(address);
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = raw.size() == 4 ? AF_INET : AF_INET6;
  if (raw.size() != 4 && raw.size() != 16) return {};
  return inet_ntop(family, raw.data(), text.data(), text.size()) == nullptr ? std::string() : std::string(text.data());
}

void read_alternative_names(X509* x509, Certificate& out) {
  const GeneralNamesPtr names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(x509, NID_subject_alt_name, nullptr, nullptr)));
  if (!names) return;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type == GEN_URI) out.uris.push_back(text_of(name->d.uniformResourceIdentifier));
    if (name->type == GEN_DNS) out.dns_names.push_back(text_of(name->d.dNSName));
    if (name->type == GEN_IPADD) out.ip_addresses.push_back(address_text(name->d.iPAddress));
  }
}

void read_crl_urls(X509* x509, Certificate& out) {
  const CrlPointsPtr points(
      static_cast<CRL_DIST_POINTS*>(X509_get_ext_d2i(x509, NID_crl_distribution_points, nullptr, nullptr)));
  if (!points) return;
  for (int i = 0; i < sk_DIST_POINT_num(points.get()); ++i) {
    const DIST_POINT* point = sk_DIST_POINT_value(points.get(), i);
    if (point->distpoint == nullptr || point->distpoint->type != 0) continue;
    const GENERAL_NAMES* names = point->distpoint->name.fullname;
    for (int j = 0; j < sk_GENERAL_NAME_num(names); ++j) {
      const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, j);
      if (name->type == GEN_URI) out.crl_urls.push_back(text_of(name->d.uniformResourceIdentifier));
    }
  }
}

void read_usages(X509* x509, Certificate& out) {
  const EkuPtr usages(static_cast<EXTENDED_KEY_USAGE*>(X509_get_ext_d2i(x509, NID_ext_key_usage, nullptr, nullptr)));
  for (int i = 0; usages && i < sk_ASN1_OBJECT_num(usages.get()); ++i) {
    std::array<char, 128> oid{};
    OBJ_obj2txt(oid.data(), static_cast<int>(oid.size()), sk_ASN1_OBJECT_value(usages.get(), i), 1);
    out.extended_key_usages.emplace_back(oid.data());
  }
  const auto usage = X509_get_key_usage(x509);
  const bool stated = (X509_get_extension_flags(x509) & EXFLAG_KUSAGE) != 0;
  out.may_sign_certificates = stated && (usage & KU_KEY_CERT_SIGN) != 0;
  out.may_sign = stated && (usage & KU_DIGITAL_SIGNATURE) != 0;
}

Result<void> read_dates_and_key(X509* x509, Certificate& out) {
  auto not_before = to_wall(X509_get0_notBefore(x509));
  auto not_after = to_wall(X509_get0_notAfter(x509));
  if (!not_before) return not_before.error();
  if (!not_after) return not_after.error();
  out.not_before = *not_before;
  out.not_after = *not_after;
  EVP_PKEY* key = X509_get0_pubkey(x509);
  if (key == nullptr) return Error{ErrorCode::Malformed, openssl_error("the certificate's key does not read").message};
  auto public_key = public_key_of(key);
  if (!public_key) return public_key.error();
  out.public_key = std::move(*public_key);
  return {};
}

}  // namespace

Result<X509Ptr> load_certificate(const Library& library, ByteView der) {
  X509* raw = X509_new_ex(library.context.get(), nullptr);
  const unsigned char* at = der.data();
  if (raw == nullptr || d2i_X509(&raw, &at, static_cast<long>(der.size())) == nullptr) {
    return Error{ErrorCode::Malformed, openssl_error("the certificate does not read").message};
  }
  X509Ptr x509(raw);
  if (at != der.data() + der.size()) return Error{ErrorCode::Malformed, "there is more after the certificate"};
  return x509;
}

Result<WallTime> to_wall(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) {
    return Error{ErrorCode::Malformed, openssl_error("a date does not read").message};
  }
  CivilTime civil;
  civil.year = parts.tm_year + 1900;
  civil.month = parts.tm_mon + 1;
  civil.day = parts.tm_mday;
  civil.hour = parts.tm_hour;
  civil.minute = parts.tm_min;
  civil.second = parts.tm_sec;
  return from_civil(civil);
}

Result<Asn1TimePtr> to_asn1(WallTime time) {
  // Whole seconds, as RFC 5280 wants.
  Asn1TimePtr out(ASN1_TIME_set(nullptr, static_cast<time_t>(to_ms(time) / 1000)));
  if (!out) return openssl_error("a date cannot be written");
  return out;
}

Asn1IntegerPtr to_asn1(const Serial& serial) {
  const BignumPtr number(BN_bin2bn(serial.bytes.data(), static_cast<int>(serial.bytes.size()), nullptr));
  return Asn1IntegerPtr(BN_to_ASN1_INTEGER(number.get(), nullptr));
}

Serial to_serial(const ASN1_INTEGER* integer, Bytes* contents) {
  const auto* data = ASN1_STRING_get0_data(integer);
  Bytes raw(data, data + ASN1_STRING_length(integer));
  Serial serial;
  if (auto own = Serial::from_view(raw)) serial = *own;
  if (contents != nullptr) *contents = std::move(raw);
  return serial;
}

Result<X509NamePtr> make_name(std::string_view common_name, std::string_view organization) {
  X509NamePtr name(X509_NAME_new());
  const auto add = [&](const char* field, std::string_view value) {
    return value.empty() || X509_NAME_add_entry_by_txt(name.get(), field, MBSTRING_UTF8,
                                                       reinterpret_cast<const unsigned char*>(value.data()),
                                                       static_cast<int>(value.size()), -1, 0) == 1;
  };
  if (!name || !add("O", fit_name(organization)) || !add("CN", fit_name(common_name))) {
    return openssl_error("a name cannot be written");
  }
  return name;
}

Result<ExtensionPtr> make_extension(int nid, const std::string& value, X509* subject, X509* issuer) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, subject, nullptr, nullptr, 0);
  X509V3_set_ctx_nodb(&context);
  ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  if (!extension) return openssl_error(fmt::format("the extension {} cannot be written", OBJ_nid2sn(nid)));
  return extension;
}

Result<Certificate> parse_certificate(const Library& library, ByteView der) {
  auto loaded = load_certificate(library, der);
  if (!loaded) return loaded.error();
  X509* x509 = loaded->get();
  Certificate out;
  out.der = Bytes(der.begin(), der.end());
  out.serial = to_serial(X509_get0_serialNumber(x509), &out.serial_der);
  out.subject = rfc4514(X509_get_subject_name(x509));
  out.subject_common_name = common_name(X509_get_subject_name(x509));
  auto subject = to_der(X509_get_subject_name(x509), i2d_X509_NAME, "the subject does not read");
  auto issuer = to_der(X509_get_issuer_name(x509), i2d_X509_NAME, "the issuer does not read");
  if (!subject) return subject.error();
  if (!issuer) return issuer.error();
  out.subject_der = std::move(*subject);
  out.issuer_der = std::move(*issuer);
  if (auto ok = read_dates_and_key(x509, out); !ok) return ok.error();
  const auto flags = X509_get_extension_flags(x509);
  if ((flags & EXFLAG_INVALID) != 0) return Error{ErrorCode::Malformed, "the certificate's extensions do not read"};
  out.is_ca = (flags & EXFLAG_CA) != 0;
  out.has_unknown_critical_extension = (flags & EXFLAG_CRITICAL) != 0;
  const long path_length = X509_get_pathlen(x509);
  if (path_length >= 0) out.path_length = static_cast<int>(path_length);
  read_usages(x509, out);
  read_alternative_names(x509, out);
  read_crl_urls(x509, out);
  out.subject_key_id = bytes_of(X509_get0_subject_key_id(x509));
  out.authority_key_id = bytes_of(X509_get0_authority_key_id(x509));
  return out;
}

namespace {

// Names are built as values, never as OpenSSL's configuration text: in that a comma would begin another name.
Result<GeneralNamePtr> general_name(int type, const std::string& value) {
  GeneralNamePtr name(GENERAL_NAME_new());
  if (!name) return openssl_error("a name cannot be written");
  name->type = type;  // before its value, so that whatever happens the value is freed with it
  if (type == GEN_IPADD) {
    name->d.iPAddress = a2i_IPADDRESS(value.c_str());
    if (name->d.iPAddress == nullptr) return openssl_error(fmt::format("\"{}\" is no IP address", value));
    return name;
  }
  // RFC 5280, 4.2.1.6: IA5String.
  if (std::any_of(value.begin(), value.end(), [](char c) { return c <= ' ' || c > '~'; })) {
    return Error{ErrorCode::InvalidArgument, fmt::format("\"{}\" cannot stand in a certificate", value)};
  }
  name->d.ia5 = ASN1_IA5STRING_new();
  if (name->d.ia5 == nullptr || ASN1_STRING_set(name->d.ia5, value.data(), static_cast<int>(value.size())) != 1) {
    return openssl_error("a name cannot be written");
  }
  return name;
}

Result<void> add_names(GENERAL_NAMES* names, int type, const std::vector<std::string>& values) {
  for (const auto& value : values) {
    auto name = general_name(type, value);
    if (!name) return name.error();
    if (sk_GENERAL_NAME_push(names, name->get()) <= 0) return openssl_error("a name cannot be written");
    (void)name->release();
  }
  return {};
}

Result<void> add_alternative_names(const CertificateTemplate& what, X509* x509) {
  const GeneralNamesPtr names(GENERAL_NAMES_new());
  if (!names) return openssl_error("the alternative names cannot be written");
  if (auto ok = add_names(names.get(), GEN_URI, what.uris); !ok) return ok;
  if (auto ok = add_names(names.get(), GEN_DNS, what.dns_names); !ok) return ok;
  if (auto ok = add_names(names.get(), GEN_IPADD, what.ip_addresses); !ok) return ok;
  if (sk_GENERAL_NAME_num(names.get()) == 0) return {};
  if (X509_add1_ext_i2d(x509, NID_subject_alt_name, names.get(), 0, X509V3_ADD_DEFAULT) != 1) {
    return openssl_error("the alternative names cannot be written");
  }
  return {};
}

Result<void> add_crl_url(const std::string& url, X509* x509) {
  if (url.empty()) return {};
  const CrlPointsPtr points(CRL_DIST_POINTS_new());
  DistributionPointPtr point(DIST_POINT_new());
  if (!points || !point) return openssl_error("the CRL's address cannot be written");
  point->distpoint = DIST_POINT_NAME_new();
  if (point->distpoint == nullptr) return openssl_error("the CRL's address cannot be written");
  point->distpoint->type = 0;  // fullName
  point->distpoint->name.fullname = GENERAL_NAMES_new();
  if (auto ok = add_names(point->distpoint->name.fullname, GEN_URI, {url}); !ok) return ok;
  if (sk_DIST_POINT_push(points.get(), point.get()) <= 0) return openssl_error("the CRL's address cannot be written");
  (void)point.release();
  if (X509_add1_ext_i2d(x509, NID_crl_distribution_points, points.get(), 0, X509V3_ADD_DEFAULT) != 1) {
    return openssl_error("the CRL's address cannot be written");
  }
  return {};
}

// Who signs: as much of the issuer's certificate as the new one repeats. Reading that certificate anew for each one
// issued would take longer than the signature.
struct Issuer {
  X509NamePtr name;
  Bytes key_id;
};

Result<Issuer> issuer_of(const Certificate& certificate) {
  const unsigned char* at = certificate.subject_der.data();
  Issuer out{X509NamePtr(d2i_X509_NAME(nullptr, &at, static_cast<long>(certificate.subject_der.size()))),
             certificate.subject_key_id};
  if (!out.name) return openssl_error("the issuer's name does not read");
  if (out.key_id.empty()) return Error{ErrorCode::Crypto, "the issuer's certificate does not name its key"};
  return out;
}

Result<void> add_key_ids(X509* x509, const Bytes& issuer_key_id) {
  auto own = make_extension(NID_subject_key_identifier, "hash", x509, x509);
  if (!own) return own.error();
  if (X509_add_ext(x509, own->get(), -1) != 1) return openssl_error("an extension cannot be added");
  const KeyIdPtr issuer(AUTHORITY_KEYID_new());
  if (!issuer) return openssl_error("the issuer's key cannot be named");
  OctetsPtr key_id;
  if (issuer_key_id.empty()) {  // a root: its own
    key_id.reset(static_cast<ASN1_OCTET_STRING*>(X509_get_ext_d2i(x509, NID_subject_key_identifier, nullptr, nullptr)));
  } else {
    key_id.reset(ASN1_OCTET_STRING_new());
    if (key_id &&
        ASN1_OCTET_STRING_set(key_id.get(), issuer_key_id.data(), static_cast<int>(issuer_key_id.size())) != 1) {
      key_id.reset();
    }
  }
  if (!key_id) return openssl_error("the issuer's key cannot be named");
  issuer->keyid = key_id.release();
  if (X509_add1_ext_i2d(x509, NID_authority_key_identifier, issuer.get(), 0, X509V3_ADD_DEFAULT) != 1) {
    return openssl_error("the issuer's key cannot be named");
  }
  return {};
}

// The extensions of each purpose; accepted by openssl verify -x509_strict (PKI-3).
Result<void> add_extensions(const CertificateTemplate& what, X509* x509, const Bytes& issuer_key_id) {
  std::vector<std::pair<int, std::string>> wanted;
  if (what.purpose == Purpose::Authority) {
    const auto limit = what.path_length ? fmt::format(",pathlen:{}", *what.path_length) : std::string();
    wanted.emplace_back(NID_basic_constraints, "critical,CA:TRUE" + limit);
    wanted.emplace_back(NID_key_usage, "critical,keyCertSign,cRLSign");
  } else {
    wanted.emplace_back(NID_basic_constraints, "critical,CA:FALSE");
    wanted.emplace_back(NID_key_usage, "critical,digitalSignature");
    wanted.emplace_back(NID_ext_key_usage, std::string(eku_oid(what.purpose)));
  }
  for (const auto& [nid, value] : wanted) {
    auto extension = make_extension(nid, value, x509, x509);
    if (!extension) return extension.error();
    if (X509_add_ext(x509, extension->get(), -1) != 1) return openssl_error("an extension cannot be added");
  }
  if (auto ok = add_key_ids(x509, issuer_key_id); !ok) return ok;
  if (auto ok = add_alternative_names(what, x509); !ok) return ok;
  return add_crl_url(what.crl_url, x509);
}

// A P-256 key, whose point its CSR's signature has proven, is written as it came: to OpenSSL's key and back is twice
// the cost of the signature.
Result<void> set_public_key(const Library& library, X509* x509, const PublicKey& key) {
  if (const auto point = p256_point(key); !point.empty()) {
    auto* copy = static_cast<unsigned char*>(OPENSSL_memdup(point.data(), point.size()));
    if (copy == nullptr ||
        X509_PUBKEY_set0_param(X509_get_X509_PUBKEY(x509), OBJ_nid2obj(NID_X9_62_id_ecPublicKey), V_ASN1_OBJECT,
                               OBJ_nid2obj(NID_X9_62_prime256v1), copy, static_cast<int>(point.size())) != 1) {
      OPENSSL_free(copy);
      return openssl_error("the key cannot be written");
    }
    return {};
  }
  auto handle = load_public_key(library, key);
  if (!handle) return handle.error();
  if (X509_set_pubkey(x509, handle->get()) != 1) return openssl_error("the key cannot be written");
  return {};
}

Result<void> fill(const CertificateTemplate& what, X509* x509, const Issuer& issuer) {
  auto name = make_name(what.subject_common_name, what.organization);
  if (!name) return name.error();
  auto not_before = to_asn1(what.not_before);
  auto not_after = to_asn1(what.not_after);
  if (!not_before) return not_before.error();
  if (!not_after) return not_after.error();
  const auto serial = to_asn1(what.serial);
  const X509_NAME* issuer_name = issuer.name ? issuer.name.get() : name->get();
  if (!serial || X509_set_version(x509, X509_VERSION_3) != 1 || X509_set_serialNumber(x509, serial.get()) != 1 ||
      X509_set_subject_name(x509, name->get()) != 1 || X509_set_issuer_name(x509, issuer_name) != 1 ||
      X509_set1_notBefore(x509, not_before->get()) != 1 || X509_set1_notAfter(x509, not_after->get()) != 1) {
    return openssl_error("the certificate cannot be written");
  }
  return add_extensions(what, x509, issuer.key_id);
}

}  // namespace

Result<Bytes> issue_certificate(const Library& library, const CertificateTemplate& what, const PublicKey& subject,
                                const Certificate* issuer, const PrivateKey& issuer_key) {
  Issuer signer;  // empty: a root signs itself
  if (issuer != nullptr) {
    auto known = issuer_of(*issuer);
    if (!known) return known.error();
    signer = std::move(*known);
  }
  const X509Ptr x509(X509_new_ex(library.context.get(), nullptr));
  if (!x509) return openssl_error("the certificate cannot be written");
  if (auto ok = set_public_key(library, x509.get(), subject); !ok) return ok.error();
  if (auto ok = fill(what, x509.get(), signer); !ok) return ok.error();
  if (X509_sign(x509.get(), handle_of(issuer_key), library.sha256.get()) <= 0) {
    return openssl_error("the certificate cannot be signed");
  }
  return to_der(x509.get(), i2d_X509, "the certificate cannot be written");
}

Result<void> verify_certificate(const Library& library, const Certificate& certificate, const PublicKey& issuer_key) {
  auto x509 = load_certificate(library, certificate.der);
  if (!x509) return x509.error();
  auto key = load_public_key(library, issuer_key);
  if (!key) return key.error();
  if (X509_verify(x509->get(), key->get()) != 1) {
    ERR_clear_error();
    return Error{ErrorCode::Crypto, fmt::format("the certificate {} is not signed by its issuer", certificate.subject)};
  }
  return {};
}

}  // namespace lictor::pki
