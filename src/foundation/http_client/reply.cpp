#include "foundation/http_client/http_client.hpp"

namespace lictor::http {

std::string_view to_string(Failure failure) {
  switch (failure) {
    case Failure::Resolve:
      return "resolve";
    case Failure::Connect:
      return "connect";
    case Failure::Timeout:
      return "timeout";
    case Failure::TlsHandshake:
      return "tls-handshake";
    case Failure::CertificateUntrusted:
      return "certificate-untrusted";
    case Failure::CertificateName:
      return "certificate-name";
    case Failure::CertificateNotYetValid:
      return "certificate-not-yet-valid";
    case Failure::CertificateExpired:
      return "certificate-expired";
    case Failure::CertificateRevoked:
      return "certificate-revoked";
    case Failure::RevocationUnknown:
      return "revocation-unknown";
    case Failure::ProxyRefused:
      return "proxy-refused";
    case Failure::AnswerTooLarge:
      return "answer-too-large";
    case Failure::Broken:
      return "broken";
    case Failure::BadUrl:
      return "bad-url";
    case Failure::HttpNotAllowed:
      return "http-not-allowed";
  }
  return "unknown";
}

std::string Reply::header(std::string_view lower_case_name) const {
  for (const auto& [name, value] : headers) {
    if (name == lower_case_name) return value;
  }
  return "";
}

}  // namespace lictor::http
