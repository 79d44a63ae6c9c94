#include "foundation/http_client/curl_transfer.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "foundation/http_client/resolver.hpp"

namespace lictor::http {
namespace {

constexpr Duration kCrlTimeout = seconds(5);
constexpr std::size_t kMaxCrlBytes = std::size_t{16} * 1024 * 1024;

using Url = std::unique_ptr<CURLU, Freer<curl_url_cleanup>>;

template <class Value>
void set(CURL* easy, CURLoption option, Value value) {
  curl_easy_setopt(easy, option, value);
}

std::optional<Address> parse_url(const std::string& url) {
  // curl would take the first segment of "https:///x" for the host.
  const auto slashes = url.find("://");
  if (slashes == std::string::npos || url.substr(slashes + 3).starts_with('/')) return std::nullopt;
  const Url parsed(curl_url());
  if (!parsed || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return std::nullopt;
  const auto part = [&](CURLUPart which) -> std::optional<std::string> {
    char* text = nullptr;
    if (curl_url_get(parsed.get(), which, &text, CURLU_DEFAULT_PORT) != CURLUE_OK) return std::nullopt;
    std::string out(text);
    curl_free(text);
    return out;
  };
  if (part(CURLUPART_USER) || part(CURLUPART_PASSWORD)) return std::nullopt;  // secrets have no place in a URL
  auto scheme = part(CURLUPART_SCHEME);
  auto host = part(CURLUPART_HOST);
  auto port = part(CURLUPART_PORT);
  if (!scheme || !host || !port || (*scheme != "https" && *scheme != "http")) return std::nullopt;
  if (host->starts_with('[') && host->ends_with(']')) *host = host->substr(1, host->size() - 2);
  return Address{std::move(*scheme), std::move(*host), std::move(*port)};
}

bool is_literal(const std::string& host) {
  std::array<unsigned char, 16> ignored{};
  return ::inet_pton(AF_INET, host.c_str(), ignored.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), ignored.data()) == 1;
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

// What curl is told about a name: nothing (its own resolver), or "HOST:PORT:ADDRESS,...".
Result<std::optional<std::string>> resolve_entry(const std::string& host, const std::string& port,
                                                 const RequestSettings& settings, Duration timeout,
                                                 const std::function<bool()>& cancelled) {
  std::vector<std::string> addresses;
  if (is_literal(host)) return std::optional<std::string>{};
  for (const auto& [name, address] : settings.static_hosts) {
    if (lower_case(name) == lower_case(host)) addresses.push_back(address);
  }
  if (addresses.empty()) {
    if (settings.name_servers.empty() && settings.names == RequestSettings::Names::System)
      return std::optional<std::string>{};
    auto found = resolve(host, {settings.name_servers, settings.source_interface, timeout}, cancelled);
    if (!found) return found.error();
    addresses = std::move(*found);
  }
  std::string joined;
  for (const auto& address : addresses) {
    joined += joined.empty() ? "" : ",";
    joined += address.find(':') == std::string::npos ? address : "[" + address + "]";
  }
  return std::optional(fmt::format("{}:{}:{}", host, port, joined));
}

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* target) {
  auto& receiver = *static_cast<Receiver*>(target);
  if (receiver.reply.body.size() + size * count > receiver.limit) {
    receiver.too_large = true;
    return 0;
  }
  receiver.reply.body.append(data, size * count);
  return size * count;
}

std::size_t on_header(char* data, std::size_t size, std::size_t count, void* target) {
  auto& reply = static_cast<Receiver*>(target)->reply;
  std::string_view line(data, size * count);
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  if (line.starts_with("HTTP/")) reply.headers.clear();  // a 100 came before
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || line.starts_with("HTTP/")) return size * count;
  std::string_view value = line.substr(colon + 1);
  while (value.starts_with(' ') || value.starts_with('\t')) value.remove_prefix(1);
  while (value.ends_with(' ') || value.ends_with('\t')) value.remove_suffix(1);
  reply.headers.emplace_back(lower_case(line.substr(0, colon)), value);
  return size * count;
}

int on_progress(void* target, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const auto* cancellation = static_cast<const Receiver*>(target)->cancellation;
  return cancellation != nullptr && cancellation->cancelled() ? 1 : 0;
}

CURLcode on_ssl_context(CURL*, void* ssl_ctx, void* check) {
  return static_cast<HandshakeCheck*>(check)->install(ssl_ctx) ? CURLE_OK : CURLE_SSL_CERTPROBLEM;
}

// What holds for the request itself and for a CRL fetch alike.
void set_network(CURL* easy, const RequestSettings& settings, Receiver& receiver, char* error_text) {
  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_ERRORBUFFER, error_text);
  set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(easy, CURLOPT_FOLLOWLOCATION, 0L);
  set(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(easy, CURLOPT_PROXY, "");  // "" and not unset: else the environment's
  set(easy, CURLOPT_NOPROXY, "");
  set(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  if (!settings.source_interface.empty()) set(easy, CURLOPT_INTERFACE, settings.source_interface.c_str());
  set(easy, CURLOPT_WRITEFUNCTION, on_body);
  set(easy, CURLOPT_WRITEDATA, static_cast<void*>(&receiver));
  set(easy, CURLOPT_HEADERFUNCTION, on_header);
  set(easy, CURLOPT_HEADERDATA, static_cast<void*>(&receiver));
  set(easy, CURLOPT_NOPROGRESS, 0L);
  set(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
  set(easy, CURLOPT_XFERINFODATA, static_cast<void*>(&receiver));
  set(easy, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(receiver.limit));
}

void set_tls(CURL* easy, const TlsSettings& tls, HandshakeCheck& check) {
  set(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  set(easy, CURLOPT_SSL_VERIFYHOST, tls.name_check == TlsSettings::NameCheck::On ? 2L : 0L);
  set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(easy, CURLOPT_CAINFO, static_cast<const char*>(nullptr));
  set(easy, CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  set(easy, CURLOPT_SSL_CTX_FUNCTION, on_ssl_context);
  set(easy, CURLOPT_SSL_CTX_DATA, static_cast<void*>(&check));
  if (tls.resumption == TlsSettings::Resumption::Off) {
    set(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
    set(easy, CURLOPT_FRESH_CONNECT, 1L);
    set(easy, CURLOPT_FORBID_REUSE, 1L);
  }
}

void set_proxy(CURL* easy, const RequestSettings& settings) {
  if (settings.proxy_host.empty()) return;
  const bool v6 = settings.proxy_host.find(':') != std::string::npos;
  const std::string host = v6 ? "[" + settings.proxy_host + "]" : settings.proxy_host;
  set(easy, CURLOPT_PROXY, host.c_str());
  set(easy, CURLOPT_PROXYTYPE, static_cast<long>(CURLPROXY_HTTP));
  set(easy, CURLOPT_PROXYPORT, static_cast<long>(settings.proxy_port));
  set(easy, CURLOPT_HTTPPROXYTUNNEL, 1L);
  if (settings.proxy_user.empty()) return;
  set(easy, CURLOPT_PROXYAUTH, static_cast<long>(CURLAUTH_BASIC));
  set(easy, CURLOPT_PROXYUSERNAME, settings.proxy_user.c_str());
  set(easy, CURLOPT_PROXYPASSWORD, settings.proxy_password.c_str());
}

List set_message(CURL* easy, const Request& request) {
  set(easy, CURLOPT_URL, request.url.c_str());
  const bool has_body = !request.body.empty() || request.method == "POST";
  if (request.method == "HEAD") {
    set(easy, CURLOPT_NOBODY, 1L);
  } else if (has_body) {
    set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    set(easy, CURLOPT_POSTFIELDS, request.body.data());
    if (request.method != "POST") set(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  } else if (request.method != "GET") {
    set(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
  curl_slist* list = nullptr;
  bool typed = false;
  for (const auto& [name, value] : request.headers) {
    typed = typed || lower_case(name) == "content-type";
    // "Name;" is curl's way to send a header without a value.
    list = curl_slist_append(list, (value.empty() ? name + ";" : name + ": " + value).c_str());
  }
  if (has_body && !typed) list = curl_slist_append(list, "Content-Type:");  // else curl names a form
  set(easy, CURLOPT_HTTPHEADER, list);
  return List(list);
}

Failure failure_of(CURLcode code) {
  switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return Failure::BadUrl;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return Failure::Resolve;
    case CURLE_COULDNT_CONNECT:
    case CURLE_INTERFACE_FAILED:
      return Failure::Connect;
    case CURLE_OPERATION_TIMEDOUT:
      return Failure::Timeout;
    case CURLE_PROXY:
      return Failure::ProxyRefused;
    case CURLE_PEER_FAILED_VERIFICATION:
      return Failure::CertificateName;  // curl's own name check; the chain has a report of ours
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
      return Failure::TlsHandshake;
    case CURLE_FILESIZE_EXCEEDED:
      return Failure::AnswerTooLarge;
    default:
      return Failure::Broken;
  }
}

Reply failed(Failure failure, std::string detail) {
  Reply reply;
  reply.failure = failure;
  reply.detail = std::move(detail);
  return reply;
}

List set_entry(CURL* easy, const std::optional<std::string>& entry) {
  if (!entry) return nullptr;
  // Out with what an earlier request of this channel put in, or it would stay for ever.
  const auto second_colon = entry->find(':', entry->find(':') + 1);
  curl_slist* list = curl_slist_append(nullptr, ("-" + entry->substr(0, second_colon)).c_str());
  list = curl_slist_append(list, entry->c_str());
  set(easy, CURLOPT_RESOLVE, list);
  return List(list);
}

// Inside a handshake: blocks, on a handle of its own, by the same resolver and interface, never by the proxy.
Result<std::string> fetch_crl(const std::string& url, const RequestSettings& settings,
                              const Cancellation* cancellation) {
  const auto address = parse_url(url);
  const auto given_up = [&] { return cancellation != nullptr && cancellation->cancelled(); };
  if (!address) return Error{ErrorCode::Malformed, fmt::format("{} is no URL", url)};
  const auto entry = resolve_entry(address->host, address->port, settings, kCrlTimeout, given_up);
  if (!entry) return entry.error();
  const Easy easy(curl_easy_init());
  std::array<char, CURL_ERROR_SIZE> error_text{};
  Receiver receiver{{}, kMaxCrlBytes, false, cancellation};
  set_network(easy.get(), settings, receiver, error_text.data());
  set(easy.get(), CURLOPT_PROTOCOLS_STR, "http");
  set(easy.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(kCrlTimeout.count()));
  set(easy.get(), CURLOPT_URL, url.c_str());
  const List names = set_entry(easy.get(), *entry);
  const CURLcode code = curl_easy_perform(easy.get());
  if (code != CURLE_OK) {
    return Error{code == CURLE_OPERATION_TIMEDOUT ? ErrorCode::Timeout : ErrorCode::Unavailable,
                 fmt::format("{} cannot be fetched: {}", url,
                             error_text[0] != '\0' ? error_text.data() : curl_easy_strerror(code))};
  }
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status != 200) return Error{ErrorCode::Unavailable, fmt::format("{} answers {}", url, status)};
  return std::move(receiver.reply.body);
}

}  // namespace

tl::expected<Way, Reply> find_way(const Request& request, const RequestSettings& settings,
                                  const std::function<bool()>& cancelled) {
  auto address = parse_url(request.url);
  if (!address) return tl::unexpected(failed(Failure::BadUrl, "The URL is not an http or https one: " + request.url));
  if (address->scheme == "http" && settings.plain_http == RequestSettings::PlainHttp::Refused) {
    return tl::unexpected(failed(Failure::HttpNotAllowed, "HTTP without TLS is not allowed: " + request.url));
  }
  const auto started = std::chrono::steady_clock::now();
  const bool by_proxy = !settings.proxy_host.empty();
  auto entry = resolve_entry(by_proxy ? settings.proxy_host : address->host,
                             by_proxy ? std::to_string(settings.proxy_port) : address->port, settings,
                             std::min(settings.connect_timeout, settings.total_timeout), cancelled);
  if (!entry) return tl::unexpected(failed(Failure::Resolve, entry.error().message));
  const auto used = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - started);
  return Way{std::move(*address), std::move(*entry), std::max(settings.total_timeout - used, Duration(1))};
}

Transfer::Transfer(const Request& request, const RequestSettings& settings, Way way, Trust& trust,
                   const Cancellation* cancellation)
    : request_(request),
      settings_(settings),
      way_(std::move(way)),
      receiver_{{}, settings.max_answer_bytes, false, cancellation},
      check_(settings.tls, way_.address.host, trust,
             [this](const std::string& url) { return fetch_crl(url, settings_, receiver_.cancellation); }) {}

void Transfer::prepare(CURL* easy) {
  curl_easy_reset(easy);
  set_network(easy, settings_, receiver_, error_text_.data());
  set_tls(easy, settings_.tls, check_);
  set_proxy(easy, settings_);
  set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  set(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(settings_.connect_timeout.count()));
  set(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(way_.time_left.count()));
  headers_ = set_message(easy, request_);
  names_ = set_entry(easy, way_.entry);
}

Reply Transfer::finish(CURL* easy, CURLcode code) {
  if (code != CURLE_OK) return explain(easy, code);
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  receiver_.reply.status = static_cast<int>(status);
  return std::move(receiver_.reply);
}

Reply Transfer::explain(CURL* easy, CURLcode code) const {
  const auto& [scheme, host, port] = way_.address;
  Reply reply;
  const auto& report = check_.report();
  if (report.failure) {
    reply.failure = report.failure;
    reply.detail = fmt::format("{} port {}: {}", host, port, report.detail);
    reply.certificate_serial = report.serial;
    reply.certificate_date = report.date;
    return reply;
  }
  long connect_status = 0;
  curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &connect_status);
  const bool proxied = !settings_.proxy_host.empty();
  reply.failure = receiver_.too_large                                           ? Failure::AnswerTooLarge
                  : proxied && connect_status != 0 && connect_status / 100 != 2 ? Failure::ProxyRefused
                                                                                : failure_of(code);
  reply.detail =
      fmt::format("{} port {}{}: {}", host, port,
                  proxied ? fmt::format(" by the proxy {} port {}", settings_.proxy_host, settings_.proxy_port) : "",
                  receiver_.too_large      ? "the answer is too large"
                  : error_text_[0] != '\0' ? error_text_.data()
                                           : curl_easy_strerror(code));
  return reply;
}

std::string fingerprint_of(const RequestSettings& s) {
  std::string out;
  const auto add = [&](std::string_view text) {
    out += fmt::format("{}:", text.size());
    out += text;
  };
  for (const auto& root : s.tls.trusted_roots) add(as_text(root));
  out += fmt::format("|{}|{}|{}|{}|{}|{}|", s.tls.use_system_roots, static_cast<int>(s.tls.name_check),
                     static_cast<int>(s.tls.revocation), static_cast<const void*>(s.tls.verifier),
                     static_cast<int>(s.tls.resumption), s.proxy_port);
  for (const auto& text : {s.proxy_host, s.proxy_user, s.proxy_password, s.source_interface}) add(text);
  for (const auto& [name, address] : s.static_hosts) {
    add(name);
    add(address);
  }
  for (const auto& server : s.name_servers) add(server);
  return out;
}

}  // namespace lictor::http
