#include "server/manager/catalog_source.hpp"

#include "foundation/config/yaml.hpp"

namespace lictor::manager {

Result<LoadedCatalog> load_catalog_files(os::Files& files, const std::vector<std::string>& paths) {
  std::vector<Document> documents;
  std::vector<catalog::CatalogFile> sources;
  for (const auto& path : paths) {
    auto bytes = files.read(path, 1024 * 1024);
    if (!bytes) return bytes.error();
    auto document = config::parse_yaml(as_text(*bytes), path);
    if (!document) return document.error();
    documents.push_back(std::move(*document));
    const auto slash = path.rfind('/');
    sources.push_back({slash == std::string::npos ? path : path.substr(slash + 1), std::string(as_text(*bytes))});
  }
  auto checked = catalog::Catalog::from_documents(documents);
  if (!checked) return checked.error();
  auto contents = catalog::pack(sources);
  if (!contents) return contents.error();
  return LoadedCatalog{std::move(*checked), std::move(*contents)};
}

Result<catalog::Catalog> load_catalog_contents(std::string_view contents) {
  auto sources = catalog::unpack(contents);
  if (!sources) return sources.error();
  std::vector<Document> documents;
  for (const auto& source : *sources) {
    auto document = config::parse_yaml(source.text, source.name);
    if (!document) return Error{ErrorCode::Corrupt, document.error().message};
    documents.push_back(std::move(*document));
  }
  auto checked = catalog::Catalog::from_documents(documents);
  if (!checked) return Error{ErrorCode::Corrupt, checked.error().message};
  return checked;
}

}  // namespace lictor::manager
