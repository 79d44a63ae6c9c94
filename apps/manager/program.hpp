// lictor-manager put together: the one place where its store, clocks, keys and configuration meet.
#pragma once

#include <memory>
#include <string>

#include "foundation/base/settings.hpp"

namespace lictor::manager {

struct Options {
  Settings settings;
  std::string lab_clock;  // socket of an orchestrator; "" = the machine's clock
};

class Program {
 public:
  virtual ~Program() = default;
  // Until SIGINT or SIGTERM, or the end of the store's writer. Returns the exit status.
  virtual int run() = 0;
};

SettingTable manager_settings();
// Does everything but start: settings, catalogs.
Result<void> check(const Settings& settings);
// Opens or makes everything and listens. Errors are sentences for the operator.
Result<std::unique_ptr<Program>> start(Options options);

}  // namespace lictor::manager
