// HTTP(S) client: TLS with given trustpoints, proxy, own name resolution, source binding, CRL. libcurl and c-ares
// inside. Two faces: fetch() blocks; HttpWorker runs one request at a time on its own thread and posts the reply back
// to the owner's loop (DECISIONS 11). No redirects are followed; no proxy, host list or password is taken from the
// environment.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "foundation/base/bytes.hpp"
#include "foundation/base/scheduler.hpp"
#include "foundation/base/time.hpp"

namespace lictor::http {

using Header = std::pair<std::string, std::string>;

// What the TLS handshake's certificate checks use beyond the chain: wired in main from pki. Called inside the
// handshake, on the worker's thread.
class TlsVerifier {
 public:
  virtual ~TlsVerifier() = default;
  // The time to judge dates by (a lab clock, or the device's own offset clock).
  [[nodiscard]] virtual WallTime now() const = 0;
};

// "none", "crl none", "crl". A list is fetched from the certificate's distribution point (http:// only) inside the
// handshake, directly, never by the proxy, within 5 s; kept until its nextUpdate. Every certificate below the trusted
// one is checked; under Crl one without a usable list is RevocationUnknown.
enum class RevocationCheck { None, CrlIfAvailable, Crl };

struct TlsSettings {
  std::vector<Bytes> trusted_roots;  // DER; only these, never the system's
  bool use_system_roots = false;
  enum class NameCheck { On, Off };
  NameCheck name_check = NameCheck::On;  // page 03, CFG-7
  RevocationCheck revocation = RevocationCheck::None;
  TlsVerifier* verifier = nullptr;  // nullptr: the machine's clock
  enum class Resumption { On, Off };
  Resumption resumption = Resumption::On;  // off in a lab: a resumed session skips the date check (DECISIONS 13)
};

struct RequestSettings {
  TlsSettings tls;
  std::string proxy_host;  // "" = none; CONNECT
  int proxy_port = 0;
  std::string proxy_user;  // "" = none
  std::string proxy_password;
  std::vector<std::pair<std::string, std::string>> static_hosts;  // ip host NAME IP
  std::vector<std::string> name_servers;  // empty: the system's resolver; "192.0.2.1", "192.0.2.1:5353", "[::1]:53"
  // Without name_servers. Own: c-ares asks the hosts file and the servers of resolv.conf, and can be given up at once;
  // what else the system is set up to ask (mDNS, LDAP) is not.
  enum class Names { System, Own };
  Names names = Names::System;
  std::string source_interface;  // "" = any; a name of an interface, or an address of this machine
  Duration connect_timeout = seconds(10);
  Duration total_timeout = seconds(60);
  std::size_t max_answer_bytes = 4 * 1024 * 1024;
  enum class PlainHttp { Refused, Allowed };
  PlainHttp plain_http = PlainHttp::Refused;  // http:// URLs (TRA-7)
};

struct Request {
  std::string method = "GET";
  std::string url;
  std::vector<Header> headers;
  std::string body;
};

// Why no HTTP answer came.
enum class Failure {
  Resolve,
  Connect,
  Timeout,
  TlsHandshake,
  CertificateUntrusted,
  CertificateName,
  CertificateNotYetValid,
  CertificateExpired,
  CertificateRevoked,
  RevocationUnknown,
  ProxyRefused,
  AnswerTooLarge,
  Broken,
  BadUrl,
  HttpNotAllowed,
};
std::string_view to_string(Failure failure);

struct Reply {
  std::optional<Failure> failure;  // absent: status, headers and body hold
  std::string detail;              // a sentence for logs, with host and port
  std::string certificate_serial;  // Certificate...: hex of the certificate meant, its date in certificate_date
  std::optional<WallTime> certificate_date;
  int status = 0;
  std::vector<Header> headers;  // names in lower case
  std::string body;
  [[nodiscard]] std::string header(std::string_view lower_case_name) const;  // "" = absent
};

// Blocks; any thread. Connections are pooled inside one Client.
class Client {
 public:
  virtual ~Client() = default;
  virtual Reply fetch(const Request& request, const RequestSettings& settings) = 0;
};
std::unique_ptr<Client> make_client();

// One request at a time on a thread of its own; `done` is posted to `home`. After cancel() or destruction no `done`
// runs. All methods from home's thread. start() while busy gives the running request up, as cancel() does. Both make
// the thread stop at once but for a CRL fetch in progress (1 s); the destructor waits for that.
class HttpWorker {
 public:
  virtual ~HttpWorker() = default;
  virtual void start(Request request, RequestSettings settings, std::function<void(Reply)> done) = 0;
  virtual void cancel() = 0;
  [[nodiscard]] virtual bool busy() const = 0;
};
std::unique_ptr<HttpWorker> make_http_worker(Scheduler& home);

}  // namespace lictor::http
