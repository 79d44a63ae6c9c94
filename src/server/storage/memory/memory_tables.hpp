// The memory backend's contents: a map per row type and the few indexes that its lookups need.
#pragma once

#include <map>
#include <set>
#include <string>
#include <tuple>

#include "server/storage/key_loader.hpp"
#include "server/storage/rows.hpp"

namespace lictor::storage {

template <class Row>
using MemoryTable = std::map<KeyOf<Row>, Row>;

class MemoryTables {
 public:
  template <class Row>
  [[nodiscard]] const MemoryTable<Row>& table() const {
    return std::get<MemoryTable<Row>>(tables_);
  }

  // All or nothing. Error: Internal, for what SQLite's constraints would refuse.
  Result<void> apply(const Rows& rows);

  // The source of a KeyLoader.
  template <class Row>
  Result<std::optional<Row>> get(const KeyOf<Row>& key) const {
    const auto at = table<Row>().find(key);
    return at == table<Row>().end() ? std::optional<Row>() : std::optional<Row>(at->second);
  }
  template <class Row>
  Result<std::vector<Row>> group(const KeyGroup& group) const {
    std::vector<Row> found;
    visit_group(
        group, [&](const Row& row) { found.push_back(row); }, static_cast<const Row*>(nullptr));
    return found;
  }
  [[nodiscard]] Result<std::vector<domain::Due>> dues_until(AccountId account, WallTime until) const;
  [[nodiscard]] Result<std::optional<TokenId>> token_by_hash(AccountId account, const KeyedHash& hash) const;
  [[nodiscard]] Result<std::optional<PostingId>> posting_by_source(AccountId account,
                                                                   const std::string& source_key) const;
  [[nodiscard]] Result<std::optional<AccountId>> account_by_domain(const std::string& domain) const;

  [[nodiscard]] std::optional<WallTime> next_due() const;
  [[nodiscard]] std::vector<AccountId> accounts_due(WallTime now, std::size_t limit) const;

 private:
  // Rows with low <= key < high.
  template <class Row, class Visit>
  void between(const KeyOf<Row>& low, const KeyOf<Row>& high, Visit&& visit) const {
    for (auto at = table<Row>().lower_bound(low); at != table<Row>().end() && at->first < high; ++at) visit(at->second);
  }
  template <class Visit>
  void visit_group(const KeyGroup& group, Visit&& visit, const domain::VirtualAccount*) const {
    between<domain::VirtualAccount>({group.account, {}}, {AccountId{group.account.value + 1}, {}}, visit);
  }
  template <class Visit>
  void visit_group(const KeyGroup& group, Visit&& visit, const domain::Pool*) const {
    const VirtualAccountId va{group.id};
    if (group.of == KeyGroup::Of::Account) {
      between<domain::Pool>({group.account, {}, {}}, {AccountId{group.account.value + 1}, {}, {}}, visit);
    } else {
      between<domain::Pool>({group.account, va, {}}, {group.account, VirtualAccountId{va.value + 1}, {}}, visit);
    }
  }
  template <class Visit>
  void visit_group(const KeyGroup& group, Visit&& visit, const domain::LotBalance*) const {
    between<domain::LotBalance>({group.account, {}, {}, {}}, {AccountId{group.account.value + 1}, {}, {}, {}},
                                [&](const domain::LotBalance& row) {
                                  const bool of_lot = group.of == KeyGroup::Of::Lot;
                                  if ((of_lot ? row.lot.value : row.va.value) == group.id) visit(row);
                                });
  }
  template <class Visit>
  void visit_group(const KeyGroup& group, Visit&& visit, const domain::Usage*) const {
    const InstanceId id{group.id};
    between<domain::Usage>({group.account, id, {}}, {group.account, InstanceId{id.value + 1}, {}}, visit);
  }
  template <class Visit>
  void visit_group(const KeyGroup& group, Visit&& visit, const domain::InstanceUdi*) const {
    const InstanceId id{group.id};
    for (auto at = udis_of_.lower_bound({group.account, id, {}});
         at != udis_of_.end() && std::get<0>(*at) == group.account && std::get<1>(*at) == id; ++at) {
      visit(table<domain::InstanceUdi>().at({group.account, std::get<2>(*at)}));
    }
  }
  template <class Visit>
  void visit_group(const KeyGroup&, Visit&& visit, const domain::CatalogVersion*) const {
    for (const auto& [version, row] : table<domain::CatalogVersion>()) visit(row);
  }
  Result<void> check(const Rows& rows) const;
  template <class Row>
  void put(const Row& row);
  template <class Row>
  void remove(const Row& row);
  // Keeps the indexes in step with a row that comes or goes.
  enum class Step { Comes, Goes };
  template <class Row>
  void index(const Row&, Step) {}
  void index(const domain::Token& row, Step step);
  void index(const domain::InstanceUdi& row, Step step);
  void index(const domain::Due& row, Step step);
  void index(const domain::Posting& row, Step step);
  void index(const domain::SmartAccount& row, Step step);

  std::tuple<MemoryTable<domain::AccountHead>, MemoryTable<domain::SmartAccount>, MemoryTable<domain::VirtualAccount>,
             MemoryTable<domain::Lot>, MemoryTable<domain::LotBalance>, MemoryTable<domain::Pool>,
             MemoryTable<domain::Usage>, MemoryTable<domain::Token>, MemoryTable<domain::Instance>,
             MemoryTable<domain::InstanceUdi>, MemoryTable<domain::CertificateRecord>,
             MemoryTable<domain::StoredAnswer>, MemoryTable<domain::Due>, MemoryTable<domain::User>,
             MemoryTable<domain::Session>, MemoryTable<domain::ApiClient>, MemoryTable<domain::AccessToken>,
             MemoryTable<domain::CatalogVersion>, MemoryTable<domain::IdempotencyRecord>,
             MemoryTable<domain::StoreSetting>, MemoryTable<domain::Posting>, MemoryTable<domain::LedgerEntry>,
             MemoryTable<domain::AuditRow>, MemoryTable<domain::Event>>
      tables_;
  std::map<std::pair<AccountId, KeyedHash>, TokenId> token_hashes_;
  std::set<std::tuple<AccountId, InstanceId, Udi>> udis_of_;
  std::set<std::tuple<WallTime, AccountId, domain::DueKind, std::string>> dues_by_time_;
  std::map<std::pair<AccountId, std::string>, PostingId> sources_;
  std::map<std::string, AccountId> domains_;
};

}  // namespace lictor::storage
