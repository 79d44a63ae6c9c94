#include "server/account_service/catalog_import.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lictor::account_service {
namespace {

class ImportCatalog final : public UseCaseOf<ImportedCatalog> {
 public:
  ImportCatalog(std::shared_ptr<const Environment> environment, Actor actor, std::string packed)
      : UseCaseOf(std::move(environment), std::move(actor)),
        packed_(std::move(packed)),
        digest_(this->environment().sha256(as_bytes(packed_))) {}

 private:
  [[nodiscard]] storage::ReadKeys reads() const override {
    storage::ReadKeys keys;
    keys.account = kDirectoryAccount;
    keys.catalogs = true;
    return keys;
  }
  Result<void> execute(storage::Rows& rows, WallTime now) override {
    if (auto ok = permit(actor(), domain::Action::ManageCatalog, kDirectoryAccount); !ok) return ok;
    std::int64_t last = 0;
    std::optional<domain::CatalogVersion> same;
    std::vector<std::int64_t> active;
    rows.catalogs.for_each([&](const domain::CatalogVersion& row) {
      last = std::max(last, row.version);
      if (row.digest == digest_) same = row;
      if (row.active) active.push_back(row.version);
    });
    if (same && same->active) {
      output_ = {same->version, digest_, same->imported_at, false};
      return {};
    }
    for (const auto version : active) rows.catalogs.edit(version).active = false;
    if (same) {
      rows.catalogs.edit(same->version).active = true;
      output_ = {same->version, digest_, same->imported_at, true};
    } else {
      rows.catalogs.put({last + 1, digest_, packed_, now, true});
      output_ = {last + 1, digest_, now, true};
    }
    audit(rows, now, kDirectoryAccount, "catalog.activate", fmt::format("catalog:{}", output_.version),
          {{"digest", digest_.text()}});
    return {};
  }
  std::string packed_;
  Digest digest_;
};

class RebalanceAccount final : public UseCaseOf<Nothing> {
 public:
  RebalanceAccount(std::shared_ptr<const Environment> environment, AccountId account)
      : UseCaseOf(std::move(environment), Actor{"system", {}, "", "", Actor::Standing::Full, {}}), account_(account) {}

 private:
  [[nodiscard]] storage::ReadKeys reads() const override {
    storage::ReadKeys keys;
    keys.account = account_;
    keys.all_pools = true;
    return keys;
  }
  Result<void> execute(storage::Rows& rows, WallTime) override {
    // A change by nothing: the pools that it names are covered anew.
    std::vector<domain::PoolDelta> deltas;
    rows.pools.for_each([&](const domain::Pool& pool) {
      if (pool.account == account_) deltas.push_back({pool.va, pool.tag, 0, 0, 0});
    });
    return row_operations::change_pools(rows, catalog().hierarchy(), account_, deltas);
  }
  AccountId account_;
};

}  // namespace

std::unique_ptr<UseCaseOf<Nothing>> rebalance_account(std::shared_ptr<const Environment> environment,
                                                      AccountId account) {
  return std::make_unique<RebalanceAccount>(std::move(environment), account);
}

std::unique_ptr<UseCaseOf<ImportedCatalog>> import_catalog(std::shared_ptr<const Environment> environment, Actor actor,
                                                           std::string packed) {
  return std::make_unique<ImportCatalog>(std::move(environment), std::move(actor), std::move(packed));
}

}  // namespace lictor::account_service
