// `lictor-lab play`: from arguments to exit status.
#pragma once

#include <string>

namespace lictor::lab {

struct PlayOptions {
  std::string story;     // path
  bool once = false;     // end after the story instead of staying up
  std::string keep;      // folder that stays; "" = a scratch folder that is removed
  std::string programs;  // folder of the programs; "" = that of this one
};

// Prints the story on standard output, what went wrong on standard error. Exit status: 0; 1 when a step failed or the
// story cannot be read; 130 when interrupted.
int play(const PlayOptions& options);

}  // namespace lictor::lab
