#include "server/rest/device_routes.hpp"

#include <fmt/format.h>

#include "licensing/protocol/endpoints.hpp"

namespace lictor::rest {
namespace {

http::ServerResponse to_response(device_service::DeviceReply reply) {
  if (reply.status == 200) return {200, std::string(protocol::kContentType), {}, std::move(reply.body)};
  const auto& problem = reply.problem;
  auto response =
      http::problem(reply.status, protocol::to_string(problem.code), "The message was not processed", problem.reason);
  if (problem.retry_after.count() > 0) {
    response.headers.emplace_back("Retry-After", std::to_string(problem.retry_after / seconds(1)));
  }
  return response;
}

void handle(device_service::DeviceService& service, const Clock& clock, http::ServerRequest request,
            http::Respond respond) {
  const auto type = request.header("content-type");
  if (type.substr(0, type.find(';')) != protocol::kContentType) {
    return respond(http::problem(415, "LS_UNSUPPORTED_TYPE", "The message was not processed",
                                 fmt::format("Content-Type must be {}, not \"{}\"", protocol::kContentType, type)));
  }
  device_service::DeviceMessage message;
  message.body = std::move(request.body);
  message.peer = std::move(request.peer);
  message.request_id = std::move(request.request_id);
  message.now = clock.wall();
  message.resume = std::move(request.resume);
  service.handle(std::move(message), [respond = std::move(respond)](device_service::DeviceReply reply) {
    respond(to_response(std::move(reply)));
  });
}

}  // namespace

std::vector<http::Route> make_device_routes(device_service::DeviceService& service, const Clock& clock) {
  std::vector<http::Route> routes;
  for (const auto path : {protocol::kManagerPath, protocol::kSmartTransportPath}) {
    http::Route route;
    route.method = "POST";
    route.path = std::string(path);
    route.max_body = protocol::kMaxMessageBytes;
    route.name = "device-message";
    route.handler = [&service, &clock](http::ServerRequest request, http::Respond respond) {
      handle(service, clock, std::move(request), std::move(respond));
    };
    routes.push_back(std::move(route));
  }
  return routes;
}

}  // namespace lictor::rest
