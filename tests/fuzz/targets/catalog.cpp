#include "licensing/catalog/catalog.hpp"

#include "foundation/base/utf8.hpp"
#include "fuzz/property.hpp"
#include "fuzz/targets.hpp"
#include "fuzz/yaml_input.hpp"

namespace lictor::fuzz {
namespace {

namespace c = lictor::catalog;

void require_findable(const c::Catalog& made) {
  for (const auto& tag : made.tags()) {
    require(made.find_tag(tag.tag) == &tag, "a tag is not found by its text");
    require(made.find_tag_by_short_name(tag.short_name) == &tag, "a tag is not found by its short name");
    const auto printed = c::printed_short_name(tag.short_name);
    require(printed.size() <= 25 && is_utf8(printed),
            "a short name is printed wider than its column, or cut in a character");
  }
  for (const auto& family : made.families()) {
    require(made.find_family(family.name) == &family && made.find_product(family.product_tag) == &family,
            "a family is not found");
  }
}

// What a model uses at any version that its rules name.
void require_usage(const c::Catalog& made) {
  for (const auto& model : made.models()) {
    require(made.find_model(model.pid) == &model && made.find_family(model.family) != nullptr, "a model is not found");
    for (const auto& rule : model.features) {
      const auto version = rule.from ? *rule.from : c::SoftwareVersion{{16, 12, 3}, ""};
      const auto used = made.usage(model.pid, version, {rule.feature}, {3, 2, 1});
      require(made.find_tag(rule.tag) != nullptr, "a rule names a tag that is not there");
      if (!used) {
        require_sentence(used.error());
        require(!c::applies(rule, version), "a feature that applies cannot be used");
        continue;
      }
      auto items = *used;
      require(check_usage(items).has_value() && items == *used, "a usage that no message could carry");
    }
  }
}

bool packed(std::string_view text) {
  const auto files = c::unpack(text);
  if (!files) return require_sentence(files.error()), false;
  const auto again = c::pack(*files);
  require(again.has_value() && *again == text, "what was unpacked is packed otherwise");
  return true;
}

}  // namespace

bool catalog(ByteView input) {
  const auto text = as_text(input);
  if (text.starts_with("file ")) return packed(text);
  const auto document = config::parse_yaml(text, std::string(kFile));
  if (!document) return require_places(document.error()), false;
  const auto made = c::Catalog::from_documents({*document});
  if (!made) return require_places(made.error()), false;
  require_findable(*made);
  require_usage(*made);
  return true;
}

}  // namespace lictor::fuzz
