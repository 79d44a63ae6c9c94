#include "foundation/base/settings.hpp"

#include <algorithm>

#include "device/daemon/program.hpp"
#include "fuzz/property.hpp"
#include "fuzz/targets.hpp"
#include "fuzz/yaml_input.hpp"
#include "server/manager/settings.hpp"

namespace lictor::fuzz {
namespace {

void require_bounds(const SettingTable& table, const Settings& read) {
  for (const auto* row : table.rows()) {
    if (row->type != SettingType::Integer && row->type != SettingType::Duration) continue;
    const auto value = row->type == SettingType::Integer ? read.integer(row->name) : read.duration(row->name).count();
    require(value >= row->minimum && value <= row->maximum, std::string(row->name) + " is out of its bounds");
  }
}

}  // namespace

// The first byte says whose: 'm' the manager's, else the device's.
bool settings(ByteView input) {
  static const SettingTable manager({manager::kSettingRows});
  static const SettingTable device = device::device_settings();
  if (input.empty()) return false;
  const auto& table = input.front() == 'm' ? manager : device;
  const auto document = config::parse_yaml(as_text(input.subspan(1)), std::string(kFile));
  if (!document) return require_places(document.error()), false;
  const auto read = table.parse(*document);
  if (!read) return require_places(read.error()), false;
  require_bounds(table, *read);
  const auto dumped = table.dump(*read, SettingTable::Secrets::Show);
  const auto again = config::parse_yaml(dumped, "dump.yaml");
  require(again.has_value(), "the dump is no YAML: " + (again ? "" : again.error().message) + "\n" + dumped);
  const auto same = table.parse(*again);
  require(same.has_value(), "the dump does not read: " + (same ? "" : same.error().message) + "\n" + dumped);
  require(*same == *read, "the dump reads as something else:\n" + dumped);
  require(table.dump(*same, SettingTable::Secrets::Show) == dumped, "the dump is not stable:\n" + dumped);
  return true;
}

}  // namespace lictor::fuzz
