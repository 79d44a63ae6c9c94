// The switch of the planted bugs (tests/planted/README.md): which one of them this process has. Only tools/planted
// builds a program with it, in a copy of the tree.
#pragma once

namespace lictor {

// From the environment variable LICTOR_PLANTED, read once at the start; 0 or absent: none. A value that is no number
// ends the process. Any thread.
extern const int kPlantedBug;

inline bool planted(int number) {
  return kPlantedBug == number;
}

}  // namespace lictor
