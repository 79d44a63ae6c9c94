#include "foundation/base/time.hpp"

#include <fmt/format.h>

#include "foundation/base/utf8.hpp"

namespace lictor {
namespace {

// Reads exactly `width` digits at `at`; -1 when they are not digits.
int digits(std::string_view text, std::size_t at, std::size_t width) {
  if (at + width > text.size()) return -1;
  int value = 0;
  for (std::size_t i = at; i < at + width; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

Error bad_time(std::string_view text) {
  return {ErrorCode::Malformed,
          fmt::format("\"{}\" is no time of RFC 3339, such as 2026-11-24T09:05:00Z", utf8_prefix(text, 64))};
}

}  // namespace

CivilTime to_civil(WallTime t) {
  using namespace std::chrono;
  const auto since = t.time_since_epoch();
  const auto day = floor<std::chrono::days>(since);
  const year_month_day date{sys_days{day}};
  auto rest = since - day;
  CivilTime civil;
  civil.year = static_cast<int>(date.year());
  civil.month = static_cast<int>(static_cast<unsigned>(date.month()));
  civil.day = static_cast<int>(static_cast<unsigned>(date.day()));
  civil.hour = static_cast<int>(duration_cast<std::chrono::hours>(rest).count());
  rest -= std::chrono::hours(civil.hour);
  civil.minute = static_cast<int>(duration_cast<std::chrono::minutes>(rest).count());
  rest -= std::chrono::minutes(civil.minute);
  civil.second = static_cast<int>(duration_cast<std::chrono::seconds>(rest).count());
  rest -= std::chrono::seconds(civil.second);
  civil.millisecond = static_cast<int>(rest.count());
  civil.weekday = static_cast<int>(weekday{sys_days{day}}.c_encoding());
  return civil;
}

WallTime from_civil(const CivilTime& civil) {
  using namespace std::chrono;
  const sys_days date{year{civil.year} / civil.month / civil.day};
  return WallTime{duration_cast<Duration>(date.time_since_epoch()) + std::chrono::hours(civil.hour) +
                  std::chrono::minutes(civil.minute) + std::chrono::seconds(civil.second) +
                  Duration{civil.millisecond}};
}

std::string to_rfc3339(WallTime t) {
  const auto c = to_civil(t);
  auto text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", c.year, c.month, c.day, c.hour, c.minute, c.second);
  if (c.millisecond != 0) text += fmt::format(".{:03}", c.millisecond);
  return text + "Z";
}

Result<WallTime> parse_rfc3339(std::string_view text) {
  CivilTime c;
  c.year = digits(text, 0, 4);
  c.month = digits(text, 5, 2);
  c.day = digits(text, 8, 2);
  c.hour = digits(text, 11, 2);
  c.minute = digits(text, 14, 2);
  c.second = digits(text, 17, 2);
  const bool shape = text.size() >= 20 && text[4] == '-' && text[7] == '-' && (text[10] == 'T' || text[10] == 't') &&
                     text[13] == ':' && text[16] == ':';
  if (!shape || c.year < 0 || c.hour < 0 || c.hour > 23 || c.minute < 0 || c.minute > 59 || c.second < 0 ||
      c.second > 60) {
    return bad_time(text);
  }
  const std::chrono::year_month_day date{std::chrono::year{c.year}, std::chrono::month{static_cast<unsigned>(c.month)},
                                         std::chrono::day{static_cast<unsigned>(c.day)}};
  if (c.month < 1 || c.day < 1 || !date.ok()) return bad_time(text);
  std::size_t at = 19;
  if (text[at] == '.') {
    int scale = 100;
    const std::size_t first = ++at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
      c.millisecond += (text[at] - '0') * scale;
      scale /= 10;
      ++at;
    }
    if (at == first) return bad_time(text);
  }
  const bool leap = c.second == 60;
  if (leap) {  // read as the last instant before it
    c.second = 59;
    c.millisecond = 999;
  }
  if (at >= text.size()) return bad_time(text);
  // Leap seconds end a day of UTC, whatever the offset.
  const auto checked = [&](WallTime t) -> Result<WallTime> {
    const auto utc = to_civil(t);
    if (leap && (utc.hour != 23 || utc.minute != 59)) return bad_time(text);
    // Years of UTC have four digits, whatever the offset.
    if (utc.year < 0 || utc.year > 9999) return bad_time(text);
    return t;
  };
  const char zone = text[at];
  if ((zone == 'Z' || zone == 'z') && at + 1 == text.size()) return checked(from_civil(c));
  if ((zone != '+' && zone != '-') || at + 6 != text.size() || text[at + 3] != ':') return bad_time(text);
  const int offset_hours = digits(text, at + 1, 2);
  const int offset_minutes = digits(text, at + 4, 2);
  if (offset_hours < 0 || offset_hours > 23 || offset_minutes < 0 || offset_minutes > 59) return bad_time(text);
  const Duration offset = hours(offset_hours) + minutes(offset_minutes);
  return checked(zone == '+' ? from_civil(c) - offset : from_civil(c) + offset);
}

}  // namespace lictor
