// The agent's messages over HTTP(S): POST, application/jose, with the header hints of PRO-6 (TRA-1 ... TRA-7).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "agent/core/ports.hpp"
#include "foundation/http_client/http_client.hpp"

namespace lictor::agent {

struct HttpWay {
  std::string url;  // with its path (protocol/endpoints.hpp)
  http::RequestSettings settings;
};

// What an HTTP outcome means to an agent. Pure. Only 200 with application/jose can be an answer; all else is a
// carrier's word and moves the next attempt alone (AUTH-8).
enum class Asked { Message, Ticket };
TransportReply to_transport_reply(const http::Reply& reply, const std::string& url, Asked asked);
http::Request to_http_request(const Transport::Message& message, const std::string& url);

// One owner thread: that of `home`, on which completions come.
class HttpTransport final : public Transport {
 public:
  // `way` is asked at each send, so that a changed configuration counts at once; nullopt: no transport is configured.
  HttpTransport(Scheduler& home, std::function<std::optional<HttpWay>()> way);
  HttpTransport(Scheduler& home, std::unique_ptr<http::HttpWorker> worker, std::function<std::optional<HttpWay>()> way);
  ~HttpTransport() override;

  void send(Message message, std::function<void(TransportReply)> done) override;
  // The same by a way that the caller chose.
  void send_by(const HttpWay& way, Message message, std::function<void(TransportReply)> done);
  void cancel() override;

 private:
  void post(TransportReply reply, std::function<void(TransportReply)> done);

  Scheduler& home_;
  std::unique_ptr<http::HttpWorker> worker_;
  std::function<std::optional<HttpWay>()> way_;
  std::function<void(TransportReply)> outstanding_;
};

}  // namespace lictor::agent
