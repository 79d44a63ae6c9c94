// `show license ...` (CLI-3): View -> text, after device-formats 0 and 2. Pure; each has golden tests. The rules of
// device-formats 0 that a function keeps are named FMT_RULE_n in its tests.
#pragma once

#include <optional>
#include <string>

#include "device/show/view.hpp"
#include "foundation/json/json.hpp"

namespace lictor::device {

std::string show_license_all(const View& view);
std::string show_license_status(const View& view);
std::string show_license_summary(const View& view);
std::string show_license_usage(const View& view);
std::string show_license_udi(const View& view);
std::string show_license_eventlog(const View& view, std::optional<int> days);

// "UNREGISTERED - REGISTRATION FAILED"
std::string registration_text(const agent::Snapshot& snapshot);
// "OUT OF COMPLIANCE"
std::string authorization_text(const agent::Snapshot& snapshot);

// The table of the summary alone: rule 5 keeps tags apart that would read the same once shortened.
std::string license_table(const std::vector<LicenseRow>& rows);

// The same values for `| json`.
json::Value license_json(const View& view);

}  // namespace lictor::device
