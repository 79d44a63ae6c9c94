#include "licensing/pki/certificate.hpp"

#include <fmt/format.h>

#include "foundation/base/utf8.hpp"

namespace lictor::pki {

std::string_view to_string(KeyAlgorithm algorithm) {
  switch (algorithm) {
    case KeyAlgorithm::EcP256:
      return "ec-p256";
    case KeyAlgorithm::Rsa2048:
      return "rsa-2048";
    case KeyAlgorithm::Rsa3072:
      return "rsa-3072";
  }
  return "ec-p256";
}

Result<KeyAlgorithm> parse_key_algorithm(std::string_view text) {
  for (const auto algorithm : {KeyAlgorithm::EcP256, KeyAlgorithm::Rsa2048, KeyAlgorithm::Rsa3072}) {
    if (text == to_string(algorithm)) return algorithm;
  }
  return Error{ErrorCode::InvalidArgument,
               fmt::format("\"{}\" is none of ec-p256, rsa-2048, rsa-3072", utf8_prefix(text, 32))};
}

// The arc 2.25 takes a UUID as one integer; these two were drawn once for this project.
std::string_view eku_oid(Purpose purpose) {
  switch (purpose) {
    case Purpose::IdCertificate:
      return "2.25.151083674385412309627480263148906195571";
    case Purpose::AnswerSigning:
      return "2.25.151083674385412309627480263148906195572";
    case Purpose::TlsServer:
      return "1.3.6.1.5.5.7.3.1";
    case Purpose::Authority:
      return "";
  }
  return "";
}

std::string_view fit_name(std::string_view name) {
  return utf8_prefix(name, kMaxNameBytes);
}

namespace {
constexpr std::string_view kUrn = "urn:lictor:";
}

std::string authority_uri(const AuthorityId& authority) {
  return fmt::format("{}{}", kUrn, authority.uuid);
}

std::string instance_uri(const AuthorityId& authority, AccountId account, InstanceId instance) {
  return fmt::format("{}{}:{}:{}", kUrn, authority.uuid, account.value, instance.value);
}

Result<InstanceName> parse_instance_uri(std::string_view uri) {
  const Error bad{ErrorCode::Malformed, "the URI is not urn:lictor:<authority>:<account>:<instance>"};
  if (!uri.starts_with(kUrn)) return bad;
  uri.remove_prefix(kUrn.size());
  const auto first = uri.find(':');
  const auto second = first == std::string_view::npos ? first : uri.find(':', first + 1);
  if (second == std::string_view::npos) return bad;
  auto authority = parse_authority_id(uri.substr(0, first));
  const auto account = parse_decimal_id(uri.substr(first + 1, second - first - 1));
  const auto instance = parse_decimal_id(uri.substr(second + 1));
  if (!authority || !account || !instance) return bad;
  return InstanceName{std::move(*authority), AccountId{*account}, InstanceId{*instance}};
}

Result<AuthorityId> parse_authority_uri(std::string_view uri) {
  if (!uri.starts_with(kUrn)) return Error{ErrorCode::Malformed, "the URI is not urn:lictor:<authority>"};
  return parse_authority_id(uri.substr(kUrn.size()));
}

Serial random_serial(Entropy& entropy) {
  Serial serial;
  do {
    serial = Serial::random(entropy);
    serial.bytes[0] = static_cast<std::uint8_t>(serial.bytes[0] & 0x7f);
  } while (serial.bytes[0] == 0);
  return serial;
}

}  // namespace lictor::pki
