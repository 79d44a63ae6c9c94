#include <algorithm>
#include <functional>
#include <mutex>
#include <shared_mutex>

#include "server/storage/dump.hpp"
#include "server/storage/memory/memory_tables.hpp"
#include "server/storage/store.hpp"

namespace lictor::storage {

namespace {

// The tables, and the lock under which readers see whole commits.
struct Shared {
  std::shared_mutex mutex;
  MemoryTables tables;
};

std::size_t limit_of(const Page& page) {
  return static_cast<std::size_t>(std::clamp(page.limit, 1, kMaxPageLimit));
}

bool in_scope(const TenantScope& scope, VirtualAccountId va) {
  return !scope.va() || *scope.va() == va;
}

class MemoryReader final : public ReadStore {
 public:
  explicit MemoryReader(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}

  Result<std::vector<domain::SmartAccount>> accounts(const Page& page) override {
    return collect<domain::SmartAccount>(AccountId{page.after + 1}, limit_of(page),
                                         [](const auto&) { return Verdict::Take; });
  }
  Result<std::optional<domain::SmartAccount>> account(AccountId id) override { return get<domain::SmartAccount>(id); }
  Result<std::optional<domain::AccountHead>> head(AccountId id) override { return get<domain::AccountHead>(id); }
  Result<std::optional<domain::SmartAccount>> account_by_domain(std::string_view domain) override {
    return first<domain::SmartAccount>([&](const auto& row) { return row.domain == domain; });
  }
  Result<std::vector<domain::VirtualAccount>> virtual_accounts(const TenantScope& scope) override {
    return of_account<domain::VirtualAccount>(scope, {scope.account_id(), {}}, kAll,
                                              [&](const auto& row) { return in_scope(scope, row.id); });
  }
  Result<std::vector<domain::AuditRow>> audit(const TenantScope& scope, const Page& page) override {
    if (scope.va()) return Error{ErrorCode::PermissionDenied, "the audit trail belongs to the whole account"};
    return of_account<domain::AuditRow>(scope, {scope.account_id(), page.after + 1}, limit_of(page),
                                        [](const auto&) { return true; });
  }
  Result<std::vector<domain::Event>> events(const TenantScope& scope, const Page& page) override {
    return of_account<domain::Event>(scope, {scope.account_id(), page.after + 1}, limit_of(page),
                                     [&](const auto& row) { return in_scope(scope, row.va); });
  }

  Result<std::vector<domain::Pool>> pools(const TenantScope& scope) override {
    return collect<domain::Pool>({scope.account_id(), {}, {}}, kAll, [&](const domain::Pool& row) {
      if (row.account != scope.account_id()) return Verdict::Stop;
      return in_scope(scope, row.va) ? Verdict::Take : Verdict::Skip;
    });
  }
  Result<std::vector<LotRow>> lots(const TenantScope& scope, const Page& page) override {
    const std::shared_lock lock(shared_->mutex);
    std::vector<LotRow> found;
    for (const auto& [key, balance] : shared_->tables.table<domain::LotBalance>()) {
      if (balance.account != scope.account_id() || !in_scope(scope, balance.va)) continue;
      if (balance.lot.value <= page.after) continue;
      const auto& lots = shared_->tables.table<domain::Lot>();
      const auto lot = lots.find({balance.account, balance.lot});
      if (lot != lots.end()) found.push_back({lot->second, balance});
    }
    std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.lot.id < b.lot.id; });
    cut_to_groups(found, limit_of(page), [](const LotRow& row) { return row.lot.id; });
    return found;
  }
  Result<std::vector<domain::LedgerEntry>> entries(const TenantScope& scope, const Page& page) override {
    auto found =
        of_account<domain::LedgerEntry>(scope, {scope.account_id(), PostingId{page.after + 1}, 0}, kAll,
                                        [&](const domain::LedgerEntry& row) { return in_scope(scope, row.va); });
    cut_to_groups(*found, limit_of(page), [](const domain::LedgerEntry& row) { return row.posting; });
    return found;
  }

  Result<std::vector<domain::Token>> tokens(const TenantScope& scope, const Page& page) override {
    return of_account<domain::Token>(scope, {scope.account_id(), TokenId{page.after + 1}}, limit_of(page),
                                     [&](const auto& row) { return in_scope(scope, row.va); });
  }
  Result<std::optional<domain::Token>> token(const TenantScope& scope, TokenId id) override {
    return get_in_scope<domain::Token>(scope, {scope.account_id(), id});
  }

  Result<std::vector<domain::Instance>> instances(const TenantScope& scope, const InstanceFilter& filter,
                                                  const Page& page) override {
    const std::string prefix = fold_case(filter.search);
    return of_account<domain::Instance>(
        scope, {scope.account_id(), InstanceId{page.after + 1}}, limit_of(page), [&](const domain::Instance& row) {
          if (!in_scope(scope, row.va)) return false;
          if (row.status == domain::InstanceStatus::Removed && !filter.include_removed) return false;
          if (prefix.empty()) return true;
          const auto texts = search_texts(row);
          return std::any_of(texts.begin(), texts.end(), [&](const auto& text) { return text.starts_with(prefix); });
        });
  }
  Result<std::optional<domain::Instance>> instance(const TenantScope& scope, InstanceId id) override {
    return get_in_scope<domain::Instance>(scope, {scope.account_id(), id});
  }
  Result<std::vector<domain::Usage>> usage(const TenantScope& scope, InstanceId id) override {
    const auto owner = instance(scope, id);
    if (!owner) return owner.error();
    if (!*owner) return std::vector<domain::Usage>{};
    const std::shared_lock lock(shared_->mutex);
    return shared_->tables.group<domain::Usage>({KeyGroup::Of::Instance, scope.account_id(), id.value});
  }
  Result<std::optional<domain::CertificateRecord>> certificate(AccountId account, const Serial& serial) override {
    return get<domain::CertificateRecord>({account, serial});
  }
  Result<std::optional<domain::StoredAnswer>> answer(AccountId account, const RequestId& request) override {
    return get<domain::StoredAnswer>({account, request});
  }

  Result<std::optional<domain::User>> user(std::string_view name) override {
    return get<domain::User>(std::string(name));
  }
  Result<std::optional<domain::User>> user_by_id(UserId id) override {
    return first<domain::User>([&](const auto& row) { return row.id == id; });
  }
  Result<std::vector<domain::User>> users(const Page& page) override {
    auto found = collect<domain::User>(
        {}, kAll, [&](const domain::User& row) { return row.id.value > page.after ? Verdict::Take : Verdict::Skip; });
    std::sort(found->begin(), found->end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    if (found->size() > limit_of(page)) found->resize(limit_of(page));
    return found;
  }
  Result<std::optional<domain::Session>> session(const KeyedHash& hash) override { return get<domain::Session>(hash); }
  Result<std::optional<domain::ApiClient>> api_client(std::string_view id) override {
    return get<domain::ApiClient>(std::string(id));
  }
  Result<std::optional<domain::AccessToken>> access_token(const KeyedHash& hash) override {
    return get<domain::AccessToken>(hash);
  }
  Result<std::optional<std::string>> setting(std::string_view name) override {
    const auto row = get<domain::StoreSetting>(std::string(name));
    if (!row) return row.error();
    return *row ? std::optional<std::string>((*row)->value) : std::nullopt;
  }
  Result<std::optional<domain::CatalogVersion>> active_catalog() override {
    return first<domain::CatalogVersion>([](const auto& row) { return row.active; });
  }
  Result<std::optional<domain::IdempotencyRecord>> idempotency(std::string_view scope, std::string_view key) override {
    return get<domain::IdempotencyRecord>({std::string(scope), std::string(key)});
  }

 private:
  enum class Verdict { Take, Skip, Stop };
  static constexpr std::size_t kAll = static_cast<std::size_t>(-1);

  template <class Row>
  Result<std::optional<Row>> get(const KeyOf<Row>& key) {
    const std::shared_lock lock(shared_->mutex);
    return shared_->tables.get<Row>(key);
  }
  template <class Row>
  Result<std::optional<Row>> get_in_scope(const TenantScope& scope, const KeyOf<Row>& key) {
    auto row = get<Row>(key);
    if (row && *row && !in_scope(scope, (*row)->va)) return std::optional<Row>();
    return row;
  }
  template <class Row, class Matches>
  Result<std::optional<Row>> first(Matches&& matches) {
    const std::shared_lock lock(shared_->mutex);
    for (const auto& [key, row] : shared_->tables.table<Row>()) {
      if (matches(row)) return std::optional<Row>(row);
    }
    return std::optional<Row>();
  }
  template <class Row, class Judge>
  Result<std::vector<Row>> collect(const KeyOf<Row>& from, std::size_t limit, Judge&& judge) {
    const std::shared_lock lock(shared_->mutex);
    std::vector<Row> found;
    const auto& table = shared_->tables.table<Row>();
    for (auto at = table.lower_bound(from); at != table.end() && found.size() < limit; ++at) {
      const Verdict verdict = judge(at->second);
      if (verdict == Verdict::Stop) break;
      if (verdict == Verdict::Take) found.push_back(at->second);
    }
    return found;
  }
  // The account's rows from a key on.
  template <class Row, class Matches>
  Result<std::vector<Row>> of_account(const TenantScope& scope, const KeyOf<Row>& from, std::size_t limit,
                                      Matches&& matches) {
    return collect<Row>(from, limit, [&](const Row& row) {
      if (row.account != scope.account_id()) return Verdict::Stop;
      return matches(row) ? Verdict::Take : Verdict::Skip;
    });
  }
  // Keeps the rows of the first `limit` groups whole.
  template <class Row, class GroupOf>
  static void cut_to_groups(std::vector<Row>& rows, std::size_t limit, GroupOf&& group_of) {
    std::size_t groups = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (i == 0 || group_of(rows[i]) != group_of(rows[i - 1])) ++groups;
      if (groups > limit) {
        rows.resize(i);
        return;
      }
    }
  }

  std::shared_ptr<Shared> shared_;
};

class MemoryStore final : public Store, private WriteStore {
 public:
  MemoryStore() = default;
  explicit MemoryStore(MemoryTables tables) { shared_->tables = std::move(tables); }
  [[nodiscard]] MemoryTables copy_of_tables() const {
    const std::shared_lock lock(shared_->mutex);
    return shared_->tables;
  }
  WriteStore& writer() override { return *this; }
  Result<std::unique_ptr<ReadStore>> open_reader() override {
    return std::unique_ptr<ReadStore>(std::make_unique<MemoryReader>(shared_));
  }
  Result<std::string> dump() override {
    const std::shared_lock lock(shared_->mutex);
    std::string out;
    for_each_row_type([&]<class Row>() {
      for (const auto& [key, row] : shared_->tables.table<Row>()) dump_row(out, row);
    });
    return out;
  }

 private:
  // The writer is the only one that changes the tables, so it reads them without the lock.
  Result<void> load(const ReadKeys& keys, WallTime now, Rows& rows) override {
    return KeyLoader(shared_->tables, rows).load(keys, now);
  }
  Result<void> commit(const Rows& rows) override {
    const std::unique_lock lock(shared_->mutex);
    return shared_->tables.apply(rows);
  }
  void abandon() override {}
  Result<std::optional<WallTime>> next_due() override { return shared_->tables.next_due(); }
  Result<std::vector<AccountId>> accounts_due(WallTime now, int limit) override {
    return shared_->tables.accounts_due(now, static_cast<std::size_t>(std::max(limit, 0)));
  }

  // Shared with readers, which may outlive the store in a test.
  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
};

}  // namespace

std::unique_ptr<Store> make_memory_store() {
  return std::make_unique<MemoryStore>();
}

std::unique_ptr<Store> copy_memory_store(const Store& original) {
  return std::make_unique<MemoryStore>(dynamic_cast<const MemoryStore&>(original).copy_of_tables());
}

}  // namespace lictor::storage
