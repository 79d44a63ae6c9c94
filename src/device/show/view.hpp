// What the renderers see: one value per moment. Made by the daemon, or by a test.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "agent/core/snapshot.hpp"
#include "device/config/configuration.hpp"
#include "device/show/times.hpp"
#include "licensing/catalog/catalog.hpp"

namespace lictor::device {

// What differs by the version of the image the device plays.
struct Image {
  std::string software_version = "16.12.3";
  std::string agent_version = "4.8.5";
  bool mixed_case_export = false;   // REG-10: "Allowed" on 16.9 images
  bool plural_http_address = true;  // device-formats rule 9: before 17.1 `HTTP address(es):`
};
Image image_of(const std::string& software_version);

// One licence in use, as the License and Entitlement tag columns name it.
struct LicenseRow {
  std::string license;  // "C9500-DNA-40X-A"
  std::string tag;      // "C9500-40X DNA Advantage"
  std::string description;
  std::string feature;  // "dna-advantage"
  Count count = 0;
  std::string status;  // "AUTHORIZED", "EVAL MODE", ...
  bool export_controlled = false;
};
// Names from the catalog where it has them, else from the usage itself.
std::vector<LicenseRow> license_rows(const agent::Snapshot& snapshot, const catalog::Catalog* catalog,
                                     const std::string& pid, const std::string& software_version);

struct View {
  agent::Snapshot agent;
  std::string agent_fault;  // why the agent does not run, and `agent` tells nothing; "" = it runs
  std::vector<LicenseRow> licenses;
  std::vector<std::string> event_log;  // oldest first (LOG-7)
  Configuration running;
  std::string startup_text;  // "" = none
  ConfigurationFacts facts;
  Image image;
  std::string model_description;           // "Catalyst 9500 40-port 10G switch"
  std::vector<std::string> booted_levels;  // licence levels in effect since the last start
  std::vector<std::string> log_lines;      // as `show logging` prints them, oldest first
  std::int64_t messages_logged = 0;
  WallTime now{};
  ClockTrust trust = ClockTrust::NotAuthoritative;
  Duration up{0};
  std::string reload_reason = "power-on";
};

}  // namespace lictor::device
