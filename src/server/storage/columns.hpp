// Each row type's members by name, in one order, the key's first: what a dump prints and a backend stores. One list, so
// that SQL, dump and binding cannot fall out of step.
#pragma once

#include <concepts>
#include <type_traits>

#include "licensing/domain/entities.hpp"

namespace lictor::storage {

// R is Row or const Row: `visit(name, member)` for each member.
template <class R, class Row>
concept RowOf = std::same_as<std::remove_const_t<R>, Row>;

template <RowOf<domain::AccountHead> R, class Visit>
void columns(R& r, Visit&& visit) {
  visit("account", r.account), visit("next_id", r.next_id), visit("audit_sequence", r.audit_sequence);
  visit("audit_hash", r.audit_hash), visit("event_sequence", r.event_sequence);
}
template <RowOf<domain::SmartAccount> R, class Visit>
void columns(R& r, Visit&& visit) {
  visit("account", r.account), visit("domain", r.domain), visit("name", r.name);
  visit("export_allowed", r.export_allowed), visit("created_at", r.created_at);
}
template <RowOf<domain::VirtualAccount> R, class Visit>
void columns(R& r, Visit&& visit) {
  visit("account", r.account), visit("id", r.id), visit("name", r.name), visit("description", r.description);
  visit("is_default", r.is_default), visit("created_at", r.created_at);
}
template <RowOf<domain::Lot> R, class Visit>
void columns(R& r, Visit&& visit) {
  visit("account", r.account), visit("id", r.id), visit("tag", r.tag), visit("starts_at", r.starts_at);
  visit("ends_at", r.ends_at), visit("billing", r.billing), visit("source", r.source);
  visit("subscription_id", r.subscription_id), visit("order_number", r.order_number);
  visit("created_at", r.created_at);
}
template <RowOf<domain::Posting> R, class Visit>
void columns(R& r, Visit&& visit) {
  visit("account", r.account), visit("id", r.id), visit("source_key", r.source_key), visit("reason", r.reason);
  visit("at", r.at), visit("actor", r.actor);
}
template <RowOf<domain::LedgerEntry> R, class Visit>
void columns(R& r, Visit&& visit) {
  visit("account", r.account), visit("posting", r.posting), visit("leg", r.leg), visit("va", r.va);
  visit("place", r.place), visit("tag", r.tag), visit("lot", r.lot), visit("delta", r.delta);
}
template <RowOf<domain::LotBalance> R, class Visit>
void columns(R& r, Visit&& visit) {
  visit("account", r.account), visit("va", r.va), visit("place", r.place), visit("lot", r.lot);
  visit("quantity", r.quantity);
}
template <RowOf<domain::Pool> R, class Visit>
void columns(R& r, Visit&& visit) {
  visit("account", r.account), visit("va", r.va), visit("tag", r.tag), visit("owned", r.owned);
  visit("reserved", r.reserved), visit("in_use", r.in_use), visit("lent", r.lent), visit("borrowed", r.borrowed);
  visit("short_count", r.short_count);
}
template <RowOf<domain::Usage> R, class Visit>
void columns(R& r, Visit&& visit) {
  visit("account", r.account), visit("instance", r.instance), visit("tag", r.tag), visit("claimed", r.claimed);
  visit("counted", r.counted), visit("valid", r.valid);
}
template <RowOf<domain::Token> R, class Visit>
void columns(R& r, Visit&& visit) {
  visit("account", r.account), visit("id", r.id), visit("va", r.va), visit("hash", r.hash), visit("sealed", r.sealed);
  visit("key_id", r.key_id), visit("description", r.description), visit("export_allowed", r.export_allowed);
  visit("created_at", r.created_at), visit("expires_at", r.expires_at), visit("created_by", r.created_by);
  visit("max_uses", r.max_uses), visit("uses", r.uses), visit("revoked_at", r.revoked_at);
}
template <RowOf<domain::Instance> R, class Visit>
void columns(R& r, Visit&& visit) {
  visit("account", r.account), visit("id", r.id), visit("va", r.va), visit("status", r.status), visit("name", r.name);
  visit("product_tag", r.product_tag), visit("host_name", r.host_name);
  visit("software_version", r.software_version), visit("agent_version", r.agent_version), visit("udis", r.udis);
  visit("export_allowed", r.export_allowed), visit("registered_at", r.registered_at);
  visit("last_contact", r.last_contact), visit("last_authorized", r.last_authorized);
  visit("in_compliance", r.in_compliance), visit("public_key", r.public_key);
  visit("key_algorithm", r.key_algorithm), visit("serial", r.serial), visit("previous_serial", r.previous_serial);
  visit("certificate_ends", r.certificate_ends), visit("last_sequence", r.last_sequence);
  visit("generation", r.generation), visit("evaluation_used", r.evaluation_used), visit("removed_at", r.removed_at);
}
template <RowOf<domain::InstanceUdi> R, class Visit>
void columns(R& r, Visit&& visit) {
  visit("account", r.account), visit("udi", r.udi), visit("instance", r.instance);
}
template <RowOf<domain::CertificateRecord> R, class Visit>
void columns(R& r, Visit&& visit) {
  visit("account", r.account), visit("serial", r.serial), visit("instance", r.instance), visit("status", r.status);
  visit("to_be_signed", r.to_be_signed), visit("der", r.der), visit("not_before", r.not_before);
  visit("not_after", r.not_after), visit("revoked_at", r.revoked_at);
}
template <RowOf<domain::StoredAnswer> R, class Visit>
void columns(R& r, Visit&& visit) {
  visit("account", r.account), visit("request", r.request), visit("instance", r.instance), visit("type", r.type);
  visit("digest", r.digest), visit("payload", r.payload), visit("at", r.at), visit("keep_until", r.keep_until);
}
template <RowOf<domain::Due> R, class Visit>
void columns(R& r, Visit&& visit) {
  visit("account", r.account), visit("kind", r.kind), visit("id", r.id), visit("at", r.at);
}
template <RowOf<domain::AuditRow> R, class Visit>
void columns(R& r, Visit&& visit) {
  visit("account", r.account), visit("sequence", r.sequence), visit("at", r.at), visit("actor", r.actor);
  visit("action", r.action), visit("object", r.object), visit("detail", r.detail), visit("request_id", r.request_id);
  visit("previous_hash", r.previous_hash), visit("hash", r.hash);
}
template <RowOf<domain::Event> R, class Visit>
void columns(R& r, Visit&& visit) {
  visit("account", r.account), visit("sequence", r.sequence), visit("at", r.at), visit("va", r.va);
  visit("instance", r.instance), visit("kind", r.kind), visit("text", r.text), visit("actor", r.actor);
}
template <RowOf<domain::User> R, class Visit>
void columns(R& r, Visit&& visit) {
  visit("name", r.name), visit("id", r.id), visit("password_hash", r.password_hash);
  visit("must_change_password", r.must_change_password), visit("disabled", r.disabled), visit("grants", r.grants);
  visit("created_at", r.created_at);
}
template <RowOf<domain::Session> R, class Visit>
void columns(R& r, Visit&& visit) {
  visit("hash", r.hash), visit("user", r.user), visit("created_at", r.created_at), visit("expires_at", r.expires_at);
}
template <RowOf<domain::ApiClient> R, class Visit>
void columns(R& r, Visit&& visit) {
  visit("id", r.id), visit("secret_hash", r.secret_hash), visit("description", r.description);
  visit("grants", r.grants), visit("disabled", r.disabled), visit("created_at", r.created_at);
}
template <RowOf<domain::AccessToken> R, class Visit>
void columns(R& r, Visit&& visit) {
  visit("hash", r.hash), visit("client_id", r.client_id), visit("expires_at", r.expires_at);
}
template <RowOf<domain::CatalogVersion> R, class Visit>
void columns(R& r, Visit&& visit) {
  visit("version", r.version), visit("digest", r.digest), visit("contents", r.contents);
  visit("imported_at", r.imported_at), visit("active", r.active);
}
template <RowOf<domain::IdempotencyRecord> R, class Visit>
void columns(R& r, Visit&& visit) {
  visit("scope", r.scope), visit("key", r.key), visit("digest", r.digest), visit("status", r.status);
  visit("body", r.body), visit("at", r.at);
}
template <RowOf<domain::StoreSetting> R, class Visit>
void columns(R& r, Visit&& visit) {
  visit("name", r.name), visit("value", r.value);
}

}  // namespace lictor::storage
