// The delays of page 02, each a function of what it depends on. `chance` is the jitter stream.
#pragma once

#include "foundation/base/entropy.hpp"
#include "foundation/base/time.hpp"

namespace lictor::agent {

// REG-6: 15 min + 0-6 min, or Retry-After where that is longer.
Duration registration_delay(Entropy& chance, Duration retry_after);
// REG-6's own at its longest: what remains of a delay after a restart is never taken for more, whatever the clock says.
inline constexpr Duration kLongestRegistrationDelay = minutes(21);
// REG-7: REG-6's delay, doubled with each failure in a row, at most a day; or Retry-After where that is longer.
// `failures` counts this one: from 1.
Duration renewal_delay(Entropy& chance, int failures, Duration retry_after);
// AUTH-8: exactly 30 s after the first failure in a row, then min(30 * 2^n, 3600) s x U(0.8, 1); an interval named by a
// server or carrier instead, clipped to 30 s - 1 h.
Duration authorization_delay(Entropy& chance, int failures, Duration named);
// AUTH-10: 15 min + 0-6 min, or the interval named, clipped to 30 s - 1 h.
Duration poll_delay(Entropy& chance, Duration named);
// AUTH-3, AUTH-4: the interval that the server named; 30 days or a day where it named none; at least 30 s, at most the
// 90 days of the deadline.
Duration authorization_interval(bool covered, Duration named);

// STO-2: what could not be stored is stored a minute later, then after twice as long each time, at most an hour.
Duration storing_delay(int failures);

}  // namespace lictor::agent
