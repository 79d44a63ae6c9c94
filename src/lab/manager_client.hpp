// The REST calls that a story needs, to a manager of the lab. Blocking; TLS dates are judged by the lab's time. A
// session that ran out (the lab's days pass quickly) is opened anew.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "foundation/base/secret.hpp"
#include "foundation/http_client/http_client.hpp"
#include "foundation/json/json.hpp"

namespace lictor::lab {

struct Balance {
  std::string tag;  // the tag's text
  std::string name;
  std::int64_t owned = 0;
  std::int64_t in_use = 0;
  std::int64_t lent = 0;      // to tags that are short of their own
  std::int64_t borrowed = 0;  // from tags that cover this one
  std::int64_t balance = 0;
  std::int64_t short_count = 0;
};

struct Token {
  std::string text;
  std::string expires_at;
};

struct ManagerAccess {
  std::string url;  // https://HOST:PORT
  std::string user;
  Secret password;
  std::vector<Bytes> tls_roots;  // DER
  std::function<WallTime()> now;
};

class ManagerClient {
 public:
  explicit ManagerClient(ManagerAccess access);
  ManagerClient(const ManagerClient&) = delete;

  // Errors of all: Unavailable, and whatever the manager refuses, in its own words.
  Result<void> login();
  [[nodiscard]] const std::string& bearer() const { return bearer_; }
  Result<std::string> create_account(const std::string& domain, const std::string& name,
                                     bool export_allowed);  // its id
  Result<std::string> create_virtual_account(const std::string& account, const std::string& name);
  Result<void> deposit(const std::string& account, const std::string& va, const std::string& tag,
                       std::int64_t quantity);
  Result<Token> create_token(const std::string& account, const std::string& va, const json::Object& details);
  Result<std::vector<Balance>> balances(const std::string& account, const std::string& va);
  // Of the product instance with that serial: "PID:...,SN:...", sorted. Error: NotFound.
  Result<std::vector<std::string>> instance_udis(const std::string& account, const std::string& sn);

 private:
  class LabTime;
  Result<json::Value> call(const std::string& method, const std::string& path, const json::Value* body);
  Result<http::Reply> send(const std::string& method, const std::string& path, const json::Value* body);

  ManagerAccess access_;
  std::unique_ptr<http::TlsVerifier> time_;
  std::unique_ptr<http::Client> client_;
  std::string bearer_;
};

}  // namespace lictor::lab
