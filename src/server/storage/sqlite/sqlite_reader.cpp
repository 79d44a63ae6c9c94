#include "server/storage/sqlite/sqlite_reader.hpp"

#include <algorithm>

#include "server/storage/sqlite/sqlite_source.hpp"

namespace lictor::storage {

namespace {

// Up to this many entries a search collects and sorts what its prefix matches; beyond it matches are so frequent that a
// walk in the order of the instances meets a page of them soon.
constexpr int kFewMatches = 10'000;

int limit_of(const Page& page) {
  return std::clamp(page.limit, 1, kMaxPageLimit);
}

// The first text that is greater than every text with the prefix.
std::string beyond(std::string prefix) {
  while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xff) prefix.pop_back();
  if (!prefix.empty()) prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix;
}

// Several statements over one committed state.
class Snapshot {
 public:
  explicit Snapshot(Connection& connection) : connection_(connection), begun_(connection.execute("BEGIN")) {}
  ~Snapshot() {
    if (begun_) (void)connection_.execute("COMMIT");
  }
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;
  [[nodiscard]] const Result<void>& begun() const { return begun_; }

 private:
  Connection& connection_;
  Result<void> begun_;
};

class SqliteReader final : public ReadStore {
 public:
  explicit SqliteReader(std::unique_ptr<Connection> connection)
      : connection_(std::move(connection)), source_(*connection_) {}

  Result<std::vector<domain::SmartAccount>> accounts(const Page& page) override {
    return source_.rows<domain::SmartAccount>(sql::kAccounts, page.after, limit_of(page));
  }
  Result<std::optional<domain::SmartAccount>> account(AccountId id) override {
    return source_.get<domain::SmartAccount>(id);
  }
  Result<std::optional<domain::AccountHead>> head(AccountId id) override {
    return source_.get<domain::AccountHead>(id);
  }
  Result<std::optional<domain::SmartAccount>> account_by_domain(std::string_view domain) override {
    return source_.row<domain::SmartAccount>(sql::kAccountRowByDomain, domain);
  }
  Result<std::vector<domain::VirtualAccount>> virtual_accounts(const TenantScope& scope) override {
    if (!scope.va()) return source_.rows<domain::VirtualAccount>(sql::kVirtualAccounts, scope.account_id());
    auto one = source_.get<domain::VirtualAccount>({scope.account_id(), *scope.va()});
    if (!one) return one.error();
    std::vector<domain::VirtualAccount> found;
    if (*one) found.push_back(**std::move(one));
    return found;
  }
  Result<std::vector<domain::AuditRow>> audit(const TenantScope& scope, const Page& page) override {
    if (scope.va()) return Error{ErrorCode::PermissionDenied, "the audit trail belongs to the whole account"};
    return source_.rows<domain::AuditRow>(sql::kAudit, scope.account_id(), page.after, limit_of(page));
  }
  Result<std::vector<domain::Event>> events(const TenantScope& scope, const Page& page) override {
    return paged<domain::Event>(sql::kEvents, sql::kEventsOfVa, scope, page);
  }

  Result<std::vector<domain::Pool>> pools(const TenantScope& scope) override {
    if (!scope.va()) return source_.rows<domain::Pool>(sql::kPools, scope.account_id());
    return source_.rows<domain::Pool>(sql::kPoolsOfVa, scope.account_id(), *scope.va());
  }
  Result<std::vector<LotRow>> lots(const TenantScope& scope, const Page& page) override;
  Result<std::vector<domain::LedgerEntry>> entries(const TenantScope& scope, const Page& page) override;

  Result<std::vector<domain::Token>> tokens(const TenantScope& scope, const Page& page) override {
    return paged<domain::Token>(sql::kTokens, sql::kTokensOfVa, scope, page);
  }
  Result<std::optional<domain::Token>> token(const TenantScope& scope, TokenId id) override {
    return in_scope<domain::Token>(scope, {scope.account_id(), id});
  }

  Result<std::vector<domain::Instance>> instances(const TenantScope& scope, const InstanceFilter& filter,
                                                  const Page& page) override;
  Result<std::optional<domain::Instance>> instance(const TenantScope& scope, InstanceId id) override {
    return in_scope<domain::Instance>(scope, {scope.account_id(), id});
  }
  Result<std::vector<domain::Usage>> usage(const TenantScope& scope, InstanceId id) override {
    const Snapshot snapshot(*connection_);
    if (!snapshot.begun()) return snapshot.begun().error();
    const auto owner = instance(scope, id);
    if (!owner) return owner.error();
    if (!*owner) return std::vector<domain::Usage>();
    return source_.group<domain::Usage>({KeyGroup::Of::Instance, scope.account_id(), id.value});
  }
  Result<std::optional<domain::CertificateRecord>> certificate(AccountId account, const Serial& serial) override {
    return source_.get<domain::CertificateRecord>({account, serial});
  }
  Result<std::optional<domain::StoredAnswer>> answer(AccountId account, const RequestId& request) override {
    return source_.get<domain::StoredAnswer>({account, request});
  }

  Result<std::optional<domain::User>> user(std::string_view name) override {
    return source_.get<domain::User>(std::string(name));
  }
  Result<std::optional<domain::User>> user_by_id(UserId id) override {
    return source_.row<domain::User>(sql::kUserById, id);
  }
  Result<std::vector<domain::User>> users(const Page& page) override {
    return source_.rows<domain::User>(sql::kUsers, page.after, limit_of(page));
  }
  Result<std::optional<domain::Session>> session(const KeyedHash& hash) override {
    return source_.get<domain::Session>(hash);
  }
  Result<std::optional<domain::ApiClient>> api_client(std::string_view id) override {
    return source_.get<domain::ApiClient>(std::string(id));
  }
  Result<std::optional<domain::AccessToken>> access_token(const KeyedHash& hash) override {
    return source_.get<domain::AccessToken>(hash);
  }
  Result<std::optional<std::string>> setting(std::string_view name) override {
    const auto row = source_.get<domain::StoreSetting>(std::string(name));
    if (!row) return row.error();
    return *row ? std::optional<std::string>((*row)->value) : std::nullopt;
  }
  Result<std::optional<domain::CatalogVersion>> active_catalog() override {
    return source_.row<domain::CatalogVersion>(sql::kActiveCatalog);
  }
  Result<std::optional<domain::IdempotencyRecord>> idempotency(std::string_view scope, std::string_view key) override {
    return source_.get<domain::IdempotencyRecord>({std::string(scope), std::string(key)});
  }

 private:
  template <class Row>
  Result<std::vector<Row>> paged(const std::string& of_account, const std::string& of_va, const TenantScope& scope,
                                 const Page& page) {
    if (!scope.va()) return source_.rows<Row>(of_account, scope.account_id(), page.after, limit_of(page));
    return source_.rows<Row>(of_va, scope.account_id(), page.after, limit_of(page), *scope.va());
  }
  // A page of ids.
  template <class Id>
  Result<std::vector<Id>> ids(const std::string& of_account, const std::string& of_va, const TenantScope& scope,
                              const Page& page) {
    std::vector<Id> found;
    const auto take = [&](Id id) -> Result<bool> {
      found.push_back(id);
      return true;
    };
    const auto done = scope.va()
                          ? source_.each<Id>(of_va, take, scope.account_id(), page.after, limit_of(page), *scope.va())
                          : source_.each<Id>(of_account, take, scope.account_id(), page.after, limit_of(page));
    if (!done) return done.error();
    return found;
  }
  template <class Row>
  Result<std::optional<Row>> in_scope(const TenantScope& scope, const KeyOf<Row>& key) {
    auto row = source_.get<Row>(key);
    if (row && *row && scope.va() && (*row)->va != *scope.va()) return std::optional<Row>();
    return row;
  }
  Result<std::vector<domain::Instance>> search(const TenantScope& scope, const InstanceFilter& filter,
                                               const Page& page);

  std::unique_ptr<Connection> connection_;
  SqliteSource source_;
};

Result<std::vector<LicenseReader::LotRow>> SqliteReader::lots(const TenantScope& scope, const Page& page) {
  const Snapshot snapshot(*connection_);
  if (!snapshot.begun()) return snapshot.begun().error();
  const auto lots = ids<LotId>(sql::kLotIds, sql::kLotIdsOfVa, scope, page);
  if (!lots) return lots.error();
  std::vector<LotRow> found;
  for (const LotId id : *lots) {
    const auto lot = source_.get<domain::Lot>({scope.account_id(), id});
    if (!lot) return lot.error();
    if (!*lot) continue;
    auto balances = source_.group<domain::LotBalance>({KeyGroup::Of::Lot, scope.account_id(), id.value});
    if (!balances) return balances.error();
    std::sort(balances->begin(), balances->end(), [](const auto& a, const auto& b) { return key_of(a) < key_of(b); });
    for (const auto& balance : *balances) {
      if (!scope.va() || *scope.va() == balance.va) found.push_back({**lot, balance});
    }
  }
  return found;
}

Result<std::vector<domain::LedgerEntry>> SqliteReader::entries(const TenantScope& scope, const Page& page) {
  const Snapshot snapshot(*connection_);
  if (!snapshot.begun()) return snapshot.begun().error();
  const auto postings = ids<PostingId>(sql::kPostingIds, sql::kPostingIdsOfVa, scope, page);
  if (!postings) return postings.error();
  std::vector<domain::LedgerEntry> found;
  for (const PostingId posting : *postings) {
    const auto legs = source_.rows<domain::LedgerEntry>(sql::kEntriesOfPosting, scope.account_id(), posting);
    if (!legs) return legs.error();
    for (const auto& leg : *legs) {
      if (!scope.va() || *scope.va() == leg.va) found.push_back(leg);
    }
  }
  return found;
}

Result<std::vector<domain::Instance>> SqliteReader::instances(const TenantScope& scope, const InstanceFilter& filter,
                                                              const Page& page) {
  if (!filter.search.empty()) return search(scope, filter, page);
  if (!scope.va()) {
    return source_.rows<domain::Instance>(sql::kInstances, scope.account_id(), page.after, limit_of(page),
                                          filter.include_removed);
  }
  return source_.rows<domain::Instance>(sql::kInstancesOfVa, scope.account_id(), page.after, limit_of(page),
                                        filter.include_removed, *scope.va());
}

Result<std::vector<domain::Instance>> SqliteReader::search(const TenantScope& scope, const InstanceFilter& filter,
                                                           const Page& page) {
  const Snapshot snapshot(*connection_);
  if (!snapshot.begun()) return snapshot.begun().error();
  const AccountId account = scope.account_id();
  const std::string prefix = fold_case(filter.search);
  const std::string end = beyond(prefix);
  const auto matches = source_.value<std::int64_t>(sql::kCountMatches, account, prefix, end, kFewMatches + 1);
  if (!matches) return matches.error();
  const bool few = matches->value_or(0) <= kFewMatches;

  std::vector<domain::Instance> found;
  InstanceId last{page.after};
  const auto take = [&](InstanceId id) -> Result<bool> {
    if (id == last) return true;  // found by another of its texts
    last = id;
    auto row = in_scope<domain::Instance>(scope, {account, id});
    if (!row) return row.error();
    if (*row && (filter.include_removed || (*row)->status != domain::InstanceStatus::Removed)) {
      found.push_back(**std::move(row));
    }
    return found.size() < static_cast<std::size_t>(limit_of(page));
  };
  const auto done = source_.each<InstanceId>(few ? sql::kMatchesByText : sql::kMatchesByInstance, take, account, prefix,
                                             end, page.after);
  if (!done) return done.error();
  return found;
}

}  // namespace

std::unique_ptr<ReadStore> make_sqlite_reader(std::unique_ptr<Connection> connection) {
  return std::make_unique<SqliteReader>(std::move(connection));
}

}  // namespace lictor::storage
