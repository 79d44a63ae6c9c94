// The limits that the machine sets to this process.
#pragma once

#include <cstddef>

#include "foundation/base/result.hpp"

namespace lictor::os {

// Lets this process have as many open files as it may have at all (the soft limit goes up to the hard one), and says
// how many that are: a service with thousands of connections must not stop at a login shell's 1,024. Error: Io.
Result<std::size_t> raise_file_limit();

}  // namespace lictor::os
