// The floor of the row durable_commit: a loop that does with SQLite's C API the least that renewals need, on the same
// schema with the same settings: it reads what a renewal is judged by and writes what it changes, judges nothing and
// answers nobody.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/devices.hpp"

namespace lictor::bench {

struct BareLoopSettings {
  std::string path;  // the database, made by make_store
  std::vector<Device> devices;
  EntitlementTag tag;   // that comes and goes with each change
  std::string payload;  // of an answer
  std::size_t batch = 64;
  bool changes = false;  // each command changes usage: pools, event and audit are written too
};

class BareLoop {
 public:
  virtual ~BareLoop() = default;
  // Each device in turn, `commands` in all. Returns the thread's CPU seconds. Error: Io, names SQLite's message.
  virtual Result<double> run(std::size_t commands) = 0;
};
Result<std::unique_ptr<BareLoop>> make_bare_loop(BareLoopSettings settings);

// The calling thread's CPU time.
double thread_cpu_seconds();

}  // namespace lictor::bench
