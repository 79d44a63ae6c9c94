// What people read: committed data, each read inside a tenant scope that a checked permission made (spec ACC-1, INV-1,
// INV-2, INV-4, INV-5). One object per call and thread.
#pragma once

#include "server/account_service/tokens.hpp"
#include "server/storage/store.hpp"

namespace lictor::account_service {

struct PageRequest {
  std::int64_t after = 0;  // the `next` of the page before; 0: from the start
  int limit = 50;          // 1 to kMaxPage
};
inline constexpr int kMaxPage = 500;
inline constexpr std::size_t kMaxSearch = 100;  // bytes of a search text

template <class T>
struct PageOf {
  std::vector<T> items;
  std::optional<std::int64_t> next;  // absent: the last page
};

// One tag in one VA, or over the account (va 0): sums of pools (CMP-1).
struct BalanceLine {
  VirtualAccountId va;
  EntitlementTag tag;
  std::string name;  // the catalog's display name; the tag's text when the catalog does not know it any more
  domain::Pool sum;  // its account, va and tag are those above
  [[nodiscard]] Count balance() const { return domain::balance(sum); }
};

struct InstanceDetail {
  domain::Instance instance;
  std::vector<domain::Usage> usage;
};

// A list of tokens goes through the usable ones, then through the others (TOK-1).
struct TokenCursor {
  enum class Part { Usable, Others };
  Part part = Part::Usable;
  std::int64_t after = 0;
};
struct TokenPage {
  std::vector<domain::Token> items;
  std::optional<TokenCursor> next;
};

class Queries {
 public:
  // All must outlive it.
  Queries(storage::ReadStore& store, const Environment& environment, const Actor& actor)
      : store_(store), environment_(environment), actor_(actor) {}

  // Those that the actor sees. `domain` "" = all.
  Result<PageOf<domain::SmartAccount>> accounts(std::string_view domain, const PageRequest& page);
  Result<domain::SmartAccount> account(AccountId id);
  // Those whose contents the actor may read; `name` "" = all. Permission: sees the account.
  Result<std::vector<domain::VirtualAccount>> virtual_accounts(AccountId account, std::string_view name);
  Result<domain::VirtualAccount> virtual_account(AccountId account, VirtualAccountId va);
  // Does the VA hold instances that live, or tokens that can be used? For its removal; checks no permission.
  Result<std::int64_t> audit_sequence(AccountId account);  // of what is committed
  Result<bool> holds_devices(AccountId account, VirtualAccountId va, WallTime now);

  // `va` 0: the account as a whole, which the roles of a VA may not read.
  Result<PageOf<storage::LicenseReader::LotRow>> lots(AccountId account, VirtualAccountId va, const PageRequest& page);
  Result<PageOf<domain::LedgerEntry>> entries(AccountId account, VirtualAccountId va, const PageRequest& page);
  // In catalog order; `va` 0: one line per tag over the account.
  Result<std::vector<BalanceLine>> balances(AccountId account, VirtualAccountId va);

  Result<TokenPage> tokens(AccountId account, VirtualAccountId va, const TokenCursor& from, int limit, WallTime now);
  Result<domain::Token> token(AccountId account, TokenId id);
  // May the actor see the whole text of that token?
  [[nodiscard]] bool may_show(const domain::Token& token) const;

  Result<PageOf<domain::Instance>> instances(AccountId account, VirtualAccountId va,
                                             const storage::InstanceFilter& filter, const PageRequest& page);
  Result<InstanceDetail> instance(AccountId account, InstanceId id);

  Result<PageOf<domain::Event>> events(AccountId account, VirtualAccountId va, const PageRequest& page);
  // `account` 0: the manager's own. Permission: ReadAccount; the manager's: ManageAccounts.
  Result<PageOf<domain::AuditRow>> audit(AccountId account, const PageRequest& page);

  // Permission: ManageUsers of the manager.
  Result<PageOf<domain::User>> users(const PageRequest& page);
  // Permission: ManageApiClients where it belongs.
  Result<domain::ApiClient> api_client(std::string_view id);
  // Everybody who is known may read the catalog. Error: NotFound (none was imported).
  Result<domain::CatalogVersion> active_catalog();

 private:
  Result<storage::TenantScope> scope(domain::Action action, AccountId account, VirtualAccountId va);
  storage::ReadStore& store_;
  const Environment& environment_;
  const Actor& actor_;
};

}  // namespace lictor::account_service
