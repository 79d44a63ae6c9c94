// Setting up an authority: licensing root -> intermediate for ID certificates and the answer-signing certificate; and,
// apart from it, the TLS root -> the server's TLS certificate (PKI-1, PKI-6). The two roots share nothing.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "licensing/pki/issuer.hpp"

namespace lictor::pki {

struct AuthoritySettings {
  AuthorityId id;
  std::string organization = "Lictor";  // O of every subject
  std::string name = "Lictor";          // CN prefix: "<name> Licensing Root", ...
  KeyAlgorithm algorithm = KeyAlgorithm::EcP256;
  std::string crl_url;                 // for intermediates and signing certificates; "" = none
  std::string tls_crl_url;             // in the TLS certificate; "" = none
  std::vector<std::string> dns_names;  // of the TLS certificate
  std::vector<std::string> ip_addresses;
  Duration root_lifetime = days(20 * 365);
  Duration intermediate_lifetime = days(10 * 365);
  Duration signing_lifetime = days(5 * 365);
  Duration tls_lifetime = days(365);
  Duration backdate = minutes(5);  // begins a little before now: clocks differ
};

struct KeyAndCertificate {
  std::unique_ptr<PrivateKey> key;
  Certificate certificate;
};
struct Authority {
  KeyAndCertificate root;
  KeyAndCertificate intermediate;
  KeyAndCertificate signing;
  KeyAndCertificate tls_root;
  KeyAndCertificate tls_server;
};

// Blocks while keys are made. Errors: Crypto.
Result<Authority> make_authority(Crypto& crypto, Entropy& entropy, const AuthoritySettings& settings, WallTime now);

// A new TLS certificate for the same names under an existing TLS root.
Result<KeyAndCertificate> make_tls_server(Crypto& crypto, Entropy& entropy, const AuthoritySettings& settings,
                                          const KeyAndCertificate& tls_root, WallTime now);

// What a server signs and issues with, in its own process, under copies of the authority's keys. The crypto must
// outlive it. Errors: Crypto, Malformed (a key that cannot be copied).
struct LocalPorts {
  std::unique_ptr<Signer> signer;
  std::unique_ptr<Issuer> issuer;
};
Result<LocalPorts> make_local_ports(Crypto& crypto, const Authority& authority);

}  // namespace lictor::pki
