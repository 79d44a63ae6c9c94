#include "agent/core/delays.hpp"

#include <algorithm>

namespace lictor::agent {
namespace {

constexpr Duration kShortest = seconds(30);
constexpr Duration kLongest = hours(1);
constexpr Duration kLongestRenewal = days(1);
constexpr Duration kLongestRetryAfter = days(1);  // a carrier must not silence a device for ever

Duration clip(Duration named) {
  return std::clamp(named, kShortest, kLongest);
}

Duration quarter_hour(Entropy& chance) {
  return minutes(15) + Duration{chance.uniform(0, minutes(6).count())};
}

}  // namespace

Duration registration_delay(Entropy& chance, Duration retry_after) {
  return std::max(quarter_hour(chance), std::min(retry_after, kLongestRetryAfter));
}

Duration renewal_delay(Entropy& chance, int failures, Duration retry_after) {
  auto delay = quarter_hour(chance);
  for (int i = 1; i < failures && delay < kLongestRenewal; ++i) delay *= 2;
  return std::max(std::min(delay, kLongestRenewal), std::min(retry_after, kLongestRetryAfter));
}

Duration authorization_delay(Entropy& chance, int failures, Duration named) {
  if (named > Duration{0}) return clip(named);
  if (failures <= 1) return kShortest;
  auto longest = kShortest;
  for (int n = 1; n < failures && longest < kLongest; ++n) longest *= 2;
  longest = std::min(longest, kLongest);
  return Duration{chance.uniform(longest.count() * 8 / 10, longest.count())};
}

Duration poll_delay(Entropy& chance, Duration named) {
  return named > Duration{0} ? clip(named) : quarter_hour(chance);
}

Duration storing_delay(int failures) {
  auto delay = minutes(1);
  for (int i = 1; i < failures && delay < kLongest; ++i) delay *= 2;
  return std::min(delay, kLongest);
}

Duration authorization_interval(bool covered, Duration named) {
  if (named <= Duration{0}) return covered ? days(30) : days(1);
  return std::clamp(named, kShortest, days(90));
}

}  // namespace lictor::agent
