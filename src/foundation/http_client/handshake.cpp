#include "foundation/http_client/handshake.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <fmt/format.h>

namespace lictor::http {
namespace {

std::optional<WallTime> to_wall(const ASN1_TIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  CivilTime civil;
  civil.year = parts.tm_year + 1900;
  civil.month = parts.tm_mon + 1;
  civil.day = parts.tm_mday;
  civil.hour = parts.tm_hour;
  civil.minute = parts.tm_min;
  civil.second = parts.tm_sec;
  return from_civil(civil);
}

HandshakeReport describe(int error, const X509* certificate) {
  HandshakeReport report;
  if (certificate != nullptr) report.serial = serial_hex(certificate);
  switch (error) {
    case X509_V_ERR_CERT_NOT_YET_VALID:
    case X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD:
      report.failure = Failure::CertificateNotYetValid;
      if (certificate != nullptr) report.date = to_wall(X509_get0_notBefore(certificate));
      report.detail = fmt::format("the certificate {} is not valid before {}", report.serial,
                                  report.date ? to_rfc3339(*report.date) : "an unreadable date");
      break;
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD:
      report.failure = Failure::CertificateExpired;
      if (certificate != nullptr) report.date = to_wall(X509_get0_notAfter(certificate));
      report.detail = fmt::format("the certificate {} was valid until {}", report.serial,
                                  report.date ? to_rfc3339(*report.date) : "an unreadable date");
      break;
    default:
      report.failure = Failure::CertificateUntrusted;
      report.detail =
          fmt::format("the certificate {} is not trusted: {}", report.serial, X509_verify_cert_error_string(error));
  }
  return report;
}

bool apply_policy(SSL_CTX* context, TlsSettings::Resumption resumption) {
  SSL_CTX_set_security_level(context, 2);
  SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  if (resumption == TlsSettings::Resumption::Off) {
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  }
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
         SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1 &&
         SSL_CTX_set1_groups_list(context, "P-256:X25519:P-384") == 1;
}

// Null: a trusted root is no certificate.
RootCache::Store parse_roots(const TlsSettings& settings) {
  RootCache::Store store(X509_STORE_new(), X509_STORE_free);
  for (const auto& der : settings.trusted_roots) {
    const unsigned char* data = der.data();
    X509* root = d2i_X509(nullptr, &data, static_cast<long>(der.size()));
    const bool added = root != nullptr && X509_STORE_add_cert(store.get(), root) == 1;
    X509_free(root);
    ERR_clear_error();
    if (!added) return nullptr;
  }
  if (settings.use_system_roots) X509_STORE_set_default_paths(store.get());
  return store;
}

}  // namespace

RootCache::Store RootCache::get(const TlsSettings& settings) {
  if (settings.use_system_roots) return parse_roots(settings);
  const std::lock_guard lock(mutex_);
  if (!store_ || roots_ != settings.trusted_roots) {
    store_ = parse_roots(settings);
    roots_ = settings.trusted_roots;
  }
  return store_;
}

HandshakeCheck::HandshakeCheck(const TlsSettings& settings, std::string host, Trust& trust, CrlFetch fetch)
    : settings_(settings), host_(std::move(host)), trust_(trust), fetch_(std::move(fetch)) {}

bool HandshakeCheck::install(void* ssl_ctx) {
  auto* context = static_cast<SSL_CTX*>(ssl_ctx);
  report_ = {};
  if (settings_.verifier != nullptr) {
    now_ = static_cast<std::time_t>(
        std::chrono::floor<std::chrono::seconds>(settings_.verifier->now()).time_since_epoch().count());
  }
  const auto store = trust_.roots.get(settings_);
  if (!store) {
    report_ = {Failure::CertificateUntrusted, "a trusted root is no certificate", "", std::nullopt};
    return false;
  }
  SSL_CTX_set1_cert_store(context, store.get());
  X509_VERIFY_PARAM* parameters = SSL_CTX_get0_param(context);
  // A trustpoint may be an intermediate authority or the server itself.
  X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN);
  if (now_) X509_VERIFY_PARAM_set_time(parameters, *now_);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(context, verify, this);
  return apply_policy(context, settings_.resumption);
}

int HandshakeCheck::verify(x509_store_ctx_st* context, void* self) {
  return static_cast<HandshakeCheck*>(self)->judge(context) ? 1 : 0;
}

bool HandshakeCheck::judge(x509_store_ctx_st* context) {
  if (X509_verify_cert(context) != 1) {
    const int error = X509_STORE_CTX_get_error(context);
    return refuse(context, error, describe(error, X509_STORE_CTX_get_current_cert(context)));
  }
  X509* leaf = X509_STORE_CTX_get0_cert(context);
  if (settings_.name_check == TlsSettings::NameCheck::On && !name_fits(leaf)) {
    return refuse(context, X509_V_ERR_HOSTNAME_MISMATCH,
                  {Failure::CertificateName,
                   fmt::format("the certificate {} does not carry the name {}", serial_hex(leaf), host_),
                   serial_hex(leaf), std::nullopt});
  }
  if (settings_.revocation == RevocationCheck::None) return true;
  auto verdict = judge_revocation(context, settings_.revocation, now_, trust_.crls, fetch_);
  if (!verdict.failure) return true;
  const int error =
      *verdict.failure == Failure::CertificateRevoked ? X509_V_ERR_CERT_REVOKED : X509_V_ERR_UNABLE_TO_GET_CRL;
  return refuse(context, error, {verdict.failure, std::move(verdict.detail), std::move(verdict.serial), std::nullopt});
}

// The alternative names alone count (RFC 9525): never the subject.
bool HandshakeCheck::name_fits(x509_st* leaf) const {
  if (X509_check_ip_asc(leaf, host_.c_str(), 0) == 1) return true;
  return X509_check_host(leaf, host_.c_str(), host_.size(),
                         X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, nullptr) == 1;
}

bool HandshakeCheck::refuse(x509_store_ctx_st* context, int error, HandshakeReport report) {
  X509_STORE_CTX_set_error(context, error);
  report_ = std::move(report);
  return false;
}

}  // namespace lictor::http
