// The manager's REST face on a real HTTP server: memory store behind a writer thread, a clock that stands still, two
// customers, and callers of every kind. Every exchange is written down, to be held against the OpenAPI document.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "foundation/http_client/http_client.hpp"
#include "server/device_service/device_service.hpp"
#include "server/rest/operation.hpp"
#include "server/rest/rest.hpp"
#include "server/storage/writer_thread.hpp"
#include "support/fake_clock.hpp"
#include "unit/account_service/office.hpp"

namespace lictor::test {

struct Exchange {
  int status = 0;
  json::Value body;  // null when it is no JSON
  std::string text;
  http::Reply reply;
  [[nodiscard]] std::string member(std::string_view name) const;  // text of a member, "" = absent
  [[nodiscard]] const json::Array& items() const;                 // of a page
};

using Headers = std::vector<std::pair<std::string, std::string>>;

class RestLab {
 public:
  enum class MetricsDoor { Open, Closed };
  explicit RestLab(MetricsDoor door = MetricsDoor::Open);
  ~RestLab();

  // As somebody with that bearer ("" = none). A body goes as JSON unless the headers say otherwise.
  Exchange send(std::string_view bearer, std::string method, std::string target, std::string body = "",
                Headers headers = {});
  Exchange get(std::string_view bearer, std::string target) { return send(bearer, "GET", std::move(target)); }
  Exchange post(std::string_view bearer, std::string target, std::string body, Headers headers = {}) {
    return send(bearer, "POST", std::move(target), std::move(body), std::move(headers));
  }
  // The bearer of a session.
  std::string login(std::string_view name, std::string_view password);
  // The access token of a new API client with one role.
  std::string client(domain::Role role, AccountId account, VirtualAccountId va = {});

  std::shared_ptr<const catalog::Catalog> catalog = std::make_shared<const catalog::Catalog>(small_catalog());
  std::unique_ptr<pki::Crypto> crypto = pki::make_openssl_crypto().value();
  std::unique_ptr<storage::DueEffects> effects;
  std::unique_ptr<Office> office;
  FakeClock clock;
  NoLog log;
  std::unique_ptr<Metrics> metrics = http::make_prometheus_metrics();
  std::unique_ptr<storage::WriterThread> writer_thread;
  std::unique_ptr<http::Server> server;
  std::unique_ptr<http::Client> http = http::make_client();

  // Two customers; what the first one has.
  AccountId one, two;
  VirtualAccountId one_default, lan, two_default;
  InstanceId switch_one, switch_two;  // in `lan`
  std::string vendor;                 // sessions and access tokens
  std::string one_admin, one_viewer, lan_admin, two_admin, newcomer;
  std::string newcomer_password;
  std::string token;      // its id
  std::string client_id;  // an API client of the first customer

 private:
  void make_customers();
  void open_door(MetricsDoor door);
  void make_callers();
};

inline std::string id_text(auto id) {
  return std::to_string(id.value);
}

}  // namespace lictor::test
