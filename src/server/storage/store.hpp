// A storage backend: loads what commands read, commits what they changed, and answers readers. Memory, SQLite and
// (later) PostgreSQL; the contract suite in tests/contract/storage is the definition.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/storage/command.hpp"

namespace lictor::storage {

// Whose data a reader may see. Made from checked permissions only; every read method takes one (ACC-1).
class TenantScope {
 public:
  // One whole account, or one of its VAs.
  static TenantScope account(AccountId account) { return TenantScope(account, {}); }
  static TenantScope virtual_account(AccountId account, VirtualAccountId va) { return TenantScope(account, va); }
  [[nodiscard]] AccountId account_id() const { return account_; }
  [[nodiscard]] std::optional<VirtualAccountId> va() const { return va_; }

 private:
  TenantScope(AccountId account, std::optional<VirtualAccountId> va) : account_(account), va_(va) {}
  AccountId account_;
  std::optional<VirtualAccountId> va_;
};

// Keyset paging: `after` is the last id of the page before (0 = from the start).
struct Page {
  std::int64_t after = 0;
  int limit = 50;  // 1-1000
};
inline constexpr int kMaxPageLimit = 1000;

// The half that the writer drives. One thread.
class WriteStore {
 public:
  virtual ~WriteStore() = default;
  // Loads into `rows` all that `keys` name (see ReadKeys) inside the transaction that commit() will end. Begins one if
  // none is open. Also loads the account's due rows up to `now`. Errors: Io, Corrupt, Unavailable.
  virtual Result<void> load(const ReadKeys& keys, WallTime now, Rows& rows) = 0;
  // Writes every change of `rows` durably and ends the transaction. Exactly one durable commit. Any error but DiskFull
  // means "unknown" and is never retried: the writer ends (idea 5 of the design), and so do all later calls, with
  // Unavailable. DiskFull is reported before anything changed.
  virtual Result<void> commit(const Rows& rows) = 0;
  // Ends the transaction without a trace. Also when nothing changed.
  virtual void abandon() = 0;
  // The earliest due time over all accounts, and accounts with something due by `now` (at most `limit`).
  virtual Result<std::optional<WallTime>> next_due() = 0;
  virtual Result<std::vector<AccountId>> accounts_due(WallTime now, int limit) = 0;
};

// Readers see committed data only. Any thread, one reader object per thread. Lists are in order of their id; a scope of
// one virtual account sees what belongs to it alone. Errors: Io, Corrupt, Busy.
class AccountReader {
 public:
  virtual ~AccountReader() = default;
  virtual Result<std::vector<domain::SmartAccount>> accounts(const Page& page) = 0;  // for vendor operators
  virtual Result<std::optional<domain::SmartAccount>> account(AccountId id) = 0;
  virtual Result<std::optional<domain::AccountHead>> head(AccountId id) = 0;
  virtual Result<std::optional<domain::SmartAccount>> account_by_domain(std::string_view domain) = 0;
  virtual Result<std::vector<domain::VirtualAccount>> virtual_accounts(const TenantScope& scope) = 0;
  // Of a whole account only. Error: PermissionDenied for a virtual account's scope.
  virtual Result<std::vector<domain::AuditRow>> audit(const TenantScope& scope, const Page& page) = 0;
  virtual Result<std::vector<domain::Event>> events(const TenantScope& scope, const Page& page) = 0;
};
class LicenseReader {
 public:
  virtual ~LicenseReader() = default;
  virtual Result<std::vector<domain::Pool>> pools(const TenantScope& scope) = 0;  // by (va, tag)
  struct LotRow {
    domain::Lot lot;
    domain::LotBalance balance;
  };
  // By lot id; a page counts lots, each with all its balances in the scope. Lots without a balance are not listed.
  virtual Result<std::vector<LotRow>> lots(const TenantScope& scope, const Page& page) = 0;
  // By posting; a page counts postings, each with all its legs in the scope.
  virtual Result<std::vector<domain::LedgerEntry>> entries(const TenantScope& scope, const Page& page) = 0;
};
class TokenReader {
 public:
  virtual ~TokenReader() = default;
  virtual Result<std::vector<domain::Token>> tokens(const TenantScope& scope, const Page& page) = 0;
  virtual Result<std::optional<domain::Token>> token(const TenantScope& scope, TokenId id) = 0;
};
struct InstanceFilter {
  std::string search;  // prefix of name, host name, pid or serial number, case folded; "" = all
  bool include_removed = false;
};
class InstanceReader {
 public:
  virtual ~InstanceReader() = default;
  virtual Result<std::vector<domain::Instance>> instances(const TenantScope& scope, const InstanceFilter& filter,
                                                          const Page& page) = 0;
  virtual Result<std::optional<domain::Instance>> instance(const TenantScope& scope, InstanceId id) = 0;
  virtual Result<std::vector<domain::Usage>> usage(const TenantScope& scope, InstanceId id) = 0;
  // For the request path, before the command: who a certificate was issued to that is not its instance's present one.
  virtual Result<std::optional<domain::CertificateRecord>> certificate(AccountId account, const Serial& serial) = 0;
  virtual Result<std::optional<domain::StoredAnswer>> answer(AccountId account, const RequestId& request) = 0;
};
class DirectoryReader {
 public:
  virtual ~DirectoryReader() = default;
  virtual Result<std::optional<domain::User>> user(std::string_view name) = 0;
  virtual Result<std::optional<domain::User>> user_by_id(UserId id) = 0;
  virtual Result<std::vector<domain::User>> users(const Page& page) = 0;
  virtual Result<std::optional<domain::Session>> session(const KeyedHash& hash) = 0;
  virtual Result<std::optional<domain::ApiClient>> api_client(std::string_view id) = 0;
  virtual Result<std::optional<domain::AccessToken>> access_token(const KeyedHash& hash) = 0;
  virtual Result<std::optional<std::string>> setting(std::string_view name) = 0;
  virtual Result<std::optional<domain::CatalogVersion>> active_catalog() = 0;
  virtual Result<std::optional<domain::IdempotencyRecord>> idempotency(std::string_view scope,
                                                                       std::string_view key) = 0;
};
// All reading faces of one store, for one thread.
class ReadStore : public AccountReader,
                  public LicenseReader,
                  public TokenReader,
                  public InstanceReader,
                  public DirectoryReader {};

class Store {
 public:
  virtual ~Store() = default;
  [[nodiscard]] virtual WriteStore& writer() = 0;
  [[nodiscard]] virtual Result<std::unique_ptr<ReadStore>> open_reader() = 0;
  // Everything, as text in a canonical order: two stores with equal contents dump equal (contract tests, DB-3).
  virtual Result<std::string> dump() = 0;
};

// Holds everything in memory; for tests and simulation.
std::unique_ptr<Store> make_memory_store();
// Another one with the same contents; requires one that make_memory_store made.
std::unique_ptr<Store> copy_memory_store(const Store& original);

}  // namespace lictor::storage
