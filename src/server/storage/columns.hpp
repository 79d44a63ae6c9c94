// Each row type's members by name, in one order, the key's first: what a dump prints and a backend stores. One list, so
// that SQL, dump and binding cannot fall out of step; and a member that is missing here does not compile.
#pragma once

#include <concepts>
#include <type_traits>

#include "licensing/domain/entities.hpp"

namespace lictor::storage {

// R is Row or const Row: `visit(name, member)` for each member. The bindings stand in the order of
// declaration, the visits in that of the columns.
template <class R, class Row>
concept RowOf = std::same_as<std::remove_const_t<R>, Row>;

template <RowOf<domain::AccountHead> R, class Visit>
void columns(R& row, Visit&& visit) {
  auto& [account, next_id, audit_sequence, audit_hash, event_sequence] = row;
  visit("account", account), visit("next_id", next_id), visit("audit_sequence", audit_sequence),
      visit("audit_hash", audit_hash), visit("event_sequence", event_sequence);
}
template <RowOf<domain::SmartAccount> R, class Visit>
void columns(R& row, Visit&& visit) {
  auto& [account, domain, name, export_allowed, created_at] = row;
  visit("account", account), visit("domain", domain), visit("name", name), visit("export_allowed", export_allowed),
      visit("created_at", created_at);
}
template <RowOf<domain::VirtualAccount> R, class Visit>
void columns(R& row, Visit&& visit) {
  auto& [account, id, name, description, is_default, created_at] = row;
  visit("account", account), visit("id", id), visit("name", name), visit("description", description),
      visit("is_default", is_default), visit("created_at", created_at);
}
template <RowOf<domain::Lot> R, class Visit>
void columns(R& row, Visit&& visit) {
  auto& [account, id, tag, starts_at, ends_at, billing, source, subscription_id, order_number, created_at] = row;
  visit("account", account), visit("id", id), visit("tag", tag), visit("starts_at", starts_at),
      visit("ends_at", ends_at), visit("billing", billing), visit("source", source),
      visit("subscription_id", subscription_id), visit("order_number", order_number), visit("created_at", created_at);
}
template <RowOf<domain::Posting> R, class Visit>
void columns(R& row, Visit&& visit) {
  auto& [account, id, source_key, reason, at, actor] = row;
  visit("account", account), visit("id", id), visit("source_key", source_key), visit("reason", reason), visit("at", at),
      visit("actor", actor);
}
template <RowOf<domain::LedgerEntry> R, class Visit>
void columns(R& row, Visit&& visit) {
  auto& [account, posting, leg, va, place, tag, lot, delta] = row;
  visit("account", account), visit("posting", posting), visit("leg", leg), visit("va", va), visit("place", place),
      visit("tag", tag), visit("lot", lot), visit("delta", delta);
}
template <RowOf<domain::LotBalance> R, class Visit>
void columns(R& row, Visit&& visit) {
  auto& [account, va, place, lot, quantity] = row;
  visit("account", account), visit("va", va), visit("place", place), visit("lot", lot), visit("quantity", quantity);
}
template <RowOf<domain::Pool> R, class Visit>
void columns(R& row, Visit&& visit) {
  auto& [account, va, tag, owned, reserved, in_use, lent, borrowed, short_count] = row;
  visit("account", account), visit("va", va), visit("tag", tag), visit("owned", owned), visit("reserved", reserved),
      visit("in_use", in_use), visit("lent", lent), visit("borrowed", borrowed), visit("short_count", short_count);
}
template <RowOf<domain::Usage> R, class Visit>
void columns(R& row, Visit&& visit) {
  auto& [account, instance, tag, claimed, counted, valid] = row;
  visit("account", account), visit("instance", instance), visit("tag", tag), visit("claimed", claimed),
      visit("counted", counted), visit("valid", valid);
}
template <RowOf<domain::Token> R, class Visit>
void columns(R& row, Visit&& visit) {
  auto& [account, id, va, hash, sealed, key_id, description, export_allowed, created_at, expires_at, created_by,
         max_uses, uses, revoked_at] = row;
  visit("account", account), visit("id", id), visit("va", va), visit("hash", hash), visit("sealed", sealed),
      visit("key_id", key_id), visit("description", description), visit("export_allowed", export_allowed),
      visit("created_at", created_at), visit("expires_at", expires_at), visit("created_by", created_by),
      visit("max_uses", max_uses), visit("uses", uses), visit("revoked_at", revoked_at);
}
template <RowOf<domain::Instance> R, class Visit>
void columns(R& row, Visit&& visit) {
  auto& [account, id, va, status, name, product_tag, host_name, software_version, agent_version, udis, export_allowed,
         registered_at, last_contact, last_authorized, in_compliance, public_key, key_algorithm, serial,
         previous_serial, certificate_ends, last_sequence, last_request, authorize_answer, authorize_digest, generation,
         evaluation_used, removed_at] = row;
  visit("account", account), visit("id", id), visit("va", va), visit("status", status), visit("name", name),
      visit("product_tag", product_tag), visit("host_name", host_name), visit("software_version", software_version),
      visit("agent_version", agent_version), visit("udis", udis), visit("export_allowed", export_allowed),
      visit("registered_at", registered_at), visit("last_contact", last_contact),
      visit("last_authorized", last_authorized), visit("in_compliance", in_compliance), visit("public_key", public_key),
      visit("key_algorithm", key_algorithm), visit("serial", serial), visit("previous_serial", previous_serial),
      visit("certificate_ends", certificate_ends), visit("last_sequence", last_sequence),
      visit("last_request", last_request), visit("authorize_answer", authorize_answer),
      visit("authorize_digest", authorize_digest), visit("generation", generation),
      visit("evaluation_used", evaluation_used), visit("removed_at", removed_at);
}
template <RowOf<domain::InstanceUdi> R, class Visit>
void columns(R& row, Visit&& visit) {
  auto& [account, udi, instance] = row;
  visit("account", account), visit("udi", udi), visit("instance", instance);
}
template <RowOf<domain::CertificateRecord> R, class Visit>
void columns(R& row, Visit&& visit) {
  auto& [account, serial, instance, status, to_be_signed, der, not_before, not_after, revoked_at] = row;
  visit("account", account), visit("serial", serial), visit("instance", instance), visit("status", status),
      visit("to_be_signed", to_be_signed), visit("der", der), visit("not_before", not_before),
      visit("not_after", not_after), visit("revoked_at", revoked_at);
}
template <RowOf<domain::StoredAnswer> R, class Visit>
void columns(R& row, Visit&& visit) {
  auto& [account, request, instance, type, digest, payload, at, keep_until] = row;
  visit("account", account), visit("request", request), visit("instance", instance), visit("type", type),
      visit("digest", digest), visit("payload", payload), visit("at", at), visit("keep_until", keep_until);
}
template <RowOf<domain::Due> R, class Visit>
void columns(R& row, Visit&& visit) {
  auto& [account, at, kind, id] = row;
  visit("account", account), visit("kind", kind), visit("id", id), visit("at", at);
}
template <RowOf<domain::AuditRow> R, class Visit>
void columns(R& row, Visit&& visit) {
  auto& [account, sequence, at, actor, action, object, detail, request_id, previous_hash, hash] = row;
  visit("account", account), visit("sequence", sequence), visit("at", at), visit("actor", actor),
      visit("action", action), visit("object", object), visit("detail", detail), visit("request_id", request_id),
      visit("previous_hash", previous_hash), visit("hash", hash);
}
template <RowOf<domain::Event> R, class Visit>
void columns(R& row, Visit&& visit) {
  auto& [account, sequence, at, va, instance, kind, text, actor] = row;
  visit("account", account), visit("sequence", sequence), visit("at", at), visit("va", va), visit("instance", instance),
      visit("kind", kind), visit("text", text), visit("actor", actor);
}
template <RowOf<domain::User> R, class Visit>
void columns(R& row, Visit&& visit) {
  auto& [id, name, password_hash, must_change_password, disabled, grants, created_at] = row;
  visit("name", name), visit("id", id), visit("password_hash", password_hash),
      visit("must_change_password", must_change_password), visit("disabled", disabled), visit("grants", grants),
      visit("created_at", created_at);
}
template <RowOf<domain::Session> R, class Visit>
void columns(R& row, Visit&& visit) {
  auto& [hash, user, created_at, expires_at] = row;
  visit("hash", hash), visit("user", user), visit("created_at", created_at), visit("expires_at", expires_at);
}
template <RowOf<domain::ApiClient> R, class Visit>
void columns(R& row, Visit&& visit) {
  auto& [id, secret_hash, description, grants, disabled, created_at] = row;
  visit("id", id), visit("secret_hash", secret_hash), visit("description", description), visit("grants", grants),
      visit("disabled", disabled), visit("created_at", created_at);
}
template <RowOf<domain::AccessToken> R, class Visit>
void columns(R& row, Visit&& visit) {
  auto& [hash, client_id, expires_at] = row;
  visit("hash", hash), visit("client_id", client_id), visit("expires_at", expires_at);
}
template <RowOf<domain::CatalogVersion> R, class Visit>
void columns(R& row, Visit&& visit) {
  auto& [version, digest, contents, imported_at, active] = row;
  visit("version", version), visit("digest", digest), visit("contents", contents), visit("imported_at", imported_at),
      visit("active", active);
}
template <RowOf<domain::IdempotencyRecord> R, class Visit>
void columns(R& row, Visit&& visit) {
  auto& [scope, key, digest, status, body, at] = row;
  visit("scope", scope), visit("key", key), visit("digest", digest), visit("status", status), visit("body", body),
      visit("at", at);
}
template <RowOf<domain::StoreSetting> R, class Visit>
void columns(R& row, Visit&& visit) {
  auto& [name, value] = row;
  visit("name", name), visit("value", value);
}

}  // namespace lictor::storage
