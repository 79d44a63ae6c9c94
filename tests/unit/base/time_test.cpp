#include "foundation/base/time.hpp"

#include <gtest/gtest.h>

namespace lictor {
namespace {

struct Instant {
  std::int64_t ms;
  std::string_view text;
};

TEST(Time, PRO_1_IsPrintedAsRfc3339InUtc) {
  const Instant instants[] = {
      {0, "1970-01-01T00:00:00Z"},
      {1, "1970-01-01T00:00:00.001Z"},
      {-1, "1969-12-31T23:59:59.999Z"},
      {951'782'400'000, "2000-02-29T00:00:00Z"},
      {1'709'164'800'000, "2024-02-29T00:00:00Z"},
      {1'795'511'100'000, "2026-11-24T09:05:00Z"},
      {1'795'511'100'120, "2026-11-24T09:05:00.120Z"},
      {4'107'542'400'000, "2100-03-01T00:00:00Z"},
      {-62'167'219'200'000, "0000-01-01T00:00:00Z"},
      {253'402'300'799'999, "9999-12-31T23:59:59.999Z"},
  };
  for (const auto& [ms, text] : instants) {
    EXPECT_EQ(to_rfc3339(wall_from_ms(ms)), text);
    const auto read = parse_rfc3339(text);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(to_ms(*read), ms) << text;
  }
}

TEST(Time, EveryFormOfRfc3339IsRead) {
  const Instant instants[] = {
      {1'795'511'100'000, "2026-11-24t09:05:00z"},
      {1'795'511'100'000, "2026-11-24T10:05:00+01:00"},
      {1'795'511'100'000, "2026-11-24T03:35:00-05:30"},
      {1'795'511'100'000, "2026-11-24T09:05:00-00:00"},
      {1'795'511'100'000, "2026-11-25T09:04:00+23:59"},
      {1'795'511'100'500, "2026-11-24T09:05:00.5Z"},
      {1'795'511'100'123, "2026-11-24T09:05:00.123999999999999Z"},
      {1'795'511'100'000, "2026-11-24T09:05:00.0000+00:00"},
      // Leap seconds: 23:59:60 UTC, whatever the offset; the last instant before.
      {915'148'799'999, "1998-12-31T23:59:60Z"},
      {915'148'799'999, "1998-12-31T15:59:60.5-08:00"},
      {1'483'228'799'999, "2017-01-01T05:29:60+05:30"},
  };
  for (const auto& [ms, text] : instants) {
    const auto read = parse_rfc3339(text);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(to_ms(*read), ms) << text;
  }
}

TEST(Time, WhatIsNoTimeIsRefused) {
  for (const auto* text : {"",
                           "2026",
                           "2026-11-24",
                           "2026-11-24T09:05Z",
                           "2026-11-24T09:05:00",
                           "2026-11-24 09:05:00Z",
                           "2026-11-24T09:05:00ZZ",
                           "2026-11-24T09:05:00Z ",
                           " 2026-11-24T09:05:00Z",
                           "2026-13-01T00:00:00Z",
                           "2026-00-01T00:00:00Z",
                           "2026-11-00T00:00:00Z",
                           "2026-11-31T00:00:00Z",
                           "2026-02-29T00:00:00Z",
                           "2100-02-29T00:00:00Z",
                           "2026-11-24T24:00:00Z",
                           "2026-11-24T09:60:00Z",
                           "2026-11-24T09:05:61Z",
                           "2026-11-24T12:00:60Z",
                           "1998-12-31T23:59:60+01:00",
                           "2026-11-24T09:05:00.Z",
                           "2026-11-24T09:05:00,5Z",
                           "2026-11-24T09:05:00+24:00",
                           "2026-11-24T09:05:00+01:60",
                           "2026-11-24T09:05:00+0100",
                           "2026-11-24T09:05:00+01",
                           "2026-11-24T09:05:00.5",
                           "+026-11-24T09:05:00Z",
                           "2026/11/24T09:05:00Z",
                           "2026-11-24T-9:05:00Z",
                           "20261124T090500Z",
                           "12026-11-24T09:05:00Z",
                           "9999-12-31T23:59:59-00:01",
                           "0000-01-01T00:00:00+00:01"}) {
    const auto read = parse_rfc3339(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, ErrorCode::Malformed) << text;
  }
}

TEST(Time, CivilDatesAndInstantsAgreeOverFourHundredYears) {
  // Every 9 days and some odd milliseconds from 1900 to 2300.
  const std::int64_t start = to_ms(parse_rfc3339("1900-01-01T00:00:00Z").value());
  const std::int64_t end = to_ms(parse_rfc3339("2300-01-01T00:00:00Z").value());
  for (std::int64_t ms = start; ms < end; ms += 9 * 86'400'000 + 12'345'678) {
    const auto civil = to_civil(wall_from_ms(ms));
    ASSERT_EQ(to_ms(from_civil(civil)), ms);
    const auto text = to_rfc3339(wall_from_ms(ms));
    ASSERT_EQ(to_ms(parse_rfc3339(text).value()), ms) << text;
  }
}

TEST(Time, TheDayOfTheWeekIsKnown) {
  EXPECT_EQ(to_civil(wall_from_ms(0)).weekday, 4);
  EXPECT_EQ(to_civil(wall_from_ms(-1)).weekday, 3);
  EXPECT_EQ(to_civil(parse_rfc3339("2026-11-22T00:00:00Z").value()).weekday, 0);
  EXPECT_EQ(to_civil(parse_rfc3339("2026-11-21T23:59:59.999Z").value()).weekday, 6);
}

}  // namespace
}  // namespace lictor
