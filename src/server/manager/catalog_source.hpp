// Catalog files from disk, and the YAML reader that the catalog's import is wired with (DECISIONS 6).
#pragma once

#include <string>
#include <vector>

#include "foundation/os/files.hpp"
#include "licensing/catalog/catalog.hpp"

namespace lictor::manager {

// The files as text, named by their last part. Errors: NotFound, Io, TooLarge.
Result<std::vector<catalog::CatalogFile>> read_catalog_files(os::Files& files, const std::vector<std::string>& paths);
// All problems of all files at once, each at its file and line. Error: InvalidArgument.
Result<catalog::Catalog> compile_catalog(const std::vector<catalog::CatalogFile>& files);

}  // namespace lictor::manager
