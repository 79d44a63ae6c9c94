#include "device/show/view.hpp"

#include <algorithm>

namespace lictor::device {

Image image_of(const std::string& software_version) {
  Image image;
  image.software_version = software_version;
  const auto version = catalog::parse_software_version(software_version);
  if (!version || version->numbers.size() < 2) return image;
  const int major = version->numbers[0];
  const int minor = version->numbers[1];
  image.mixed_case_export = major == 16 && minor == 9;
  image.plural_http_address = major < 17 || (major == 17 && minor < 1);
  image.agent_version = major == 16 && minor <= 9 ? "4.4.13_rel/116" : "4.8.5_rel/22";
  return image;
}

std::vector<LicenseRow> license_rows(const agent::Snapshot& snapshot, const catalog::Catalog* catalog,
                                     const std::string& pid, const std::string& software_version) {
  std::vector<LicenseRow> rows;
  const catalog::Model* model = catalog == nullptr ? nullptr : catalog->find_model(pid);
  const auto version = catalog::parse_software_version(software_version);
  for (const agent::TagView& view : snapshot.usage) {
    const UsageItem& item = view.item;
    LicenseRow row{item.display_name, item.display_name, item.description,      item.feature_name,
                   item.count,        view.status,       item.export_controlled};
    if (const auto* tag = catalog == nullptr ? nullptr : catalog->find_tag(item.tag)) {
      row.tag = tag->short_name;
      if (row.description.empty()) row.description = tag->description;
    }
    if (model != nullptr && version) {
      for (const catalog::FeatureRule& rule : model->features) {
        const bool holds = (!rule.from || *rule.from <= *version) && (!rule.until || *version < *rule.until);
        if (holds && rule.tag == item.tag && rule.feature == item.feature_name) row.license = rule.license_name;
      }
    }
    if (row.license.empty()) row.license = item.feature_name;
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace lictor::device
