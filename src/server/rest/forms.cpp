#include "server/rest/forms.hpp"

#include <fmt/format.h>

namespace lictor::rest {
namespace {

using json::Object;
using json::Value;

template <class Id>
Value id_text(Id id) {
  return std::to_string(id.value);
}
Value time_or_null(const std::optional<WallTime>& time) {
  return time ? Value(to_rfc3339(*time)) : Value(nullptr);
}

// A member that holds an id as decimal text, or nothing.
Result<std::int64_t> optional_id(const json::ObjectReader& reader, std::string_view member) {
  if (!reader.has(member)) return 0;
  auto text = reader.string(member);
  if (!text) return text.error();
  auto id = parse_decimal_id(*text);
  if (!id) return id.error().with_context(reader.path(member));
  return *id;
}

}  // namespace

Value to_json(const domain::SmartAccount& account) {
  return Object{{"id", id_text(account.account)},
                {"domain", account.domain},
                {"name", account.name},
                {"export_allowed", account.export_allowed},
                {"created_at", to_rfc3339(account.created_at)}};
}

Value to_json(const domain::VirtualAccount& va) {
  return Object{{"id", id_text(va.id)},
                {"name", va.name},
                {"description", va.description},
                {"is_default", va.is_default},
                {"created_at", to_rfc3339(va.created_at)}};
}

Value to_json(const domain::Lot& lot, VirtualAccountId va, Count quantity) {
  return Object{{"id", id_text(lot.id)},
                {"virtual_account", id_text(va)},
                {"tag", lot.tag.text},
                {"quantity", quantity},
                {"starts_at", time_or_null(lot.starts_at)},
                {"ends_at", time_or_null(lot.ends_at)},
                {"billing", to_string(lot.billing)},
                {"source", to_string(lot.source)},
                {"subscription_id", lot.subscription_id},
                {"order_number", lot.order_number},
                {"created_at", to_rfc3339(lot.created_at)}};
}

Value to_json(const account_service::BalanceLine& line) {
  return Object{{"virtual_account", line.va.value == 0 ? Value(nullptr) : id_text(line.va)},
                {"tag", line.tag.text},
                {"name", line.name},
                {"owned", line.sum.owned},
                {"in_use", line.sum.in_use},
                {"lent", line.sum.lent},
                {"borrowed", line.sum.borrowed},
                {"balance", line.balance()},
                {"short", line.sum.short_count},
                {"in_compliance", line.sum.short_count == 0}};
}

Value to_json(const domain::Token& token, WallTime now, const Secret* text) {
  return Object{{"id", id_text(token.id)},
                {"virtual_account", id_text(token.va)},
                {"description", token.description},
                {"status", to_string(account_service::status_of(token, now))},
                {"export_allowed", token.export_allowed},
                {"created_at", to_rfc3339(token.created_at)},
                {"expires_at", to_rfc3339(token.expires_at)},
                {"created_by", token.created_by},
                {"max_uses", token.max_uses ? Value(*token.max_uses) : Value(nullptr)},
                {"uses", token.uses},
                {"revoked_at", time_or_null(token.revoked_at)},
                {"token", text == nullptr ? Value(nullptr) : Value(text->reveal_text())}};
}

Value to_json(const domain::Instance& instance, const std::vector<domain::Usage>* usage) {
  json::Array udis;
  for (const auto& entry : instance.udis) {
    udis.emplace_back(Object{{"pid", entry.udi.pid}, {"sn", entry.udi.sn}, {"role", to_string(entry.role)}});
  }
  Object out{{"id", id_text(instance.id)},
             {"name", instance.name},
             {"virtual_account", id_text(instance.va)},
             {"status", to_string(instance.status)},
             {"product_tag", instance.product_tag.text},
             {"host_name", instance.host_name},
             {"software_version", instance.software_version},
             {"udis", std::move(udis)},
             {"export_allowed", instance.export_allowed},
             {"in_compliance", instance.in_compliance},
             {"registered_at", to_rfc3339(instance.registered_at)},
             {"last_contact", to_rfc3339(instance.last_contact)},
             {"certificate_ends", to_rfc3339(instance.certificate_ends)}};
  if (usage != nullptr) {
    json::Array items;
    for (const auto& row : *usage) {
      items.emplace_back(
          Object{{"tag", row.tag.text}, {"claimed", row.claimed}, {"counted", row.counted}, {"valid", row.valid}});
    }
    out.emplace_back("usage", std::move(items));
  }
  return out;
}

Value to_json(const domain::Event& event) {
  return Object{{"sequence", event.sequence},
                {"at", to_rfc3339(event.at)},
                {"virtual_account", event.va.value == 0 ? Value(nullptr) : id_text(event.va)},
                {"instance", event.instance.value == 0 ? Value(nullptr) : id_text(event.instance)},
                {"kind", event.kind},
                {"text", event.text},
                {"actor", event.actor}};
}

Value to_json(const domain::AuditRow& row) {
  auto detail = json::parse(row.detail);
  return Object{{"sequence", row.sequence},     {"at", to_rfc3339(row.at)},
                {"actor", row.actor},           {"action", row.action},
                {"object", row.object},         {"detail", detail ? std::move(*detail) : Value(row.detail)},
                {"request_id", row.request_id}, {"hash", row.hash.text()}};
}

Value to_json(const domain::ApiClient& client, const Secret* secret) {
  return Object{{"id", client.id},
                {"description", client.description},
                {"grants", to_json(client.grants)},
                {"created_at", to_rfc3339(client.created_at)},
                {"secret", secret == nullptr ? Value(nullptr) : Value(secret->reveal_text())}};
}

Value to_json(const std::vector<domain::Grant>& grants) {
  json::Array out;
  for (const auto& grant : grants) {
    out.emplace_back(Object{{"role", to_string(grant.role)},
                            {"account", grant.account.value == 0 ? Value(nullptr) : id_text(grant.account)},
                            {"virtual_account", grant.va.value == 0 ? Value(nullptr) : id_text(grant.va)}});
  }
  return out;
}

Value to_json(const domain::LedgerEntry& entry) {
  return Object{{"posting", id_text(entry.posting)},
                {"leg", entry.leg},
                {"virtual_account", entry.va.value == 0 ? Value(nullptr) : id_text(entry.va)},
                {"place", domain::to_string(entry.place)},
                {"tag", entry.tag.text},
                {"lot", id_text(entry.lot)},
                {"delta", entry.delta}};
}

Value to_json(const domain::User& user, const Secret* password) {
  return Object{{"id", id_text(user.id)},
                {"name", user.name},
                {"grants", to_json(user.grants)},
                {"disabled", user.disabled},
                {"must_change_password", user.must_change_password},
                {"created_at", to_rfc3339(user.created_at)},
                {"one_time_password", password == nullptr ? Value(nullptr) : Value(password->reveal_text())}};
}

Value to_json(const catalog::TagEntry& tag) {
  return Object{{"tag", tag.tag.text},
                {"short_name", tag.short_name},
                {"name", tag.display_name},
                {"description", tag.description},
                {"export_controlled", tag.export_controlled}};
}

Result<domain::Grant> read_grant(const Value& item, std::string_view path) {
  const json::ObjectReader reader(item, std::string(path));
  auto role_text = reader.string("role");
  if (!role_text) return role_text.error();
  auto role = domain::parse_role(*role_text);
  if (!role) return Error{ErrorCode::InvalidArgument, role.error().message}.with_context(reader.path("role"));
  auto account = optional_id(reader, "account");
  if (!account) return account.error();
  auto va = optional_id(reader, "virtual_account");
  if (!va) return va.error();
  return domain::Grant{*role, AccountId{*account}, VirtualAccountId{*va}};
}

Result<std::vector<domain::Grant>> read_grants(const json::Array& items) {
  std::vector<domain::Grant> grants;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto path = fmt::format("grants[{}]", i);
    const auto unknown = json::ObjectReader(items[i], path).unknown({"role", "account", "virtual_account"});
    if (!unknown.empty()) {
      return Error{ErrorCode::InvalidArgument,
                   fmt::format("{}: members that are not known here: {}", path, fmt::join(unknown, ", "))};
    }
    auto grant = read_grant(items[i], path);
    if (!grant) return grant.error();
    grants.push_back(*grant);
  }
  return grants;
}

}  // namespace lictor::rest
