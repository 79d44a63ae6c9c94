// Revocation lists: fetched from a certificate's distribution point, kept until their nextUpdate. Internal to the room.
#pragma once

#include <ctime>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "foundation/base/result.hpp"
#include "foundation/http_client/http_client.hpp"

struct X509_crl_st;
struct x509_st;
struct x509_store_ctx_st;

namespace lictor::http {

// Blocks, at most 5 s. The contents of the URL.
using CrlFetch = std::function<Result<std::string>(const std::string& url)>;

// By URL; any thread. A list gets in only with its issuer's signature and a nextUpdate that lies ahead.
class CrlCache {
 public:
  using List = std::shared_ptr<X509_crl_st>;
  // `now`: nullopt = the machine's. Errors: what the fetch said, Malformed, Crypto (not signed by `issuer`).
  Result<List> get(const std::string& url, x509_st* issuer, std::optional<std::time_t> now, const CrlFetch& fetch);

 private:
  std::mutex mutex_;
  std::map<std::string, List> lists_;
};

struct RevocationVerdict {
  std::optional<Failure> failure;  // CertificateRevoked or RevocationUnknown
  std::string detail;
  std::string serial;
};

// `verified`: a chain that has just been found good. `mode` is not None.
RevocationVerdict judge_revocation(x509_store_ctx_st* verified, RevocationCheck mode, std::optional<std::time_t> now,
                                   CrlCache& cache, const CrlFetch& fetch);

// Lower-case hex without leading zeros of padding.
std::string serial_hex(const x509_st* certificate);

}  // namespace lictor::http
