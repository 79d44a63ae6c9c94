// Domain values as JSON: ids as decimal strings, times as RFC 3339 (DECISIONS 3, 4).
#pragma once

#include "foundation/json/json.hpp"
#include "server/account_service/account_service.hpp"

namespace lictor::rest {

json::Value to_json(const domain::SmartAccount& account);
json::Value to_json(const domain::VirtualAccount& va);
json::Value to_json(const domain::Lot& lot, VirtualAccountId va, Count quantity);
json::Value to_json(const account_service::BalanceLine& line);
json::Value to_json(const domain::Token& token, WallTime now, const Secret* text);
json::Value to_json(const domain::Instance& instance, const std::vector<domain::Usage>* usage);
json::Value to_json(const domain::Event& event);
json::Value to_json(const domain::AuditRow& row);
json::Value to_json(const domain::ApiClient& client, const Secret* secret);
json::Value to_json(const domain::LedgerEntry& entry);
json::Value to_json(const domain::User& user, const Secret* password);
json::Value to_json(const std::vector<domain::Grant>& grants);
json::Value to_json(const catalog::TagEntry& tag);
// The other way: an array of {role, account, virtual_account}. Errors: Malformed, InvalidArgument, each with its place.
Result<std::vector<domain::Grant>> read_grants(const json::Array& items);
Result<domain::Grant> read_grant(const json::Value& item, std::string_view path);

template <class T, class Render>
json::Value page_to_json(const account_service::PageOf<T>& page, Render&& render) {
  json::Array items;
  for (const auto& item : page.items) items.push_back(render(item));
  return json::Object{{"items", std::move(items)},
                      {"next", page.next ? json::Value(std::to_string(*page.next)) : json::Value(nullptr)}};
}

}  // namespace lictor::rest
