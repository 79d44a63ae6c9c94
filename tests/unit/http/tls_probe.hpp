// A bare OpenSSL client that says exactly what it offers, to see what a server accepts. It checks no certificate.
#pragma once

#include <string>

namespace lictor::test {

struct ProbeOffer {
  int version = 0;        // 0: any; else TLS1_1_VERSION, ...: only that
  std::string ciphers;    // TLS 1.2 and before; "" = all that OpenSSL has
  std::string protocols;  // ALPN in wire form, "\x02h2"; "" = none
};
struct ProbeResult {
  bool ok = false;
  std::string version;  // "TLSv1.3"
  std::string cipher;
  std::string protocol;  // ALPN
  int tickets = 0;       // sessions that the server gave, after one request
};
// Handshake, "GET /hello", answer.
ProbeResult probe_tls(int port, const ProbeOffer& offer);

}  // namespace lictor::test
