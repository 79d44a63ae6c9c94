// The shipped catalogs and catalog texts as the tests use them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "foundation/config/yaml.hpp"
#include "licensing/catalog/catalog.hpp"

namespace lictor::catalog {

inline Result<Catalog> from_text(const std::string& text, const std::string& name = "test.yaml") {
  auto document = config::parse_yaml(text, name);
  if (!document) return document.error();
  return Catalog::from_documents({std::move(*document)});
}

inline Catalog shipped(const std::string& name) {
  auto document = config::read_yaml_file(std::string(LICTOR_SOURCE_DIR) + "/catalogs/" + name);
  EXPECT_TRUE(document.has_value()) << document.error().message;
  if (!document) return {};
  auto made = Catalog::from_documents({std::move(*document)});
  EXPECT_TRUE(made.has_value()) << made.error().message;
  return made.value_or(Catalog{});
}

inline SoftwareVersion version(std::string_view text) {
  return parse_software_version(text).value();
}

// "short name:count ..." of what is used, sorted by short name.
inline std::string used(const Catalog& catalog, std::string_view pid, std::string_view at,
                        const std::vector<std::string>& features, const DeviceShape& shape = {}) {
  const auto usage = catalog.usage(pid, version(at), features, shape);
  if (!usage) return usage.error().message;
  std::vector<std::string> names;
  for (const auto& item : *usage)
    names.push_back(catalog.find_tag(item.tag)->short_name + ":" + std::to_string(item.count));
  std::ranges::sort(names);
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

// A small catalog that is right; cases of the tests change a line of it.
inline const std::string kGood = R"(catalog: 1
vendor: Example
families:
  - name: Series One
    product_tag: regid.2026-01.org.example.ONE,1.0_00000000-0000-4000-8000-000000000001
    smart_from: '2.0'
    policy_from: '3.0'
tags:
  - short_name: Upper
    tag: regid.2026-01.org.example.UPPER,1.0_00000000-0000-4000-8000-000000000002
    description: The better one
    export_controlled: true
  - short_name: Lower
    tag: regid.2026-01.org.example.LOWER,1.0_00000000-0000-4000-8000-000000000003
hierarchy:
  - general: Upper
    specific: [Lower]
models:
  - pid: ONE-1
    family: Series One
    description: The first
    features:
      - feature: sense
        license_name: Sense
        tag: Upper
        counting: per-device
        from: '2.1'
        until: '3.0.0'
)";

inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

}  // namespace lictor::catalog
