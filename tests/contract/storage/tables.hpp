// Each row type with its table in the working set and the keys that load it.
#pragma once

#include "contract/storage/harness.hpp"

namespace lictor::storage::test {

inline ReadKeys keys_of(const domain::AccountHead& r) {
  return of_account(r.account.value);
}
inline ReadKeys keys_of(const domain::SmartAccount& r) {
  auto keys = of_account(r.account.value);
  keys.account_domains = {r.domain};
  return keys;
}
inline ReadKeys keys_of(const domain::VirtualAccount& r) {
  return of_account(r.account.value);
}
inline ReadKeys keys_of(const domain::Lot& r) {
  auto keys = of_account(r.account.value);
  keys.lots = {r.id};
  return keys;
}
inline ReadKeys keys_of(const domain::LotBalance& r) {
  auto keys = of_account(r.account.value);
  keys.lots = {r.lot};
  return keys;
}
inline ReadKeys keys_of(const domain::Pool& r) {
  auto keys = of_account(r.account.value);
  keys.virtual_accounts = {r.va};
  return keys;
}
inline ReadKeys keys_of(const domain::Usage& r) {
  auto keys = of_account(r.account.value);
  keys.instances = {r.instance};
  return keys;
}
inline ReadKeys keys_of(const domain::Token& r) {
  auto keys = of_account(r.account.value);
  keys.tokens = {r.id};
  return keys;
}
inline ReadKeys keys_of(const domain::Instance& r) {
  auto keys = of_account(r.account.value);
  keys.instances = {r.id};
  return keys;
}
inline ReadKeys keys_of(const domain::InstanceUdi& r) {
  auto keys = of_account(r.account.value);
  keys.udis = {r.udi};
  return keys;
}
inline ReadKeys keys_of(const domain::CertificateRecord& r) {
  auto keys = of_account(r.account.value);
  keys.serials = {r.serial};
  return keys;
}
inline ReadKeys keys_of(const domain::StoredAnswer& r) {
  auto keys = of_account(r.account.value);
  keys.requests = {r.request};
  return keys;
}
inline ReadKeys keys_of(const domain::Due& r) {
  auto keys = of_account(r.account.value);
  using Kind = domain::DueKind;
  if (r.kind == Kind::LotStarts || r.kind == Kind::LotEnds) keys.lots = {LotId{std::stoll(r.id)}};
  if (r.kind == Kind::SilenceReturn) keys.instances = {InstanceId{std::stoll(r.id)}};
  if (r.kind == Kind::CertificateEnds) keys.serials = {*Serial::parse(r.id)};
  return keys;
}
inline ReadKeys keys_of(const domain::User& r) {
  ReadKeys keys;
  keys.users = {r.name};
  return keys;
}
inline ReadKeys keys_of(const domain::Session& r) {
  ReadKeys keys;
  keys.sessions = {r.hash};
  return keys;
}
inline ReadKeys keys_of(const domain::ApiClient& r) {
  ReadKeys keys;
  keys.api_clients = {r.id};
  return keys;
}
inline ReadKeys keys_of(const domain::AccessToken& r) {
  ReadKeys keys;
  keys.access_tokens = {r.hash};
  return keys;
}
inline ReadKeys keys_of(const domain::CatalogVersion&) {
  ReadKeys keys;
  keys.catalogs = true;
  return keys;
}
inline ReadKeys keys_of(const domain::IdempotencyRecord& r) {
  ReadKeys keys;
  keys.idempotency = {{r.scope, r.key}};
  return keys;
}
inline ReadKeys keys_of(const domain::StoreSetting& r) {
  ReadKeys keys;
  keys.settings = {r.name};
  return keys;
}

// A row of chance that its keys can name: a due's id says what it is about.
template <class Row>
Row any_row(RowMaker& maker) {
  return maker.row<Row>();
}
template <>
inline domain::Due any_row<domain::Due>(RowMaker& maker) {
  auto row = maker.row<domain::Due>();
  // An answer's end comes with the answer only: a test of its own.
  if (row.kind == domain::DueKind::AnswerEnds) row.kind = domain::DueKind::CertificateEnds;
  row.id = row.kind <= domain::DueKind::SilenceReturn ? std::to_string(maker.number(1, 9))
                                                      : maker.row<domain::StoredAnswer>().request.text();
  return row;
}
template <>
inline domain::AccountHead any_row<domain::AccountHead>(RowMaker& maker) {
  auto row = maker.row<domain::AccountHead>();
  ++row.next_id;
  return row;
}

// Calls visit(&Rows::table) for each table, with a name for messages.
template <class Visit>
void for_each_member(Visit&& visit) {
  visit(&Rows::heads), visit(&Rows::accounts), visit(&Rows::virtual_accounts), visit(&Rows::lots);
  visit(&Rows::balances), visit(&Rows::pools), visit(&Rows::usage), visit(&Rows::tokens), visit(&Rows::instances);
  visit(&Rows::udis), visit(&Rows::certificates), visit(&Rows::answers), visit(&Rows::dues), visit(&Rows::users);
  visit(&Rows::sessions), visit(&Rows::api_clients), visit(&Rows::access_tokens), visit(&Rows::catalogs);
  visit(&Rows::idempotency), visit(&Rows::settings);
}

}  // namespace lictor::storage::test
