#include "unit/http/certificates.hpp"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <fmt/format.h>

#include "foundation/base/bytes.hpp"

namespace lictor::test {
namespace {

template <auto Free>
struct Freer {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;
using Bio = std::unique_ptr<BIO, Freer<BIO_free_all>>;

template <class Write>
std::string written(Write write) {
  const Bio bio(BIO_new(BIO_s_mem()));
  write(bio.get());
  char* data = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(length)};
}

void set_time(ASN1_TIME* out, WallTime time) {
  ASN1_TIME_set(out, to_ms(time) / 1000);
}

void set_name(X509_NAME* name, const std::string& text) {
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(text.data()),
                             static_cast<int>(text.size()), -1, 0);
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

std::string random_serial(ASN1_INTEGER* out) {
  Bytes bytes(16);
  RAND_bytes(bytes.data(), static_cast<int>(bytes.size()));
  bytes[0] = static_cast<std::uint8_t>((bytes[0] & 0x7f) | 0x40);
  BIGNUM* number = BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr);
  BN_to_ASN1_INTEGER(number, out);
  BN_free(number);
  return to_hex(bytes);
}

class TestAuthority final : public Authority {
 public:
  explicit TestAuthority(const std::string& name) : key_(EVP_EC_gen("P-256")), root_(X509_new()) {
    X509_set_version(root_.get(), X509_VERSION_3);
    random_serial(X509_get_serialNumber(root_.get()));
    set_name(X509_get_subject_name(root_.get()), name);
    X509_set_issuer_name(root_.get(), X509_get_subject_name(root_.get()));
    set_time(X509_getm_notBefore(root_.get()), from_civil({2020, 1, 1}));
    set_time(X509_getm_notAfter(root_.get()), from_civil({2060, 1, 1}));
    X509_set_pubkey(root_.get(), key_.get());
    add_extension(root_.get(), root_.get(), NID_basic_constraints, "critical,CA:TRUE");
    add_extension(root_.get(), root_.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
    add_extension(root_.get(), root_.get(), NID_subject_key_identifier, "hash");
    X509_sign(root_.get(), key_.get(), EVP_sha256());
  }

  [[nodiscard]] Bytes root_der() const override {
    return to_bytes(written([&](BIO* bio) { i2d_X509_bio(bio, root_.get()); }));
  }

  Identity issue(const LeafSettings& settings) override {
    const Key key(EVP_EC_gen("P-256"));
    const Certificate leaf(X509_new());
    Identity identity;
    X509_set_version(leaf.get(), X509_VERSION_3);
    identity.serial_hex = random_serial(X509_get_serialNumber(leaf.get()));
    set_name(X509_get_subject_name(leaf.get()), "test server");
    X509_set_issuer_name(leaf.get(), X509_get_subject_name(root_.get()));
    set_time(X509_getm_notBefore(leaf.get()), settings.not_before);
    set_time(X509_getm_notAfter(leaf.get()), settings.not_after);
    X509_set_pubkey(leaf.get(), key.get());
    std::string names;
    for (const auto& name : settings.names) {
      const bool address =
          name.find_first_not_of("0123456789.") == std::string::npos || name.find(':') != std::string::npos;
      names += fmt::format("{}{}:{}", names.empty() ? "" : ",", address ? "IP" : "DNS", name);
    }
    add_extension(leaf.get(), root_.get(), NID_subject_alt_name, names);
    add_extension(leaf.get(), root_.get(), NID_basic_constraints, "critical,CA:FALSE");
    add_extension(leaf.get(), root_.get(), NID_key_usage, "critical,digitalSignature");
    add_extension(leaf.get(), root_.get(), NID_ext_key_usage, settings.usage);
    add_extension(leaf.get(), root_.get(), NID_authority_key_identifier, "keyid");
    if (!settings.crl_url.empty()) {
      add_extension(leaf.get(), root_.get(), NID_crl_distribution_points, "URI:" + settings.crl_url);
    }
    X509_sign(leaf.get(), key_.get(), EVP_sha256());
    identity.chain_pem = written([&](BIO* bio) { PEM_write_bio_X509(bio, leaf.get()); });
    identity.key_pem =
        written([&](BIO* bio) { PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
    return identity;
  }

  Bytes crl(const std::vector<std::string>& revoked, WallTime this_update, WallTime next_update) override {
    const std::unique_ptr<X509_CRL, Freer<X509_CRL_free>> list(X509_CRL_new());
    X509_CRL_set_version(list.get(), X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(root_.get()));
    ASN1_TIME* time = ASN1_TIME_new();
    set_time(time, this_update);
    X509_CRL_set1_lastUpdate(list.get(), time);
    for (const auto& serial : revoked) {
      X509_REVOKED* entry = X509_REVOKED_new();
      BIGNUM* number = nullptr;
      BN_hex2bn(&number, serial.c_str());
      ASN1_INTEGER* integer = BN_to_ASN1_INTEGER(number, nullptr);
      X509_REVOKED_set_serialNumber(entry, integer);
      X509_REVOKED_set_revocationDate(entry, time);
      X509_CRL_add0_revoked(list.get(), entry);
      ASN1_INTEGER_free(integer);
      BN_free(number);
    }
    set_time(time, next_update);
    X509_CRL_set1_nextUpdate(list.get(), time);
    ASN1_TIME_free(time);
    X509_CRL_sort(list.get());
    X509_CRL_sign(list.get(), key_.get(), EVP_sha256());
    return to_bytes(written([&](BIO* bio) { i2d_X509_CRL_bio(bio, list.get()); }));
  }

 private:
  Key key_;
  Certificate root_;
};

}  // namespace

std::unique_ptr<Authority> make_authority(const std::string& name) {
  return std::make_unique<TestAuthority>(name);
}

}  // namespace lictor::test
