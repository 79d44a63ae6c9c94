#include "licensing/pki/authority.hpp"

namespace lictor::pki {
namespace {

// Makes a key and a certificate for it; issuer nullptr: self-signed.
Result<KeyAndCertificate> make(Crypto& crypto, Entropy& entropy, KeyAlgorithm algorithm, CertificateTemplate what,
                               const KeyAndCertificate* issuer) {
  auto key = crypto.generate_key(algorithm);
  if (!key) return key.error();
  what.serial = random_serial(entropy);
  auto der = crypto.issue_certificate(what, (*key)->public_key(), issuer == nullptr ? nullptr : &issuer->certificate,
                                      issuer == nullptr ? **key : *issuer->key);
  if (!der) return der.error();
  auto certificate = crypto.parse_certificate(*der);
  if (!certificate) return certificate.error();
  return KeyAndCertificate{std::move(*key), std::move(*certificate)};
}

CertificateTemplate describe(const AuthoritySettings& settings, Purpose purpose, const std::string& what,
                             Duration lifetime, WallTime now) {
  CertificateTemplate out;
  out.purpose = purpose;
  out.subject_common_name = settings.name + " " + what;
  out.organization = settings.organization;
  out.not_before = now - settings.backdate;
  out.not_after = now - settings.backdate + lifetime;
  return out;
}

}  // namespace

Result<KeyAndCertificate> make_tls_server(Crypto& crypto, Entropy& entropy, const AuthoritySettings& settings,
                                          const KeyAndCertificate& tls_root, WallTime now) {
  auto tls = describe(settings, Purpose::TlsServer, "Server", settings.tls_lifetime, now);
  if (!settings.dns_names.empty()) tls.subject_common_name = settings.dns_names.front();
  tls.dns_names = settings.dns_names;
  tls.ip_addresses = settings.ip_addresses;
  tls.crl_url = settings.tls_crl_url;
  return make(crypto, entropy, settings.algorithm, tls, &tls_root);
}

Result<LocalPorts> make_local_ports(Crypto& crypto, const Authority& authority) {
  const auto copy_of = [&](const KeyAndCertificate& what) {
    return crypto.export_key(*what.key).and_then([&](const Secret& key) { return crypto.load_key(key); });
  };
  auto signing = copy_of(authority.signing);
  if (!signing) return signing.error();
  auto issuing = copy_of(authority.intermediate);
  if (!issuing) return issuing.error();
  return LocalPorts{make_local_signer(crypto, std::move(*signing), {authority.signing.certificate}),
                    make_local_issuer(crypto, std::move(*issuing), {authority.intermediate.certificate})};
}

Result<Authority> make_authority(Crypto& crypto, Entropy& entropy, const AuthoritySettings& settings, WallTime now) {
  Authority out;
  auto root = describe(settings, Purpose::Authority, "Licensing Root", settings.root_lifetime, now);
  auto made = make(crypto, entropy, settings.algorithm, root, nullptr);
  if (!made) return made.error();
  out.root = std::move(*made);

  auto intermediate = describe(settings, Purpose::Authority, "ID Issuer", settings.intermediate_lifetime, now);
  intermediate.path_length = 0;
  intermediate.uris = {authority_uri(settings.id)};
  intermediate.crl_url = settings.crl_url;
  made = make(crypto, entropy, settings.algorithm, intermediate, &out.root);
  if (!made) return made.error();
  out.intermediate = std::move(*made);

  auto signing = describe(settings, Purpose::AnswerSigning, "Answer Signing", settings.signing_lifetime, now);
  signing.uris = {authority_uri(settings.id)};
  signing.crl_url = settings.crl_url;
  made = make(crypto, entropy, settings.algorithm, signing, &out.root);
  if (!made) return made.error();
  out.signing = std::move(*made);

  auto tls_root = describe(settings, Purpose::Authority, "TLS Root", settings.root_lifetime, now);
  tls_root.path_length = 0;
  made = make(crypto, entropy, settings.algorithm, tls_root, nullptr);
  if (!made) return made.error();
  out.tls_root = std::move(*made);

  made = make_tls_server(crypto, entropy, settings, out.tls_root, now);
  if (!made) return made.error();
  out.tls_server = std::move(*made);
  return out;
}

}  // namespace lictor::pki
