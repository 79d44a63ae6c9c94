// The TLS policy of the server (RFC 9325): TLS 1.3, and 1.2 with ECDHE and AEAD only; no compression, no renegotiation,
// no early data; ALPN strict. A name that the certificate lacks is served all the same: a device may be told not to
// check the name (CFG-7, SCN-6b), and it sends that name.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "foundation/base/result.hpp"
#include "foundation/http_server/http_server.hpp"

struct ssl_ctx_st;

namespace lictor::http {

struct SslContextDeleter {
  void operator()(ssl_ctx_st* context) const;
};
using SslContext = std::unique_ptr<ssl_ctx_st, SslContextDeleter>;

// `chain_pem`: the server's certificate first, then its issuers. Error: Crypto.
// The keys of session tickets live as long as the context: make a new one at least weekly.
Result<SslContext> make_tls_context(const std::string& chain_pem, const Secret& key_pem,
                                    ServerSettings::Tickets tickets);

}  // namespace lictor::http
