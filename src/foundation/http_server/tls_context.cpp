#include "foundation/http_server/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <fmt/format.h>

namespace lictor::http {
namespace {

template <auto Free>
struct Freer {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Bio = std::unique_ptr<BIO, Freer<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;

Error crypto_error(std::string_view what) {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  ERR_clear_error();
  return {ErrorCode::Crypto, reason == nullptr ? std::string(what) : fmt::format("{}: {}", what, reason)};
}

Bio memory_bio(std::string_view text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// No pass phrase is ever asked for on a terminal.
int no_password(char*, int, int, void*) {
  return -1;
}

Result<void> use_chain(SSL_CTX* context, const std::string& chain_pem) {
  const Bio bio = memory_bio(chain_pem);
  const Certificate leaf(PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr));
  if (!leaf) return crypto_error("The TLS certificate chain is not PEM");
  if (SSL_CTX_use_certificate(context, leaf.get()) != 1) return crypto_error("The TLS certificate is not acceptable");
  for (;;) {
    Certificate issuer(PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr));
    if (!issuer) break;  // the end of the text
    if (SSL_CTX_add0_chain_cert(context, issuer.get()) != 1) return crypto_error("The TLS chain is not acceptable");
    [[maybe_unused]] X509* taken = issuer.release();
  }
  ERR_clear_error();
  return {};
}

Result<void> use_key(SSL_CTX* context, const Secret& key_pem) {
  const Bio bio = memory_bio(key_pem.reveal_text());
  const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
  if (!key) return crypto_error("The TLS private key is not PEM");
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1) {
    return crypto_error("The TLS private key does not fit the certificate");
  }
  return {};
}

// RFC 7301 §3.2: a client that offers protocols, but not ours, is refused instead of served by surprise.
int select_protocol(SSL*, const unsigned char** out, unsigned char* out_length, const unsigned char* in,
                    unsigned int in_length, void*) {
  static constexpr unsigned char kOurs[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* chosen = nullptr;
  const int found = SSL_select_next_proto(&chosen, out_length, kOurs, sizeof kOurs, in, in_length);
  *out = chosen;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

bool apply_policy(SSL_CTX* context, ServerSettings::Tickets tickets) {
  static constexpr long kTicketSeconds = 12 * 3600;  // half of the life of the keys that Server gives them
  SSL_CTX_set_security_level(context, 2);
  SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                   SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // tickets alone: no memory per client
  SSL_CTX_set_timeout(context, kTicketSeconds);
  SSL_CTX_set_alpn_select_cb(context, select_protocol, nullptr);
  static constexpr unsigned char kSessionContext[] = "lictor";
  bool ok = SSL_CTX_set_session_id_context(context, kSessionContext, sizeof kSessionContext - 1) == 1;
  if (tickets == ServerSettings::Tickets::Off) {
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    ok = ok && SSL_CTX_set_num_tickets(context, 0) == 1;
  } else {
    ok = ok && SSL_CTX_set_num_tickets(context, 1) == 1;
  }
  return ok && SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
         SSL_CTX_set_cipher_list(context,
                                 "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
                                 "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
                                 "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305") == 1 &&
         SSL_CTX_set_ciphersuites(context,
                                  "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256") == 1 &&
         SSL_CTX_set1_groups_list(context, "P-256:X25519:P-384") == 1;
}

}  // namespace

void SslContextDeleter::operator()(ssl_ctx_st* context) const {
  SSL_CTX_free(context);
}

Result<SslContext> make_tls_context(const std::string& chain_pem, const Secret& key_pem,
                                    ServerSettings::Tickets tickets) {
  SslContext context(SSL_CTX_new(TLS_server_method()));
  if (!context || !apply_policy(context.get(), tickets)) return crypto_error("The TLS policy cannot be applied");
  if (auto used = use_chain(context.get(), chain_pem); !used) return used.error();
  if (auto used = use_key(context.get(), key_pem); !used) return used.error();
  return context;
}

}  // namespace lictor::http
