#include <fmt/format.h>

#include <fstream>
#include <iterator>

#include "device/daemon/program.hpp"
#include "fuzz/seeds.hpp"
#include "server/manager/settings.hpp"
#include "unit/catalog/catalog_files.hpp"

namespace lictor::fuzz {
namespace {

std::string read_catalog(const std::string& name) {
  std::ifstream in(LICTOR_SOURCE_DIR "/catalogs/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void add_catalogs(std::vector<Seed>& seeds) {
  const auto sensors = read_catalog("acme-sensors.yaml");
  seeds.push_back({"catalog", "small", to_bytes(catalog::kGood)});
  seeds.push_back({"catalog", "acme-sensors", to_bytes(sensors)});
  seeds.push_back(
      {"catalog", "packed", to_bytes(catalog::pack({{"a.yaml", catalog::kGood}, {"b.yaml", "x"}}).value())});
}

void add_settings(std::vector<Seed>& seeds) {
  const SettingTable manager({manager::kSettingRows});
  const SettingTable device = device::device_settings();
  const auto add = [&](std::string name, char whose, const std::string& text) {
    seeds.push_back({"settings", std::move(name), to_bytes(whose + text)});
  };
  add("manager", 'm', manager.dump(manager.defaults(), SettingTable::Secrets::Show));
  add("device", 'd', device.dump(device.defaults(), SettingTable::Secrets::Show));
  add("some", 'm', "listen:\n  address: '::'\n  port: 0\ntls:\n  names: [a, \"b\\tc\"]\ndevice.clock_tolerance: 90m\n");
  add("nothing", 'm', "");
}

}  // namespace

void add_text_seeds(std::vector<Seed>& seeds) {
  add_catalogs(seeds);
  add_settings(seeds);
  int number = 0;
  for (const std::string_view text :
       {"t2026-11-24T09:05:00Z",
        "t2026-11-24T09:05:00.123456+05:30",
        "t2016-12-31T23:59:60Z",
        "t0000-02-29t00:00:00z",
        "t9999-12-31T23:59:59.999-23:59",
        "d500ms",
        "d90d",
        "d12h",
        "h00ffAB",
        "bAAEC",
        "bAA==",
        "uAAEC_-8",
        "v16.12.3a",
        "v16.09.04",
        "eregid.2026-01.org.example.C9500_NETWORK_ADVANTAGE,1.0_8cd3f9b0-7c11-4f0e-9a3d-0b5c6d7e8f90",
        "i9007199254740991",
        "i0",
        "a6f1d2c3b-4a59-4e87-8d76-0f1e2d3c4b5a",
        "nurn:lictor:6f1d2c3b-4a59-4e87-8d76-0f1e2d3c4b5a:7:9",
        "surn:lictor:6f1d2c3b-4a59-4e87-8d76-0f1e2d3c4b5a",
        "pPID:C9500-40X,SN:FCW2233A5ZV",
        "rStandby",
        "gout-of-compliance",
        "cLS_BUSY",
        "krsa-2048",
        "oAQAAAAAAAAcAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}) {
    seeds.push_back({"text", fmt::format("text-{}", ++number), to_bytes(text)});
  }
}

}  // namespace lictor::fuzz
