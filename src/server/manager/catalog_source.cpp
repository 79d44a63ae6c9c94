#include "server/manager/catalog_source.hpp"

#include "foundation/config/yaml.hpp"

namespace lictor::manager {

Result<std::vector<catalog::CatalogFile>> read_catalog_files(os::Files& files, const std::vector<std::string>& paths) {
  constexpr std::size_t kMaxBytes = 1024 * 1024;
  std::vector<catalog::CatalogFile> out;
  for (const auto& path : paths) {
    auto bytes = files.read(path, kMaxBytes);
    if (!bytes) return bytes.error();
    const auto slash = path.rfind('/');
    out.push_back({slash == std::string::npos ? path : path.substr(slash + 1), std::string(as_text(*bytes))});
  }
  return out;
}

Result<catalog::Catalog> compile_catalog(const std::vector<catalog::CatalogFile>& files) {
  std::vector<Document> documents;
  for (const auto& file : files) {
    auto document = config::parse_yaml(file.text, file.name);
    if (!document) return document.error();
    documents.push_back(std::move(*document));
  }
  return catalog::Catalog::from_documents(documents);
}

}  // namespace lictor::manager
