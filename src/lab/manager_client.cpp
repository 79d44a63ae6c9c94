#include "lab/manager_client.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "licensing/vocabulary/udi.hpp"

namespace lictor::lab {

class ManagerClient::LabTime final : public http::TlsVerifier {
 public:
  explicit LabTime(std::function<WallTime()> now) : now_(std::move(now)) {}
  [[nodiscard]] WallTime now() const override { return now_(); }

 private:
  std::function<WallTime()> now_;
};

ManagerClient::ManagerClient(ManagerAccess access)
    : access_(std::move(access)), time_(std::make_unique<LabTime>(access_.now)), client_(http::make_client()) {}

Result<http::Reply> ManagerClient::send(const std::string& method, const std::string& path, const json::Value* body) {
  http::RequestSettings settings;
  settings.tls.trusted_roots = access_.tls_roots;
  settings.tls.verifier = time_.get();
  settings.tls.resumption = http::TlsSettings::Resumption::Off;
  http::Request request{method, access_.url + path, {}, {}};
  if (!bearer_.empty()) request.headers.emplace_back("Authorization", "Bearer " + bearer_);
  if (body != nullptr) {
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = json::to_text(*body);
  }
  auto reply = client_->fetch(request, settings);
  if (reply.failure) return Error{ErrorCode::Unavailable, "the manager does not answer: " + reply.detail};
  return reply;
}

Result<json::Value> ManagerClient::call(const std::string& method, const std::string& path, const json::Value* body) {
  auto reply = send(method, path, body);
  if (reply && reply->status == 401) {
    if (auto ok = login(); !ok) return ok.error();
    reply = send(method, path, body);
  }
  if (!reply) return reply.error();
  if (reply->status >= 300) {
    return Error{ErrorCode::InvalidArgument, fmt::format("the manager refuses {} {}: {} {}", method, path,
                                                         reply->status, reply->body.substr(0, 400))};
  }
  auto value = json::parse(reply->body);
  if (!value) return value.error().with_context(method + " " + path);
  return value;
}

Result<void> ManagerClient::login() {
  bearer_.clear();
  const json::Value body(
      json::Object{{"name", access_.user}, {"password", std::string(access_.password.reveal_text())}});
  auto reply = send("POST", "/api/v1/login", &body);
  if (!reply) return reply.error();
  if (reply->status != 200) {
    return Error{ErrorCode::Unauthenticated,
                 fmt::format("the manager refuses the login: {} {}", reply->status, reply->body)};
  }
  auto value = json::parse(reply->body);
  if (!value) return value.error();
  auto bearer = json::ObjectReader(*value, "").string("access_token");
  if (!bearer) return bearer.error();
  bearer_ = std::move(*bearer);
  return {};
}

Result<std::string> ManagerClient::create_account(const std::string& domain, const std::string& name,
                                                  bool export_allowed) {
  const json::Value body(json::Object{{"domain", domain}, {"name", name}, {"export_allowed", export_allowed}});
  auto made = call("POST", "/api/v1/accounts", &body);
  if (!made) return made.error();
  return json::ObjectReader(*made, "").string("id");
}

Result<std::string> ManagerClient::create_virtual_account(const std::string& account, const std::string& name) {
  const json::Value body(json::Object{{"name", name}});
  auto made = call("POST", fmt::format("/api/v1/accounts/{}/virtual-accounts", account), &body);
  if (!made) return made.error();
  return json::ObjectReader(*made, "").string("id");
}

Result<void> ManagerClient::deposit(const std::string& account, const std::string& va, const std::string& tag,
                                    std::int64_t quantity) {
  const json::Value body(json::Object{{"tag", tag}, {"quantity", quantity}, {"virtual_account", va}});
  auto made = call("POST", fmt::format("/api/v1/accounts/{}/licenses", account), &body);
  if (!made) return made.error();
  auto deposited = json::ObjectReader(*made, "").integer("quantity");
  if (!deposited) return deposited.error();
  if (*deposited != quantity)
    return Error{ErrorCode::Internal, fmt::format("{} x {} came into the account", *deposited, tag)};
  return {};
}

Result<Token> ManagerClient::create_token(const std::string& account, const std::string& va,
                                          const json::Object& details) {
  auto members = details;
  members.emplace_back("virtual_account", va);
  const json::Value body(std::move(members));
  auto made = call("POST", fmt::format("/api/v1/accounts/{}/tokens", account), &body);
  if (!made) return made.error();
  const json::ObjectReader reader(*made, "");
  auto text = reader.string("token");
  auto expires_at = reader.string("expires_at");
  if (!text) return text.error();
  if (!expires_at) return expires_at.error();
  return Token{std::move(*text), std::move(*expires_at)};
}

namespace {

// The objects of a list's only page.
Result<std::vector<json::ObjectReader>> items_of(const json::Value& list) {
  auto items = json::ObjectReader(list, "").array("items");
  if (!items) return items.error();
  std::vector<json::ObjectReader> readers;
  for (const auto& item : **items) readers.emplace_back(item, "items[]");
  return readers;
}

}  // namespace

Result<std::vector<Balance>> ManagerClient::balances(const std::string& account, const std::string& va) {
  auto list = call("GET", fmt::format("/api/v1/accounts/{}/balances?virtual_account={}", account, va), nullptr);
  if (!list) return list.error();
  auto items = items_of(*list);
  if (!items) return items.error();
  std::vector<Balance> balances;
  for (const auto& item : *items) {
    Balance row;
    auto tag = item.string("tag");
    auto name = item.string("name");
    if (!tag) return tag.error();
    if (!name) return name.error();
    row.tag = std::move(*tag);
    row.name = std::move(*name);
    for (const auto& [member, into] : {std::pair{"owned", &row.owned}, std::pair{"in_use", &row.in_use},
                                       std::pair{"lent", &row.lent}, std::pair{"borrowed", &row.borrowed},
                                       std::pair{"balance", &row.balance}, std::pair{"short", &row.short_count}}) {
      auto number = item.integer(member);
      if (!number) return number.error();
      *into = *number;
    }
    balances.push_back(std::move(row));
  }
  return balances;
}

Result<std::vector<std::string>> ManagerClient::instance_udis(const std::string& account, const std::string& sn) {
  auto list = call("GET", fmt::format("/api/v1/accounts/{}/instances?limit=500", account), nullptr);
  if (!list) return list.error();
  auto items = items_of(*list);
  if (!items) return items.error();
  for (const auto& item : *items) {
    auto udis = item.array("udis");
    if (!udis) return udis.error();
    std::vector<std::string> found;
    bool wanted = false;
    for (const auto& udi : **udis) {
      const json::ObjectReader reader(udi, "udis[]");
      auto pid = reader.string("pid");
      auto serial = reader.string("sn");
      if (!pid) return pid.error();
      if (!serial) return serial.error();
      wanted = wanted || *serial == sn;
      found.push_back(to_string(Udi{*pid, *serial}));
    }
    if (!wanted) continue;
    std::sort(found.begin(), found.end());
    return found;
  }
  return Error{ErrorCode::NotFound, fmt::format("the manager has no product instance with serial number {}", sn)};
}

}  // namespace lictor::lab
