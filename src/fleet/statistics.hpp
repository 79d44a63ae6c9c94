// What a run of a fleet counted: numbers, errors by kind, latencies. One owner thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "fleet/recovery.hpp"
#include "foundation/base/time.hpp"
#include "foundation/json/json.hpp"

namespace lictor::fleet {

// Durations of one kind; milliseconds.
class Latencies {
 public:
  void add(Duration duration);
  [[nodiscard]] std::size_t count() const { return values_.size(); }
  // The smallest value that at least that share of all does not exceed (nearest rank); 0 when there is none.
  // `share` in (0, 1].
  [[nodiscard]] Duration percentile(double share) const;

 private:
  std::vector<std::uint32_t> values_;
};

// How devices came back after an outage (AUTH-8).
struct StormCounts {
  void add(const Recovery& recovery);
  Latencies times;           // from the network's return to the authorization
  int most_retries = 0;      // of one device
  Duration most_allowed{0};  // what AUTH-8 lets the retries of one device wait, all together
  Duration most_waited{0};   // what one device did wait between its attempts
  std::int64_t early = 0;    // attempts sooner than AUTH-8 allows
  std::int64_t beyond = 0;   // devices that waited longer than it allows
};

struct Statistics {
  std::map<std::string, Latencies> exchanges;            // by message: one request to its answer, waiting included
  std::map<std::string, Latencies> steps;                // by step: from its begin to its end, retries included
  std::map<std::string, std::int64_t> acknowledgements;  // by message
  std::map<std::string, std::int64_t> errors;            // by kind: what carriers and refusals said
  StormCounts storm;
  std::int64_t sent = 0;
  std::int64_t outstanding = 0;  // requests on their way now
  std::int64_t most_outstanding = 0;
  [[nodiscard]] std::int64_t acknowledged() const;
  [[nodiscard]] std::int64_t failed() const;
  // The largest 99th percentile of the exchanges' kinds.
  [[nodiscard]] Duration worst_p99() const;
};

// Objects by kind: count and percentiles in milliseconds.
json::Value to_json(const Statistics& statistics);
// "what,kind,count,p50_ms,p90_ms,p99_ms,max_ms" and a line each.
std::string to_csv(const Statistics& statistics);

}  // namespace lictor::fleet
