#include "unit/http/tls_probe.hpp"

#include <openssl/ssl.h>

#include <array>
#include <memory>

#include "unit/http/raw_client.hpp"

namespace lictor::test {

ProbeResult probe_tls(int port, const ProbeOffer& offer) {
  ProbeResult result;
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  SSL_CTX_set_security_level(context.get(), 0);  // offer even what is weak
  SSL_CTX_set_min_proto_version(context.get(), offer.version == 0 ? TLS1_VERSION : offer.version);
  SSL_CTX_set_max_proto_version(context.get(), offer.version);
  SSL_CTX_set_cipher_list(context.get(), offer.ciphers.empty() ? "ALL:@SECLEVEL=0" : offer.ciphers.c_str());
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_set_app_data(context.get(), &result);
  SSL_CTX_sess_set_new_cb(context.get(), [](SSL* ssl, SSL_SESSION* session) {
    auto* seen = static_cast<ProbeResult*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
    unsigned char* ticket = nullptr;
    size_t length = 0;
    SSL_SESSION_get0_ticket(session, const_cast<const unsigned char**>(&ticket), &length);
    if (length > 0) ++seen->tickets;
    return 0;
  });
  if (!offer.protocols.empty()) {
    SSL_CTX_set_alpn_protos(context.get(), reinterpret_cast<const unsigned char*>(offer.protocols.data()),
                            static_cast<unsigned>(offer.protocols.size()));
  }
  const RawClient socket(port);
  const std::unique_ptr<SSL, void (*)(SSL*)> ssl(SSL_new(context.get()), SSL_free);
  SSL_set_fd(ssl.get(), socket.descriptor());
  SSL_set_tlsext_host_name(ssl.get(), "localhost");
  if (SSL_connect(ssl.get()) != 1) return result;
  static constexpr std::string_view kRequest = "GET /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  SSL_write(ssl.get(), kRequest.data(), static_cast<int>(kRequest.size()));
  std::array<char, 4096> answer;
  const int got = SSL_read(ssl.get(), answer.data(), static_cast<int>(answer.size()));
  result.ok = got > 12 && std::string_view(answer.data(), 12) == "HTTP/1.1 200";
  result.version = SSL_get_version(ssl.get());
  result.cipher = SSL_get_cipher(ssl.get());
  const unsigned char* protocol = nullptr;
  unsigned length = 0;
  SSL_get0_alpn_selected(ssl.get(), &protocol, &length);
  result.protocol.assign(reinterpret_cast<const char*>(protocol), length);
  return result;
}

}  // namespace lictor::test
