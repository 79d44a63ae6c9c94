// What a key brings with it (command.hpp), written once for all backends. A backend is a Source:
//   template <class Row> Result<std::optional<Row>> get(const KeyOf<Row>& key);
//   template <class Row> Result<std::vector<Row>> group(const KeyGroup& group);      of the groups that rows.cpp names,
//                                      and InstanceUdi by Instance
//   Result<std::vector<domain::Due>> dues_until(AccountId account, WallTime until);
//   Result<std::optional<TokenId>> token_by_hash(AccountId account, const KeyedHash& hash);
//   Result<std::optional<PostingId>> posting_by_source(AccountId account, const std::string& source_key);
//   Result<std::optional<AccountId>> account_by_domain(const std::string& domain);
// It is asked only for what `rows` does not know yet, so that a batch loads the union of its keys.
#pragma once

#include "server/storage/command.hpp"

namespace lictor::storage {

// A check that passes an error on, where a chain of loads would drown in it.
#define LICTOR_STORAGE_TRY(call)                           \
  do {                                                     \
    if (auto done_ = (call); !done_) return done_.error(); \
  } while (false)

template <class Source>
class KeyLoader {
 public:
  KeyLoader(Source& source, Rows& rows) : source_(source), rows_(rows) {}

  Result<void> load(const ReadKeys& keys, WallTime now) {
    LICTOR_STORAGE_TRY(load_account(keys.account, now));
    LICTOR_STORAGE_TRY(load_devices(keys));
    LICTOR_STORAGE_TRY(load_ledger(keys));
    return load_directory(keys);
  }

 private:
  using Of = KeyGroup::Of;

  template <class Row>
  Result<void> one(RowTable<Row>& table, const KeyOf<Row>& key) {
    if (table.is_loaded(key)) return {};
    auto row = source_.template get<Row>(key);
    if (!row) return row.error();
    table.load(key, *std::move(row));
    return {};
  }

  template <class Row>
  Result<void> group(RowTable<Row>& table, const KeyGroup& group) {
    if (table.is_covered(group)) return {};
    auto found = source_.template group<Row>(group);
    if (!found) return found.error();
    for (auto& row : *found) {
      const auto key = key_of(row);
      table.load(key, std::move(row));
    }
    table.cover(group);
    return {};
  }

  Result<void> load_account(AccountId account, WallTime now) {
    const KeyGroup whole{Of::Account, account, 0};
    if (rows_.virtual_accounts.is_covered(whole)) return {};
    LICTOR_STORAGE_TRY(one(rows_.heads, account));
    LICTOR_STORAGE_TRY(one(rows_.accounts, account));
    LICTOR_STORAGE_TRY(group(rows_.virtual_accounts, whole));
    auto dues = source_.dues_until(account, now);
    if (!dues) return dues.error();
    for (auto& due : *dues) {
      const auto key = key_of(due);
      rows_.dues.load(key, std::move(due));
    }
    return {};
  }

  Result<void> load_pools(AccountId account, VirtualAccountId va) {
    const KeyGroup of_va{Of::VirtualAccount, account, va.value};
    if (rows_.pools.is_covered({Of::Account, account, 0}) || rows_.pools.is_covered({Of::FreshId, account, va.value})) {
      return {};
    }
    return group(rows_.pools, of_va);
  }

  Result<void> load_instance(AccountId account, InstanceId id) {
    LICTOR_STORAGE_TRY(one(rows_.instances, {account, id}));
    const KeyGroup of_instance{Of::Instance, account, id.value};
    LICTOR_STORAGE_TRY(group(rows_.usage, of_instance));
    if (!rows_.udis.is_covered(of_instance)) {
      LICTOR_STORAGE_TRY(group(rows_.udis, of_instance));
      LICTOR_STORAGE_TRY(one(rows_.dues, {account, domain::DueKind::SilenceReturn, std::to_string(id.value)}));
    }
    const auto* instance = rows_.instances.find({account, id});
    if (instance == nullptr) return {};
    LICTOR_STORAGE_TRY(load_pools(account, instance->va));
    const Serial serial = instance->serial;
    const auto previous = instance->previous_serial;
    const RequestId last_request = instance->last_request;
    if (has_stored_answer(*instance)) LICTOR_STORAGE_TRY(load_answer(account, last_request));
    LICTOR_STORAGE_TRY(load_certificate(account, serial));
    return previous ? load_certificate(account, *previous) : Result<void>{};
  }

  Result<void> load_certificate(AccountId account, const Serial& serial) {
    LICTOR_STORAGE_TRY(one(rows_.certificates, {account, serial}));
    return one(rows_.dues, {account, domain::DueKind::CertificateEnds, serial.text()});
  }

  static bool has_stored_answer(const domain::Instance& instance) {
    return !instance.last_request.is_zero() && instance.authorize_answer.empty();
  }

  // An answer that is kept for ever, or is not there, has no due row to look for.
  Result<void> load_answer(AccountId account, const RequestId& request) {
    LICTOR_STORAGE_TRY(one(rows_.answers, {account, request}));
    const auto* answer = rows_.answers.find({account, request});
    if (answer == nullptr || !answer->keep_until) return {};
    return one(rows_.dues, {account, domain::DueKind::AnswerEnds, request.text()});
  }

  Result<void> load_contact(AccountId account, const ReadKeys::Contact& contact) {
    LICTOR_STORAGE_TRY(one(rows_.instances, {account, contact.instance}));
    const auto* row = rows_.instances.find({account, contact.instance});
    const bool as_known = row != nullptr && row->status != domain::InstanceStatus::Removed &&
                          row->serial == contact.serial && !row->previous_serial && row->udis == contact.udis;
    if (as_known) {
      LICTOR_STORAGE_TRY(group(rows_.usage, {Of::Instance, account, contact.instance.value}));
      LICTOR_STORAGE_TRY(load_pools(account, row->va));
      return has_stored_answer(*row) ? load_answer(account, row->last_request) : Result<void>{};
    }
    ReadKeys whole;
    whole.account = account;
    whole.instances.push_back(contact.instance);
    whole.serials.push_back(contact.serial);
    for (const auto& entry : contact.udis) whole.udis.push_back(entry.udi);
    return load_devices(whole);
  }

  Result<void> load_token(AccountId account, TokenId id) {
    LICTOR_STORAGE_TRY(one(rows_.tokens, {account, id}));
    const auto* token = rows_.tokens.find({account, id});
    return token == nullptr ? Result<void>{} : load_pools(account, token->va);
  }

  Result<void> load_devices(const ReadKeys& keys) {
    const AccountId account = keys.account;
    for (const auto& hash : keys.token_hashes) {
      if (!rows_.token_hashes_loaded.insert({account, hash}).second) continue;
      auto id = source_.token_by_hash(account, hash);
      if (!id) return id.error();
      if (*id) LICTOR_STORAGE_TRY(load_token(account, **id));
    }
    for (const auto& id : keys.tokens) LICTOR_STORAGE_TRY(load_token(account, id));
    for (const auto& udi : keys.udis) {
      LICTOR_STORAGE_TRY(one(rows_.udis, {account, udi}));
      const auto* held = rows_.udis.find({account, udi});
      if (held != nullptr) LICTOR_STORAGE_TRY(load_instance(account, InstanceId{held->instance}));
    }
    for (const auto& id : keys.instances) LICTOR_STORAGE_TRY(load_instance(account, id));
    for (const auto& serial : keys.serials) {
      LICTOR_STORAGE_TRY(load_certificate(account, serial));
      const auto* record = rows_.certificates.find({account, serial});
      if (record != nullptr) LICTOR_STORAGE_TRY(load_instance(account, InstanceId{record->instance}));
    }
    for (const auto& request : keys.requests) LICTOR_STORAGE_TRY(load_answer(account, request));
    return keys.contact ? load_contact(account, *keys.contact) : Result<void>{};
  }

  Result<void> load_lot(AccountId account, LotId id) {
    LICTOR_STORAGE_TRY(one(rows_.lots, {account, id}));
    LICTOR_STORAGE_TRY(group(rows_.balances, {Of::Lot, account, id.value}));
    const std::string text = std::to_string(id.value);
    LICTOR_STORAGE_TRY(one(rows_.dues, {account, domain::DueKind::LotStarts, text}));
    return one(rows_.dues, {account, domain::DueKind::LotEnds, text});
  }

  Result<void> load_balances(AccountId account, VirtualAccountId va) {
    const KeyGroup of_va{Of::VirtualAccount, account, va.value};
    LICTOR_STORAGE_TRY(group(rows_.balances, of_va));
    std::set<LotId> lots;
    rows_.balances.for_each_between({account, va, {}, {}}, {account, VirtualAccountId{va.value + 1}, {}, {}},
                                    [&](const domain::LotBalance& row) { lots.insert(row.lot); });
    for (const auto& lot : lots) LICTOR_STORAGE_TRY(one(rows_.lots, {account, lot}));
    return {};
  }

  Result<void> load_ledger(const ReadKeys& keys) {
    const AccountId account = keys.account;
    if (keys.all_pools) LICTOR_STORAGE_TRY(group(rows_.pools, {Of::Account, account, 0}));
    for (const auto& va : keys.virtual_accounts) {
      LICTOR_STORAGE_TRY(load_pools(account, va));
      if (keys.with_lots) LICTOR_STORAGE_TRY(load_balances(account, va));
    }
    for (const auto& lot : keys.lots) LICTOR_STORAGE_TRY(load_lot(account, lot));
    for (const auto& source : keys.posting_sources) {
      if (rows_.postings.is_loaded(account, source)) continue;
      auto posting = source_.posting_by_source(account, source);
      if (!posting) return posting.error();
      rows_.postings.load(account, source, *posting);
    }
    for (const auto& domain : keys.account_domains) {
      if (!rows_.account_domains_loaded.insert(domain).second) continue;
      auto holder = source_.account_by_domain(domain);
      if (!holder) return holder.error();
      if (*holder) LICTOR_STORAGE_TRY(one(rows_.accounts, **holder));
    }
    return {};
  }

  Result<void> load_directory(const ReadKeys& keys) {
    for (const auto& name : keys.users) LICTOR_STORAGE_TRY(one(rows_.users, name));
    for (const auto& hash : keys.sessions) LICTOR_STORAGE_TRY(one(rows_.sessions, hash));
    for (const auto& id : keys.api_clients) LICTOR_STORAGE_TRY(one(rows_.api_clients, id));
    for (const auto& hash : keys.access_tokens) LICTOR_STORAGE_TRY(one(rows_.access_tokens, hash));
    for (const auto& [scope, key] : keys.idempotency) LICTOR_STORAGE_TRY(one(rows_.idempotency, {scope, key}));
    for (const auto& name : keys.settings) LICTOR_STORAGE_TRY(one(rows_.settings, name));
    if (keys.catalogs) LICTOR_STORAGE_TRY(group(rows_.catalogs, KeyGroup{}));
    return {};
  }

  Source& source_;
  Rows& rows_;
};

}  // namespace lictor::storage
