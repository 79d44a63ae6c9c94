// Time: wall time for dates that people see, steady time for intervals. `now` is an argument everywhere; only
// foundation/os asks the machine. Unit: milliseconds, int64, UTC (spec PRO-1, DECISIONS 4).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "foundation/base/result.hpp"

namespace lictor {

using Duration = std::chrono::milliseconds;

struct WallClockTag {};
struct SteadyClockTag {};
// Since 1970-01-01T00:00:00Z, without leap seconds.
using WallTime = std::chrono::time_point<WallClockTag, Duration>;
// Since an unnamed start; never goes back; does not run on over a restart.
using SteadyTime = std::chrono::time_point<SteadyClockTag, Duration>;

constexpr WallTime wall_from_ms(std::int64_t ms) {
  return WallTime{Duration{ms}};
}
constexpr std::int64_t to_ms(WallTime t) {
  return t.time_since_epoch().count();
}
constexpr std::int64_t to_ms(SteadyTime t) {
  return t.time_since_epoch().count();
}

constexpr Duration seconds(std::int64_t n) {
  return Duration{n * 1000};
}
constexpr Duration minutes(std::int64_t n) {
  return Duration{n * 60'000};
}
constexpr Duration hours(std::int64_t n) {
  return Duration{n * 3'600'000};
}
constexpr Duration days(std::int64_t n) {
  return Duration{n * 86'400'000};
}

// RFC 3339 in UTC: "2026-11-24T09:05:00Z", with ".123" only where the milliseconds are not zero.
std::string to_rfc3339(WallTime t);
// Accepts any offset and fraction that RFC 3339 allows (leap second 60 is read as 59.999). Error: Malformed.
Result<WallTime> parse_rfc3339(std::string_view text);

// A civil date and time of the proleptic Gregorian calendar.
struct CivilTime {
  int year = 1970;
  int month = 1;  // 1-12
  int day = 1;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int millisecond = 0;
  int weekday = 4;  // 0 = Sunday; filled by to_civil, ignored by from_civil
};
CivilTime to_civil(WallTime t);
WallTime from_civil(const CivilTime& civil);

// Wall and steady time of one machine. A collaborator of edge rooms; pure rooms take `now` as an argument instead.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual WallTime wall() const = 0;
  [[nodiscard]] virtual SteadyTime steady() const = 0;
};

// The two readings that a pure room needs at once.
struct Now {
  WallTime wall;
  SteadyTime steady;
};
inline Now read(const Clock& clock) {
  return {clock.wall(), clock.steady()};
}

}  // namespace lictor
