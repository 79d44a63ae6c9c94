// What is behind lictor_settings: settings as they come in, checked one by one; what agents share.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "agent/core/agent.hpp"
#include "agent/host/http_transport.hpp"
#include "foundation/os/system.hpp"
#include "licensing/pki/crypto.hpp"
#include "lictor/agent.h"

namespace lictor::agent {

// One for all agents that one settings handle opened: OpenSSL's context takes more memory than an agent. Any thread.
struct Shared {
  std::unique_ptr<pki::Crypto> crypto;
  os::SystemEntropy entropy;
};

struct EmbeddedSettings {
  std::shared_ptr<Shared> shared;  // several agents end in any order
  AgentSettings agent;
  HttpWay way;  // url "" = none
  std::string store_folder;
  std::optional<lictor_clock> clock;
  std::optional<lictor_transport> transport;
  std::optional<lictor_store> store;
  std::optional<lictor_entropy> entropy;
  std::optional<lictor_keys> keys;
};

// Error: InvalidArgument, names the setter that was not called.
Result<void> check_complete(const EmbeddedSettings& settings);
Result<LicensingMode> read_mode(int mode);
Result<std::vector<TraditionalLicense>> read_traditional(const lictor_traditional* licenses, std::size_t count);
Result<std::vector<UdiEntry>> read_udis(const lictor_udi* udis, std::size_t count);

}  // namespace lictor::agent

struct lictor_settings {
  lictor::agent::EmbeddedSettings all;
};
