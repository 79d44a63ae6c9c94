// Catalog files from disk: read, checked whole, packed for the store (DECISIONS 6).
#pragma once

#include <string>
#include <vector>

#include "foundation/os/files.hpp"
#include "licensing/catalog/catalog.hpp"

namespace lictor::manager {

struct LoadedCatalog {
  catalog::Catalog catalog;
  std::string contents;  // as CatalogVersion::contents
};
// All problems of all files, one per line. Errors: InvalidArgument, NotFound, Io.
Result<LoadedCatalog> load_catalog_files(os::Files& files, const std::vector<std::string>& paths);
// From the store's form. Error: Corrupt.
Result<catalog::Catalog> load_catalog_contents(std::string_view contents);

}  // namespace lictor::manager
