#include "server/rest/forms.hpp"

namespace lictor::rest {
namespace {

using json::Object;
using json::Value;

template <class Id>
Value id_text(Id id) {
  return std::to_string(id.value);
}
Value time_or_null(const std::optional<WallTime>& time) { return time ? Value(to_rfc3339(*time)) : Value(nullptr); }

json::Array grants_to_json(const std::vector<domain::Grant>& grants) {
  json::Array out;
  for (const auto& grant : grants) {
    out.emplace_back(Object{{"role", to_string(grant.role)},
                            {"account", grant.account.value == 0 ? Value(nullptr) : id_text(grant.account)},
                            {"virtual_account", grant.va.value == 0 ? Value(nullptr) : id_text(grant.va)}});
  }
  return out;
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
      items.emplace_back(Object{{"tag", row.tag.text}, {"claimed", row.claimed}, {"counted", row.counted}, {"valid", row.valid}});
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
  return Object{{"sequence", row.sequence},
                {"at", to_rfc3339(row.at)},
                {"actor", row.actor},
                {"action", row.action},
                {"object", row.object},
                {"detail", detail ? std::move(*detail) : Value(row.detail)},
                {"request_id", row.request_id},
                {"hash", row.hash.text()}};
}

Value to_json(const domain::ApiClient& client, const Secret* secret) {
  return Object{{"id", client.id},
                {"description", client.description},
                {"grants", grants_to_json(client.grants)},
                {"created_at", to_rfc3339(client.created_at)},
                {"secret", secret == nullptr ? Value(nullptr) : Value(secret->reveal_text())}};
}

}  // namespace lictor::rest
