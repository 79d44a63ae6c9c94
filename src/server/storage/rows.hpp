// The working set of a batch: rows that were loaded for its commands, as they stand now, and what changed. Commands
// read and change it; the backend writes the difference in one transaction (DECISIONS 5).
//
// Reading a key that the batch did not load and that a command did not insert is a bug of ours: asserted, so a command
// cannot take "not loaded" for "not there".
// Thread: the writer's alone.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "licensing/domain/entities.hpp"

namespace lictor::storage {

// The key of each row type. Append-only rows (postings, entries, audit, events) have no table but a list.
inline auto key_of(const domain::AccountHead& r) { return r.account; }
inline auto key_of(const domain::SmartAccount& r) { return r.account; }
inline auto key_of(const domain::VirtualAccount& r) { return std::tuple(r.account, r.id); }
inline auto key_of(const domain::Lot& r) { return std::tuple(r.account, r.id); }
inline auto key_of(const domain::LotBalance& r) { return std::tuple(r.account, r.va, r.place, r.lot); }
inline auto key_of(const domain::Pool& r) { return std::tuple(r.account, r.va, r.tag); }
inline auto key_of(const domain::Usage& r) { return std::tuple(r.account, r.instance, r.tag); }
inline auto key_of(const domain::Token& r) { return std::tuple(r.account, r.id); }
inline auto key_of(const domain::Instance& r) { return std::tuple(r.account, r.id); }
inline auto key_of(const domain::InstanceUdi& r) { return std::tuple(r.account, r.udi); }
inline auto key_of(const domain::CertificateRecord& r) { return std::tuple(r.account, r.serial); }
inline auto key_of(const domain::StoredAnswer& r) { return std::tuple(r.account, r.request); }
inline auto key_of(const domain::Due& r) { return std::tuple(r.account, r.kind, r.id); }
inline auto key_of(const domain::User& r) { return r.name; }
inline auto key_of(const domain::Session& r) { return r.hash; }
inline auto key_of(const domain::ApiClient& r) { return r.id; }
inline auto key_of(const domain::AccessToken& r) { return r.hash; }
inline auto key_of(const domain::CatalogVersion& r) { return r.version; }
inline auto key_of(const domain::IdempotencyRecord& r) { return std::tuple(r.scope, r.key); }
inline auto key_of(const domain::StoreSetting& r) { return r.name; }

template <class Row>
using KeyOf = decltype(key_of(std::declval<const Row&>()));

// One table of the working set, with undo back to the last mark.
template <class Row>
class RowTable {
 public:
  using Key = KeyOf<Row>;

  // The row, or nullptr when it does not exist. Asserts that the key was loaded.
  [[nodiscard]] const Row* find(const Key& key) const;
  // For change in place; asserts that the row exists. The key members must not be changed.
  Row& edit(const Key& key);
  // Inserts or replaces.
  void put(Row row);
  void erase(const Key& key);
  // Existing rows whose key lies in [low, high): with a prefix of the key loaded whole by the loader.
  template <class Visit>
  void for_each(Visit&& visit) const;

  // Loader's side: what the store has (nullopt: nothing under that key). Ignored when the key is known already.
  void load(const Key& key, std::optional<Row> row);
  [[nodiscard]] bool is_loaded(const Key& key) const;

  // Writer's side.
  void mark();
  void roll_back_to_mark();
  struct Change {
    const Row* before = nullptr;  // nullptr: did not exist
    const Row* after = nullptr;   // nullptr: is gone
  };
  // Rows that differ from what was loaded, in key order.
  [[nodiscard]] std::vector<Change> changes() const;

 private:
  struct Cell {
    std::optional<Row> stored;
    std::optional<Row> current;
  };
  void remember(const Key& key);
  std::map<Key, Cell> cells_;
  std::vector<std::pair<Key, std::optional<Cell>>> undo_;  // since the mark, oldest first
};

template <class Row>
class AppendList {
 public:
  void append(Row row) { rows_.push_back(std::move(row)); }
  [[nodiscard]] const std::vector<Row>& rows() const { return rows_; }
  void mark() { mark_ = rows_.size(); }
  void roll_back_to_mark() { rows_.resize(mark_); }

 private:
  std::vector<Row> rows_;
  std::size_t mark_ = 0;
};

struct Rows {
  RowTable<domain::AccountHead> heads;
  RowTable<domain::SmartAccount> accounts;
  RowTable<domain::VirtualAccount> virtual_accounts;
  RowTable<domain::Lot> lots;
  RowTable<domain::LotBalance> balances;
  RowTable<domain::Pool> pools;
  RowTable<domain::Usage> usage;
  RowTable<domain::Token> tokens;
  RowTable<domain::Instance> instances;
  RowTable<domain::InstanceUdi> udis;
  RowTable<domain::CertificateRecord> certificates;
  RowTable<domain::StoredAnswer> answers;
  RowTable<domain::Due> dues;
  RowTable<domain::User> users;
  RowTable<domain::Session> sessions;
  RowTable<domain::ApiClient> api_clients;
  RowTable<domain::AccessToken> access_tokens;
  RowTable<domain::CatalogVersion> catalogs;
  RowTable<domain::IdempotencyRecord> idempotency;
  RowTable<domain::StoreSetting> settings;
  AppendList<domain::Posting> postings;
  AppendList<domain::LedgerEntry> entries;
  AppendList<domain::AuditRow> audit;
  AppendList<domain::Event> events;

  // Takes the next numeric id of an account. Requires its head loaded or put.
  std::int64_t take_id(AccountId account) {
    auto& head = heads.edit(account);
    return head.next_id++;
  }
  void mark();
  void roll_back_to_mark();
  [[nodiscard]] bool unchanged() const;

  // Convenience reads over loaded ranges, in key order.
  [[nodiscard]] std::vector<domain::Pool> pools_of(AccountId account, VirtualAccountId va) const;
  [[nodiscard]] std::vector<domain::Usage> usage_of(AccountId account, InstanceId instance) const;
  // The token with that hash, or nullptr; the live instance that holds the UDI, or nullptr.
  [[nodiscard]] const domain::Token* token_by_hash(AccountId account, const KeyedHash& hash) const;
  [[nodiscard]] const domain::Instance* instance_by_udi(AccountId account, const Udi& udi) const;
};

}  // namespace lictor::storage

#include "server/storage/row_table.hpp"  // the templates' bodies
