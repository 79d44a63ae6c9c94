#include "fleet/recovery.hpp"

#include <algorithm>

namespace lictor::fleet {
namespace {

constexpr Duration kShortest = seconds(30);
constexpr Duration kLongest = hours(1);

}  // namespace

BackOff back_off(int failures, Duration named) {
  if (named > Duration{0}) {
    const auto exactly = std::clamp(named, kShortest, kLongest);
    return {exactly, exactly};
  }
  if (failures <= 1) return {kShortest, kShortest};
  auto most = kShortest;
  for (int n = 1; n < failures && most < kLongest; ++n) most *= 2;
  most = std::min(most, kLongest);
  return {Duration{most.count() * 8 / 10}, most};
}

void Recovery::sent(SteadyTime now) {
  if (now < due_.least) ++early_;
  if (now > due_.most) late_ += now - due_.most;
  if (++attempts_ > 1) ++retries_;
  sent_at_ = now;
}

void Recovery::settle(SteadyTime now) {
  if (sent_at_) exchanging_ += now - *sent_at_;
  sent_at_.reset();
}

void Recovery::failed(SteadyTime now, Duration retry_after) {
  settle(now);
  const auto wait = back_off(++failures_, retry_after);
  allowed_ += wait.most;
  due_ = {now + wait.least, now + wait.most};
}

void Recovery::authorized(SteadyTime now) {
  settle(now);
  until_ = now;
}

}  // namespace lictor::fleet
