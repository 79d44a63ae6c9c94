// Dates and durations as the device prints them (device-formats, "Timestamps everywhere"). The time zone belongs to
// presentation only. Pure.
#pragma once

#include <string>

#include "device/config/configuration.hpp"
#include "foundation/base/time.hpp"

namespace lictor::device {

// Is the clock trusted (CFG-9)? Until then displays carry a `*`.
enum class ClockTrust { NotAuthoritative, Authoritative };

std::string show_time(WallTime t, const TimeZone& zone);                     // "Mar 13 08:09:24 2024 UTC"
std::string clock_time(WallTime t, const TimeZone& zone, ClockTrust trust);  // "*10:45:23.029 UTC Thu Nov 18 2021"
std::string log_time(WallTime t, const TimeZone& zone, ClockTrust trust);    // "*Nov 18 10:45:23.029"
std::string long_duration(Duration d);  // "65 days, 18 hours, 43 minutes, 0 seconds"
std::string uptime(Duration d);         // "1 week, 2 days, 3 hours, 1 minute"

// `clock set`: the civil time in `zone` as a wall time. Error: InvalidArgument (30 February).
Result<WallTime> from_local(const std::string& time_of_day, int day, const std::string& month, int year,
                            const TimeZone& zone);

}  // namespace lictor::device
