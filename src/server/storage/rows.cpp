#include "server/storage/rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>

namespace lictor::storage {

namespace {

using Of = KeyGroup::Of;

[[noreturn]] void fail(const std::string& message) {
  std::fputs(message.c_str(), stderr);
  std::abort();
}

// A due's id as the number of a lot or instance; 0 when it is something else.
std::int64_t due_number(domain::DueKind kind, const std::string& id) {
  if (kind == domain::DueKind::CertificateEnds || kind == domain::DueKind::AnswerEnds) return 0;
  std::int64_t number = 0;
  const auto end = id.data() + id.size();
  const auto [parsed, error] = std::from_chars(id.data(), end, number);
  return error == std::errc{} && parsed == end ? number : 0;
}

}  // namespace

void fail_unloaded(std::string_view table, std::string_view key) {
  fail(fmt::format("storage: {} {} was read but not loaded; the command's keys() must name it\n", table, key));
}
void fail_missing(std::string_view table, std::string_view key) {
  fail(fmt::format("storage: {} {} was edited but does not exist\n", table, key));
}

std::string key_text(std::int64_t value) {
  return std::to_string(value);
}
std::string key_text(const std::string& value) {
  return value;
}
std::string key_text(const Udi& value) {
  return to_string(value);
}
std::string key_text(const EntitlementTag& value) {
  return value.text;
}
std::string key_text(const domain::Place& value) {
  return domain::to_string(value);
}
std::string key_text(domain::DueKind value) {
  return std::string(domain::to_string(value));
}

template <>
KeyGroups groups_of<domain::VirtualAccount>(const KeyOf<domain::VirtualAccount>& key) {
  const auto& [account, va] = key;
  return {{Of::Account, account, 0}, {Of::FreshId, account, va.value}};
}
template <>
KeyGroups groups_of<domain::Lot>(const KeyOf<domain::Lot>& key) {
  const auto& [account, lot] = key;
  return {{Of::FreshId, account, lot.value}};
}
template <>
KeyGroups groups_of<domain::LotBalance>(const KeyOf<domain::LotBalance>& key) {
  const auto& [account, va, place, lot] = key;
  return {{Of::VirtualAccount, account, va.value},
          {Of::Lot, account, lot.value},
          {Of::FreshId, account, va.value},
          {Of::FreshId, account, lot.value}};
}
template <>
KeyGroups groups_of<domain::Pool>(const KeyOf<domain::Pool>& key) {
  const auto& [account, va, tag] = key;
  return {{Of::Account, account, 0}, {Of::VirtualAccount, account, va.value}, {Of::FreshId, account, va.value}};
}
template <>
KeyGroups groups_of<domain::Usage>(const KeyOf<domain::Usage>& key) {
  const auto& [account, instance, tag] = key;
  return {{Of::Instance, account, instance.value}, {Of::FreshId, account, instance.value}};
}
template <>
KeyGroups groups_of<domain::Token>(const KeyOf<domain::Token>& key) {
  const auto& [account, token] = key;
  return {{Of::FreshId, account, token.value}};
}
template <>
KeyGroups groups_of<domain::Instance>(const KeyOf<domain::Instance>& key) {
  const auto& [account, instance] = key;
  return {{Of::FreshId, account, instance.value}};
}
template <>
KeyGroups groups_of<domain::Due>(const KeyOf<domain::Due>& key) {
  const auto& [account, kind, id] = key;
  return {{Of::FreshId, account, due_number(kind, id)}};
}

void PostingList::append(domain::Posting row) {
  rows_.push_back(std::move(row));
}

const domain::Posting* PostingList::find_appended(AccountId account, std::string_view source, std::size_t end) const {
  for (std::size_t i = 0; i < end; ++i) {
    if (rows_[i].account == account && rows_[i].source_key == source) return &rows_[i];
  }
  return nullptr;
}

std::optional<PostingId> PostingList::seen(AccountId account, std::string_view source_key) const {
  if (const auto* posting = find_appended(account, source_key, rows_.size())) return posting->id;
  const auto at = stored_.find(std::pair(account, std::string(source_key)));
  if (at == stored_.end()) fail_unloaded("posting source", source_key);
  return at->second;
}

void PostingList::load(AccountId account, std::string source_key, std::optional<PostingId> posting) {
  stored_.try_emplace({account, std::move(source_key)}, posting);
}

bool PostingList::is_loaded(AccountId account, std::string_view source_key) const {
  return stored_.contains(std::pair(account, std::string(source_key)));
}

Result<void> PostingList::check_since_mark() const {
  for (std::size_t i = mark_; i < rows_.size(); ++i) {
    const auto& row = rows_[i];
    const auto at = stored_.find(std::pair(row.account, row.source_key));
    if (at == stored_.end()) {
      return Error{ErrorCode::Internal,
                   fmt::format("the posting source \"{}\" was not named in the command's keys", row.source_key)};
    }
    if (at->second || find_appended(row.account, row.source_key, i) != nullptr) {
      return Error{ErrorCode::AlreadyExists, fmt::format("the source \"{}\" was posted before", row.source_key)};
    }
  }
  return {};
}

std::int64_t Rows::take_id(AccountId account) {
  const std::int64_t id = heads.edit(account).next_id++;
  const KeyGroup fresh{Of::FreshId, account, id};
  virtual_accounts.cover(fresh);
  lots.cover(fresh);
  balances.cover(fresh);
  pools.cover(fresh);
  usage.cover(fresh);
  tokens.cover(fresh);
  instances.cover(fresh);
  dues.cover(fresh);
  return id;
}

void Rows::mark() {
  for_each_table(*this, [](auto& table) { table.mark(); });
  for_each_list(*this, [](auto& list) { list.mark(); });
}

void Rows::roll_back_to_mark() {
  for_each_table(*this, [](auto& table) { table.roll_back_to_mark(); });
  for_each_list(*this, [](auto& list) { list.roll_back_to_mark(); });
}

bool Rows::unchanged() const {
  bool changed = false;
  for_each_list(*this, [&](const auto& list) { changed = changed || !list.rows().empty(); });
  for_each_table(*this, [&](const auto& table) { changed = changed || table.has_changes(); });
  return !changed;
}

Result<void> Rows::check_since_mark() const {
  Result<void> checked = postings.check_since_mark();
  if (!checked) return checked;
  accounts.for_each_since_mark([&](const domain::SmartAccount& row) {
    if (!account_domains_loaded.contains(row.domain) && !accounts.keeps_stored(row, &domain::SmartAccount::domain)) {
      checked =
          Error{ErrorCode::Internal, fmt::format("the domain \"{}\" was not named in the command's keys", row.domain)};
    }
    accounts.for_each([&](const domain::SmartAccount& other) {
      if (other.domain == row.domain && other.account != row.account) {
        checked = Error{ErrorCode::AlreadyExists, fmt::format("the domain \"{}\" has an account", row.domain)};
      }
    });
  });
  if (!checked) return checked;
  std::map<std::pair<AccountId, PostingId>, Count> sums;
  for (std::size_t i = entries.mark_position(); i < entries.rows().size(); ++i) {
    const auto& entry = entries.rows()[i];
    sums[{entry.account, entry.posting}] += entry.delta;
  }
  for (const auto& [posting, sum] : sums) {
    if (sum != 0) {
      return Error{ErrorCode::Internal, fmt::format("the legs of posting {} sum to {}", posting.second.value, sum)};
    }
  }
  balances.for_each_since_mark([&](const domain::LotBalance& row) {
    if (row.quantity < 0) {
      checked = Error{ErrorCode::Internal, fmt::format("the balance of lot {} became negative", row.lot.value)};
    }
  });
  pools.for_each_since_mark([&](const domain::Pool& row) {
    if (std::min({row.owned, row.reserved, row.in_use, row.lent, row.borrowed, row.short_count}) < 0) {
      checked = Error{ErrorCode::Internal, fmt::format("a count of pool {} became negative", row.tag.text)};
    }
  });
  return checked;
}

std::vector<domain::Pool> Rows::pools_of(AccountId account, VirtualAccountId va) const {
  if (!pools.is_loaded({account, va, {}})) fail_unloaded("pools of virtual account", key_text(va));
  std::vector<domain::Pool> found;
  pools.for_each_between({account, va, {}}, {account, VirtualAccountId{va.value + 1}, {}},
                         [&](const domain::Pool& row) { found.push_back(row); });
  return found;
}

std::vector<domain::Usage> Rows::usage_of(AccountId account, InstanceId instance) const {
  if (!usage.is_loaded({account, instance, {}})) fail_unloaded("usage of instance", key_text(instance));
  std::vector<domain::Usage> found;
  usage.for_each_between({account, instance, {}}, {account, InstanceId{instance.value + 1}, {}},
                         [&](const domain::Usage& row) { found.push_back(row); });
  return found;
}

std::vector<domain::LotBalance> Rows::balances_of(AccountId account, LotId lot) const {
  const KeyGroup whole{Of::Lot, account, lot.value};
  if (!balances.is_covered(whole) && !lots.is_covered({Of::FreshId, account, lot.value})) {
    fail_unloaded("balances of lot", key_text(lot));
  }
  std::vector<domain::LotBalance> found;
  balances.for_each_between({account, {}, {}, {}}, {AccountId{account.value + 1}, {}, {}, {}},
                            [&](const domain::LotBalance& row) {
                              if (row.lot == lot) found.push_back(row);
                            });
  return found;
}

std::vector<domain::Due> Rows::dues_until(AccountId account, WallTime until) const {
  std::vector<domain::Due> found;
  const domain::DueKind first{};
  dues.for_each_between({account, first, {}}, {AccountId{account.value + 1}, first, {}}, [&](const domain::Due& row) {
    if (row.at <= until) found.push_back(row);
  });
  std::sort(found.begin(), found.end());
  return found;
}

const domain::Token* Rows::token_by_hash(AccountId account, const KeyedHash& hash) const {
  const domain::Token* found = nullptr;
  tokens.for_each_between({account, TokenId{}}, {AccountId{account.value + 1}, TokenId{}},
                          [&](const domain::Token& row) {
                            if (row.hash == hash) found = &row;
                          });
  if (found == nullptr && !token_hashes_loaded.contains({account, hash})) {
    fail_unloaded("token by hash", std::to_string(account.value));
  }
  return found;
}

const domain::Instance* Rows::instance_by_udi(AccountId account, const Udi& udi) const {
  const auto* held = udis.find({account, udi});
  return held == nullptr ? nullptr : instances.find({account, held->instance});
}

const domain::SmartAccount* Rows::account_by_domain(std::string_view domain) const {
  const domain::SmartAccount* found = nullptr;
  accounts.for_each([&](const domain::SmartAccount& row) {
    if (row.domain == domain) found = &row;
  });
  if (found == nullptr && !account_domains_loaded.contains(domain)) fail_unloaded("account by domain", domain);
  return found;
}

}  // namespace lictor::storage
