// Which way a message goes, by the configuration (CFG-2 ... CFG-7, SCN-4): the profile that reports smart licensing, or
// the smart transport, or none. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "agent/core/ports.hpp"
#include "device/config/configuration.hpp"
#include "foundation/http_client/http_client.hpp"

namespace lictor::device {

// "GigabitEthernet0/0" -> "eth0": which real interface plays which of the device's. Abbreviations work ("gi0/0").
using InterfaceMap = std::map<std::string, std::string>;

// The real interface for a configured one; the name itself where the map has none.
std::string real_interface(const InterfaceMap& interfaces, const std::string& configured);

struct Way {
  std::string url;
  http::RequestSettings settings;
};
struct NoWay {                              // "Communication transport not available."
  std::optional<agent::LogLine> complaint;  // CALL_HOME_FAILED_TO_ENABLE, where that is the cause (SCN-4a)
};

struct WaySettings {
  std::string manager_url;          // with its path, of the default profile
  std::string smart_transport_url;  // of `license smart url default`
  std::vector<Bytes> tls_roots;     // DER: what the built-in trustpoint trusts
  InterfaceMap interfaces;
  http::TlsSettings::Resumption resumption = http::TlsSettings::Resumption::On;
  http::TlsVerifier* verifier = nullptr;
};
std::variant<Way, NoWay> choose_way(const Configuration& configuration, const WaySettings& settings);

}  // namespace lictor::device
