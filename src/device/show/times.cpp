#include "device/show/times.hpp"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

namespace lictor::device {
namespace {

constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::string_view kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

CivilTime local(WallTime t, const TimeZone& zone) {
  return to_civil(t + minutes(zone.offset_minutes));
}
std::string_view month_name(const CivilTime& c) {
  return kMonths[c.month - 1];
}
std::string_view star(ClockTrust trust) {
  return trust == ClockTrust::Authoritative ? "" : "*";
}

}  // namespace

std::string show_time(WallTime t, const TimeZone& zone) {
  const CivilTime c = local(t, zone);
  return fmt::format("{} {:02} {:02}:{:02}:{:02} {} {}", month_name(c), c.day, c.hour, c.minute, c.second, c.year,
                     zone.name);
}

std::string clock_time(WallTime t, const TimeZone& zone, ClockTrust trust) {
  const CivilTime c = local(t, zone);
  return fmt::format("{}{:02}:{:02}:{:02}.{:03} {} {} {} {} {}", star(trust), c.hour, c.minute, c.second, c.millisecond,
                     zone.name, kDays[c.weekday], month_name(c), c.day, c.year);
}

std::string log_time(WallTime t, const TimeZone& zone, ClockTrust trust) {
  const CivilTime c = local(t, zone);
  return fmt::format("{}{} {:2} {:02}:{:02}:{:02}.{:03}", star(trust), month_name(c), c.day, c.hour, c.minute, c.second,
                     c.millisecond);
}

std::string long_duration(Duration d) {
  const std::int64_t total = std::max<std::int64_t>(0, d.count() / 1000);
  return fmt::format("{} days, {} hours, {} minutes, {} seconds", total / 86400, total / 3600 % 24, total / 60 % 60,
                     total % 60);
}

std::string uptime(Duration d) {
  const std::int64_t total = std::max<std::int64_t>(0, d.count() / 60'000);  // minutes
  std::string out;
  const auto part = [&](std::int64_t n, std::string_view unit, bool always) {
    if (n == 0 && !always) return;
    out += fmt::format("{}{} {}{}", out.empty() ? "" : ", ", n, unit, n == 1 ? "" : "s");
  };
  part(total / 10080, "week", false);
  part(total / 1440 % 7, "day", false);
  part(total / 60 % 24, "hour", false);
  part(total % 60, "minute", true);
  return out;
}

Result<WallTime> from_local(const std::string& time_of_day, int day, const std::string& month, int year,
                            const TimeZone& zone) {
  CivilTime c;
  c.year = year;
  c.day = day;
  if (std::sscanf(time_of_day.c_str(), "%2d:%2d:%2d", &c.hour, &c.minute, &c.second) != 3) {
    return Error{ErrorCode::InvalidArgument, "% Invalid time of day"};
  }
  for (int i = 0; i < 12; ++i) {
    const std::string_view name = kMonths[i];
    if (month.size() >= 3 && std::equal(name.begin(), name.end(), month.begin(), [](char a, char b) {
          return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
        })) {
      c.month = i + 1;
    }
  }
  const WallTime t = from_civil(c);
  // A day that its month does not have comes back as another one.
  if (to_civil(t).day != day || to_civil(t).month != c.month)
    return Error{ErrorCode::InvalidArgument, "% Invalid date"};
  return t - minutes(zone.offset_minutes);
}

}  // namespace lictor::device
