// The catalog (spec CAT-1): its active version, its licences by name, and its import.
#include "server/rest/forms.hpp"
#include "server/rest/operation.hpp"

namespace lictor::rest {
namespace {

json::Value shown(std::int64_t version, const Digest& digest, WallTime imported_at) {
  return json::Object{{"version", version}, {"digest", digest.text()}, {"imported_at", to_rfc3339(imported_at)}};
}

void get_catalog(CallPtr call) {
  auto found =
      call->accounts().query(call->actor, [](account_service::Queries& queries) { return queries.active_catalog(); });
  if (!found) return call->fail(found.error());
  call->answer(200, shown(found->version, found->digest, found->imported_at));
}

void list_tags(CallPtr call) {
  json::Array items;
  for (const auto& tag : call->accounts().environment()->catalog()->tags()) items.push_back(to_json(tag));
  call->answer(200, json::Object{{"items", std::move(items)}, {"next", nullptr}});
}

Result<std::vector<catalog::CatalogFile>> read_files(const CallPtr& call) {
  auto items = call->members().array("files");
  if (!items) return items.error();
  std::vector<catalog::CatalogFile> files;
  for (std::size_t i = 0; i < (*items)->size(); ++i) {
    const json::ObjectReader reader((**items)[i], "files[" + std::to_string(i) + "]");
    auto name = reader.string("name");
    auto text = reader.string("text");
    if (!name) return name.error();
    if (!text) return text.error();
    files.push_back({std::move(*name), std::move(*text)});
  }
  return files;
}

void import_catalog(CallPtr call) {
  auto files = read_files(call);
  if (!files) return call->fail(files.error());
  call->accounts().import_catalog(call->actor, std::move(*files),
                                  [call](Result<account_service::ImportedCatalog> made) {
                                    if (!made) return call->fail(made.error());
                                    call->answer(200, shown(made->version, made->digest, made->imported_at));
                                  });
}

}  // namespace

std::vector<Operation> catalog_operations() {
  using Access = Operation::Access;
  const std::string base = "/api/v1/catalog";
  return {
      {"getCatalog",
       "GET",
       base,
       "Catalog",
       "The active version",
       Access::Bearer,
       {},
       "",
       with_problems({{200, "The version", "Catalog"}}, {404}),
       get_catalog},
      {"importCatalog",
       "POST",
       base,
       "Catalog",
       "Make a catalog active: its YAML files as text; all problems at once, each at its place",
       Access::Bearer,
       {},
       "NewCatalog",
       {{200, "The version", "Catalog"}},
       import_catalog},
      {"listTags",
       "GET",
       base + "/tags",
       "Catalog",
       "The licences of the active catalog, in its order",
       Access::Bearer,
       whole_list_parameters(),
       "",
       {{200, "All of them", "List:Tag"}},
       list_tags},
  };
}

}  // namespace lictor::rest
