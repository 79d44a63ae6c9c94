// The row durable_commit: the product's writer over SQLite with the authorize command, 64 clients waiting, against
// bare_loop.hpp on a copy of the same store.
#pragma once

#include "bench/devices.hpp"

namespace lictor::bench {

struct CommitPlan {
  std::string folder;  // of make_store
  std::string devices_path;
  std::size_t clients = 64;
  std::size_t commands = 50'000;  // in each run
  int runs = 3;
  bool changes = false;  // each authorize changes its usage; else none does
};
// Prints a line for each run: microseconds of the thread's CPU for a command, ours and the bare loop's. Errors: a
// command that was refused, the store's.
Result<void> measure_commits(Tools& tools, Product product, const CommitPlan& plan);

}  // namespace lictor::bench
