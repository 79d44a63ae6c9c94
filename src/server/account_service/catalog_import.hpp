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

}  // namespace lictor::account_service
