// What a TLS handshake checks: chain to the given roots, dates by the given clock, name, revocation; and the policy of
// RFC 9325 (TLS 1.2 with ECDHE and AEAD, 1.3). Internal to the room.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "foundation/http_client/http_client.hpp"
#include "foundation/http_client/revocation.hpp"

struct x509_store_st;

namespace lictor::http {

struct HandshakeReport {
  std::optional<Failure> failure;
  std::string detail;
  std::string serial;
  std::optional<WallTime> date;
};

// The trusted roots of the settings last used, parsed once for all handshakes; any thread.
class RootCache {
 public:
  using Store = std::shared_ptr<x509_store_st>;
  // Null: a trusted root is no certificate. The system's roots, where wanted, are read anew each time, as they change.
  Store get(const TlsSettings& settings);

 private:
  std::mutex mutex_;
  std::vector<Bytes> roots_;
  Store store_;
};

// What handshakes of one client share.
struct Trust {
  CrlCache crls;
  RootCache roots;
};

// Lives at least as long as the transfer whose connection it checks.
class HandshakeCheck {
 public:
  // `host`: the name or address that the certificate must carry, IPv6 without brackets.
  HandshakeCheck(const TlsSettings& settings, std::string host, Trust& trust, CrlFetch fetch);
  // Prepares libcurl's SSL_CTX, called before each handshake. False: a trusted root is no certificate (see report()).
  bool install(void* ssl_ctx);
  [[nodiscard]] const HandshakeReport& report() const { return report_; }

 private:
  static int verify(x509_store_ctx_st* context, void* self);
  bool judge(x509_store_ctx_st* context);
  bool name_fits(x509_st* leaf) const;
  bool refuse(x509_store_ctx_st* context, int error, HandshakeReport report);

  const TlsSettings& settings_;
  std::string host_;
  Trust& trust_;
  CrlFetch fetch_;
  std::optional<std::time_t> now_;  // nullopt: the machine's clock
  HandshakeReport report_;
};

}  // namespace lictor::http
