// Parsed values of X.509 certificates, requests and CRLs (RFC 5280). Plain data: parsed once at the door by the Crypto
// port, judged by pure code (chain.hpp). No OpenSSL type shows here.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "foundation/base/bytes.hpp"
#include "foundation/base/time.hpp"
#include "licensing/vocabulary/ids.hpp"

namespace lictor::pki {

enum class KeyAlgorithm { EcP256, Rsa2048, Rsa3072 };
std::string_view to_string(KeyAlgorithm algorithm);  // "ec-p256", "rsa-2048", "rsa-3072"
Result<KeyAlgorithm> parse_key_algorithm(std::string_view text);

// SubjectPublicKeyInfo in DER; the value that records keep (DECISIONS 7).
struct PublicKey {
  KeyAlgorithm algorithm = KeyAlgorithm::EcP256;
  Bytes spki;
  friend bool operator==(const PublicKey&, const PublicKey&) = default;
};

// Extended key usages of ours: message certificates carry exactly one of them, TLS certificates never do (PKI-1).
// Arc 2.25.<UUID as integer> (ITU-T X.667), so no registered number is borrowed.
enum class Purpose {
  IdCertificate,  // a device's own
  AnswerSigning,  // the server's, under which answers are signed
  TlsServer,      // id-kp-serverAuth
  Authority,      // a CA certificate: no EKU
};
// The dotted OID of the EKU; "" for Authority.
std::string_view eku_oid(Purpose purpose);

struct Certificate {
  Bytes der;
  Serial serial;        // of ours: 16 bytes. Foreign serials of another length: zero, see serial_der
  Bytes serial_der;     // the INTEGER's contents as they stand
  std::string subject;  // RFC 4514 text, for people
  std::string subject_common_name;
  Bytes subject_der;  // Name in DER, for chain building
  Bytes issuer_der;
  WallTime not_before{};
  WallTime not_after{};
  PublicKey public_key;
  bool is_ca = false;
  std::optional<int> path_length;
  bool may_sign_certificates = false;            // keyUsage keyCertSign
  bool may_sign = false;                         // keyUsage digitalSignature
  std::vector<std::string> extended_key_usages;  // dotted OIDs
  std::vector<std::string> uris;                 // SAN URIs: "urn:lictor:<authority>[:<account>:<instance>]"
  std::vector<std::string> dns_names;
  std::vector<std::string> ip_addresses;  // text form
  std::vector<std::string> crl_urls;
  Bytes subject_key_id;
  Bytes authority_key_id;
  bool has_unknown_critical_extension = false;
};

struct CertificateRequest {
  std::string subject_common_name;
  PublicKey public_key;
};

struct RevokedEntry {
  Serial serial;
  WallTime revoked_at{};
  int reason = 0;  // RFC 5280 5.3.1: 0 unspecified, 4 superseded, 5 cessationOfOperation
};
struct RevocationList {
  Bytes der;
  Bytes issuer_der;
  std::int64_t number = 0;
  WallTime this_update{};
  WallTime next_update{};
  std::vector<RevokedEntry> entries;
};

// What is to be signed. Recorded before it is signed (idea 6 of the design).
struct CertificateTemplate {
  Purpose purpose = Purpose::IdCertificate;
  Serial serial;
  std::string subject_common_name;
  std::string organization;  // "" = none
  WallTime not_before{};
  WallTime not_after{};
  std::optional<int> path_length;  // Authority only
  std::vector<std::string> uris;
  std::vector<std::string> dns_names;  // TlsServer
  std::vector<std::string> ip_addresses;
  std::string crl_url;  // "" = none (roots)
};

// RFC 5280, appendix A (ub-common-name, ub-organization-name): what a name may hold. Longer ones are cut between
// characters, as a UDI may be longer; what identifies stands in the SAN.
inline constexpr std::size_t kMaxNameBytes = 64;
std::string_view fit_name(std::string_view name);

// Identity in a SAN URI.
std::string authority_uri(const AuthorityId& authority);  // urn:lictor:<authority>
std::string instance_uri(const AuthorityId& authority, AccountId account, InstanceId instance);
struct InstanceName {
  AuthorityId authority;
  AccountId account;
  InstanceId instance;
  friend bool operator==(const InstanceName&, const InstanceName&) = default;
};
Result<InstanceName> parse_instance_uri(std::string_view uri);
Result<AuthorityId> parse_authority_uri(std::string_view uri);

// A serial of ours: 16 random bytes whose first is 0x01-0x7f, so that DER keeps all 16 and no sign byte (PKI-1).
Serial random_serial(Entropy& entropy);

}  // namespace lictor::pki
