// The working set of a batch: rows that were loaded for its commands, as they stand now, and what changed. Commands
// read and change it; the backend writes the difference in one transaction (DECISIONS 5).
//
// Reading a key that the batch did not load and that a command did not insert is a bug of ours: asserted, so a command
// cannot take "not loaded" for "not there".
// Thread: the writer's alone.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "licensing/domain/entities.hpp"

namespace lictor::storage {

// The key of each row type. Append-only rows (postings, entries, audit, events) have a list in the working set.
inline auto key_of(const domain::AccountHead& r) {
  return r.account;
}
inline auto key_of(const domain::SmartAccount& r) {
  return r.account;
}
inline auto key_of(const domain::VirtualAccount& r) {
  return std::tuple(r.account, r.id);
}
inline auto key_of(const domain::Lot& r) {
  return std::tuple(r.account, r.id);
}
inline auto key_of(const domain::LotBalance& r) {
  return std::tuple(r.account, r.va, r.place, r.lot);
}
inline auto key_of(const domain::Pool& r) {
  return std::tuple(r.account, r.va, r.tag);
}
inline auto key_of(const domain::Usage& r) {
  return std::tuple(r.account, r.instance, r.tag);
}
inline auto key_of(const domain::Token& r) {
  return std::tuple(r.account, r.id);
}
inline auto key_of(const domain::Instance& r) {
  return std::tuple(r.account, r.id);
}
inline auto key_of(const domain::InstanceUdi& r) {
  return std::tuple(r.account, r.udi);
}
inline auto key_of(const domain::CertificateRecord& r) {
  return std::tuple(r.account, r.serial);
}
inline auto key_of(const domain::StoredAnswer& r) {
  return std::tuple(r.account, r.request);
}
inline auto key_of(const domain::Due& r) {
  return std::tuple(r.account, r.kind, r.id);
}
inline auto key_of(const domain::User& r) {
  return r.name;
}
inline auto key_of(const domain::Session& r) {
  return r.hash;
}
inline auto key_of(const domain::ApiClient& r) {
  return r.id;
}
inline auto key_of(const domain::AccessToken& r) {
  return r.hash;
}
inline auto key_of(const domain::CatalogVersion& r) {
  return r.version;
}
inline auto key_of(const domain::IdempotencyRecord& r) {
  return std::tuple(r.scope, r.key);
}
inline auto key_of(const domain::StoreSetting& r) {
  return r.name;
}
inline auto key_of(const domain::Posting& r) {
  return std::tuple(r.account, r.id);
}
inline auto key_of(const domain::LedgerEntry& r) {
  return std::tuple(r.account, r.posting, r.leg);
}
inline auto key_of(const domain::AuditRow& r) {
  return std::tuple(r.account, r.sequence);
}
inline auto key_of(const domain::Event& r) {
  return std::tuple(r.account, r.sequence);
}

// The name of each row type, in messages and dumps and as the backends' table.
inline std::string_view name_of(const domain::AccountHead*) {
  return "account_head";
}
inline std::string_view name_of(const domain::SmartAccount*) {
  return "smart_account";
}
inline std::string_view name_of(const domain::VirtualAccount*) {
  return "virtual_account";
}
inline std::string_view name_of(const domain::Lot*) {
  return "lot";
}
inline std::string_view name_of(const domain::LotBalance*) {
  return "lot_balance";
}
inline std::string_view name_of(const domain::Pool*) {
  return "pool";
}
inline std::string_view name_of(const domain::Usage*) {
  return "usage";
}
inline std::string_view name_of(const domain::Token*) {
  return "token";
}
inline std::string_view name_of(const domain::Instance*) {
  return "instance";
}
inline std::string_view name_of(const domain::InstanceUdi*) {
  return "instance_udi";
}
inline std::string_view name_of(const domain::CertificateRecord*) {
  return "certificate";
}
inline std::string_view name_of(const domain::StoredAnswer*) {
  return "stored_answer";
}
inline std::string_view name_of(const domain::Due*) {
  return "due";
}
inline std::string_view name_of(const domain::User*) {
  return "user";
}
inline std::string_view name_of(const domain::Session*) {
  return "session";
}
inline std::string_view name_of(const domain::ApiClient*) {
  return "api_client";
}
inline std::string_view name_of(const domain::AccessToken*) {
  return "access_token";
}
inline std::string_view name_of(const domain::CatalogVersion*) {
  return "catalog_version";
}
inline std::string_view name_of(const domain::IdempotencyRecord*) {
  return "idempotency";
}
inline std::string_view name_of(const domain::StoreSetting*) {
  return "store_setting";
}
inline std::string_view name_of(const domain::Posting*) {
  return "posting";
}
inline std::string_view name_of(const domain::LedgerEntry*) {
  return "ledger_entry";
}
inline std::string_view name_of(const domain::AuditRow*) {
  return "audit";
}
inline std::string_view name_of(const domain::Event*) {
  return "event";
}

// Does a change of the row free a unique value that another row of the same commit may take? Then a backend takes the
// old row away before any row comes.
template <class Row>
bool frees_unique(const Row&, const Row&) {
  return false;
}
template <>
inline bool frees_unique(const domain::SmartAccount& before, const domain::SmartAccount& after) {
  return before.domain != after.domain;
}

template <class Row>
using KeyOf = decltype(key_of(std::declval<const Row&>()));

// Rows that a loader fetches together. Once a group is loaded whole, a key of it without a row means "not there".
struct KeyGroup {
  enum class Of {
    All,             // the whole table (catalogs)
    Account,         // every row of the account
    VirtualAccount,  // every row of that virtual account
    Instance,
    Lot,
    FreshId,  // keyed by a numeric id that was taken in this batch: the store cannot have it
  };
  Of of = Of::All;
  AccountId account;
  std::int64_t id = 0;
  friend auto operator<=>(const KeyGroup&, const KeyGroup&) = default;
};
// The groups that a key belongs to, by row type (rows.cpp). None but All: the key is loaded alone.
class KeyGroups {
 public:
  KeyGroups(std::initializer_list<KeyGroup> groups) {
    for (const auto& group : groups) groups_[size_++] = group;
  }
  [[nodiscard]] const KeyGroup* begin() const { return groups_.data(); }
  [[nodiscard]] const KeyGroup* end() const { return groups_.data() + size_; }

 private:
  std::array<KeyGroup, 4> groups_;
  std::size_t size_ = 0;
};
template <class Row>
KeyGroups groups_of(const KeyOf<Row>&) {
  return {KeyGroup{}};
}
template <>
KeyGroups groups_of<domain::VirtualAccount>(const KeyOf<domain::VirtualAccount>& key);
template <>
KeyGroups groups_of<domain::Lot>(const KeyOf<domain::Lot>& key);
template <>
KeyGroups groups_of<domain::LotBalance>(const KeyOf<domain::LotBalance>& key);
template <>
KeyGroups groups_of<domain::Pool>(const KeyOf<domain::Pool>& key);
template <>
KeyGroups groups_of<domain::Usage>(const KeyOf<domain::Usage>& key);
template <>
KeyGroups groups_of<domain::Token>(const KeyOf<domain::Token>& key);
template <>
KeyGroups groups_of<domain::Instance>(const KeyOf<domain::Instance>& key);
template <>
KeyGroups groups_of<domain::Due>(const KeyOf<domain::Due>& key);

// One table of the working set, with undo back to the last mark.
template <class Row>
class RowTable {
 public:
  using Key = KeyOf<Row>;

  // The row, or nullptr when it does not exist. Asserts that the key was loaded. Valid until the row is changed.
  [[nodiscard]] const Row* find(const Key& key) const;
  // For change in place; asserts that the row exists. The key members must not be changed. The reference holds until
  // the table is next changed.
  Row& edit(const Key& key);
  // Inserts or replaces.
  void put(Row row);
  // No effect when there is no such row; asserts that the key was loaded.
  void erase(const Key& key);
  // All existing rows that are loaded or were put, in key order.
  template <class Visit>
  void for_each(Visit&& visit) const;
  // The same within [low, high): cheap where the key starts with what is asked for.
  template <class Visit>
  void for_each_between(const Key& low, const Key& high, Visit&& visit) const;

  // Loader's side: what the store has (nullopt: nothing under that key). Ignored when the key is known already.
  void load(const Key& key, std::optional<Row> row);
  [[nodiscard]] bool is_loaded(const Key& key) const;
  // Every row of the group was loaded.
  void cover(const KeyGroup& group) { covered_.insert(group); }
  [[nodiscard]] bool is_covered(const KeyGroup& group) const { return covered_.contains(group); }

  // Writer's side.
  void mark();
  void roll_back_to_mark();
  struct Change {
    const Row* before = nullptr;  // nullptr: did not exist, or was put without being loaded
    const Row* after = nullptr;   // nullptr: is gone
  };
  // Rows that differ from what was loaded, in key order.
  [[nodiscard]] std::vector<Change> changes() const;
  [[nodiscard]] bool has_changes() const;
  // Existing rows that were changed since the mark.
  template <class Visit>
  void for_each_since_mark(Visit&& visit) const;
  // Was the row loaded, with this member as it is now?
  template <class Member>
  [[nodiscard]] bool keeps_stored(const Row& row, Member member) const {
    const auto at = cells_.find(key_of(row));
    return at != cells_.end() && at->second.stored && (*at->second.stored).*member == row.*member;
  }

 private:
  struct Cell {
    std::optional<Row> stored;
    std::optional<Row> current;  // counts once the cell is changed
    bool changed = false;
    std::uint64_t mark = 0;  // the last mark after which it was changed
    [[nodiscard]] const Row* row() const {
      const auto& holder = changed ? current : stored;
      return holder ? &*holder : nullptr;
    }
  };
  struct Undo {
    Key key;
    bool known = false;          // there was a cell
    bool changed = false;        // and it was changed already,
    std::optional<Row> current;  // to this
  };
  // The cell, ready for a change that roll_back_to_mark() can undo.
  Cell& change(const Key& key);
  std::map<Key, Cell> cells_;
  std::set<KeyGroup> covered_;
  std::vector<Undo> undo_;  // since the mark, oldest first; one per key
  std::uint64_t mark_ = 1;
  bool touched_ = false;  // something was changed at some time, so a look for changes is worth it
};

template <class Row>
class AppendList {
 public:
  void append(Row row) { rows_.push_back(std::move(row)); }
  [[nodiscard]] const std::vector<Row>& rows() const { return rows_; }
  void mark() { mark_ = rows_.size(); }
  void roll_back_to_mark() { rows_.resize(mark_); }
  [[nodiscard]] std::size_t mark_position() const { return mark_; }

 private:
  std::vector<Row> rows_;
  std::size_t mark_ = 0;
};

// Postings of the batch, and which source keys are spent: in the store or earlier in the batch.
class PostingList {
 public:
  // A source that is spent, or was not named in ReadKeys::posting_sources, makes the command fail afterwards
  // (Rows::check_since_mark): look with Rows::postings_seen first.
  void append(domain::Posting row);
  [[nodiscard]] const std::vector<domain::Posting>& rows() const { return rows_; }
  // The posting that spent the source, or nullopt. Asserts that the source was loaded.
  [[nodiscard]] std::optional<PostingId> seen(AccountId account, std::string_view source_key) const;

  void load(AccountId account, std::string source_key, std::optional<PostingId> posting);
  [[nodiscard]] bool is_loaded(AccountId account, std::string_view source_key) const;
  void mark() { mark_ = rows_.size(); }
  void roll_back_to_mark() { rows_.resize(mark_); }
  [[nodiscard]] std::size_t mark_position() const { return mark_; }
  // Unloaded or spent sources since the mark. Errors: Internal, AlreadyExists.
  [[nodiscard]] Result<void> check_since_mark() const;

 private:
  [[nodiscard]] const domain::Posting* find_appended(AccountId account, std::string_view source, std::size_t end) const;
  std::map<std::pair<AccountId, std::string>, std::optional<PostingId>, std::less<>> stored_;
  std::vector<domain::Posting> rows_;
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
  PostingList postings;
  AppendList<domain::LedgerEntry> entries;
  AppendList<domain::AuditRow> audit;
  AppendList<domain::Event> events;

  // Takes the next numeric id of an account. Requires its head loaded or put. Whatever is keyed by the new id counts as
  // loaded and not there.
  std::int64_t take_id(AccountId account);
  void mark();
  void roll_back_to_mark();
  [[nodiscard]] bool unchanged() const;
  // Invariants that no command may break, over what changed since the mark: balances and pools not negative, legs of
  // each posting sum to zero, no source posted twice, no domain of two accounts. An error undoes the command, not the
  // batch. Errors: AlreadyExists (source, domain), Internal.
  [[nodiscard]] Result<void> check_since_mark() const;

  // Convenience reads over loaded ranges, in key order; each asserts that the range was loaded.
  [[nodiscard]] std::vector<domain::Pool> pools_of(AccountId account, VirtualAccountId va) const;
  [[nodiscard]] std::vector<domain::Usage> usage_of(AccountId account, InstanceId instance) const;
  // Every balance of a lot that was loaded.
  [[nodiscard]] std::vector<domain::LotBalance> balances_of(AccountId account, LotId lot) const;
  // Dues of the account at or before `until` among those loaded or put, earliest first.
  [[nodiscard]] std::vector<domain::Due> dues_until(AccountId account, WallTime until) const;
  // The token with that hash, or nullptr; the live instance that holds the UDI, or nullptr; the account with that
  // domain, or nullptr; the posting of a source, if any.
  [[nodiscard]] const domain::Token* token_by_hash(AccountId account, const KeyedHash& hash) const;
  [[nodiscard]] const domain::Instance* instance_by_udi(AccountId account, const Udi& udi) const;
  [[nodiscard]] const domain::SmartAccount* account_by_domain(std::string_view domain) const;
  [[nodiscard]] std::optional<PostingId> postings_seen(AccountId account, std::string_view source_key) const {
    return postings.seen(account, source_key);
  }

  // Loader's side: these were looked up; what they led to is in the tables.
  std::set<std::pair<AccountId, KeyedHash>> token_hashes_loaded;
  std::set<std::string, std::less<>> account_domains_loaded;

  // Calls visit(table) for each RowTable, in a fixed order.
  template <class Self, class Visit>
  static void for_each_table(Self& rows, Visit&& visit) {
    visit(rows.heads), visit(rows.accounts), visit(rows.virtual_accounts), visit(rows.lots), visit(rows.balances);
    visit(rows.pools), visit(rows.usage), visit(rows.tokens), visit(rows.instances), visit(rows.udis);
    visit(rows.certificates), visit(rows.answers), visit(rows.dues), visit(rows.users), visit(rows.sessions);
    visit(rows.api_clients), visit(rows.access_tokens), visit(rows.catalogs), visit(rows.idempotency);
    visit(rows.settings);
  }
  // The same for postings, entries, audit and events.
  template <class Self, class Visit>
  static void for_each_list(Self& rows, Visit&& visit) {
    visit(rows.postings), visit(rows.entries), visit(rows.audit), visit(rows.events);
  }
};

}  // namespace lictor::storage

#include "server/storage/row_table.hpp"  // the templates' bodies
