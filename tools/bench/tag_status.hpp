// The row tag_status: what a product pays to ask whether a licence is good, beside an uncontended mutex.
#pragma once

#include <cstddef>

#include "foundation/base/result.hpp"

namespace lictor::bench {

struct TagStatusPlan {
  std::size_t tags = 16;  // in use; each is asked for in turn
  std::size_t reads = 20'000'000;
  std::size_t runs = 3;
};
// Prints a line a run: CPU ns of lictor_agent_get_tag, of a lock and unlock of a pthread mutex. Errors: what the
// library says.
Result<void> measure_tag_status(const TagStatusPlan& plan);

}  // namespace lictor::bench
