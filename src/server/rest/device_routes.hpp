// The device endpoints over HTTP (spec page 03, PRO-1, PRO-8): the same protocol on each path.
#pragma once

#include <vector>

#include "foundation/base/time.hpp"
#include "foundation/http_server/http_server.hpp"
#include "server/device_service/device_service.hpp"

namespace lictor::rest {

// POST on the manager's two paths. `service` and `clock` must outlive the server.
std::vector<http::Route> make_device_routes(device_service::DeviceService& service, const Clock& clock);

}  // namespace lictor::rest
