// The catalog in the store: versions with a digest, one of them active.
#pragma once

#include "server/account_service/use_case.hpp"

namespace lictor::account_service {

// Files as text -> a checked catalog; the program wires the YAML reader in. Error: InvalidArgument, with all problems,
// each at its file and line.
using CompileCatalog = std::function<Result<catalog::Catalog>(const std::vector<catalog::CatalogFile>&)>;

struct ImportedCatalog {
  std::int64_t version = 0;
  Digest digest;
  WallTime imported_at{};
  bool changed = false;  // false: that catalog was the active one already
};
// `packed`: catalog::pack of files that compile. A catalog that the store has seen before becomes active again under
// its old version. Permission: ManageCatalog.
std::unique_ptr<UseCaseOf<ImportedCatalog>> import_catalog(std::shared_ptr<const Environment> environment, Actor actor,
                                                           std::string packed);

// Covers the shortfalls of every VA of an account anew, as the active catalog's hierarchy wants it (CMP-2): after
// another catalog became active. By the program itself; no audit row, for nothing that people own or use changes.
std::unique_ptr<UseCaseOf<Nothing>> rebalance_account(std::shared_ptr<const Environment> environment,
                                                      AccountId account);

}  // namespace lictor::account_service
