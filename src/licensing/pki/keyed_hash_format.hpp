// The byte formats of the keyed-hash Crypto (tests and simulation): what DER is to the real one. Every object is a
// magic, its contents to be signed, and a signature; fields are length-prefixed. Read strictly: a damaged byte is
// Malformed, as with DER, so that tests of bad input mean the same under both.
#pragma once

#include "licensing/pki/certificate.hpp"

namespace lictor::pki::keyed_hash {

inline constexpr std::size_t kSecretBytes = 32;

// A public key holds the signing secret: whoever can verify could sign. That is why this is for simulation alone.
Bytes write_key(std::string_view magic, KeyAlgorithm algorithm, ByteView secret);
inline constexpr std::string_view kPrivateMagic = "LKHK";
inline constexpr std::string_view kPublicMagic = "LKHP";
struct KeyParts {
  KeyAlgorithm algorithm = KeyAlgorithm::EcP256;
  Bytes secret;
};
Result<KeyParts> read_key(std::string_view magic, ByteView encoded);

// An object taken apart: contents that the signature covers.
struct Signed {
  Bytes contents;
  Bytes signature;
};
Bytes write_signed(std::string_view magic, ByteView contents, ByteView signature);
Result<Signed> read_signed(std::string_view magic, ByteView encoded);
inline constexpr std::string_view kCertificateMagic = "LKHC";
inline constexpr std::string_view kRequestMagic = "LKHR";
inline constexpr std::string_view kListMagic = "LKHL";

Bytes write_name(std::string_view organization, std::string_view common_name);

// Contents; der and the derived texts are filled by read_certificate.
Bytes write_certificate(const Certificate& certificate);
Result<Certificate> read_certificate(ByteView contents);
Bytes write_request(const CertificateRequest& request);
Result<CertificateRequest> read_request(ByteView contents);
Bytes write_list(const RevocationList& list);
Result<RevocationList> read_list(ByteView contents);

}  // namespace lictor::pki::keyed_hash
