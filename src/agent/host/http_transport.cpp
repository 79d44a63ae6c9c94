#include "agent/host/http_transport.hpp"

#include <algorithm>
#include <charconv>

#include "licensing/protocol/endpoints.hpp"

namespace lictor::agent {
namespace {

constexpr std::string_view kAborted = "ERR 205 : Request Aborted";
constexpr std::string_view kTimedOut = "ERR 207 : Connection time out";

// The two texts that devices print for SCN-7 and SCN-5.
std::string revocation_reason(const std::string& detail) {
  const bool late = detail.find("imed out") != std::string::npos || detail.find("imeout") != std::string::npos;
  return "Reason : " + (late ? "Failed to select socket. Timeout : 5 (Connection timed out)" : detail);
}

TransportFailure failure_of(http::Failure failure) {
  switch (failure) {
    case http::Failure::CertificateNotYetValid:
      return TransportFailure::CertificateNotYetValid;
    case http::Failure::CertificateExpired:
      return TransportFailure::CertificateExpired;
    case http::Failure::RevocationUnknown:
      return TransportFailure::RevocationUnknown;
    case http::Failure::AnswerTooLarge:
      return TransportFailure::BadAnswer;
    case http::Failure::Resolve:
    case http::Failure::Connect:
    case http::Failure::Timeout:
    case http::Failure::TlsHandshake:
    case http::Failure::CertificateUntrusted:
    case http::Failure::CertificateName:
    case http::Failure::CertificateRevoked:
    case http::Failure::ProxyRefused:
    case http::Failure::Broken:
    case http::Failure::BadUrl:
    case http::Failure::HttpNotAllowed:
      return TransportFailure::SendFailed;
  }
  return TransportFailure::SendFailed;
}

// Seconds (RFC 9110, 10.2.3). A date is not read: it would need a clock that both sides agree on.
Duration retry_after(const http::Reply& reply) {
  const auto text = reply.header("retry-after");
  std::int64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc() || end != text.data() + text.size() || n < 0) return Duration{0};
  return seconds(std::min<std::int64_t>(n, 366 * 86'400));
}

bool is_jose(const http::Reply& reply) {
  const auto type = reply.header("content-type");
  return type.substr(0, type.find(';')) == protocol::kContentType;
}

std::optional<TransportFailure> failure_of_status(const http::Reply& reply, Asked asked) {
  switch (reply.status) {
    case 200:
      if (!reply.body.empty() && is_jose(reply)) return std::nullopt;
      return TransportFailure::BadAnswer;
    case 202:
      return TransportFailure::Pending;
    case 410:
      return asked == Asked::Ticket ? TransportFailure::Resubmit : TransportFailure::BadAnswer;
    case 429:
    case 503:
    case 507:
      return TransportFailure::Busy;
    case 407:  // the proxy wants to know who asks
    case 502:
    case 504:
      return TransportFailure::SendFailed;  // a carrier that did not reach the server
    default:
      return TransportFailure::BadAnswer;  // 4xx and 5xx problems, redirects, pages of proxies
  }
}

}  // namespace

TransportReply to_transport_reply(const http::Reply& reply, const std::string& url, Asked asked) {
  TransportReply out;
  out.url = url;
  if (reply.failure) {
    out.failure = failure_of(*reply.failure);
    out.detail = out.failure == TransportFailure::RevocationUnknown ? revocation_reason(reply.detail) : reply.detail;
    out.carrier_error = *reply.failure == http::Failure::Timeout ? kTimedOut : kAborted;
    out.certificate_serial = reply.certificate_serial;
    std::transform(out.certificate_serial.begin(), out.certificate_serial.end(), out.certificate_serial.begin(),
                   [](char c) { return c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c; });
    out.certificate_date = reply.certificate_date;
    return out;
  }
  out.failure = failure_of_status(reply, asked);
  out.retry_after = retry_after(reply);
  if (!out.failure) {
    out.body = reply.body;
    return out;
  }
  out.detail = "HTTP status " + std::to_string(reply.status);
  out.carrier_error = kAborted;
  const auto type = reply.header("content-type");
  if (out.failure == TransportFailure::BadAnswer && type.substr(0, type.find(';')) == "application/problem+json")
    out.body = reply.body;
  if (out.failure == TransportFailure::Pending) out.ticket = reply.header("lictor-ticket");
  return out;
}

http::Request to_http_request(const Transport::Message& message, const std::string& url) {
  http::Request request;
  request.method = "POST";
  request.url = url;
  request.headers = {{std::string(protocol::kMessageHint), std::string(protocol::to_string(message.type))},
                     {std::string(protocol::kCarrierKeyHint), message.carrier_key},
                     {"Content-Type", std::string(protocol::kContentType)}};
  if (!message.ticket.empty()) request.headers.emplace_back(protocol::kTicketHeader, message.ticket);
  request.body = message.body;
  return request;
}

HttpTransport::HttpTransport(Scheduler& home, std::function<std::optional<HttpWay>()> way)
    : HttpTransport(home, http::make_http_worker(home), std::move(way)) {}

HttpTransport::HttpTransport(Scheduler& home, std::unique_ptr<http::HttpWorker> worker,
                             std::function<std::optional<HttpWay>()> way)
    : home_(home), worker_(std::move(worker)), way_(std::move(way)) {}

HttpTransport::~HttpTransport() = default;

void HttpTransport::send(Message message, std::function<void(TransportReply)> done) {
  if (const auto way = way_()) {
    send_by(*way, std::move(message), std::move(done));
    return;
  }
  TransportReply reply;
  reply.failure = TransportFailure::NotAvailable;
  post(std::move(reply), std::move(done));
}

void HttpTransport::send_by(const HttpWay& way, Message message, std::function<void(TransportReply)> done) {
  outstanding_ = std::move(done);
  const auto asked = message.ticket.empty() ? Asked::Message : Asked::Ticket;
  worker_->start(to_http_request(message, way.url), way.settings, [this, url = way.url, asked](http::Reply reply) {
    if (auto answer = std::exchange(outstanding_, nullptr)) answer(to_transport_reply(reply, url, asked));
  });
}

void HttpTransport::cancel() {
  worker_->cancel();
  if (!outstanding_) return;
  TransportReply reply;
  reply.failure = TransportFailure::SendFailed;
  reply.detail = "given up";
  post(std::move(reply), std::exchange(outstanding_, nullptr));
}

void HttpTransport::post(TransportReply reply, std::function<void(TransportReply)> done) {
  home_.post([reply = std::move(reply), done = std::move(done)] { done(reply); });
}

}  // namespace lictor::agent
