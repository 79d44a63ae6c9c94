#include "server/storage/memory/memory_tables.hpp"

#include <fmt/format.h>

namespace lictor::storage {

void MemoryTables::index(const domain::Token& row, Step step) {
  const std::pair key(row.account, row.hash);
  if (step == Step::Comes) {
    token_hashes_[key] = row.id;
  } else {
    token_hashes_.erase(key);
  }
}
void MemoryTables::index(const domain::InstanceUdi& row, Step step) {
  const std::tuple key(row.account, row.instance, row.udi);
  step == Step::Comes ? (void)udis_of_.insert(key) : (void)udis_of_.erase(key);
}
void MemoryTables::index(const domain::Due& row, Step step) {
  const std::tuple key(row.at, row.account, row.kind, row.id);
  step == Step::Comes ? (void)dues_by_time_.insert(key) : (void)dues_by_time_.erase(key);
}
void MemoryTables::index(const domain::Posting& row, Step step) {
  if (step == Step::Comes) sources_[{row.account, row.source_key}] = row.id;
}
void MemoryTables::index(const domain::SmartAccount& row, Step step) {
  if (step == Step::Comes) {
    domains_[row.domain] = row.account;
  } else {
    domains_.erase(row.domain);
  }
}

template <class Row>
void MemoryTables::put(const Row& row) {
  const auto key = key_of(row);
  auto& table = std::get<MemoryTable<Row>>(tables_);
  const auto at = table.find(key);
  if (at != table.end()) {
    index(at->second, Step::Goes);
    at->second = row;
  } else {
    table.emplace(key, row);
  }
  index(row, Step::Comes);
}

template <class Row>
void MemoryTables::remove(const Row& row) {
  index(row, Step::Goes);
  std::get<MemoryTable<Row>>(tables_).erase(key_of(row));
}

Result<void> MemoryTables::check(const Rows& rows) const {
  std::set<std::pair<AccountId, std::string>> sources;
  for (const auto& row : rows.postings.rows()) {
    const std::pair source(row.account, row.source_key);
    if (sources_.contains(source) || !sources.insert(source).second) {
      return Error{ErrorCode::Internal, fmt::format("the source \"{}\" would be posted twice", row.source_key)};
    }
  }
  bool again = false;
  Rows::for_each_list(rows, [&](const auto& list) {
    for (const auto& row : list.rows()) {
      using Row = std::remove_cvref_t<decltype(row)>;
      again = again || table<Row>().contains(key_of(row));
    }
  });
  if (again) return Error{ErrorCode::Internal, "a row that is only ever appended would be replaced"};
  for (const auto& change : rows.accounts.changes()) {
    if (change.after == nullptr) continue;
    const auto holder = domains_.find(change.after->domain);
    const auto* present = rows.accounts.find(holder == domains_.end() ? change.after->account : holder->second);
    if (present != nullptr && present->account != change.after->account && present->domain == change.after->domain) {
      return Error{ErrorCode::Internal, fmt::format("two accounts would have the domain \"{}\"", holder->first)};
    }
  }
  for (const auto& change : rows.balances.changes()) {
    if (change.after != nullptr && change.after->quantity < 0) {
      return Error{ErrorCode::Internal, fmt::format("a balance of lot {} is negative", change.after->lot.value)};
    }
  }
  return {};
}

Result<void> MemoryTables::apply(const Rows& rows) {
  if (auto checked = check(rows); !checked) return checked;
  Rows::for_each_table(rows, [&](const auto& table) {
    const auto changes = table.changes();
    for (const auto& change : changes) {
      if (change.before == nullptr) continue;
      if (change.after == nullptr || frees_unique(*change.before, *change.after)) remove(*change.before);
    }
    for (const auto& change : changes) {
      if (change.after != nullptr) put(*change.after);
    }
  });
  Rows::for_each_list(rows, [&](const auto& list) {
    for (const auto& row : list.rows()) put(row);
  });
  return {};
}

Result<std::vector<domain::Due>> MemoryTables::dues_until(AccountId account, WallTime until) const {
  std::vector<domain::Due> found;
  for (const auto& [at, owner, kind, id] : dues_by_time_) {
    if (at > until) break;
    if (owner == account) found.push_back(table<domain::Due>().at({account, kind, id}));
  }
  return found;
}

Result<std::optional<TokenId>> MemoryTables::token_by_hash(AccountId account, const KeyedHash& hash) const {
  const auto at = token_hashes_.find({account, hash});
  return at == token_hashes_.end() ? std::optional<TokenId>() : at->second;
}

Result<std::optional<PostingId>> MemoryTables::posting_by_source(AccountId account,
                                                                 const std::string& source_key) const {
  const auto at = sources_.find({account, source_key});
  return at == sources_.end() ? std::optional<PostingId>() : at->second;
}

Result<std::optional<AccountId>> MemoryTables::account_by_domain(const std::string& domain) const {
  const auto at = domains_.find(domain);
  return at == domains_.end() ? std::optional<AccountId>() : at->second;
}

std::optional<WallTime> MemoryTables::next_due() const {
  return dues_by_time_.empty() ? std::optional<WallTime>() : std::get<0>(*dues_by_time_.begin());
}

std::vector<AccountId> MemoryTables::accounts_due(WallTime now, std::size_t limit) const {
  std::vector<AccountId> found;
  std::set<AccountId> known;
  for (const auto& due : dues_by_time_) {
    if (std::get<0>(due) > now || found.size() == limit) break;
    if (known.insert(std::get<1>(due)).second) found.push_back(std::get<1>(due));
  }
  return found;
}

}  // namespace lictor::storage
