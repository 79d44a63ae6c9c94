// The shell's words (spec page 03: CLI-1 ... CLI-7, CFG-1 ... CFG-9), as one tree per mode.
#pragma once

#include "device/grammar/grammar.hpp"

namespace lictor::device {

Grammar make_grammar();

}  // namespace lictor::device
