// REST v1 (spec API-1, API-3, API-4): routes, admission, OpenAPI, from one table of operations.
#pragma once

#include <memory>
#include <vector>

#include "foundation/http_server/http_server.hpp"
#include "foundation/json/json.hpp"
#include "server/account_service/account_service.hpp"

namespace lictor::rest {

// All must outlive the server.
struct Services {
  account_service::AccountService* accounts = nullptr;
  storage::ReaderPool* readers = nullptr;
  storage::Writer* writer = nullptr;
  const Clock* clock = nullptr;
  Metrics* metrics = nullptr;
  pki::Crypto* crypto = nullptr;
  Entropy* entropy = nullptr;
  bool metrics_open = true;  // /metrics without login
};

std::vector<http::Route> make_routes(const Services& services);

// The OpenAPI 3.1 document of make_routes, pretty printed.
std::string openapi_document();

}  // namespace lictor::rest
