#include "server/account_service/queries.hpp"

#include <algorithm>
#include <set>

#include "server/account_service/directory.hpp"

namespace lictor::account_service {
namespace {

using domain::Action;
using storage::TenantScope;

// One more than asked for tells whether there is a next page.
storage::Page with_one_more(const PageRequest& page) {
  return {page.after, std::clamp(page.limit, 1, kMaxPage) + 1};
}

// Keeps `limit` groups of rows with one id, in order, and says where the next page starts.
template <class T, class IdOf>
PageOf<T> cut(std::vector<T> rows, int limit, IdOf&& id_of) {
  limit = std::clamp(limit, 1, kMaxPage);
  PageOf<T> page;
  int groups = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i == 0 || id_of(rows[i]) != id_of(rows[i - 1])) ++groups;
    if (groups > limit) {
      page.next = id_of(rows[i - 1]);
      rows.resize(i);
      break;
    }
  }
  page.items = std::move(rows);
  return page;
}

void add(domain::Pool& sum, const domain::Pool& pool) {
  sum.owned += pool.owned;
  sum.reserved += pool.reserved;
  sum.in_use += pool.in_use;
  sum.lent += pool.lent;
  sum.borrowed += pool.borrowed;
  sum.short_count += pool.short_count;
}

}  // namespace

Result<TenantScope> Queries::scope(Action action, AccountId account, VirtualAccountId va) {
  if (auto ok = permit(actor_, action, account, va); !ok) return ok.error();
  const auto exists = store_.account(account);
  if (!exists) return exists.error();
  if (!*exists) return no_such(what_is("account", account.value));
  if (va.value == 0) return TenantScope::account(account);
  const auto rows = store_.virtual_accounts(TenantScope::account(account));
  if (!rows) return rows.error();
  if (std::ranges::find(*rows, va, &domain::VirtualAccount::id) == rows->end()) {
    return no_such(what_is("virtual account", va.value));
  }
  return TenantScope::virtual_account(account, va);
}

Result<PageOf<domain::SmartAccount>> Queries::accounts(std::string_view domain, const PageRequest& page) {
  if (!domain.empty()) {
    const auto found = store_.account_by_domain(domain);
    if (!found) return found.error();
    PageOf<domain::SmartAccount> one;
    if (*found && sees(actor_, (*found)->account)) one.items.push_back(**found);
    return one;
  }
  const int limit = std::clamp(page.limit, 1, kMaxPage);
  const auto id_of = [](const domain::SmartAccount& row) { return row.account.value; };
  if (sees(actor_, kDirectoryAccount)) {
    auto rows = store_.accounts(with_one_more(page));
    if (!rows) return rows.error();
    return cut(std::move(*rows), limit, id_of);
  }
  std::set<AccountId> ids;
  for (const auto& grant : actor_.grants) {
    if (grant.account.value > page.after) ids.insert(grant.account);
  }
  std::vector<domain::SmartAccount> rows;
  for (const auto id : ids) {
    const auto found = store_.account(id);
    if (!found) return found.error();
    if (*found) rows.push_back(**found);
    if (rows.size() > static_cast<std::size_t>(limit)) break;
  }
  return cut(std::move(rows), limit, id_of);
}

Result<domain::SmartAccount> Queries::account(AccountId id) {
  const auto what = what_is("account", id.value);
  if (id == kDirectoryAccount || !sees(actor_, id)) return no_such(what);
  const auto found = store_.account(id);
  if (!found) return found.error();
  if (!*found) return no_such(what);
  return **found;
}

Result<std::vector<domain::VirtualAccount>> Queries::virtual_accounts(AccountId account, std::string_view name) {
  if (auto ok = this->account(account); !ok) return ok.error();
  auto rows = store_.virtual_accounts(TenantScope::account(account));
  if (!rows) return rows.error();
  std::erase_if(*rows, [&](const domain::VirtualAccount& row) {
    return (!name.empty() && row.name != name) || !permit(actor_, Action::ReadVirtualAccount, account, row.id);
  });
  return rows;
}

Result<domain::VirtualAccount> Queries::virtual_account(AccountId account, VirtualAccountId va) {
  if (auto ok = permit(actor_, Action::ReadVirtualAccount, account, va); !ok) return ok.error();
  auto rows = virtual_accounts(account, "");
  if (!rows) return rows.error();
  const auto found = std::ranges::find(*rows, va, &domain::VirtualAccount::id);
  if (found == rows->end()) return no_such(what_is("virtual account", va.value));
  return *found;
}

Result<std::int64_t> Queries::audit_sequence(AccountId account) {
  const auto head = store_.head(account);
  if (!head) return head.error();
  return *head ? (*head)->audit_sequence : 0;
}

Result<bool> Queries::holds_devices(AccountId account, VirtualAccountId va, WallTime now) {
  const auto scope = TenantScope::virtual_account(account, va);
  const auto live = store_.instances(scope, {}, {0, 1});
  if (!live) return live.error();
  if (!live->empty()) return true;
  for (storage::Page page{0, storage::kMaxPageLimit};;) {
    const auto tokens = store_.tokens(scope, page);
    if (!tokens) return tokens.error();
    for (const auto& token : *tokens) {
      if (status_of(token, now) == TokenStatus::Usable) return true;
    }
    if (tokens->empty()) return false;
    page.after = tokens->back().id.value;
  }
}

Result<PageOf<storage::LicenseReader::LotRow>> Queries::lots(AccountId account, VirtualAccountId va,
                                                             const PageRequest& page) {
  const auto within = scope(Action::ReadVirtualAccount, account, va);
  if (!within) return within.error();
  auto rows = store_.lots(*within, with_one_more(page));
  if (!rows) return rows.error();
  return cut(std::move(*rows), page.limit, [](const auto& row) { return row.lot.id.value; });
}

Result<PageOf<domain::LedgerEntry>> Queries::entries(AccountId account, VirtualAccountId va, const PageRequest& page) {
  const auto within = scope(Action::ReadVirtualAccount, account, va);
  if (!within) return within.error();
  auto rows = store_.entries(*within, with_one_more(page));
  if (!rows) return rows.error();
  return cut(std::move(*rows), page.limit, [](const auto& row) { return row.posting.value; });
}

Result<std::vector<BalanceLine>> Queries::balances(AccountId account, VirtualAccountId va) {
  const auto within = scope(Action::ReadVirtualAccount, account, va);
  if (!within) return within.error();
  const auto pools = store_.pools(*within);
  if (!pools) return pools.error();
  std::map<EntitlementTag, domain::Pool> sums;
  for (const auto& pool : *pools) {
    auto& sum = sums[pool.tag];
    sum.account = account;
    sum.va = va;
    sum.tag = pool.tag;
    add(sum, pool);
  }
  const auto catalog = environment_.catalog();
  std::vector<BalanceLine> lines;
  for (const auto& [tag, sum] : sums) {
    const auto* entry = catalog->find_tag(tag);
    lines.push_back({va, tag, entry == nullptr ? tag.text : entry->display_name, sum});
  }
  std::ranges::stable_sort(lines, {}, [&](const BalanceLine& line) { return catalog->hierarchy().order(line.tag); });
  return lines;
}

Result<TokenPage> Queries::tokens(AccountId account, VirtualAccountId va, const TokenCursor& from, int limit,
                                  WallTime now) {
  const auto within = scope(Action::ReadTokens, account, va);
  if (!within) return within.error();
  TokenPage page;
  TokenCursor at = from;
  while (true) {
    const auto rows = store_.tokens(*within, {at.after, storage::kMaxPageLimit});
    if (!rows) return rows.error();
    for (const auto& token : *rows) {
      const bool usable = status_of(token, now) == TokenStatus::Usable;
      if (usable == (at.part == TokenCursor::Part::Usable)) {
        if (page.items.size() == static_cast<std::size_t>(limit)) {
          page.next = at;
          return page;
        }
        page.items.push_back(token);
      }
      at.after = token.id.value;
    }
    if (!rows->empty()) continue;
    if (at.part == TokenCursor::Part::Others) return page;
    at = {TokenCursor::Part::Others, 0};
  }
}

Result<domain::Token> Queries::token(AccountId account, TokenId id) {
  const auto what = what_is("token", id.value);
  if (!sees(actor_, account)) return no_such(what_is("account", account.value));
  const auto found = store_.token(TenantScope::account(account), id);
  if (!found) return found.error();
  if (!*found) return no_such(what);
  if (auto ok = permit_object(actor_, Action::ReadTokens, account, (*found)->va, what); !ok) return ok.error();
  return **found;
}

bool Queries::may_show(const domain::Token& token) const {
  return permit(actor_, Action::ManageTokens, token.account, token.va).has_value();
}

Result<PageOf<domain::Instance>> Queries::instances(AccountId account, VirtualAccountId va,
                                                    const storage::InstanceFilter& filter, const PageRequest& page) {
  const auto within = scope(Action::ReadVirtualAccount, account, va);
  if (!within) return within.error();
  if (filter.search.size() > kMaxSearch) return Error{ErrorCode::InvalidArgument, "search: the text is too long"};
  auto rows = store_.instances(*within, filter, with_one_more(page));
  if (!rows) return rows.error();
  return cut(std::move(*rows), page.limit, [](const auto& row) { return row.id.value; });
}

Result<InstanceDetail> Queries::instance(AccountId account, InstanceId id) {
  const auto what = what_is("product instance", id.value);
  if (!sees(actor_, account)) return no_such(what_is("account", account.value));
  const auto found = store_.instance(TenantScope::account(account), id);
  if (!found) return found.error();
  if (!*found) return no_such(what);
  auto ok = permit_object(actor_, Action::ReadVirtualAccount, account, (*found)->va, what);
  if (!ok) return ok.error();
  auto usage = store_.usage(TenantScope::account(account), id);
  if (!usage) return usage.error();
  return InstanceDetail{**found, std::move(*usage)};
}

Result<PageOf<domain::Event>> Queries::events(AccountId account, VirtualAccountId va, const PageRequest& page) {
  const auto within = scope(Action::ReadVirtualAccount, account, va);
  if (!within) return within.error();
  auto rows = store_.events(*within, with_one_more(page));
  if (!rows) return rows.error();
  return cut(std::move(*rows), page.limit, [](const auto& row) { return row.sequence; });
}

Result<PageOf<domain::AuditRow>> Queries::audit(AccountId account, const PageRequest& page) {
  if (account == kDirectoryAccount) {
    if (auto ok = permit(actor_, Action::ManageAccounts, kDirectoryAccount); !ok) return ok.error();
  } else if (auto within = scope(Action::ReadAccount, account, {}); !within) {
    return within.error();
  }
  auto rows = store_.audit(TenantScope::account(account), with_one_more(page));
  if (!rows) return rows.error();
  return cut(std::move(*rows), page.limit, [](const auto& row) { return row.sequence; });
}

Result<PageOf<domain::User>> Queries::users(const PageRequest& page) {
  if (auto ok = permit(actor_, Action::ManageUsers, kDirectoryAccount); !ok) return ok.error();
  auto rows = store_.users(with_one_more(page));
  if (!rows) return rows.error();
  return cut(std::move(*rows), page.limit, [](const auto& row) { return row.id.value; });
}

Result<domain::ApiClient> Queries::api_client(std::string_view id) {
  const auto what = "API client " + std::string(id);
  const auto found = store_.api_client(id);
  if (!found) return found.error();
  if (!*found || !sees(actor_, home_of(**found))) return no_such(what);
  if (auto ok = permit(actor_, Action::ManageApiClients, home_of(**found)); !ok) return ok.error();
  return **found;
}

Result<domain::CatalogVersion> Queries::active_catalog() {
  auto found = store_.active_catalog();
  if (!found) return found.error();
  if (!*found) return no_such("catalog yet: none was imported");
  return **found;
}

}  // namespace lictor::account_service
